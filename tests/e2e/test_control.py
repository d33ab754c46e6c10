"""People in control of a run: pause, resume, abort, retry, and clicks that come too late."""

from __future__ import annotations

import asyncio

import pytest

from runbot.playground.messages import Message
from runbot.playground.people import Person

from .world import PATIENCE, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def published(
    world: World, ana: Person, name: str, *steps: str, channel: str = "ops"
) -> None:
    """A runbook with these steps, published."""
    words = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    await ana.says(
        f"@runbot create a runbook called {name} with these steps: {words}", channel=channel
    )
    card = await ana.sees(name, channel=channel)
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")


async def started(world: World, ana: Person, name: str, *, channel: str = "ops") -> Message:
    await ana.says(f"@runbot run {name}", channel=channel)
    return await world.run_message(ana, name, channel=channel)


async def test_paused_in_step_2_killed_restarted_and_resumed(own_world: World) -> None:
    world = own_world
    ana, ben = world.person("ana"), world.person("ben")
    site = world.site.url
    await published(
        world,
        ana,
        "sturdy",
        f"Use web_fetch to get {site}/health",
        "Look at the dashboard",
        f"Use web_fetch to get {site}/logs",
    )
    run = await started(world, ana, "sturdy")
    await world.shows(run, "*Look at the dashboard* · waiting")
    await ben.clicks(run, "Pause")
    await world.shows(run, "Pause asked by")
    await ana.clicks(run, "Done")
    await world.shows(run, "Paused")
    await world.runbot.kill()
    await world.runbot.start()
    assert "Paused" in world.now(run)
    await ana.clicks(run, "Resume")
    await world.shows(run, "Completed")
    assert world.site.hits == ["/health", "/logs"]


async def test_killed_while_waiting_the_question_can_still_be_answered(own_world: World) -> None:
    world = own_world
    ana = world.person("ana")
    await published(world, ana, "patient", "Ask the customer", "Look at the dashboard")
    run = await started(world, ana, "patient")
    await world.shows(run, "waiting")
    await world.runbot.kill()
    await world.runbot.start()
    await ana.clicks(run, "Done")
    await world.shows(run, "step 2 of 2")
    await world.shows(run, "*Look at the dashboard* · waiting")
    thread = [m for m in world.playground.messages("ops", run) if m.ts != run.ts]
    asked = [m.shown for m in thread if "Ask the customer" in m.shown]
    assert len(asked) == 1, asked
    assert f"<@{ana.id}> answered" in asked[0]
    assert "Done" in asked[0]


async def test_abort_in_mid_fetch_is_seen_without_waiting_for_the_next_redraw(
    seldom_drawn: World,
) -> None:
    world = seldom_drawn
    ana, ben = world.person("ana"), world.person("ben")
    await published(world, ana, "slow-fetch", f"Use web_fetch to get {world.site.url}/slow")
    run = await started(world, ana, "slow-fetch")
    await asyncio.wait_for(world.site.hanging.wait(), PATIENCE)
    await ben.clicks(run, "Abort")
    shown = await world.shows(run, "Aborted by")
    await asyncio.wait_for(world.site.cut_off.wait(), PATIENCE)
    assert ben.id in shown.shown
    assert "cancelled" in shown.shown


async def test_words_in_a_runs_thread_are_about_that_run(world: World) -> None:
    ana = world.person("ana")
    await published(world, ana, "threaded", "Look at the dashboard")
    first = await started(world, ana, "threaded")
    second = await started(world, ana, "threaded")
    await world.shows(first, "waiting")
    await world.shows(second, "waiting")
    await ana.says("@runbot abort", channel="ops", thread=first)
    await world.shows(first, "Aborted")
    assert "waiting" in world.now(second)
    await ana.says("@runbot abort", channel="ops", thread=second)
    await world.shows(second, "Aborted")


async def test_editing_while_paused_leaves_the_run_on_its_own_version(world: World) -> None:
    ana = world.person("ana")
    await published(world, ana, "edited", "Look at the dashboard", "Ask the customer")
    run = await started(world, ana, "edited")
    await world.shows(run, "waiting")
    await ana.clicks(run, "Pause")
    await world.shows(run, "Pause asked by")
    await ana.clicks(run, "Done")
    await world.shows(run, "Paused")
    await ana.runs_command("/runbook", "edit edited", channel="ops")
    form = await world.modal(ana, "Save")
    await ana.submits(form, {"Steps": "1. Call the director\n2. Go home"})
    card = await ana.sees("Call the director", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    await ana.clicks(run, "Resume")
    shown = await world.shows(run, "*Ask the customer* · waiting")
    assert "v1" in shown.shown
    await ana.clicks(run, "Done")
    await world.shows(run, "Completed")
    again = await started(world, ana, "edited")
    shown = await world.shows(again, "Call the director")
    assert "v2" in shown.shown
    await ana.clicks(again, "Abort")


async def test_a_failed_step_asks_and_retry_skip_and_abort_do_what_they_say(world: World) -> None:
    ana = world.person("ana")
    site = world.site
    await published(
        world, ana, "shaky", f"Use web_fetch to get {site.url}/health", "Ask the customer"
    )
    site.healthy = False
    try:
        run = await started(world, ana, "shaky")
        shown = await world.shows(run, "503 Service Unavailable")
        assert "Retry" in shown.shown
        site.healthy = True
        await ana.clicks(run, "Retry")
        await world.shows(run, "step 2 of 2")
        await ana.clicks(run, "Abort")
        await world.shows(run, "Aborted")

        site.healthy = False
        second = await started(world, ana, "shaky")
        await world.shows(second, "503 Service Unavailable")
        await ana.clicks(second, "Skip…")
        form = await world.modal(ana, "Skip")
        await ana.submits(form, {"Why is it skipped?": "we know that it is down"})
        shown = await world.shows(second, "we know that it is down")
        assert "skipped" in shown.shown
        await ana.clicks(second, "Abort")
        await world.shows(second, "Aborted")
    finally:
        site.healthy = True


async def test_doubled_and_stale_clicks_change_nothing_and_are_answered(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    await published(world, ana, "clicked", "Look at the dashboard", "Ask the customer")
    run = await started(world, ana, "clicked")
    old = await world.shows(run, "waiting")
    await asyncio.gather(ana.clicks(old, "Done", stale=True), ben.clicks(old, "Done", stale=True))
    await world.shows(run, "step 2 of 2")
    await world.told((ana, ben), "ops", "already", "gone on")
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")
    await ben.clicks(old, "Pause", stale=True)
    await ben.sees("has ended: it was aborted", channel="ops")
    await ben.clicks(old, "Abort", stale=True)
    shown = world.now(run)
    assert f"Aborted by <@{ana.id}>" in shown


async def test_guests_may_neither_run_nor_abort(world: World) -> None:
    ana, mia = world.person("ana"), world.person("mia")
    await published(world, ana, "not-for-guests", "Ask the customer", channel="incidents")
    run = await started(world, ana, "not-for-guests", channel="incidents")
    await world.shows(run, "waiting")

    async def refused(times: int) -> None:
        def told() -> bool:
            said = [m for m in mia.reads("incidents") if m.ephemeral_to]
            return sum("Guests may not" in m.shown for m in said) == times

        await world.playground.until(told, what=f"{times} refusals")

    await mia.clicks(run, "Abort")
    await refused(1)
    await mia.clicks(run, "Done")
    await refused(2)
    await mia.says("@runbot run not-for-guests", channel="incidents")
    await refused(3)
    assert "waiting" in world.now(run)
    runs = [m for m in world.playground.messages("incidents") if "not-for-guests" in m.shown]
    assert [m.ts for m in runs if "started by" in m.shown] == [run.ts]
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")


async def test_a_runbook_of_100_steps_runs_inside_every_limit(world: World) -> None:
    ana = world.person("ana")
    url = f"{world.site.url}/health"
    await published(world, ana, "hundred", *[f"Use web_fetch to get {url}"] * 100)
    run = await started(world, ana, "hundred")
    shown = await world.shows(run, "Completed", timeout=100)
    assert "100" in shown.shown
    refused = [
        c
        for c in world.playground.calls
        if not c.response.get("ok", True) and c.response.get("error") != "ratelimited"
    ]
    assert not [c for c in refused if c.method.startswith("chat.")], refused
