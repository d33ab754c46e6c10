"""What a careful reader would say about a runbook before it runs, each with how to mend it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from runbot.domain.parameters import BUILT_IN, PLACEHOLDER, placeholders
from runbot.domain.runbook import Content, ManualPlan, RunbookPlan, Step, ToolPlan
from runbot.domain.wording import calm, compound, flow, imperative, jump, unowned, vague

MANY_STEPS: Final = 20
_URL: Final = re.compile(r"https?://[^\s<>\"'`|)\]]+")
_PLACE: Final = re.compile(
    r"(?<![a-z0-9])(?:prod|production|preprod|staging|stage|uat|qa|dev|sandbox|canary)(?![a-z])",
    re.IGNORECASE,
)
_ID: Final = re.compile(
    r"(?<=[/=])(?:\d{3,}|[0-9a-f]{8}-[0-9a-f-]{27}|(?=[a-f]*\d)[0-9a-f]{12,})(?=[/?&#]|$)",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?\b"
    r"|\b\d{1,2}(?:\.|/)\d{1,2}(?:\.|/)(?:19|20)\d{2}\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:January|February|March|April|May|June|July|August"
    r"|September|October|November|December)(?:\s+\d{4})?\b"
    r"|\b(?:January|February|March|April|June|July|August|September|October|November|December)"
    r"\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?\b"
)
_THRESHOLD: Final = re.compile(
    r"(?:\b(?:above|below|over|under|exceeds?|exceeding|more\s+than|less\s+than|fewer\s+than"
    r"|greater\s+than|higher\s+than|lower\s+than|at\s+least|at\s+most|up\s+to|drops?\s+to)|[<>]=?|[≤≥])"
    r"\s*(\d+(?:[.,]\d+)?\s*(?:%|percent\b|[a-zA-Zµ]{1,8}\b(?:/\w+)?)?)",
    re.IGNORECASE,
)


class Severity(StrEnum):
    """An error blocks publishing; a warning is advice."""

    ERROR = "error"
    WARNING = "warning"


class Finding(BaseModel):
    """One thing to mend. `step` is a step's number, or None for the whole runbook."""

    model_config = ConfigDict(frozen=True)

    code: str
    step: int | None
    severity: Severity
    sentence: str
    fix: str


def _warning(code: str, step: int | None, sentence: str, fix: str) -> Finding:
    return Finding(code=code, step=step, severity=Severity.WARNING, sentence=sentence, fix=fix)


def lint(content: Content) -> tuple[Finding, ...]:
    """Every finding: first the runbook's own, then step by step."""
    found = [*_too_long(content), *_unused(content)]
    taken = {parameter.name for parameter in content.parameters}
    declared = taken | BUILT_IN
    for number, step in enumerate(content.steps, 1):
        found.extend(_undefined(number, step, declared))
        found.extend(_worded(number, calm(step.instruction)))
        found.extend(_address(number, content, taken))
        found.extend(_hard_coded(number, step.instruction, taken))
        found.extend(_repeated(number, content))
    for number, step in enumerate(content.cleanup, 1):
        wrong = [*_undefined(number, step, declared), *_asked(step)]
        found.extend(of_cleanup(number, one) for one in wrong)
    return tuple(found)


def of_cleanup(number: int, finding: Finding) -> Finding:
    """A finding about a clean-up step, whose number is none of the runbook's own steps'."""
    said = f"Clean-up step {number}: {finding.sentence}"
    return finding.model_copy(update={"step": None, "sentence": said})


def _asked(step: Step) -> Iterator[Finding]:
    """What a clean-up step leaves open: nobody is asked for it, so it has to be in its words."""
    for question in step.questions:
        yield Finding(
            code="open",
            step=None,
            severity=Severity.ERROR,
            sentence=re.sub(r"^Step \d+: ", "", question.text),
            fix="Write it into the step's words.",
        )


def _too_long(content: Content) -> Iterator[Finding]:
    if len(content.steps) >= MANY_STEPS:
        yield _warning(
            "long",
            None,
            f"It has {len(content.steps)} steps, more than people keep in view.",
            "Split it into shorter runbooks, each for one part of the procedure.",
        )


def _texts(step: Step) -> tuple[str, ...]:
    """All that is filled in when a step is done."""
    planned: tuple[str, ...] = ()
    match step.plan:
        case ToolPlan() as plan:
            planned = (json.dumps(plan.arguments),)
        case RunbookPlan() as plan:
            planned = tuple(plan.parameters.values())
        case ManualPlan() as plan:
            planned = (plan.assignee or "",)
    return (step.instruction, *planned, *step.answers.values())


def _unused(content: Content) -> Iterator[Finding]:
    steps = (*content.steps, *content.cleanup)
    used = {name for step in steps for text in _texts(step) for name in placeholders(text)}
    for parameter in content.parameters:
        if parameter.name not in used:
            yield _warning(
                "unused-parameter",
                None,
                f"No step uses the parameter {parameter.name}.",
                f"Write {{{{{parameter.name}}}}} where it belongs, or remove the parameter.",
            )


def _undefined(number: int, step: Step, declared: frozenset[str] | set[str]) -> Iterator[Finding]:
    names = dict.fromkeys(name for text in _texts(step) for name in placeholders(text))
    for name in names:
        if name in declared:
            continue
        fix = f"Declare the parameter {name}, or put a value in its place."
        if name.startswith("secret."):
            fix = "Take it out: the tool's own settings hold its password."
        elif near := next((known for known in declared if known == name.lower()), None):
            fix = f"Write {{{{{near}}}}}."
        yield Finding(
            code="undefined-parameter",
            step=number,
            severity=Severity.ERROR,
            sentence=f"{{{{{name}}}}} has no value: there is no such parameter.",
            fix=fix,
        )


def _worded(number: int, text: str) -> Iterator[Finding]:
    if needed := (flow(text) or jump(text)):
        moves = flow(text) is None
        yield _warning(
            "order" if moves else "data-flow",
            number,
            f'"{needed}" leaves the order of the steps.'
            if moves
            else f'"{needed}" needs what another step found, and steps hand nothing on.',
            "A runbook's steps are done once, in order. Write the step out again here."
            if moves
            else "Let one step do both, or use a workflow, whose steps feed each other.",
        )
    if compound(text):
        yield _warning(
            "compound",
            number,
            "It holds more than one instruction.",
            "Make each of them a step, so that each shows its own outcome.",
        )
    if loose := unowned(text):
        yield _warning(
            "owner",
            number,
            f'"{loose}" leaves open who does it.',
            "Say who: for example, Email oncall@example.com, or Ask @ana to confirm.",
        )
    elif loose := vague(text):
        yield _warning(
            "vague",
            number,
            f'"{loose}" leaves open what to do.',
            "Say what to do and how to tell that it worked.",
        )
    if (better := imperative(text)) is not None:
        yield _warning(
            "not-imperative",
            number,
            "It doesn't say what to do.",
            f'Write "{better}".' if better else 'Begin with a verb: "Check that …", "Restart …".',
        )


def _hard_coded(number: int, text: str, taken: set[str]) -> Iterator[Finding]:
    bare = _URL.sub("", PLACEHOLDER.sub("", text))
    for kind, pattern in (("date", _DATE), ("threshold", _THRESHOLD)):
        if found := pattern.search(bare):
            value = (found[1] if found.lastindex else found[0]).rstrip(".,;:!?")
            yield _fixed(number, kind, value, _free(kind, taken), "its words")


def _address(number: int, content: Content, taken: set[str]) -> Iterator[Finding]:
    """What of an address changes from run to run. An address said once is what a step is about."""
    for found in _URL.finditer(content.steps[number - 1].instruction):
        url = found[0].rstrip(".,;:!?")
        if "{{" in url:
            continue
        for kind, pattern in (("date", _DATE), ("id", _ID), ("environment", _PLACE)):
            if part := pattern.search(url):
                yield _fixed(number, kind, part[0], _free(kind, taken), "an address")
                return
        base = "/".join(url.split("/", 3)[:3])
        others = [s.instruction for n, s in enumerate(content.steps, 1) if n != number]
        if any(re.search(rf"{re.escape(base)}(?![\w.:-])", other) for other in others):
            yield _fixed(number, "address", base, _free("base_url", taken), "several steps")
            return


def _fixed(number: int, kind: str, value: str, name: str, where: str) -> Finding:
    return _warning(
        "hard-coded",
        number,
        f"The {kind} {value} is fixed in {where}.",
        f"Put a parameter in its place, such as {{{{{name}}}}} with {value} as its default.",
    )


def _free(name: str, taken: set[str]) -> str:
    return next(
        free for free in (name, *(f"{name}_{n}" for n in range(2, 1000))) if free not in taken
    )


def _same(text: str) -> str:
    return " ".join(re.sub(r"[^\w{}#@/.:]+", " ", text.lower()).split()).rstrip(".")


def _repeated(number: int, content: Content) -> Iterator[Finding]:
    this = _same(content.steps[number - 1].instruction)
    if re.match(r"(?:wait|pause|sleep)\b", this):
        return
    for earlier, step in enumerate(content.steps[: number - 1], 1):
        if this == _same(step.instruction):
            yield _warning(
                "duplicate",
                number,
                f"It says the same as step {earlier}.",
                "Remove one of them, or say what is different this time.",
            )
            return
