"""Each limit holds exactly: what is at it is taken, one more is refused, and where is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.bolt_apps import actions, button, modal, plain, section, text_input
from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.playground.limits import LIMITS, most
from runbot.playground.refusals import Refusal

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


def table(rows: int, cells: int) -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": ""}] * cells] * rows}


def task(number: int) -> Block:
    return {"type": "task_card", "task_id": str(number), "title": "t", "status": "pending"}


def x(length: int) -> str:
    return "x" * length


MESSAGES: dict[str, Callable[[int], list[Block]]] = {
    "message.blocks": lambda n: [{"type": "divider"}] * n,
    "id": lambda n: [section("x", block_id=x(n))],
    "section.text": lambda n: [section(x(n))],
    "section.fields": lambda n: [{"type": "section", "fields": [plain("f")] * n}],
    "section.field": lambda n: [{"type": "section", "fields": [plain(x(n))]}],
    "header.text": lambda n: [{"type": "header", "text": plain(x(n))}],
    "context.elements": lambda n: [{"type": "context", "elements": [plain("c")] * n}],
    "context.text": lambda n: [{"type": "context", "elements": [plain(x(n))]}],
    "actions.elements": lambda n: [actions(*(button("b", str(i)) for i in range(n)))],
    "input.label": lambda n: [text_input(x(n), "b")],
    "image.alt": lambda n: [image(alt_text=x(n))],
    "image.title": lambda n: [image(title=plain(x(n)))],
    "image.url": lambda n: [image(image_url=x(n))],
    "table.rows": lambda n: [table(n, 1)],
    "table.cells": lambda n: [table(1, n)],
    "card.title": lambda n: [{"type": "card", "title": plain(x(n))}],
    "card.body": lambda n: [{"type": "card", "body": plain(x(n))}],
    "card.actions": lambda n: [
        {"type": "card", "title": plain("t"), "actions": [button("b", str(i)) for i in range(n)]}
    ],
    "container.child_blocks": lambda n: [
        {"type": "container", "child_blocks": [{"type": "divider"}] * n}
    ],
    "container.title": lambda n: [
        {"type": "container", "title": plain(x(n)), "child_blocks": [{"type": "divider"}]}
    ],
    "plan.tasks": lambda n: [{"type": "plan", "title": "p", "tasks": [task(i) for i in range(n)]}],
    "context_actions.elements": lambda n: [
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "icon_button",
                    "icon": "trash",
                    "text": plain("Delete"),
                    "action_id": str(i),
                }
                for i in range(n)
            ],
        }
    ],
    "button.text": lambda n: [actions(button(x(n), "a"))],
    "button.value": lambda n: [actions(button("b", "a", value=x(n)))],
    "button.url": lambda n: [actions(button("b", "a", url=x(n)))],
    "select.options": lambda n: [actions(select(n))],
    "overflow.options": lambda n: [
        actions({"type": "overflow", "action_id": "m", "options": [option(i) for i in range(n)]})
    ],
    "choices.options": lambda n: [
        actions({"type": "checkboxes", "action_id": "m", "options": [option(i) for i in range(n)]})
    ],
    "placeholder": lambda n: [actions(select(placeholder=plain(x(n))))],
    "option.text": lambda n: [actions(select(1, options=[option(text=x(n))]))],
    "option.value": lambda n: [actions(select(1, options=[option(value=x(n))]))],
    "confirm.title": lambda n: [actions(button("b", "a", confirm=confirm(title=x(n))))],
    "confirm.text": lambda n: [actions(button("b", "a", confirm=confirm(text=x(n))))],
    "confirm.button": lambda n: [actions(button("b", "a", confirm=confirm(deny=x(n))))],
    "plain_text_input.max_length": lambda n: [text_input("Label", "b", max_length=n)],
}
VIEWS: dict[str, Callable[[int], Block]] = {
    "view.blocks": lambda n: modal(*([{"type": "divider"}] * n)),
    "view.title": lambda n: modal(section("x"), title=x(n)),
    "view.private_metadata": lambda n: modal(section("x"), private_metadata=x(n)),
    "view.id": lambda n: modal(section("x"), callback_id=x(n)),
    "alert.text": lambda n: modal({"type": "alert", "text": plain(x(n))}),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_messages_limit(name: str) -> None:
    build, limit = MESSAGES[name], LIMITS[name]
    assert accept_message_blocks(build(limit.number))
    with pytest.raises(Refusal) as caught:
        accept_message_blocks(build(limit.number + 1))
    assert caught.value.error == limit.error
    assert all("[json-pointer:/blocks" in m for m in said(caught.value))


@pytest.mark.parametrize("name", VIEWS)
def test_a_views_limit(name: str) -> None:
    build, limit = VIEWS[name], LIMITS[name]
    assert accept_view(build(limit.number))
    with pytest.raises(Refusal) as caught:
        accept_view(build(limit.number + 1))
    assert caught.value.error == "invalid_arguments"
    assert all("[json-pointer:/view" in m for m in said(caught.value))


def said(refusal: Refusal) -> list[str]:
    messages: list[str] = refusal.answer()["response_metadata"]["messages"]
    assert messages
    return messages


def test_a_messages_texts_have_a_budget_together() -> None:
    budget = most("message.block_text")
    many = [section(x(3_000))] * 4
    assert accept_message_blocks([*many, section(x(budget - 12_000))])
    with pytest.raises(Refusal) as caught:
        accept_message_blocks([*many, section(x(budget - 12_000 + 1))])
    assert caught.value.error == "msg_blocks_too_long"


def test_markdown_blocks_have_a_budget_together() -> None:
    half = {"type": "markdown", "text": x(6_000)}
    assert accept_message_blocks([half, half])
    with pytest.raises(Refusal) as caught:
        accept_message_blocks([half, half, {"type": "markdown", "text": "x"}])
    assert caught.value.error == "msg_too_long"


def test_a_message_has_one_table() -> None:
    with pytest.raises(Refusal) as caught:
        accept_message_blocks([table(1, 1), table(1, 1)])
    assert "only_one_table_allowed" in said(caught.value)[0]


def test_a_view_has_a_size() -> None:
    big = [section(x(3_000), block_id=str(n)) for n in range(84)]
    with pytest.raises(Refusal) as caught:
        accept_view(modal(*big))
    assert caught.value.error == "view_too_large"
    assert accept_view(modal(*big[:80]))


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


def test_every_limit_names_its_page() -> None:
    assert all(limit.doc.startswith("https://docs.slack.dev/") for limit in LIMITS.values())


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
