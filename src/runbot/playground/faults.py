"""Trouble on purpose: what a test or a curious person switches on to see the app cope."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from runbot.playground.limits import CALLS_PER_MINUTE

Trouble = Literal["ratelimited", "server_error", "no_answer", "lost_answer"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One planned trouble; `retry_after` counts for ratelimited."""

    trouble: Trouble
    retry_after: float = 1


class Faults:
    """Planned faults, by method; each is used up by one call. "*" stands for any method."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[Fault]] = {}
        self._double_events = 0
        self.drop_sockets: Callable[[], None] = lambda: None

    def _plan(self, method: str, fault: Fault, times: int) -> None:
        self._planned.setdefault(method, deque()).extend([fault] * times)

    def ratelimited(self, method: str, *, retry_after: float = 1, times: int = 1) -> None:
        """The next calls are answered 429 with Retry-After, and do nothing."""
        self._plan(method, Fault("ratelimited", retry_after), times)

    def server_error(self, method: str, *, times: int = 1) -> None:
        """The next calls are answered 500, and do nothing."""
        self._plan(method, Fault("server_error"), times)

    def no_answer(self, method: str, *, times: int = 1) -> None:
        """The next calls do nothing and are never answered; the caller's timeout decides."""
        self._plan(method, Fault("no_answer"), times)

    def lost_answer(self, method: str, *, times: int = 1) -> None:
        """The next calls take effect, and the connection breaks before their answer."""
        self._plan(method, Fault("lost_answer"), times)

    def double_events(self, times: int = 1) -> None:
        """The next events are delivered twice."""
        self._double_events += times

    def clear(self) -> None:
        """Nothing planned any more."""
        self._planned.clear()
        self._double_events = 0

    def planned(self, method: str) -> int:
        """How many faults of this method no call has met yet."""
        return len(self._planned.get(method, ()))

    def take(self, method: str) -> Fault | None:
        """The fault that the call now being made meets."""
        for name in (method, "*"):
            planned = self._planned.get(name)
            if planned:
                return planned.popleft()
        return None

    def take_double_event(self) -> bool:
        """Whether the event now being sent goes out twice."""
        if not self._double_events:
            return False
        self._double_events -= 1
        return True


class RateLimits:
    """Slack's budgets per method and minute; off unless switched on."""

    def __init__(self, *, on: bool = False) -> None:
        self.on = on
        self._calls: dict[str, deque[float]] = {}

    def wait_for(self, method: str, channel: str | None) -> int:
        """0 when the call may go ahead, else the whole seconds to wait (as in Retry-After)."""
        if not self.on:
            return 0
        if method == "chat.postMessage":
            key, number, window = f"{method} {channel}", 1, 1.0
        elif method in CALLS_PER_MINUTE:
            key, number, window = method, CALLS_PER_MINUTE[method], 60.0
        else:
            return 0
        now = time.monotonic()
        calls = self._calls.setdefault(key, deque())
        while calls and now - calls[0] >= window:
            calls.popleft()
        if len(calls) >= number:
            return int(window - (now - calls[0])) + 1
        calls.append(now)
        return 0
