"""From what an exchange came, and what followed from it.

Slack doesn't say which call answers which click, so this goes by what they have in common: a
trigger_id or a response_url names its interaction; else the newest one within a few seconds that
concerns the same view, message, thread, channel or person.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runbot.playground.delivery import Envelope
from runbot.playground.inspector.lines import Concerns, part, word
from runbot.playground.inspector.telling import Telling
from runbot.playground.traffic import ApiCall, Exchange, Traffic, UrlAnswer

_SOON = 10.0
"""Seconds within which something is taken to follow from what has only a place in common."""
_BACK = 3_000
"""How many entries are linked at a time: what came long before isn't followed up."""
_KEYS = 20_000
_POSTS = {"chat.postMessage", "chat.startStream"}
_SHOWS = {"views.open", "views.push", "views.publish"}
_DEEP = 12
_SHOWN = 80

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """What an exchange came from, and how that is known."""

    id: int
    why: str


def _by_app(envelope: Envelope) -> bool:
    """Whether an event only tells the app of its own doing."""
    event = part(envelope.payload, "event")
    message = part(event, "message") or part(event, "previous_message") or event
    return bool(word(message, "bot_id"))


class Chains:
    """Takes the record up in its order, as far as it has come, and links each entry once."""

    def __init__(self, traffic: Traffic, telling: Telling) -> None:
        self._traffic = traffic
        self._telling = telling
        self._taken = 0
        self._latest: OrderedDict[Key, tuple[int, float]] = OrderedDict()
        self._causes: dict[int, Cause] = {}
        self._effects: dict[int, list[int]] = {}

    def take_up(self) -> None:
        """Link what came since the last time."""
        first = next(iter(self._traffic), None)
        if first is None or self._taken >= self._traffic.last:
            return
        new: list[Exchange] = []
        for exchange in reversed(self._traffic):
            if exchange.id <= self._taken or len(new) == _BACK:
                break
            new.append(exchange)
        for exchange in reversed(new):
            self._link(exchange)
            self._offer(exchange)
        self._taken = self._traffic.last
        for gone in [number for number in self._causes if number < first.id]:
            del self._causes[gone]
        for gone in [number for number in self._effects if number < first.id]:
            del self._effects[gone]

    def cause(self, number: int) -> Cause | None:
        """What an exchange came from, where that is kept and known."""
        cause = self._causes.get(number)
        return cause if cause and self._traffic.get(cause.id) else None

    def root(self, number: int) -> int:
        """The first one of the chain in which an exchange stands."""
        for _ in range(_DEEP):
            cause = self.cause(number)
            if cause is None:
                break
            number = cause.id
        return number

    def tree(self, number: int) -> list[tuple[int, int]]:
        """An exchange and all that followed, in order, each with its depth; a bounded number."""
        return [each for each, _ in zip(self._walk(number, 0), range(_SHOWN), strict=False)]

    def _walk(self, number: int, depth: int) -> Iterator[tuple[int, int]]:
        if self._traffic.get(number) is None:
            return
        yield number, depth
        if depth < _DEEP:
            for effect in self._effects.get(number, ()):
                yield from self._walk(effect, depth + 1)

    # How two are linked

    def _link(self, exchange: Exchange) -> None:
        for key, why, lasting in self._wanted(exchange):
            known = self._latest.get(key)
            if known is None:
                continue
            number, at = known
            if lasting or exchange.at - at <= _SOON:
                self._causes[exchange.id] = Cause(number, why)
                self._effects.setdefault(number, []).append(exchange.id)
                return

    def _wanted(self, exchange: Exchange) -> Iterator[tuple[Key, str, bool]]:
        """By what this may be linked, the surest first; True where it holds for good."""
        what, about = exchange.what, self._telling.line(exchange).concerns
        if isinstance(what, Envelope):
            if what.retry:
                yield ("payload", _identity(what.payload)), "it is sent again", True
            yield from self._of_own_doing(what, about)
        elif isinstance(what, UrlAnswer):
            yield ("url", what.token), "its response_url", True
        elif isinstance(what, ApiCall):
            if trigger := word(what.arguments, "trigger_id"):
                yield ("trigger", trigger), "its trigger_id", True
            yield from _by_place(about)
            for ts in about.ts:
                yield ("made", about.channel, ts), "the message that it posted", True

    def _of_own_doing(self, what: Envelope, about: Concerns) -> Iterator[tuple[Key, str, bool]]:
        if what.type == "events_api":
            if _by_app(what):
                for ts in about.ts:
                    yield ("touched", about.channel, ts), "what the app did", True
        elif about.view:
            yield ("made", about.view), "the view that it opened", True
        else:
            for ts in about.ts:
                yield ("made", about.channel, ts), "the message that it posted", True

    def _offer(self, exchange: Exchange) -> None:
        """Let what follows be linked to this."""
        what, about = exchange.what, self._telling.line(exchange).concerns
        keys: list[Key] = []
        if isinstance(what, Envelope):
            keys = _offered_by_slack(what, about)
        elif isinstance(what, ApiCall) and what.response.get("ok"):
            keys = _offered_by_app(what, about)
        for key in keys:
            self._latest[key] = (exchange.id, exchange.at)
            self._latest.move_to_end(key)
        while len(self._latest) > _KEYS:
            self._latest.popitem(last=False)


def _by_place(about: Concerns) -> Iterator[tuple[Key, str, bool]]:
    """What two exchanges soon after each other have in common, the closest first."""
    if about.view:
        yield ("view", about.view), "the same view, shortly before", False
    for ts in about.ts:
        yield ("message", about.channel, ts), "the same message, shortly before", False
    if about.thread_ts:
        yield ("thread", about.channel, about.thread_ts), "the same thread, shortly before", False
    if about.channel:
        yield ("channel", about.channel), "the same channel, shortly before", False
    if about.user:
        yield ("user", about.user), "the same person, shortly before", False


def _offered_by_slack(what: Envelope, about: Concerns) -> list[Key]:
    """By what a call that answers this may be known. The app's own doing asks for no answer."""
    if what.type == "events_api" and _by_app(what):
        return []
    keys: list[Key] = [key for key, _, _ in _by_place(about)]
    if not what.retry:
        keys.append(("payload", _identity(what.payload)))
    if trigger := word(what.payload, "trigger_id"):
        keys.append(("trigger", trigger))
    if url := word(what.payload, "response_url"):
        keys.append(("url", url.rpartition("/")[2]))
    if not about.thread_ts:
        # The answer may begin a thread under it.
        keys += (("thread", about.channel, ts) for ts in about.ts)
    return keys


def _offered_by_app(what: ApiCall, about: Concerns) -> list[Key]:
    """By what an event or a click on what the app made may be known."""
    keys: list[Key] = [("touched", about.channel, ts) for ts in about.ts]
    if what.method in _POSTS:
        keys += (("made", about.channel, ts) for ts in about.ts)
    if about.view and what.method in _SHOWS:
        keys.append(("made", about.view))
    return keys


def _identity(payload: dict[str, Any]) -> str:
    """By what a payload is known when it is sent again."""
    return word(payload, "event_id") or str(id(payload))
