"""The exact action that people agree to: its tool and every argument, as plain text.

Slack formats nothing in a plain_text object: no value in it can become markup, a mention or
a link. A value's further lines are marked, so that none of them looks like another argument.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue
from slack_sdk.models.blocks import Block, PlainTextObject, SectionBlock

from runbot.surfaces.slack.views.text import counted, literal, weight

SECTION: Final = 3000
_FURTHER: Final = "│ "
PERSON: Final = "person"
TOOL: Final = "tool"
RUNBOOK: Final = "runbook"


@dataclass(frozen=True, slots=True)
class Action:
    """An action as text. `whole` tells that nothing of it is left out."""

    text: str
    whole: bool


def action(
    executor: str,
    arguments: Mapping[str, JsonValue],
    *,
    value: int,
    most: int,
    does: str = TOOL,
) -> Action:
    """A tool with its arguments, a line or more each; `value` is how much of each is shown.

    `does` says what the executor is: a tool, or another runbook.
    """
    said = "done by a person" if executor == PERSON else f"{does}: {literal(executor, 100)}"
    lines, whole = [said], True
    for name, given in arguments.items():
        shown, all_of_it = _value(given, value)
        lines.append(f"{literal(name.replace(chr(10), chr(32)), 100)}: {shown}")
        whole = whole and all_of_it
    text = "\n".join(lines)
    if weight(text) > most:
        return Action(literal(text, most), whole=False)
    return Action(text, whole)


def _value(given: JsonValue, most: int) -> tuple[str, bool]:
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    shown = literal(text, most)
    whole = shown == literal(text, len(text) * 12 + 1)
    first, *further = shown.split("\n")
    if further:
        first = "\n".join(["", *(_FURTHER + line for line in (first, *further))])
    return (first if whole else f"{first} ({counted(len(text), 'character')} in all)"), whole


def section(shown: Action) -> Block:
    """The action in a block of a message."""
    return SectionBlock(text=PlainTextObject(text=shown.text, emoji=False), expand=True)


def whole_sections(
    executor: str, arguments: Mapping[str, JsonValue], *, most: int, does: str = TOOL
) -> list[Block]:
    """Every argument in full, in as many blocks as it takes; at most so many characters."""
    text = action(executor, arguments, value=most, most=most, does=does).text
    return [_plain(part) for part in _parts(text)]


def _plain(text: str) -> Block:
    return SectionBlock(text=PlainTextObject(text=text, emoji=False), expand=True)


def _parts(text: str) -> Sequence[str]:
    """The text in pieces that a section takes, cut at its lines where that can be."""
    parts, held, room = [], "", SECTION
    for line in text.split("\n"):
        pieces = [line[at : at + SECTION // 2] for at in range(0, len(line), SECTION // 2)] or [""]
        for number, piece in enumerate(pieces):
            joint = "" if number else "\n"
            if weight(held) + weight(joint + piece) > room:
                parts.append(held)
                held = piece
            else:
                held = held + joint + piece if held else piece
    return [part for part in (*parts, held) if part.strip()]
