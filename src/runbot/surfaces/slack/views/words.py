"""A run in words: its headline, its steps' lines, what happened last. No blocks here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from runbot.domain.access import Actor, ActorKind
from runbot.domain.conduct import is_assignee
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.parameters import ParameterType, fill
from runbot.domain.progress import describe
from runbot.domain.run import (
    Attempt,
    AttemptStatus,
    Event,
    EventKind,
    Run,
    RunStep,
    Trigger,
)
from runbot.domain.runbook import ManualPlan
from runbot.domain.timing import retry_at
from runbot.surfaces.slack.views.principals import named, one_of
from runbot.surfaces.slack.views.text import (
    between,
    channel,
    counted,
    day_and_time,
    line,
    mention,
    people_in,
    when,
)

ICONS: Final = {
    StepStatus.PENDING: "▫️",
    StepStatus.RUNNING: "▶️",
    StepStatus.WAITING: "✋",
    StepStatus.COMPLETE: "✅",
    StepStatus.FAILED: "❌",
    StepStatus.SKIPPED: "⏭️",
    StepStatus.CANCELLED: "⏹️",
}
_ASKED_ICONS: Final[Mapping[QuestionKind | None, str]] = {
    QuestionKind.FAILURE: "❗",
    QuestionKind.UNKNOWN: "❓",
}
CHOICE_LABELS: Final = {
    Choice.DONE: "Done",
    Choice.FAILED: "Failed",
    Choice.SKIP: "Skip…",
    Choice.RETRY: "Retry",
    Choice.HAPPENED: "It happened",
    Choice.AGAIN: "Do it again",
    Choice.ABORT: "Abort",
    Choice.APPROVE: "Approve",
    Choice.DENY: "Deny…",
}
_TRIGGERS: Final = {
    Trigger.CHAT: "in chat",
    Trigger.SLASH: "with /runbook",
    Trigger.BUTTON: "with a button",
    Trigger.SCHEDULE: "on schedule",
    Trigger.API: "through the API",
    Trigger.WEBHOOK: "through a webhook",
    Trigger.MCP: "through MCP",
    Trigger.WORKFLOW: "from a workflow",
    Trigger.REACTION: "with a reaction",
    Trigger.PARENT: "through another run",
    Trigger.CLEANUP: "to clean up",
}


class Moved(StrEnum):
    """Why a run's message doesn't stand where it was begun."""

    ARCHIVED = "archived"
    REMOVED = "removed"
    RESTRICTED = "restricted"
    DELETED = "deleted"


_MOVED: Final[Mapping[str, str]] = {
    Moved.ARCHIVED: "{channel} is archived, so this run goes on here.",
    Moved.REMOVED: "Runbot is no longer in {channel}, so this run goes on here.",
    Moved.RESTRICTED: "Runbot may not write in {channel} any more, so this run goes on here.",
    Moved.DELETED: "{who}: the message of this run was deleted, and it goes on in this one.",
}
_ABORTED_BY: Final = re.compile(r"aborted by <@([UW][A-Z0-9]{2,})>")
# What a step of another run came to begins with that run, where this one continues it.
_SKIPPED_BY: Final = re.compile(r"(?:in run \d+: )?skipped by <@([UW][A-Z0-9]{2,})>")
_DONE_BY: Final = re.compile(r"in run \d+: done by <@([UW][A-Z0-9]{2,})>")
_BARE_USER: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_BARE_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,}")


def people(run: Run) -> frozenset[str]:
    """Users whom this run's own record names; a mention of anybody else pings nobody."""
    found: set[str] = set()
    actors: list[Actor | None] = [run.started_by, run.pause_requested_by]
    actors.append(run.question.answered_by if run.question else None)
    actors.extend(attempt.by for step in run.steps for attempt in step.attempts)
    found.update(a.id for a in actors if a is not None and a.kind is ActorKind.PERSON)
    skipped = (step for step in run.steps if step.status is StepStatus.SKIPPED)
    found.update(who[1] for step in skipped if (who := _SKIPPED_BY.match(step.summary)))
    carried = (step for step in run.steps if not step.attempts and _by_hand(run, step))
    found.update(who[1] for step in carried if (who := _DONE_BY.match(step.summary)))
    if run.status is RunStatus.CANCELLED and (aborter := _ABORTED_BY.match(run.outcome)):
        found.add(aborter[1])
    return frozenset(found)


def _by_hand(run: Run, step: RunStep) -> bool:
    return isinstance(run.planned(step.number).plan, ManualPlan)


def instruction(run: Run, number: int, most: int) -> str:
    """A step's words on one line, with the run's values filled in as data."""
    words = run.instruction(number)
    values = {
        **{name: _value(run, name, value) for name, value in run.values.items()},
        "run.id": run.id,
        "run.number": str(run.number),
        "run.started_at": (run.started_at or run.created_at).isoformat(timespec="seconds"),
        "run.started_by": run.started_by.mention,
    }
    typed = {p.name for p in run.content.parameters if p.type is ParameterType.USER}
    vouched = {run.values[name] for name in typed if name in run.values}
    # People whom the published words name are meant; values that only look like one aren't.
    vouched.update(people_in(words))
    vouched.add(run.started_by.id)
    return line(fill(words, values), most, people=vouched)


def _value(run: Run, name: str, value: str) -> str:
    kind = next((p.type for p in run.content.parameters if p.name == name), None)
    if kind is ParameterType.USER and _BARE_USER.fullmatch(value):
        return f"<@{value}>"
    if kind is ParameterType.CHANNEL and _BARE_CHANNEL.fullmatch(value):
        return f"<#{value}>"
    return value


def assignee(run: Run, number: int) -> str:
    """Who is to do a manual step: whom the open question names, else the plan; or "a person"."""
    asked = run.question
    if asked and asked.step == number and asked.kind is QuestionKind.MANUAL and asked.terms.who:
        return one_of(asked.terms.who)
    plan = run.planned(number).plan
    who = fill(plan.assignee or "", run.values) if isinstance(plan, ManualPlan) else ""
    return named(who) if is_assignee(who) else "a person"


def open_question(run: Run) -> QuestionKind | None:
    """What kind of answer the run waits for, if it does."""
    asked = run.question
    return asked.kind if asked and asked.answer is None and not run.ended else None


def headline(run: Run, last: Event | None = None) -> str:
    """The run's state in a few words, as mrkdwn: "Running, step 3 of 5"."""
    current, total = run.current, len(run.steps)
    place = f"step {current.number} of {total}" if current else "last step done"
    match run.status:
        case RunStatus.QUEUED:
            return "Queued"
        case RunStatus.RUNNING if run.pause_requested_by:
            return f"Pausing, {place}"
        case RunStatus.RUNNING:
            return f"Running, {place}"
        case RunStatus.PAUSED:
            by = f" by {mention(last.actor)}" if last and last.kind is EventKind.PAUSED else ""
            return f"Paused{by} at {place}"
        case RunStatus.WAITING:
            return _waiting(run)
        case _:
            return outcome(run)


def _waiting(run: Run) -> str:
    asked = run.question
    number = asked.step if asked else 0
    match open_question(run):
        case QuestionKind.MANUAL:
            return f"Waiting for {assignee(run, number)} to do step {number} of {len(run.steps)}"
        case QuestionKind.APPROVAL:
            return f"Waiting for approval of step {number} of {len(run.steps)}"
        case QuestionKind.FAILURE:
            return f"Waiting for a choice: step {number} of {len(run.steps)} failed"
        case QuestionKind.UNKNOWN:
            return f"Waiting for a choice: nobody knows how step {number} ended"
        case None:
            return "Waiting"


def outcome(run: Run) -> str:
    """How an ended run ended: "Completed in 1:12, 1 step failed"."""
    took = between(run.started_at, run.ended_at)
    said = line(run.outcome, 300, people=people(run))
    match run.status:
        case RunStatus.COMPLETED:
            return "Completed" + (f" in {took}" if took else "") + (f", {said}" if said else "")
        case RunStatus.CANCELLED:
            return (said[:1].upper() + said[1:]) or "Aborted"
        case _:
            failed = [s.number for s in run.steps if s.status is StepStatus.FAILED]
            place = f" at step {failed[-1]}" if failed else ""
            return f"Failed{place}" + (f" after {took}" if took else "")


def origin(run: Run) -> str:
    """Where the run comes from: number, who, how, which agent, when, which channel."""
    parts = [
        f"Run {run.number}",
        f"started by {mention(run.started_by)} {_TRIGGERS[run.trigger]}",
        f"agent {line(run.agent, 80)}" if run.agent else "",
        day_and_time(run.started_at or run.created_at),
    ]
    return " · ".join(part for part in parts if part)


def moved(run: Run, why: str) -> str:
    """Why the run's message stands where it does, for whoever started it; nothing where usual."""
    said = _MOVED.get(why, "")
    return said.format(channel=channel(run.channel), who=mention(run.started_by))


def state(run: Run, step: RunStep) -> str:
    """A step's status as a word, with how long and how often: "complete, 0.4 s"."""
    took = between(step.started_at, step.ended_at)
    tries = len(step.attempts)
    often = f", {counted(tries, 'attempt')}" if tries > 1 else ""
    match step.status:
        case StepStatus.RUNNING:
            return _running(run, step)
        case StepStatus.WAITING:
            return _asked(run, step)
        case StepStatus.COMPLETE | StepStatus.FAILED:
            return f"{step.status}{often}" + (f", {took}" if took else "")
        case StepStatus.CANCELLED:
            return _cut_short(step)
        case _:
            return step.status.value


def _running(run: Run, step: RunStep) -> str:
    # The reader's own clock tells how long it takes, so no redraw is spent on a ticking one.
    latest = step.attempts[-1]
    planned = run.planned(step.number).retries + 1
    if (due := retry_at(run, step.number)) and run.status is RunStatus.RUNNING:
        again = f"trying again at {when(due, '{time_secs}')}"
        return f"{again}, attempt {latest.number + 1} of {planned}"
    if due:
        return f"to be tried again, attempt {latest.number + 1} of {planned}"
    since = f"running since {when(latest.started_at, '{time_secs}')}"
    if latest.deadline is not None:
        since = f"running until {_until(latest.started_at, latest.deadline)}"
    if latest.number == 1:
        return since
    of = f" of {planned}" if latest.number <= planned else ""
    return f"{since}, attempt {latest.number}{of}"


def _until(start: datetime, end: datetime) -> str:
    if end - start < timedelta(hours=12):
        return when(end, "{time_secs}")
    return day_and_time(end)


def _cut_short(step: RunStep) -> str:
    """What a step had come to when the run ended around it."""
    if not step.attempts:
        return "cancelled"
    match step.attempts[-1].status:
        case AttemptStatus.FAILED:
            return "failed, then the run was aborted"
        case AttemptStatus.UNKNOWN:
            return "outcome unknown, then the run was aborted"
        case _:
            return "cancelled, was under way"


def icon(run: Run, step: RunStep) -> str:
    """A sign for how a step stands; what it means is said beside it in words."""
    if step.status is StepStatus.WAITING:
        return _ASKED_ICONS.get(open_question(run), ICONS[step.status])
    ended = step.status is StepStatus.CANCELLED and step.attempts
    if ended and step.attempts[-1].status is AttemptStatus.FAILED:
        return ICONS[StepStatus.FAILED]
    return ICONS[step.status]


def _asked(run: Run, step: RunStep) -> str:
    match open_question(run):
        case QuestionKind.MANUAL:
            return f"waiting for {assignee(run, step.number)}"
        case QuestionKind.APPROVAL:
            return "waiting for approval"
        case QuestionKind.FAILURE:
            return "failed, waiting for a choice"
        case QuestionKind.UNKNOWN:
            return "outcome unknown, waiting for a choice"
        case None:
            return "waiting, answered"


def evidence(run: Run, step: RunStep, most: int) -> str:
    """What came of a step, on one line; of a skipped one, who skipped it and why."""
    if most <= 0:
        return ""
    said = step.summary
    if step.status is StepStatus.SKIPPED and not _SKIPPED_BY.match(said):
        said = step.reason
    return line(said, most, people=people(run))


def latest(run: Run, events: Sequence[Event]) -> Event | None:
    """The event to tell beside a run's state: of a paused one, who paused it."""
    paused = (event for event in reversed(events) if event.kind is EventKind.PAUSED)
    found = next(paused, None) if run.status is RunStatus.PAUSED else None
    return found or (events[-1] if events else None)


def cut_off(run: Run) -> Attempt | None:
    """The attempt of a machine that is under way and would be cut off by an abort."""
    current = run.current
    if current is None or not current.attempts or current.status is not StepStatus.RUNNING:
        return None
    latest = current.attempts[-1]
    return latest if latest.status is AttemptStatus.RUNNING else None


def last_thing(run: Run, last: Event | None = None) -> str:
    """What happened last that a reader should know, or nothing."""
    if run.ended:
        failed = run.status is RunStatus.FAILED
        return line(run.outcome, 400, people=people(run)) if failed else ""
    if by := run.pause_requested_by:
        number = run.current.number if run.current else len(run.steps)
        when_taken = "once step {} is answered" if open_question(run) else "after step {}"
        return f"Pause asked by {mention(by)}: takes effect {when_taken.format(number)}."
    return _turn(last) if last else ""


def _turn(event: Event) -> str:
    who, at = mention(event.actor), when(event.at)
    match event.kind:
        case EventKind.PAUSED:
            return f"Paused by {who} at {at}."
        case EventKind.RESUMED:
            return f"Resumed by {who} at {at}."
        case EventKind.PAUSE_WITHDRAWN:
            return f"{who} took the pause back at {at}."
        case _:
            return ""


def decided(run: Run) -> str:
    """What somebody's decision has made of a run, with the step that it concerns."""
    name = f"Run {run.number} ({line(run.name, 100)})"
    if run.status is RunStatus.CANCELLED:
        cut = next((s for s in run.steps if s.status is StepStatus.CANCELLED and s.attempts), None)
        at = f" at step {cut.number}: {instruction(run, cut.number, 200)}" if cut else ""
        how = f" ({state(run, cut)})" if cut else ""
        return f"{name} has ended: it was aborted{at}{how}."
    now = run.current
    at = f", step {now.number}: {instruction(run, now.number, 200)}" if now else ""
    return f"{name} {describe(run)}{at}."


def answered_words(choice: str) -> str:
    """A choice as its button says it."""
    return CHOICE_LABELS[Choice(choice)].rstrip("…") if choice in set(Choice) else line(choice, 40)
