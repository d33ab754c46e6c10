"""What becomes of a run as its steps do: begun, paused, completed, failed."""

from __future__ import annotations

from datetime import datetime

from runbot.domain.access import Actor, runbot
from runbot.domain.errors import Refused
from runbot.domain.law import RunMove, RunStatus, StepMove, StepStatus
from runbot.domain.progress.moves import (
    OPEN_ATTEMPT,
    between_tries,
    cancel_rest,
    describe,
    in_doubt,
    last_attempt,
    moved,
    running_child,
    step_event,
    with_step,
)
from runbot.domain.run import AttemptStatus, Change, Event, EventKind, Run


def begin(run: Run, *, at: datetime, pausing: Actor | None = None) -> Change:
    """The engine has taken the run up.

    `pausing` is who has asked for a pause of the run that this one belongs to: then it holds
    before its first step.
    """
    started = Event(at=at, actor=run.started_by, kind=EventKind.STARTED, detail=run.trigger.value)
    after = moved(run, RunMove.BEGIN, "begun", started_at=at, pause_requested_by=pausing)
    if pausing is None:
        return Change(run=after, events=(started,))
    asked = Event(at=at, actor=pausing, kind=EventKind.PAUSE_REQUESTED)
    return Change(run=after, events=(started, asked))


def line_up(run: Run, *, behind: str, at: datetime) -> Change:
    """The run has to wait for what others hold; said once, and nothing else of it changes."""
    if run.status is not RunStatus.QUEUED:
        raise Refused(f"Run {run.number} {describe(run)}, so it waits for no lock.")
    system = runbot(run.workspace)
    return Change(
        run=run, events=(Event(at=at, actor=system, kind=EventKind.QUEUED, detail=behind),)
    )


def pause(run: Run, *, at: datetime) -> Change:
    """Take the pause that was asked for; the engine calls this at a boundary.

    Where a step runs another run, that one's boundary is this one's, too.
    """
    by = run.pause_requested_by
    if by is None:
        raise Refused(f"Nobody asked to pause run {run.number}.")
    step = run.current
    held = step is None or between_tries(step) or running_child(step)
    if step and step.status is StepStatus.RUNNING and not held:
        raise Refused(f"Step {step.number} of run {run.number} is under way; it pauses after it.")
    after = moved(run, RunMove.PAUSE, "paused", pause_requested_by=None, pauses=run.pauses + 1)
    return Change(run=after, events=(Event(at=at, actor=by, kind=EventKind.PAUSED),))


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
    after = moved(
        run,
        RunMove.COMPLETE,
        "completed",
        ended_at=at,
        outcome=", ".join(parts),
        pause_requested_by=None,
    )
    event = Event(
        at=at, actor=runbot(run.workspace), kind=EventKind.COMPLETED, detail=after.outcome
    )
    return Change(run=after, events=(event,))


def fail(run: Run, *, why: str, at: datetime) -> Change:
    """The run fails: what wasn't started is cancelled."""
    after = moved(run, RunMove.FAIL, "failed", ended_at=at, outcome=why, pause_requested_by=None)
    event = Event(at=at, actor=runbot(run.workspace), kind=EventKind.FAILED, detail=why)
    return Change(run=cancel_rest(after, at), events=(event,))


def time_out(run: Run, *, most: str, at: datetime) -> Change:
    """The run's time is over, `most` in words: whatever it does or waits for, it fails.

    A call that was cut off, or that nobody knows the end of, may have taken effect.
    """
    why = f"Its time was over: it may take {most} at most"
    if doubt := in_doubt(run):
        why += f"; {doubt}"
    move = RunMove.FAIL if run.status is RunStatus.RUNNING else RunMove.EXPIRE
    after, events = _cut_off(run, at)
    after = moved(after, move, "ended", ended_at=at, outcome=why, pause_requested_by=None)
    end = Event(at=at, actor=runbot(run.workspace), kind=EventKind.FAILED, detail=why)
    return Change(run=cancel_rest(after, at), events=(*events, end))


def _cut_off(run: Run, at: datetime) -> tuple[Run, tuple[Event, ...]]:
    """The run with the step that it stands at failed, where that one had been begun."""
    step = run.current
    if step is None or not step.attempts:
        return run, ()
    summary, attempts = step.summary, step.attempts
    if attempts[-1].status in OPEN_ATTEMPT:
        summary = "the run's time was over"
        status = AttemptStatus.UNKNOWN if in_doubt(run) else AttemptStatus.FAILED
        attempts = last_attempt(step, status=status, summary=summary, ended_at=at)
    after = with_step(
        run, step.number, StepMove.FAIL, ended_at=at, summary=summary, attempts=attempts
    )
    return after, (step_event(run, EventKind.STEP_FAILED, step.number, at, summary),)
