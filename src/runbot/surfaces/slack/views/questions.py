"""What a run asks people, until it is answered; and what became of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextObject,
    RadioButtonsElement,
)
from slack_sdk.models.views import View

from runbot.domain.law import CHOICES, Choice, QuestionKind
from runbot.domain.run import Event, EventKind, Question, Run
from runbot.domain.runbook import ToolPlan
from runbot.surfaces.slack.views import asking, manual, words
from runbot.surfaces.slack.views.approvals import approval_blocks, decided_message
from runbot.surfaces.slack.views.budget import (
    Message,
    message,
    modal,
    section,
    text_input,
)
from runbot.surfaces.slack.views.controls import button, confirm
from runbot.surfaces.slack.views.text import (
    between,
    bold,
    clip,
    counted,
    day_and_time,
    line,
    mention,
    plain,
    when,
)

CHANGE: Final = "question.change"
_TOLD_BY_QUESTION: Final = frozenset(
    {
        EventKind.ANSWERED,
        EventKind.EXPIRED,
        EventKind.STEP_COMPLETE,
        EventKind.STEP_SKIPPED,
        EventKind.ATTEMPT_FAILED,
        EventKind.DENIED,
        EventKind.APPROVED,
    }
)
_STYLES: Final = {Choice.DONE: "primary", Choice.RETRY: "primary", Choice.ABORT: "danger"}


def question_message(run: Run) -> Message:
    """The open question as a message of its own, with its buttons.

    Raises `ValueError` where the run asks nothing.
    """
    asked = _open(run)
    title = f"Step {asked.step} of run {run.number}"
    blocks = question_blocks(run)
    return message(clip(f"{_headline(run, asked)} {title}: {line(asked.text, 300)}", 1000), blocks)


def _open(run: Run) -> Question:
    if run.question is None or words.open_question(run) is None:
        raise ValueError(f"Run {run.id} asks nothing.")
    return run.question


def question_blocks(run: Run, *, short: bool = False) -> list[Block]:
    """The open question's blocks, none where nothing is asked.

    `short` is for the run's own message, which has the step's line and its own Abort.
    """
    if run.question is None or words.open_question(run) is None:
        return []
    asked = run.question
    if asked.kind is QuestionKind.APPROVAL:
        return approval_blocks(run, asked, place="run" if short else "thread")
    most = 500 if short else 2200
    text = f"{bold(_headline(run, asked))}\n{_body(run, asked, most)}"
    until = f"Until {day_and_time(asked.expires_at)}; unanswered, the run fails then."
    blocks: list[Block] = [section(text)]
    if not short:
        said = f"{manual.hands(run, asked)} {until}" if asked.kind is QuestionKind.MANUAL else until
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=said, verbatim=True)]))
    left_out = {Choice.ABORT} if short else set()
    buttons = [_button(asked, c) for c in CHOICES[asked.kind] if c not in left_out]
    if asked.kind is QuestionKind.MANUAL:
        buttons.append(button("Answer with a note…", "question.note", asked.id))
        buttons.append(button("Hand over…", manual.HAND_OVER, asked.id))
    if asked.kind is QuestionKind.FAILURE and isinstance(run.planned(asked.step).plan, ToolPlan):
        buttons.insert(1, button("Change and retry…", CHANGE, asked.id))
    # One block_id per question and place: Slack keeps the state of a block that keeps its id.
    place = "run" if short else "thread"
    blocks.append(
        ActionsBlock(block_id=clip(f"question.{place}.{asked.id}", 255), elements=buttons)
    )
    return blocks


def _headline(run: Run, asked: Question) -> str:
    match asked.kind:
        case QuestionKind.MANUAL:
            return f"Step {asked.step} is for {words.assignee(run, asked.step)} to do."
        case QuestionKind.APPROVAL:
            return f"Step {asked.step} needs approval before it is done."
        case QuestionKind.FAILURE:
            return f"Step {asked.step} failed. What now?"
        case QuestionKind.UNKNOWN:
            return f"Nobody knows how step {asked.step} ended. What now?"


def _body(run: Run, asked: Question, most: int) -> str:
    step = run.step(asked.step)
    told = plain(asked.text, most, people=words.people(run))
    if asked.kind is QuestionKind.MANUAL:
        # The question's text is the instruction; the one made here names people as people.
        return words.instruction(run, asked.step, most)
    instruction = f"> {words.instruction(run, asked.step, 300)}"
    tried = counted(len(step.attempts), "attempt")
    took = between(step.attempts[-1].started_at, step.attempts[-1].ended_at)
    lasted = f", the last one took {took}" if took and asked.kind is QuestionKind.FAILURE else ""
    match asked.kind:
        case QuestionKind.FAILURE:
            return f"{instruction}\n{told}\n{tried}{lasted}."
        case _:
            return f"{instruction}\n{told or 'It was under way when Runbot stopped.'}"


def _button(asked: Question, choice: Choice) -> ButtonElement:
    asks_first = None
    if choice is Choice.AGAIN:
        asks_first = confirm(
            "Do it again?",
            "If it had happened after all, it happens twice.",
            "Do it again",
            "Go back",
        )
    elif choice is Choice.ABORT:
        asks_first = confirm("Abort the run?", "No further step will be done.", "Abort", "Go back")
    return button(
        words.CHOICE_LABELS[choice],
        f"question.{choice}",
        asked.id,
        style=_STYLES.get(choice),
        confirm=asks_first,
    )


def closing(events: Sequence[Event], after: int) -> tuple[int, Event] | None:
    """The event, with its index, that ended the question asked by the event at index `after`."""
    ends = {
        EventKind.ANSWERED,
        EventKind.EXPIRED,
        EventKind.ABORTED,
        EventKind.FAILED,
        EventKind.COMPLETED,
    }
    later = enumerate(events[after + 1 :], after + 1)
    return next(((index, event) for index, event in later if event.kind in ends), None)


def told_with(events: Sequence[Event], closed: int) -> set[int]:
    """Which events the question's own message tells, once the event at index `closed` ended it.

    An answer ends its step or attempt in the same moment; those need no lines of their own.
    """
    end = events[closed]
    if end.kind not in _TOLD_BY_QUESTION:
        return set()
    later = range(closed, len(events))
    return {
        index
        for index in later
        if events[index].kind in _TOLD_BY_QUESTION
        and (events[index].at, events[index].step) == (end.at, end.step)
    }


def first_answer(run: Run, events: Sequence[Event], question_id: str) -> Event | None:
    """What ended a question that isn't open any more; None where it is."""
    for index, event in enumerate(events):
        asked = f"{run.id}.{event.step}.{event.attempt}.{event.detail}"
        if event.kind is EventKind.ASKED and asked == question_id:
            closed = closing(events, index)
            return closed[1] if closed else None
    return None


def answered_message(run: Run, asked: Event, closed: Event) -> Message:
    """A question that needs no answer any more: who answered what. It has no buttons."""
    number = asked.step or 1
    told = words.instruction(run, number, 400)
    said = _said(closed)
    lines = [f"Step {number}: {told}"]
    if asked.detail == QuestionKind.APPROVAL:
        return decided_message(run, asked, closed)
    if asked.detail != QuestionKind.MANUAL and (tries := run.step(number).attempts):
        tried = tries[min(asked.attempt or 1, len(tries)) - 1]
        what = "outcome unknown" if asked.detail == QuestionKind.UNKNOWN else "failed"
        why = line(tried.summary, 600, people=words.people(run))
        lines.append(f"Attempt {tried.number} {what}" + (f": {why}" if why else ""))
    shown = asking.evidence(closed, 1500)
    text = "\n".join([*lines, bold(said), *([shown[:1].upper() + shown[1:]] if shown else [])])
    return message(clip(f"{said} Step {number} of run {run.number}.", 1000), [section(text)])


def _said(closed: Event) -> str:
    who, at = mention(closed.actor), when(closed.at)
    match closed.kind:
        case EventKind.ANSWERED:
            choice, _, note = closed.detail.partition(": ")
            chosen = words.answered_words(choice)
            return f"{who} answered at {at}: {chosen}" + (f", {line(note, 600)}" if note else "")
        case EventKind.EXPIRED:
            return "Nobody answered in time."
        case EventKind.ABORTED:
            return f"No answer is needed: {who} aborted the run at {at}."
        case _:
            return "No answer is needed: the run has ended."


def skip_modal(question_id: str, run: Run) -> dict[str, Any]:
    """Asks why a step is skipped. Its state: block "reason", action "reason"."""
    return modal(
        View(
            type="modal",
            callback_id="question.skip",
            private_metadata=question_id,
            title="Skip a step",
            submit="Skip the step",
            close="Go back",
            blocks=[*_step_of(question_id, run), text_input("reason", "Why is it skipped?")],
        )
    )


def note_modal(question_id: str, run: Run) -> dict[str, Any]:
    """Answers a manual step with a note. Its state: "choice" and "note", block and action."""
    options = [
        Option(value=choice.value, text=PlainTextObject(text=text))
        for choice, text in (
            (Choice.DONE, "Done"),
            (Choice.FAILED, "Failed"),
            (Choice.SKIP, "Skip"),
        )
    ]
    return modal(
        View(
            type="modal",
            callback_id="question.note",
            private_metadata=question_id,
            title="Answer with a note",
            submit="Answer",
            close="Go back",
            blocks=[
                *_step_of(question_id, run),
                InputBlock(
                    block_id="choice",
                    label=PlainTextObject(text="How did it go?"),
                    element=RadioButtonsElement(
                        action_id="choice", options=options, initial_option=options[0]
                    ),
                ),
                text_input("note", "Note"),
            ],
        )
    )


def _step_of(question_id: str, run: Run) -> list[Block]:
    asked = run.question
    if asked is None or asked.id != question_id:
        return []
    told = words.instruction(run, asked.step, 1500)
    return [section(f"Step {asked.step} of run {run.number}, {line(run.name, 100)}:\n{told}")]
