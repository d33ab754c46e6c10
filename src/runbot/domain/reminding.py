"""When people are reminded of a question: pure, from the question alone.

Of an approval half-way and shortly before it runs out; of a manual step that is due half-way,
when it is due, and a few times afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from runbot.domain.law import QuestionKind
from runbot.domain.run import Question

SHORTLY: Final = timedelta(hours=1)  # before the end, of whatever lasts long enough
SHARE: Final = 10  # of what lasts less, the last tenth
OVERDUE: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
SOONEST: Final = timedelta(seconds=60)  # whoever has less time than this is not reminded half-way


def next_reminder(question: Question, after: datetime) -> datetime | None:
    """The first moment past `after` at which people are reminded, if any is left."""
    left = (moment for moment in _moments(question) if moment > after)
    return min((moment for moment in left if moment < question.expires_at), default=None)


def _moments(question: Question) -> Iterator[datetime]:
    asked, due = question.asked_at, question.terms.due_at
    if due is not None:
        if due - asked >= SOONEST:
            yield asked + (due - asked) / 2
        yield due
        yield from (due + late for late in OVERDUE)
    if question.kind is QuestionKind.APPROVAL:
        lasts = question.expires_at - asked
        if lasts >= SOONEST:
            yield asked + lasts / 2
        yield question.expires_at - min(SHORTLY, lasts / SHARE)
