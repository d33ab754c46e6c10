"""Another try of a step with other arguments, as a person chose them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from runbot.domain.access import Actor
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, QuestionKind
from runbot.domain.progress.moves import describe, replaced
from runbot.domain.progress.people import answer
from runbot.domain.redaction import HIDDEN, says_secret
from runbot.domain.run import Change, EventKind, Run
from runbot.domain.runbook import ToolPlan

_SHOWN: Final = 100  # of each value; the event holds all of it


def change_and_retry(
    run: Run, question_id: str, arguments: Mapping[str, JsonValue], *, by: Actor, at: datetime
) -> Change:
    """Answer a failure with another try, which takes these arguments, all of them.

    What differs from those of the try that failed becomes the step's overrides (an argument
    that isn't there any more is None), and stands with both values in the answer's event.
    """
    question = run.question
    if question is None or question.id != question_id or question.kind is not QuestionKind.FAILURE:
        raise Refused(f"Run {run.number} {describe(run)}. Nothing was changed.")
    step = run.step(question.step)
    if not isinstance(run.planned(step.number).plan, ToolPlan):
        raise Refused(f"Step {step.number} isn't done by a tool, so there is nothing to change.")
    changed = differing(step.attempts[-1].arguments, arguments)
    if not changed:
        raise Refused("Nothing is different from what failed.")
    overrides = {**step.overrides, **{name: arguments.get(name) for name in changed}}
    authors = tuple(dict.fromkeys((*step.changed_by, by.id)))
    prepared = replaced(
        run, step.model_copy(update={"overrides": overrides, "changed_by": authors})
    )
    told = answer(prepared, question_id, Choice.RETRY, by=by, note=_said(changed), at=at)
    events = [
        event.model_copy(update={"arguments": changed})
        if event.kind is EventKind.ANSWERED
        else event
        for event in told.events
    ]
    return Change(run=told.run, events=tuple(events))


def differing(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What each argument that differs was and is, by name; None where it wasn't or isn't there."""
    return {
        name: {"was": old.get(name), "is": new.get(name)}
        for name in (*old, *(name for name in new if name not in old))
        if old.get(name) != new.get(name)
    }


def _said(changed: Mapping[str, JsonValue]) -> str:
    """The changes as a sentence's worth of text: 'to is now "b@example.com"'."""
    return ", ".join(
        f"{name} is now {_shown(name, both.get('is'))}"
        for name, both in changed.items()
        if isinstance(both, dict)
    )


def _shown(name: str, value: JsonValue) -> str:
    if value is None:
        return "left out"
    if says_secret(name):
        return HIDDEN
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
