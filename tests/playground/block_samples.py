"""The smallest right block, element and object of each kind, to make a wrong one of."""

from __future__ import annotations

from typing import Any

from playground.bolt_apps import actions, plain

Block = dict[str, Any]


def option(number: int = 0, *, text: str = "o", value: str | None = None) -> Block:
    return {"text": plain(text), "value": str(number) if value is None else value}


def select(count: int = 1, **more: Any) -> Block:
    options = [option(n) for n in range(count)]
    return {"type": "static_select", "action_id": "s", "options": options, **more}


def confirm(**changed: str) -> Block:
    words = {"title": "t", "text": "x", "confirm": "y", "deny": "n", **changed}
    return {name: plain(text) for name, text in words.items()}


def asked(element: Block, **more: Any) -> Block:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def image(**more: Any) -> Block:
    return {"type": "image", "image_url": "https://x.example/i.png", "alt_text": "an image", **more}


def cell(text: str = "c") -> Block:
    return {"type": "raw_text", "text": text}


def table(rows: int, cells: int, **more: Any) -> Block:
    return {"type": "table", "rows": [[cell()] * cells] * rows, **more}


def data_table(count: int = 2, cells: int = 1, **more: Any) -> Block:
    return {"type": "data_table", "caption": "t", "rows": [[cell()] * cells] * count, **more}


def task(number: int) -> Block:
    return {"task_id": str(number), "title": "t", "status": "pending"}


def card(**more: Any) -> Block:
    return {"type": "card", "title": plain("t"), **more}


def container(*blocks: Block, **more: Any) -> Block:
    children = list(blocks) or [{"type": "divider"}]
    return {"type": "container", "title": plain("t"), "child_blocks": children, **more}


def video(**more: Any) -> Block:
    address = "https://x.example/v"
    return {
        "type": "video",
        "alt_text": "a",
        "title": plain("t"),
        "video_url": address,
        "thumbnail_url": address,
        **more,
    }


def icon_button(number: int = 0, **more: Any) -> Block:
    return {
        "type": "icon_button",
        "icon": "trash",
        "text": plain("Delete"),
        "action_id": str(number),
        **more,
    }


def feedback(**more: Any) -> Block:
    liked = {"text": plain("Good"), "value": "1", **more}
    return context_actions(
        {"type": "feedback_buttons", "positive_button": liked, "negative_button": liked}
    )


def context_actions(*elements: Block) -> Block:
    return {"type": "context_actions", "elements": list(elements)}


def workflow_button(text: str) -> Block:
    trigger = {"url": "https://slack.com/shortcuts/Ft1/x"}
    return {"type": "workflow_button", "text": plain(text), "workflow": {"trigger": trigger}}


def overflow(*options: Block) -> Block:
    return actions({"type": "overflow", "action_id": "m", "options": list(options)})


def groups(*given: Block) -> Block:
    return {"type": "static_select", "action_id": "s", "option_groups": list(given)}


def group(label: str = "g") -> Block:
    return {"label": plain(label), "options": [option()]}


def x(length: int) -> str:
    return "x" * length


def rich_text(*parts: Block, kind: str = "rich_text_section", **more: Any) -> Block:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(parts), **more}]}


def plan(*tasks: Block) -> Block:
    return {"type": "plan", "title": "p", "tasks": list(tasks)}
