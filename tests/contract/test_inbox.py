"""Deliveries that were taken are known for a day, and forgotten while Runbot serves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from runbot.operations.inbox import Inbox
from runbot.store.database import Database
from runbot.store.owed import Owed

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_old_deliveries_are_forgotten_at_the_start_and_on_later_days(
    database: Database,
) -> None:
    now = NOON
    inbox = Inbox(database, lambda: now)
    forgetting = asyncio.create_task(inbox.forget_daily(every=timedelta(milliseconds=10)))
    try:
        for key in ("Ev1", "Ev2"):
            assert await inbox.first_time("T1", key)
            assert not await inbox.first_time("T1", key)
            now += timedelta(days=1, seconds=1)
            async with asyncio.timeout(10):
                while not await inbox.first_time("T1", key):  # noqa: ASYNC110 - a row sets no event
                    await asyncio.sleep(0.01)
    finally:
        forgetting.cancel()
        await asyncio.gather(forgetting, return_exceptions=True)


async def test_what_is_owed_is_kept_once_until_it_is_answered_or_too_old(
    database: Database,
) -> None:
    now = NOON
    inbox = Inbox(database, lambda: now)
    first = Owed("T1", "message:C1:1.0", "U1", "C1", "1.0", "run restart-api")
    other = Owed("T1", "command:1.2.3", "U2", "", "", "/runbook list")
    assert await inbox.owe(first)
    assert not await inbox.owe(first)
    now += timedelta(seconds=1)
    assert await inbox.owe(other)
    assert await inbox.owed() == [first, other]
    await inbox.answered(first)
    await inbox.answered(first)
    assert await inbox.owed() == [other]
    now += timedelta(days=1, seconds=1)
    await inbox.forget_old()
    assert await inbox.owed() == []
