"""A wrong block or view is refused with its place; a right one is taken where Slack has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.block_samples import (
    Block,
    asked,
    card,
    cell,
    confirm,
    container,
    context_actions,
    data_table,
    group,
    icon_button,
    image,
    option,
    plan,
    rich_text,
    select,
    table,
    task,
    video,
    workflow_button,
)
from playground.bolt_apps import actions, button, modal, plain, section, text_input
from runbot.playground.block_kit import BLOCKS
from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.playground.refusals import Refusal
from runbot.playground.state import interactive


def said(refusal: Refusal) -> list[str]:
    messages: list[str] = refusal.answer()["response_metadata"]["messages"]
    assert messages
    return messages


@pytest.mark.parametrize(
    ("block", "sentence", "pointer"),
    [
        ({"type": "sparkline"}, "unsupported type: sparkline", "/blocks/0/type"),
        ({"text": plain("x")}, "missing required field: type", "/blocks/0"),
        ("divider", "must provide an object", "/blocks/0"),
        ({"type": "section"}, "must define either `text` or `fields`", "/blocks/0"),
        ({"type": "section", "text": "x"}, "must provide an object", "/blocks/0/text"),
        (section(""), "must be more than 0 characters", "/blocks/0/text/text"),
        (section("x", emoji=True), "invalid additional property: emoji", "/blocks/0"),
        (
            {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
            "invalid additional property: emoji",
            "/blocks/0/text",
        ),
        (
            {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
            "unsupported type: mrkdwn",
            "/blocks/0/text/type",
        ),
        (
            actions({**button("x", "a"), "text": {"type": "mrkdwn", "text": "x"}}),
            "unsupported type: mrkdwn",
            "/blocks/0/elements/0/text/type",
        ),
        (
            actions(button("x", "a", style="loud")),
            "unsupported value",
            "/blocks/0/elements/0/style",
        ),
        (
            actions(button("x", "a"), button("y", "a")),
            "`action_id` must be unique: a",
            "/blocks/0",
        ),
        (actions(), "no fewer than 1 items required", "/blocks/0/elements"),
        (
            actions({"type": "plain_text_input", "action_id": "a"}),
            "unsupported type: plain_text_input",
            "/blocks/0/elements/0/type",
        ),
        (
            asked(button("x", "a")),
            "unsupported type: button",
            "/blocks/0/element/type",
        ),
        (
            {"type": "input", "label": plain("x")},
            "missing required field: element",
            "/blocks/0",
        ),
        (
            {"type": "alert", "text": plain("x")},
            "unsupported type: alert",
            "/blocks/0/type",
        ),
        (
            actions(select(1, initial_option=option(7))),
            "initial option isn't among the options",
            "/blocks/0/elements/0",
        ),
        (
            actions({"type": "datepicker", "action_id": "d", "initial_date": "soon"}),
            "must be YYYY-MM-DD",
            "/blocks/0/elements/0/initial_date",
        ),
        (
            asked({"type": "number_input", "action_id": "n"}),
            "missing required field: is_decimal_allowed",
            "/blocks/0/element",
        ),
        (
            {"type": "context", "elements": [button("x", "a")]},
            "unsupported type: button",
            "/blocks/0/elements/0/type",
        ),
        (
            {**task(1), "type": "task_card"},
            "unsupported value; allowed: in_progress, complete, error",
            "/blocks/0/status",
        ),
        (plan(task(1), task(1)), "`task_id` must be unique: 1", "/blocks/0/tasks/1/task_id"),
        (
            plan({**task(1), "type": "section"}),
            "unsupported type: section",
            "/blocks/0/tasks/0/type",
        ),
        (
            plan({**task(1), "sources": [{"type": "url", "url": "https://x.example"}]}),
            "missing required field: text",
            "/blocks/0/tasks/0/sources/0",
        ),
        (
            plan({**task(1), "details": "words"}),
            "must provide an object",
            "/blocks/0/tasks/0/details",
        ),
        (container(container()), "unsupported type: container", "/blocks/0/child_blocks/0/type"),
        (
            container(default_collapsed=True),
            "`default_collapsed` requires `is_collapsible`",
            "/blocks/0/default_collapsed",
        ),
        (
            container(is_collapsible=True, has_header_divider=True),
            "`has_header_divider` is not allowed with `is_collapsible`",
            "/blocks/0/has_header_divider",
        ),
        (
            {"type": "container", "child_blocks": [{"type": "divider"}]},
            "must define either `title` or `rich_text_title`",
            "/blocks/0",
        ),
        (
            {"type": "carousel", "elements": [{"type": "divider"}]},
            "unsupported type: divider",
            "/blocks/0/elements/0/type",
        ),
        (
            card(icon=image(), slack_icon={"type": "icon", "name": "rocket"}),
            "only one of `icon` and `slack_icon` is allowed",
            "/blocks/0",
        ),
        (card(hero_image=plain("x")), "unsupported type: plain_text", "/blocks/0/hero_image/type"),
        (
            data_table(rows=[[cell()], [cell(), cell()]]),
            "all rows must have the same number of cells",
            "/blocks/0/rows/1",
        ),
        (
            data_table(rows=[[rich_text()], [cell()]]),
            "unsupported type: rich_text",
            "/blocks/0/rows/0/0/type",
        ),
        (
            data_table(row_header_column_index=1),
            "must be the index of a column",
            "/blocks/0/row_header_column_index",
        ),
        (data_table(1), "no fewer than 2 items required", "/blocks/0/rows"),
        (
            table(1, 1) | {"rows": [[{"type": "raw_number", "value": "1", "text": "1"}]]},
            "must provide a number",
            "/blocks/0/rows/0/0/value",
        ),
        (
            rich_text({"type": "sparkle"}),
            "unsupported type: sparkle",
            "/blocks/0/elements/0/elements/0/type",
        ),
        (
            rich_text({"type": "text", "text": "x", "colour": "red"}),
            "invalid additional property: colour",
            "/blocks/0/elements/0/elements/0",
        ),
        (
            rich_text({"type": "text", "text": "x", "style": {"loud": True}}),
            "invalid additional property: loud",
            "/blocks/0/elements/0/elements/0/style",
        ),
        (
            rich_text({"type": "user", "user_id": "U1"}, kind="rich_text_preformatted"),
            "unsupported type: user",
            "/blocks/0/elements/0/elements/0/type",
        ),
        (
            rich_text({"type": "text", "text": "x"}, kind="rich_text_list", style="bullet"),
            "unsupported type: text",
            "/blocks/0/elements/0/elements/0/type",
        ),
        (
            rich_text({"type": "date", "timestamp": "soon", "format": "{date}"}),
            "must provide an integer",
            "/blocks/0/elements/0/elements/0/timestamp",
        ),
        (
            {"type": "file", "external_id": "F", "source": "local"},
            "unsupported value",
            "/blocks/0/source",
        ),
        ({"type": "call"}, "missing required field: call_id", "/blocks/0"),
        (
            {key: value for key, value in video().items() if key != "thumbnail_url"},
            "missing required field: thumbnail_url",
            "/blocks/0",
        ),
        (
            actions({"type": "external_select", "min_query_length": -1}),
            "must be at least 0",
            "/blocks/0/elements/0/min_query_length",
        ),
        (
            actions({"type": "external_select", "options": [option()]}),
            "invalid additional property: options",
            "/blocks/0/elements/0",
        ),
        (
            actions({"type": "file_input"}),
            "unsupported type: file_input",
            "/blocks/0/elements/0/type",
        ),
        (
            image(slack_file={"name": "x.png"}),
            "must define either `id` or `url`",
            "/blocks/0/slack_file",
        ),
        (
            actions({**workflow_button("x"), "workflow": {"trigger": {}}}),
            "missing required field: url",
            "/blocks/0/elements/0/workflow/trigger",
        ),
        (
            context_actions({"type": "feedback_buttons", "positive_button": {}}),
            "missing required field: negative_button",
            "/blocks/0/elements/0",
        ),
        (
            actions(button("x", "a", confirm=confirm() | {"style": "shouting"})),
            "unsupported value",
            "/blocks/0/elements/0/confirm/style",
        ),
        (
            actions(select(1, option_groups=[group()])),
            "only one of `options` and `option_groups` is allowed",
            "/blocks/0/elements/0",
        ),
    ],
)
def test_a_wrong_block_is_refused_with_its_place(block: Any, sentence: str, pointer: str) -> None:
    with pytest.raises(Refusal) as caught:
        accept_message_blocks([block])
    assert caught.value.error == "invalid_blocks"
    assert any(
        sentence in m and m.endswith(f"[json-pointer:{pointer}]") for m in said(caught.value)
    )


def test_block_ids_are_unique_and_made_up_where_missing() -> None:
    with pytest.raises(Refusal) as caught:
        accept_message_blocks([section("x", block_id="b"), section("y", block_id="b")])
    assert "`block_id` must be unique: b" in said(caught.value)[0]
    given = [section("x"), section("y"), actions({**button("z", ""), "action_id": "a"})]
    named = accept_message_blocks(given)
    assert len({block["block_id"] for block in named}) == 3
    assert all("block_id" not in block for block in given)


def test_cards_in_a_carousel_are_named_like_other_blocks() -> None:
    """Each card and button has an id of its own, so that a click on it can be told."""
    (carousel,) = accept_message_blocks(
        [{"type": "carousel", "elements": [card(actions=[button("b", "a")]), card()]}]
    )
    assert all(each["block_id"] for each in carousel["elements"])
    (found,) = interactive([carousel])
    assert found == (carousel["elements"][0], carousel["elements"][0]["actions"][0])


RIGHT: list[Block] = [
    plan(task(1), {**task(2), "type": "task_card", "output": rich_text()}),
    {**task(1), "type": "task_card", "status": "complete"},
    container(section("x"), table(1, 1), is_collapsible=True, default_collapsed=True),
    {"type": "carousel", "elements": [card(slack_icon={"type": "icon", "name": "rocket"})]},
    data_table(rows=[[cell()], [rich_text({"type": "link", "url": "https://x.example"})]]),
    video(author_name="Ana"),
    {"type": "file", "external_id": "F1", "source": "remote"},
    {"type": "call", "call_id": "R1"},
    rich_text(
        {"type": "text", "text": "x", "style": {"bold": True}},
        {"type": "emoji", "name": "wave", "unicode": "1f44b"},
        {"type": "broadcast", "range": "here"},
        {"type": "color", "value": "#F405B3"},
    ),
    actions({"type": "external_select", "min_query_length": 3}),
    actions({"type": "multi_external_select", "initial_options": [option()]}),
    actions(button("Open", "a", url="https://x.example"), workflow_button("Start")),
    asked({"type": "file_input", "filetypes": ["csv"], "max_files": 1}),
]


@pytest.mark.parametrize("block", RIGHT, ids=lambda block: str(block["type"]))
def test_a_right_block_is_taken(block: Block) -> None:
    assert accept_message_blocks([block])


# https://docs.slack.dev/reference/block-kit/blocks: where each block that isn't everywhere is.
SURFACES: dict[str, tuple[Block, str]] = {
    "alert": ({"type": "alert", "text": plain("x")}, "modal"),
    "call": ({"type": "call", "call_id": "R1"}, "message"),
    "carousel": ({"type": "carousel", "elements": [card()]}, "message home"),
    "container": (container(), "message home"),
    "context_actions": (context_actions(icon_button()), "message"),
    "data_table": (data_table(), "message home"),
    "file": ({"type": "file", "external_id": "F", "source": "remote"}, "message"),
    "markdown": ({"type": "markdown", "text": "x"}, "message"),
    "plan": (plan(task(1)), "message"),
    "table": (table(1, 1), "message home"),
    "task_card": ({**task(1), "type": "task_card", "status": "complete"}, "message"),
    "card": (card(), "message modal home"),
    "video": (video(), "message modal home"),
}


@pytest.mark.parametrize("kind", SURFACES)
def test_a_block_is_taken_on_its_surfaces_and_refused_on_the_others(kind: str) -> None:
    block, surfaces = SURFACES[kind]
    accepted: dict[str, Callable[[], object]] = {
        "message": lambda: accept_message_blocks([block]),
        "modal": lambda: accept_view(modal(block)),
        "home": lambda: accept_view({"type": "home", "blocks": [block]}),
    }
    for surface, accept in accepted.items():
        if surface in surfaces.split():
            assert accept()
        else:
            with pytest.raises(Refusal) as caught:
                accept()
            assert f"unsupported type: {kind}" in said(caught.value)[0]


def test_every_block_that_some_surface_lacks_is_tried() -> None:
    everywhere = {kind for kind, shape in BLOCKS.items() if len(shape.surfaces) == 3}
    assert BLOCKS.keys() - everywhere <= SURFACES.keys()


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        ({"type": "modal", "blocks": [section("x")]}, "missing required field: title"),
        ({"type": "dialog", "blocks": [section("x")]}, "unsupported type: dialog"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [text_input("Label", "b")]},
            "`submit` is required",
        ),
        (modal(), "no fewer than 1 items required"),
        (modal(section("x"), submit_disabled=True), "invalid additional property"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
        ({"type": "home", "blocks": [section("x")], "submit": plain("x")}, "invalid additional"),
        ("modal", "must provide an object"),
    ],
)
def test_a_wrong_view_is_refused(view: Any, sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        accept_view(view)
    assert caught.value.error == "invalid_arguments"
    assert any(sentence in message for message in said(caught.value))


@pytest.mark.parametrize("junk", [None, 1, [], [[]], [None], {"type": "section"}, [{"type": 1}]])
def test_junk_is_refused_and_never_crashes(junk: Any) -> None:
    if junk == []:
        assert accept_message_blocks(junk) == []
        return
    with pytest.raises(Refusal):
        accept_message_blocks(junk)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "actions", "elements": None},
        {"type": "actions", "elements": [None, 3]},
        {"type": "section", "accessory": "x"},
        {"type": "input", "element": []},
        {"type": "input"},
        {"type": "card", "actions": 3},
        {"type": "container", "child_blocks": {}},
        {"type": "container", "child_blocks": [{"type": "container", "child_blocks": []}]},
        {"type": "context", "elements": {}},
        {"type": "table", "rows": [[{"type": "rich_text"}], 3]},
        {"type": "data_table", "caption": "t", "rows": [[], []]},
        {"type": "carousel", "elements": [None]},
        {"type": "plan", "title": "p", "tasks": [None]},
        {"type": "plan", "title": "p", "tasks": [{"task_id": ["x"]}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [3]}]},
        {"type": "card", "title": {"type": "plain_text", "text": "x"}, "slack_icon": 3},
        {"type": "actions", "elements": [{"type": "static_select", "options": 3}]},
        {"type": "actions", "elements": [{"type": "static_select", "option_groups": 3}]},
        {"type": "actions", "elements": [{"type": "checkboxes", "initial_options": 3}]},
        {"type": "actions", "elements": [{"type": ["x"]}]},
        {"type": "actions", "elements": [{"type": "button", "action_id": ["x"]}]},
        {"type": "divider", "block_id": ["x"]},
    ],
)
def test_malformed_blocks_are_refused_and_never_crash(block: Any) -> None:
    with pytest.raises(Refusal):
        accept_message_blocks([block])
