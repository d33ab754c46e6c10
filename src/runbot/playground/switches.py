"""Trouble that lasts until it is switched off: what there is, and what each one takes.

The table is what the page draws its panel from, so every switch says what it does and what a
good app does about it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Group = Literal["web_api", "connection", "events"]
Value = str | int | float | bool
EVERY: Final = "*"
RESPONSE_URL: Final = "response_url"
GROUPS: Final[Mapping[Group, str]] = {
    "web_api": "Web API",
    "connection": "Connection",
    "events": "Events",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a switch. `least` and `most` belong to it."""

    name: str
    label: str
    kind: Literal["choice", "whole", "number", "boolean"]
    default: Value
    least: float = 0
    most: float = 0
    choices: tuple[str, ...] = ()

    def read(self, value: object) -> Value:
        """The value, if it fits; ValueError with a sentence otherwise."""
        if self.kind == "choice":
            if isinstance(value, str) and value in self.choices:
                return value
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}.")
        if self.kind == "boolean":
            if isinstance(value, bool):
                return value
            raise ValueError(f"{self.name} is true or false.")
        taken = int if self.kind == "whole" else (int, float)
        fits = isinstance(value, taken) and not isinstance(value, bool)
        # Also refuses what is not a number, which compares as false.
        if fits and self.least <= value <= self.most:  # type: ignore[operator]
            return value  # type: ignore[return-value]
        what = "a whole number" if self.kind == "whole" else "a number"
        raise ValueError(f"{self.name} is {what} from {self.least:g} to {self.most:g}.")

    def to_page(self) -> dict[str, Any]:
        """As the page gets it."""
        shown: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.kind,
            "default": self.default,
        }
        if self.kind == "choice":
            return shown | {"choices": list(self.choices)}
        return shown if self.kind == "boolean" else shown | {"least": self.least, "most": self.most}


@dataclass(frozen=True, slots=True)
class Switch:
    """One kind of trouble. One that isn't `lasting` happens once, at the moment of pressing it."""

    name: str
    group: Group
    title: str
    sentence: str
    advice: str
    parameters: tuple[Parameter, ...] = ()
    lasting: bool = True

    def settings(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Every setting, those not given by their defaults; ValueError with a sentence."""
        known = {parameter.name for parameter in self.parameters}
        if unknown := sorted(given.keys() - known):
            takes = f"it takes {', '.join(sorted(known))}" if known else "it takes no settings"
            raise ValueError(f"{self.name} has no setting {', '.join(unknown)}; {takes}.")
        return {p.name: p.read(given.get(p.name, p.default)) for p in self.parameters}


def _seconds(name: str, label: str, default: float, most: float, least: float = 0.1) -> Parameter:
    return Parameter(name, label, "number", default, least, most)


_SHARE: Final = (
    Parameter("share", "Share of calls, 1 for each", "number", 1, 0.01, 1),
    Parameter("seed", "Seed, for the same calls again", "whole", 1, 0, 2**31),
)
_AFTER: Final = Parameter("after", "Seconds until the second", "number", 0, 0, 60)


def table(methods: Collection[str]) -> tuple[Switch, ...]:
    """All switches; `methods` are the Web API's names."""
    named = tuple(sorted(methods))
    method = Parameter("method", "Method", "choice", EVERY, choices=(EVERY, *named, RESPONSE_URL))
    return (*_web_api(method), *_CONNECTION, *_EVENTS)


def _web_api(method: Parameter) -> tuple[Switch, ...]:
    return (
        Switch(
            "ratelimited",
            "web_api",
            "Too many requests",
            "Calls past the budget of a minute are answered 429 with Retry-After, and do nothing. "
            "A budget of 0 refuses each call.",
            "A good app waits as long as Retry-After says, and then sends its newest state.",
            (
                method,
                Parameter("per_minute", "Calls a minute and method", "whole", 0, 0, 600),
                _seconds("retry_after", "Retry-After, in seconds", 2, 3_600),
            ),
        ),
        Switch(
            "budgets",
            "web_api",
            "Slack's own budgets",
            "Each method has the calls a minute that Slack grants it, and a channel takes about "
            "one post a second.",
            "A good app joins its updates, and stays below the budgets by itself.",
        ),
        Switch(
            "server_error",
            "web_api",
            "Server errors",
            "Calls are answered 500, 502 or 503, and do nothing.",
            "A good app tries again after a while, looks before it posts again, and tells the "
            "person who waits.",
            (
                method,
                Parameter("status", "Status", "choice", "500", choices=("500", "502", "503")),
                *_SHARE,
            ),
        ),
        Switch(
            "no_answer",
            "web_api",
            "Silence",
            "Calls do nothing and are never answered; the line stays open.",
            "A good app has a timeout for every call, and doesn't wait with one for another.",
            (method, *_SHARE),
        ),
        Switch(
            "lost_answer",
            "web_api",
            "Lost answers",
            "Calls take effect, and the line breaks before the answer.",
            "A good app looks whether it is there before it does it again.",
            (method, *_SHARE),
        ),
        Switch(
            "slow",
            "web_api",
            "Slow answers",
            "Calls take effect at once, and their answers come late.",
            "A good app acknowledges before it works, opens a form first and fills it later, and "
            "keeps each call's order.",
            (method, _seconds("seconds", "Seconds", 2.5, 60)),
        ),
    )


_CONNECTION: Final = (
    Switch(
        "socket_drop",
        "connection",
        "Drop the sockets",
        "Every Socket Mode connection breaks now, without a word.",
        "A good app connects again at once, and loses nothing of what is under way.",
        lasting=False,
    ),
    Switch(
        "socket_drops",
        "connection",
        "Sockets that drop again and again",
        "Every connection breaks each few seconds.",
        "A good app connects again each time, with a pause that grows.",
        (_seconds("every", "Seconds", 20, 3_600, 0.2),),
    ),
    Switch(
        "socket_quiet",
        "connection",
        "Sockets that go quiet",
        "The connections that are open stay open, and nothing is sent or read on them any more, "
        "not even an answer to a ping. They stay so when this is switched off. New ones work, "
        "unless they are to be quiet too.",
        "A good app sends pings, and replaces a connection that doesn't answer them.",
        (Parameter("new_ones", "New connections too", "boolean", default=False),),
    ),
    Switch(
        "socket_reconnect",
        "connection",
        "Ask to reconnect",
        "Every connection is asked to be replaced, as Slack does before it closes one.",
        "A good app opens the new connection first, and then lets go of the old one.",
        lasting=False,
    ),
    Switch(
        "socket_refused",
        "connection",
        "No new sockets",
        "New Socket Mode connections are refused with 503. Those that are open stay.",
        "A good app keeps what it has, and tries again with a pause that grows.",
    ),
    Switch(
        "no_tickets",
        "connection",
        "No address to connect to",
        "apps.connections.open fails, so no new connection can be made.",
        "A good app tries again, says once in its log what is wrong, and lets its work go on.",
        (
            Parameter(
                "error",
                "Error",
                "choice",
                "internal_error",
                choices=("internal_error", "fatal_error", "service_unavailable"),
            ),
        ),
    ),
)

_EVENTS: Final = (
    Switch(
        "events_twice",
        "events",
        "The same event twice",
        "Events are delivered twice under the same event_id.",
        "A good app remembers the event_id, and does nothing the second time.",
        (_AFTER, *_SHARE),
    ),
    Switch(
        "events_two_ids",
        "events",
        "The same message under two ids",
        "Events are delivered twice, the second time under another event_id.",
        "A good app knows a message by its channel and ts as well.",
        (_AFTER, *_SHARE),
    ),
    Switch(
        "events_disordered",
        "events",
        "Events out of order",
        "Events are held back for a moment and then delivered, the latest first.",
        "A good app orders by ts where order matters, and needs no event before another.",
        (_seconds("seconds", "Seconds that they are held", 1, 60),),
    ),
    Switch(
        "events_retried",
        "events",
        "Acknowledgements that come too late",
        "Events are sent again as if their acknowledgement had come late.",
        "A good app acknowledges before it works, and does nothing the second time.",
        (Parameter("times", "Times", "whole", 1, 1, 3),),
    ),
    Switch(
        "events_delayed",
        "events",
        "Late events",
        "Events are delivered some time after what they tell of.",
        "A good app goes by how things stand now, and says so where they have moved on.",
        (_seconds("seconds", "Seconds", 10, 300),),
    ),
)
