"""What runs that belong together, or wait for each other, come to by the engine's decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runbot.domain import progress, tree
from runbot.domain.access import Actor
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.run import EventKind, Parent, Pin, Run, RunStep, Trigger
from runbot.domain.runbook import Content, ManualPlan, OnFailure, RunbookPlan, Step, ToolPlan
from runbot.domain.tree import Tree
from runbot.engine.children import child_id
from runbot.engine.decide import ADMITTED, Bearings, Perform, Wait, child_topic, decide, settle

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA = Actor(id="UANA", workspace="T1", name="ana")
BEN = Actor(id="UBEN", workspace="T1", name="ben")
TOOL = Step(instruction="Fetch it", plan=ToolPlan(tool="web_fetch", arguments={"url": "x"}))
MANUAL = Step(instruction="Look", plan=ManualPlan())
NESTED = Step(
    instruction="Run the runbook below",
    plan=RunbookPlan(runbook="below", parameters={"env": "{{env}}"}),
)
BEARINGS = Bearings("n1", NOW, lambda _: ())


def a_run(id_: str, *steps: Step, parent: str = "", number: int = 7) -> Run:
    return Run(
        id=id_,
        number=number,
        workspace="T1",
        runbook_id="rb_1",
        name=id_,
        version=1,
        content=Content(steps=steps),
        values={"env": "{{run.id}}"},
        trigger=Trigger.PARENT if parent else Trigger.CHAT,
        started_by=ANA,
        parent=Parent(run_id=parent, step=1, root_id=parent) if parent else None,
        pins={"below": Pin(runbook_id="rb_2", version=4)},
        created_at=NOW,
        steps=tuple(RunStep(number=n) for n in range(1, len(steps) + 1)),
    )


def settled(run: Run, bearings: Bearings = BEARINGS) -> Run:
    return settle(run, bearings)[0].run


def nested(step: Step = NESTED, *, below: Step = MANUAL) -> tuple[Run, Run]:
    """A run whose step runs another one, which was taken up."""
    child = settled(a_run("below", below, parent="above", number=8))
    parent = settled(a_run("above", step, TOOL))
    return progress.take_child(parent, 1, child=child, at=NOW).run, child


def test_the_step_fixes_version_and_values_and_then_starts_the_run() -> None:
    run = settled(a_run("above", NESTED))
    attempt = run.step(1).attempts[0]
    assert (attempt.executor, attempt.arguments) == ("below v4", {"env": "{{run.id}}"})
    assert decide(run, BEARINGS) == Perform(1)


def test_the_id_of_the_run_below_is_derived_and_differs_by_step_and_attempt() -> None:
    assert child_id("run_1", 2, 1) == child_id("run_1", 2, 1)
    assert len({child_id("run_1", 2, 1), child_id("run_1", 2, 2), child_id("run_1", 21, 1)}) == 3


def test_it_waits_for_the_run_below_and_takes_a_second_one_for_no_attempt() -> None:
    run, child = nested()
    waits = decide(run, replace(BEARINGS, child=child))
    assert isinstance(waits, Wait)
    assert waits.topic == child_topic("below")
    with pytest.raises(Refused):
        progress.take_child(run, 1, child=child, at=NOW)


def test_a_completed_run_below_completes_the_step() -> None:
    run, child = nested()
    assert child.question is not None
    child = progress.answer(child, child.question.id, Choice.DONE, by=BEN, note="", at=NOW).run
    child = settled(child)
    run = settled(run, replace(BEARINGS, child=child))
    assert run.step(1).summary == "run 8 completed"
    assert run.step(2).status is StepStatus.RUNNING


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (OnFailure.ASK, RunStatus.WAITING),
        (OnFailure.STOP, RunStatus.FAILED),
        (OnFailure.CONTINUE, RunStatus.RUNNING),
    ],
)
def test_a_failed_run_below_fails_the_attempt_and_the_step_says_what_then(
    policy: OnFailure, status: RunStatus
) -> None:
    run, child = nested(NESTED.model_copy(update={"on_failure": policy}), below=TOOL)
    child = progress.fail(child, why="no", at=NOW).run
    run = settled(run, replace(BEARINGS, child=child))
    assert run.status is status
    if policy is OnFailure.ASK:
        assert run.question is not None
        assert (run.question.kind, run.question.text) == (QuestionKind.FAILURE, "run 8 failed: no")


def test_a_run_below_that_goes_on_ends_no_step() -> None:
    run, child = nested()
    with pytest.raises(Refused):
        progress.child_ended(run, 1, child=child, at=NOW)
    ended = progress.abort(run, by=ANA, at=NOW).run
    gone = progress.abort(child, by=ANA, at=NOW).run
    with pytest.raises(Refused):
        progress.child_ended(ended, 1, child=gone, at=NOW)


def test_a_pausing_run_is_paused_once_the_one_below_is() -> None:
    run, child = nested()
    run, child = (change.run for change in tree.pause(Tree((), run, (child,)), by=ANA, at=NOW))
    assert isinstance(decide(run, replace(BEARINGS, child=child)), Wait)
    assert run.status is RunStatus.RUNNING
    assert child.question is not None
    child = progress.answer(child, child.question.id, Choice.DONE, by=BEN, note="", at=NOW).run
    assert child.status is RunStatus.PAUSED
    run = settled(run, replace(BEARINGS, child=child))
    assert run.status is RunStatus.PAUSED
    resumed = [change.run for change in tree.resume(Tree((run,), child, ()), by=BEN, at=NOW)]
    assert [one.status for one in resumed] == [RunStatus.RUNNING, RunStatus.RUNNING]


def test_a_run_that_begins_below_a_pausing_one_holds_before_its_first_step() -> None:
    child = a_run("below", TOOL, parent="above")
    change, _ = settle(child, replace(BEARINGS, pausing=ANA))
    assert change.run.status is RunStatus.PAUSED
    assert change.run.step(1).status is StepStatus.PENDING
    kinds = [event.kind for event in change.events]
    assert kinds == [EventKind.STARTED, EventKind.PAUSE_REQUESTED, EventKind.PAUSED]


def test_nobody_resumes_what_is_not_held_or_has_ended() -> None:
    run, child = nested()
    with pytest.raises(Refused, match="so it can't be resumed"):
        tree.resume(Tree((), run, (child,)), by=ANA, at=NOW)
    paused = settled(progress.request_pause(settled(a_run("above", MANUAL)), by=ANA, at=NOW).run)
    gone = progress.abort(child, by=ANA, at=NOW).run
    with pytest.raises(Refused, match="it was aborted"):
        tree.resume(Tree((paused,), gone, ()), by=ANA, at=NOW)


def test_an_abort_ends_all_and_says_above_what_may_have_happened_below() -> None:
    run, child = nested(below=TOOL)
    below, above = (change.run for change in tree.abort(Tree((run,), child, ()), by=BEN, at=NOW))
    assert {below.status, above.status} == {RunStatus.CANCELLED}
    doubt = "step 1 was cut off and may have taken effect"
    assert below.outcome == f"aborted by <@UBEN>; {doubt}"
    assert above.outcome == f"aborted by <@UBEN>; run 8: {doubt}"


def test_a_queued_run_says_once_what_it_waits_for_and_begins_when_nothing_is_left() -> None:
    run = a_run("above", MANUAL)
    behind = replace(BEARINGS, behind="run 6, which holds prod-db")
    change, then = settle(run, behind)
    assert isinstance(then, Wait)
    assert then.topic == ADMITTED
    assert change.run == run
    assert [(e.kind, e.detail) for e in change.events] == [(EventKind.QUEUED, behind.behind)]
    told = run.model_copy(update={"revision": 1})
    assert settle(told, behind)[0].events == ()
    assert settled(told).status is RunStatus.WAITING
