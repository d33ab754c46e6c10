"""A run that goes on where one that failed or was aborted came to, as a new run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from runbot.domain.access import Actor
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.progress import describe
from runbot.domain.run import Attempt, AttemptStatus, Part, Run, RunStep, Trigger
from runbot.domain.runbook import ToolPlan

SafeToRepeat = Callable[[str], bool]
"""Whether a call of the tool of this name may be made again without asking."""
_ENDS: Final = frozenset({RunStatus.FAILED, RunStatus.CANCELLED})
_TARGETS: Final = ("to", "channel", "url")


def follower_id(run_id: str, kind: str) -> str:
    """The id of the run that follows this one: derived, so that there is one of each kind."""
    digest = hashlib.sha256(f"{kind}\0{run_id}".encode()).hexdigest()
    return f"run_{digest[:20]}"


def continuation_id(run: Run) -> str:
    """The id of the run that continues this one."""
    return follower_id(run.id, "continues")


def stopped_at(run: Run) -> int | None:
    """The number of the step from which an ended run can go on; None where all were done.

    A failed step that the run had passed over stays passed over.
    """
    if run.status not in _ENDS:
        return None
    unbegun = next((s.number for s in run.steps if s.status is StepStatus.CANCELLED), None)
    last = (unbegun or len(run.steps) + 1) - 1
    if last and run.status is RunStatus.FAILED:
        step = run.step(last)
        if step.status is StepStatus.FAILED and step.ended_at == run.ended_at:
            return last
    return unbegun


def can_continue(run: Run) -> bool:
    """Whether there is something to go on with, as far as the run itself tells."""
    return run.parent is None and run.part is Part.MAIN and stopped_at(run) is not None


def require_continuable(run: Run) -> None:
    """Raise `Refused` with what stands in the way of going on from this run."""
    nothing = "Nothing was started."
    if not run.ended:
        raise Refused(f"Run {run.number} {describe(run)}, so it needs no other.", means=nothing)
    if run.status is RunStatus.COMPLETED:
        raise Refused(
            f"Run {run.number} was completed, so nothing of it is left to do.",
            means=nothing,
            do=f"To do all of it once more: /runbook again {run.number}.",
        )
    if run.parent is not None:
        raise Refused(
            f"Run {run.number} was a step of another run.",
            means=nothing,
            do="Continue that one: it goes on from here.",
        )
    if run.part is Part.CLEANUP:
        raise Refused(f"Run {run.number} was a clean-up, which can't be continued.", means=nothing)
    if stopped_at(run) is None:
        raise Refused(f"Every step of run {run.number} had been done.", means=nothing)


def continuation(
    old: Run,
    *,
    id_: str,
    by: Actor,
    trigger: Trigger,
    at: datetime,
    safe: SafeToRepeat,
    **updates: Any,
) -> Run:
    """The run that goes on from where `old` came to: same version, values and pins.

    The steps before that stand as they ended. Where it isn't known whether the step's call
    took effect, people are asked before anything else. `updates` are fields that differ
    otherwise, such as the parent of a run that a step runs.
    """
    number = stopped_at(old)
    if number is None:
        raise Refused(f"Every step of run {old.number} had been done.")
    steps = [_carried(old, step) for step in old.steps[: number - 1]]
    steps.append(_first(old, old.step(number), at, safe))
    steps += [RunStep(number=n) for n in range(number + 1, len(old.steps) + 1)]
    return old.model_copy(
        update={
            "id": id_,
            "number": 0,
            "trigger": trigger,
            "started_by": by,
            "status": RunStatus.QUEUED,
            "pause_requested_by": None,
            "pauses": 0,
            "steps": tuple(steps),
            "question": None,
            "outcome": "",
            "continues": old.id,
            "created_at": at,
            "started_at": None,
            "ended_at": None,
            "revision": 0,
            **updates,
        }
    )


def _carried(old: Run, step: RunStep) -> RunStep:
    """A step that is final already: what it says names the run that did it."""
    return RunStep(
        number=step.number,
        status=step.status,
        summary=_in_run(old, step.summary),
        reason=_in_run(old, step.reason) if step.reason else "",
        overrides=step.overrides,
        changed_by=step.changed_by,
    )


def _in_run(old: Run, said: str) -> str:
    if said.startswith("in run "):
        return said
    return f"in run {old.number}: {said}" if said else f"in run {old.number}"


def _first(old: Run, step: RunStep, at: datetime, safe: SafeToRepeat) -> RunStep:
    """The step to go on from, with its call where that may have taken effect, to be asked about."""
    # Whoever changed what the step does can't agree to it in this run either.
    fresh = RunStep(number=step.number, overrides=step.overrides, changed_by=step.changed_by)
    attempt = step.attempts[-1] if step.attempts else None
    if attempt is None or not _doubtful(old, step, attempt, safe):
        return fresh
    said = f"{_words(attempt)} was under way when run {old.number} ended. It may have taken effect."
    open_one = attempt.model_copy(
        update={"number": 1, "nonce": "", "status": AttemptStatus.UNKNOWN, "summary": said}
    )
    return fresh.model_copy(
        update={
            "status": StepStatus.RUNNING,
            "attempts": (open_one,),
            "summary": said,
            "started_at": at,
        }
    )


def doubtful(old: Run, safe: SafeToRepeat = lambda _: False) -> bool:
    """Whether nobody may know if the call at which the run ended took effect."""
    number = stopped_at(old)
    step = old.step(number) if number else None
    return bool(step and step.attempts and _doubtful(old, step, step.attempts[-1], safe))


def _doubtful(old: Run, step: RunStep, attempt: Attempt, safe: SafeToRepeat) -> bool:
    plan = old.planned(step.number).plan
    if not isinstance(plan, ToolPlan) or attempt.deadline is not None or safe(plan.tool):
        return False
    if attempt.status is AttemptStatus.UNKNOWN:
        return True
    return attempt.status is AttemptStatus.CANCELLED and not _only_proposed(old, step, attempt)


def _only_proposed(old: Run, step: RunStep, attempt: Attempt) -> bool:
    """Whether people had yet to agree to it when the run ended."""
    asked = old.question
    return (
        asked is not None
        and asked.kind is QuestionKind.APPROVAL
        and (asked.step, asked.attempt) == (step.number, attempt.number)
        and asked.answer is not Choice.APPROVE
    )


def _words(attempt: Attempt) -> str:
    target = next((str(attempt.arguments[k]) for k in _TARGETS if k in attempt.arguments), "")
    return f"{attempt.executor} to {target}" if target else attempt.executor
