"""How a run moves on: pure changes, each checked against the law.

Every function takes a run and gives a `Change`, or raises `Refused` with a sentence
that says what happened instead. Times are aware UTC datetimes; ids come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import JsonValue

from runbot.domain.access import Actor, runbot
from runbot.domain.errors import Refused
from runbot.domain.run import (
    CHOICES,
    FINAL_STEP,
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    Attempt,
    AttemptStatus,
    Change,
    Choice,
    Event,
    EventKind,
    Question,
    QuestionKind,
    Run,
    RunMove,
    RunStatus,
    RunStep,
    StepMove,
    StepStatus,
)

# What an attempt's state has to be for a question about it.
_ASKED: Final[Mapping[QuestionKind, AttemptStatus]] = MappingProxyType(
    {
        QuestionKind.MANUAL: AttemptStatus.RUNNING,
        QuestionKind.FAILURE: AttemptStatus.FAILED,
        QuestionKind.UNKNOWN: AttemptStatus.UNKNOWN,
    }
)


def describe(run: Run) -> str:
    """The run's state as the end of a sentence: "has ended: it was completed"."""
    if run.status is RunStatus.CANCELLED:
        return "has ended: it was aborted"
    if run.ended:
        return f"has ended: it {'was completed' if run.status is RunStatus.COMPLETED else 'failed'}"
    if run.pause_requested_by:
        return "is pausing"
    if run.status is RunStatus.WAITING:
        return "is waiting for an answer"
    return f"is {run.status}"


def _moved(run: Run, move: RunMove, verb: str, **updates: Any) -> Run:
    after = RUN_TRANSITIONS.get((run.status, move))
    if after is None:
        raise Refused(f"Run {run.number} {describe(run)}, so it can't be {verb}.")
    return run.model_copy(update={"status": after, **updates})


def _with_step(run: Run, number: int, move: StepMove, **updates: Any) -> Run:
    step = run.step(number)
    after = STEP_TRANSITIONS.get((step.status, move))
    if after is None:
        raise Refused(f"Step {number} of run {run.number} is {step.status} already.")
    changed = step.model_copy(update={"status": after, **updates})
    return _replaced(run, changed)


def _replaced(run: Run, step: RunStep) -> Run:
    steps = (*run.steps[: step.number - 1], step, *run.steps[step.number :])
    return run.model_copy(update={"steps": steps})


def _last_attempt(step: RunStep, **updates: Any) -> tuple[Attempt, ...]:
    if not step.attempts:
        return ()
    return (*step.attempts[:-1], step.attempts[-1].model_copy(update=updates))


def _under_way(run: Run, number: int) -> RunStep:
    """The step whose attempt is being made; refused where none is, or it has ended already."""
    step = run.step(number)
    attempt = step.attempts[-1] if step.attempts else None
    if (
        run.status is not RunStatus.RUNNING
        or step.status is not StepStatus.RUNNING
        or attempt is None
        or attempt.status is not AttemptStatus.RUNNING
    ):
        raise Refused(f"Step {number} of run {run.number} is not under way.")
    return step


def _settled(run: Run, number: int) -> RunStep:
    """The current step between an attempt that failed and what becomes of the step."""
    step = run.step(number)
    if (
        run.status is not RunStatus.RUNNING
        or step is not run.current
        or not step.attempts
        or step.attempts[-1].status is not AttemptStatus.FAILED
    ):
        raise Refused(f"No attempt of step {number} of run {run.number} has just failed.")
    return step


def begin(run: Run, *, at: datetime) -> Change:
    """The engine has taken the run up."""
    started = Event(at=at, actor=run.started_by, kind=EventKind.STARTED, detail=run.trigger.value)
    return Change(run=_moved(run, RunMove.BEGIN, "begun", started_at=at), events=(started,))


def request_pause(run: Run, *, by: Actor, at: datetime) -> Change:
    """Ask for a pause at the next step boundary. Asking twice is refused with who was first."""
    if run.pause_requested_by and not run.ended:
        raise Refused(
            f"Run {run.number} is pausing already: {run.pause_requested_by.mention} asked for it."
        )
    moved = _moved(run, RunMove.REQUEST_PAUSE, "paused", pause_requested_by=by)
    step = run.current.number if run.current else None
    return Change(
        run=moved, events=(Event(at=at, actor=by, kind=EventKind.PAUSE_REQUESTED, step=step),)
    )


def pause(run: Run, *, at: datetime) -> Change:
    """Take the pause that was asked for; the engine calls this at a boundary."""
    by = run.pause_requested_by
    if by is None:
        raise Refused(f"Nobody asked to pause run {run.number}.")
    if (step := run.current) and step.status is StepStatus.RUNNING:
        raise Refused(f"Step {step.number} of run {run.number} is under way; it pauses after it.")
    moved = _moved(run, RunMove.PAUSE, "paused", pause_requested_by=None, pauses=run.pauses + 1)
    return Change(run=moved, events=(Event(at=at, actor=by, kind=EventKind.PAUSED),))


def resume(run: Run, *, by: Actor, at: datetime) -> Change:
    """Let a paused run go on, or take back a pause that hasn't taken effect."""
    if run.pause_requested_by and not run.ended:
        moved = _moved(run, RunMove.WITHDRAW_PAUSE, "resumed", pause_requested_by=None)
        return Change(run=moved, events=(Event(at=at, actor=by, kind=EventKind.PAUSE_WITHDRAWN),))
    moved = _moved(run, RunMove.RESUME, "resumed")
    return Change(run=moved, events=(Event(at=at, actor=by, kind=EventKind.RESUMED),))


def open_attempt(
    run: Run,
    number: int,
    *,
    nonce: str,
    executor: str,
    arguments: Mapping[str, JsonValue],
    at: datetime,
) -> Change:
    """Start a try of a step: the record of intent, written before any effect."""
    if run.status is not RunStatus.RUNNING:
        raise Refused(f"Run {run.number} {describe(run)}, so step {number} can't start.")
    step = run.step(number)
    if step is not run.current or (step.status is StepStatus.WAITING and not _wanted_again(run)):
        raise Refused(f"Step {number} of run {run.number} is {step.status}, so it can't start.")
    attempt = Attempt(
        number=len(step.attempts) + 1,
        nonce=nonce,
        executor=executor,
        arguments=dict(arguments),
        started_at=at,
    )
    moved = _with_step(
        run,
        number,
        StepMove.START,
        attempts=(*step.attempts, attempt),
        started_at=step.started_at or at,
        summary="",
    )
    event = Event(
        at=at,
        actor=runbot(run.workspace),
        kind=EventKind.STEP_STARTED,
        step=number,
        attempt=attempt.number,
        detail=executor,
    )
    return Change(run=moved, events=(event,))


def _wanted_again(run: Run) -> bool:
    return run.question is not None and run.question.answer in {Choice.RETRY, Choice.AGAIN}


def set_argument(run: Run, number: int, name: str, value: str) -> Change:
    """Add what the engine worked out itself to the open attempt, such as a wait's deadline."""
    step = _under_way(run, number)
    arguments = {**step.attempts[-1].arguments, name: value}
    changed = step.model_copy(update={"attempts": _last_attempt(step, arguments=arguments)})
    return Change(run=_replaced(run, changed))


def succeed(run: Run, number: int, *, summary: str, at: datetime) -> Change:
    """The attempt succeeded and with it the step."""
    step = _under_way(run, number)
    moved = _with_step(
        run,
        number,
        StepMove.COMPLETE,
        summary=summary,
        ended_at=at,
        attempts=_last_attempt(step, status=AttemptStatus.SUCCEEDED, summary=summary, ended_at=at),
    )
    event = _step_event(run, EventKind.STEP_COMPLETE, number, at, summary)
    return Change(run=moved, events=(event,))


def _step_event(
    run: Run, kind: EventKind, number: int, at: datetime, detail: str, by: Actor | None = None
) -> Event:
    return Event(
        at=at,
        actor=by or runbot(run.workspace),
        kind=kind,
        step=number,
        attempt=len(run.step(number).attempts) or None,
        detail=detail,
    )


def end_attempt(run: Run, number: int, *, unknown: bool, summary: str, at: datetime) -> Change:
    """The attempt failed, or nobody knows; what becomes of the step is decided next."""
    step = _under_way(run, number)
    status = AttemptStatus.UNKNOWN if unknown else AttemptStatus.FAILED
    kind = EventKind.ATTEMPT_UNKNOWN if unknown else EventKind.ATTEMPT_FAILED
    changed = step.model_copy(
        update={
            "summary": summary,
            "attempts": _last_attempt(step, status=status, summary=summary, ended_at=at),
        }
    )
    event = _step_event(run, kind, number, at, summary)
    return Change(run=_replaced(run, changed), events=(event,))


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
    step = _settled(run, number)
    if step.status is not StepStatus.RUNNING:
        raise Refused(f"Step {number} of run {run.number} can't be tried again now.")
    attempt = Attempt(
        number=len(step.attempts) + 1,
        nonce=nonce,
        executor=executor,
        arguments=dict(arguments),
        started_at=at,
    )
    moved = _replaced(run, step.model_copy(update={"attempts": (*step.attempts, attempt)}))
    return Change(
        run=moved,
        events=(_step_event(moved, EventKind.STEP_STARTED, number, at, executor),),
    )


def fail_step(run: Run, number: int, *, stop: bool, at: datetime) -> Change:
    """The step failed for good: the run goes on without it, or (`stop`) fails with it."""
    step = _settled(run, number)
    moved = _with_step(run, number, StepMove.FAIL, ended_at=at)
    events = [_step_event(run, EventKind.STEP_FAILED, number, at, step.summary)]
    if stop:
        ended = fail(moved, why=f"Step {number} failed: {step.summary}", at=at)
        return Change(run=ended.run, events=(*events, *ended.events))
    return Change(run=moved, events=tuple(events))


def ask(run: Run, question: Question, *, at: datetime) -> Change:
    """Put a question to people; the run waits until it is answered or expires."""
    step = run.step(question.step)
    attempt = step.attempts[-1] if step.attempts else None
    if step is not run.current or attempt is None or attempt.status is not _ASKED[question.kind]:
        raise Refused(f"Run {run.number} {describe(run)}: step {question.step} asks nothing now.")
    moved = _with_step(run, question.step, StepMove.ASK)
    moved = _moved(moved, RunMove.ASK, "asked about", question=question)
    event = _step_event(run, EventKind.ASKED, question.step, at, question.kind.value)
    return Change(run=moved, events=(event,))


def answer(
    run: Run, question_id: str, choice: Choice, *, by: Actor, note: str, at: datetime
) -> Change:
    """Take a person's answer, once. `Choice.ABORT` aborts the run.

    Done, It happened and Skip end the step; Failed, Retry and Do it again leave it
    waiting for what the engine does next.
    """
    question = run.question
    if question is None or question.id != question_id or question.answer is not None:
        raise Refused(_too_late(run, question, question_id))
    if choice not in CHOICES[question.kind]:
        raise Refused(f"{choice.value} is not an answer to this question.")
    if choice is Choice.ABORT:
        return abort(run, by=by, at=at)
    answered = question.model_copy(
        update={"answer": choice, "answered_by": by, "answered_at": at, "note": note}
    )
    move = RunMove.ANSWER_INTO_PAUSE if run.pause_requested_by else RunMove.ANSWER
    pauses = run.pauses + 1 if run.pause_requested_by else run.pauses
    moved = _moved(run, move, "answered", question=answered, pause_requested_by=None, pauses=pauses)
    said = f"{choice.value}: {note}" if note else choice.value
    events = [_step_event(run, EventKind.ANSWERED, question.step, at, said, by)]
    if run.pause_requested_by:
        events.append(Event(at=at, actor=run.pause_requested_by, kind=EventKind.PAUSED))
    moved, more = _apply(moved, answered, by, at)
    return Change(run=moved, events=(*events, *more))


def _apply(run: Run, question: Question, by: Actor, at: datetime) -> tuple[Run, tuple[Event, ...]]:
    number, note = question.step, question.note
    step = run.step(number)
    match question.answer:
        case Choice.DONE | Choice.HAPPENED:
            summary = note or f"done by {by.mention}"
            if question.answer is Choice.HAPPENED:
                summary = f"confirmed by {by.mention}" + (f": {note}" if note else "")
            tries = _last_attempt(
                step, status=AttemptStatus.SUCCEEDED, summary=summary, by=by, ended_at=at
            )
            moved = _with_step(
                run, number, StepMove.COMPLETE, summary=summary, ended_at=at, attempts=tries
            )
            return moved, (_step_event(run, EventKind.STEP_COMPLETE, number, at, summary, by),)
        case Choice.SKIP:
            attempts = step.attempts
            if attempts and attempts[-1].status is AttemptStatus.RUNNING:
                attempts = _last_attempt(step, status=AttemptStatus.CANCELLED, by=by, ended_at=at)
            moved = _with_step(
                run, number, StepMove.SKIP, reason=note, ended_at=at, attempts=attempts
            )
            return moved, (_step_event(run, EventKind.STEP_SKIPPED, number, at, note, by),)
        case Choice.FAILED:
            summary = note or f"{by.mention} said that it failed"
            tries = _last_attempt(
                step, status=AttemptStatus.FAILED, summary=summary, by=by, ended_at=at
            )
            return _replaced(
                run, step.model_copy(update={"summary": summary, "attempts": tries})
            ), (_step_event(run, EventKind.ATTEMPT_FAILED, number, at, summary, by),)
        case _:
            return run, ()


def _too_late(run: Run, question: Question | None, question_id: str) -> str:
    if run.ended:
        return f"Run {run.number} {describe(run)}, so nothing was changed."
    if question and question.id == question_id and question.answered_by and question.answer:
        who = question.answered_by.mention
        return f"{who} has answered this already: {question.answer.value}. Nothing was changed."
    return f"Run {run.number} has gone on since this was asked. Nothing was changed."


def expire(run: Run, question_id: str, *, at: datetime) -> Change:
    """Nobody answered in time: the step and the run fail."""
    question = run.question
    if question is None or question.id != question_id or question.answer is not None:
        raise Refused(_too_late(run, question, question_id))
    number, why = question.step, "nobody answered in time"
    attempts = run.step(number).attempts
    if attempts and attempts[-1].status is AttemptStatus.RUNNING:
        attempts = _last_attempt(
            run.step(number), status=AttemptStatus.FAILED, summary=why, ended_at=at
        )
    moved = _with_step(run, number, StepMove.FAIL, ended_at=at, summary=why, attempts=attempts)
    moved = _moved(
        moved,
        RunMove.EXPIRE,
        "expired",
        ended_at=at,
        pause_requested_by=None,
        outcome=f"Nobody answered about step {number} in time.",
    )
    moved = _cancel_rest(moved, at)
    system = runbot(run.workspace)
    return Change(
        run=moved,
        events=(
            _step_event(run, EventKind.EXPIRED, number, at, question.text),
            Event(at=at, actor=system, kind=EventKind.FAILED, detail=moved.outcome),
        ),
    )


def complete(run: Run, *, at: datetime) -> Change:
    """Every step is final: the run is completed, failed steps named in its outcome."""
    if left := run.current:
        raise Refused(f"Step {left.number} of run {run.number} is {left.status}.")
    failed = sum(step.status is StepStatus.FAILED for step in run.steps)
    skipped = sum(step.status is StepStatus.SKIPPED for step in run.steps)
    parts = [
        f"{count} step{'s' if count > 1 else ''} {word}"
        for count, word in ((failed, "failed"), (skipped, "skipped"))
        if count
    ]
    moved = _moved(
        run,
        RunMove.COMPLETE,
        "completed",
        ended_at=at,
        outcome=", ".join(parts),
        pause_requested_by=None,
    )
    event = Event(
        at=at, actor=runbot(run.workspace), kind=EventKind.COMPLETED, detail=moved.outcome
    )
    return Change(run=moved, events=(event,))


def fail(run: Run, *, why: str, at: datetime) -> Change:
    """The run fails: what wasn't started is cancelled."""
    moved = _moved(run, RunMove.FAIL, "failed", ended_at=at, outcome=why, pause_requested_by=None)
    event = Event(at=at, actor=runbot(run.workspace), kind=EventKind.FAILED, detail=why)
    return Change(run=_cancel_rest(moved, at), events=(event,))


def abort(run: Run, *, by: Actor, at: datetime, why: str = "") -> Change:
    """End the run at once, whatever it does. A call that was under way may have taken effect."""
    cut = [
        step.number
        for step in run.steps
        if step.attempts and step.attempts[-1].status is AttemptStatus.RUNNING
    ]
    manual = run.question is not None and run.question.kind is QuestionKind.MANUAL
    outcome = f"aborted by {by.mention}" + (f": {why}" if why else "")
    if cut and not manual:
        outcome += f"; step {cut[0]} was cut off and may have taken effect"
    moved = _moved(
        run, RunMove.ABORT, "aborted", ended_at=at, outcome=outcome, pause_requested_by=None
    )
    event = Event(at=at, actor=by, kind=EventKind.ABORTED, detail=outcome)
    return Change(run=_cancel_rest(moved, at), events=(event,))


def _cancel_rest(run: Run, at: datetime) -> Run:
    for step in run.steps:
        if step.status in FINAL_STEP:
            continue
        attempts = step.attempts
        if attempts and attempts[-1].status is AttemptStatus.RUNNING:
            attempts = _last_attempt(step, status=AttemptStatus.CANCELLED, ended_at=at)
        run = _with_step(run, step.number, StepMove.CANCEL, ended_at=at, attempts=attempts)
    return run
