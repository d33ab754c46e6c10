"""What Slack accepts as the blocks of a message or a view, and what it answers to the rest."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Literal

from runbot.playground.elements import (
    ACCESSORY,
    ACTION,
    BUTTON,
    CONTEXT_ACTION,
    IMAGE,
    INPUT,
)
from runbot.playground.ids import fresh_id
from runbot.playground.limits import LIMITS, most
from runbot.playground.messages import texts_of
from runbot.playground.refusals import Refusal
from runbot.playground.schema import (
    Check,
    Findings,
    Shape,
    anything,
    boolean,
    integer,
    items,
    one_of,
    plain,
    shape,
    string,
    text,
    typed,
)
from runbot.playground.state import elements_of

Surface = Literal["message", "modal", "home"]

_BLOCK_ID = {"block_id": string("id")}
_RICH = typed(
    {
        kind: Shape(
            {
                "elements": items(anything, least=0),
                "style": anything,
                "indent": integer(0, 8),
                "offset": integer(0),
                "border": integer(0, 1),
                "language": string(),
            },
            ("elements",),
        )
        for kind in (
            "rich_text_section",
            "rich_text_list",
            "rich_text_preformatted",
            "rich_text_quote",
        )
    }
)
_RICH_TEXT = Shape({**_BLOCK_ID, "elements": items(_RICH)}, ("elements",))
_TASK_CARD = Shape(
    {
        **_BLOCK_ID,
        "task_id": string("id"),
        "title": string(),
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": typed({"rich_text": _RICH_TEXT}),
        "output": typed({"rich_text": _RICH_TEXT}),
        "sources": items(typed({"url": Shape({"url": string(), "text": string()}, ("url",))})),
    },
    ("task_id", "title"),
    surfaces=("message",),
)
_CELL = typed(
    {
        "raw_text": Shape({"text": string(least=0)}, ("text",)),
        "raw_number": Shape({"value": anything, "text": string()}, ("value",)),
        "rich_text": _RICH_TEXT,
    }
)
_TABLE = Shape(
    {
        **_BLOCK_ID,
        "rows": items(items(_CELL, "table.cells"), "table.rows"),
        "column_settings": items(
            shape(align=one_of("left", "center", "right"), is_wrapped=boolean),
            "table.cells",
            least=0,
        ),
    },
    ("rows",),
    surfaces=("message",),
)
_CARD = Shape(
    {
        **_BLOCK_ID,
        "hero_image": anything,
        "icon": anything,
        "title": text("card.title"),
        "subtitle": text("card.title"),
        "body": text("card.body"),
        "actions": items(BUTTON, "card.actions"),
    },
    one_of=("hero_image", "title", "body", "actions"),
)

_BLOCKS: dict[str, Shape] = {
    "section": Shape(
        {
            **_BLOCK_ID,
            "text": text("section.text"),
            "fields": items(text("section.field"), "section.fields"),
            "accessory": ACCESSORY,
            "expand": boolean,
        },
        one_of=("text", "fields"),
    ),
    "header": Shape({**_BLOCK_ID, "text": plain("header.text"), "level": integer(1, 4)}, ("text",)),
    "divider": Shape(_BLOCK_ID),
    "context": Shape(
        {
            **_BLOCK_ID,
            "elements": items(
                typed(
                    {
                        "image": IMAGE,
                        "plain_text": Shape(
                            {"text": string("context.text"), "emoji": boolean}, ("text",)
                        ),
                        "mrkdwn": Shape(
                            {"text": string("context.text"), "verbatim": boolean}, ("text",)
                        ),
                    }
                ),
                "context.elements",
            ),
        },
        ("elements",),
    ),
    "actions": Shape({**_BLOCK_ID, "elements": items(ACTION, "actions.elements")}, ("elements",)),
    "context_actions": Shape(
        {**_BLOCK_ID, "elements": items(CONTEXT_ACTION, "context_actions.elements")},
        ("elements",),
        surfaces=("message",),
    ),
    "input": Shape(
        {
            **_BLOCK_ID,
            "label": plain("input.label"),
            "element": INPUT,
            "hint": plain("input.label"),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
    "image": Shape(
        {
            **_BLOCK_ID,
            "image_url": string("image.url"),
            "slack_file": anything,
            "alt_text": string("image.alt"),
            "title": plain("image.title"),
        },
        ("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "markdown": Shape(
        {**_BLOCK_ID, "text": string("markdown.text")}, ("text",), surfaces=("message",)
    ),
    "rich_text": _RICH_TEXT,
    "alert": Shape(
        {
            **_BLOCK_ID,
            "text": text("alert.text"),
            "level": one_of("default", "info", "warning", "error", "success"),
        },
        ("text",),
        surfaces=("modal",),
    ),
    "table": _TABLE,
    "card": _CARD,
    "task_card": _TASK_CARD,
    "plan": Shape(
        {
            **_BLOCK_ID,
            "title": string(),
            "tasks": items(typed({"task_card": _TASK_CARD}), "plan.tasks"),
        },
        ("title", "tasks"),
        surfaces=("message",),
    ),
}
_IN_CONTAINER = typed(
    {k: v for k, v in _BLOCKS.items() if k not in {"plan", "task_card", "alert", "input"}}
)
_BLOCKS["container"] = Shape(
    {
        **_BLOCK_ID,
        "title": plain("container.title"),
        "rich_text_title": anything,
        "subtitle": plain("container.title"),
        "child_blocks": items(_IN_CONTAINER, "container.child_blocks"),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": anything,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    ("child_blocks",),
    surfaces=("message", "home"),
)
BLOCK: Check = typed(_BLOCKS)


def _flat(blocks: list[dict[str, Any]], pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every block with its place, those inside containers too."""
    for index, block in enumerate(blocks):
        here = f"{pointer}/{index}"
        yield block, here
        yield from _flat(block.get("child_blocks", []), f"{here}/child_blocks")


def _check_surface(blocks: list[Any], surface: Surface, pointer: str, found: Findings) -> None:
    for block, here in _flat(blocks, pointer):
        kind = block["type"]
        if surface not in _BLOCKS[kind].surfaces:
            found.add(f"unsupported type: {kind}", f"{here}/type")


def _check_ids(blocks: list[Any], pointer: str, found: Findings) -> None:
    """Block ids are unique in their message or view, action ids in their block."""
    seen: set[str] = set()
    for block, here in _flat(blocks, pointer):
        block_id = block.get("block_id")
        if block_id is not None:
            if block_id in seen:
                found.add(f"`block_id` must be unique: {block_id}", f"{here}/block_id")
            seen.add(block_id)
        if block.get("type") == "container":
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
    items(BLOCK, limit, least=0 if surface == "message" else 1)(blocks, pointer, found)
    if len(found.found) == before:
        if surface is not None:
            _check_surface(blocks, surface, pointer, found)
        _check_ids(blocks, pointer, found)


def _with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy in which whatever has no id has been given one, as Slack does it."""
    named = copy.deepcopy(blocks)
    for block, _ in _flat(named, ""):
        block.setdefault("block_id", fresh_id("b")[2:9])
        if block.get("type") == "container":
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
