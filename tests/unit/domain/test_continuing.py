"""Where an ended run can go on, and what the run that does so begins with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runbot.domain import continuing, progress
from runbot.domain.access import Actor
from runbot.domain.conduct import Approval, Conduct
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.run import AttemptStatus, Parent, Part, Pin, Run, RunStep, Trigger
from runbot.domain.runbook import Content, ManualPlan, OnFailure, Step, ToolPlan
from runbot.engine.decide import Bearings, Wait, settle

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ANA = Actor(id="U1", workspace="T1", name="ana")
BEN = Actor(id="U2", workspace="T1", name="ben")
MAIL = Step(
    instruction="Write",
    plan=ToolPlan(tool="send_email", arguments={"to": "a@b.example"}),
    on_failure=OnFailure.STOP,
)
LOOK = Step(instruction="Look", plan=ManualPlan())
PASSED = MAIL.model_copy(update={"on_failure": OnFailure.CONTINUE})


def a_run(*steps: Step, conduct: Conduct | None = None) -> Run:
    return Run(
        id="run_1",
        number=1041,
        workspace="T1",
        runbook_id="rb_1",
        name="x",
        version=3,
        content=Content(steps=steps, conduct=conduct or Conduct()),
        values={"a": "b"},
        pins={"other": Pin(runbook_id="rb_2", version=4)},
        locks=("db",),
        trigger=Trigger.CHAT,
        started_by=ANA,
        created_at=NOW,
        steps=tuple(RunStep(number=n) for n in range(1, len(steps) + 1)),
    )


def settled(run: Run, at: datetime = NOW) -> Run:
    return settle(run, Bearings("n", at, lambda _: ()))[0].run


def ended(run: Run, *, ok: bool, at: datetime = NOW) -> Run:
    """The open attempt ends, and the engine goes on."""
    number = run.current.number if run.current else 1
    if ok:
        return settled(progress.succeed(run, number, summary="sent", at=at).run, at)
    return settled(progress.end_attempt(run, number, unknown=False, summary="503", at=at).run, at)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def continued(old: Run, *, safe: bool = False) -> Run:
    continuing.require_continuable(old)
    return continuing.continuation(
        old,
        id_=continuing.continuation_id(old),
        by=BEN,
        trigger=Trigger.BUTTON,
        at=later(100),
        safe=lambda _: safe,
    )


def test_a_failed_run_goes_on_from_the_step_that_failed_it() -> None:
    old = ended(ended(settled(a_run(MAIL, MAIL, LOOK)), ok=True), ok=False, at=later(5))
    assert old.status is RunStatus.FAILED
    assert continuing.stopped_at(old) == 2
    new = continued(old)
    assert (new.continues, new.version, new.values, new.pins, new.locks) == (
        old.id,
        3,
        old.values,
        old.pins,
        ("db",),
    )
    assert (new.started_by, new.status, new.number) == (BEN, RunStatus.QUEUED, 0)
    assert new.step(1).status is StepStatus.COMPLETE
    assert new.step(1).summary == "in run 1041: sent"
    run = settled(new, later(101))
    assert run.current is not None
    assert run.current.number == 2
    assert run.step(1).attempts == ()
    assert [s.status for s in run.steps] == [
        StepStatus.COMPLETE,
        StepStatus.RUNNING,
        StepStatus.PENDING,
    ]


def test_what_was_done_two_runs_ago_names_the_run_that_did_it() -> None:
    old = ended(ended(settled(a_run(MAIL, MAIL)), ok=True), ok=False)
    again = ended(settled(continued(old).model_copy(update={"number": 1042})), ok=False)
    assert continued(again).step(1).summary == "in run 1041: sent"


def test_a_failure_that_the_run_had_passed_over_stays_passed_over() -> None:
    old = ended(settled(a_run(PASSED, LOOK)), ok=False)
    old = progress.abort(old, by=BEN, at=later(9)).run
    assert continuing.stopped_at(old) == 2
    new = continued(old)
    assert new.step(1).status is StepStatus.FAILED
    done = settled(new)
    assert done.question is not None
    finished = settled(
        progress.answer(done, done.question.id, Choice.DONE, by=ANA, note="", at=later(200)).run
    )
    assert (finished.status, finished.outcome) == (RunStatus.COMPLETED, "1 step failed")


def test_a_skipped_step_keeps_its_reason_and_changed_arguments_stay_changed() -> None:
    asking = MAIL.model_copy(update={"on_failure": OnFailure.ASK})
    old = ended(settled(a_run(asking, asking)), ok=False)
    assert old.question is not None
    old = settled(
        progress.answer(old, old.question.id, Choice.SKIP, by=ANA, note="known", at=NOW).run
    )
    old = ended(old, ok=False)
    assert old.question is not None
    changed = {"to": "c@d.example"}
    old = settled(progress.change_and_retry(old, old.question.id, changed, by=ANA, at=NOW).run)
    old = progress.abort(ended(old, ok=False), by=ANA, at=later(3)).run
    new = settled(continued(old))
    assert new.step(1).reason == "in run 1041: known"
    assert new.step(2).attempts[0].arguments == changed


@pytest.mark.parametrize("asked_already", [True, False])
def test_a_call_whose_end_nobody_knows_is_asked_about_first(*, asked_already: bool) -> None:
    old = settled(a_run(MAIL, LOOK))
    if asked_already:
        old = settled(progress.end_attempt(old, 1, unknown=True, summary="?", at=NOW).run)
    old = progress.abort(old, by=BEN, at=later(1)).run
    assert continuing.doubtful(old)
    run = settled(continued(old), later(101))
    assert run.status is RunStatus.WAITING
    assert run.question is not None
    assert run.question.kind is QuestionKind.UNKNOWN
    assert "send_email to a@b.example was under way when run 1041 ended" in run.question.text
    happened = settled(
        progress.answer(run, run.question.id, Choice.HAPPENED, by=ANA, note="", at=later(200)).run
    )
    assert happened.step(1).status is StepStatus.COMPLETE
    again = settled(
        progress.answer(run, run.question.id, Choice.AGAIN, by=ANA, note="", at=later(200)).run
    )
    assert [a.status for a in again.step(1).attempts] == [
        AttemptStatus.UNKNOWN,
        AttemptStatus.RUNNING,
    ]


def test_what_may_be_repeated_or_was_only_proposed_is_not_asked_about() -> None:
    cut = progress.abort(settled(a_run(MAIL)), by=BEN, at=later(1)).run
    assert continued(cut, safe=True).step(1).attempts == ()
    approved = MAIL.model_copy(update={"approval": Approval(four_eyes=False)})
    proposed = progress.abort(settled(a_run(approved)), by=BEN, at=later(1)).run
    assert not continuing.doubtful(proposed)
    assert continued(proposed).step(1).attempts == ()


def test_a_run_whose_time_was_over_goes_on_and_has_its_time_anew() -> None:
    limited = a_run(MAIL, LOOK, conduct=Conduct(timeout=60))
    old = ended(settled(limited), ok=True)
    old = settled(old, later(61))
    assert old.status is RunStatus.FAILED
    assert continuing.stopped_at(old) == 2
    run, then = settle(continued(old), Bearings("n", later(500), lambda _: ()))
    assert run.run.status is RunStatus.WAITING
    assert isinstance(then, Wait)
    assert then.seconds == 60


def test_a_run_that_was_aborted_before_it_began_begins() -> None:
    old = progress.abort(a_run(MAIL), by=ANA, at=NOW).run
    assert continuing.stopped_at(old) == 1


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (settled(a_run(LOOK)), "is waiting for an answer"),
        (ended(settled(a_run(MAIL)), ok=True), "was completed"),
        (
            ended(settled(a_run(MAIL)), ok=False).model_copy(
                update={"parent": Parent(run_id="r", step=1, root_id="r")}
            ),
            "was a step of another run",
        ),
        (
            ended(settled(a_run(MAIL)), ok=False).model_copy(update={"part": Part.CLEANUP}),
            "was a clean-up",
        ),
    ],
)
def test_where_it_makes_no_sense_it_is_refused_with_the_reason(old: Run, words: str) -> None:
    with pytest.raises(Refused, match=words):
        continuing.require_continuable(old)


def test_a_run_that_was_aborted_after_its_last_step_has_nothing_left() -> None:
    old = settled(a_run(MAIL))
    old = progress.succeed(old, 1, summary="sent", at=NOW).run
    old = progress.abort(old, by=ANA, at=NOW).run
    with pytest.raises(Refused, match="had been done"):
        continuing.require_continuable(old)
