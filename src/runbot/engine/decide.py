"""What comes next for a run: one pure decision, read from the row alone.

The engine journals the decision and carries it out. Because every decision starts
from what is stored, a decision that is made again after a crash finds what the first
one already wrote and does not write it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from runbot.domain import progress
from runbot.domain.parameters import fill, in_markup
from runbot.domain.run import (
    AttemptStatus,
    Change,
    Choice,
    Event,
    Question,
    QuestionKind,
    Run,
    RunStatus,
    StepStatus,
)
from runbot.domain.runbook import ManualPlan, OnFailure, ToolPlan

WAIT_FOR_PEOPLE: Final = timedelta(days=30)  # as long as Slack's own longest workflow waits
PAUSED_RECHECK: Final = timedelta(days=1)
MAX_WRITES: Final = 1000  # some three for each step that is passed over without a call


@dataclass(frozen=True, slots=True)
class Perform:
    """Make the attempt of this step that is open."""

    step: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a word on this topic, or this long, and then decide again."""

    topic: str
    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """The run has ended."""


@dataclass(frozen=True, slots=True)
class Write:
    """Change the run like this, and then decide again."""

    change: Change


Decision = Perform | Wait | End | Write
MarkupOf = Callable[[str], Collection[str]]
"""Names the arguments of a tool that Slack reads as markup."""


def resume_topic(run: Run) -> str:
    """Where a Resume is awaited: one topic per pause, so a stale Resume releases nothing."""
    return f"resume:{run.pauses}"


def question_topic(question_id: str) -> str:
    """Where an answer is awaited: one topic per question."""
    return f"question:{question_id}"


def decide(run: Run, *, nonce: str, now: datetime, markup_of: MarkupOf) -> Decision:
    """What comes next for the run."""
    if run.ended:
        return End()
    match run.status:
        case RunStatus.QUEUED:
            return Write(progress.begin(run, at=now))
        case RunStatus.PAUSED:
            return Wait(resume_topic(run), PAUSED_RECHECK.total_seconds())
        case RunStatus.WAITING:
            return _asked(run, now)
    if run.current is None:
        return Write(progress.complete(run, at=now))
    return _step(run, run.current.number, nonce=nonce, now=now, markup_of=markup_of)


def settle(
    run: Run, *, nonce: str, now: datetime, markup_of: MarkupOf
) -> tuple[Change, Perform | Wait | End]:
    """Every write that the run wants, as one change, and what comes after them."""
    events: list[Event] = []
    for _ in range(MAX_WRITES):
        decision = decide(run, nonce=nonce, now=now, markup_of=markup_of)
        if not isinstance(decision, Write):
            return Change(run=run, events=tuple(events)), decision
        run = decision.change.run
        events += decision.change.events
    raise AssertionError(f"Run {run.id} never settles.")


def _asked(run: Run, now: datetime) -> Decision:
    question = run.question
    if question is None:
        raise AssertionError(f"Run {run.id} waits without a question.")
    left = (question.expires_at - now).total_seconds()
    if left <= 0:
        return Write(progress.expire(run, question.id, at=now))
    return Wait(question_topic(question.id), left)


def _step(run: Run, number: int, *, nonce: str, now: datetime, markup_of: MarkupOf) -> Decision:
    step = run.step(number)
    attempt = step.attempts[-1] if step.attempts else None
    question = run.question
    answer = question.answer if question and question.step == number else None
    if step.status is StepStatus.PENDING or (
        step.status is StepStatus.WAITING and answer in {Choice.RETRY, Choice.AGAIN}
    ):
        if run.pause_requested_by:
            return Write(progress.pause(run, at=now))
        return Write(_open(run, number, nonce=nonce, now=now, markup_of=markup_of))
    if attempt is None:
        raise AssertionError(f"Step {number} of run {run.id} is {step.status} without an attempt.")
    match attempt.status:
        case AttemptStatus.RUNNING:
            return _under_way(run, number, now)
        case AttemptStatus.UNKNOWN:
            return Write(_question(run, number, QuestionKind.UNKNOWN, now))
        case _:
            return Write(_settle(run, number, nonce=nonce, now=now, markup_of=markup_of))


def _open(run: Run, number: int, *, nonce: str, now: datetime, markup_of: MarkupOf) -> Change:
    executor, arguments = _resolved(run, number, markup_of)
    return progress.open_attempt(
        run, number, nonce=nonce, executor=executor, arguments=arguments, at=now
    )


def _resolved(run: Run, number: int, markup_of: MarkupOf) -> tuple[str, dict[str, JsonValue]]:
    plan = run.content.steps[number - 1].plan
    if not isinstance(plan, ToolPlan):
        return ("person", {})
    values = run_values(run)
    marked = in_markup(run.content.parameters, values)
    markup = markup_of(plan.tool)
    return plan.tool, {
        name: _filled(value, marked if name in markup else values)
        for name, value in plan.arguments.items()
    }


def run_values(run: Run) -> dict[str, str]:
    """Every `{{name}}` that a step of this run can use, with its value."""
    started = run.started_at or run.created_at
    return {
        **run.values,
        "run.id": run.id,
        "run.number": str(run.number),
        "run.started_at": started.isoformat(timespec="seconds"),
        "run.started_by": run.started_by.mention,
    }


def _filled(value: JsonValue, values: Mapping[str, str]) -> JsonValue:
    match value:
        case str():
            return fill(value, values)
        case list():
            return [_filled(item, values) for item in value]
        case dict():
            return {key: _filled(item, values) for key, item in value.items()}
        case _:
            return value


def _under_way(run: Run, number: int, now: datetime) -> Decision:
    attempt = run.step(number).attempts[-1]
    plan = run.content.steps[number - 1].plan
    if not isinstance(plan, ToolPlan):
        return Write(_question(run, number, QuestionKind.MANUAL, now))
    if attempt.deadline is not None:
        left = (attempt.deadline - now).total_seconds()
        if left <= 0:
            return Write(progress.succeed(run, number, summary="the time is over", at=now))
        return Wait(f"deadline:{number}:{attempt.number}", left)
    return Perform(number)


def _settle(run: Run, number: int, *, nonce: str, now: datetime, markup_of: MarkupOf) -> Change:
    """The last attempt failed: try again, ask, stop, or go on without it."""
    planned = run.content.steps[number - 1]
    step = run.step(number)
    manual = isinstance(planned.plan, ManualPlan)
    if not manual and step.status is StepStatus.RUNNING and len(step.attempts) <= planned.retries:
        executor, arguments = _resolved(run, number, markup_of)
        return progress.again(
            run, number, nonce=nonce, executor=executor, arguments=arguments, at=now
        )
    if planned.on_failure is OnFailure.ASK:
        return _question(run, number, QuestionKind.FAILURE, now)
    return progress.fail_step(run, number, stop=planned.on_failure is OnFailure.STOP, at=now)


def _question(run: Run, number: int, kind: QuestionKind, now: datetime) -> Change:
    step = run.step(number)
    attempt = len(step.attempts)
    question = Question(
        # Derived, not drawn by lot: asking again after a crash asks the same question.
        id=f"{run.id}.{number}.{attempt}.{kind.value}",
        step=number,
        attempt=attempt,
        kind=kind,
        text=_words(run, number, kind),
        asked_at=now,
        expires_at=now + WAIT_FOR_PEOPLE,
    )
    return progress.ask(run, question, at=now)


def _words(run: Run, number: int, kind: QuestionKind) -> str:
    step = run.step(number)
    instruction = fill(run.instruction(number), run_values(run))
    match kind:
        case QuestionKind.MANUAL:
            return instruction
        case QuestionKind.FAILURE:
            return step.summary or "The step failed."
        case QuestionKind.UNKNOWN:
            return step.summary
