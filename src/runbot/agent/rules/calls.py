"""What a reader of a step's words comes back with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from runbot.agent.rules.literals import Words
from runbot.domain.runbook import AnswerKind, Expectation, OpenQuestion


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool, with what is still open about it."""

    arguments: Mapping[str, JsonValue]
    expect: Expectation | None = None
    questions: tuple[OpenQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the rules leave this step to a person."""

    why: str


Reading = Call | Doubt | None


class Arguments:
    """Arguments as they are found; each that is missing becomes a question."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.given: dict[str, JsonValue] = {}
        self.questions: list[OpenQuestion] = []

    def take(self, field: str, found: str | None, kind: AnswerKind, question: str) -> None:
        """What the text says, else what a person answered, else a question."""
        value = found or self._words.answers.get(field)
        if value:
            self.given[field] = value
        else:
            text = f"Step {self._words.number}: {question}"
            self.questions.append(OpenQuestion(field=field, kind=kind, text=text))

    def call(self, expect: Expectation | None = None) -> Call:
        """The call that these arguments make."""
        return Call(self.given, expect, tuple(self.questions))
