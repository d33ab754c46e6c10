"""What a request says beside its steps: the runbook's own settings, and how it is cleaned up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runbot.agent.rules import settings

_HEADING: Final = re.compile(
    r"(?:^|(?<=\n)|(?<=[^\d\s][.;]\s)|(?<=\]\s))[ \t]*\**(?:(?:its|the|runbook)\s+)?"
    r"(?:(?P<settings>settings)|(?P<cleanup>clean(?:ing)?[ -]?up(?:\s+steps?)?))"
    r"\**[ \t]*:\**[ \t]*",
    re.IGNORECASE,
)
_BRACKET: Final = re.compile(r"\[[^\[\]]*\]")
_FIRST: Final = 0xE000  # characters that no text has: a private use area
_MOST: Final = 6400


@dataclass(frozen=True, slots=True)
class Sections:
    """A text in its parts: what it says of the steps, and the two that have a heading."""

    rest: str
    settings: str = ""
    cleanup: str = ""


def sections(text: str) -> Sections:
    """The parts of a text; a heading begins a line or follows a full stop: "Settings: …"."""
    found = list(_HEADING.finditer(text))
    if not found:
        return Sections(text)
    ends = [*(heading.start() for heading in found[1:]), len(text)]
    parts: dict[str, list[str]] = {"settings": [], "cleanup": []}
    for heading, end in zip(found, ends, strict=True):
        parts["settings" if heading["settings"] else "cleanup"].append(text[heading.end() : end])
    return Sections(
        text[: found[0].start()].rstrip(),
        "\n".join(part.strip() for part in parts["settings"]),
        "\n".join(part.strip() for part in parts["cleanup"]),
    )


def covered(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with a single character for each bracket of settings, and what they stand for.

    Nothing in them can then be taken for the end of a step.
    """
    brackets: list[str] = []

    def cover(found: re.Match[str]) -> str:
        if len(brackets) >= _MOST or settings.split(f"x {found[0]}")[0] != "x":
            return found[0]
        brackets.append(" ".join(found[0].split()))
        return chr(_FIRST + len(brackets) - 1)

    return _BRACKET.sub(cover, text), tuple(brackets)


def uncovered(text: str, brackets: Sequence[str]) -> str:
    """The text with the brackets where they were."""
    for number, bracket in enumerate(brackets):
        text = text.replace(chr(_FIRST + number), bracket)
    return text
