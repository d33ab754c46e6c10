"""The guide's steps, followed to the letter, lead a newcomer through Runbot."""

from __future__ import annotations

import re

import pytest

from runbot.first_minute import STEPS
from runbot.playground.guide import Guide

from .world import PATIENCE, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_newcomer_who_does_what_the_guide_says_has_done_it_all(world: World) -> None:
    playground, ana = world.playground, world.person("ana")
    workspace = playground.workspace
    guide = Guide(STEPS, tell=lambda: None, channel_id=lambda name: workspace.channel(name).id)
    playground.traffic.on_record.append(guide.observe)

    def current() -> str:
        page = guide.to_page(world.site.url)
        assert page is not None
        return str(page["current"])

    async def sends() -> str:
        page = guide.to_page(world.site.url)
        assert page is not None
        insert = page["insert"]
        await ana.says(
            insert["text"], channel=insert["channel"], thread=insert["thread_ts"] or None
        )
        return str(insert["channel"])

    async def until(name: str) -> None:
        await playground.until(lambda: current() == name, timeout=PATIENCE, what=f"the step {name}")

    try:
        general = await sends()
        await until("answer")
        await sends()
        await until("publish")
        card = await ana.sees("incident-response-database", channel=general)
        await ana.clicks(card, "Publish")
        await until("run")
        await ana.clicks(card, "Run")
        await ana.submits(await world.modal(ana, "oncall@example.com"))
        await until("mail")
        guide.opened("mailbox")
        assert current() == "slow"
        await sends()
        card = await ana.sees("take-a-break", channel=general)
        await until("hold")
        await ana.clicks(card, "Publish")
        await world.shows(card, "Published")
        await ana.clicks(card, "Run")
        await ana.submits(await world.modal(ana, "take-a-break"))
        run = await world.run_message(ana, "take-a-break", channel="general")
        await world.shows(run, "· running")
        await ana.clicks(run, "Abort")
        await until("inspect")
        guide.opened("inspector")
        assert all(step.name in guide.done for step in STEPS)
    finally:
        playground.traffic.on_record.remove(guide.observe)


async def test_the_steps_are_short_and_each_can_be_done() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    for step in STEPS:
        assert step.done_when
        assert len(step.sentence) <= 240, step.name
        assert re.match(r"[A-Z].*\.$", step.sentence), step.name
