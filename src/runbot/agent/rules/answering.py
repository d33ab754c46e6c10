"""A person's reply in a draft's thread, as answers to the questions that are open there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runbot.agent.rules.declarations import with_found
from runbot.agent.rules.literals import emails, urls
from runbot.agent.rules.markup import plain
from runbot.agent.rules.recognising import READERS
from runbot.agent.rules.replanning import Known, planned
from runbot.agent.rules.replies import (
    BARE_HOST,
    PERSONS_TEXT,
    hosts,
    literals,
    unquoted,
    values,
    values_apart,
)
from runbot.agent.rules.settings import settings_of
from runbot.domain.parameters import PLACEHOLDER, Parameter
from runbot.domain.runbook import AnswerKind, Content, OpenQuestion, Step

MAX_ANSWER: Final = 2000
Given = tuple[int, str, str]
"""A step's number, the field that was asked for, and its value."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was understood, and a sentence about what wasn't. Both may be there."""

    given: tuple[Given, ...] = ()
    unclear: str | None = None


@dataclass(frozen=True, slots=True)
class _Open:
    step: int
    question: OpenQuestion


_NUMBERED: Final = re.compile(
    r"(?:(?<=\n)|(?<=[,;])|^)\s*(?:[-*•]\s+)?\*{0,2}(?:for\s+)?(?:step\s+)?#?(\d{1,3})\s*"
    r"(?:[.)]\*{0,2}\s|\*{0,2}\s*[:=]\*{0,2}\s*|\s[-–—]\s|\s+is\s+|\s*->\s*)",
    re.IGNORECASE,
)
# Within a line only with a colon: "page at 3" and "3 of them" are words.
_NUMBERED_WITHIN: Final = re.compile(
    r"(?<=\s)(?:and\s+)?(?:step\s+)?#?(\d{1,3})\s*[:=]\s+(?=(\S+(?:\s+\S+)?))", re.IGNORECASE
)
_NEXT_ANSWER: Final = re.compile(
    r"\s*(?:[,;\n]|\band\b)\s*(?:and\s+)?(?=(?:the|logs)\b)", re.IGNORECASE
)
_PARTS: Final = re.compile(
    r"\s*[\n;]\s*|,\s+(?:and\s+)?|\s+and\s+(?=(?:the|step)\b)", re.IGNORECASE
)
_HINTS: Final[Mapping[AnswerKind, re.Pattern[str]]] = {
    AnswerKind.EMAIL: re.compile(r"\b(?:e-?mails?|mail|on-?call|recipients?)\b", re.IGNORECASE),
    AnswerKind.URL: re.compile(r"\b(?:sites?|urls?|base|pages?|hosts?|health)\b", re.IGNORECASE),
    AnswerKind.SOURCE: re.compile(
        r"\b(?:logs?|sources?|comes?\s+from|content|files?|snapshot)\b", re.IGNORECASE
    ),
    AnswerKind.CHANNEL: re.compile(r"\bchannels?\b", re.IGNORECASE),
    AnswerKind.DURATION: re.compile(r"\b(?:wait|duration|how long)\b", re.IGNORECASE),
    AnswerKind.TEXT: re.compile(r"\b(?:message|text|say|says|name)\b", re.IGNORECASE),
}
_WANTED: Final[Mapping[AnswerKind, str]] = {
    AnswerKind.EMAIL: "an email address, such as oncall@example.com",
    AnswerKind.URL: "an address that starts with http:// or https://, such as "
    "https://app.example.com",
    AnswerKind.SOURCE: "the address that the content comes from, such as "
    "https://logs.example.com/db.log",
    AnswerKind.CHANNEL: "a channel, such as #incidents",
    AnswerKind.DURATION: "a duration, such as 10 minutes",
    AnswerKind.TEXT: "the words themselves",
}


def _misfit(open_: _Open, said: str) -> str:
    shown = " ".join(said.split())
    shown = shown if len(shown) <= 60 else shown[:57] + "…"  # noqa: PLR2004 - a line's worth
    wanted = _WANTED[open_.question.kind]
    if open_.question.kind in {AnswerKind.URL, AnswerKind.SOURCE} and (
        host := BARE_HOST.search(said)
    ):
        return (
            f'"{host[0].rstrip(".,;")}" doesn\'t say http:// or https://. Write it in full, '
            f"for example: {open_.step}: https://{host[0].rstrip('.,;')}"
        )
    return f'Step {open_.step} needs {wanted}; "{shown}" is not. Write it as: {open_.step}: …'


def read_answers(content: Content, text: str) -> Answers:
    """The answers that a reply gives, each to exactly one open question.

    Several answers to one reply are given by number ("3: https://…"), by saying what they
    are ("the site is https://…"), or by what only one open question can take.
    """
    opens = [_Open(number, question) for number, question in content.open_questions]
    said = plain(text[: 4 * MAX_ANSWER]).strip()
    if not opens:
        return Answers(unclear="Nothing is open about this runbook any more.")
    if not said:
        return Answers(unclear=_what_is_open(opens))
    if len(said) > MAX_ANSWER:
        return Answers(unclear=f"An answer can have {MAX_ANSWER:,} characters.")
    reply = _Reply(opens, len(content.steps))
    pieces = list(_numbered(said, opens))
    if not pieces:
        return Answers(unclear=_what_is_open(opens))
    for number, piece in pieces:
        if number is None:
            reply.hear(piece)
        else:
            own, *others = _NEXT_ANSWER.split(piece)
            reply.hear_for(number, own)
            for other in others:
                reply.hear(other)
    reply.tell_what_is_left(said)
    return Answers(tuple(reply.given), " ".join(reply.unclear) or None)


def _what_is_open(opens: Iterable[_Open]) -> str:
    return " ".join(open_.question.text for open_ in opens)


def _marks(said: str, opens: Iterable[_Open]) -> list[re.Match[str]]:
    """Where a step is named: as an item begins, or before a value that the step asks for."""
    marks = {mark.start(1): mark for mark in _NUMBERED.finditer(said)}
    for mark in _NUMBERED_WITHIN.finditer(said):
        if any(
            open_.step == int(mark[1])
            and open_.question.kind is not AnswerKind.TEXT
            and values(open_.question.kind, mark[2])
            for open_ in opens
        ):
            marks.setdefault(mark.start(1), mark)
    return [marks[at] for at in sorted(marks)]


def _numbered(said: str, opens: Iterable[_Open]) -> Iterator[tuple[int | None, str]]:
    """The reply in pieces, each with the step that it names, if any."""
    marks = _marks(said, opens)
    first = said[: marks[0].start()] if marks else said
    if first.strip(" ,;\n"):
        yield None, first
    ends = [*(mark.start() for mark in marks), len(said)][1:]
    for mark, end in zip(marks, ends, strict=True):
        yield int(mark[1]), said[mark.end() : end].strip(" ,;\n")


class _Reply:
    """What has been heard of one reply so far."""

    def __init__(self, opens: list[_Open], steps: int) -> None:
        self._opens = opens
        self._steps = steps
        self.given: list[Given] = []
        self.unclear: list[str] = []

    def _left(self) -> list[_Open]:
        taken = {(number, name) for number, name, _ in self.given}
        return [open_ for open_ in self._opens if (open_.step, open_.question.field) not in taken]

    def _give(self, open_: _Open, value: str) -> None:
        self.given.append((open_.step, open_.question.field, value))

    def hear_for(self, number: int, piece: str) -> None:
        """A piece that names its step."""
        asked = [open_ for open_ in self._left() if open_.step == number]
        if not asked:
            self.unclear.append(
                f"Nothing is open about step {number}."
                if number <= self._steps
                else f"There is no step {number}."
            )
            return
        fitting = [open_ for open_ in asked if values(open_.question.kind, piece)]
        strict = [open_ for open_ in fitting if open_.question.kind is not AnswerKind.TEXT]
        for open_ in strict or fitting[:1]:
            found = values(open_.question.kind, piece)
            self._give(open_, _several(open_, found))
        if not fitting:
            self.unclear.append(_misfit(asked[0], piece))

    def hear(self, said: str) -> None:
        """A piece that names no step: by its words, then by what only one question can take."""
        texts = [open_ for open_ in self._left() if open_.question.kind is AnswerKind.TEXT]
        if len(texts) == len(self._left()) == 1:
            self._give(texts[0], unquoted(said))
            return
        if PERSONS_TEXT.search(said):
            parts = [said]
        else:
            parts = [one for part in _PARTS.split(said) for one in values_apart(part)]
        if self._in_order(parts):
            return
        heard = [self._hear_part(part) for part in parts]
        if not any(heard):
            left = self._left()
            self.unclear.append(
                _misfit(left[0], said) if len(left) == 1 else self._which(left, said)
            )

    def _in_order(self, parts: list[str]) -> bool:
        """Whether the parts are bare values, one for each open question in its order."""
        left = self._left()
        found = [
            values(open_.question.kind, part) for open_, part in zip(left, parts, strict=False)
        ]
        if len(parts) != len(left) or len(parts) == 1 or not all(found):
            return False
        if any(each != [part.strip()] for each, part in zip(found, parts, strict=True)):
            return False
        for open_, each in zip(left, found, strict=True):
            self._give(open_, each[0])
        return True

    def _which(self, left: list[_Open], said: str) -> str:
        if host := BARE_HOST.search(said):
            urls_left = [o for o in left if o.question.kind in {AnswerKind.URL, AnswerKind.SOURCE}]
            if urls_left and not emails(said) and not urls(said):
                return _misfit(urls_left[0], host[0])
        return f"Which question does that answer? {_what_is_open(left)}"

    def _hear_part(self, part: str) -> bool:
        """Whether the part was an answer, or was told to be an unclear one."""
        left = self._left()
        fitting = [
            open_
            for open_ in left
            if open_.question.kind is not AnswerKind.TEXT and values(open_.question.kind, part)
        ]
        if not fitting:
            return False
        if len(fitting) > 1:
            hinted = [o for o in fitting if _hinted(o, part, fitting)]
            fitting = hinted or fitting
        if len(fitting) == 1:
            found = values(fitting[0].question.kind, part)
            self._give(fitting[0], _several(fitting[0], found))
            return True
        value = values(fitting[0].question.kind, part)[0]
        steps = " or ".join(f"step {open_.step}" for open_ in fitting)
        self.unclear.append(
            f"Is {value} for {steps}? Say it with the step's number, for example: "
            f"{fitting[0].step}: {value}"
        )
        return True

    def tell_what_is_left(self, said: str) -> None:
        """Name each value of the reply that answers nothing and was not spoken of yet."""
        heard = set(literals(" ".join([*(value for *_, value in self.given), *self.unclear])))
        left = self._left()
        for value in literals(said):
            if value in heard:
                continue
            fitting = [open_ for open_ in left if values(open_.question.kind, value)]
            if fitting:
                self.unclear.append(
                    f"{value} was not taken. Say which step it is for, for example: "
                    f"{fitting[0].step}: {value}"
                )
            else:
                self.unclear.append(f"{value} was not taken: it answers nothing that is open.")
        for value in hosts(said):
            sites = [o for o in left if o.question.kind in {AnswerKind.URL, AnswerKind.SOURCE}]
            if sites and not any(value in told for told in self.unclear):
                self.unclear.append(_misfit(sites[0], value))


def _several(open_: _Open, values: list[str]) -> str:
    return (
        ", ".join(dict.fromkeys(values)) if open_.question.kind is AnswerKind.EMAIL else values[0]
    )


def _hinted(open_: _Open, part: str, among: list[_Open]) -> bool:
    """Whether the words around the value say that this question is meant."""
    words = _words_around(part)
    kinds = {other.question.kind for other in among}
    if len(kinds) == len(among):
        return _HINTS[open_.question.kind].search(words) is not None
    own = set(re.findall(r"[a-z]{4,}", open_.question.text.lower()))
    others = {
        word
        for other in among
        if other is not open_
        for word in re.findall(r"[a-z]{4,}", other.question.text.lower())
    }
    return bool((own - others) & set(re.findall(r"[a-z]{4,}", words.lower())))


def _words_around(part: str) -> str:
    return re.sub(r"https?://\S+", " ", PLACEHOLDER.sub(" ", part))


def answer(
    content: Content, given: Iterable[Given], *, tools: Collection[str] = frozenset(READERS)
) -> Content:
    """The content with these answers, planned anew; parameters they name are declared."""
    answers: dict[int, dict[str, str]] = {}
    for number, name, value in given:
        answers.setdefault(number, {})[name] = value
    said = [value for fields in answers.values() for value in fields.values()]
    parameters = with_found(content.parameters, said)
    steps = tuple(
        _planned(step, number, parameters, Known(tools), answers.get(number, {}))
        for number, step in enumerate(content.steps, 1)
    )
    return content.model_copy(update={"parameters": parameters, "steps": steps})


def _planned(
    step: Step,
    number: int,
    parameters: tuple[Parameter, ...],
    known: Known,
    answers: Mapping[str, str],
) -> Step:
    if not answers:
        return step
    return planned(
        step.instruction,
        settings_of(step),
        parameters=parameters,
        known=known,
        answers={**step.answers, **answers},
        number=number,
    )
