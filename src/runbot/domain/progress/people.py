"""What people decide about a run: pause, resume, answer, abort."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from runbot.domain.access import Actor, runbot
from runbot.domain.errors import Refused
from runbot.domain.law import (
    CHOICES,
    Choice,
    QuestionKind,
    RunMove,
    RunStatus,
    StepMove,
)
from runbot.domain.progress.asking import agreed, still_open
from runbot.domain.progress.moves import (
    OPEN_ATTEMPT,
    cancel_rest,
    describe,
    in_doubt,
    last_attempt,
    moved,
    replaced,
    step_event,
    with_step,
)
from runbot.domain.run import (
    AttemptStatus,
    Change,
    Event,
    EventKind,
    Question,
    Run,
)

_ASKED: Final[Mapping[QuestionKind, AttemptStatus]] = MappingProxyType(
    {
        QuestionKind.MANUAL: AttemptStatus.RUNNING,
        QuestionKind.APPROVAL: AttemptStatus.PROPOSED,
        QuestionKind.FAILURE: AttemptStatus.FAILED,
        QuestionKind.UNKNOWN: AttemptStatus.UNKNOWN,
    }
)


def request_pause(run: Run, *, by: Actor, at: datetime) -> Change:
    """Ask for a pause at the next step boundary. Asking twice is refused with who was first."""
    if run.pause_requested_by and not run.ended:
        raise Refused(
            f"Run {run.number} is pausing already: {run.pause_requested_by.mention} asked for it."
        )
    after = moved(run, RunMove.REQUEST_PAUSE, "paused", pause_requested_by=by)
    step = run.current.number if run.current else None
    return Change(
        run=after, events=(Event(at=at, actor=by, kind=EventKind.PAUSE_REQUESTED, step=step),)
    )


def resume(run: Run, *, by: Actor, at: datetime) -> Change:
    """Let a paused run go on, or take back a pause that hasn't taken effect."""
    if run.pause_requested_by and not run.ended:
        after = moved(run, RunMove.WITHDRAW_PAUSE, "resumed", pause_requested_by=None)
        return Change(run=after, events=(Event(at=at, actor=by, kind=EventKind.PAUSE_WITHDRAWN),))
    after = moved(run, RunMove.RESUME, "resumed")
    return Change(run=after, events=(Event(at=at, actor=by, kind=EventKind.RESUMED),))


def ask(run: Run, question: Question, *, at: datetime) -> Change:
    """Put a question to people; the run waits until it is answered or expires."""
    step = run.step(question.step)
    attempt = step.attempts[-1] if step.attempts else None
    if step is not run.current or attempt is None or attempt.status is not _ASKED[question.kind]:
        raise Refused(f"Run {run.number} {describe(run)}: step {question.step} asks nothing now.")
    after = with_step(run, question.step, StepMove.ASK)
    after = moved(after, RunMove.ASK, "asked about", question=question)
    event = step_event(run, EventKind.ASKED, question.step, at, question.kind.value)
    return Change(run=after, events=(event,))


def answer(
    run: Run,
    question_id: str,
    choice: Choice,
    *,
    by: Actor,
    note: str,
    at: datetime,
    void: Collection[str] = (),
    evidence: tuple[str, ...] = (),
) -> Change:
    """Take a person's answer, once. `Choice.ABORT` aborts the run.

    Done, It happened and Skip end the step; Failed, Retry, Do it again, Approve and Deny leave
    it waiting for what the engine does next. An approval that needs several stays open until
    the last of them; the votes of the people in `void` don't count any more. `evidence` are
    links to what came with the answer.
    """
    question = still_open(run, question_id)
    if choice not in CHOICES[question.kind]:
        raise Refused(f"{choice.value} is not an answer to this question.")
    if choice is Choice.ABORT:
        return abort(run, by=by, at=at)
    if at >= question.expires_at:
        raise Refused(
            f"The time to answer about step {question.step} of run {run.number} is over.",
            means="Nothing was changed, and the run fails.",
        )
    agreements: tuple[Event, ...] = ()
    if choice is Choice.APPROVE:
        question = agreed(run, question, by, at, void=void)
        agreements = (_vote(run, question, by, at),)
        if len(question.terms.votes) < question.terms.needed:
            return Change(run=run.model_copy(update={"question": question}), events=agreements)
    answered = question.model_copy(
        update={
            "answer": choice,
            "answered_by": by,
            "answered_at": at,
            "note": note,
            "terms": question.terms.model_copy(update={"evidence": evidence}),
        }
    )
    move = RunMove.ANSWER_INTO_PAUSE if run.pause_requested_by else RunMove.ANSWER
    pauses = run.pauses + 1 if run.pause_requested_by else run.pauses
    after = moved(run, move, "answered", question=answered, pause_requested_by=None, pauses=pauses)
    said = f"{choice.value}: {note}" if note else choice.value
    seen: dict[str, JsonValue] = {"evidence": list(evidence)} if evidence else {}
    told = step_event(run, EventKind.ANSWERED, question.step, at, said, by, seen)
    events = [told, *agreements]
    if run.pause_requested_by:
        events.append(Event(at=at, actor=run.pause_requested_by, kind=EventKind.PAUSED))
    after, more = _apply(after, answered, by, at)
    return Change(run=after, events=(*events, *more))


def _vote(run: Run, question: Question, by: Actor, at: datetime) -> Event:
    so_far = f"{len(question.terms.votes)} of {question.terms.needed}"
    return step_event(run, EventKind.APPROVED, question.step, at, so_far, by)


def _apply(run: Run, question: Question, by: Actor, at: datetime) -> tuple[Run, tuple[Event, ...]]:
    number, note = question.step, question.note
    step = run.step(number)
    match question.answer:
        case Choice.DONE | Choice.HAPPENED:
            how = "done" if question.answer is Choice.DONE else "confirmed"
            summary = _by(how, by, note)
            tries = last_attempt(
                step, status=AttemptStatus.SUCCEEDED, summary=summary, by=by, ended_at=at
            )
            after = with_step(
                run, number, StepMove.COMPLETE, summary=summary, ended_at=at, attempts=tries
            )
            return after, (step_event(run, EventKind.STEP_COMPLETE, number, at, note, by),)
        case Choice.SKIP:
            attempts = step.attempts
            if attempts and attempts[-1].status is AttemptStatus.RUNNING:
                attempts = last_attempt(step, status=AttemptStatus.CANCELLED, by=by, ended_at=at)
            after = with_step(
                run,
                number,
                StepMove.SKIP,
                summary=_by("skipped", by, note),
                reason=note,
                ended_at=at,
                attempts=attempts,
            )
            return after, (step_event(run, EventKind.STEP_SKIPPED, number, at, note, by),)
        case Choice.FAILED:
            summary = f"{by.mention} said that it failed" + (f": {note}" if note else "")
            tries = last_attempt(
                step, status=AttemptStatus.FAILED, summary=summary, by=by, ended_at=at
            )
            return replaced(run, step.model_copy(update={"summary": summary, "attempts": tries})), (
                step_event(run, EventKind.ATTEMPT_FAILED, number, at, note, by),
            )
        case Choice.DENY:
            summary = _by("denied", by, note)
            tries = last_attempt(
                step, status=AttemptStatus.FAILED, summary=summary, by=by, ended_at=at
            )
            return replaced(run, step.model_copy(update={"summary": summary, "attempts": tries})), (
                step_event(run, EventKind.DENIED, number, at, note, by),
            )
        case _:
            return run, ()


def _by(how: str, by: Actor, note: str) -> str:
    """Who ended a step and what they said of it: "done by <@U1>: looks well"."""
    return f"{how} by {by.mention}" + (f": {note}" if note else "")


def expire(run: Run, question_id: str, *, at: datetime) -> Change:
    """Nobody answered in time: the step and the run fail."""
    question = still_open(run, question_id)
    number = question.step
    why = "nobody answered in time"
    if question.kind is QuestionKind.APPROVAL:
        why = "nobody approved it in time, so it was not done"
    attempts = run.step(number).attempts
    if attempts and attempts[-1].status in OPEN_ATTEMPT:
        attempts = last_attempt(
            run.step(number), status=AttemptStatus.FAILED, summary=why, ended_at=at
        )
    after = with_step(run, number, StepMove.FAIL, ended_at=at, summary=why, attempts=attempts)
    after = moved(
        after,
        RunMove.EXPIRE,
        "expired",
        ended_at=at,
        pause_requested_by=None,
        outcome=(
            f"Nobody approved step {number} in time, so it was not done."
            if question.kind is QuestionKind.APPROVAL
            else f"Nobody answered about step {number} in time."
        ),
    )
    after = cancel_rest(after, at)
    system = runbot(run.workspace)
    return Change(
        run=after,
        events=(
            step_event(run, EventKind.EXPIRED, number, at, question.text),
            Event(at=at, actor=system, kind=EventKind.FAILED, detail=after.outcome),
        ),
    )


def abort(
    run: Run, *, by: Actor, at: datetime, why: str = "", doubts: Sequence[str] = ()
) -> Change:
    """End the run at once, whatever it does. A call that was under way may have taken effect.

    `doubts` are what may have taken effect in the runs that this one has started.
    """
    outcome = f"aborted by {by.mention}" + (f": {why}" if why else "")
    if run.status is RunStatus.QUEUED:
        outcome += " before it began"
    outcome = "; ".join((outcome, *filter(None, (in_doubt(run),)), *doubts))
    after = moved(
        run, RunMove.ABORT, "aborted", ended_at=at, outcome=outcome, pause_requested_by=None
    )
    event = Event(at=at, actor=by, kind=EventKind.ABORTED, detail=outcome)
    return Change(run=cancel_rest(after, at), events=(event,))
