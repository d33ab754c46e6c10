"""Every block that Slack takes: its fields, its lengths, and the surfaces that have it.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from typing import Any

from runbot.playground.elements import (
    ACCESSORY,
    ACTION,
    BUTTON,
    CONTEXT_ACTION,
    IMAGE,
    INPUT,
)
from runbot.playground.objects import SLACK_FILE
from runbot.playground.rich_text import RICH_TEXT
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
from runbot.playground.tables import DATA_TABLE, TABLE

_BLOCK_ID: dict[str, Check] = {"block_id": string("id")}
_IMAGE = typed({"image": IMAGE})
_RICH_TEXT = typed({"rich_text": RICH_TEXT})

SOURCE = Shape({"url": string(), "text": string()}, ("url", "text"))
_TASK: dict[str, Check] = {
    **_BLOCK_ID,
    "task_id": string("id"),
    "title": string(),
    "details": _RICH_TEXT,
    "output": _RICH_TEXT,
    "sources": items(typed({"url": SOURCE})),
}
_NEEDED = ("task_id", "title", "status")
_RUNNING = ("in_progress", "complete", "error")
# A card by itself is never pending: only a plan knows what comes later.
TASK_CARD = Shape({**_TASK, "status": one_of(*_RUNNING)}, _NEEDED, surfaces=("message",))
_PLANNED = Shape({**_TASK, "status": one_of("pending", *_RUNNING)}, _NEEDED)


def _planned(task: Any, pointer: str, found: Findings) -> None:
    """A task of a plan, in which `type` may be left out as in Slack's own example."""
    _PLANNED.check(task, pointer, found)
    kind = task.get("type", "task_card") if isinstance(task, dict) else "task_card"
    if kind != "task_card":
        found.add(f"unsupported type: {kind}", f"{pointer}/type", "enum", expected=["task_card"])


def _plan_agrees(plan: dict[str, Any], pointer: str, found: Findings) -> None:
    seen: set[str] = set()
    for index, task in enumerate(plan["tasks"]):
        if task["task_id"] in seen:
            found.add(
                f"`task_id` must be unique: {task['task_id']}", f"{pointer}/tasks/{index}/task_id"
            )
        seen.add(task["task_id"])


def _card_agrees(card: dict[str, Any], pointer: str, found: Findings) -> None:
    if "icon" in card and "slack_icon" in card:
        found.add("only one of `icon` and `slack_icon` is allowed", pointer)


CARD = Shape(
    {
        **_BLOCK_ID,
        "hero_image": _IMAGE,
        "icon": _IMAGE,
        "slack_icon": typed({"icon": Shape({"name": string()}, ("name",))}),
        "title": text("card.title"),
        "subtitle": text("card.subtitle"),
        "body": text("card.body"),
        "subtext": text("card.subtext"),
        "actions": items(BUTTON, "card.actions"),
    },
    one_of=("hero_image", "title", "body", "actions"),
    agrees=_card_agrees,
)

BLOCKS: dict[str, Shape] = {
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
            "hint": plain("input.hint"),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
    "image": Shape(
        {
            **_BLOCK_ID,
            "image_url": string("image.url"),
            "slack_file": SLACK_FILE,
            "alt_text": string("image.alt"),
            "title": plain("image.title"),
        },
        ("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "video": Shape(
        {
            **_BLOCK_ID,
            "alt_text": string("image.alt"),
            "title": plain("video.title"),
            "title_url": string("video.link"),
            "description": plain("video.description"),
            "video_url": string("image.url"),
            "thumbnail_url": string("image.url"),
            "author_name": string("video.author"),
            "provider_name": string("video.provider"),
            "provider_icon_url": string("video.link"),
        },
        ("alt_text", "title", "video_url", "thumbnail_url"),
    ),
    "file": Shape(
        {**_BLOCK_ID, "external_id": string(), "source": one_of("remote")},
        ("external_id", "source"),
        surfaces=("message",),
    ),
    "call": Shape(
        {
            **_BLOCK_ID,
            "call_id": string(),
            "api_decoration_available": boolean,
            "call": shape(v1=anything),
        },
        ("call_id",),
        surfaces=("message",),
    ),
    "markdown": Shape(
        {**_BLOCK_ID, "text": string("markdown.text")}, ("text",), surfaces=("message",)
    ),
    "rich_text": RICH_TEXT,
    "alert": Shape(
        {
            **_BLOCK_ID,
            "text": text("alert.text"),
            "level": one_of("default", "info", "warning", "error", "success"),
        },
        ("text",),
        surfaces=("modal",),
    ),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "card": CARD,
    "carousel": Shape(
        {**_BLOCK_ID, "elements": items(typed({"card": CARD}), "carousel.elements")},
        ("elements",),
        surfaces=("message", "home"),
    ),
    "task_card": TASK_CARD,
    "plan": Shape(
        {**_BLOCK_ID, "title": string(), "tasks": items(_planned, "plan.tasks")},
        ("title", "tasks"),
        surfaces=("message",),
        agrees=_plan_agrees,
    ),
}
_IN_CONTAINER = (
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)


def _container_agrees(container: dict[str, Any], pointer: str, found: Findings) -> None:
    collapsible = container.get("is_collapsible", False)
    if container.get("default_collapsed", False) and not collapsible:
        found.add("`default_collapsed` requires `is_collapsible`", f"{pointer}/default_collapsed")
    if container.get("has_header_divider", False) and collapsible:
        found.add(
            "`has_header_divider` is not allowed with `is_collapsible`",
            f"{pointer}/has_header_divider",
        )


BLOCKS["container"] = Shape(
    {
        **_BLOCK_ID,
        "title": plain("container.title"),
        "rich_text_title": _RICH_TEXT,
        "subtitle": text("container.subtitle"),
        "child_blocks": items(
            typed({kind: BLOCKS[kind] for kind in _IN_CONTAINER}), "container.child_blocks"
        ),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": _IMAGE,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    ("child_blocks",),
    one_of=("title", "rich_text_title"),
    surfaces=("message", "home"),
    agrees=_container_agrees,
)
