"""The main job: write a runbook in chat, answer for it, publish it, run it, see it all happen."""

from __future__ import annotations

import asyncio
import re

import pytest

from runbot.playground.messages import Message
from runbot.playground.people import Person

from .test_control import published
from .world import LOGS, PATIENCE, SENTENCE, World

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
    # The answers are taken as they arrive, whichever is first: the card holds both in the end.
    await world.shows(card, "→ oncall@example.com")
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
    run = await world.run_message(ana, "all-four", channel="general")
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
    ana, site = world.person("ana"), world.site
    site.hanging.clear()
    await published(
        world,
        ana,
        "statuses",
        "Look at the dashboard",
        f"Use web_fetch to get {site.url}/health",
        f"Use web_fetch to get {site.url}/slow",
        "Ask the customer",
    )
    await ana.runs_command("/runbook", "run statuses", channel="ops")
    run = await world.run_message(ana, "statuses", channel="ops")
    await world.shows(run, "*Look at the dashboard* · waiting")
    assert step(world, run, 2).endswith("· pending")
    site.healthy = False
    try:
        await ana.clicks(run, "Done")
        await world.shows(run, "Retry")
    finally:
        site.healthy = True
    assert "· complete" in step(world, run, 1)
    assert "failed" in step(world, run, 2)
    await ana.clicks(run, "Skip…")
    form = await world.modal(ana, "Skip")
    await ana.submits(form, {"Why is it skipped?": "it is down"})
    await asyncio.wait_for(site.hanging.wait(), PATIENCE)
    await world.shows(run, "· running")
    assert "skipped" in step(world, run, 2)
    assert "· running" in step(world, run, 3)
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")
    assert "· complete" in step(world, run, 1)
    assert "skipped" in step(world, run, 2)
    assert "· cancelled" in step(world, run, 3)
    assert "· cancelled" in step(world, run, 4)
    number = re.search(r"Run (\d+)", world.now(run))
    assert number is not None
    top = [m for m in world.playground.messages("ops") if f"Run {number[1]} " in m.shown]
    assert [m.ts for m in top] == [run.ts]


def step(world: World, run: Message, number: int) -> str:
    """A step's line, as the run's message shows it now."""
    lines = re.findall(rf"(?m)^\S+ {number}  .*$", world.now(run))
    assert len(lines) == 1, world.now(run)
    return str(lines[0])
