"""What has come in already: Slack delivers the same event more than once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from runbot.domain.errors import Unavailable
from runbot.store import askings, owed
from runbot.store import inbox as rows
from runbot.store.database import Database
from runbot.store.owed import Owed

# Slack repeats an event three times within the hour; a day leaves room for an outage.
# https://docs.slack.dev/apis/events-api/#retries
KEPT: Final = timedelta(days=1)
EVERY: Final = timedelta(days=1)
MOST_OWED: Final = 1_000  # told at a start; more than people can have asked between two
log = logging.getLogger(__name__)


class Inbox:
    """Keys of what was taken in, per workspace."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def first_time(self, workspace: str, key: str) -> bool:
        """Whether this key has not been seen; from then on it has, across restarts too."""
        return await self._database.write(
            lambda s: rows.first_time(s, workspace, key, self._clock())
        )

    async def owe(self, request: Owed) -> bool:
        """Keep a request until it is answered; False where another delivery of it is kept."""
        return await self._database.write(lambda s: owed.keep(s, request, self._clock()))

    async def answered(self, request: Owed) -> None:
        """It was answered; a second time is fine."""
        await self._database.write(lambda s: owed.drop(s, request.workspace, request.key))

    async def owed(self) -> list[Owed]:
        """The requests that are kept, the oldest first."""
        return await self._database.read(lambda s: owed.everything(s, most=MOST_OWED))

    async def forget_old(self) -> int:
        """Drop what is too old: keys, questions and requests left unanswered. Counts the keys."""
        before = self._clock() - KEPT

        def forget(session: Session) -> int:
            askings.forget_before(session, before)
            owed.forget_before(session, before)
            return rows.forget_before(session, before)

        return await self._database.write(forget)

    async def forget_daily(self, *, every: timedelta = EVERY) -> None:
        """Drop them now and each day from now on, until cancelled."""
        while True:
            try:
                await self.forget_old()
            except Unavailable as trouble:
                log.info("Old deliveries are forgotten later: %s", trouble.sentence)
            await asyncio.sleep(every.total_seconds())
