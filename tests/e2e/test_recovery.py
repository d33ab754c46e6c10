"""After a failure: arguments changed and tried again, runs continued, and done once more."""

from __future__ import annotations

import asyncio

import pytest

from runbot.playground.messages import Message

from .test_control import published, started
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_arguments_are_changed_and_the_step_is_really_done(world: World) -> None:
    ana = world.person("ana")
    site = world.site
    await published(world, ana, "fixable", f"Use web_fetch to get {site.url}/health", "Ask ben")
    site.healthy = False
    try:
        run = await started(world, ana, "fixable")
        await world.shows(run, "failed. What now?")
        await ana.clicks(run, "Change and retry…")
        form = await world.modal(ana, "nothing is filled in")
        held = {
            block["block_id"]: block["element"].get("initial_value")
            for block in form.blocks
            if block["type"] == "input"
        }
        assert held["argument.url"] == f"{site.url}/health"
        refused = await ana.submits(form, {"url": "not an address"})
        assert refused.response_action == "errors"
        assert "argument.url" in refused.errors
        refused = await ana.submits(form, {"url": f"{site.url}/health"})
        assert "Nothing is different" in str(refused.errors)
        before = site.hits.count("/logs")
        await ana.submits(form, {"url": f"{site.url}/logs"})
        await world.shows(run, "*Ask ben* · waiting")
        assert site.hits.count("/logs") == before + 1
    finally:
        site.healthy = True
    thread = "\n".join(m.shown for m in world.playground.messages("ops", run))
    assert f"<@{ana.id}> answered" in thread
    assert f'url is now "{site.url}/logs"' in thread
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")


async def test_a_change_that_comes_too_late_is_told_who_was_first(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    site = world.site
    await published(world, ana, "raced", f"Use web_fetch to get {site.url}/health", "Ask ben")
    site.healthy = False
    try:
        run = await started(world, ana, "raced")
        await world.shows(run, "failed. What now?")
        await ana.clicks(run, "Change and retry…")
        form = await world.modal(ana, "nothing is filled in")
        site.healthy = True
        await ben.clicks(run, "Retry")
        await world.shows(run, "*Ask ben* · waiting")
        refused = await ana.submits(form, {"url": f"{site.url}/logs"})
        assert f"<@{ben.id}> was first: Retry" in refused.errors["argument.url"]
    finally:
        site.healthy = True
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")


async def test_an_aborted_run_is_continued_once_by_a_double_click(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    url = f"{world.site.url}/logs"
    await published(
        world, ana, "unfinished", f"Use web_fetch to get {url}", "Ask ben", "Ask the customer"
    )
    old = await started(world, ana, "unfinished")
    await world.shows(old, "*Ask ben* · waiting")
    hits = world.site.hits.count("/logs")
    await ana.clicks(old, "Abort")
    await world.shows(old, "Continue from step 2…")
    await asyncio.gather(
        ben.clicks(old, "Continue from step 2…"), ana.clicks(old, "Continue from step 2…")
    )
    new = await world.run_message(ana, "unfinished", channel="ops")
    shown = await world.shows(new, "*Ask ben* · waiting")
    assert "continues" in shown.shown
    assert "complete · in run" in shown.shown
    assert world.site.hits.count("/logs") == hits
    told = await world.shows(old, "Continued: ")
    assert "waiting, step 2 of 3" in told.shown
    assert "Continue from step" not in told.shown
    await world.told([ana, ben], "ops", "continues run")
    messages = [m for m in ana.reads("ops") if "*unfinished*" in m.shown and "Run " in m.shown]
    assert len([m for m in messages if " · started by " in m.shown]) == 2
    await ana.clicks(new, "Done")
    await world.shows(new, "*Ask the customer* · waiting")
    await ana.clicks(new, "Done")
    await world.shows(new, "Completed")
    await world.shows(old, ", completed")


async def test_continue_and_again_in_words(world: World) -> None:
    ana = world.person("ana")
    await ana.says(
        "@runbot create a runbook called worded with parameter env=staging and these steps: "
        "1. Look at {{env}} 2. Ask the customer",
        channel="ops",
    )
    card = await ana.sees("worded", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    old = await started(world, ana, "worded")
    shown = await world.shows(old, "*Look at staging* · waiting")
    number = shown.shown.partition("Run ")[2].partition(" ")[0]
    await ana.runs_command("/runbook", f"continue {number}", channel="ops")
    await world.told([ana], "ops", "so it needs no other")
    await ana.clicks(old, "Abort")
    await world.shows(old, "Aborted")
    await ana.says(f"@runbot continue {number}", channel="ops")
    new = await world.run_message(ana, "worded", channel="ops")
    await world.shows(new, "*Look at staging* · waiting")
    await ana.runs_command("/runbook", f"again {number} env=production", channel="ops")
    again = await world.run_message(ana, "worded", channel="ops")
    await world.shows(again, "*Look at production* · waiting")
    for run in (new, again):
        await ana.clicks(run, "Abort")
        await world.shows(run, "Aborted")


async def test_a_call_that_was_cut_off_is_asked_about_before_it_is_done_again(
    world: World,
) -> None:
    ana = world.person("ana")
    await published(
        world,
        ana,
        "cut-short",
        f"Use web_fetch to get {world.site.url}/slow",
        "Ask the customer",
    )
    world.site.hanging.clear()
    old = await started(world, ana, "cut-short")
    await asyncio.wait_for(world.site.hanging.wait(), 10)
    await ana.clicks(old, "Abort")
    await world.shows(old, "Continue from step 1…")
    world.site.hanging.clear()
    await ana.clicks(old, "Continue from step 1…")
    # Reading does no harm, so nobody is asked about it.
    new = await world.run_message(ana, "cut-short", channel="ops")
    await asyncio.wait_for(world.site.hanging.wait(), 10)
    await ana.clicks(new, "Abort")
    await world.shows(new, "Aborted")


async def with_cleanup(world: World, name: str, steps: str, cleanup: str) -> None:
    ana = world.person("ana")
    await ana.says(
        f"@runbot create a runbook called {name} with these steps:\n{steps}\nClean up:\n{cleanup}",
        channel="ops",
    )
    card = await ana.sees(f"*{name}*", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")


def in_thread(world: World, run: Message, text: str) -> Message | None:
    thread = world.playground.messages("ops", run)
    return next((m for m in thread if text in m.shown and m.ts != run.ts), None)


async def test_a_failure_is_cleaned_up_after_in_its_thread(world: World) -> None:
    ana = world.person("ana")
    site = world.site
    await with_cleanup(
        world,
        "tidy",
        f"1. Use web_fetch to get {site.url}/health [on failure stop]\n2. Ask ben",
        f"1. Use web_fetch to get {site.url}/nowhere\n2. Use web_fetch to get {site.url}/logs",
    )
    before = site.hits.count("/logs")
    site.healthy = False
    try:
        run = await started(world, ana, "tidy")
        shown = await world.shows(run, "Clean-up: ")
    finally:
        site.healthy = True
    assert "Failed" in shown.shown
    await world.shows(run, ", completed")
    assert site.hits.count("/logs") == before + 1
    own = in_thread(world, run, "cleans up after")
    assert own is not None
    shown = await world.shows(own, "Completed")
    assert "1 step failed" in shown.shown
    assert "Continue from step" not in shown.shown
    assert "Run again" not in shown.shown
    assert own.thread_ts == run.ts


async def test_an_abort_is_instant_and_its_clean_up_can_ask_and_be_aborted(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    await with_cleanup(world, "tidied", "1. Ask the customer\n2. Ask ben", "1. Look at the lights")
    run = await started(world, ana, "tidied")
    await world.shows(run, "*Ask the customer* · waiting")
    await ben.clicks(run, "Abort")
    await world.shows(run, "Aborted by", timeout=5)
    await world.shows(run, ", waiting, step 1 of 1")
    await ana.clicks(run, "Continue from step 1…")
    await world.told([ana], "ops", "is still cleaning up after run")
    own = await world.playground.until(
        lambda: in_thread(world, run, "cleans up after"), what="the clean-up's message"
    )
    assert own is not None
    await world.shows(own, "*Look at the lights* · waiting")
    await ana.clicks(own, "Done")
    await world.shows(own, "Completed")
    await world.shows(run, ", completed")
    await ana.clicks(run, "Continue from step 1…")
    new = await world.run_message(ana, "tidied", channel="ops")
    await world.shows(new, "*Ask the customer* · waiting")
    await ana.clicks(new, "Done")
    await world.shows(new, "*Ask ben* · waiting")
    await ana.clicks(new, "Done")
    await world.shows(new, "Completed")


async def test_a_step_under_way_is_cut_off_when_the_runs_time_is_over(world: World) -> None:
    ana = world.person("ana")
    site = world.site
    await ana.says(
        "@runbot create a runbook called hurried with these steps:\n"
        f"1. Use web_fetch to get {site.url}/slow\n2. Ask ben\nSettings:\ntimeout 3s",
        channel="ops",
    )
    card = await ana.sees("*hurried*", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    site.hanging.clear()
    site.cut_off.clear()
    run = await started(world, ana, "hurried")
    await asyncio.wait_for(site.hanging.wait(), 10)
    shown = await world.shows(run, "Its time was over: it may take 3 seconds at most")
    await asyncio.wait_for(site.cut_off.wait(), 5)
    assert "Failed at step 1" in shown.shown
    assert "Continue from step 1…" in shown.shown
