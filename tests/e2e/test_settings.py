"""Settings are made in chat, by a reply and in the form, and a run is seen beforehand."""

from __future__ import annotations

import pytest

from .test_control import published
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_set_in_chat_changed_by_a_reply_and_edited_in_the_form(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    await ana.says(
        f"@runbot create a runbook called well-set with these steps: 1. Drain the node "
        f"[approval by <@{ben.id}>; timeout 5m]. 2. Look at the dashboard [on failure continue].\n"
        "Settings: one at a time; locks: prod-db\nClean up: 1. Undrain the node",
        channel="ops",
    )
    card = await ana.sees("well-set", channel="ops")
    await world.shows(card, f"⚙ approval by <@{ben.id}>; timeout 5m")
    await world.shows(card, "⚙ on failure continue")
    await world.shows(card, "⚙ one at a time: queue · locks: prod-db")
    await world.shows(card, "Undrain the node")

    await ana.says(f"step 2: retry 3 times, assignee <@{ben.id}>", channel="ops", thread=card)
    set_ = f"retry 3 times; on failure continue; assignee <@{ben.id}>"
    await world.shows(card, f"⚙ {set_}")
    await ana.sees(f"Step 2: {set_}", channel="ops", thread=card)

    await ana.says("step 1: timeout -5m", channel="ops", thread=card)
    await world.told([ana], "ops", "less than nothing")

    await ana.clicks(card, "Edit")
    form = await world.modal(ana, "Save")
    held = {
        block["block_id"]: block["element"].get("initial_value")
        for block in form.blocks
        if block["type"] == "input"
    }
    assert held["steps"] == (
        f"1. Drain the node [approval by <@{ben.id}>; timeout 5m]\n"
        f"2. Look at the dashboard [{set_}]"
    )
    assert held["settings"] == "one at a time: queue\nlocks: prod-db"
    assert held["cleanup"] == "1. Undrain the node"
    steps = (
        held["steps"]
        .replace("Drain the node", "Drain the third node")
        .replace(f"approval by <@{ben.id}>", "approval by @ben")
    )
    await ana.submits(form, {"steps": steps, "settings": "timeout 2h"})
    await world.shows(card, "Drain the third node")
    await world.shows(card, f"⚙ approval by <@{ben.id}>; timeout 5m")
    await world.shows(card, "⚙ timeout 2h")
    assert "prod-db" not in world.now(card)


async def test_a_setting_that_makes_no_sense_stands_beside_its_input(world: World) -> None:
    ana = world.person("ana")
    await ana.says("@runbot create a runbook called beside: 1. Look at it", channel="ops")
    card = await ana.sees("beside", channel="ops")
    await ana.clicks(card, "Edit")
    form = await world.modal(ana, "Save")

    refused = await ana.submits(
        form, {"steps": "1. Look at it [approval by @nobody-here]", "settings": "locks: a b/c"}
    )

    assert set(refused.errors) == {"steps", "settings"}
    assert "called @nobody-here" in refused.errors["steps"]


async def test_a_run_is_seen_beforehand_by_word_and_in_the_form(world: World) -> None:
    ana = world.person("ana")
    site = world.site.url
    await published(
        world,
        ana,
        "beforehand",
        f"Use web_fetch to get {site}/health?env={{{{env}}}}",
        "Wait 1 second",
    )
    card = await ana.sees("*beforehand*", channel="ops")
    await ana.sees("published version 1", channel="ops", thread=card)
    hits, posts = list(world.site.hits), len(world.calls("chat.postMessage"))

    await ana.runs_command("/runbook", "run beforehand env=staging --preview", channel="ops")

    told = await world.told([ana], "ops", "nothing was opened")
    assert "`url` " + f"{site}/health?env=staging" in told.shown
    assert world.site.hits == hits
    assert len(world.calls("chat.postMessage")) == posts
    await ana.runs_command("/runbook", "run beforehand", channel="ops")
    form = await world.modal(ana, "Preview")
    await ana.fills(form, {"env": "prod"})
    await ana.clicks(form, "Preview")
    again = await world.modal(ana, "With these values")
    assert f"{site}/health?env=prod" in again.shown
    assert world.site.hits == hits
    await ana.submits(again)
    run = await world.run_message(ana, "beforehand", channel="ops")
    await world.shows(run, "Completed")
    assert len(world.site.hits) == len(hits) + 1


async def test_a_step_runs_another_runbook_in_plain_words(world: World) -> None:
    ana = world.person("ana")
    await ana.says(
        "@runbot create a runbook called calls-below: 1. Run the runbook is-below with word=hello",
        channel="ops",
    )
    card = await ana.sees("calls-below", channel="ops")
    await world.shows(card, "runs the runbook is-below with word=hello")
    await world.shows(card, "there is no runbook of that name")
    await ana.says("@runbot create a runbook called is-below: 1. Say {{word}}", channel="ops")
    below = await ana.sees("*is-below*", channel="ops")
    await ana.clicks(below, "Publish")
    await world.shows(below, "Published")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
