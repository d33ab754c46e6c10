"""A person's sentence as a runbook: what is missing is asked for, never made up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from runbot.agent.rules.declarations import read_declarations, with_found
from runbot.agent.rules.markup import plain
from runbot.agent.rules.naming import find_name
from runbot.agent.rules.steps import listed, tidy
from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import Content, ManualPlan, Step, check_content, slug

MAX_REQUEST: Final = 40_000  # what Slack delivers as one message
EXAMPLE: Final = (
    "Create a runbook called restart-api with these steps: 1. Email oncall@example.com. "
    "2. Wait 5 minutes."
)
# Nobody indents deeper; without a bound, patterns that skip spaces take quadratic time.
_LONGEST_GAP: Final = 40
_GAP: Final = re.compile(rf"[ \t]{{{_LONGEST_GAP},}}|(?:[ \t]*\n){{{_LONGEST_GAP},}}")
_POLITE: Final = re.compile(
    r"(?:\s|<@[UW][A-Z0-9]+(?:\|[^<>\n]*)?>|[,:!]|(?:please|hey|hi|hello|ok|okay|runbot|@runbot)\b"
    r"|(?:can|could|would|will) you\b|(?:let'?s|i'?d like (?:you )?to|i want (?:you )?to)\b)*",
    re.IGNORECASE,
)
_CREATE: Final = re.compile(
    r"(?:(?:create|make|write|add|set\s+up|build|draft|prepare|start|save|need|i need|i want)\b"
    r"(?:\s+(?:me|us))?(?:\s+(?:an?|the|another|this|new))*|new)\s+"
    r"(?:(?:[\"“'‘`*][^\"”'’`*\n]{1,100}[\"”'’`*]|(?!steps?\b|to\b|of\b|for\b|from\b|in\b)[^\s,:;]+)\s+)"
    r"{0,7}?[\"“'‘`*]?runbook\b",
    re.IGNORECASE,
)
_STEPS: Final = re.compile(
    r"(?:[,;.]?\s*(?:\band\b\s+)?(?:\b(?:with|using|has|having|that has|which has|containing"
    r"|including|it has|use|where|whose|here are|has got)\b\s+)?"
    r"(?:\b(?:these|the\s+following|following|the|its|this|one|two|three|four|five|six|\d{1,3})\b\s+)*"
    r"\bsteps?\b(?:\s+(?:are|is|as follows|below|in order))*\s*(?:[:：]|\s[-–—](?=\s)|(?=\s*\n)"
    r"|(?=\s+(?:\(?1[.)]|[-•]\s|first\b))))"
    r"|[,;.]?\s*\b(?:with|using)\s+(?:these\s+|the\s+following\s+|the\s+)?steps?\b(?=\s)",
    re.IGNORECASE,
)
_LIST_BEGINS: Final = re.compile(
    r"(?:(?<=\n)|^)[ \t]*(?:\*{0,2}\(?\d{1,3}[.):]|[-*•]\s|\*{0,2}step\s+1\b)"
    r"|(?<=[:.;,\s])\s*(?:\(1\)|1\)|1\.(?=\s)|\*\*?1\.|step\s+1\s*[:.)-]|[•]\s)"
    r"|(?<=[.:;,\n])\s*first(?:ly)?\b,?\s(?=.*\b(?:then|next|finally|after that|second)\b)",
    re.IGNORECASE | re.DOTALL,
)
_PARAMETERS: Final = re.compile(
    r"(?:(?<=\n)|^)[ \t]*\**(?:parameters?|inputs?|params?)\**[ \t]*:\**"
    r"|[,;.]?\s*(?:\band\b\s+)?\b(?:with|has|having|takes|taking|it takes|it has|using)\s+"
    r"(?:(?:these|the\s+following|the|a|an|two|three|one|required|optional)\s+)*"
    r"(?:parameters?|inputs?|params?)\b\s*(?:called|named)?\s*:?"
    r"|[,.;]\s*(?:parameters?|inputs?|params?)\s*:",
    re.IGNORECASE,
)
_DESCRIPTION: Final = re.compile(
    r"(?:(?<=\n)|^|(?<=[,;.])|\b(?:and|with)\s+(?:an?\s+|the\s+)?)\s*\**description\**\s*"
    r"(?:[:=]\**|of|\bis\b|(?=[\"“'‘]))\s*"
    r"(?:\"([^\"\n]+)\"|“([^”\n]+)”|'([^'\n]+)'|([^\n]+?)(?=\s*(?:\n|$|[.;]\s)))",
    re.IGNORECASE,
)
_PURPOSE: Final = re.compile(
    r"(?:^|\s|,)(that|which|to|for|about)\s+(\S.*?)(?=\s*(?:[.;:\n]|,\s*(?:with|and)\b"
    r"|\b(?:with|called|named|titled)\b|$))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """A runbook as it was asked for. `name` is a slug; limits have been checked."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """What is missing, as a question to the person."""

    question: str


def _opening(text: str) -> int:
    found = _POLITE.match(text)
    return found.end() if found else 0


def is_create_request(text: str) -> bool:
    """Whether these words ask for a new runbook, whatever else they leave open."""
    said = plain(text[: 4 * MAX_REQUEST])
    return _CREATE.match(said, _opening(said)) is not None


def read_request(text: str) -> Request | Unclear:
    """The runbook that a text asks for, or the question that has to be answered first.

    Raises `InvalidInput` where what was asked for breaks a limit of runbooks.
    """
    if len(text) > MAX_REQUEST:
        raise InvalidInput(
            f"That is {len(text):,} characters long; a request can have {MAX_REQUEST:,}.",
            do="Split it into several runbooks.",
        )
    said = _GAP.sub(lambda gap: gap[0][:_LONGEST_GAP], plain(text))
    said = said[_opening(said) :].strip()
    if not said:
        return Unclear(f"What should the runbook be called, and what are its steps? {_for()}")
    rest, declared = _parameters(said)
    head, body, one = _halves(rest)
    head, description = _described(head)
    name = find_name(head)
    instructions = _instructions(body, one=one)
    if question := _missing(name, instructions, body):
        return Unclear(question)
    return _checked(name or "", description or _purpose(head), declared, instructions)


def _for() -> str:
    return f"For example: {EXAMPLE}"


def _parameters(text: str) -> tuple[str, tuple[Parameter, ...]]:
    """The text without its declarations of parameters, and what they declare."""
    declared: list[Parameter] = []
    at = 0
    while found := _PARAMETERS.search(text, at):
        read = read_declarations(text, found.end())
        if not read.parameters:
            at = found.end()
            continue
        declared.extend(read.parameters)
        text = f"{text[: found.start()]} {text[read.end :]}"
        at = found.start()
    return text, tuple(declared)


def _halves(text: str) -> tuple[str, str, bool]:
    """What stands before the steps, the steps, and whether a single step was announced."""
    begins = _LIST_BEGINS.search(text)
    for intro in _STEPS.finditer(text):
        if begins is not None and begins.start() < intro.start():
            break
        one = re.search(r"\bstep\b", intro[0], re.IGNORECASE) is not None
        return text[: intro.start()], text[intro.end() :], one
    if begins is not None:
        return text[: begins.start()], text[begins.start() :], False
    return text, "", False


def _instructions(body: str, *, one: bool) -> tuple[str, ...]:
    """The steps, or nothing where it isn't certain where one ends and the next begins."""
    if found := listed(body):
        return found
    body = body.strip()
    parts = body.split(";") if ";" in body else body.split("\n")
    steps = tuple(step for part in parts if (step := tidy(part)))
    if len(steps) > 1 or (one and len(steps) == 1 and not re.search(r"[.!?]\s+\w", steps[0])):
        return steps
    return ()


def _missing(name: str | None, instructions: tuple[str, ...], body: str) -> str | None:
    if name is None and not instructions:
        return f"What should the runbook be called, and what are its steps? {_for()}"
    if not instructions and body.strip():
        return (
            f"Where does each step of {name} end? Put a number before each of them. {_for()}"
            if name
            else f"What should the runbook be called, and where does each step end? {_for()}"
        )
    if not instructions:
        return f"What are the steps of {name}? {_for()}"
    if name is None:
        return (
            f"What should the runbook with {_counted(len(instructions))} be called? "
            f'Say it with its steps, for example: Create a runbook called "restart-api" with '
            f"these steps: 1. {instructions[0][:80]} …"
        )
    if re.search(r"[<>@{}\[\]|\\]", name):
        shown = name if len(name) <= 60 else name[:57] + "…"  # noqa: PLR2004 - a line's worth
        return (
            f"Which name should it have? {shown} can't be one: a name is made of letters, "
            "digits and hyphens. For example: restart-api."
        )
    return None


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _checked(
    name: str, description: str, declared: tuple[Parameter, ...], instructions: tuple[str, ...]
) -> Request:
    parameters = with_found(declared, instructions)
    check_content(
        Content(
            description=description,
            parameters=parameters,
            steps=tuple(Step(instruction=said, plan=ManualPlan()) for said in instructions),
        )
    )
    return Request(slug(name), description, parameters, instructions)


def _described(head: str) -> tuple[str, str]:
    """The head without a description that is called so, and that description."""
    if not (found := _DESCRIPTION.search(head)):
        return head, ""
    said = next(group for group in found.groups() if group is not None)
    return f"{head[: found.start()]}\n{head[found.end() :]}", said.strip(" .;")


def _purpose(head: str) -> str:
    """What the runbook is for, from "that …", "to …" or "for …" beside its name."""
    spoken = re.sub(r"\"[^\"\n]*\"|“[^”\n]*”|`[^`\n]*`", "", head)
    beside = re.search(r"\brunbook\b", spoken, re.IGNORECASE)
    found = _PURPOSE.search(spoken, beside.end()) if beside else None
    if not found:
        return ""
    word, said = found[1].lower(), found[2].strip(" ,")
    text = said if word in {"that", "which", "to"} else f"{word} {said}"
    return text[:1].upper() + text[1:]
