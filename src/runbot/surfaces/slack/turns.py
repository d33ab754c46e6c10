"""One at a time where two would get in each other's way."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A lock per key, kept only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[tuple[str, ...], asyncio.Lock] = (
            weakref.WeakValueDictionary()
        )

    def of(self, *key: str) -> asyncio.Lock:
        """The lock of this key, to be used with `async with`."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    @asynccontextmanager
    async def after(self, *key: str, seconds: float) -> AsyncIterator[None]:
        """Let whoever holds this key finish first, but wait no longer than some seconds."""
        lock = self.of(*key)
        try:
            async with asyncio.timeout(seconds):
                await lock.acquire()
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            lock.release()
