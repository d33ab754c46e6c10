"""Waits before another try, and the time that a whole run may take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain import progress, timing
from runbot.domain.access import Actor
from runbot.domain.conduct import Approval, Conduct
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.run import AttemptStatus, EventKind, Part, Run, RunStep, Trigger
from runbot.domain.runbook import Content, ManualPlan, OnFailure, Step, ToolPlan
from runbot.engine import decide as deciding
from runbot.engine.decide import Bearings, End, Perform, Wait

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ANA = Actor(id="U1", workspace="T1", name="ana")
FETCH = Step(
    instruction="Fetch it",
    plan=ToolPlan(tool="web_fetch", arguments={"url": "{{url}}"}),
    retries=3,
    backoff=10,
)
MANUAL = Step(instruction="Look", plan=ManualPlan())


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_run(*steps: Step, id_: str = "run_1", conduct: Conduct | None = None) -> Run:
    return Run(
        id=id_,
        number=7,
        workspace="T1",
        runbook_id="rb_1",
        name="x",
        version=1,
        content=Content(steps=steps, conduct=conduct or Conduct()),
        values={"url": "https://a.example"},
        trigger=Trigger.CHAT,
        started_by=ANA,
        created_at=NOW,
        steps=tuple(RunStep(number=n) for n in range(1, len(steps) + 1)),
    )


def settle(run: Run, at: datetime = NOW) -> tuple[Run, Perform | Wait | End]:
    change, then = deciding.settle(run, Bearings("n", at, lambda _: ()))
    return change.run, then


def failed(run: Run, at: datetime = NOW, *, unknown: bool = False) -> Run:
    number = run.current.number if run.current else 1
    return progress.end_attempt(run, number, unknown=unknown, summary="503", at=at).run


def test_each_try_waits_twice_as_long_as_the_one_before_and_a_little_by_chance() -> None:
    run, at, waits = settle(a_run(FETCH))[0], NOW, []
    for tries in (1, 2, 3):
        run = failed(run, at)
        run, then = settle(run, at)
        assert isinstance(then, Wait)
        assert then.topic == f"retry:1:{tries}"
        waits.append(then.seconds)
        early, still = settle(run, at + timedelta(seconds=then.seconds - 0.5))
        assert early == run
        assert isinstance(still, Wait)
        at += timedelta(seconds=then.seconds)
        run, then = settle(run, at)
        assert then == Perform(1)
        assert len(run.step(1).attempts) == tries + 1
    assert [10 <= waits[0] <= 12.5, 20 <= waits[1] <= 25, 40 <= waits[2] <= 50] == [True] * 3
    run = settle(failed(run, at), at)[0]
    assert run.question is not None
    assert run.question.kind is QuestionKind.FAILURE


@given(st.integers(1, 9), st.floats(0, 1e9), st.text(max_size=20))
def test_a_wait_is_the_same_whoever_asks_and_stays_within_bounds(
    tries: int, backoff: float, id_: str
) -> None:
    step = FETCH.model_copy(update={"backoff": backoff, "retries": 10})
    run = settle(a_run(step, id_=id_))[0]
    one = (
        run.step(1).attempts[0].model_copy(update={"status": AttemptStatus.FAILED, "ended_at": NOW})
    )
    many = tuple(one.model_copy(update={"number": n}) for n in range(1, tries + 1))
    stood = run.model_copy(update={"steps": (run.step(1).model_copy(update={"attempts": many}),)})
    due = timing.retry_at(stood, 1)
    assert due is not None
    assert due == timing.retry_at(stood, 1)
    least = min(backoff * 2 ** (tries - 1), timing.LONGEST_BACKOFF)
    assert later(least) <= due <= later(least * 1.25 + 1e-3)


def test_runs_that_failed_together_do_not_come_back_together() -> None:
    dues = set()
    for number in range(20):
        run = failed(settle(a_run(FETCH, id_=f"run_{number}"))[0])
        dues.add(timing.retry_at(run, 1))
    assert len(dues) == 20


def test_a_pause_and_an_abort_work_during_the_wait() -> None:
    run = settle(failed(settle(a_run(FETCH, MANUAL))[0]))[0]
    pausing = progress.request_pause(run, by=ANA, at=NOW).run
    paused, then = settle(pausing, later(1))
    assert paused.status is RunStatus.PAUSED
    assert then == Wait("resume:1", deciding.PAUSED_RECHECK.total_seconds())
    resumed = progress.resume(paused, by=ANA, at=later(100)).run
    again, then = settle(resumed, later(100))
    assert then == Perform(1)
    assert len(again.step(1).attempts) == 2
    gone = progress.abort(run, by=ANA, at=NOW).run
    assert gone.step(1).status is StepStatus.CANCELLED
    assert "may have taken effect" not in gone.outcome


def test_a_pause_does_not_cut_into_a_try() -> None:
    run = settle(a_run(FETCH))[0]
    pausing = progress.request_pause(run, by=ANA, at=NOW).run
    with pytest.raises(Refused):
        progress.pause(pausing, at=NOW)


LIMITED = Conduct(timeout=600)


def test_a_run_fails_when_its_time_is_over_at_a_boundary() -> None:
    run = settle(a_run(FETCH, FETCH, conduct=LIMITED))[0]
    run = progress.succeed(run, 1, summary="ok", at=later(600)).run
    run, then = settle(run, later(600))
    assert then == End()
    assert run.status is RunStatus.FAILED
    assert [s.status for s in run.steps] == [StepStatus.COMPLETE, StepStatus.CANCELLED]
    assert run.outcome == "Its time was over: it may take 10 minutes at most"


def test_its_time_ends_an_open_question_whose_expiry_it_caps() -> None:
    run, then = settle(a_run(MANUAL, conduct=LIMITED))
    assert run.question is not None
    assert run.question.expires_at == later(600)
    assert then == Wait(f"question:{run.question.id}", 600)
    run = settle(run, later(600))[0]
    assert run.status is RunStatus.FAILED
    assert run.step(1).status is StepStatus.FAILED
    assert run.step(1).attempts[-1].status is AttemptStatus.FAILED
    assert "10 minutes" in run.outcome


def test_its_time_ends_a_paused_run_too() -> None:
    run = settle(failed(settle(a_run(FETCH, conduct=LIMITED))[0]))[0]
    run = settle(progress.request_pause(run, by=ANA, at=NOW).run)[0]
    run, then = settle(run, later(1))
    assert then == Wait("resume:1", 599)
    assert settle(run, later(601))[0].status is RunStatus.FAILED


def test_a_wait_before_another_try_ends_with_the_runs_time() -> None:
    step = FETCH.model_copy(update={"backoff": 3000.0})
    run, then = settle(failed(settle(a_run(step, conduct=LIMITED))[0]))
    assert then == Wait("retry:1:1", 600)
    over = settle(run, later(600))[0]
    assert over.step(1).status is StepStatus.FAILED
    assert over.step(1).summary == "503"


def test_a_call_that_nobody_knows_the_end_of_may_have_taken_effect() -> None:
    run = settle(a_run(FETCH, conduct=LIMITED))[0]
    over = settle(run, later(601))[0]
    assert over.step(1).attempts[-1].status is AttemptStatus.UNKNOWN
    assert over.outcome.endswith("step 1 was cut off and may have taken effect")


def test_a_clean_up_has_an_hour_unless_it_is_given_another_time() -> None:
    run = a_run(MANUAL, conduct=Conduct(timeout=60)).model_copy(update={"part": Part.CLEANUP})
    assert timing.limit(run) == 3600
    given = a_run(MANUAL, conduct=Conduct(cleanup_timeout=90))
    assert timing.limit(given.model_copy(update={"part": Part.CLEANUP})) == 90


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (600, "10 minutes"),
        (7200, "2 hours"),
        (0.5, "0.5 seconds"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert timing.spoken(seconds) == words


def asked(run: Run) -> Run:
    return settle(failed(run))[0]


POST = Step(
    instruction="Post it",
    plan=ToolPlan(
        tool="slack_post", arguments={"channel": "C1", "text": "{{url}}", "status": True}
    ),
)


def changed(run: Run, **arguments: object) -> Run:
    assert run.question is not None
    every = {**run.step(1).attempts[-1].arguments, **arguments}
    kept = {name: value for name, value in every.items() if value is not None}
    change = progress.change_and_retry(run, run.question.id, kept, by=ANA, at=NOW)  # type: ignore[arg-type]
    answered = next(e for e in change.events if e.kind is EventKind.ANSWERED)
    assert answered.arguments == {
        name: {"was": run.step(1).attempts[-1].arguments[name], "is": value}
        for name, value in arguments.items()
    }
    assert change.run.question is not None
    assert change.run.question.answer is Choice.RETRY
    return change.run


def test_changed_arguments_are_data_and_stay_for_later_tries() -> None:
    run = changed(asked(settle(a_run(POST))[0]), text="{{run.id}}", status=None)
    run, then = settle(run)
    assert then == Perform(1)
    assert run.step(1).overrides == {"text": "{{run.id}}", "status": None}
    assert run.step(1).attempts[-1].arguments == {"channel": "C1", "text": "{{run.id}}"}
    run = changed(asked(run), channel="C2")
    run = settle(run)[0]
    assert run.step(1).attempts[-1].arguments == {"channel": "C2", "text": "{{run.id}}"}


def test_what_changes_nothing_or_comes_too_late_is_refused() -> None:
    run = asked(settle(a_run(POST))[0])
    assert run.question is not None
    same = run.step(1).attempts[-1].arguments
    with pytest.raises(Refused, match="Nothing is different"):
        progress.change_and_retry(run, run.question.id, same, by=ANA, at=NOW)
    with pytest.raises(Refused, match="waiting for an answer"):
        progress.change_and_retry(run, "another", {}, by=ANA, at=NOW)
    after = changed(run, channel="C2")
    with pytest.raises(Refused, match="has answered this already"):
        progress.change_and_retry(after, run.question.id, {"channel": "C3"}, by=ANA, at=NOW)


def test_no_tool_no_arguments_to_change() -> None:
    run = settle(a_run(MANUAL))[0]
    run = progress.answer(run, "run_1.1.1.manual", Choice.FAILED, by=ANA, note="", at=NOW).run
    run = settle(run)[0]
    assert run.question is not None
    with pytest.raises(Refused, match="isn't done by a tool"):
        progress.change_and_retry(run, run.question.id, {"a": 1}, by=ANA, at=NOW)


def test_a_step_with_changed_arguments_is_approved_anew() -> None:
    step = POST.model_copy(update={"approval": Approval(four_eyes=False)})
    run = settle(a_run(step))[0]
    assert run.question is not None
    run = settle(
        progress.answer(run, run.question.id, Choice.APPROVE, by=ANA, note="", at=NOW).run
    )[0]
    run = changed(asked(run), channel="C2")
    run, then = settle(run)
    assert isinstance(then, Wait)
    assert run.question is not None
    assert run.question.kind is QuestionKind.APPROVAL
    assert run.step(1).attempts[-1].status is AttemptStatus.PROPOSED
    assert run.step(1).attempts[-1].arguments["channel"] == "C2"


def test_a_step_that_goes_on_after_its_failure_still_waits_before_each_try() -> None:
    step = FETCH.model_copy(update={"on_failure": OnFailure.CONTINUE, "retries": 1})
    run, then = settle(failed(settle(a_run(step))[0]))
    assert isinstance(then, Wait)
    run = settle(run, later(30))[0]
    run, then = settle(failed(run, later(30)), later(30))
    assert then == End()
    assert run.status is RunStatus.COMPLETED
