"""What happens in the workspace, told to open pages and to whoever waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Frame = dict[str, Any]
_T = TypeVar("_T")

_BACKLOG = 2_000


class Subscription:
    """One open page. A page that doesn't read is cut off rather than kept in memory."""

    def __init__(self, user: str, cut: Callable[[], None]) -> None:
        self.user = user
        self.frames: asyncio.Queue[str | None] = asyncio.Queue(_BACKLOG)
        self._cut = cut
        self._ended = False

    def put(self, frame: str) -> None:
        """Queue a frame, spelled out; or cut the page off when it has fallen too far behind."""
        if self._ended:
            return
        if self.frames.full():
            self._ended = True
            self._cut()
        else:
            self.frames.put_nowait(frame)

    def end(self) -> None:
        """Tell the reader that nothing follows."""
        if not self.frames.full():
            self.frames.put_nowait(None)


class Changes:
    """Announcements go to the pages of those concerned; every change wakes those who wait."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._waiting: set[asyncio.Future[None]] = set()
        self.on_change: list[Callable[[], None]] = []

    @property
    def open_pages(self) -> int:
        """How many pages are looking."""
        return len(self._subscriptions)

    def announce(self, frame: Frame, to: Iterable[str] | None = None) -> None:
        """Send a frame to the pages of some people (to all by default), for something new."""
        self.show(frame, to)
        self.touch()

    def show(self, frame: Frame, to: Iterable[str] | None = None) -> None:
        """Send a frame of the moment: nothing has changed that anyone would wait for or keep."""
        people = None if to is None else set(to)
        pages = [s for s in self._subscriptions if people is None or s.user in people]
        if not pages:
            return
        spelled = json.dumps(frame)  # once, however many pages are open
        for page in pages:
            page.put(spelled)

    def touch(self) -> None:
        """Something changed: let everyone who waits look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()
        for callback in self.on_change:
            callback()

    async def until(self, condition: Callable[[], _T | None], *, timeout: float, what: str) -> _T:  # noqa: ASYNC109 - the deadline's message is the point: it names what was awaited
        """The condition's first truthy value; AssertionError with `what` when it never comes."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            value = condition()
            if value:
                return value
            left = deadline - loop.time()
            if left <= 0:
                raise AssertionError(f"{what}: not within {timeout:g} s")
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait_for(future, left)
            except TimeoutError:
                continue
            finally:
                self._waiting.discard(future)

    def subscribe(self, user: str, *, cut: Callable[[], None]) -> Subscription:
        """The frames for one person's page, from now on; end with unsubscribe.

        `cut` is called once when the page has fallen too far behind; it must break its connection.
        """
        subscription = Subscription(user, cut)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """The page has gone."""
        self._subscriptions.discard(subscription)

    def end(self) -> None:
        """Let every page go."""
        for subscription in list(self._subscriptions):
            subscription.end()
