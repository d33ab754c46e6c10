"""Whatever goes wrong, the person gets a sentence, and never a traceback or silence."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from sqlalchemy import text

from runbot.playground import Message
from runbot.surfaces.slack import desk
from runbot.surfaces.slack.listeners import fallback
from runbot.surfaces.slack.views import forms, launch
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEP = "Ask the team lead whether the release may go on"


def posted(office: Office, blocks: list[dict[str, Any]]) -> Message:
    """A message of Runbot's own with any blocks at all, as an older version left it."""
    playground = office.playground
    return playground.platform.conversations.post(
        channel=playground.workspace.channel("ops").id,
        user=playground.workspace.bot.user_id,
        bot_id=playground.workspace.bot.bot_id,
        text="from before",
        blocks=blocks,
    )


def button(action: str, label: str, *, value: str = "x") -> list[dict[str, Any]]:
    text_ = {"type": "plain_text", "text": label}
    element = {"type": "button", "action_id": action, "text": text_, "value": value}
    return [{"type": "actions", "block_id": "b", "elements": [element]}]


def clicked(office: Office, name: str) -> dict[str, Any]:
    """A click in #ops as Slack sends it, without what was clicked."""
    workspace = office.playground.workspace
    return {
        "type": "block_actions",
        "team": {"id": workspace.team_id},
        "user": {"id": office.person(name).id, "team_id": workspace.team_id},
        "channel": {"id": workspace.channel("ops").id},
        "container": {"type": "message", "channel_id": workspace.channel("ops").id},
        "trigger_id": "1.2.3",
    }


def form(
    office: Office, callback: str, private: str, values: dict[str, str] | None = None
) -> dict[str, Any]:
    """A form that Ana sends, whatever Runbot is said to have put into it."""
    workspace = office.playground.workspace
    state = {
        block: {"value": {"type": "plain_text_input", "value": value}}
        for block, value in (values or {}).items()
    }
    return {
        "type": "view_submission",
        "team": {"id": workspace.team_id},
        "user": {"id": office.person("ana").id, "team_id": workspace.team_id},
        "trigger_id": "1.2.3",
        "view": {
            "id": f"V{secrets.token_hex(4)}",
            "type": "modal",
            "callback_id": callback,
            "private_metadata": private,
            "state": {"values": state},
        },
    }


async def sent(office: Office, payload: dict[str, Any]) -> str:
    """Deliver a payload to Runbot; gives what it answered."""
    envelope = await office.playground.platform.delivery.deliver("interactive", payload)
    return str(envelope.response)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("home.next", "x"),
        ("home.next", "9" * 40),
        ("run.fill_in", "{bad"),
        ("run.fill_in", "[1]"),
        ("run.fill_in", '{"runbook":"rb_1"}'),
        ("run.fill_in", '{"runbook":"rb_1","values":"{bad"}'),
    ],
)
async def test_a_button_that_holds_something_else_says_that_nothing_was_done(
    office: Office, action: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    ben = office.person("ben")
    before = len(told_in_private(office, "ben"))
    odd = {"action_id": action, "type": "button", "value": value}
    with caplog.at_level(logging.ERROR, logger="runbot"):
        await sent(office, {**clicked(office, "ben"), "actions": [odd]})
        await office.playground.until(
            lambda: told_in_private(office, "ben")[before:], what="an answer"
        )
    assert "from another version of Runbot" in told_in_private(office, "ben")[-1].shown
    assert ben.id == told_in_private(office, "ben")[-1].ephemeral_to
    assert not caplog.records


def told_in_private(office: Office, name: str) -> list[Message]:
    """What only this person sees in #ops."""
    return [message for message in office.person(name).reads("ops") if message.ephemeral_to]


@pytest.mark.parametrize(
    ("callback", "private", "values"),
    [
        ("question.note", "{bad", {"choice": "done"}),
        ("question.note", '{"id":"q"}', {"choice": "zzz"}),
        ("question.note", '{"id":"q"}', {"note": "no choice"}),
        ("question.skip", "{bad", {}),
        ("run.start", "[1]", {}),
        ("run.start", "{bad", {"value.x": "1"}),
        ("run.start", '{"channel":"OPS"}', {"value.x": "1"}),
        ("runbook.save", "{bad", {"name": "a", "steps": "1. b"}),
        ("runbook.save", '{"runbook":"r","base":"x"}', {"name": "a", "steps": "1. b"}),
    ],
)
async def test_a_form_that_holds_something_else_says_that_nothing_was_done(
    office: Office,
    callback: str,
    private: str,
    values: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ops = office.playground.workspace.channel("ops").id
    with caplog.at_level(logging.ERROR, logger="runbot"):
        answer = await sent(office, form(office, callback, private.replace("OPS", ops), values))
    assert "is from another version of Runbot" in answer or "A run is shown in a channel" in answer
    assert not caplog.records


async def test_no_run_starts_without_a_channel(office: Office) -> None:
    ana = office.person("ana")
    card = await office.publishes(ana, "needs-a-place", STEP)
    actor = await office.actor("ana")
    runbook = (await office.application.desk.runbooks.show(actor, "needs-a-place")).runbook.id
    kept = json.dumps({"runbook": runbook, "channel": "", "version": "1"})
    answer = await sent(office, form(office, "run.start", kept))
    assert "A run is shown in a channel" in answer
    assert not await office.application.desk.runs.history(actor, runbook, limit=1)
    await office.shows(card, "Published")


async def test_a_button_of_another_version_says_that_nothing_was_done(office: Office) -> None:
    ana = office.person("ana")
    await ana.clicks(posted(office, button("old.thing", "Old")), "Old")
    told = await ana.sees("This button is from another version of Runbot", channel="ops")
    assert told.ephemeral_to == ana.id


@pytest.mark.parametrize(
    ("callback", "says"),
    [
        (forms.CALLBACK, "it may have been done all the same"),
        (launch.CALLBACK, "it may have been done all the same"),
        ("old.form", "so nothing was done"),
    ],
)
async def test_a_form_that_nobody_took_in_time_may_have_been_done(
    office: Office, callback: str, says: str
) -> None:
    """What Bolt does where the form's own listener was late: it calls the next one."""
    ben, workspace = office.person("ben"), office.playground.workspace.team_id
    context = AsyncBoltContext({"team_id": workspace})
    desk.put(context, office.application.desk)
    channel = office.playground.workspace.channel("general").id
    view = {"id": "V1", "callback_id": callback, "private_metadata": f'{{"channel":"{channel}"}}'}
    body = {"type": "view_submission", "user": {"id": ben.id}, "view": view}
    await fallback.submitted(AsyncAck(), body, context)  # type: ignore[no-untyped-call]
    told = await ben.sees(says, channel="general")
    assert told.ephemeral_to == ben.id
    assert ("/runbook status" in told.shown) == (callback != "old.form")


async def test_an_answer_that_gets_lost_is_said_in_another_way(office: Office) -> None:
    ben, platform = office.person("ben"), office.playground.platform
    url, platform.url = platform.url, "http://127.0.0.1:9"  # nobody listens there
    try:
        await ben.runs_command("/runbook", "help pause", channel="general")
        told = await ben.sees("Hold a run before its next step", channel="general")
    finally:
        platform.url = url
    assert told.ephemeral_to == ben.id


async def test_a_card_is_redrawn_though_it_was_clicked_before_its_place_was_known(
    office: Office,
) -> None:
    ana = office.person("ana")
    # The card is there to be clicked, while Runbot still looks for what became of it.
    office.playground.faults.lost_answer("chat.postMessage")
    card = await office.drafts(ana, "quick", "Look around")
    await ana.clicks(card, "Publish")
    await office.shows(card, "Published")


async def test_an_unforeseen_error_gives_a_reference_that_is_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ana = office.person("ana")
    # Slack's choices always have a value; this one doesn't.
    odd = {"action_id": "home.menu", "type": "overflow", "selected_option": {"text": {}}}
    with caplog.at_level(logging.ERROR, logger="runbot"):
        await sent(office, {**clicked(office, "ana"), "actions": [odd]})
        told = await ana.sees("Something went wrong inside Runbot", channel="ops")
    reference = told.shown.rpartition("`")[0].rpartition("`")[2]
    assert reference
    assert any(reference in record.getMessage() for record in caplog.records)
    assert "Traceback" not in told.shown
    assert "ValueError" not in told.shown


async def test_trouble_with_the_rows_is_a_sentence_too(office: Office) -> None:
    ana = office.person("ana")
    database = office.application.database
    await database.write(lambda s: s.execute(text("ALTER TABLE runbook RENAME TO elsewhere")))
    try:
        await ana.runs_command("/runbook", "list", channel="ops")
        told = await ana.sees("Nothing was changed", channel="ops")
    finally:
        await database.write(lambda s: s.execute(text("ALTER TABLE elsewhere RENAME TO runbook")))
    assert "sqlite" not in told.shown.lower()


async def test_a_form_that_has_to_wait_says_so_and_is_saved(office: Office) -> None:
    ana = office.person("ana")
    await ana.runs_command("/runbook", "create", channel="ops")
    view = await office.modal(ana, "'block_id': 'steps'")
    directory = office.application.desk.directory
    directory.forget()
    office.playground.faults.ratelimited("users.info", retry_after=3)
    sent = await ana.submits(view, {"name": "slow-form", "steps": f"1. {STEP}"})
    assert sent.response_action == "update"
    await ana.sees("*slow-form*", channel="ops")
    await office.modal(ana, "It is done")


async def test_where_slack_does_not_know_the_person_nothing_is_done(office: Office) -> None:
    ben = office.person("ben")
    directory = office.application.desk.directory
    directory.forget()
    office.playground.faults.server_error("users.info", times=3)
    await ben.runs_command("/runbook", f"create called nobody with steps: 1. {STEP}", channel="ops")
    await ben.sees("Try again in a minute", channel="ops")
    await ben.runs_command("/runbook", "show nobody", channel="ops")
    await ben.sees("no runbook called nobody", channel="ops")


async def test_many_clicks_at_once_change_it_once(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "many-clicks", STEP)
    await asyncio.gather(*(who.clicks(card, "Publish", stale=True) for who in (ana, ben, ana, ben)))
    await office.shows(card, "Published")
    await office.playground.until(
        lambda: (
            [m for m in ben.reads("ops") if "many-clicks is published already" in m.shown]
            or [m for m in ana.reads("ops") if "many-clicks is published already" in m.shown]
        ),
        what="a refusal",
    )
    await ben.sees("published version 1", channel="ops", thread=card)
    thread = office.playground.messages("ops", card)
    assert sum("published version 1" in m.shown for m in thread) == 1


async def test_home_tells_a_guest_why_it_is_empty(office: Office) -> None:
    mia = office.person("mia")
    await mia.opens_home()
    await office.playground.until(
        lambda: mia.home and "Guests may not" in str(mia.home.blocks), what="Home for a guest"
    )
