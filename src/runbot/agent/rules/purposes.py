"""What a runbook is for, in the words beside its name; and the steps that these words are."""

from __future__ import annotations

import re
from typing import Final

from runbot.agent.rules.naming import RUNBOOK
from runbot.agent.rules.planning import plan_step
from runbot.agent.rules.recognising import READERS
from runbot.agent.rules.steps import tidy
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import MAX_INSTRUCTION, ToolPlan
from runbot.domain.verbs import THIRD_PERSONS
from runbot.domain.wording import begins, masked

_PURPOSE: Final = re.compile(
    r"(?:^|\s|,)(that|which|to|for|about)\s+(\S.*?)(?=\s*(?:[.;:\n]|,\s*(?:with|and)\b"
    r"|\b(?:with|called|named|titled)\b|$))",
    re.IGNORECASE,
)
_NOUN: Final = re.compile(rf"\b{RUNBOOK}\b", re.IGNORECASE)
_DEEDS: Final = re.compile(
    r"\b(?:(?:that|which|it\s+should|should|must|will)|(?P<to>to))\s+(?=\w)", re.IGNORECASE
)
_JOINT: Final = re.compile(
    r"\s*[,;]\s*(?:and\s+)?(?:then\s+|finally\s+|next\s+)?|\s+(?:and\s+)?(?:then|finally)\s+|\s+and\s+",
    re.IGNORECASE,
)


def purpose(head: str) -> str:
    """What the runbook is for, from "that …", "to …" or "for …" beside its name."""
    spoken = re.sub(r"\"[^\"\n]*\"|“[^“”\n]*”|`[^`\n]*`", "", head)
    beside = _NOUN.search(spoken)
    found = _PURPOSE.search(spoken, beside.end()) if beside else None
    if not found:
        return ""
    word, said = found[1].lower(), found[2].strip(" ,")
    text = said if word in {"that", "which", "to"} else f"{word} {said}"
    return text[:1].upper() + text[1:]


def deeds(head: str, parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    """The steps of "a runbook that posts … to #ops", only where a tool certainly does each.

    "A runbook that restarts the API" says what it is for, and its steps are asked for.
    """
    beside = _NOUN.search(head)
    found = _DEEDS.search(head, beside.end()) if beside else None
    if found is None or len(head) - found.end() > MAX_INSTRUCTION:
        return ()
    said = tidy(head[found.end() :])
    if _certain(whole := _ordered(said), parameters):
        return (whole,)
    parts = tuple(_ordered(part) for part in _parts(said))
    return parts if parts and all(_certain(part, parameters) for part in parts) else ()


def _parts(said: str) -> list[str]:
    ends = [(found.start(), found.end()) for found in _JOINT.finditer(masked(said))]
    starts = [0, *(end for _, end in ends)]
    return [said[a:b] for a, b in zip(starts, [*(s for s, _ in ends), len(said)], strict=True)]


def _ordered(said: str) -> str:
    """What is told as an instruction: "posts …" as "Post …"; "" where no verb begins it."""
    first, _, rest = said.strip().partition(" ")
    verb = THIRD_PERSONS.get(first.lower(), first if begins(first) else "")
    return f"{verb[:1].upper()}{verb[1:]} {rest}".strip() if verb else ""


def _certain(instruction: str, parameters: tuple[Parameter, ...]) -> bool:
    if not instruction:
        return False
    step = plan_step(instruction, parameters=parameters, tools=READERS)
    return isinstance(step.plan, ToolPlan)
