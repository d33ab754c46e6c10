"""Values of each kind that an answer can have, found in what a person replies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from runbot.agent.rules.literals import emails, urls
from runbot.agent.rules.markup import CHANNEL
from runbot.domain.parameters import PLACEHOLDER
from runbot.domain.runbook import AnswerKind
from runbot.tools.wait import SPOKEN, duration

_TEMPLATE: Final = re.compile(r"\{\{\s*\w+\s*\}\}\S*")
_PATH: Final = re.compile(r"(?<!\S)/[\w.-]+(?:/[\w.-]+)+")
PERSONS_TEXT: Final = re.compile(r"\btext:\s*(.+)$", re.IGNORECASE | re.DOTALL)
_TIME: Final = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)?\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
    r"(?:\s*(?:and\s+)?\d+\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hours?))*(?![a-z])",
    re.IGNORECASE,
)
_SPOKEN_TIME: Final = re.compile(rf"\b{SPOKEN}", re.IGNORECASE)


BARE_HOST: Final = re.compile(
    r"(?<![\w@/.])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:/\S*)?(?![\w@])|\blocalhost(?::\d+)?\S*",
    re.IGNORECASE,
)


def _template(text: str) -> str | None:
    found = _TEMPLATE.search(text)
    return found[0].rstrip(".,;!?") if found else None


def _channel(text: str) -> str | None:
    found = CHANNEL.search(text)
    return found[0] if found else None


def _lasting(text: str) -> str | None:
    for found in (*_TIME.finditer(text), *_SPOKEN_TIME.finditer(text)):
        try:
            duration(found[0])
        except ValueError:
            continue
        return found[0]
    return None


def _sources(text: str) -> list[str]:
    if said := PERSONS_TEXT.search(text):
        return [f"text:{said[1].strip()}"]
    path = _PATH.search(text)
    return urls(text) or _some(path[0].rstrip(".,;") if path else None)


def values(kind: AnswerKind, text: str) -> list[str]:
    """Every value of a kind that a text holds."""
    template = None if kind is AnswerKind.TEXT else _template(text)
    return [template] if template else _FINDERS[kind](text)


def _some(value: str | None) -> list[str]:
    return [value] if value else []


def unquoted(text: str) -> str:
    """The text without quotes around all of it."""
    text = text.strip()
    quoted = re.fullmatch(r"[\"“'‘](.+)[\"”'’]", text, re.DOTALL)
    return quoted[1] if quoted else text


def literals(said: str) -> list[str]:
    """Addresses, channels and parameters that stand in a text, each once."""
    channels = [found[0] for found in CHANNEL.finditer(said)]
    templates = [found[0] for found in PLACEHOLDER.finditer(said)]
    return list(dict.fromkeys([*emails(said), *urls(said), *channels, *templates]))


def hosts(said: str) -> list[str]:
    """Names of hosts that stand outside addresses."""
    bare = re.sub(r"https?://\S+|\S+@\S+", " ", said)
    return [found[0].rstrip(".,;:!?") for found in BARE_HOST.finditer(bare)]


def values_apart(part: str) -> list[str]:
    """The values of a part that is made of nothing else, else the part itself."""
    pieces = part.split()
    if len(pieces) > 1 and all(emails(one) == [one] or urls(one) == [one] for one in pieces):
        return pieces
    return [part] if pieces else []


_FINDERS: Final[Mapping[AnswerKind, Callable[[str], list[str]]]] = {
    AnswerKind.EMAIL: emails,
    AnswerKind.URL: urls,
    AnswerKind.SOURCE: _sources,
    AnswerKind.CHANNEL: lambda text: _some(_channel(text)),
    AnswerKind.DURATION: lambda text: _some(_lasting(text)),
    AnswerKind.TEXT: lambda text: _some(unquoted(text)),
}
