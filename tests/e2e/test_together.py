"""Runbooks that run each other, and runs that wait for each other, in the real application."""

from __future__ import annotations

import pytest

from runbot.playground.messages import Message
from runbot.playground.people import Person

from .test_control import published, started
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def child_of(world: World, run: Message, name: str) -> Message:
    """The message of the run of this runbook in the thread of another run."""

    def found() -> Message | None:
        thread = world.playground.messages("ops", run)
        named = (m for m in thread if f"*{name}*  v1 · *" in m.shown and m.ts != run.ts)
        return next((m for m in named if "started by" in m.shown), None)

    message = await world.playground.until(found, timeout=15, what=f"a run of {name}")
    assert message is not None
    return message


async def locked(world: World, ana: Person, name: str, lock: str, *steps: str) -> None:
    """A runbook with this lock, published."""
    words = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    await ana.says(
        f"@runbot create a runbook called {name} with these steps: {words}", channel="ops"
    )
    card = await ana.sees(name, channel="ops")
    await ana.says(f"@runbot locks: {lock}", channel="ops", thread=card)
    card = await ana.sees(f"*{name}*  v2", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")


async def test_a_runbook_of_two_others_is_one_run_to_people(own_world: World) -> None:
    """Shown, asked about once, paused, killed, resumed and aborted as one."""
    world = own_world
    ana, ben = world.person("ana"), world.person("ben")
    site = world.site
    await published(world, ana, "restart-db", f"Use web_fetch to get {site.url}/health")
    await published(world, ana, "restart-api", "Drain the load balancer", "Start the API again")
    await published(
        world, ana, "outage", "Run the runbook restart-db", "Run the runbook restart-api"
    )
    site.healthy = False
    run = await started(world, ana, "outage")
    shown = await world.shows(run, "503 Service Unavailable")
    assert "runs restart-db · run " in shown.shown
    first = await child_of(world, run, "restart-db")
    await world.shows(first, "503 Service Unavailable")
    # It is asked once, and answered from the outermost message.
    site.healthy = True
    await ben.clicks(run, "Retry")
    await world.shows(first, "Completed")
    await world.shows(run, "runs restart-api · run ")
    second = await child_of(world, run, "restart-api")
    await world.shows(run, "step 1 of 2, waiting for a person")
    await ana.clicks(run, "Pause")
    await world.shows(run, "Pausing")
    await world.runbot.kill()
    await world.runbot.start()
    await ben.clicks(second, "Done")
    await world.shows(second, "Paused")
    await world.shows(run, "Paused")
    await ana.clicks(run, "Resume")
    await world.shows(run, "step 2 of 2, waiting for a person")
    await ana.clicks(run, "Abort")
    for message in (run, second):
        await world.shows(message, "Aborted by")


async def test_two_runs_of_one_lock_come_one_after_the_other(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    await locked(world, ana, "migrate-db", "main-db", "Migrate the database")
    await locked(world, ana, "restore-db", "main-db", "Restore the database")
    first = await started(world, ana, "migrate-db")
    await world.shows(first, "waiting")
    second = await started(world, ben, "restore-db")
    shown = await world.shows(second, "which holds main-db since")
    assert "Leave the queue" in shown.shown
    third = await started(world, ben, "migrate-db")
    await world.shows(third, "Queued behind")
    await ben.clicks(third, "Leave the queue")
    await world.shows(third, "before it began")
    await ana.clicks(first, "Done")
    await world.shows(first, "Completed")
    await world.shows(second, "*Restore the database* · waiting")
    await ben.clicks(second, "Done")
    await world.shows(second, "Completed")
