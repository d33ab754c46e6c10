"""What becomes of a step: attempts are opened, end, and are judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from runbot.domain.errors import Refused
from runbot.domain.law import Choice, RunStatus, StepMove, StepStatus
from runbot.domain.progress.asking import good
from runbot.domain.progress.moves import (
    describe,
    last_attempt,
    replaced,
    settled,
    step_event,
    under_way,
    with_step,
)
from runbot.domain.progress.runs import fail
from runbot.domain.run import (
    Attempt,
    AttemptStatus,
    Change,
    EventKind,
    Run,
)


def open_attempt(
    run: Run,
    number: int,
    *,
    nonce: str,
    executor: str,
    arguments: Mapping[str, JsonValue],
    at: datetime,
    proposed: bool = False,
) -> Change:
    """Start a try of a step: the record of intent, written before any effect.

    A `proposed` one is fixed and not begun: people have to agree to it first.
    """
    if run.status is not RunStatus.RUNNING:
        raise Refused(f"Run {run.number} {describe(run)}, so step {number} can't start.")
    step = run.step(number)
    if step is not run.current or (step.status is StepStatus.WAITING and not _wanted_again(run)):
        raise Refused(f"Step {number} of run {run.number} is {step.status}, so it can't start.")
    attempt = Attempt(
        number=len(step.attempts) + 1,
        nonce=nonce,
        status=AttemptStatus.PROPOSED if proposed else AttemptStatus.RUNNING,
        executor=executor,
        arguments=dict(arguments),
        started_at=at,
    )
    after = with_step(
        run,
        number,
        StepMove.START,
        attempts=(*step.attempts, attempt),
        started_at=step.started_at or at,
        summary="",
    )
    if proposed:
        return Change(run=after)
    return Change(
        run=after, events=(step_event(after, EventKind.STEP_STARTED, number, at, executor),)
    )


def begin_attempt(run: Run, number: int, *, nonce: str, at: datetime) -> Change:
    """Begin the proposed try that people have agreed to, exactly as it was proposed."""
    step, question = run.step(number), run.question
    attempt = step.attempts[-1] if step.attempts else None
    if (
        run.status is not RunStatus.RUNNING
        or attempt is None
        or attempt.status is not AttemptStatus.PROPOSED
        or question is None
        or (question.step, question.attempt) != (number, attempt.number)
        or not good(run, number, at=at)
    ):
        raise Refused(f"Nobody has approved step {number} of run {run.number}.")
    begun = last_attempt(step, status=AttemptStatus.RUNNING, nonce=nonce, started_at=at)
    after = with_step(run, number, StepMove.START, attempts=begun)
    event = step_event(after, EventKind.STEP_STARTED, number, at, attempt.executor)
    return Change(run=after, events=(event,))


def _wanted_again(run: Run) -> bool:
    return run.question is not None and run.question.answer in {Choice.RETRY, Choice.AGAIN}


def let_pass(run: Run, number: int, *, deadline: datetime) -> Change:
    """The open attempt does nothing but let time pass until then."""
    step = under_way(run, number)
    changed = step.model_copy(update={"attempts": last_attempt(step, deadline=deadline)})
    return Change(run=replaced(run, changed))


def succeed(run: Run, number: int, *, summary: str, at: datetime) -> Change:
    """The attempt succeeded and with it the step."""
    step = under_way(run, number)
    after = with_step(
        run,
        number,
        StepMove.COMPLETE,
        summary=summary,
        ended_at=at,
        attempts=last_attempt(step, status=AttemptStatus.SUCCEEDED, summary=summary, ended_at=at),
    )
    event = step_event(run, EventKind.STEP_COMPLETE, number, at, summary)
    return Change(run=after, events=(event,))


def end_attempt(run: Run, number: int, *, unknown: bool, summary: str, at: datetime) -> Change:
    """The attempt failed, or nobody knows; what becomes of the step is decided next."""
    step = under_way(run, number)
    status = AttemptStatus.UNKNOWN if unknown else AttemptStatus.FAILED
    kind = EventKind.ATTEMPT_UNKNOWN if unknown else EventKind.ATTEMPT_FAILED
    changed = step.model_copy(
        update={
            "summary": summary,
            "attempts": last_attempt(step, status=status, summary=summary, ended_at=at),
        }
    )
    event = step_event(run, kind, number, at, summary)
    return Change(run=replaced(run, changed), events=(event,))


def again(
    run: Run,
    number: int,
    *,
    nonce: str,
    executor: str,
    arguments: Mapping[str, JsonValue],
    at: datetime,
) -> Change:
    """Another try without asking anybody: the step's own retries."""
    step = settled(run, number)
    if step.status is not StepStatus.RUNNING:
        raise Refused(f"Step {number} of run {run.number} can't be tried again now.")
    attempt = Attempt(
        number=len(step.attempts) + 1,
        nonce=nonce,
        executor=executor,
        arguments=dict(arguments),
        started_at=at,
    )
    after = replaced(run, step.model_copy(update={"attempts": (*step.attempts, attempt)}))
    return Change(
        run=after,
        events=(step_event(after, EventKind.STEP_STARTED, number, at, executor),),
    )


def fail_step(run: Run, number: int, *, stop: bool, at: datetime) -> Change:
    """The step failed for good: the run goes on without it, or (`stop`) fails with it."""
    step = settled(run, number)
    after = with_step(run, number, StepMove.FAIL, ended_at=at)
    events = [step_event(run, EventKind.STEP_FAILED, number, at, step.summary)]
    if stop:
        ended = fail(after, why=f"Step {number} failed: {step.summary}", at=at)
        return Change(run=ended.run, events=(*events, *ended.events))
    return Change(run=after, events=tuple(events))
