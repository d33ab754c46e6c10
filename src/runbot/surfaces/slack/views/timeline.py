"""What happened in a run, line by line: the log in its thread, the timeline, the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject
from slack_sdk.models.views import View

from runbot.domain.access import ActorKind
from runbot.domain.law import Choice, RunStatus, StepStatus
from runbot.domain.run import Event, EventKind, Run
from runbot.surfaces.slack.views import asking, ending, words
from runbot.surfaces.slack.views.budget import (
    MESSAGE_TEXT,
    Message,
    message,
    modal,
    section,
    sections,
    total_text,
)
from runbot.surfaces.slack.views.text import (
    between,
    bold,
    clip,
    counted,
    day_and_time,
    line,
    mention,
    weight,
    when,
)

_ROOM: Final = MESSAGE_TEXT - 1500
_MODAL_ROOM: Final = 60_000
_EVIDENCE: Final = 300
_OUTCOMES: Final = {
    EventKind.STEP_COMPLETE: StepStatus.COMPLETE,
    EventKind.STEP_FAILED: StepStatus.FAILED,
    EventKind.STEP_SKIPPED: StepStatus.SKIPPED,
}
_UNTOLD: Final = frozenset(
    {
        EventKind.ASKED,
        EventKind.STARTED,
        EventKind.EXPIRED,
        EventKind.ABORTED,
        EventKind.REMINDED,
        EventKind.HANDED_OVER,
    }
)
_ENDS: Final = frozenset({EventKind.ATTEMPT_FAILED, EventKind.ATTEMPT_UNKNOWN})
_PEOPLE: Final = 20
_ANSWERS: Final[Mapping[str, str]] = {
    Choice.DONE: "did",
    Choice.FAILED: "said it failed:",
    Choice.SKIP: "skipped",
    Choice.RETRY: "retried",
    Choice.HAPPENED: "confirmed",
    Choice.AGAIN: "repeated",
    Choice.DENY: "denied",
}
_DEEDS: Final[Mapping[EventKind, str]] = {
    EventKind.PAUSED: "paused",
    EventKind.RESUMED: "resumed",
    EventKind.ABORTED: "aborted",
    EventKind.APPROVED: "approved",
    EventKind.HANDED_OVER: "handed over",
}
_TOLD_IN_THREAD: Final = frozenset(
    {
        *_OUTCOMES,
        EventKind.ATTEMPT_FAILED,
        EventKind.ATTEMPT_UNKNOWN,
        EventKind.PAUSED,
        EventKind.RESUMED,
        EventKind.ANSWERED,
        EventKind.APPROVED,
        EventKind.DENIED,
        EventKind.REMINDED,
        EventKind.HANDED_OVER,
        EventKind.NOTED,
        EventKind.EXPIRED,
        EventKind.ABORTED,
    }
)


def event_line(run: Run, event: Event, *, most: int = _EVIDENCE) -> str:
    """One event as a line: "✅ Step 2 complete · saved as db-logs (41 KiB) · 14:02:10"."""
    at = when(event.at, "{time_secs}")
    return " · ".join(part for part in (_what(run, event), _detail(run, event, most), at) if part)


def _what(run: Run, event: Event) -> str:
    by = f" by {mention(event.actor)}" if event.actor.kind is ActorKind.PERSON else ""
    if status := _OUTCOMES.get(event.kind):
        what = bold(f"Step {event.step} {status}")
        return f"{words.ICONS[status]} {what}{by}: {_told(run, event)}"
    attempt = event.attempt or 1
    phrases = {
        EventKind.STEP_STARTED: f"▶️ Step {event.step} started"
        + (f", attempt {attempt}" if attempt > 1 else "")
        + f": {_told(run, event)}",
        EventKind.ATTEMPT_FAILED: f"⚠️ Step {event.step}, attempt {attempt} failed{by}",
        EventKind.ATTEMPT_UNKNOWN: f"⚠️ Step {event.step}, attempt {attempt}: outcome unknown",
        EventKind.ASKED: f"✋ Step {event.step}: people were asked",
        EventKind.ANSWERED: f"💬 Step {event.step}: {mention(event.actor)} answered "
        + words.answered_words(event.detail.partition(": ")[0]),
        EventKind.APPROVED: f"👍 Step {event.step}: {mention(event.actor)} approved it",
        EventKind.DENIED: f"👎 Step {event.step}: {mention(event.actor)} denied it",
        EventKind.REMINDED: f"⏰ Step {event.step}: {asking.reminded(run, event)}",
        EventKind.HANDED_OVER: f"🤝 Step {event.step}: {asking.handed(event)}",
        EventKind.NOTED: f"📝 Step {event.step}" if event.step else "📝",
        EventKind.STARTED: f"Run started by {mention(event.actor)}",
        EventKind.QUEUED: "⏳ Queued behind another run",
        EventKind.CHILD_STARTED: f"▶️ Step {event.step} runs another run",
        EventKind.EXPIRED: f"⌛ Step {event.step}: nobody answered in time",
    }
    return phrases.get(event.kind, f"{event.kind.value.capitalize()}{by}")


def _told(run: Run, event: Event) -> str:
    return words.instruction(run, event.step, 120) if event.step else ""


def _detail(run: Run, event: Event, most: int) -> str:
    detail = event.detail
    if event.kind is EventKind.ANSWERED:
        detail = detail.partition(": ")[2]
    elif event.kind in _UNTOLD:
        return ""
    told = line(detail, most, people=words.people(run))
    return " · ".join(part for part in (told, asking.evidence(event, most)) if part)


def log_message(run: Run, events: Sequence[Event]) -> Message | None:
    """What the thread is told of these events, in one message; None where nothing is to tell."""
    told = _told_once(run, events)
    if not told:
        return None
    lines = _fitting(run, told, _ROOM)
    text = clip(f"Run {run.number}: {_what(run, told[-1])}", 500)
    return message(text, sections(lines))


def _told_once(run: Run, events: Sequence[Event]) -> list[Event]:
    """The events that the thread is told: of several that tell the same, the last one.

    An answer is told by what it made of its step, an attempt's end by the step's end or by
    the question about it, as long as that is open and tells it itself.
    """
    asked = _asked_now(run, events)
    told: list[Event] = []
    for index, event in enumerate(events):
        of_step = [after for after in events[index + 1 : index + 3] if after.step == event.step]
        after = of_step[0] if of_step else None
        again = after is not None and (
            (event.kind is EventKind.ANSWERED and after.at == event.at)
            or (event.kind in _ENDS and (after.kind in _OUTCOMES or after is asked))
        )
        if event.kind in _TOLD_IN_THREAD and not again:
            told.append(event)
    return told


def _asked_now(run: Run, events: Sequence[Event]) -> Event | None:
    """The event that asked what is open now, where it is among these."""
    if words.open_question(run) is None:
        return None
    return next((event for event in reversed(events) if event.kind is EventKind.ASKED), None)


def _fitting(run: Run, events: Sequence[Event], room: int) -> list[str]:
    """A line per event with as much detail as fits; past that the latest, and how many more."""
    lines: list[str] = []
    for most in (_EVIDENCE, 80, 0):
        lines = [event_line(run, event, most=most) for event in events]
        if sum(weight(text) + 1 for text in lines) <= room:
            return lines
    kept: list[str] = []
    room -= 100
    for text in reversed(lines):
        room -= weight(text) + 1
        if room < 0:
            break
        kept.append(text)
    return [f"… {counted(len(lines) - len(kept), 'earlier line')} left out", *reversed(kept)]


def timeline_message(run: Run, events: Sequence[Event]) -> Message:
    """The whole timeline as a message, clipped to what one takes, the latest kept."""
    head = _heading(run, events)
    lines = _fitting(run, events, _ROOM) if events else ["Nothing has happened yet."]
    return message(f"Timeline of run {run.number}", [head, *sections(lines)])


def timeline_modal(run: Run, events: Sequence[Event]) -> dict[str, Any]:
    """The whole timeline in a modal, which holds several times what a message does."""
    lines = _fitting(run, events, _MODAL_ROOM) if events else ["Nothing has happened yet."]
    return modal(
        View(
            type="modal",
            title=clip(f"Run {run.number}", 24),
            close="Close",
            blocks=[_heading(run, events), *sections(lines)],
        )
    )


def _heading(run: Run, events: Sequence[Event]) -> Block:
    name = f"{bold(line(run.name, 100))}  v{run.version}"
    state = words.headline(run, words.latest(run, events))
    return section(f"{name} · {state}\n{words.origin(run)}")


def summary_message(
    run: Run,
    untold: Sequence[Event] = (),
    artefacts: Sequence[str] = (),
    *,
    events: Sequence[Event] = (),
) -> Message:
    """The thread's last word: outcome, how long, what was skipped or failed, who did what.

    Short where everything went as written; which artefacts were kept comes last.

    `untold` are the events that the thread hasn't been told yet; they come first. `events`
    is the whole timeline, which names everybody who acted.
    """
    ended = words.outcome(run)
    counts = Counter(step.status for step in run.steps)
    tally = ", ".join(f"{counts[s]} {s}" for s in StepStatus if counts[s])
    lines = [
        f"{bold(ended)} · {line(run.name, 100)}, run {run.number}",
        f"Steps: {tally}.",
        *ending.exceptions(run),
        *_who(events),
    ]
    if artefacts:
        more = f" and {len(artefacts) - 20} more" if len(artefacts) > 20 else ""  # noqa: PLR2004 - a line's worth
        lines.append("Kept: " + ", ".join(line(name, 100) for name in artefacts[:20]) + more)
    failed = any(event.kind is EventKind.STEP_FAILED for event in events)
    # A step that failed has its own line in the thread, which says why.
    if (said := words.last_thing(run)) and not failed:
        lines.append(said)
    footer: list[Block] = [_times(run, events)] if run.started_at and run.ended_at else []
    summary = [*sections(lines), *footer]
    told = [e for e in _told_once(run, untold) if e.kind is not EventKind.ABORTED]
    room = MESSAGE_TEXT - 300 - total_text([block.to_dict() for block in summary])
    log = sections(_fitting(run, told, room)) if told else []
    return message(clip(f"Run {run.number}: {ended}", 500), [*log, *summary])


def _who(events: Sequence[Event]) -> list[str]:
    """Everybody who acted, each on one line; what the machine did needs no name."""
    deeds: dict[str, dict[str, list[int]]] = {}
    for event in events:
        deed = _deed(event)
        if deed and event.actor.kind is ActorKind.PERSON:
            steps = deeds.setdefault(mention(event.actor), {}).setdefault(deed, [])
            if event.step and event.step not in steps:
                steps.append(event.step)
    lines = [f"{who} {_deeds(done)}." for who, done in deeds.items()]
    more = f"and {len(lines) - _PEOPLE} more people"
    return lines if len(lines) <= _PEOPLE else [*lines[:_PEOPLE], more]


def _deed(event: Event) -> str:
    """What a person did to the run, or nothing where the event is another's or says it twice."""
    if event.kind is EventKind.ANSWERED:
        choice = event.detail.partition(": ")[0]
        return _ANSWERS.get(choice, "")
    return _DEEDS.get(event.kind, "")


def _deeds(done: Mapping[str, Sequence[int]]) -> str:
    said = []
    for deed, steps in done.items():
        numbers = ", ".join(map(str, steps))
        said.append(f"{deed} step{'s' if len(steps) > 1 else ''} {numbers}" if steps else deed)
    return ", ".join(said)


def _times(run: Run, events: Sequence[Event]) -> ContextBlock:
    start, end = run.started_at, run.ended_at
    took = between(start, end)
    parts = [
        f"from {day_and_time(start)}" if start else "",
        f"to {day_and_time(end)}" if end else "",
        # Other outcomes say it themselves.
        f"took {took}" if took and run.status is RunStatus.CANCELLED else "",
        *ending.waits(run, events),
    ]
    text = " · ".join(part for part in parts if part)
    return ContextBlock(elements=[MarkdownTextObject(text=text, verbatim=True)])
