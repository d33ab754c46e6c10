"""An exchange as the inspector lists it: one line, what it concerns, and what came of it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from runbot.playground.workspace import Workspace

Kind = Literal["call", "interaction", "event", "response_url", "connection", "file", "mail"]
State = Literal["ok", "waiting", "refused", "unanswered"]

KINDS: dict[Kind, str] = {
    "call": "Calls",
    "interaction": "Clicks and commands",
    "event": "Events",
    "response_url": "Answers by URL",
    "connection": "Connection",
    "file": "Files",
    "mail": "Mail",
}
_MENTION = re.compile(r"<([@#])(\w+)(?:\|[^<>]*)?>")
_QUOTED = 60
_LOOKED_AT = 400
_IN_SECONDS = 1.0
"""From here on a time is shown in seconds."""
_WHOLE = 0.01
"""From here on in whole milliseconds; a shorter one with tenths."""


@dataclass(frozen=True, slots=True)
class Concerns:
    """What an exchange is about, by Slack's ids; empty where it says nothing of it."""

    channel: str = ""
    ts: tuple[str, ...] = ()
    """The messages themselves: the one that is changed, clicked or made."""
    thread_ts: str = ""
    view: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange in words."""

    kind: Kind
    to_app: bool
    """Whether Slack sent it; else the app did."""
    name: str
    """The method, or the payload's type."""
    words: str
    outcome: str
    state: State
    concerns: Concerns
    error: str = ""
    """Slack's error code, where it refused."""
    fault: str = ""
    """The trouble on purpose that it met."""

    def to_page(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    def says(self, text: str) -> bool:
        """Whether the line has this text in it, in any case."""
        concerns = self.concerns
        ids = (concerns.channel, *concerns.ts, concerns.thread_ts, concerns.view, concerns.user)
        whole = " ".join((self.name, self.words, self.outcome, self.error, self.fault, *ids))
        return text.casefold() in whole.casefold()


def took(seconds: float) -> str:
    """How long: "12 ms", "0.4 ms", "1.2 s"."""
    if seconds >= _IN_SECONDS:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= _WHOLE else f"{seconds * 1000:.1f} ms"


def part(data: object, *path: str | int) -> Any:
    """What stands there in a payload; None where the payload has another shape.

    What an app sends can be anything at all, and is to be shown whatever it is.
    """
    for key in path:
        if isinstance(key, int):
            if not isinstance(data, list) or len(data) <= key:
                return None
            data = data[key]
        elif isinstance(data, dict):
            data = data.get(key)
        else:
            return None
    return data


def word(data: object, *path: str | int) -> str:
    """A string that stands there; empty for anything else."""
    found = part(data, *path)
    return found if isinstance(found, str) else ""


def join(*words: str) -> str:
    """The words that there are, with spaces between them."""
    return " ".join(each for each in words if each)


@dataclass(frozen=True, slots=True)
class Names:
    """Ids as people say them."""

    workspace: Workspace

    def user(self, user: str) -> str:
        """As in "@ana"; an id that nobody has is shown as it is."""
        if user == self.workspace.bot.user_id:
            return f"@{self.workspace.bot.name}"
        person = self.workspace.people.get(user)
        return f"@{person.name}" if person else user

    def place(self, channel: str) -> str:
        """As in "#ops", or "@ana's direct messages"."""
        known = self.workspace.channels.get(channel)
        if known is None:
            # An app may name a channel by its name, or a person for their direct messages.
            return self.user(channel) if channel in self.workspace.people else channel
        if known.kind != "im":
            return f"#{known.name}"
        people = [m for m in known.members if m != self.workspace.bot.user_id]
        return " and ".join(self.user(person) for person in people) + " in direct messages"

    def quoted(self, text: object) -> str:
        """The beginning of what was written, as people read it, in quotation marks.

        Empty for nothing.
        """
        flat = " ".join(text.split()) if isinstance(text, str) else ""
        if not flat:
            return ""
        flat = _MENTION.sub(self._mentioned, flat[:_LOOKED_AT])
        return f"“{flat}”" if len(flat) <= _QUOTED else f"“{flat[: _QUOTED - 1].rstrip()}…”"

    def _mentioned(self, found: re.Match[str]) -> str:
        kind, named = found[1], found[2]
        return self.place(named) if kind == "#" else self.user(named)

    def within(self, channel: str, thread_ts: str = "") -> str:
        """As in "in #ops", "in a thread of #ops"; empty without a channel."""
        if not channel:
            return ""
        return f"in a thread of {self.place(channel)}" if thread_ts else f"in {self.place(channel)}"

    def by(self, user: str) -> str:
        """As in "by @ana"; empty for nobody."""
        return f"by {self.user(user)}" if user else ""
