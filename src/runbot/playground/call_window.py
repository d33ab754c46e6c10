"""A sliding window of calls, for budgets."""

from __future__ import annotations

import time
from collections import deque


class CallWindow:
    """Counts the calls of some seconds before now."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._calls: deque[float] = deque()

    def wait_for(self, budget: float) -> float:
        """0 where one more call fits, which counts from then on; else the seconds until one does.

        A call that has to wait isn't counted. With a budget of 0 that is the whole window.
        """
        now = time.monotonic()
        while self._calls and now - self._calls[0] >= self._seconds:
            self._calls.popleft()
        if len(self._calls) < budget:
            self._calls.append(now)
            return 0
        return self._seconds - (now - self._calls[0]) if self._calls else self._seconds
