"""Trouble on purpose: what a test or a curious person switches on to see the app cope.

Planned faults are used up by one call each, and are for tests. Switches last until they are
switched off, and are for both. Nothing of this is kept over a restart.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from runbot.playground.call_window import CallWindow
from runbot.playground.switches import EVERY, GROUPS, Switch, Value, table

Trouble = Literal["ratelimited", "server_error", "no_answer", "lost_answer", "refused"]

_CONNECT = "apps.connections.open"
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What one call meets. `retry_after` counts for ratelimited, `status` for server_error."""

    trouble: Trouble
    retry_after: float = 1
    status: int = 500
    error: str = ""


@dataclass(slots=True)
class _On:
    """A switch that is on."""

    settings: dict[str, Value]
    chance: random.Random
    met: int = 0
    calls: dict[str, CallWindow] = field(default_factory=dict)

    def fits(self, method: str) -> bool:
        return self.settings["method"] in {EVERY, method}

    def number(self, name: str) -> float:
        return float(self.settings[name])

    def hit(self) -> bool:
        """Whether this one is among the share; repeatable, by the seed."""
        hit = self.chance.random() < self.number("share")
        self.met += hit
        return hit

    def over_budget(self, method: str) -> bool:
        """Whether the call is one too many in the minute before it; it counts only if not."""
        window = self.calls.setdefault(method, CallWindow(_MINUTE))
        over = window.wait_for(self.number("per_minute")) > 0
        self.met += over
        return over


class Faults:
    """Planned faults and switches. `methods` are the Web API's names."""

    def __init__(self, methods: Collection[str] = ()) -> None:
        self.switches = {switch.name: switch for switch in table(methods)}
        self.on_switch: list[Callable[[str], None]] = []
        """Called with a switch's name after it was set, cleared or pressed."""
        self._on: dict[str, _On] = {}
        self._planned: dict[str, deque[Fault]] = {}
        self._double_events = 0

    # Planned, one by one

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

    def drop_sockets(self) -> None:
        """Break every Socket Mode connection without a word."""
        self.switch("socket_drop")

    def planned(self, method: str) -> int:
        """How many faults of this method no call has met yet."""
        return len(self._planned.get(method, ()))

    # Switches

    def switch(self, name: str, /, **settings: object) -> None:
        """Switch on (anew where it was on), or do what happens once.

        ValueError with a sentence for what there isn't; nothing is changed then.
        """
        switch = self._known(name)
        given = switch.settings(settings)
        if switch.lasting:
            chance = random.Random(int(given.get("seed", 1)))  # noqa: S311 - to be repeated, not secret
            self._on[name] = _On(given, chance)
        self._tell(name)

    def switch_off(self, name: str | None = None) -> None:
        """Switch off one or all; ValueError where there is no such switch."""
        off = list(self._on) if name is None else [self._known(name).name]
        for each in off:
            if self._on.pop(each, None) is not None:
                self._tell(each)

    def clear(self) -> None:
        """Nothing planned any more, and nothing on."""
        self._planned.clear()
        self._double_events = 0
        self.switch_off()

    def _known(self, name: str) -> Switch:
        if name not in self.switches:
            raise ValueError(f"There is no fault {name!r}; there are {', '.join(self.switches)}.")
        return self.switches[name]

    def _tell(self, name: str) -> None:
        for tell in self.on_switch:
            tell(name)

    @property
    def on(self) -> list[str]:
        """The names of those that are on, in the table's order."""
        return [name for name in self.switches if name in self._on]

    def is_on(self, name: str) -> bool:
        """Whether it is on."""
        return name in self._on

    def met(self, name: str) -> int:
        """How many calls, events or connections met it since it was switched on."""
        return self._on[name].met if name in self._on else 0

    def to_page(self) -> dict[str, Any]:
        """All switches and how they stand."""
        return {
            "on": self.on,
            "groups": [{"name": name, "title": title} for name, title in GROUPS.items()],
            "switches": [
                {
                    "name": switch.name,
                    "group": switch.group,
                    "title": switch.title,
                    "sentence": switch.sentence,
                    "advice": switch.advice,
                    "lasting": switch.lasting,
                    "on": switch.name in self._on,
                    "met": self.met(switch.name),
                    "settings": on.settings if (on := self._on.get(switch.name)) else None,
                    "parameters": [parameter.to_page() for parameter in switch.parameters],
                }
                for switch in self.switches.values()
            ],
        }

    # What a call, a connection or an event meets

    def take(self, method: str) -> Fault | None:
        """The fault that the call now being made meets; what was planned goes first."""
        for name in (method, EVERY):
            planned = self._planned.get(name)
            if planned:
                return planned.popleft()
        return self._switched(method)

    def _switched(self, method: str) -> Fault | None:
        if (on := self._on.get("no_tickets")) and method == _CONNECT:
            on.met += 1
            return Fault("refused", error=str(on.settings["error"]))
        on = self._on.get("ratelimited")
        if on and on.fits(method) and on.over_budget(method):
            return Fault("ratelimited", retry_after=on.number("retry_after"))
        on = self._on.get("server_error")
        if on and on.fits(method) and on.hit():
            return Fault("server_error", status=int(on.settings["status"]))
        on = self._on.get("no_answer")
        if on and on.fits(method) and on.hit():
            return Fault("no_answer")
        on = self._on.get("lost_answer")
        if on and on.fits(method) and on.hit():
            return Fault("lost_answer")
        return None

    def delay(self, method: str) -> float:
        """By how many seconds the answer to this call is late."""
        on = self._on.get("slow")
        if on is None or not on.fits(method):
            return 0
        on.met += 1
        return on.number("seconds")

    def meets(self, name: str) -> bool:
        """Whether a connection or an event now meets a switch that takes no share; counted."""
        on = self._on.get(name)
        if on is None:
            return False
        on.met += 1
        return True

    def number(self, name: str, setting: str) -> float:
        """One setting of a switch, as a number; 0 while it is off."""
        on = self._on.get(name)
        return 0 if on is None else on.number(setting)

    def copies(self) -> list[tuple[float, bool]]:
        """The further deliveries of the event now sent: seconds later, and whether by a new id."""
        more: list[tuple[float, bool]] = []
        if self._double_events:
            self._double_events -= 1
            more.append((0, False))
        for name, fresh in (("events_twice", False), ("events_two_ids", True)):
            on = self._on.get(name)
            if on and on.hit():
                more.append((on.number("after"), fresh))
        return more
