"""What happens to a question before its answer, in words: reminders, other hands, evidence."""

from __future__ import annotations

from typing import Final

from runbot.domain.law import QuestionKind
from runbot.domain.run import Event, Question, Run
from runbot.surfaces.slack.views import words
from runbot.surfaces.slack.views.principals import named, one_of
from runbot.surfaces.slack.views.text import clip, day_and_time, line, mention

EVIDENCE_SHOWN: Final = 10


def reminded(run: Run, event: Event) -> str:
    """Who is reminded of what; they are named, and so notified, as long as it is open."""
    asked = run.question
    here = asked is not None and (asked.step, asked.attempt) == (event.step, event.attempt)
    if asked is None or not here or words.open_question(run) is None:
        return "people were reminded"
    if asked.kind is QuestionKind.APPROVAL:
        return (
            f"{one_of(asked.terms.who)}, this still waits for approval, until "
            f"{day_and_time(asked.expires_at)}"
        )
    return f"{words.assignee(run, asked.step)}, this is still to be done{_due(asked, event)}"


def _due(asked: Question, event: Event) -> str:
    due = asked.terms.due_at
    if due is None:
        return ""
    return f", {'due' if event.at < due else 'it was due'} {day_and_time(due)}"


def handed(event: Event) -> str:
    """Who gave it to whom."""
    return f"{mention(event.actor)} handed it over to {named(event.detail)}"


def evidence(event: Event, most: int) -> str:
    """The links and files that came with an answer."""
    given = event.arguments.get("evidence")
    if not isinstance(given, list) or not given or most <= 0:
        return ""
    shown = ", ".join(line(str(one), 200) for one in given[:EVIDENCE_SHOWN])
    return clip(f"evidence: {shown}", most)
