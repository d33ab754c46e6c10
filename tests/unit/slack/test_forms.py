"""People write and change runbooks in forms; nothing that they typed is ever lost."""

from __future__ import annotations

import pytest

from runbot.playground import View
from runbot.playground.people import Person
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = "1. Ask the team lead whether {{env}} may be changed\n2. Email {{who}} that it is done"
PARAMETERS = "env (choice: staging, prod) = staging — where it runs\nwho (email)"


async def form(office: Office, person: Person, words: str, channel: str = "ops") -> View:
    await person.runs_command("/runbook", words, channel=channel)
    return await office.modal(person, "'block_id': 'steps'")


def typed(view: View) -> dict[str, str]:
    return {
        block["block_id"]: block["element"].get("initial_value", "")
        for block in view.blocks
        if block["type"] == "input"
    }


async def test_a_form_becomes_a_draft_with_its_card_in_the_channel(office: Office) -> None:
    ana = office.person("ana")
    view = await form(office, ana, "create")
    sent = await ana.submits(
        view,
        {"name": "By Form", "description": "a try", "parameters": PARAMETERS, "steps": STEPS},
    )
    assert sent.response_action is None
    card = await ana.sees("*by-form*", channel="ops")
    assert "a try" in card.shown
    assert "`env` choice: staging, prod, staging by default — where it runs" in card.shown
    assert "send_email → {{who}}" in card.shown


@pytest.mark.parametrize(
    ("values", "block", "sentence"),
    [
        ({"name": "🙂"}, "name", "name can't be used"),
        ({"steps": "\n".join(f"{n}. Wait 1 minute" for n in range(1, 102))}, "steps", "100 steps"),
        ({"parameters": "env (colour)"}, "parameters", '"colour" is not a type'),
        ({"parameters": "env (choice)"}, "parameters", "a choice needs its values"),
        ({"parameters": "Env Ironment"}, "parameters", "can't be read"),
        ({"parameters": "n (integer) = many"}, "parameters", "whole number"),
        ({"steps": "   "}, "steps", "at least one step"),
    ],
)
async def test_what_is_wrong_stands_beside_its_input_and_nothing_is_saved(
    office: Office, values: dict[str, object], block: str, sentence: str
) -> None:
    ana = office.person("ana")
    view = await form(office, ana, "create")
    sent = await ana.submits(view, {"name": "not-saved", "steps": "1. Wait 1 minute", **values})
    assert sent.response_action == "errors"
    assert sentence in sent.errors[block]
    listed = await office.application.desk.runbooks.listing(await office.actor("ana"))
    assert "not-saved" not in {one.runbook.name for one in listed}
    await ana.closes(view)


async def test_a_taken_name_is_said_beside_the_name(office: Office) -> None:
    ana = office.person("ana")
    await office.drafts(ana, "taken", "Wait 1 minute")
    view = await form(office, ana, "create")
    sent = await ana.submits(view, {"name": "taken", "steps": "1. Wait 1 minute"})
    assert sent.response_action == "errors"
    assert "taken" in sent.errors["name"]


async def test_editing_shows_what_is_there_and_redraws_the_card_in_place(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(
        ana, "edited", "Email a@example.com", "Wait 1 minute", more="with parameter env (string)"
    )
    await ben.clicks(card, "Edit")
    view = await office.modal(ben, "'block_id': 'steps'")
    shown = typed(view)
    assert shown["name"] == "edited"
    assert shown["steps"] == "1. Email a@example.com\n2. Wait 1 minute"
    assert shown["parameters"] == "env (string)"
    await ben.submits(view, {"steps": "1. Email b@example.com\n2. Wait 2 minutes"})
    await office.shows(card, "v2", "send_email → b@example.com", "Wait 2 minutes")
    await ana.sees(f"<@{ben.id}> saved version 2", channel="ops", thread=card)


async def test_saving_what_is_there_already_makes_no_version(office: Office) -> None:
    ana = office.person("ana")
    await office.drafts(ana, "unchanged", "Wait 1 minute")
    view = await form(office, ana, "edit unchanged")
    await ana.submits(view)
    await ana.runs_command("/runbook", "show unchanged", channel="general")
    await ana.sees("*unchanged*  v1", channel="general")


async def test_the_second_of_two_editors_is_told_and_loses_nothing(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "edited-by-two", "Wait 1 minute")
    await ana.clicks(card, "Edit")
    hers = await office.modal(ana, "Wait 1 minute")
    await ben.clicks(card, "Edit")
    his = await office.modal(ben, "Wait 1 minute")
    await ben.submits(his, {"steps": "1. Wait 2 minutes"})
    await office.shows(card, "v2")
    sent = await ana.submits(hers, {"steps": "1. Wait 3 minutes", "description": "mine"})
    assert sent.response_action == "update"
    assert sent.view is not None
    notice = sent.view.blocks[0]["text"]["text"]
    assert f"<@{ben.id}> saved version 2" in notice
    assert "Step 1 in theirs: Wait 2 minutes" in notice
    assert typed(sent.view)["steps"] == "1. Wait 3 minutes"
    assert typed(sent.view)["description"] == "mine"
    again = await ana.submits(sent.view)
    assert again.response_action is None
    await office.shows(card, "v3", "Wait 3 minutes")


async def test_a_long_runbook_is_spread_over_several_inputs_and_saved_whole(
    office: Office,
) -> None:
    ana = office.person("ana")
    steps = [f"Ask the lead about item {n} " + "x" * 150 for n in range(1, 61)]
    card = await office.drafts(ana, "long", *steps)
    await ana.clicks(card, "Edit")
    view = await office.modal(ana, "'block_id': 'steps.4'")
    await ana.submits(view, {"description": "now with a description"})
    await office.shows(card, "v2", "now with a description", "60 steps")
    await ana.clicks(card, "Show all")
    whole = await office.modal(ana, "*60*")
    assert all(f"item {n} " in str(whole.blocks) for n in range(1, 61))


async def test_a_form_from_home_starts_in_the_channel_that_is_chosen(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "from-home", "Ask ben to have a look")
    await ana.opens_home()
    await office.playground.until(
        lambda: ana.home and "from-home" in str(ana.home.blocks), what="Home with the runbook"
    )
    home = ana.home
    assert home is not None
    listed = await office.application.desk.runbooks.listing(await office.actor("ana"))
    runbook = next(one.runbook for one in listed if one.runbook.name == "from-home")
    block = next(
        b["block_id"] for b in home.blocks if f"run:{runbook.id}" in str(b.get("accessory"))
    )
    await ana.clicks(home, "home.menu", block_id=block, option="Run")
    view = await office.modal(ana, "What will be done")
    general = office.playground.workspace.channel("general").id
    await ana.submits(view, {"Channel": general})
    await ana.sees("*from-home*  v1 · *Waiting", channel="general")


async def test_home_shows_what_goes_on_and_controls_it(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "on-home", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run on-home", channel="ops")
    run = await ana.sees("*on-home*  v1 · *Waiting", channel="ops")
    await ana.opens_home()
    await office.playground.until(
        lambda: ana.home and "on-home v1" in str(ana.home.blocks), what="Home with the run"
    )
    home = ana.home
    assert home is not None
    found = (await office.application.desk.runs.going_on(await office.actor("ana")))[0]
    assert found.name == "on-home"
    await ana.clicks(home, "Abort", value=found.id)
    await office.shows(run, "Aborted by")
    await office.playground.until(
        lambda: ana.home and "on-home v1" not in str(ana.home.blocks), what="Home without it"
    )


async def test_a_copy_of_the_card_follows_the_click_on_it(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "copied", "Wait 1 minute")
    await ben.runs_command("/runbook", "show copied", channel="general")
    copy = await ben.sees("*copied*  v1", channel="general")
    await ben.clicks(copy, "Publish")
    await office.shows(copy, "Published")
    await office.shows(card, "Published")
    await ana.sees(f"<@{ben.id}> published version 1", channel="ops", thread=card)


async def test_who_saves_from_elsewhere_is_told(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "from-elsewhere", "Wait 1 minute")
    view = await form(office, ben, "edit from-elsewhere", channel="general")
    await ben.submits(view, {"steps": "1. Wait 2 minutes"})
    told = await ben.sees("you saved version 2", channel="general")
    assert told.ephemeral_to == ben.id
    await office.shows(card, "Wait 2 minutes")


async def test_a_form_where_runbot_is_not_in_saves_nothing(office: Office) -> None:
    ana = office.person("ana")
    view = await form(office, ana, "create", channel="leads")
    sent = await ana.submits(view, {"name": "unseen", "steps": "1. Wait 1 minute"})
    assert sent.response_action == "errors"
    assert "Invite it with /invite" in sent.errors["name"]
    await ana.closes(view)


async def test_discarding_a_draft_keeps_it_out_of_use(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "discarded", "Wait 1 minute")
    await ana.clicks(card, "Discard")
    await office.shows(card, "Archived")
    await ana.runs_command("/runbook", "run discarded", channel="ops")
    await ana.sees("discarded is archived, so it can't be run", channel="ops")
