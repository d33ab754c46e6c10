"""What waits for one person, across runs: on top of Home, and first in the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from runbot.domain.law import QuestionKind
from runbot.surfaces.slack.views import home, lists, text
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.shapes import RunLine, Waiting

SHOWN: Final = 10
_WHAT: Final = {
    QuestionKind.MANUAL: "to do",
    QuestionKind.APPROVAL: "to approve",
    QuestionKind.FAILURE: "it failed, what now?",
    QuestionKind.UNKNOWN: "nobody knows how it ended, what now?",
}


def waiting_lines(waiting: Sequence[Waiting], links: Mapping[str, str]) -> list[str]:
    """A line each, the oldest first; `links` lead to the runs' messages, by question."""
    lines = [waiting_line(one, links.get(one.id)) for one in waiting[:SHOWN]]
    if (left := len(waiting) - SHOWN) > 0:
        lines.append(f"… and {left} more")
    return lines


def waiting_line(one: Waiting, address: str | None) -> str:
    """One question: what is wanted, of which step of which run, since when and until when."""
    run = one.run
    where = f"Run {run.number} of {text.line(run.name, 100)}, step {one.step}"
    due = one.terms.due_at
    parts = [
        f"✋ *{_WHAT[one.kind]}*: {text.line(one.text, 200)}",
        text.link(address, where) if address else where,
        f"since {text.day_and_time(one.asked_at)}",
        f"due {text.day_and_time(due)}" if due else f"until {text.day_and_time(one.expires_at)}",
        text.channel(run.channel) if run.channel else "",
    ]
    return " · ".join(part for part in parts if part)


def status_message(
    waiting: Sequence[Waiting], links: Mapping[str, str], going_on: Sequence[RunLine]
) -> Message:
    """What waits for somebody, and then the runs that are going on."""
    first = [home.WAITING, *waiting_lines(waiting, links)] if waiting else []
    return lists.status_message(going_on, before=first)
