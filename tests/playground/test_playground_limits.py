"""Each limit holds exactly: what is at it is taken, one more is refused, and where is said."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
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
from playground.scene import Answer, Scene
from runbot.playground import Playground
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
    "video.provider": lambda n: [video(provider_name=x(n))],
    "video.link": lambda n: [video(title_url=x(n))],
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


async def stacks(scene: Scene, count: int) -> Answer:
    answer = await scene.opens()
    for _ in range(count - 1):
        view = modal(section("x"))
        answer = await scene.calls("views.push", trigger_id=scene.trigger(), view=view)
    return answer


async def answers_often(scene: Scene, count: int) -> Answer:
    token = scene.response_url()
    for _ in range(count - 1):
        await scene.answers(token)
    return await scene.answers(token) or {"ok": True}


async def updates(scene: Scene, **more: Any) -> Answer:
    return await scene.calls("chat.update", **await scene.posts(), **more)


async def appends(scene: Scene, text: str) -> Answer:
    return await scene.calls("chat.appendStream", **await scene.streams(), markdown_text=text)


async def says_status(scene: Scene, count: int) -> Answer:
    said = await scene.says()
    return await scene.calls(
        "assistant.threads.setStatus",
        channel_id=scene.general,
        thread_ts=said.ts,
        status="is thinking…",
        loading_messages=["x"] * count,
    )


async def reacts(scene: Scene, count: int) -> Answer:
    said = await scene.says()
    answer: Answer = {}
    for number in range(count):
        answer = await scene.calls(
            "reactions.add", channel=scene.general, timestamp=said.ts, name=f"e{number}"
        )
    return answer


async def another_emoji(scene: Scene, count: int) -> Answer:
    said = await scene.says()
    for number in range(count - 1):
        message = scene.playground.messages("general")[-1]
        scene.platform.conversations.react(message, f"e{number}", f"U{number}")
    return await scene.calls(
        "reactions.add", channel=scene.general, timestamp=said.ts, name="one_more"
    )


async def sized_view(scene: Scene, size: int) -> Answer:
    """A view that is exactly so many bytes of JSON."""
    blocks = [*(section(x(3_000), block_id=f"b{n}") for n in range(80)), section(x(600))]
    view = modal(*blocks, private_metadata="")
    view["private_metadata"] = x(size - len(json.dumps(view)))
    return await scene.calls("views.open", trigger_id=scene.trigger(), view=view)


def says(build: Callable[[int], list[Block]]) -> Callable[[Scene, int], Awaitable[Answer]]:
    return lambda s, n: s.calls("chat.postMessage", channel=s.general, blocks=build(n))


def uploads(name: str, **more: Any) -> Callable[[Scene, int], Awaitable[Answer]]:
    given = {"filename": "a.txt", "length": 1, **more}
    return lambda s, n: s.calls("files.getUploadURLExternal", **given | {name: n})


# What only a call meets: it is answered ok at the limit, and the row's error one past it.
CALLS: dict[str, Callable[[Scene, int], Awaitable[Answer]]] = {
    "message.update_text": lambda s, n: updates(s, text=x(n)),
    "message.block_text": says(lambda n: [*[section(x(3_000))] * 4, section(x(n - 12_000))]),
    "message.markdown": says(
        lambda n: [
            {"type": "markdown", "text": x(n - 6_000)},
            {"type": "markdown", "text": x(6_000)},
        ]
    ),
    "message.markdown_text": lambda s, n: s.calls(
        "chat.postMessage", channel=s.general, markdown_text=x(n)
    ),
    "message.tables": says(lambda n: [table(1, 1)] * n),
    "message.emoji": another_emoji,
    "person.reactions": reacts,
    "stream.markdown_text": lambda s, n: appends(s, x(n)),
    "assistant.loading_messages": says_status,
    "assistant.prompts": lambda s, n: s.calls(
        "assistant.threads.setSuggestedPrompts",
        channel_id=s.ana.im,
        prompts=[{"title": "t", "message": "m"}] * n,
    ),
    "view.bytes": sized_view,
    "view.stack": stacks,
    "response_url.uses": answers_often,
    "file.bytes": uploads("length"),
    "file.alt_text": lambda s, n: uploads("length", alt_txt=x(n))(s, 1),
    "file.snippet_bytes": uploads("length", snippet_type="text"),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_calls_limit(name: str, scene: Scene) -> None:
    limit = LIMITS[name]
    at = await CALLS[name](scene, limit.number)
    assert at["ok"] is True, at
    past = await CALLS[name](scene, limit.number + 1)
    assert (past["ok"], past["error"]) == (False, limit.error)


# What isn't answered to a call: where it is tried.
ELSEWHERE = {
    "message.text": "test_long_texts_are_cut_on_posting_and_refused_on_updating",
    "message.files": "test_people_share_and_delete_only_what_is_theirs",
    "ack.seconds": "test_a_late_ack_is_lost_and_the_person_is_told",
    "trigger.seconds": "test_a_trigger_expires",
    "response_url.seconds": "test_the_code_is_met",
    "stream.seconds": "test_a_stream_dies_some_time_after_its_start",
    "assistant.status_seconds": "test_a_status_goes_by_itself",
    "event.retries": "test_an_event_without_ack_is_retried_with_the_same_id",
    "socket.connections": "test_ten_connections_are_taken_and_no_more",
}


def test_each_limit_is_tried() -> None:
    assert sorted([*MESSAGES, *VIEWS, *CALLS, *ELSEWHERE]) == sorted(LIMITS)


def test_what_is_tried_elsewhere_is_there() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    there = "\n".join(path.read_text("utf-8") for path in files)
    assert [name for name in ELSEWHERE.values() if f"def {name}(" not in there] == []


async def test_ten_connections_are_taken_and_no_more(scene: Scene) -> None:
    scene.token = scene.playground.app_token

    async def connects(stack: AsyncExitStack) -> Answer:
        url = (await scene.calls("apps.connections.open"))["url"]
        socket = await stack.enter_async_context(scene.session.ws_connect(url))
        first: Answer = await socket.receive_json(timeout=5)
        return first

    async with AsyncExitStack() as stack:
        for number in range(most("socket.connections")):
            assert (await connects(stack))["num_connections"] == number + 1
        goodbye = await connects(stack)
    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "too_many_websockets")


async def test_the_times_of_the_table_are_those_that_hold() -> None:
    """Tests shorten them; a playground that nobody tells otherwise has Slack's own."""
    playground = Playground()
    await playground.start()
    try:
        platform = playground.platform
        assert platform.triggers.lifetime == most("trigger.seconds")
        assert platform.response_urls.lifetime == most("response_url.seconds")
        assert platform.streams.lifetime == most("stream.seconds")
        assert platform.conversations.status_lifetime == most("assistant.status_seconds")
        assert platform.sockets.ack_deadline == most("ack.seconds")
        assert len(platform.delivery.retry_delays) == most("event.retries")
    finally:
        await playground.stop()


def test_every_limit_names_its_page() -> None:
    assert all(limit.doc.startswith("https://docs.slack.dev/") for limit in LIMITS.values())
