"""How settings are read: phrase by phrase, each from its first word to its last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from runbot.agent.rules.amounts import DURATION, seconds
from runbot.agent.rules.whom import Names

T = TypeVar("T")
SHOWN = 60


class Scan:
    """A phrase that is read from left to right, spaces skipped."""

    def __init__(self, text: str, names: Names) -> None:
        self.text = text
        self.names = names
        self.at = 0

    def take(self, pattern: str) -> re.Match[str] | None:
        """What stands here, if it is this; the place then moves behind it."""
        found = re.compile(rf"\s*(?:{pattern})", re.IGNORECASE).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def span(self) -> float | None:
        """The duration that stands here in seconds; `ValueError` where it makes no sense."""
        found = self.take(rf"(?P<span>{DURATION})")
        return seconds(found["span"]) if found else None

    def who(self, read: Callable[[str, int, Names], tuple[T, int]]) -> T:
        """What a reader of names finds here."""
        self.take("")
        found, self.at = read(self.text, self.at, self.names)
        return found

    @property
    def left(self) -> str:
        """What hasn't been read."""
        return self.text[self.at :].strip(" \t.,;")


@dataclass(frozen=True, slots=True)
class Phrase(Generic[T]):
    """One kind of setting: the words it begins with, how it is written, and what reads it.

    `read` gets the place behind the first words, those words, and the settings so far. It
    gives None where something is missing that has to follow.
    """

    begins: str
    example: str
    read: Callable[[Scan, re.Match[str], T], T | None]


class Reader(Generic[T]):
    """Reads the phrases of one set of settings."""

    def __init__(self, phrases: Sequence[Phrase[T]], *, splits: str) -> None:
        self._phrases = [
            (re.compile(rf"\s*(?:{phrase.begins})", re.IGNORECASE), phrase) for phrase in phrases
        ]
        named = "|".join(f"(?:{phrase.begins})" for phrase in phrases)
        begins = re.sub(r"\(\?P<\w+>", "(?:", named)
        self._splits = re.compile(splits, re.IGNORECASE)
        self._joins = re.compile(
            rf",\s*(?:and\s+)?(?={begins})|\s+and\s+(?={begins})", re.IGNORECASE
        )

    def phrases(self, text: str) -> Iterator[str]:
        """The phrases of a text."""
        # Apart first: a name at the end of a line is no word of the next one's phrase.
        for line in self._splits.split(text):
            for part in self._joins.split(line):
                if phrase := part.strip(" \t\n.,;"):
                    yield phrase

    def begins(self, phrase: str) -> bool:
        """Whether a phrase begins as a setting does."""
        return any(begins.match(phrase) for begins, _ in self._phrases)

    def read(self, text: str, names: Names, so_far: T) -> T:
        """The settings with what a text says; `ValueError` with a sentence where it can't be.

        The last word counts where something is said twice.
        """
        for phrase in self.phrases(text):
            so_far = self._one(phrase, names, so_far)
        return so_far

    def _one(self, phrase: str, names: Names, so_far: T) -> T:
        example = ""
        for begins, kind in self._phrases:
            if not (found := begins.match(phrase)):
                continue
            scan = Scan(phrase, names)
            scan.at = found.end()
            read = kind.read(scan, found, so_far)
            if read is not None and not scan.left:
                return read
            example = example or kind.example
        shown = phrase if len(phrase) <= SHOWN else phrase[: SHOWN - 1] + "…"
        if example:
            raise ValueError(f'"{shown}" can\'t be read as a setting: write it as {example}.')
        raise ValueError(f'"{shown}" is not a setting.')
