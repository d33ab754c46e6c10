"""The moves that every change of a run is made of, each checked against the law."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import JsonValue

from runbot.domain.access import Actor, runbot
from runbot.domain.errors import Refused
from runbot.domain.law import (
    FINAL_STEP,
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    RunMove,
    RunStatus,
    StepMove,
    StepStatus,
)
from runbot.domain.run import (
    Attempt,
    AttemptStatus,
    Event,
    EventKind,
    Run,
    RunStep,
)
from runbot.domain.runbook import ToolPlan

_TELLS_ARGUMENTS: Final = frozenset({EventKind.STEP_STARTED, EventKind.ATTEMPT_UNKNOWN})
# A try that hasn't ended: under way, or still to be agreed to.
OPEN_ATTEMPT: Final = frozenset({AttemptStatus.PROPOSED, AttemptStatus.RUNNING})


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


def moved(run: Run, move: RunMove, verb: str, **updates: Any) -> Run:
    """The run after this move, or `Refused`: it can't be `verb` as it stands."""
    after = RUN_TRANSITIONS.get((run.status, move))
    if after is None:
        raise Refused(f"Run {run.number} {describe(run)}, so it can't be {verb}.")
    return run.model_copy(update={"status": after, **updates})


def with_step(run: Run, number: int, move: StepMove, **updates: Any) -> Run:
    """The run with one step moved, or `Refused` with what the step is already."""
    step = run.step(number)
    after = STEP_TRANSITIONS.get((step.status, move))
    if after is None:
        raise Refused(f"Step {number} of run {run.number} is {step.status} already.")
    changed = step.model_copy(update={"status": after, **updates})
    return replaced(run, changed)


def replaced(run: Run, step: RunStep) -> Run:
    """The run with this step in the place of the one with its number."""
    steps = (*run.steps[: step.number - 1], step, *run.steps[step.number :])
    return run.model_copy(update={"steps": steps})


def last_attempt(step: RunStep, **updates: Any) -> tuple[Attempt, ...]:
    """The step's attempts, the last one changed; none where it has none."""
    if not step.attempts:
        return ()
    return (*step.attempts[:-1], step.attempts[-1].model_copy(update=updates))


def under_way(run: Run, number: int) -> RunStep:
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


def running_child(step: RunStep) -> str:
    """The id of the run that the step's open attempt runs; empty where it runs none."""
    attempt = step.attempts[-1] if step.attempts else None
    return attempt.child if attempt and attempt.status is AttemptStatus.RUNNING else ""


def settled(run: Run, number: int) -> RunStep:
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


def between_tries(step: RunStep) -> bool:
    """Whether the step's last attempt failed, and what becomes of it is still to come."""
    return bool(step.attempts) and step.attempts[-1].status is AttemptStatus.FAILED


def step_event(
    run: Run,
    kind: EventKind,
    number: int,
    at: datetime,
    detail: str,
    by: Actor | None = None,
    more: Mapping[str, JsonValue] | None = None,
) -> Event:
    """A line of the timeline about a step and its newest attempt, with what that one does.

    The arguments stand where an action is put to people, begun or in doubt; its other lines
    have them by the attempt's number. `more` is what else it tells.
    """
    attempts = run.step(number).attempts
    told = attempts and (kind in _TELLS_ARGUMENTS or attempts[-1].status is AttemptStatus.PROPOSED)
    return Event(
        at=at,
        actor=by or runbot(run.workspace),
        kind=kind,
        step=number,
        attempt=len(attempts) or None,
        detail=detail,
        arguments={**(attempts[-1].arguments if told else {}), **(more or {})},
    )


def cancel_rest(run: Run, at: datetime) -> Run:
    """The run with every unfinished step cancelled, and its open attempt with it."""
    for step in run.steps:
        if step.status in FINAL_STEP:
            continue
        attempts = step.attempts
        if attempts and attempts[-1].status in OPEN_ATTEMPT:
            attempts = last_attempt(step, status=AttemptStatus.CANCELLED, ended_at=at)
        run = with_step(run, step.number, StepMove.CANCEL, ended_at=at, attempts=attempts)
    return run


def in_doubt(run: Run) -> str:
    """What may have taken effect, where the run's current attempt is a call to the world."""
    step = run.current
    attempt = step.attempts[-1] if step and step.attempts else None
    if step is None or attempt is None or attempt.deadline is not None:
        return ""
    if not isinstance(run.planned(step.number).plan, ToolPlan):
        return ""
    match attempt.status:
        case AttemptStatus.RUNNING:
            return f"step {step.number} was cut off and may have taken effect"
        case AttemptStatus.UNKNOWN:
            return f"step {step.number} may have taken effect"
        case _:
            return ""
