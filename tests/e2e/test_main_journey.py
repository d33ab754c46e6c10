"""The main job: write a runbook in chat, answer for it, publish it, run it, see it all happen."""

from __future__ import annotations

import re

import pytest

from runbot.playground.messages import Message
from runbot.playground.people import Person

from .world import LOGS, SENTENCE, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _draft(ana: Person, name: str) -> Message:
    said = await ana.says(SENTENCE.format(name=name), channel="general")
    card = await ana.sees(name, channel="general")
    assert card.ts > said.ts
    return card


async def _ready(world: World, ana: Person, name: str) -> Message:
    card = await _draft(ana, name)
    await ana.says("1: oncall@example.com", channel="general", thread=card)
    await ana.says(
        f"the logs come from {world.site.url}/logs and the site is {world.site.url}",
        channel="general",
        thread=card,
    )
    await world.shows(card, f"{world.site.url}/health")
    await ana.clicks(card, "Publish")
    return await world.shows(card, "Published")


async def test_the_sentence_becomes_a_draft_with_its_id_plans_and_open_questions(
    world: World,
) -> None:
    ana = world.person("ana")
    card = await _draft(ana, "the-sentence")
    shown = card.shown
    assert re.search(r"rb_[0-9a-f]{10}", shown)
    for tool in ("send_email", "data_store", "web_fetch", "slack_post"):
        assert f"↳ {tool}" in shown
    assert "which address" in shown
    assert "which site" in shown
    assert "where do the database logs come from" in shown
    await ana.clicks(card, "Publish")
    refused = await ana.sees("can't be published yet", channel="general")
    assert "which address" in refused.shown


async def test_answered_published_and_run_all_four_steps_really_happen(world: World) -> None:
    ana = world.person("ana")
    before = len(world.playground.mail)
    hits = list(world.site.hits)
    card = await _ready(world, ana, "all-four")
    await ana.clicks(card, "Run")
    form = await world.modal(ana, "oncall@example.com")
    await ana.submits(form)
    run = await ana.sees("Run ", channel="general")
    run = await world.shows(run, "Completed")

    for number in (1, 2, 3, 4):
        assert re.search(rf"\*?{number}\*? .*complete", run.shown), run.shown
    assert len(world.playground.mail) == before + 1
    assert world.playground.mail[0].to == ["oncall@example.com"]
    assert world.site.hits[len(hits) :] == ["/logs", "/health"]
    posted = await ana.sees("all-four", channel="incidents")
    assert "running, step 4 of 4" in posted.shown
    assert "/archives/" in posted.shown
    assert f"{len(LOGS)} bytes" in run.shown or "saved as" in run.shown
    controls = {
        element["action_id"]
        for block in run.blocks or []
        for element in block.get("elements", [])
        if "action_id" in element
    }
    assert not controls & {"run.pause", "run.abort", "run.resume"}


async def test_every_status_is_seen_in_the_one_message(world: World) -> None:
    ana = world.person("ana")
    await ana.says(
        "@runbot create a runbook called statuses with these steps: 1. Look at the dashboard "
        f"2. Use web_fetch to get {world.site.url}/health 3. Ask the customer",
        channel="ops",
    )
    card = await ana.sees("statuses", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    await ana.runs_command("/runbook", "run statuses", channel="ops")
    run = await ana.sees("step 1 of 3", channel="ops")
    assert "pending" in run.shown
    await world.shows(run, "waiting")
    await ana.clicks(run, "Done")
    await world.shows(run, "step 3 of 3")
    await ana.clicks(run, "Failed")
    run = await world.shows(run, "Retry")
    await ana.clicks(run, "Abort")
    run = await world.shows(run, "Aborted")
    assert "complete" in run.shown
    assert "cancelled" in run.shown
    posts = [call for call in world.calls("chat.postMessage") if call.get("channel") == run.channel]
    assert (
        len([p for p in posts if "statuses" in str(p.get("text")) and not p.get("thread_ts")]) >= 1
    )
