"""What Slack accepts as the blocks of a message or a view, and what it answers to the rest."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Literal

from runbot.playground.block_kit import BLOCKS
from runbot.playground.ids import fresh_block_id, fresh_id
from runbot.playground.limits import LIMITS, most
from runbot.playground.messages import texts_of
from runbot.playground.refusals import Refusal
from runbot.playground.schema import (
    Check,
    Findings,
    Shape,
    anything,
    boolean,
    items,
    plain,
    string,
    typed,
)
from runbot.playground.state import elements_of, inner_blocks

Surface = Literal["message", "modal", "home"]

_BLOCK: Check = typed(BLOCKS)


def _flat(blocks: list[dict[str, Any]], pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every block with its place, those inside others too."""
    for index, block in enumerate(blocks):
        here = f"{pointer}/{index}"
        yield block, here
        inside = "elements" if block["type"] == "carousel" else "child_blocks"
        yield from _flat(inner_blocks(block), f"{here}/{inside}")


def _check_surface(blocks: list[Any], surface: Surface, pointer: str, found: Findings) -> None:
    there = [kind for kind, shape in BLOCKS.items() if surface in shape.surfaces]
    for block, here in _flat(blocks, pointer):
        if block["type"] not in there:
            found.add(f"unsupported type: {block['type']}", f"{here}/type", "enum", expected=there)


def _check_ids(blocks: list[Any], pointer: str, found: Findings) -> None:
    """Block ids are unique in their message or view, action ids in their block."""
    seen: set[str] = set()
    for block, here in _flat(blocks, pointer):
        block_id = block.get("block_id")
        if block_id is not None:
            if block_id in seen:
                found.add(f"`block_id` must be unique: {block_id}", f"{here}/block_id")
            seen.add(block_id)
        if inner_blocks(block):
            continue
        actions: set[str] = set()
        for element in elements_of(block):
            action_id = element.get("action_id")
            if action_id in actions:
                found.add(f"`action_id` must be unique: {action_id}", here)
            if action_id:
                actions.add(action_id)


def _check(blocks: Any, surface: Surface | None, pointer: str, found: Findings) -> None:
    """Note what is wrong with the blocks of a surface; None stands for any surface."""
    limit = "message.blocks" if surface in {None, "message"} else "view.blocks"
    before = len(found.found)
    items(_BLOCK, limit, least=0 if surface == "message" else 1)(blocks, pointer, found)
    if len(found.found) == before:
        if surface is not None:
            _check_surface(blocks, surface, pointer, found)
        _check_ids(blocks, pointer, found)


def _with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy in which whatever has no id has been given one, as Slack does it."""
    named = copy.deepcopy(blocks)
    for block, _ in _flat(named, ""):
        block.setdefault("block_id", fresh_block_id())
        if inner_blocks(block):
            continue
        for element in elements_of(block):
            if element.get("type") != "image":
                element.setdefault("action_id", fresh_id("a")[2:9])
    return named


def accept_message_blocks(given: object) -> list[dict[str, Any]]:
    """The blocks of a message as they will be stored; Refusal for what Slack refuses."""
    if not isinstance(given, list):
        raise Refusal("invalid_blocks_format")
    found = Findings()
    _check(given, "message", "/blocks", found)
    if found:
        raise Refusal(
            "invalid_blocks", messages=found.messages, errors=[m[8:] for m in found.messages]
        )
    markdown = sum(len(b["text"]) for b in given if b["type"] == "markdown")
    if markdown > most("message.markdown"):
        raise Refusal("msg_too_long")
    if sum(b["type"] == "table" for b in given) > most("message.tables"):
        raise Refusal(LIMITS["message.tables"].error, messages=["[ERROR] only_one_table_allowed"])
    if sum(len(t) for t in texts_of(given)) > most("message.block_text"):
        raise Refusal("msg_blocks_too_long")
    return _with_ids(given)


_VIEW_COMMON: dict[str, Check] = {
    "blocks": anything,
    "private_metadata": string("view.private_metadata", least=0),
    "callback_id": string("view.id", least=0),
    "external_id": string("view.id", least=0),
}
_VIEWS = {
    "modal": Shape(
        {
            **_VIEW_COMMON,
            "title": plain("view.title"),
            "submit": plain("view.title"),
            "close": plain("view.title"),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
        ("title", "blocks"),
    ),
    "home": Shape(_VIEW_COMMON, ("blocks",)),
}


def _check_view(given: object, pointer: str, found: Findings) -> None:
    """Note what is wrong with a modal or a Home tab."""
    typed(_VIEWS)(given, pointer, found)
    if not isinstance(given, dict) or "blocks" not in given:
        return
    blocks = given["blocks"]
    surface: Surface = "home" if given.get("type") == "home" else "modal"
    _check(blocks, surface, f"{pointer}/blocks", found)
    asks = isinstance(blocks, list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in blocks
    )
    if surface == "modal" and asks and "submit" not in given:
        found.add("`submit` is required when an input block is within blocks", pointer)


def accept_view(given: object) -> dict[str, Any]:
    """A view as it will be stored; Refusal for what Slack refuses."""
    found = Findings()
    _check_view(given, "/view", found)
    if found or not isinstance(given, dict):
        raise Refusal("invalid_arguments", messages=found.messages)
    if len(json.dumps(given, ensure_ascii=False).encode()) > most("view.bytes"):
        raise Refusal("view_too_large")
    return {**given, "blocks": _with_ids(given["blocks"])}


def _check_message(given: object, pointer: str, found: Findings) -> None:
    """Note what is wrong with a message's payload."""
    if not isinstance(given, dict):
        found.add("must provide an object", pointer, "type", expected="object")
    elif "blocks" in given:
        _check(given["blocks"], "message", f"{pointer}/blocks", found)
    elif not isinstance(given.get("text"), str):
        found.add("must define either `blocks` or `text`", pointer, "required", expected=["blocks"])


def findings(*, blocks: object = None, view: object = None, message: object = None) -> Findings:
    """What blocks.validate finds in the one that is given. Blocks alone may be of any surface."""
    found = Findings()
    if view is not None:
        _check_view(view, "", found)
    elif message is not None:
        _check_message(message, "", found)
    else:
        _check(blocks, None, "", found)
    return found
