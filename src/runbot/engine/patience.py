"""Waiting out a database that doesn't answer for a while: a run must not die of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from runbot.domain.errors import RunbotError

T = TypeVar("T")
_FIRST: Final = 0.1  # seconds
_LONGEST: Final = 5.0
_log = logging.getLogger(__name__)


async def patiently(attempt: Callable[[], Awaitable[T]], what: str) -> T:
    """The attempt's result, tried again while what it raises says that this can help.

    Only for what may be done twice: reads, and writes that the law takes once. A call
    to the world is never in here. Ends by itself only with a result, another error, or
    cancellation, which is how a shutdown and an Abort end it.
    """
    delay = _FIRST
    while True:
        try:
            return await attempt()
        except RunbotError as error:
            if not error.retryable:
                raise
            if delay == _FIRST:
                _log.warning("%s has to wait: %s", what, error.sentence)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST)
