"""Slack's own budgets of calls, which hold while their switch is on."""

from __future__ import annotations

from runbot.playground.call_window import CallWindow
from runbot.playground.faults import Faults
from runbot.playground.limits import CALLS_PER_MINUTE

_MINUTE = 60.0


class RateLimits:
    """Slack's budgets per method and minute. `on` switches them on from the start."""

    def __init__(self, faults: Faults, *, on: bool = False) -> None:
        self._faults = faults
        self._calls: dict[str, CallWindow] = {}
        if on:
            faults.switch("budgets")

    def wait_for(self, method: str, channel: str | None) -> int:
        """0 when the call may go ahead, else the whole seconds to wait (as in Retry-After)."""
        if not self._faults.is_on("budgets"):
            return 0
        if method == "chat.postMessage":
            key, number, window = f"{method} {channel}", 1, 1.0
        elif method in CALLS_PER_MINUTE:
            key, number, window = method, CALLS_PER_MINUTE[method], _MINUTE
        else:
            return 0
        wait = self._calls.setdefault(key, CallWindow(window)).wait_for(number)
        if wait:
            self._faults.meets("budgets")
            return int(wait) + 1
        return 0
