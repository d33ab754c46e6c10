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

from runbot.domain import progress, timing
from runbot.domain.access import Actor
from runbot.domain.approvals import ASKED_FOR, Demand, digest
from runbot.domain.conduct import Approval, is_assignee
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.parameters import fill, in_markup
from runbot.domain.reminding import next_reminder
from runbot.domain.run import (
    AttemptStatus,
    Change,
    Event,
    Question,
    Run,
    Terms,
)
from runbot.domain.runbook import ManualPlan, OnFailure, RunbookPlan, ToolPlan

WAIT_FOR_PEOPLE: Final = timedelta(days=30)  # as long as Slack's own longest workflow waits
PAUSED_RECHECK: Final = timedelta(days=1)
# A word comes when there is something to decide; the sweep says it again where it was lost.
HELD_RECHECK: Final = timedelta(hours=1)
ADMITTED: Final = "admitted"
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


DemandOf = Callable[[Run, int], Demand | None]
"""Who has to agree to a step before it is begun, and why; None where nobody has to."""
Decision = Perform | Wait | End | Write
MarkupOf = Callable[[str], Collection[str]]
"""Names the arguments of a tool that Slack reads as markup."""


def as_planned(run: Run, number: int) -> Demand | None:
    """The approval that the runbook itself asks for."""
    approval = run.planned(number).approval
    return Demand(approval=approval, why=ASKED_FOR) if approval else None


@dataclass(frozen=True, slots=True)
class Bearings:
    """What a decision needs to know besides the row. `nonce` is this execution's.

    `child` is the run that the open attempt runs, as it stands, `pausing` whoever asked for a
    pause of the run that this one belongs to. `behind` says what a queued run waits for.
    """

    nonce: str
    now: datetime
    markup_of: MarkupOf
    demand_of: DemandOf = as_planned
    child: Run | None = None
    pausing: Actor | None = None
    behind: str = ""


def resume_topic(run: Run) -> str:
    """Where a Resume is awaited: one topic per pause, so a stale Resume releases nothing."""
    return f"resume:{run.pauses}"


def question_topic(question_id: str) -> str:
    """Where an answer is awaited: one topic per question."""
    return f"question:{question_id}"


def retry_topic(number: int, attempt: int) -> str:
    """Where a step waits before it is tried again, after this attempt."""
    return f"retry:{number}:{attempt}"


def child_topic(child_id: str) -> str:
    """Where the end of a run is awaited by the one that it belongs to, and its pause."""
    return f"child:{child_id}"


def decide(run: Run, by: Bearings) -> Decision:
    """What comes next for the run, within the time that it has."""
    if run.ended:
        return End()
    over = timing.deadline(run)
    if over is None:
        return _next(run, by)
    left = (over - by.now).total_seconds()
    if left <= 0:
        most = timing.spoken(timing.limit(run) or 0)
        return Write(progress.time_out(run, most=most, at=by.now))
    decision = _next(run, by)
    if isinstance(decision, Wait):
        return Wait(decision.topic, min(decision.seconds, left))
    return decision


def _next(run: Run, by: Bearings) -> Decision:
    match run.status:
        case RunStatus.QUEUED:
            return _queued(run, by)
        case RunStatus.PAUSED:
            return Wait(resume_topic(run), PAUSED_RECHECK.total_seconds())
        case RunStatus.WAITING:
            return _asked(run, by.now)
    if run.current is None:
        return Write(progress.complete(run, at=by.now))
    return _step(run, run.current.number, by)


def settle(run: Run, by: Bearings) -> tuple[Change, Perform | Wait | End]:
    """Every write that the run wants, as one change, and what comes after them."""
    events: list[Event] = []
    if run.status is RunStatus.QUEUED and by.behind and run.revision == 0:
        events += progress.line_up(run, behind=by.behind, at=by.now).events
    for _ in range(MAX_WRITES):
        decision = decide(run, by)
        if not isinstance(decision, Write):
            return Change(run=run, events=tuple(events)), decision
        run = decision.change.run
        events += decision.change.events
    raise AssertionError(f"Run {run.id} never settles.")


def _queued(run: Run, by: Bearings) -> Decision:
    if by.behind:
        return Wait(ADMITTED, HELD_RECHECK.total_seconds())
    return Write(progress.begin(run, at=by.now, pausing=by.pausing))


def _asked(run: Run, now: datetime) -> Decision:
    question = run.question
    if question is None:
        raise AssertionError(f"Run {run.id} waits without a question.")
    if now >= question.expires_at:
        return Write(progress.expire(run, question.id, at=now))
    remind_at = question.terms.remind_at
    if remind_at is not None and now >= remind_at:
        return Write(progress.remind(run, question.id, at=now))
    until = min(question.expires_at, remind_at or question.expires_at)
    return Wait(question_topic(question.id), (until - now).total_seconds())


def _step(run: Run, number: int, by: Bearings) -> Decision:
    step = run.step(number)
    attempt = step.attempts[-1] if step.attempts else None
    question = run.question
    answer = question.answer if question and question.step == number else None
    if step.status is StepStatus.PENDING or (
        step.status is StepStatus.WAITING and answer in {Choice.RETRY, Choice.AGAIN}
    ):
        if run.pause_requested_by:
            return Write(progress.pause(run, at=by.now))
        return Write(_open(run, number, by))
    if attempt is None:
        raise AssertionError(f"Step {number} of run {run.id} is {step.status} without an attempt.")
    match attempt.status:
        case AttemptStatus.PROPOSED:
            return Write(_proposed(run, number, by))
        case AttemptStatus.RUNNING:
            return _under_way(run, number, by)
        case AttemptStatus.UNKNOWN:
            return Write(_question(run, number, QuestionKind.UNKNOWN, by.now))
        case _:
            return _settle(run, number, by)


def _open(run: Run, number: int, by: Bearings) -> Change:
    executor, arguments = _resolved(run, number, by.markup_of)
    return progress.open_attempt(
        run,
        number,
        nonce=by.nonce,
        executor=executor,
        arguments=arguments,
        at=by.now,
        proposed=by.demand_of(run, number) is not None,
    )


def _resolved(run: Run, number: int, markup_of: MarkupOf) -> tuple[str, dict[str, JsonValue]]:
    return resolved(run, number, markup_of, run_values(run))


def resolved(
    run: Run, number: int, markup_of: MarkupOf, values: Mapping[str, str]
) -> tuple[str, dict[str, JsonValue]]:
    """Who does a step, and with which arguments; a `{{name}}` without a value stays."""
    plan = run.planned(number).plan
    if isinstance(plan, RunbookPlan):
        pin = run.pins.get(plan.runbook)
        version = f" v{pin.version}" if pin else ""
        given = {name: fill(value, values) for name, value in plan.parameters.items()}
        return f"{plan.runbook}{version}", {**given, **run.step(number).overrides}
    if not isinstance(plan, ToolPlan):
        return ("person", {})
    marked = in_markup(run.content.parameters, values)
    markup = markup_of(plan.tool)
    filled = {
        name: _filled(value, marked if name in markup else values)
        for name, value in plan.arguments.items()
    }
    # What a person put in the place of an argument is data: nothing in it is filled in.
    chosen = {**filled, **run.step(number).overrides}
    return plan.tool, {name: value for name, value in chosen.items() if value is not None}


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


def _under_way(run: Run, number: int, by: Bearings) -> Decision:
    now, attempt = by.now, run.step(number).attempts[-1]
    plan = run.planned(number).plan
    if isinstance(plan, RunbookPlan):
        return _nested(run, number, by)
    if not isinstance(plan, ToolPlan):
        terms = _given_to(run, number, now)
        return Write(_question(run, number, QuestionKind.MANUAL, now, terms=terms))
    if attempt.deadline is not None:
        left = (attempt.deadline - now).total_seconds()
        if left <= 0:
            return Write(progress.succeed(run, number, summary="the time is over", at=now))
        return Wait(f"deadline:{number}:{attempt.number}", left)
    return Perform(number)


def _nested(run: Run, number: int, by: Bearings) -> Decision:
    """The step runs another run: start it, wait for it, and take over how it ended."""
    attempt, child = run.step(number).attempts[-1], by.child
    if not attempt.child:
        return Perform(number)
    if child is None or child.id != attempt.child:
        raise AssertionError(f"Step {number} of run {run.id} waits for a run that isn't known.")
    if child.ended:
        return Write(progress.child_ended(run, number, child=child, at=by.now))
    if run.pause_requested_by and child.status is RunStatus.PAUSED:
        return Write(progress.pause(run, at=by.now))
    return Wait(child_topic(child.id), HELD_RECHECK.total_seconds())


def _given_to(run: Run, number: int, now: datetime) -> Terms:
    """Who is to do a manual step, and until when."""
    plan = run.planned(number).plan
    if not isinstance(plan, ManualPlan):
        return Terms()
    who = fill(plan.assignee or "", run.values)
    due = now + timedelta(seconds=plan.due) if plan.due else None
    return Terms(who=(who,) if is_assignee(who) else (), due_at=due)


def _proposed(run: Run, number: int, by: Bearings) -> Change:
    """Ask for the approval, begin what was approved, or ask anew where it isn't good any more."""
    question, attempt = run.question, run.step(number).attempts[-1]
    if question and (question.step, question.attempt) == (number, attempt.number):
        if progress.good(run, number, at=by.now):
            return progress.begin_attempt(run, number, nonce=by.nonce, at=by.now)
        executor, arguments = _resolved(run, number, by.markup_of)
        return progress.propose_again(
            run, number, nonce=by.nonce, executor=executor, arguments=arguments, at=by.now
        )
    demand = by.demand_of(run, number) or Demand(approval=Approval(), why=ASKED_FOR)
    approval = demand.approval
    terms = Terms(
        who=approval.who,
        within=approval.within,
        needed=approval.count,
        four_eyes=approval.four_eyes,
        kept_out=run.step(number).changed_by,
        digest=digest(attempt.executor, attempt.arguments),
        channel=approval.channel,
        why=demand.why,
    )
    expires = by.now + timedelta(seconds=approval.expires)
    return _question(run, number, QuestionKind.APPROVAL, by.now, terms=terms, expires_at=expires)


def _settle(run: Run, number: int, by: Bearings) -> Decision:
    """The last attempt failed: try again, ask, stop, or go on without it."""
    due = timing.retry_at(run, number)
    if due is not None:
        return _retry(run, number, by, due)
    planned = run.planned(number)
    if planned.on_failure is OnFailure.ASK:
        return Write(_question(run, number, QuestionKind.FAILURE, by.now))
    stop = planned.on_failure is OnFailure.STOP
    return Write(progress.fail_step(run, number, stop=stop, at=by.now))


def _retry(run: Run, number: int, by: Bearings, due: datetime) -> Decision:
    """The step's own next try, once it has waited; a pause comes first."""
    if run.pause_requested_by:
        return Write(progress.pause(run, at=by.now))
    if by.now < due:
        left = (due - by.now).total_seconds()
        return Wait(retry_topic(number, len(run.step(number).attempts)), left)
    executor, arguments = _resolved(run, number, by.markup_of)
    return Write(
        progress.again(
            run, number, nonce=by.nonce, executor=executor, arguments=arguments, at=by.now
        )
    )


def _question(
    run: Run,
    number: int,
    kind: QuestionKind,
    now: datetime,
    *,
    terms: Terms | None = None,
    expires_at: datetime | None = None,
) -> Change:
    step = run.step(number)
    attempt = len(step.attempts)
    expires = expires_at or now + WAIT_FOR_PEOPLE
    over = timing.deadline(run)
    question = Question(
        # Derived, not drawn by lot: asking again after a crash asks the same question.
        id=f"{run.id}.{number}.{attempt}.{kind.value}",
        step=number,
        attempt=attempt,
        kind=kind,
        text=_words(run, number, kind),
        asked_at=now,
        expires_at=expires if over is None else min(expires, over),
        terms=terms or Terms(),
    )
    first = next_reminder(question, now)
    question = question.model_copy(
        update={"terms": question.terms.model_copy(update={"remind_at": first})}
    )
    return progress.ask(run, question, at=now)


def _words(run: Run, number: int, kind: QuestionKind) -> str:
    step = run.step(number)
    instruction = fill(run.instruction(number), run_values(run))
    match kind:
        case QuestionKind.MANUAL | QuestionKind.APPROVAL:
            return instruction
        case QuestionKind.FAILURE:
            return step.summary or "The step failed."
        case QuestionKind.UNKNOWN:
            return step.summary
