"""What the engine makes of an approval: asked, reminded of, begun once, or asked anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.conduct import Approval
from runbot.domain.continuing import continuation
from runbot.domain.errors import NotAllowed, Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.redaction import recordable
from runbot.domain.run import AttemptStatus, Change, EventKind, Run, RunStep, Trigger
from runbot.domain.runbook import Content, ManualPlan, Step, ToolPlan
from runbot.engine import decide as deciding
from runbot.engine.decide import End, Perform, Wait

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
TOOL = Step(
    instruction="Look", plan=ToolPlan(tool="web_fetch", arguments={"url": "https://a.example"})
)
ANA = Actor(id="U1", workspace="T1", name="ana")
BEN = Actor(id="U2", workspace="T1", name="ben")
CLEO = Actor(id="U3", workspace="T1", name="cleo")
GUARDED = TOOL.model_copy(update={"approval": Approval(expires=3600)})
TWO = TOOL.model_copy(update={"approval": Approval(count=2, expires=3600)})


def a_run(step: Step) -> Run:
    return Run(
        id="run_1",
        number=7,
        workspace="T1",
        runbook_id="rb_1",
        name="x",
        version=1,
        content=Content(steps=(step,)),
        trigger=Trigger.CHAT,
        started_by=ANA,
        created_at=NOW,
        steps=(RunStep(number=1),),
    )


def settle(run: Run, *, nonce: str, now: datetime) -> tuple[Change, Perform | Wait | End]:
    return deciding.settle(run, deciding.Bearings(nonce, now, lambda _: ()))


def settled(run: Run, *, now: datetime = NOW) -> Run:
    """The run after every write that the engine wants to make."""
    return settle(run, nonce="n1", now=now)[0].run


def answered(
    run: Run,
    choice: Choice,
    by: Actor = BEN,
    *,
    after: float = 60,
    void: tuple[str, ...] = (),
) -> Run:
    assert run.question is not None
    at = NOW + timedelta(seconds=after)
    return progress.answer(run, run.question.id, choice, by=by, note="why", at=at, void=void).run


def test_the_question_is_about_the_action_that_is_fixed() -> None:
    run = settled(a_run(GUARDED))
    assert run.status is RunStatus.WAITING
    assert run.question is not None
    assert run.question.kind is QuestionKind.APPROVAL
    assert run.step(1).attempts[0].status is AttemptStatus.PROPOSED
    assert run.question.expires_at == NOW + timedelta(hours=1)
    assert run.question.terms.digest
    change, then = settle(answered(run, Choice.APPROVE), nonce="n2", now=NOW)
    assert then == Perform(1)
    assert change.run.step(1).attempts[0].arguments == run.step(1).attempts[0].arguments
    assert len(change.run.step(1).attempts) == 1


def test_a_reminder_is_written_once_and_the_next_is_waited_for() -> None:
    run = settled(a_run(GUARDED))
    _, then = settle(run, nonce="n", now=NOW)
    assert isinstance(then, Wait)
    assert then.seconds == 1800
    half = NOW + timedelta(minutes=30)
    change, then = settle(run, nonce="n", now=half)
    assert [event.kind for event in change.events] == [EventKind.REMINDED]
    assert isinstance(then, Wait)
    assert then.seconds == 1440  # until six minutes before the end
    again, _ = settle(change.run, nonce="n2", now=half)
    assert again.events == ()
    assert change.run.question is not None
    assert change.run.question.terms.reminders == 1


def test_reminders_that_were_missed_are_made_up_for_by_one() -> None:
    run = settled(a_run(GUARDED))
    change, _ = settle(run, nonce="n", now=NOW + timedelta(minutes=59))
    assert [event.kind for event in change.events] == [EventKind.REMINDED]


def test_nobody_in_time_and_it_is_not_done() -> None:
    run = settled(settled(a_run(GUARDED)), now=NOW + timedelta(hours=1))
    assert run.status is RunStatus.FAILED
    assert "Nobody approved step 1 in time, so it was not done." in run.outcome
    with pytest.raises(Refused):
        answered(run, Choice.APPROVE)


def test_an_answer_that_comes_when_the_time_is_over_is_refused_before_the_engine_says_so() -> None:
    run = settled(a_run(GUARDED))
    with pytest.raises(Refused, match="time to answer"):
        answered(run, Choice.APPROVE, after=3600)


def test_a_yes_that_a_pause_has_outlasted_is_asked_for_anew() -> None:
    run = settled(a_run(GUARDED))
    run = progress.request_pause(run, by=ANA, at=NOW).run
    run = answered(run, Choice.APPROVE)
    assert run.status is RunStatus.PAUSED
    late = NOW + timedelta(hours=2)
    run = progress.resume(run, by=ANA, at=late).run
    change, then = settle(run, nonce="n2", now=late)
    assert isinstance(then, Wait)
    tries = change.run.step(1).attempts
    assert [one.status for one in tries] == [AttemptStatus.CANCELLED, AttemptStatus.PROPOSED]
    assert change.run.question is not None
    assert change.run.question.attempt == 2
    assert change.run.question.answer is None


def test_a_yes_to_another_action_is_no_yes() -> None:
    run = answered(settled(a_run(GUARDED)), Choice.APPROVE)
    tries = run.step(1).attempts
    other = tries[0].model_copy(update={"arguments": {"url": "https://elsewhere.example"}})
    step = run.step(1).model_copy(update={"attempts": (other,)})
    changed = run.model_copy(update={"steps": (step,)})
    with pytest.raises(Refused, match="Nobody has approved"):
        progress.begin_attempt(changed, 1, nonce="n", at=NOW)
    after = settled(changed)
    assert after.question is not None
    assert after.question.answer is None
    assert [one.status for one in after.step(1).attempts] == [
        AttemptStatus.CANCELLED,
        AttemptStatus.PROPOSED,
    ]


def test_a_persons_retry_asks_anew_and_the_steps_own_tries_do_not() -> None:
    step = GUARDED.model_copy(update={"retries": 1, "backoff": 0.0})
    run = settled(answered(settled(a_run(step)), Choice.APPROVE))
    run = progress.end_attempt(run, 1, unknown=False, summary="503", at=NOW).run
    later = NOW + timedelta(minutes=10)
    run = settled(run, now=later)
    assert run.step(1).attempts[-1].status is AttemptStatus.RUNNING
    run = progress.end_attempt(run, 1, unknown=False, summary="503", at=later).run
    run = settled(run, now=later)
    assert run.question is not None
    assert run.question.kind is QuestionKind.FAILURE
    run = settled(answered(run, Choice.RETRY, after=700), now=later)
    assert run.question is not None
    assert run.question.kind is QuestionKind.APPROVAL
    assert run.question.answer is None


def test_a_denial_leaves_the_step_undone_and_asks_what_now() -> None:
    run = settled(answered(settled(a_run(GUARDED)), Choice.DENY))
    assert run.question is not None
    assert run.question.kind is QuestionKind.FAILURE
    assert "denied by <@U2>: why" in run.question.text
    assert run.step(1).status is StepStatus.WAITING


def test_two_are_needed_and_the_starter_is_neither() -> None:
    run = settled(a_run(TWO))
    with pytest.raises(NotAllowed, match="somebody else"):
        answered(run, Choice.APPROVE, ANA)
    run = answered(run, Choice.APPROVE, BEN)
    assert run.status is RunStatus.WAITING
    with pytest.raises(Refused, match="approved this already"):
        answered(run, Choice.APPROVE, BEN)
    assert answered(run, Choice.APPROVE, CLEO).status is RunStatus.RUNNING


def test_the_vote_of_whoever_may_not_any_more_does_not_count() -> None:
    run = answered(settled(a_run(TWO)), Choice.APPROVE, BEN)
    run = answered(run, Choice.APPROVE, CLEO, void=("U2",))
    assert run.status is RunStatus.WAITING
    assert run.question is not None
    assert [vote.by.id for vote in run.question.terms.votes] == ["U3"]


def test_a_vote_of_a_run_that_was_aborted_is_refused() -> None:
    run = settled(a_run(TWO))
    ended = progress.abort(run, by=ANA, at=NOW).run
    with pytest.raises(Refused, match="it was aborted"):
        answered(ended, Choice.APPROVE)


def test_whoever_changed_the_arguments_does_not_approve_them() -> None:
    run = settled(answered(settled(a_run(GUARDED)), Choice.APPROVE))
    run = settled(progress.end_attempt(run, 1, unknown=False, summary="503", at=NOW).run)
    assert run.question is not None
    changed = {"url": "https://b.example"}
    run = progress.change_and_retry(run, run.question.id, changed, by=BEN, at=NOW).run
    run = settled(run)
    assert run.question is not None
    assert run.question.kind is QuestionKind.APPROVAL
    assert run.step(1).attempts[-1].arguments == changed
    with pytest.raises(NotAllowed, match="comes from you"):
        answered(run, Choice.APPROVE, BEN)
    assert answered(run, Choice.APPROVE, CLEO).status is RunStatus.RUNNING


def test_nobody_else_who_retries_makes_the_arguments_approvable_by_their_author() -> None:
    run = failed(settled(answered(settled(a_run(GUARDED)), Choice.APPROVE)))
    assert run.question is not None
    mine = {"url": "https://b.example"}
    run = progress.change_and_retry(run, run.question.id, mine, by=BEN, at=NOW).run
    run = failed(settled(answered(settled(run), Choice.APPROVE, CLEO)))
    again = settled(answered(run, Choice.RETRY, CLEO))
    assert again.question is not None
    assert again.question.kind is QuestionKind.APPROVAL
    with pytest.raises(NotAllowed, match="comes from you"):
        answered(again, Choice.APPROVE, BEN)
    assert answered(again, Choice.APPROVE, CLEO).status is RunStatus.RUNNING


def test_whoever_changed_the_arguments_does_not_approve_them_in_the_run_that_goes_on() -> None:
    run = failed(settled(answered(settled(a_run(GUARDED)), Choice.APPROVE)))
    assert run.question is not None
    mine = {"url": "https://b.example"}
    run = settled(progress.change_and_retry(run, run.question.id, mine, by=BEN, at=NOW).run)
    old = progress.abort(run, by=ANA, at=NOW).run
    anew = continuation(
        old, id_="run_2", by=CLEO, trigger=Trigger.CHAT, at=NOW, safe=lambda _: True
    )
    asked = settled(anew)
    assert asked.step(1).attempts[-1].arguments == mine
    with pytest.raises(NotAllowed, match="comes from you"):
        answered(asked, Choice.APPROVE, BEN)


def failed(run: Run) -> Run:
    return settled(progress.end_attempt(run, 1, unknown=False, summary="503", at=NOW).run)


def test_a_secret_that_somebody_changes_is_told_nowhere() -> None:
    run = failed(settled(answered(settled(a_run(GUARDED)), Choice.APPROVE)))
    assert run.question is not None
    changed = {"url": "https://a.example", "token": "hunter2"}
    change = progress.change_and_retry(run, run.question.id, changed, by=BEN, at=NOW)
    told = [recordable(change.run, event) for event in change.events]
    assert "token is now" in told[0].detail
    assert "hunter2" not in "".join(event.model_dump_json() for event in told)
    assert change.run.question is not None
    assert "hunter2" not in change.run.question.note


def test_a_persons_step_has_its_person_and_its_time_and_changes_hands() -> None:
    run = settled(a_run(Step(instruction="Look", plan=ManualPlan(assignee="U0BEN", due=600))))
    assert run.question is not None
    assert run.question.terms.who == ("U0BEN",)
    assert run.question.terms.due_at == NOW + timedelta(minutes=10)
    change = progress.hand_over(run, run.question.id, "S0LEADS", by=ANA, at=NOW)
    assert change.run.question is not None
    assert change.run.question.terms.who == ("S0LEADS",)
    assert [event.kind for event in change.events] == [EventKind.HANDED_OVER]
    with pytest.raises(Refused, match="theirs already"):
        progress.hand_over(change.run, run.question.id, "S0LEADS", by=ANA, at=NOW)
    done = answered(change.run, Choice.DONE, CLEO)
    assert done.step(1).status is StepStatus.COMPLETE


def test_an_approval_changes_no_hands() -> None:
    run = settled(a_run(GUARDED))
    assert run.question is not None
    with pytest.raises(Refused, match="a person does"):
        progress.hand_over(run, run.question.id, "U0BEN", by=ANA, at=NOW)
