"""What becomes of a step that runs another runbook, as that run does."""

from __future__ import annotations

from datetime import datetime

from runbot.domain.access import runbot
from runbot.domain.errors import Refused
from runbot.domain.law import RunStatus
from runbot.domain.progress.moves import last_attempt, replaced, step_event, under_way
from runbot.domain.progress.steps import end_attempt, succeed
from runbot.domain.run import Change, EventKind, Run


def take_child(run: Run, number: int, *, child: Run, at: datetime) -> Change:
    """The open attempt runs this run. One that has a run already is refused another."""
    step = under_way(run, number)
    if step.attempts[-1].child:
        raise Refused(f"Step {number} of run {run.number} runs another run already.")
    changed = step.model_copy(update={"attempts": last_attempt(step, child=child.id)})
    event = step_event(
        run, EventKind.CHILD_STARTED, number, at, f"run {child.number}", runbot(run.workspace)
    )
    return Change(run=replaced(run, changed), events=(event,))


def child_ended(run: Run, number: int, *, child: Run, at: datetime) -> Change:
    """Take over how the run that the step's open attempt runs has ended."""
    attempt = under_way(run, number).attempts[-1]
    if attempt.child != child.id or not child.ended:
        raise Refused(f"Step {number} of run {run.number} doesn't end with run {child.number}.")
    said = f": {child.outcome}" if child.outcome else ""
    if child.status is RunStatus.COMPLETED:
        return succeed(run, number, summary=f"run {child.number} completed{said}", at=at)
    how = "failed" if child.status is RunStatus.FAILED else "was aborted"
    return end_attempt(run, number, unknown=False, summary=f"run {child.number} {how}{said}", at=at)
