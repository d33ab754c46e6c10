"""Runs that run other runbooks: real engine and rows, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from runbot.domain import progress
from runbot.domain.conduct import Conduct
from runbot.domain.errors import InvalidInput, NotAllowed, Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.run import Change, EventKind, Run, Trigger
from runbot.domain.runbook import Step, ToolPlan
from workshop import ANA, BEN, BREAK, HANG, MANUAL, MARK, Workshop, runs_book, stopping, workshop


@pytest_asyncio.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(database_url, tmp_path) as opened:
        yield opened


async def test_a_step_runs_another_runbook_and_takes_over_its_outcome(shop: Workshop) -> None:
    says = Step(
        instruction="Say {{word}}", plan=ToolPlan(tool="mark", arguments={"text": "{{word}}"})
    )
    await shop.publishes("below", says, parameters=(Parameter(name="word"),))
    await shop.publishes(
        "above",
        MARK,
        runs_book("below", word="{{who}} & {{run.id}}"),
        MARK,
        parameters=(Parameter(name="who"),),
    )
    run = await shop.starts("above", who="{{run.number}}")
    run = await shop.reaches(run, RunStatus.COMPLETED)
    child = await shop.ledger.load(run.step(2).attempts[0].child)
    assert (child.status, child.trigger, child.started_by) == (
        RunStatus.COMPLETED,
        Trigger.PARENT,
        ANA,
    )
    assert child.parent is not None
    assert (child.parent.run_id, child.parent.step, child.root_id) == (run.id, 2, run.id)
    # What looks like a parameter in a value is data, here and below.
    assert child.values == {"word": "{{run.number}} & " + run.id}
    assert shop.mark.marks == [
        ("above", 1, ""),
        ("below", 1, "{{run.number}} & " + run.id),
        ("above", 3, ""),
    ]
    assert run.step(2).summary == f"run {child.number} completed"
    assert run.step(2).attempts[0].executor == "below v1"
    kinds = [event.kind for event in await shop.timeline(run)]
    assert kinds.count(EventKind.CHILD_STARTED) == 1


async def test_what_is_published_meanwhile_touches_later_runs_only(shop: Workshop) -> None:
    below = await shop.publishes("below", MARK)
    await shop.publishes("between", runs_book("below"))
    await shop.publishes("above", MANUAL, runs_book("between"))
    run = await shop.starts("above")
    await shop.adds(below, MARK, MARK)
    await shop.runbooks.publish(ANA, "below")
    await shop.answers(run, Choice.DONE)
    run = await shop.reaches(run, RunStatus.COMPLETED)
    assert shop.mark.marks == [("below", 1, "")]
    assert {name: pin.version for name, pin in run.pins.items()} == {"below": 1, "between": 1}


async def test_what_a_runbook_below_does_not_take_is_refused_at_the_start(shop: Workshop) -> None:
    number = Parameter(name="many", type=ParameterType.INTEGER)
    await shop.publishes("below", MARK, parameters=(number,))
    await shop.drafts("above", runs_book("below", many="lots"))
    with pytest.raises(InvalidInput, match=r"Step 1 of above runs below: many must be a whole"):
        await shop.runbooks.publish(ANA, "above")
    await shop.publishes(
        "later", runs_book("below", many="{{n}}"), parameters=(Parameter(name="n"),)
    )
    run = await shop.starts("later", n="lots")
    run = await shop.reaches(run, RunStatus.WAITING)
    assert run.question is not None
    assert run.question.kind is QuestionKind.FAILURE
    assert "many must be a whole number" in run.question.text
    assert run.step(1).attempts[0].child == ""


async def test_a_circle_is_refused_when_publishing_and_when_starting(shop: Workshop) -> None:
    a = await shop.publishes("a", MARK)
    await shop.publishes("c", runs_book("a"))
    await shop.publishes("b", runs_book("c"))
    await shop.adds(a, runs_book("b"))
    with pytest.raises(Refused, match="a → b → c → a"):
        await shop.runbooks.publish(ANA, "a")
    await shop.reaches(await shop.starts("b"), RunStatus.COMPLETED)


async def test_a_pause_goes_down_and_shows_until_the_run_below_holds(shop: Workshop) -> None:
    await shop.publishes("below", MANUAL, MARK)
    await shop.publishes("between", runs_book("below"), MARK)
    await shop.publishes("above", runs_book("between"), MARK)
    run = await shop.starts("above")
    between = await shop.child(run, 1)
    below = await shop.child(between, 1)
    await shop.reaches(below, RunStatus.WAITING)
    await shop.runs.pause(ANA, run.id)
    for one in (run, between, below):
        assert (await shop.ledger.load(one.id)).pause_requested_by == ANA
    await shop.answers(below, Choice.DONE)
    for one in (below, between, run):
        await shop.reaches(one, RunStatus.PAUSED)
    assert shop.mark.marks == []
    # Whoever resumes the one below resumes those that it belongs to.
    await shop.runs.resume(ANA, below.id)
    await shop.reaches(run, RunStatus.COMPLETED)
    assert [mark[0] for mark in shop.mark.marks] == ["below", "between", "above"]


async def test_a_pause_of_the_run_below_alone_leaves_the_one_above_going(shop: Workshop) -> None:
    await shop.publishes("below", MANUAL, MARK)
    await shop.publishes("above", runs_book("below"))
    run = await shop.starts("above")
    below = await shop.child(run, 1)
    await shop.reaches(below, RunStatus.WAITING)
    await shop.runs.pause(ANA, below.id)
    await shop.answers(below, Choice.DONE)
    await shop.reaches(below, RunStatus.PAUSED)
    assert (await shop.ledger.load(run.id)).status is RunStatus.RUNNING
    # There is nothing else to resume, so this is what is meant.
    await shop.runs.resume(ANA, run.id)
    await shop.reaches(run, RunStatus.COMPLETED)


@pytest.mark.parametrize("which", ["above", "between", "below"])
async def test_an_abort_of_any_of_them_ends_all_at_once(shop: Workshop, which: str) -> None:
    await shop.publishes("below", HANG)
    await shop.publishes("between", runs_book("below"))
    await shop.publishes("above", runs_book("between"), MARK)
    run = await shop.starts("above")
    between = await shop.child(run, 1)
    below = await shop.child(between, 1)
    await asyncio.wait_for(shop.hang.began.wait(), 10)
    named = {"above": run, "between": between, "below": below}[which]
    await shop.runs.abort(ANA, named.id)
    for one in (run, between, below):
        ended = await shop.ledger.load(one.id)
        assert ended.status is RunStatus.CANCELLED
        assert ended.outcome.startswith("aborted by <@UANA>")
    await asyncio.wait_for(shop.hang.cut_off.wait(), 10)
    outcome = (await shop.ledger.load(run.id)).outcome
    assert f"run {below.number}: step 1 was cut off and may have taken effect" in outcome
    with pytest.raises(Refused, match="it was aborted"):
        await shop.runs.abort(ANA, named.id)


async def test_a_failure_below_asks_once_and_its_abort_ends_the_whole(shop: Workshop) -> None:
    await shop.publishes("below", BREAK, MARK)
    await shop.publishes("above", runs_book("below"), MARK)
    run = await shop.starts("above")
    below = await shop.child(run, 1)
    await shop.answers(below, Choice.ABORT)
    for one in (run, below):
        assert (await shop.ledger.load(one.id)).status is RunStatus.CANCELLED
    again = await shop.starts("above")
    below = await shop.child(again, 1)
    asking = await shop.reaches(below, RunStatus.WAITING)
    assert (await shop.ledger.load(again.id)).question is None
    assert asking.question is not None
    shop.breaks.broken = False
    await shop.answers(below, Choice.RETRY)
    await shop.reaches(again, RunStatus.COMPLETED)


async def test_a_run_below_that_failed_for_good_is_asked_about_above(shop: Workshop) -> None:
    await shop.publishes("below", MARK, stopping(BREAK))
    await shop.publishes("above", runs_book("below"))
    run = await shop.starts("above")
    run = await shop.reaches(run, RunStatus.WAITING)
    first = await shop.child(run, 1)
    assert first.status is RunStatus.FAILED
    assert run.question is not None
    assert run.question.text.startswith(f"run {first.number} failed: Step 2 failed: broken")
    shop.breaks.broken = False
    await shop.answers(run, Choice.RETRY)
    await shop.reaches(run, RunStatus.COMPLETED)
    second = await shop.child(run, 1)
    assert second.id != first.id
    assert second.status is RunStatus.COMPLETED
    # It goes on where the first one failed: what that had done isn't done again.
    assert second.continues == first.id
    assert [mark[0] for mark in shop.mark.marks] == ["below"]
    assert second.step(1).summary == f"in run {first.number}: marked"


async def test_continuing_a_run_goes_on_below_where_the_step_had_come_to(shop: Workshop) -> None:
    await shop.publishes("below", MARK, stopping(BREAK))
    await shop.publishes("between", MARK, stopping(runs_book("below")))
    await shop.publishes("above", MARK, stopping(runs_book("between")))
    old = await shop.reaches(await shop.starts("above"), RunStatus.FAILED)
    shop.breaks.broken = False
    run = await shop.recovery.continue_run(ANA, old.id, Trigger.BUTTON)
    run = await shop.reaches(run, RunStatus.COMPLETED)
    between = await shop.child(run, 2)
    below = await shop.child(between, 2)
    assert between.continues == old.step(2).attempts[-1].child
    assert below.continues
    assert [mark[0] for mark in shop.mark.marks] == ["above", "between", "below"]


async def test_a_steps_own_retry_goes_on_below_as_well(shop: Workshop) -> None:
    await shop.publishes("below", MARK, stopping(BREAK))
    again = runs_book("below").model_copy(update={"retries": 1, "backoff": 0.1})
    await shop.publishes("above", stopping(again))
    run = await shop.starts("above")
    first = await shop.child(run, 1, nth=0)
    await shop.reaches(first, RunStatus.FAILED)
    run = await shop.reaches(run, RunStatus.FAILED)
    assert len(run.step(1).attempts) == 2
    assert [mark[0] for mark in shop.mark.marks] == ["below"]


async def test_what_a_run_has_started_ends_with_it_however_that_ends(shop: Workshop) -> None:
    """A run whose own time is over doesn't leave the one below going on."""
    await shop.publishes("below", HANG)
    await shop.publishes("above", runs_book("below"))
    run = await shop.starts("above")
    below = await shop.child(run, 1)
    await asyncio.wait_for(shop.hang.began.wait(), 10)

    def over(current: Run) -> Change:
        return progress.time_out(current, most="1 second", at=current.created_at)

    await shop.ledger.change(run.id, over)
    below = await shop.ledger.load(below.id)
    assert below.status is RunStatus.CANCELLED
    assert f"run {run.number} had ended" in below.outcome
    assert below.step(1).status is StepStatus.CANCELLED
    await asyncio.wait_for(shop.hang.cut_off.wait(), 10)


@pytest.mark.parametrize("restricted", ["above", "below"])
async def test_what_was_restricted_since_is_not_continued_by_whoever_may_not_run_it(
    shop: Workshop, restricted: str
) -> None:
    await shop.publishes("below", MANUAL)
    await shop.publishes("above", runs_book("below"))
    old = await shop.starts("above")
    await shop.child(old, 1)
    await shop.runs.abort(ANA, old.id)
    book = await shop.runbooks.find(ANA, restricted)
    await shop.adds(
        book,
        MANUAL if restricted == "below" else runs_book("below"),
        conduct=Conduct(runners=(ANA.id,)),
    )
    await shop.runbooks.publish(ANA, restricted)
    with pytest.raises(NotAllowed, match=f"{restricted} is run by <@UANA> only"):
        await shop.recovery.continue_run(BEN, old.id, Trigger.BUTTON)
    assert (await shop.recovery.continue_run(ANA, old.id, Trigger.BUTTON)).continues == old.id
