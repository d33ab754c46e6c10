"""Whatever goes wrong, the person gets a sentence, and never a traceback or silence."""

from __future__ import annotations

import asyncio
import logging
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
    await fallback.submitted(AsyncAck(), body, context)
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


async def test_an_unforeseen_error_gives_a_reference_that_is_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    ana = office.person("ana")
    # No page of Home is called so: what an older or broken message may send.
    odd = button("home.next", "Next", value="not a number")
    with caplog.at_level(logging.ERROR, logger="runbot"):
        await ana.clicks(posted(office, odd), "Next")
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
