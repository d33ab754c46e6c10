"""Runbooks that run each other, and runs that wait for each other, as people see them."""

from __future__ import annotations

import re

import pytest

from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct
from runbot.domain.runbook import (
    Content,
    ManualPlan,
    Runbook,
    RunbookPlan,
    RunbookStatus,
    Step,
    Version,
)
from runbot.engine.ledger import utc_now
from runbot.playground import Message
from runbot.store import runbooks
from unit.slack.office import PATIENCE, Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


def by_hand(words: str) -> Step:
    return Step(instruction=words, plan=ManualPlan())


def runs_book(name: str) -> Step:
    return Step(instruction=f"Run the runbook {name}", plan=RunbookPlan(runbook=name))


async def published(
    office: Office, by: Actor, name: str, *steps: Step, conduct: Conduct | None = None
) -> None:
    """A runbook with these plans, published."""
    now = utc_now()
    made = Runbook(
        id=f"rb_{name}",
        workspace=by.workspace,
        name=name,
        status=RunbookStatus.DRAFT,
        latest=1,
        published=None,
        created_by=by,
        created_at=now,
    )
    version = Version(
        runbook_id=made.id,
        number=1,
        content=Content(steps=steps, conduct=conduct or Conduct()),
        created_by=by,
        created_at=now,
        agent="rules",
    )
    await office.application.database.write(lambda s: runbooks.create(s, made, version))
    await office.application.desk.runbooks.publish(by, name)


async def run_of(office: Office, name: str, *, nth: int = 1) -> tuple[Message, int]:
    """The message of the nth run of a runbook, wherever in #ops it stands, and its number."""

    def found() -> Message | None:
        every = office.playground.messages("ops")
        threads = [m for top in every for m in office.playground.messages("ops", top)]
        of_it = {m.ts: m for m in (*every, *threads) if f"*{name}*  v1 · *" in m.shown}
        runs = [m for _, m in sorted(of_it.items()) if "· started by" in m.shown]
        return runs[nth - 1] if len(runs) >= nth else None

    message = await office.playground.until(found, timeout=PATIENCE, what=f"run {nth} of {name}")
    assert message is not None
    number = re.search(r"Run (\d+) · started by", message.shown)
    assert number is not None
    return message, int(number[1])


async def test_a_parents_message_shows_the_run_below_and_its_question(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    actor = await office.actor("ana")
    await published(office, actor, "restart-api", by_hand("Drain it"), by_hand("Start it"))
    await published(office, actor, "incident", runs_book("restart-api"), by_hand("Write it up"))
    await ana.says("@runbot run incident", channel="ops")
    parent, above = await run_of(office, "incident")
    child, below = await run_of(office, "restart-api")
    assert child.thread_ts == parent.ts
    await office.shows(child, f"Step 1 of run {above}", "waiting for a person")
    shown = await office.shows(
        parent,
        f"runs restart-api · run {below} · step 1 of 2, waiting for a person",
        "see it",
        f"(run {below})",
        f"Run {below} of restart-api asks:",
    )
    # The one question is answered from the parent's message.
    await ben.clicks(shown, "Done")
    await office.shows(parent, "step 2 of 2, waiting for a person")
    asked = [m for m in office.playground.messages("ops", parent) if "Drain it" in m.shown]
    assert len([m for m in asked if "answered" in m.shown]) == 1
    await ana.clicks(parent, "Pause")
    await office.shows(parent, "Pausing", f"takes effect when run {below} holds")
    await office.shows(child, "Pause asked by")
    await ben.clicks(child, "Done")
    await office.shows(child, "Paused")
    await office.shows(parent, "Paused", f"run {below} · paused")
    await ana.clicks(parent, "Resume")
    await office.shows(child, "Completed")
    await office.shows(
        parent, f"run {below} completed", "see it", "*Write it up* · waiting for a person"
    )
    await ana.clicks(parent, "Abort")
    await office.shows(parent, "Aborted by")


async def test_an_abort_from_the_run_below_ends_the_whole(office: Office) -> None:
    ana = office.person("ana")
    actor = await office.actor("ana")
    await published(office, actor, "below", by_hand("Drain it"))
    await published(office, actor, "between", runs_book("below"))
    await published(office, actor, "above", runs_book("between"))
    await ana.says("@runbot run above", channel="ops")
    above, _ = await run_of(office, "above")
    below, number = await run_of(office, "below")
    await office.shows(
        above, "runs between · run ", f"step 1 of 1, waiting for a person in run {number}"
    )
    # The runs below are parts of the one that is going on here.
    await ana.says("@runbot pause", channel="ops")
    await office.shows(above, "Pausing")
    await ana.clicks(below, "Abort")
    for message in (above, below):
        await office.shows(message, "Aborted by")


async def test_a_queued_run_says_what_it_waits_for_and_can_leave(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    actor = await office.actor("ana")
    lock = Conduct(locks=("prod-db",))
    await published(office, actor, "migrate", by_hand("Migrate it"), conduct=lock)
    await ana.says("@runbot run migrate", channel="ops")
    first, one = await run_of(office, "migrate")
    await office.shows(first, "waiting for a person")
    await ben.says("@runbot run migrate", channel="ops")
    second, two = await run_of(office, "migrate", nth=2)
    await office.shows(
        second, f"Queued behind run {one}, which holds prod-db since", "Leave the queue"
    )
    await ben.says("@runbot run migrate", channel="ops")
    third, three = await run_of(office, "migrate", nth=3)
    await ana.runs_command("/runbook", "locks", channel="ops")
    listed = await ana.sees("· held by run", channel="ops")
    assert f"held by run {one} (migrate) since" in listed.shown
    assert f"waiting: run {two} (migrate), run {three} (migrate)" in listed.shown
    await ben.clicks(second, "Leave the queue")
    await office.shows(second, "Aborted by", "before it began")
    await ana.clicks(first, "Done")
    await office.shows(first, "Completed")
    await office.shows(third, "waiting for a person")
    await ana.clicks(third, "Done")
    await office.shows(third, "Completed")
