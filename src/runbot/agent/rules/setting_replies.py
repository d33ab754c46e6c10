"""What a reply in a runbook's thread sets: "step 2: retry 3 times", "locks: prod-db".

The phrases are those of the brackets and of the form; only how a step is named is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runbot.agent.rules import conducting, settings
from runbot.agent.rules.authoring import steps_of
from runbot.agent.rules.conducting import phrases
from runbot.agent.rules.markup import plain, ungrouped
from runbot.agent.rules.replanning import UNSAVED, Known, planned, replan
from runbot.agent.rules.sections import Sections, sections
from runbot.agent.rules.settings import setting_words, settings_of, written
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.runbook import Content, Step

MAX_REPLY: Final = 2000
_NUMBERS: Final = r"steps?\s+#?(?P<steps>\d{1,3}(?:\s*(?:,|&|and)\s*#?\d{1,3})*)"
_WHICH: Final = rf"(?P<after>clean(?:ing)?[ -]?up\s+)?{_NUMBERS}\b"
_OPENING: Final = r"(?:please\s+|and\s+|also\s+|then\s+|(?:can|could)\s+you\s+)*"
# How a step is named, and what the phrase then is: `said` is the rest of the line.
_WAYS: Final = tuple(
    (re.compile(_OPENING + way, re.IGNORECASE | re.DOTALL), phrase)
    for way, phrase in (
        (rf"assign\s+{_WHICH}\s+to\s+(?P<said>.+)", "assignee {said}"),
        (rf"(?:retry|try)\s+{_WHICH}\s+(?:again\s+)?(?P<said>.+)", "retry {said}"),
        (
            (
                rf"(?:no|remove(?:\s+the)?|without)\s+(?P<said>approvals?|time-?out|retries|assignee"
                rf"|due(?:\s+time)?)\s+(?:for|from|on|of|in)\s+{_WHICH}\s*"
            ),
            "no {said}",
        ),
        (
            (
                rf"(?:(?:require|ask\s+for|add|get|needs?)\s+)?(?:an?\s+)?approval\s+"
                rf"(?:for|on|before|of|to)\s+{_WHICH}\s*,?\s*(?P<said>.*)"
            ),
            "approval {said}",
        ),
        (
            rf"(?P<said>continue|go\s+on|stop|ask)\s+(?:if|when)\s+{_WHICH}\s+fails",
            "on failure {said}",
        ),
        (
            (
                rf"(?:(?:make|let|have|set|change)\s+)?(?:for|in|at|on)?\s*{_WHICH}\s*[:,–-]?\s*"
                r"(?:(?:should|must|to|has|have|is|be(?!\s+approved)|gets?)\s+)*(?P<said>.+)"
            ),
            "{said}",
        ),
    )
)
_LINES: Final = re.compile(r"\n|(?<=[^\d\s])\.\s+(?=\S)")


class _Anybody(Mapping[str, str]):
    """Knows every name, for finding out whether words are settings at all."""

    def __getitem__(self, key: str) -> str:
        return "C0ANY1" if key.startswith("#") else "U0ANY1"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def get(self, key: str, default: object = None) -> str:
        """An id, whoever is asked for."""
        del default
        return self[key]


class _NoSuchStepError(ValueError):
    """A reply names a step that the runbook hasn't."""

    def __init__(self, number: int, name: str, count: int) -> None:
        there = f"there {'is' if count == 1 else 'are'} {count or 'none'}"
        super().__init__(f"There is no {name.lower()} {number}: {there}.")
        self.number = number


@dataclass(frozen=True, slots=True)
class _Said:
    """One line of a reply: phrases about steps or clean-up steps, or about the runbook."""

    text: str
    steps: tuple[int, ...] = ()
    cleanup: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """The content as a reply left it, and a sentence for each thing that it changed."""

    content: Content
    said: tuple[str, ...]


def is_meant(text: str) -> bool:
    """Whether a reply says nothing but settings, well or badly."""
    return _read(text) is not None


def chosen(text: str) -> str:
    """The reply with people and groups as Slack writes them, for whoever looks names up."""
    return plain(text[:MAX_REPLY], groups=True)


def change(content: Content, text: str, known: Known) -> Changed:
    """The content with what a reply sets, all of it or nothing.

    Raises `InvalidInput` with a problem for each phrase that can't be.
    """
    lines, parts = _read(text) or ((), Sections(""))
    problems: list[Problem] = []
    new = content
    said: list[str] = []
    for line in lines:
        try:
            new, told = _one(new, line, known)
        except ValueError as wrong:
            problems.append(_problem(line, wrong))
        else:
            said += told
    if problems:
        raise InvalidInput(UNSAVED, problems=tuple(problems))
    if parts.cleanup:
        new = _cleaned(new, parts.cleanup, known)
        said += [f"Clean-up step {n}: {written(step)}" for n, step in enumerate(new.cleanup, 1)]
    return Changed(new, tuple(dict.fromkeys(said)))


def _problem(line: _Said, wrong: ValueError) -> Problem:
    if not line.steps:
        return Problem("settings", str(wrong))
    field, name = ("cleanup", "Clean-up step") if line.cleanup else ("steps", "Step")
    if isinstance(wrong, _NoSuchStepError):
        return Problem(f"{field}.{wrong.number}", str(wrong))
    return Problem(f"{field}.{line.steps[0]}", f"{name} {line.steps[0]}: {wrong}")


def _read(text: str) -> tuple[tuple[_Said, ...], Sections] | None:
    """The lines of a reply; None where any of it is no setting."""
    if len(text) > MAX_REPLY:
        return None
    parts = sections(chosen(text).strip())
    said = "\n".join(filter(None, (parts.rest, parts.settings)))
    lines = [_line(line.strip(" \t*-•.")) for line in _LINES.split(said) if line.strip(" \t*-•.")]
    if not (lines or parts.cleanup) or None in lines:
        return None
    return tuple(filter(None, lines)), parts


def _line(said: str) -> _Said | None:
    for way, phrase in _WAYS:
        if not (found := way.fullmatch(said)):
            continue
        text = phrase.format(said=found["said"].strip())
        if settings.is_settings(text):
            numbers = tuple(int(number) for number in re.findall(r"\d+", found["steps"]))
            return _Said(text, numbers, cleanup=bool(found["after"]))
    if not conducting.is_settings(said):
        return None
    try:
        conducting.read(said, _Anybody())
    except ValueError:
        # "Timeout -2h" is a setting, "parallel universes" isn't.
        return (
            _Said(said) if re.match(r"\W*(?:locks?|time-?out)\b\s*[:=-]?\s*[-\d]", said) else None
        )
    return _Said(said)


def _one(content: Content, line: _Said, known: Known) -> tuple[Content, list[str]]:
    if not line.steps:
        conduct = conducting.read(line.text, known.names, content.conduct)
        told = "; ".join(phrases(conduct)) or "nothing is set any more"
        return content.model_copy(update={"conduct": conduct}), [f"The runbook: {told}"]
    kind, name = ("cleanup", "Clean-up step") if line.cleanup else ("steps", "Step")
    steps: list[Step] = list(getattr(content, kind))
    told_of = []
    for number in line.steps:
        if not 0 < number <= len(steps):
            raise _NoSuchStepError(number, name, len(steps))
        steps[number - 1] = _set(content, steps[number - 1], number, line, known)
        words = setting_words(steps[number - 1]) or "nothing is set any more"
        told_of.append(f"{name} {number}: {words}")
    return content.model_copy(update={kind: tuple(steps)}), told_of


def _set(content: Content, step: Step, number: int, line: _Said, known: Known) -> Step:
    return planned(
        step.instruction,
        settings.read(line.text, known.names, settings_of(step)),
        parameters=content.parameters,
        known=known,
        answers=step.answers,
        number=number,
    )


def _cleaned(content: Content, text: str, known: Known) -> Content:
    return replan(
        content,
        content.description,
        content.parameters,
        tuple(map(written, content.steps)),
        known=known,
        conduct="\n".join(phrases(content.conduct)),
        cleanup=steps_of(ungrouped(text), one=True),
    )
