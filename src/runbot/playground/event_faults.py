"""What the switches do to events before they are delivered, whichever way they go then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from runbot.playground.faults import Faults
from runbot.playground.ids import fresh_id

Payload = dict[str, Any]
Deliver = Callable[[Payload], None]


class EventFaults:
    """Between what happens and its delivery: later, in another order, or more than once."""

    def __init__(self, faults: Faults, deliver: Deliver) -> None:
        self._faults = faults
        self._on_its_way = deliver
        self._timers: set[asyncio.TimerHandle] = set()
        self._held: list[Payload] = []

    def deliver(self, payload: Payload) -> None:
        """Send an event on, as the switches that are on will have it."""
        if self._faults.meets("events_delayed"):
            self._later(self._faults.number("events_delayed", "seconds"), self._in_order, payload)
        else:
            self._in_order(payload)

    def _in_order(self, payload: Payload) -> None:
        if not self._faults.meets("events_disordered"):
            self._copied(payload)
            return
        self._held.append(payload)
        if len(self._held) == 1:
            self._later(self._faults.number("events_disordered", "seconds"), self._let_go)

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for payload in reversed(held):
            self._copied(payload)

    def _copied(self, payload: Payload) -> None:
        self._on_its_way(payload)
        for seconds, fresh in self._faults.copies():
            # A further id for what happened once, as Slack was seen to do with a message.
            again = payload | {"event_id": fresh_id("Ev")} if fresh else payload
            self._later(seconds, self._on_its_way, again)

    def _later(self, seconds: float, act: Callable[..., None], *given: Payload) -> None:
        def do() -> None:
            self._timers.discard(timer)
            act(*given)

        timer = asyncio.get_running_loop().call_later(seconds, do)
        self._timers.add(timer)

    def stop(self) -> None:
        """Forget what has not been delivered."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._held.clear()
