"""A person's sentence as a runbook: what is missing is asked for, never made up."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from runbot.agent.rules.declarations import read_declarations, with_found
from runbot.agent.rules.markup import plain, ungrouped
from runbot.agent.rules.naming import BLANK, RUNBOOK, find_name
from runbot.agent.rules.purposes import deeds, purpose
from runbot.agent.rules.sections import covered, sections, uncovered
from runbot.agent.rules.settings import joined, split
from runbot.agent.rules.steps import listed, tidy, uncapped
from runbot.domain.checks import check_content
from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import Content, ManualPlan, Step, slug
from runbot.domain.wording import begins, compound

MAX_REQUEST: Final = 40_000  # what Slack delivers as one message
EXAMPLE: Final = (
    "Create a runbook called restart-api with these steps: 1. Email oncall@example.com. "
    "2. Wait 5 minutes."
)
# Nobody indents deeper; without a bound, patterns that skip spaces take quadratic time.
_LONGEST_GAP: Final = 40
_COPIED: Final = 1500  # as much of a person's own words as a message of Slack's shows with ease
_STEPS_SHOWN: Final = "Email oncall@example.com. Wait 5 minutes."
_NAMES: Final = "a name is made of letters, digits and hyphens."
_UNNAMEABLE: Final = re.compile(r"[<>@{}\[\]|\\]")
_GAP: Final = re.compile(rf"[ \t]{{{_LONGEST_GAP},}}|(?:[ \t]*\n){{{_LONGEST_GAP},}}")
_POLITE: Final = re.compile(
    r"(?:\s|<@[UW][A-Z0-9]+(?:\|[^<>\n]*)?>|[,:!]|(?:please|hey|hi|hello|ok|okay|runbot|@runbot)\b"
    r"|(?:can|could|would|will) you\b|(?:let'?s|i'?d like (?:you )?to|i want (?:you )?to)\b)*",
    re.IGNORECASE,
)
_CREATE: Final = re.compile(
    r"(?:(?:create|make|write|add|set\s+up|build|draft|prepare|save|need|(?:i|we) (?:need|want)"
    r"|start(?=\s+(?:(?:me|us)\s+)?(?:an?|another|new)\b))\b"
    r"(?:\s+(?:me|us))?(?:\s+(?:an?|the|another|this|new))*|new)\s+"
    r"(?:(?:[\"“'‘`*][^\"”'’`*\n]{1,100}[\"”'’`*]|(?!steps?\b|to\b|of\b|for\b|from\b|in\b)[^\s,:;]+)\s+)"
    rf"{{0,7}}?[\"“'‘`*]?{RUNBOOK}\b"
    rf"|(?:(?:an?|the|new)\s+)?{RUNBOOK}\s*:\s*(?=\S)"
    rf"|{RUNBOOK}\s[^\n:,;?]{{1,80}}:\s*(?:\(?1[.):]|1\ufe0f?\u20e3|:one:|[-•*]\s|a\)|first\b|step\s+1\b)",
    re.IGNORECASE,
)
_COLON: Final = re.compile(
    rf"[^\n:]{{0,300}}\b{RUNBOOK}\b(?P<more>[^\n:]{{0,120}}):\s+(?=\S)", re.IGNORECASE
)
_LABEL: Final = re.compile(
    r"\b(?:called|named|titled|name|description|parameters?|inputs?|it)\s*$", re.IGNORECASE
)
_STEPS: Final = re.compile(
    r"(?:[,;.]?\s*(?:\band\b\s+)?(?:\b(?:with|using|has|having|that has|which has|containing"
    r"|including|it has|use|where|whose|here are|has got)\b\s+)?"
    r"(?:\b(?:these|the\s+following|following|the|its|this|one|two|three|four|five|six|\d{1,3})\b\s+){0,5}"
    r"\bsteps?\b(?:\s+(?:are|is|as follows|below|in order))*\s*(?:[:：]|\s[-–—](?=\s)|(?=\s*\n)"
    r"|(?=\s+(?:\(?1[.)]|[-•]\s|first\b))))"
    r"|[,;.]?\s*\b(?:with|using)\s+(?:these\s+|the\s+following\s+|the\s+)?steps?\b(?=\s)",
    re.IGNORECASE,
)
_LIST_BEGINS: Final = re.compile(
    r"(?:(?<=\n)|^)[ \t]*(?:\*{0,2}\(?\d{1,3}[.):]|[-*•]\s|\*{0,2}step\s+1\b)"
    r"|(?<=[:.;,\s])\s*(?:\(1\)|1\)|1\.(?=\s)|\*\*?1\.|step\s+1\s*[:.)-]|[•]\s)"
    r"|(?:(?<=[:;\n])|^)[ \t]*(?P<letter>\(?a\)\s)"
    r"|(?<=[.:;,\n])\s*(?P<first>first(?:ly)?\b,?\s)",
    re.IGNORECASE,
)
# What an "a)" or a "first" begins is a list only where this comes after it.
_GOES_ON: Final = {
    "letter": re.compile(r"\bb\)\s", re.IGNORECASE),
    "first": re.compile(r"\b(?:then|next|finally|after that|second)\b", re.IGNORECASE),
}
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
_COURTESY: Final = re.compile(
    r"\n\s*(?:(?:many|and)\s+)?(?:thanks|thank\s+you|thx|cheers|much\s+appreciated|that['’]s\s+(?:it|all))"
    r"(?:\s+(?:you|a\s+lot|a\s+million|so\s+much|very\s+much|in\s+advance|again|all|everyone|team|runbot))*"
    r"(?:[\s!.,\U0001f64f\U0001f642]|:[\w+-]+:|[:;]-?\))*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """A runbook as it was asked for. `name` is a slug; limits have been checked.

    Instructions have their settings in brackets; `settings` are the runbook's own in words,
    `cleanup` the steps of the run that follows one that fails.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    instructions: tuple[str, ...]
    settings: str = ""
    cleanup: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclear:
    """What is missing, as a question to the person.

    `asks` is the bare question and `again` the way on for somebody who can't just answer
    it: to say it all once more. `draft` is what was understood so far; its name is "" or
    its instructions are () where `wants` says so.
    """

    asks: str
    again: str
    wants: Literal["name", "steps", "both"]
    draft: Request

    @property
    def question(self) -> str:
        """The question with the way on."""
        return f"{self.asks} {self.again}"


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
    said = _GAP.sub(lambda gap: gap[0][:_LONGEST_GAP], plain(text, groups=True))
    said = _COURTESY.sub("", said[_opening(said) :].rstrip()).strip()
    parts = sections(said)
    rest, declared = _parameters(uncapped(ungrouped(parts.rest)))
    head, body, one = _halves(rest)
    head, description = _described(head)
    name = find_name(head)
    instructions = steps_of(body, one=one)
    if not body and (implied := deeds(head, declared)):
        instructions = implied
    else:
        description = description or purpose(head)
    words = Words(said, body, parts.settings, steps_of(ungrouped(parts.cleanup), one=True))
    return settled(name, description, declared, instructions, words)


@dataclass(frozen=True, slots=True)
class Words:
    """What a person wrote: all of it, the part in which the steps must stand, what else it says."""

    said: str
    body: str
    settings: str = ""
    cleanup: tuple[str, ...] = ()


def settled(
    name: str | None,
    description: str,
    declared: tuple[Parameter, ...],
    instructions: tuple[str, ...],
    words: Words,
) -> Request | Unclear:
    """The request, where its name and steps are there; else what to ask."""
    known = not (name is None or _UNNAMEABLE.search(name))
    draft = Request("", description, declared, instructions, words.settings, words.cleanup)
    if known and instructions:
        return _checked(replace(draft, name=name or ""))
    draft = replace(draft, name=slug(name or "") if known else "")
    asks, again = _missing(name, draft, words)
    wants: Literal["name", "steps"] = "steps" if known else "name"
    return Unclear(asks, again, wants if known or instructions else "both", draft)


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
    first = _list_begins(text)
    for intro in _STEPS.finditer(text):
        if first is not None and first.start() < intro.start():
            break
        one = re.search(r"\bstep\b", intro[0], re.IGNORECASE) is not None
        return text[: intro.start()], text[intro.end() :], one
    if first is not None:
        return text[: first.start()], text[first.start() :], False
    colon = _COLON.match(text)
    if colon and not _LABEL.search(colon["more"]) and steps_of(text[colon.end() :]):
        return text[: colon.end() - 1].rstrip(": "), text[colon.end() :], False
    return text, "", False


def _list_begins(text: str) -> re.Match[str] | None:
    """The first mark of a list. What has to come after it is looked for once, and not per mark."""
    last = {
        kind: max((found.start() for found in pattern.finditer(text)), default=-1)
        for kind, pattern in _GOES_ON.items()
    }
    for found in _LIST_BEGINS.finditer(text):
        if found.lastgroup is None or found.end() <= last[found.lastgroup]:
            return found
    return None


def steps_of(body: str, *, one: bool = False) -> tuple[str, ...]:
    """The steps, or nothing where it isn't certain where one ends and the next begins.

    `one` says that a single step was announced. Settings in brackets stay with their steps.
    """
    text, brackets = covered(body)
    return tuple(_whole(uncovered(step, brackets)) for step in _steps_of(text, one=one))


def _whole(step: str) -> str:
    """A step without the list's punctuation before its settings."""
    words, said = split(step)
    return joined(tidy(words), said) if said else step


def _steps_of(body: str, *, one: bool) -> tuple[str, ...]:
    if found := listed(body):
        return found
    body = body.strip()
    parts = body.split(";") if ";" in body else body.split("\n")
    steps = tuple(step for part in parts if (step := tidy(part)))
    if len(steps) != 1:
        return steps
    single = not re.search(r"[.!?]\s+\w", steps[0])
    sure = one or (begins(steps[0]) and not compound(steps[0]) and " " in steps[0])
    return steps if single and sure else ()


def _missing(name: str | None, draft: Request, words: Words) -> tuple[str, str]:
    """The question, and how to say it all again."""
    steps = draft.instructions
    if name is not None and not draft.name:
        shown = name if len(name) <= 60 else name[:57] + "…"  # noqa: PLR2004 - a line's worth
        return (
            f"Which name should it have? {shown} can't be one: {_NAMES}",
            f"Say it again with another name, for example: {_listed('restart-api', steps)}"
            if steps
            else "For example: restart-api.",
        )
    if name is None and not steps and words.body.strip():
        asks = "What should the runbook be called, and where does each step end?"
        return asks, f"For example: {_numbered(BLANK, words.body)}"
    if name is None and not steps:
        return (
            "What should the runbook be called, and what are its steps?",
            f"For example: {EXAMPLE}",
        )
    if name is None:
        return (
            f"What should the runbook with {_counted(len(steps))} be called?",
            f"Say it again with its name, for example: {_named(words.said, steps)}",
        )
    if words.body.strip():
        return (
            f"Where does each step of {name} end? Put a number before each of them.",
            f"For example: {_numbered(draft.name, words.body)}",
        )
    return f"What are the steps of {name}?", f"For example: {_numbered(draft.name, _STEPS_SHOWN)}"


def _named(said: str, steps: tuple[str, ...]) -> str:
    """The person's own words with a place for the name, to be copied."""
    if found := re.search(rf"\b{RUNBOOK}\b(?!\s+(?:called|named))", said, re.IGNORECASE):
        before = said[: found.start()].strip() or "create a"
        again = f"{before} {found[0]} called {BLANK}{said[found.end() :]}"
        if len(again) <= _COPIED:
            return again
    return _listed(BLANK, steps)


def _listed(name: str, steps: tuple[str, ...]) -> str:
    shown = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    if len(shown) > _COPIED:
        shown = shown[: _COPIED - 1].rstrip() + "…"
    return f"create a runbook called {name} with these steps: {shown}"


def _numbered(name: str, body: str) -> str:
    """How the request would look with a number before each sentence."""
    sentences = [tidy(part) for part in re.split(r"(?<=[.!?;])\s+|\n", body[:_COPIED])]
    shown = " ".join(f"{n}. {said}." for n, said in enumerate(filter(None, sentences), 1))
    return f"create a runbook called {name} with these steps: {shown}"


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _checked(draft: Request) -> Request:
    told = [split(said)[0] for said in (*draft.instructions, *draft.cleanup)]
    parameters = with_found(draft.parameters, told)
    check_content(
        Content(
            description=draft.description,
            parameters=parameters,
            steps=_unplanned(draft.instructions),
            cleanup=_unplanned(draft.cleanup),
        )
    )
    return replace(draft, name=slug(draft.name), parameters=parameters)


def _unplanned(instructions: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(Step(instruction=split(said)[0], plan=ManualPlan()) for said in instructions)


def _described(head: str) -> tuple[str, str]:
    """The head without a description that is called so, and that description."""
    if not (found := _DESCRIPTION.search(head)):
        return head, ""
    said = next(group for group in found.groups() if group is not None)
    return f"{head[: found.start()]}\n{head[found.end() :]}", said.strip(" .;")
