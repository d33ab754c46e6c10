"""A step that a person does: whose it is, until when, and how it gets into other hands."""

from __future__ import annotations

from typing import Any, Final

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    PlainTextObject,
    UserSelectElement,
)
from slack_sdk.models.views import View

from runbot.domain.run import Question, Run
from runbot.surfaces.slack.views import words
from runbot.surfaces.slack.views.budget import modal, section
from runbot.surfaces.slack.views.text import day_and_time, label, line

HAND_OVER: Final = "question.hand_over"
PERSON: Final = "person"


def hands(run: Run, asked: Question) -> str:
    """Whose it is and until when, in a sentence or two."""
    due = f" It is due {day_and_time(asked.terms.due_at)}." if asked.terms.due_at else ""
    if not asked.terms.who:
        return f"Anybody who may answer for this run can do it.{due}"
    who = words.assignee(run, asked.step)
    return f"It is for {who}; whoever else may answer for this run can do it in their place.{due}"


def hand_over_modal(question_id: str, run: Run) -> dict[str, Any]:
    """Asks who is to do the step now. Its state: block and action "person"."""
    asked = run.question
    blocks: list[Block] = []
    if asked is not None and asked.id == question_id:
        told = words.instruction(run, asked.step, 1500)
        blocks.append(
            section(f"Step {asked.step} of run {run.number}, {line(run.name, 100)}:\n{told}")
        )
    blocks.append(
        InputBlock(
            block_id=PERSON,
            label=PlainTextObject(text=label("Who does it now?", 100)),
            element=UserSelectElement(action_id=PERSON),
        )
    )
    return modal(
        View(
            type="modal",
            callback_id=HAND_OVER,
            private_metadata=question_id,
            title="Hand over a step",
            submit="Hand over",
            close="Go back",
            blocks=blocks,
        )
    )
