"""Nobody publishes or runs what they haven't seen: a click is about what stood beside it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runbot.domain.errors import Conflict
from runbot.playground import Message, View
from runbot.playground.people import Person
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE, AFTER = "Email a@example.com", "Email b@example.com"


async def edits(
    office: Office, person: Person, card: Message, values: dict[str, object], *shows: str
) -> None:
    """Have a person change a runbook in its form, and see it on the card."""
    await person.clicks(card, "Edit")
    view = await office.modal(person, "'block_id': 'steps'")
    await person.submits(view, values)
    await office.shows(card, *shows)


async def test_a_click_on_a_card_that_was_changed_meanwhile_publishes_nothing(
    office: Office,
) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "unseen", BEFORE)
    await edits(office, ben, card, {"steps": AFTER}, "v2", "b@example.com")
    await ana.clicks(card, "Publish", stale=True)
    refused = await ana.sees(f"<@{ben.id}> saved version 2 of unseen meanwhile", channel="ops")
    assert "Nothing was published" in refused.shown
    assert "*Draft*" in (await office.shows(card, "v2")).shown
    await ana.clicks(card, "Publish")
    await office.shows(card, "v2", "Published")


async def test_a_copy_that_is_out_of_date_is_brought_up_to_date_instead(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "unseen-copy", BEFORE)
    await ben.runs_command("/runbook", "show unseen-copy", channel="general")
    copy = await ben.sees("*unseen-copy*  v1", channel="general")
    await edits(office, ana, card, {"steps": AFTER}, "v2")
    await ben.clicks(copy, "Publish")
    await ben.sees("saved version 2 of unseen-copy meanwhile", channel="general")
    await office.shows(copy, "v2 · *Draft*", "b@example.com")
    await ben.clicks(copy, "Publish")
    await office.shows(copy, "v2 · *Published*")


async def test_home_publishes_only_the_version_that_it_listed(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "unseen-home", BEFORE)
    home, block, value = await _listed(office, ben, "unseen-home", version=1)
    await edits(office, ana, card, {"steps": AFTER}, "v2")
    await ben.clicks(home, "home.menu", block_id=block, option=value)
    await ben.sees("saved version 2 of unseen-home meanwhile", channel="@runbot")
    home, block, value = await _listed(office, ben, "unseen-home", version=2)
    await ben.clicks(home, "home.menu", block_id=block, option=value)
    await office.shows(card, "Published")


async def _listed(
    office: Office, person: Person, name: str, *, version: int
) -> tuple[View, str, str]:
    """Home with a runbook to be published in this version: its block and its menu's entry."""
    if version == 1:
        await person.opens_home()

    def found() -> tuple[View, str, str] | None:
        home = person.home
        for block in home.blocks if home else ():
            if home and f"*{name}*" in str(block.get("text")):
                values = [o["value"] for o in block["accessory"]["options"]]
                wanted = [
                    v for v in values if v.startswith("publish:") and v.endswith(f":{version}")
                ]
                return (home, block["block_id"], wanted[0]) if wanted else None
        return None

    made = await office.playground.until(found, what=f"{name} v{version} in Home")
    assert made is not None
    return made


async def test_a_form_runs_only_the_version_that_it_showed(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    more = "with parameter who (string)"
    card = await office.publishes(ana, "unseen-run", "Ask {{who}} for leave", more=more)
    await ana.clicks(card, "Run")
    form = await office.modal(ana, "What will be done")
    await edits(office, ben, card, {"steps": "1. Ask {{who}} twice\n2. Ask ana"}, "v2")
    await ben.clicks(card, "Publish")
    await office.shows(card, "Published")

    sent = await ana.submits(form, {"who": "the lead"})

    assert sent.response_action == "update"
    assert sent.view is not None
    notice = sent.view.blocks[0]["text"]["text"]
    assert "Version 2 was published while this form showed version 1" in notice
    assert "Step 1 is now: Ask {{who}} twice" in notice
    assert "Step 2 is new: Ask ana" in notice
    assert _typed(sent.view)["value.who"] == "the lead"
    assert not await _going_on(office, "unseen-run")
    again = await ana.submits(sent.view)
    assert again.response_action is None
    await ana.sees("*unseen-run*  v2 · *Waiting", channel="ops")


def _typed(view: View) -> dict[str, Any]:
    return {
        block["block_id"]: block["element"].get("initial_value")
        for block in view.blocks
        if block["type"] == "input"
    }


async def _going_on(office: Office, name: str) -> list[int]:
    lines = await office.application.desk.runs.going_on(await office.actor("ana"))
    return [line.version for line in lines if line.name == name]


async def test_of_two_new_names_the_second_is_told_of_the_first(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "named-once", BEFORE)
    await ana.clicks(card, "Edit")
    hers = await office.modal(ana, BEFORE)
    await edits(office, ben, card, {"name": "named-by-ben"}, "*named-by-ben*  v1")
    sent = await ana.submits(hers, {"name": "named-by-ana"})
    assert sent.response_action == "update"
    assert sent.view is not None
    assert "It was renamed named-by-ben" in sent.view.blocks[0]["text"]["text"]
    assert _typed(sent.view)["name"] == "named-by-ana"
    await ana.submits(sent.view)
    await office.shows(card, "*named-by-ana*  v1")


async def test_of_two_new_names_at_the_same_moment_one_is_kept(office: Office) -> None:
    ana = office.person("ana")
    await office.drafts(ana, "raced", BEFORE)
    runbooks, actor = office.application.desk.runbooks, await office.actor("ana")
    card = await runbooks.show(actor, "raced")

    async def rename(name: str) -> str:
        renamed = await runbooks.edit(
            actor,
            card.runbook.id,
            base=1,
            was="raced",
            name=name,
            description="",
            parameters=(),
            instructions=(BEFORE,),
        )
        return renamed.runbook.name

    done = await asyncio.gather(rename("raced-a"), rename("raced-b"), return_exceptions=True)
    kept = (await runbooks.show(actor, card.runbook.id)).runbook.name
    assert sorted(type(one).__name__ for one in done) == [Conflict.__name__, "str"]
    assert kept in done


async def test_a_new_name_on_top_of_an_unseen_version_is_refused(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "renamed-late", BEFORE)
    await ana.clicks(card, "Edit")
    hers = await office.modal(ana, BEFORE)
    await edits(office, ben, card, {"steps": AFTER}, "v2")
    sent = await ana.submits(hers, {"name": "renamed-anyway"})
    assert sent.response_action == "update"
    assert "*renamed-late*  v2" in (await office.shows(card, "v2")).shown


async def test_a_parameter_that_was_only_found_can_be_given_a_type(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "found-parameter", "Email {{lead}} that it is done")
    await office.shows(card, "`lead` string")
    values = {"parameters": "lead (email) = lead@example.com — who decides"}
    await edits(office, ana, card, dict(values), "v2", "`lead` email, lead@example.com by default")
    await edits(office, ana, card, {"description": "once more"}, "v3", "once more", "— who decides")
