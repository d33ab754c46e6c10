"""The one place that holds messages and views to the sizes that Slack takes.

slack_sdk checks the lengths inside an element; the counts and sums are checked here.
Views plan to stay inside, so what is raised here is a fault of a view.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from runbot.surfaces.slack.views.text import weight

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
SECTION: Final = 3000
CONTEXT: Final = 2000
FALLBACK: Final = 3000  # chat.update takes 4,000; a notification shows far less
# Slack refuses a message at about 13,200 characters in all its blocks (msg_blocks_too_long).
# https://docs.slack.dev/reference/methods/chat.postMessage names the error and no number.
MESSAGE_TEXT: Final = 13_000
VIEW_BYTES: Final = 240_000
BUTTON: Final = 75
BUTTON_VALUE: Final = 2000
CONFIRM_TEXT: Final = 300
IDENTIFIER: Final = 255
PRIVATE_METADATA: Final = 3000
NOTE_MOST: Final = 2000  # what a person adds to an answer


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: blocks, and the text that notifications and screen readers use."""

    text: str
    blocks: list[dict[str, Any]]


class OverBudgetError(ValueError):
    """A view made more than Slack takes; `too_long` where a smaller rendering would help."""


def message(text: str, blocks: Sequence[Block]) -> Message:
    """The message as Slack takes it, or `OverBudgetError`."""
    return Message(_fallback(text), blocks_of(blocks, most=MESSAGE_BLOCKS, text=MESSAGE_TEXT))


def modal(view: View) -> dict[str, Any]:
    """The modal or Home view as Slack takes it, or `OverBudgetError`."""
    made: dict[str, Any] = view.to_dict()
    _check_blocks(made.get("blocks", []), VIEW_BLOCKS)
    if len(str(made).encode()) > VIEW_BYTES:
        raise OverBudgetError("The view is larger than Slack takes.")
    if weight(made.get("private_metadata") or "") > PRIVATE_METADATA:
        raise OverBudgetError("The view's private metadata is larger than Slack takes.")
    return made


def blocks_of(
    blocks: Sequence[Block], *, most: int = VIEW_BLOCKS, text: int | None = None
) -> list[dict[str, Any]]:
    """The blocks as dicts, within a count and a sum of text, or `OverBudgetError`."""
    made: list[dict[str, Any]] = [block.to_dict() for block in blocks]
    _check_blocks(made, most)
    if text is not None and (total := total_text(made)) > text:
        raise OverBudgetError(f"The blocks hold {total:,} characters; a message takes {text:,}.")
    return made


def _fallback(text: str) -> str:
    if not text or weight(text) > FALLBACK:
        raise OverBudgetError(f"A message's text needs 1 to {FALLBACK:,} characters.")
    return text


def _check_blocks(blocks: list[dict[str, Any]], most: int) -> None:
    if len(blocks) > most:
        raise OverBudgetError(f"{len(blocks)} blocks where Slack takes {most}.")
    named = [block["block_id"] for block in blocks if "block_id" in block]
    if len(named) != len(set(named)):
        raise OverBudgetError("Two blocks have the same block_id.")
    for block in blocks:
        _check_block(block)


def _check_block(block: dict[str, Any]) -> None:
    kind = block["type"]
    if kind == "section" and "text" in block:
        _check_text(block["text"]["text"], SECTION, kind)
    elif kind == "context":
        for element in block["elements"]:
            _check_text(element.get("text", " "), CONTEXT, kind)
    elif kind == "actions":
        ids = [element.get("action_id") for element in block["elements"]]
        if len(ids) != len(set(ids)):
            raise OverBudgetError("Two elements of one block have the same action_id.")


def _check_text(text: str, most: int, where: str) -> None:
    if not text.strip() or weight(text) > most:
        raise OverBudgetError(
            f"A {where} takes 1 to {most:,} characters; this has {weight(text):,}."
        )


def total_text(value: object) -> int:
    """All characters that people read in blocks."""
    if isinstance(value, list):
        return sum(total_text(item) for item in value)
    if isinstance(value, dict):
        return sum(
            weight(item) if key == "text" and isinstance(item, str) else total_text(item)
            for key, item in value.items()
        )
    return 0


def section(text: str, *, block_id: str | None = None) -> SectionBlock:
    """Text that is always shown in full, in which Slack links and pings nothing by itself."""
    return SectionBlock(
        text=MarkdownTextObject(text=text, verbatim=True), expand=True, block_id=block_id
    )


def text_input(name: str, asks: str, *, optional: bool = False) -> InputBlock:
    """An input for a few sentences; its block's and its action's id are its name."""
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=asks),
        optional=optional,
        element=PlainTextInputElement(action_id=name, multiline=True, max_length=NOTE_MOST),
    )


def sections(lines: Iterable[str], *, joined_by: str = "\n") -> list[Block]:
    """Lines in as few sections as hold them; no line is cut."""
    made: list[Block] = []
    held: list[str] = []
    room = SECTION
    for text in lines:
        need = weight(text) + len(joined_by)
        if held and need > room:
            made.append(section(joined_by.join(held)))
            held, room = [], SECTION
        held.append(text)
        room -= need
    if held:
        made.append(section(joined_by.join(held)))
    return made
