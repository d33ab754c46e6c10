"""What the verbs give back: plain values that any surface can show."""

from __future__ import annotations

from dataclasses import dataclass

from runbot.domain.approvals import Demand
from runbot.domain.lint import Finding
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import Runbook, Version


@dataclass(frozen=True, slots=True)
class StepPreview:
    """What a step will do, in words. `risk` is read, write, destructive, person or runbook.

    `demand` is the approval that it needs first.
    """

    number: int
    action: str
    risk: str
    why: str = ""
    demand: Demand | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A runbook with one of its versions, ready to be shown.

    `previews` are of its steps, `cleanup` of the steps that clean up after it.
    """

    runbook: Runbook
    version: Version
    findings: tuple[Finding, ...]
    previews: tuple[StepPreview, ...]
    cleanup: tuple[StepPreview, ...] = ()

    @property
    def blockers(self) -> tuple[str, ...]:
        """Sentences that say why it can't be published yet."""
        asked = tuple(of_step(n, q.text) for n, q in self.version.content.open_questions)
        wrong = tuple(
            of_step(f.step, f"{f.sentence} {f.fix}") for f in self.findings if f.severity == "error"
        )
        return asked + wrong


def of_step(number: int | None, sentence: str) -> str:
    """The sentence with the number of the step that it is about, said once."""
    named = f"Step {number}"
    if number is None or sentence.startswith((f"{named}:", f"{named} ")):
        return sentence
    return f"{named}: {sentence}"


@dataclass(frozen=True, slots=True)
class Ask:
    """The words weren't understood; `question` asks for what is missing."""

    question: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer changed. `unclear` is what Runbot still has to ask about it."""

    card: Card
    said: tuple[str, ...]
    unclear: str | None = None


@dataclass(frozen=True, slots=True)
class Needed:
    """What a run of a published runbook takes, and what is still to be filled in."""

    card: Card
    parameters: tuple[Parameter, ...]
    missing: tuple[str, ...]
