"""How each step will be done, by rules. What isn't certain is left to a person, with why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from runbot.agent.rules import calling
from runbot.agent.rules.calls import Call, Doubt
from runbot.agent.rules.literals import Words
from runbot.agent.rules.recognising import READERS
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import ManualPlan, RunbookPlan, Step, ToolPlan
from runbot.domain.wording import calm, compound, condition, flow, jump, loop, negation
from runbot.domain.wording import said as unpadded

_ASKED_FOR: Final = re.compile(
    r"\b(?:via|using|use|call|through|with\s+the\s+tool|run)\s+(?:the\s+)?`?([a-z]+(?:_[a-z0-9]+)+)`?"
    r"(?!\s*\}\})",
)
_FORBIDS: Final = re.compile(
    r"(?:please\s+)?(?:do\s+not|don['’]t|must|never|avoid)\b", re.IGNORECASE
)
_WHO: Final = (
    r"(?:<@(?P<{0}id>[UW][A-Z0-9]+)(?:\|[^<>\n]*)?>|\{{\{{\s*(?P<{0}name>\w+)\s*\}}\}}"
    r"|@(?!(?:channel|here|everyone)\b)(?P<{0}typed>[a-z][\w.-]*\w))"
)
_ASSIGNEE: Final = re.compile(
    r"(?:(?:please|kindly|(?:could|can|would|will)\s+you)\s+)*+"
    rf"(?:(?:(?:ask|have|let|get|page|ping|call)\s+)?{_WHO.format('')}(?:[,:]?\s+\w|[\s.!]*$)"
    rf"|(?:tell|remind|notify|message)\s+{_WHO.format('told_')}\s+to\b)",
    re.IGNORECASE,
)


def plan_step(
    instruction: str,
    *,
    parameters: tuple[Parameter, ...],
    tools: Collection[str],
    runbooks: Collection[str] = frozenset(),
    answers: Mapping[str, str] | None = None,
    number: int = 1,
) -> Step:
    """The step with its plan. `number` is how its questions call it."""
    given = dict(answers or {})
    written = calm(instruction)
    words = Words(unpadded(written), number, parameters, given)
    readings = {
        tool: reading
        for tool, read in READERS.items()
        if tool in tools and (reading := read(words)) is not None
    }
    who, typed = _assignee(written, words)
    called = None if who else calling.read(words.text, runbooks)
    if called is not None and not typed:
        return _calls(instruction, called, words, given, tools)
    if typed:
        why: str | None = f'"{typed}" isn\'t a mention, so nobody is asked by name'
    elif who and not any(words.names(tool) for tool in readings):
        why = "it names who does it"
    else:
        why = next(_doubts(words.text, readings, tools), None)
    for tool, reading in readings.items():
        if why is None and isinstance(reading, Call):
            return Step(
                instruction=instruction,
                plan=ToolPlan(tool=tool, arguments=dict(reading.arguments), expect=reading.expect),
                questions=reading.questions,
                answers=given,
            )
    return Step(
        instruction=instruction,
        plan=ManualPlan(why=why or "no tool is named", assignee=who),
        answers=given,
    )


def _calls(
    instruction: str,
    called: RunbookPlan | Doubt,
    words: Words,
    answers: Mapping[str, str],
    tools: Collection[str],
) -> Step:
    """A step that runs another runbook, by a person where its words leave something open."""
    reading = called if isinstance(called, Doubt) else Call({})
    why = next(_doubts(words.text, {"runbook": reading}, tools), None)
    if why is None and isinstance(called, RunbookPlan):
        return Step(instruction=instruction, plan=called, answers=dict(answers))
    return Step(instruction=instruction, plan=ManualPlan(why=why or ""), answers=dict(answers))


def _doubts(
    instruction: str, readings: Mapping[str, Call | Doubt], tools: Collection[str]
) -> Iterator[str]:
    """Why a person has to do it: nothing where exactly one tool certainly does it."""
    asked = [name for name in _ASKED_FOR.findall(instruction) if name not in tools]
    if asked and not any(re.search(rf"\b{tool}\b", instruction) for tool in readings):
        yield f"there is no tool called {asked[0]}"
    if (word := condition(instruction)) and (readings or word in {"if", "unless"}):
        yield f'"{word}" makes it depend on what a person has to judge'
    if not readings:
        yield "no tool is named"
    if len(readings) > 1:
        yield f"it needs more than one tool ({', '.join(readings)}): make each of them a step"
    if needed := flow(instruction):
        yield f'"{needed}" is what another step found, and steps hand nothing on'
    if jump(instruction):
        yield "it leaves the order of the steps"
    if (word := loop(instruction)) and "wait" not in readings:
        yield f'"{word}" makes it go on, and a tool is called once'
    if compound(instruction):
        yield "it holds more than one instruction: make each of them a step"
    if (word := negation(instruction)) and _FORBIDS.match(instruction):
        yield f'"{word}" says what must not be done'
    yield from (reading.why for reading in readings.values() if isinstance(reading, Doubt))


def spoken_assignee(instruction: str) -> str | None:
    """Whom an instruction's own words name to do it: an id, or a `{{name}}` whatever its type."""
    if not (found := _ASSIGNEE.match(calm(instruction))):
        return None
    name = found["name"] or found["told_name"]
    return f"{{{{{name}}}}}" if name else found["id"] or found["told_id"]


def _assignee(instruction: str, words: Words) -> tuple[str | None, str | None]:
    """Who is named to do it: a person's id or a parameter's template; or a name that is text."""
    found = _ASSIGNEE.match(instruction)
    if not found:
        return None, None
    name = found["name"] or found["told_name"]
    if name:
        return (f"{{{{{name}}}}}" if name in words.of_type(ParameterType.USER) else None), None
    typed = found["typed"] or found["told_typed"]
    return found["id"] or found["told_id"], f"@{typed}" if typed else None
