"""Runs in each state and of each length, what they ask, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from runbot.domain.law import CHOICES, Choice, QuestionKind
from runbot.domain.run import EventKind, Run, Terms
from runbot.domain.runbook import MAX_INSTRUCTION, MAX_NAME, MAX_STEPS
from runbot.surfaces.slack.views.approvals import (
    approval_copy,
    deny_modal,
    unasked_message,
    whole_modal,
)
from runbot.surfaces.slack.views.budget import NOTE_MOST
from runbot.surfaces.slack.views.gallery.recoveries import recoveries
from runbot.surfaces.slack.views.gallery.sample import Sample, message, view
from runbot.surfaces.slack.views.gallery.story import BEN, Story
from runbot.surfaces.slack.views.manual import hand_over_modal
from runbot.surfaces.slack.views.questions import (
    answered_message,
    note_modal,
    question_message,
    skip_modal,
)
from runbot.surfaces.slack.views.run import SMALLEST_ROOM, run_message
from runbot.surfaces.slack.views.timeline import (
    log_message,
    summary_message,
    timeline_message,
    timeline_modal,
)
from runbot.surfaces.slack.views.words import latest

# What a hard approval asks: of everybody that can be named, and of two of them.
APPROVAL: Final = Terms(
    who=("UBEN", "S0123LEADS", "C0123ABCDE", "admins", "everyone", "role:approver"),
    needed=2,
    four_eyes=True,
    kept_out=("UCLEO",),
    channel="C0123ABCDE",
    why="send_email is of unknown risk",
)
SIZES: Final = (1, 10, MAX_STEPS)
# Characters that grow when they are escaped, count twice, or run from right to left.
_HARD: Final = 'Tell <!channel> & <@UBEN> that "a < b" 🚨 שלום @here ```code``` *bold* _it_ '
_POSTED: Final = "https://example.slack.com/archives/C0123ABCDE/p1772460120000100"


def _before(story: Story) -> int:
    """Everything before the step in the middle is done; that step's number."""
    middle = (len(story.run.steps) + 1) // 2
    story.begin()
    for number in range(1, middle):
        story.does(number, f"mail accepted for oncall+{number}@example.com")
    return middle


def _under_way(story: Story) -> int:
    middle = _before(story)
    story.open(middle)
    return middle


def _after(story: Story, middle: int) -> None:
    for number in range(middle + 1, len(story.run.steps) + 1):
        story.does(number)
    story.completed()


def _queued(_: Story) -> None:
    """Nothing has happened yet."""


def _running(story: Story) -> None:
    _under_way(story)


def _retrying(story: Story) -> None:
    middle = _under_way(story)
    story.breaks(middle)
    story.tries_again(middle)


def _letting_time_pass(story: Story) -> None:
    story.lets_pass(_under_way(story), 3 * 24 * 3600)


def _pausing(story: Story) -> None:
    _under_way(story)
    story.pause_asked()


def _paused(story: Story) -> None:
    _before(story)
    story.pause_asked()
    story.paused()


def _resumed(story: Story) -> None:
    _paused(story)
    story.resumed()


def _asking(kind: QuestionKind) -> Callable[[Story], None]:
    def ask(story: Story) -> None:
        middle = _under_way(story)
        manual = kind is QuestionKind.MANUAL
        story.asks(middle, kind, story.run.instruction(middle) if manual else _HARD * 20)

    return ask


def _proposing(story: Story) -> None:
    story.proposes(_before(story), APPROVAL.model_copy(update={"needed": 1}), body=_HARD * 30)


def _half_approved(story: Story) -> None:
    story.proposes(_before(story), APPROVAL, body=_HARD * 30)
    story.reminded()
    story.answered(Choice.APPROVE, by=BEN)


def _handed_over(story: Story) -> None:
    _asking(QuestionKind.MANUAL)(story)
    story.handed_over("S0123LEADS")
    story.reminded()


def _pausing_while_waiting(story: Story) -> None:
    _asking(QuestionKind.MANUAL)(story)
    story.pause_asked()


def _failed(story: Story) -> None:
    middle = _under_way(story)
    story.breaks(middle, "the server said 503: " + _HARD * 20)
    story.gives_up(middle, stop=True)


def _expired(story: Story) -> None:
    _asking(QuestionKind.FAILURE)(story)
    story.expired()


def _completed(story: Story) -> None:
    _after(story, _before(story) - 1)


def _completed_with_failures(story: Story) -> None:
    middle = _under_way(story)
    story.breaks(middle)
    story.gives_up(middle, stop=False)
    _after(story, middle)


def _completed_with_a_skip(story: Story) -> None:
    middle = _under_way(story)
    story.asks(middle, QuestionKind.FAILURE)
    story.answered(Choice.SKIP, note="known bad, see the ticket")
    _after(story, middle)


def _aborted(story: Story) -> None:
    _under_way(story)
    story.aborted()


STATES: Final[Mapping[str, Callable[[Story], None]]] = MappingProxyType(
    {
        "queued": _queued,
        "running": _running,
        "running its second attempt": _retrying,
        "letting time pass": _letting_time_pass,
        "pausing": _pausing,
        "paused": _paused,
        "resumed": _resumed,
        "waiting for a person": _asking(QuestionKind.MANUAL),
        "waiting for a person, handed over": _handed_over,
        "waiting for approval": _proposing,
        "waiting for approval, one of two": _half_approved,
        "waiting after a failure": _asking(QuestionKind.FAILURE),
        "waiting about an unknown outcome": _asking(QuestionKind.UNKNOWN),
        "pausing while it waits": _pausing_while_waiting,
        "failed": _failed,
        "failed since nobody answered": _expired,
        "completed": _completed,
        "completed with failures": _completed_with_failures,
        "completed with a skipped step": _completed_with_a_skip,
        "aborted": _aborted,
    }
)


def story(state: str, size: int = 10) -> Story:
    """A run of so many steps that has come to a state; the longest has all texts at their limits.

    A run of one step has the hardest text, one of ten has texts as people write them.
    """
    longest = size == MAX_STEPS
    text = {
        SIZES[0]: _HARD,
        SIZES[1]: "Page the on-call engineer about the database",
        SIZES[2]: _fill(_HARD, MAX_INSTRUCTION),
    }[size]
    manual = {(size + 1) // 2} if "person" in state or state == "pausing while it waits" else ()
    made = Story(
        [text] * size,
        name=_fill("incident-response-", MAX_NAME) if longest else "incident-response-database",
        manual=manual,
    )
    STATES[state](made)
    return made


def _fill(text: str, most: int) -> str:
    return (text * (most // len(text) + 1))[:most]


def samples() -> Iterator[Sample]:
    """Everything that shows a run."""
    for size in SIZES:
        for state in STATES:
            yield _run(f"run of {size}, {state}", story(state, size))
    told = story("running", MAX_STEPS).run
    yield message("run in the smallest room", run_message(told, room=SMALLEST_ROOM))
    done = story("completed").run
    yield message("run with posts", run_message(done, posts=dict.fromkeys(range(1, 11), _POSTED)))
    yield from _questions()
    yield from _told()
    yield from recoveries()


def _run(name: str, made: Story) -> Sample:
    return message(name, run_message(made.run, last=latest(made.run, made.events)))


def _questions() -> Iterator[Sample]:
    asked = {
        QuestionKind.MANUAL: "waiting for a person",
        QuestionKind.APPROVAL: "waiting for approval",
        QuestionKind.FAILURE: "waiting after a failure",
        QuestionKind.UNKNOWN: "waiting about an unknown outcome",
    }
    for kind, state in asked.items():
        for size in (1, MAX_STEPS):
            yield message(
                f"question, {kind}, run of {size}", question_message(story(state, size).run)
            )
        for choice in CHOICES[kind]:
            yield _answered(f"question, {kind}, answered {choice}", story(state, MAX_STEPS), choice)
    open_one = story("waiting for a person", MAX_STEPS)
    yield view("form, hand over a step", hand_over_modal(_question(open_one.run), open_one.run))
    yield from _approvals()
    yield view("form, skip a step", skip_modal(_question(open_one.run), open_one.run))
    yield view("form, answer with a note", note_modal(_question(open_one.run), open_one.run))
    # The question was answered while the form was on its way.
    yield view("form, skip a step, answered", skip_modal("run_1.1.1.manual", open_one.run))
    expired = story("failed since nobody answered")
    yield _closed("question, expired", expired)


def _approvals() -> Iterator[Sample]:
    for size in (1, MAX_STEPS):
        run = story("waiting for approval, one of two", size).run
        if run.question is None:
            raise ValueError(f"Run {run.number} asks nothing.")
        copy = approval_copy(run, run.question, _POSTED)
        yield message(f"question, approval in its own channel, run of {size}", copy)
        unasked = unasked_message(run.question, "Slack says that Runbot isn't in it.")
        yield message(f"approval's channel refused, run of {size}", unasked)
        yield view(f"form, deny a step of {size}", deny_modal(run.question.id, run))
        yield view(f"the whole action, run of {size}", whole_modal(run.question.id, run))
        yield view(f"the whole action, run of {size}, answered", whole_modal("other", run))


def _question(run: Run) -> str:
    if run.question is None:
        raise ValueError(f"Run {run.number} asks nothing.")
    return run.question.id


def _answered(name: str, made: Story, choice: Choice) -> Sample:
    note = "" if choice is Choice.ABORT else _fill(_HARD, NOTE_MOST)
    made.answered(choice, by=BEN, note=note)
    return _closed(name, made)


def _closed(name: str, made: Story) -> Sample:
    ends = {EventKind.ANSWERED, EventKind.EXPIRED, EventKind.ABORTED}
    asked = next(event for event in made.events if event.kind is EventKind.ASKED)
    closed = next(event for event in made.events if event.kind in ends)
    return message(name, answered_message(made.run, asked, closed))


def _told() -> Iterator[Sample]:
    nothing = Story()
    yield view("timeline, nothing yet", timeline_modal(nothing.run, nothing.events))
    for size in SIZES:
        made = story("completed with failures", size)
        yield message(f"timeline of {size}, message", timeline_message(made.run, made.events))
        yield view(f"timeline of {size}", timeline_modal(made.run, made.events))
        if log := log_message(made.run, made.events):
            yield message(f"log of {size}", log)
    for state in ("completed", "completed with a skipped step", "failed", "aborted"):
        for size in (1, MAX_STEPS):
            made = story(state, size)
            kept = [_fill("db-logs-", 100)] * 25
            yield message(
                f"summary of {size}, {state}",
                summary_message(made.run, made.events[-5:], kept, events=made.events),
            )
