"""What a person adds to an answer: a note, a reason, links to what shows it."""

from __future__ import annotations

import re
from typing import Final

from runbot.domain.errors import InvalidInput
from runbot.domain.law import Choice, QuestionKind
from runbot.domain.run import Question

MAX_NOTE: Final = 2000
MAX_EVIDENCE: Final = 20
MAX_LINK: Final = 1000
_LINK: Final = re.compile(r"https?://[^\s<>|\"']+")
_TAIL: Final = ".,;:!?)]}"


def worded(question: Question | None, choice: Choice, note: str) -> str:
    """The note without what surrounds it; `InvalidInput` where it is too long or missing."""
    said = note.strip()
    if len(said) > MAX_NOTE:
        raise InvalidInput(f"A note can have {MAX_NOTE:,} characters.")
    manual = question is None or question.kind is QuestionKind.MANUAL
    if choice is Choice.SKIP and not said and not manual:
        raise InvalidInput("Skipping a step needs a reason.", do="Say it in a few words.")
    if choice is Choice.DENY and not said:
        raise InvalidInput("Denying a step needs a reason.", do="Say it in a few words.")
    return said


def evidence_of(note: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """The links that came along and those in the note, each once, in their order."""
    links = [found[0].rstrip(_TAIL) for found in _LINK.finditer(note)]
    fitting = [link for link in (*given, *links) if len(link) <= MAX_LINK]
    return tuple(dict.fromkeys(fitting))[:MAX_EVIDENCE]
