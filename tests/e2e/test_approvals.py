"""What people agree to is done, and nothing else; what is a person's to do can change hands."""

from __future__ import annotations

import pytest

from runbot.playground.messages import Message
from runbot.playground.people import Person

from .test_control import published, started
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def question(world: World, run: Message, words: str) -> Message:
    """The message in the run's thread that asks something, once it is there."""

    def found() -> Message | None:
        thread = world.playground.messages(run.channel, run)
        return next((m for m in thread if m.ts != run.ts and words in m.shown), None)

    message = await world.playground.until(found, what=f"a question with {words!r}")
    assert message is not None
    return message


async def asked(world: World, ana: Person, name: str) -> tuple[Message, Message]:
    """A run that asks for the approval of its only step: its message and the question."""
    await published(world, ana, name, f"Use web_fetch to get {world.site.url}/health")
    run = await started(world, ana, name)
    await world.shows(run, "Waiting for approval of step 1 of 1")
    return run, await question(world, run, "needs approval before it is done")


async def test_whoever_started_it_is_refused_and_another_approves_and_it_is_done(
    careful: World,
) -> None:
    world = careful
    ana, ben = world.person("ana"), world.person("ben")
    run, ask = await asked(world, ana, "guarded")
    shown = world.now(ask)
    assert "tool: web_fetch" in shown
    assert f"url: {world.site.url}/health" in shown
    assert "web_fetch is a tool that reads" in shown
    before = list(world.site.hits)

    await ana.clicks(ask, "Approve")
    await world.told([ana], "ops", "somebody else has to approve")
    assert world.site.hits == before

    await ben.clicks(run, "Approve")
    await world.shows(run, "Completed")
    assert world.site.hits == [*before, "/health"]
    await world.shows(ask, f"Approved by <@{ben.id}>")


async def test_a_denial_needs_a_reason_and_the_run_asks_what_now(careful: World) -> None:
    world = careful
    ana, ben = world.person("ana"), world.person("ben")
    run, ask = await asked(world, ana, "denied")
    before = list(world.site.hits)
    await ben.clicks(ask, "Deny…")
    modal = await world.modal(ben, "Why is it denied?")
    await ben.submits(modal, {"reason": "not during the freeze"})
    await world.shows(run, "Waiting for a choice: step 1 of 1 failed")
    await world.shows(ask, f"Denied by <@{ben.id}>")
    await world.shows(ask, "not during the freeze")
    assert world.site.hits == before

    # A person's Retry asks anew, and a yes counts for that try alone.
    await ana.clicks(run, "Retry")
    await world.shows(run, "Waiting for approval of step 1 of 1")
    await ben.clicks(run, "Approve")
    await world.shows(run, "Completed")
    assert world.site.hits == [*before, "/health"]


async def test_of_two_who_click_at_once_the_second_is_told_who_was_first(careful: World) -> None:
    world = careful
    ana, ben = world.person("ana"), world.person("ben")
    _, ask = await asked(world, ana, "twice")
    old = world.playground.current(ask)
    assert old is not None
    await ben.clicks(ask, "Approve")
    await world.shows(ask, f"Approved by <@{ben.id}>")
    await ana.clicks(old, "Approve", stale=True)
    await world.told([ana], "ops", f"<@{ben.id}>")


async def test_an_approval_of_an_aborted_run_is_refused(careful: World) -> None:
    world = careful
    ana, ben = world.person("ana"), world.person("ben")
    run, ask = await asked(world, ana, "aborted")
    before = list(world.site.hits)
    old = world.playground.current(ask)
    assert old is not None
    await ana.clicks(run, "Abort")
    await world.shows(ask, "No approval is needed")
    await ben.clicks(old, "Approve", stale=True)
    await world.told([ben], "ops", "it was aborted")
    assert world.site.hits == before


async def test_a_persons_step_is_handed_over_and_waits_for_the_other(careful: World) -> None:
    world = careful
    ana, ben = world.person("ana"), world.person("ben")
    await published(world, ana, "handed", "Look at the dashboard")
    run = await started(world, ana, "handed")
    await world.shows(run, "waiting for a person")
    await ana.clicks(run, "Hand over…")
    modal = await world.modal(ana, "Who does it now?")
    await ana.submits(modal, {"person": ben.id})
    await world.shows(run, f"Waiting for <@{ben.id}> to do step 1 of 1")
    await question(world, run, f"<@{ana.id}> handed it over to <@{ben.id}>")

    await ben.says("@runbot status", channel="ops")
    await ben.sees("Waiting for you", channel="ops")
    await ben.clicks(run, "Answer with a note…")
    modal = await world.modal(ben, "How did it go?")
    await ben.submits(modal, {"choice": "done", "note": "see https://graphs.example.com/1."})
    await world.shows(run, "Completed")
    await question(world, run, "Evidence: https://graphs.example.com/1")


async def test_it_is_asked_in_its_own_channel_too_and_a_click_there_counts_once(
    careful: World,
) -> None:
    world = careful
    ana, ben = world.person("ana"), world.person("ben")
    run, ask = await asked(world, ana, "elsewhere")
    copy = await ben.sees("*elsewhere*", channel="incidents")
    assert f"url: {world.site.url}/health" in copy.shown
    await ben.clicks(copy, "Approve")
    await world.shows(run, "Completed")
    await world.shows(ask, f"Approved by <@{ben.id}>")
    await world.shows(copy, f"Approved by <@{ben.id}>")
    await ben.clicks(copy, "Approve", stale=True)
    await world.told([ben], "incidents", "it was completed")


async def test_only_approvers_approve(careful: World) -> None:
    world = careful
    ana, mia = world.person("ana"), world.person("mia")
    run, _ = await asked(world, ana, "closed-to-others")
    before = list(world.site.hits)
    copy = await ana.sees("*closed-to-others*", channel="incidents")
    await mia.clicks(copy, "Approve")
    await world.told([mia], "incidents", "Guests may not")
    assert "Waiting for approval" in world.now(run)
    assert world.site.hits == before


async def test_killed_while_it_is_asked_it_stands_once_in_both_channels(
    own_careful: World,
) -> None:
    world = own_careful
    ana, ben = world.person("ana"), world.person("ben")
    run, ask = await asked(world, ana, "sturdy")
    copy = await ben.sees("*sturdy*", channel="incidents")
    await world.runbot.kill()
    await world.runbot.start()
    await ben.clicks(copy, "Approve")
    await world.shows(run, "Completed")
    await world.shows(ask, f"Approved by <@{ben.id}>")
    await world.shows(copy, f"Approved by <@{ben.id}>")
    assert world.site.hits == ["/health"]
    named = [m for m in ben.reads("incidents") if "needs approval by" in m.text]
    assert named == []
    thread = world.playground.messages("ops", run)
    assert len([m for m in thread if "tool: web_fetch" in m.shown and m.ts != run.ts]) == 1
