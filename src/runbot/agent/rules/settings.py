"""A step's settings in words: the bracket at its end, read and written.

`Restart the API [approval by <@U1>, expires in 4h; timeout 5m; retry 3 times after 10s]`.
The bracket is no part of the instruction: nothing else that reads an instruction sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from runbot.agent.rules import approving, whom
from runbot.agent.rules.amounts import COUNT, count, spoken
from runbot.agent.rules.phrases import Phrase, Reader, Scan
from runbot.agent.rules.planning import spoken_assignee
from runbot.agent.rules.whom import Names
from runbot.domain.conduct import Approval
from runbot.domain.runbook import ManualPlan, OnFailure, Step, ToolPlan

EXAMPLE: Final = "[approval by @ben; timeout 5m; retry 3 times; on failure continue]"
_BRACKET: Final = re.compile(r"\s*\[(?P<inside>[^\[\]]*)\]\s*\.?\s*\Z")
_TEMPLATE: Final = r"\{\{\s*(?P<name>\w+)\s*\}\}"
_FAILS: Final = (
    r"(?:on|if|in\s+case\s+of|upon|when)\s+(?:a\s+)?(?:it\s+|this\s+)?fail(?:s|ures?|ed)?\b"
)
_DEEDS: Final = {
    OnFailure.ASK: r"ask(?:\s+(?:me|us|a\s+person|somebody|someone|people))?",
    OnFailure.STOP: r"(?:stop|abort|end|fail)(?:\s+(?:the\s+run|here))?",
    OnFailure.CONTINUE: (
        r"(?:continue|go\s+on|carry\s+on|keep\s+going|proceed)"
        r"(?:\s+(?:anyway|with\s+the\s+(?:next(?:\s+step)?|rest)))?"
    ),
}


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What is set for a step, apart from its words; as in `Step` and `ManualPlan`."""

    timeout: float | None = None
    retries: int = 0
    backoff: float = 1.0
    on_failure: OnFailure = OnFailure.ASK
    approval: Approval | None = None
    assignee: str | None = None
    due: float | None = None


NOTHING: Final = StepSettings()


def split(instruction: str) -> tuple[str, str]:
    """The instruction without the settings in brackets at its end, and these settings' text.

    What stands in brackets and begins no setting stays part of the instruction.
    """
    words = instruction
    said: list[str] = []
    while (found := _BRACKET.search(words)) and _is_settings(found["inside"]):
        said.insert(0, found["inside"].strip())
        words = words[: found.start()]
    return words.rstrip() if said else instruction, "; ".join(said)


def joined(words: str, settings: str) -> str:
    """An instruction with its settings in brackets; as it is where there are none."""
    return f"{words} [{settings}]" if settings else words


def read(text: str, names: Names, so_far: StepSettings = NOTHING) -> StepSettings:
    """The settings with what a text says; `ValueError` with a sentence where it can't be read."""
    return _READER.read(text, names, so_far)


def words(settings: StepSettings) -> str:
    """The settings as text: `read` gives the same ones. "" where nothing is set."""
    said = [approving.words(settings.approval)] if settings.approval else []
    if settings.timeout is not None:
        said.append(f"timeout {spoken(settings.timeout)}")
    after = "" if settings.backoff == NOTHING.backoff else f" after {spoken(settings.backoff)}"
    if settings.retries or after:
        times = "time" if settings.retries == 1 else "times"
        said.append(f"retry {settings.retries} {times}{after}")
    if settings.on_failure is not OnFailure.ASK:
        said.append(f"on failure {settings.on_failure}")
    if settings.assignee:
        said.append(f"assignee {whom.written(settings.assignee)}")
    if settings.due is not None:
        said.append(f"due in {spoken(settings.due)}")
    return "; ".join(said)


def settings_of(step: Step) -> StepSettings:
    """What is set for a step. Whom its own words name isn't set: the words say it."""
    plan = step.plan if isinstance(step.plan, ManualPlan) else None
    assignee = plan.assignee if plan else None
    return StepSettings(
        timeout=step.timeout,
        retries=step.retries,
        backoff=step.backoff,
        on_failure=step.on_failure,
        approval=step.approval,
        assignee=None if assignee == spoken_assignee(step.instruction) else assignee,
        due=plan.due if plan else None,
    )


def setting_words(step: Step) -> str:
    """What is set for a step, as the text of its bracket; "" where nothing is."""
    return words(settings_of(step))


def written(step: Step) -> str:
    """The step as people write it: its words, and its settings in brackets."""
    return joined(step.instruction, setting_words(step))


def with_settings(step: Step, settings: StepSettings) -> Step:
    """A step with these settings. Whoever is assigned does it, whatever tool could.

    Raises `ValueError` with a sentence where a due time is set for what a tool does.
    """
    plan = step.plan
    if settings.assignee and not isinstance(plan, ManualPlan):
        step = step.model_copy(update={"questions": ()})
        plan = ManualPlan(why="it names who does it")
    if isinstance(plan, ManualPlan):
        assignee = settings.assignee or plan.assignee
        plan = plan.model_copy(update={"assignee": assignee, "due": settings.due})
    elif settings.due is not None:
        by = plan.tool if isinstance(plan, ToolPlan) else "Runbot"
        raise ValueError(
            f"a due time is for what a person does, and {by} does this: use timeout, or say who."
        )
    return step.model_copy(
        update={
            "plan": plan,
            "timeout": settings.timeout,
            "retries": settings.retries,
            "backoff": settings.backoff,
            "on_failure": settings.on_failure,
            "approval": settings.approval,
        }
    )


def _is_settings(inside: str) -> bool:
    return any(_READER.begins(phrase) for phrase in _READER.phrases(inside))


def is_settings(text: str) -> bool:
    """Whether every phrase of a text begins as a setting does."""
    phrases = list(_READER.phrases(text))
    return bool(phrases) and all(_READER.begins(phrase) for phrase in phrases)


def _approval(scan: Scan, found: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    approval = approving.read(scan, found, so_far.approval)
    return None if approval is None else replace(so_far, approval=approval)


def _more_approval(scan: Scan, _: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    approval = approving.add(scan, so_far.approval)
    return None if approval is None else replace(so_far, approval=approval)


def _timeout(scan: Scan, _: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    if scan.take(r"none\b"):
        return replace(so_far, timeout=None)
    span = scan.span()
    return None if span is None else replace(so_far, timeout=span)


def _retries(scan: Scan, found: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    named = found.groupdict().get("many") or ""
    if not named and (times := scan.take(rf"(?:it\s+)?(?:up\s+to\s+)?(?P<many>{COUNT})")):
        named = times["many"]
        scan.take(r"(?:more\s+)?(?:times?|retries)\b")
    if not named:
        return None
    so_far = replace(so_far, retries=count(named), backoff=NOTHING.backoff)
    if not scan.take(
        r",?\s*(?:after|every|waiting|with\s+(?:an?\s+)?(?:back-?off|pause)(?:\s+of)?|back-?off)\b"
    ):
        return so_far
    span = scan.span()
    return None if span is None else replace(so_far, backoff=span)


def _backoff(scan: Scan, _: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    span = scan.span()
    return None if span is None else replace(so_far, backoff=span)


def _on_failure(scan: Scan, _: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    scan.take(r"[,:=]")
    deed = next((deed for deed, said in _DEEDS.items() if scan.take(rf"(?:{said})\b")), None)
    return None if deed is None else replace(so_far, on_failure=deed)


def _deed_first(_: Scan, found: re.Match[str], so_far: StepSettings) -> StepSettings:
    said = found["deed"]
    deed = next(deed for deed, way in _DEEDS.items() if re.fullmatch(way, said, re.IGNORECASE))
    return replace(so_far, on_failure=deed)


def _assignee(scan: Scan, _: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    if template := scan.take(_TEMPLATE):
        return replace(so_far, assignee=f"{{{{{template['name']}}}}}")
    who = scan.who(whom.principals)
    if len(who) != 1:
        return None
    if who[0][:1] not in {"U", "W", "S"}:
        raise ValueError("a step is assigned to one person or one group, as @ben or @dba-team.")
    return replace(so_far, assignee=who[0])


def _due(scan: Scan, _: re.Match[str], so_far: StepSettings) -> StepSettings | None:
    span = scan.span()
    return None if span is None else replace(so_far, due=span)


_EVERY_DEED: Final = "|".join(_DEEDS.values())
_READER: Final = Reader[StepSettings](
    (
        Phrase(approving.NONE, "no approval", lambda _s, _f, s: replace(s, approval=None)),
        Phrase(approving.BEGINS, approving.EXAMPLE, _approval),
        Phrase(approving.ADDS, approving.EXAMPLE, _more_approval),
        Phrase(
            r"(?:no|without)\s+(?:an?\s+)?time-?out\b",
            "no timeout",
            lambda _s, _f, s: replace(s, timeout=None),
        ),
        Phrase(
            r"(?:with\s+)?(?:an?\s+)?time-?out\b\s*(?:of\b|after\b|is\b|in\b|:|=)?",
            "timeout 5m",
            _timeout,
        ),
        Phrase(
            r"(?:no|without|0)\s+retr(?:y|ies)\b|(?:never|don['’]?t|do\s+not)\s+(?:retry|try\s+again)\b",
            "no retries",
            lambda _s, _f, s: replace(s, retries=0, backoff=NOTHING.backoff),
        ),
        Phrase(
            rf"(?P<many>{COUNT})\s+retr(?:y|ies)\b|(?:retry|retries|retried|try\s+again)\b\s*[:=]?",
            "retry 3 times after 10s",
            _retries,
        ),
        Phrase(r"back-?off\b\s*(?:of\b|:|=)?", "backoff 10s", _backoff),
        Phrase(_FAILS, "on failure continue", _on_failure),
        Phrase(rf"(?P<deed>{_EVERY_DEED})\s+{_FAILS}", "on failure continue", _deed_first),
        Phrase(
            r"(?:no|without)\s+(?:an?\s+)?assignee\b|unassign(?:ed)?\b|assigned?\s+to\s+nobody\b",
            "no assignee",
            lambda _s, _f, s: replace(s, assignee=None),
        ),
        Phrase(
            r"assign(?:ee|ed)?\b\s*(?:it\s+)?(?:to\b|is\b|:|=)?|done\s+by\b",
            "assignee @ben",
            _assignee,
        ),
        Phrase(
            r"(?:no|without)\s+(?:an?\s+)?due(?:\s+(?:time|date))?\b",
            "no due time",
            lambda _s, _f, s: replace(s, due=None),
        ),
        Phrase(r"due\b\s*(?:in\b|after\b|within\b|:|=)?", "due in 30m", _due),
    ),
    splits=r"[;\n]",
)
