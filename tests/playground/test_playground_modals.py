"""Modals and the Home tab: opening, stacking, submitting, closing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from playground.bolt_apps import (
    ConnectedApp,
    actions,
    button,
    modal,
    plain,
    refusal_of,
    section,
    text_input,
)
from runbot.playground import Person, PersonRefusal, Playground, View

NAME = text_input("Name", "name", min_length=3, max_length=10)
NOTE = text_input("Note", "note", multiline=True, optional=True)


async def opened(playground: Playground, app: ConnectedApp, view: dict[str, Any]) -> View:
    """Ana's modal, opened by a command."""

    @app.bolt.command("/open")
    async def run(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    ana = playground.person("ana")
    await ana.runs_command("/open", channel="general")
    await playground.until(lambda: ana.views, what="the modal")
    return ana.views[-1]


@pytest.fixture
def ana(playground: Playground) -> Person:
    return playground.person("ana")


async def trigger_of(playground: Playground, app: ConnectedApp) -> str:
    """A fresh trigger_id of Ana's."""
    triggers: list[str] = []

    @app.bolt.command("/trigger")
    async def run(ack: Any, body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    await playground.person("ana").runs_command("/trigger", channel="general")
    return triggers[0]


async def test_a_trigger_opens_one_modal_in_time(playground: Playground, app: ConnectedApp) -> None:
    trigger = await trigger_of(playground, app)
    await app.client.views_open(trigger_id=trigger, view=modal(section("hello")))
    twice = await refusal_of(
        app.client.views_open(trigger_id=trigger, view=modal(section("hello")))
    )
    assert twice["error"] == "exchanged_trigger_id"
    unknown = await refusal_of(app.client.views_open(trigger_id="1.2.3", view=modal(section("x"))))
    assert unknown["error"] == "invalid_trigger_id"


async def test_a_trigger_expires(playground: Playground, app: ConnectedApp) -> None:
    trigger = await trigger_of(playground, app)
    lifetime = playground.platform.triggers.lifetime
    await asyncio.sleep(lifetime + 0.05)
    late = await refusal_of(app.client.views_open(trigger_id=trigger, view=modal(section("x"))))
    assert late["error"] == "expired_trigger_id"


async def test_a_refused_view_does_not_use_up_its_trigger(
    playground: Playground, app: ConnectedApp
) -> None:
    trigger = await trigger_of(playground, app)
    wrong = await refusal_of(app.client.views_open(trigger_id=trigger, view=modal(title="x" * 25)))
    assert wrong["error"] == "invalid_arguments"
    await app.client.views_open(trigger_id=trigger, view=modal(section("right")))


async def test_a_submission_carries_what_was_put_in_and_closes_the_modal(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.view("a_modal")
    async def on_submit(ack: Any, view: dict[str, Any]) -> None:
        got.append(view)
        await ack()

    view = await opened(playground, app, modal(NAME, NOTE, private_metadata="kept"))
    submission = await ana.submits(view, {"Name": "deploy"})
    assert submission.response_action is None
    assert got[0]["state"]["values"] == {
        "name": {"value": {"type": "plain_text_input", "value": "deploy"}},
        "note": {"value": {"type": "plain_text_input", "value": None}},
    }
    assert got[0]["private_metadata"] == "kept"
    assert ana.views == []


@pytest.mark.parametrize(
    ("element", "value", "sentence"),
    [
        ({"type": "plain_text_input"}, None, "complete this required field"),
        ({"type": "plain_text_input", "min_length": 3}, "ab", "at least 3 characters"),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "no more than 3 characters"),
        ({"type": "email_text_input"}, "ana at home", "valid email"),
        ({"type": "url_text_input"}, "example", "valid URL"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "whole number"),
        ({"type": "number_input", "is_decimal_allowed": True}, "one", "enter a number"),
        (
            {"type": "number_input", "is_decimal_allowed": False, "min_value": "2"},
            "1",
            "at least 2",
        ),
        (
            {"type": "number_input", "is_decimal_allowed": False, "max_value": "2"},
            "3",
            "at most 2",
        ),
    ],
)
async def test_the_client_refuses_before_the_app_is_asked(
    playground: Playground,
    app: ConnectedApp,
    ana: Person,
    element: dict[str, Any],
    value: str | None,
    sentence: str,
) -> None:
    block = {
        "type": "input",
        "block_id": "b",
        "label": plain("Field"),
        "element": {"action_id": "a", **element},
    }
    view = await opened(playground, app, modal(block))
    sent = len(playground.envelopes)
    submission = await ana.submits(view, {"Field": value})
    assert submission.response_action == "errors"
    assert sentence in submission.errors["b"]
    assert len(playground.envelopes) == sent
    assert ana.views == [view]


async def test_the_app_answers_a_submission_with_errors(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    @app.bolt.view("a_modal")
    async def on_submit(ack: Any) -> None:
        await ack(response_action="errors", errors={"name": "That name is taken."})

    view = await opened(playground, app, modal(NAME))
    submission = await ana.submits(view, {"name": "deploy"})
    assert submission.errors == {"name": "That name is taken."}
    assert ana.views == [view]
    assert view.entries["name"]["value"]["value"] == "deploy"


async def test_errors_that_name_no_input_are_trouble(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    @app.bolt.view("a_modal")
    async def on_submit(ack: Any) -> None:
        await ack(response_action="errors", errors={"nowhere": "?"})

    view = await opened(playground, app, modal(NAME))
    with pytest.raises(PersonRefusal, match="trouble connecting"):
        await ana.submits(view, {"name": "deploy"})


async def test_a_submission_updates_pushes_and_clears(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    @app.bolt.view("a_modal")
    async def on_submit(ack: Any, view: dict[str, Any]) -> None:
        step = view["private_metadata"]
        if step == "one":
            await ack(response_action="update", view=modal(section("2"), private_metadata="two"))
        elif step == "two":
            await ack(response_action="push", view=modal(section("3"), private_metadata="three"))
        else:
            await ack(response_action="clear")

    view = await opened(playground, app, modal(section("1"), private_metadata="one"))
    first = await ana.submits(view)
    assert (first.response_action, first.view) == ("update", view)
    second = await ana.submits(view)
    assert second.response_action == "push"
    assert len(ana.views) == 2
    assert ana.views[1].previous_id == ana.views[1].root_id == view.id
    third = await ana.submits(ana.views[1])
    assert third.response_action == "clear"
    assert ana.views == []


async def test_an_answer_to_a_modal_closed_meanwhile_changes_nothing(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    @app.bolt.view("a_modal")
    async def on_submit(ack: Any) -> None:
        await ana.closes(view)
        await ack(response_action="update", view=modal(section("too late")))

    view = await opened(playground, app, modal(NAME))
    submission = await ana.submits(view, {"name": "deploy"})
    assert submission.view is None
    assert ana.views == []


async def test_a_new_modal_takes_the_place_of_those_that_are_open(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    first = await opened(playground, app, modal(NAME))
    trigger = await trigger_of(playground, app)
    await app.client.views_open(trigger_id=trigger, view=modal(section("second")))
    (second,) = ana.views
    assert second.id != first.id
    gone = await refusal_of(app.client.views_update(view_id=first.id, view=modal(NAME)))
    assert gone["error"] == "not_found"


async def test_an_unanswered_submission_keeps_the_modal(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    view = await opened(playground, app, modal(NAME))
    with pytest.raises(PersonRefusal, match="trouble connecting"):
        await ana.submits(view, {"name": "deploy"})
    assert ana.views == [view]


async def test_three_modals_and_no_more(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    errors: list[str] = []

    @app.bolt.action("push")
    async def on_push(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        answer = client.views_push(trigger_id=body["trigger_id"], view=deeper)
        if len(ana.views) == 3:
            errors.append((await refusal_of(answer))["error"])
            playground.platform.changes.touch()
        else:
            await answer

    deeper = modal(actions(button("Deeper", "push")))
    view = await opened(playground, app, deeper)
    await ana.clicks(view, "Deeper")
    await playground.until(lambda: len(ana.views) == 2, what="the second modal")
    await ana.clicks(ana.views[-1], "Deeper")
    await playground.until(lambda: len(ana.views) == 3, what="the third modal")
    await ana.clicks(ana.views[-1], "Deeper")
    await playground.until(lambda: errors, what="the refusal")
    assert errors == ["push_limit_reached"]
    await ana.closes(ana.views[1])
    assert ana.views == [view]


async def test_updating_keeps_what_was_typed_and_refuses_an_old_hash(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    view = await opened(playground, app, modal(NAME, NOTE))
    await ana.fills(view, {"Name": "deploy"})
    old_hash = view.hash
    answer = await app.client.views_update(
        view_id=view.id, hash=old_hash, view=modal(NAME, section("more"))
    )
    values = answer["view"]["state"]["values"]
    assert values == {"name": {"value": {"type": "plain_text_input", "value": "deploy"}}}
    stale = await refusal_of(
        app.client.views_update(view_id=view.id, hash=old_hash, view=modal(NAME))
    )
    assert stale["error"] == "hash_conflict"
    gone = await refusal_of(app.client.views_update(view_id="V0NEVER", view=modal(NAME)))
    assert gone["error"] == "not_found"


async def test_external_ids_are_unique(playground: Playground, app: ConnectedApp) -> None:
    await opened(playground, app, modal(NAME, external_id="mine"))
    answer = await app.client.views_update(
        external_id="mine", view=modal(section("found"), external_id="mine")
    )
    assert answer["view"]["blocks"][0]["text"]["text"] == "found"


async def test_closing_tells_the_app_where_it_asked(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    closed: list[dict[str, Any]] = []

    @app.bolt.view_closed("a_modal")
    async def on_close(ack: Any, body: dict[str, Any]) -> None:
        closed.append(body)
        await ack()

    view = await opened(playground, app, modal(NAME, notify_on_close=True))
    await ana.closes(view)
    assert closed[0]["view"]["id"] == view.id
    assert closed[0]["is_cleared"] is False
    assert ana.views == []


async def test_a_click_in_a_modal_carries_the_state(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.action("add")
    async def on_add(ack: Any, body: dict[str, Any]) -> None:
        got.append(body)
        await ack()

    view = await opened(playground, app, modal(NAME, actions(button("Add", "add"))))
    await ana.fills(view, {"Name": "deploy"})
    await ana.clicks(view, "Add")
    (body,) = got
    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["state"]["values"]["name"]["value"]["value"] == "deploy"


async def test_home_is_published_and_redrawn(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    tabs: list[tuple[str, bool]] = []

    @app.bolt.event("app_home_opened")
    async def on_home(event: dict[str, Any], client: Any) -> None:
        tabs.append((event["tab"], "view" in event))
        view = {"type": "home", "blocks": [section(f"visit {len(tabs)}")]}
        await client.views_publish(user_id=event["user"], view=view)

    def shows(text: str) -> bool:
        return ana.home is not None and text in str(ana.home.blocks)

    assert await ana.opens_home() is None
    await playground.until(lambda: shows("visit 1"), what="the Home tab")
    await ana.opens_home()
    await playground.until(lambda: shows("visit 2"), what="the Home tab again")
    await ana.opens("@runbot")
    await playground.until(lambda: len(tabs) == 3, what="the messages tab")
    assert tabs == [("home", False), ("home", True), ("messages", False)]
    assert playground.person("ben").home is None
    refused = await refusal_of(
        app.client.views_publish(
            user_id=ana.id, hash="1.old", view={"type": "home", "blocks": [section("x")]}
        )
    )
    assert refused["error"] == "hash_conflict"


async def test_views_are_opened_pushed_and_published_as_what_they_are(
    playground: Playground, app: ConnectedApp, ana: Person
) -> None:
    trigger = await trigger_of(playground, app)
    home = {"type": "home", "blocks": [section("x")]}
    wrong = await refusal_of(app.client.views_open(trigger_id=trigger, view=home))
    assert "unsupported type: home" in wrong["response_metadata"]["messages"][0]
    wrong = await refusal_of(app.client.views_publish(user_id=ana.id, view=modal(section("x"))))
    assert "unsupported type: modal" in wrong["response_metadata"]["messages"][0]
    alone = await refusal_of(app.client.views_push(trigger_id=trigger, view=modal(section("x"))))
    assert alone["error"] == "not_found"
