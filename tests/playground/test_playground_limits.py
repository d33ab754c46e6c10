"""Each limit holds exactly: what is at it is taken, one more is refused, and where is said."""

from __future__ import annotations

from collections.abc import Callable

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
    feedback,
    group,
    groups,
    icon_button,
    image,
    option,
    overflow,
    plan,
    rich_text,
    select,
    table,
    task,
    video,
    workflow_button,
    x,
)
from playground.bolt_apps import actions, button, modal, plain, section, text_input
from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.playground.limits import LIMITS, most
from runbot.playground.refusals import Refusal

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
    "input.hint": lambda n: [text_input("Label", "b") | {"hint": plain(x(n))}],
    "image.alt": lambda n: [image(alt_text=x(n))],
    "image.title": lambda n: [image(title=plain(x(n)))],
    "image.url": lambda n: [image(image_url=x(n))],
    "table.rows": lambda n: [table(n, 1)],
    "table.cells": lambda n: [table(1, n)],
    "table.column_settings": lambda n: [table(1, 1, column_settings=[{"is_wrapped": True}] * n)],
    "data_table.rows": lambda n: [data_table(n)],
    "data_table.cells": lambda n: [data_table(2, n)],
    "data_table.page_size": lambda n: [data_table(page_size=n)],
    "card.title": lambda n: [card(title=plain(x(n)))],
    "card.subtitle": lambda n: [card(subtitle=plain(x(n)))],
    "card.body": lambda n: [card(body=plain(x(n)))],
    "card.subtext": lambda n: [card(subtext=plain(x(n)))],
    "card.actions": lambda n: [card(actions=[button("b", str(i)) for i in range(n)])],
    "carousel.elements": lambda n: [{"type": "carousel", "elements": [card()] * n}],
    "container.child_blocks": lambda n: [container(*([{"type": "divider"}] * n))],
    "container.title": lambda n: [container(title=plain(x(n)))],
    "container.subtitle": lambda n: [container(subtitle=plain(x(n)))],
    "video.title": lambda n: [video(title=plain(x(n)))],
    "video.author": lambda n: [video(author_name=x(n))],
    "video.description": lambda n: [video(description=plain(x(n)))],
    "rich_text.indent": lambda n: [
        rich_text(
            {"type": "rich_text_section", "elements": []},
            kind="rich_text_list",
            style="bullet",
            indent=n,
        )
    ],
    "plan.tasks": lambda n: [plan(*(task(i) for i in range(n)))],
    "context_actions.elements": lambda n: [context_actions(*(icon_button(i) for i in range(n)))],
    "icon_button.viewers": lambda n: [context_actions(icon_button(visible_to_user_ids=["U"] * n))],
    "feedback_button.text": lambda n: [feedback(text=plain(x(n)))],
    "feedback_button.value": lambda n: [feedback(value=x(n))],
    "workflow_button.text": lambda n: [actions(workflow_button(x(n)))],
    "accessibility_label": lambda n: [actions(button("b", "a", accessibility_label=x(n)))],
    "button.agent_prompt": lambda n: [actions(button("b", "a", agent_prompt=x(n)))],
    "button.text": lambda n: [actions(button(x(n), "a"))],
    "button.value": lambda n: [actions(button("b", "a", value=x(n)))],
    "button.url": lambda n: [actions(button("b", "a", url=x(n)))],
    "select.options": lambda n: [actions(select(n))],
    "select.groups": lambda n: [actions(groups(*([group()] * n)))],
    "option_group.label": lambda n: [actions(groups(group(x(n))))],
    "overflow.options": lambda n: [overflow(*(option(i) for i in range(n)))],
    "choices.options": lambda n: [
        actions({"type": "checkboxes", "action_id": "m", "options": [option(i) for i in range(n)]})
    ],
    "placeholder": lambda n: [actions(select(placeholder=plain(x(n))))],
    "option.text": lambda n: [actions(select(1, options=[option(text=x(n))]))],
    "option.value": lambda n: [actions(select(1, options=[option(value=x(n))]))],
    "option.description": lambda n: [overflow({**option(), "description": plain(x(n))})],
    "option.url": lambda n: [overflow({**option(), "url": x(n)})],
    "confirm.title": lambda n: [actions(button("b", "a", confirm=confirm(title=x(n))))],
    "confirm.text": lambda n: [actions(button("b", "a", confirm=confirm(text=x(n))))],
    "confirm.button": lambda n: [actions(button("b", "a", confirm=confirm(deny=x(n))))],
    "plain_text_input.max_length": lambda n: [text_input("Label", "b", max_length=n)],
    "rich_text_input.lines": lambda n: [asked({"type": "rich_text_input", "max_lines": n})],
    "file_input.max_files": lambda n: [asked({"type": "file_input", "max_files": n})],
    "dispatch.triggers": lambda n: [
        asked(
            {
                "type": "plain_text_input",
                "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"] * n},
            }
        )
    ],
    "markdown.text": lambda n: [{"type": "markdown", "text": x(n)}],
}
VIEWS: dict[str, Callable[[int], Block]] = {
    "view.blocks": lambda n: modal(*([{"type": "divider"}] * n)),
    "view.title": lambda n: modal(section("x"), title=x(n)),
    "view.private_metadata": lambda n: modal(section("x"), private_metadata=x(n)),
    "view.id": lambda n: modal(section("x"), callback_id=x(n)),
    "alert.text": lambda n: modal({"type": "alert", "text": plain(x(n))}),
    "message.data_table_text": lambda n: {
        "type": "home",
        "blocks": [data_table(rows=[[cell("h")], [cell(x(n - 1))]])],
    },
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


def test_every_limit_names_its_page() -> None:
    assert all(limit.doc.startswith("https://docs.slack.dev/") for limit in LIMITS.values())
