"""A runbook planned from what people wrote, and planned anew when they change it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from runbot.agent.rules import conducting, settings
from runbot.agent.rules.declarations import with_found
from runbot.agent.rules.planning import plan_step
from runbot.agent.rules.settings import StepSettings
from runbot.agent.rules.whom import Names
from runbot.domain.conduct import Conduct
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import Content, ManualPlan, Step

UNSAVED: Final = "Nothing was saved."
_UNPLANNED: Final = Step(instruction="", plan=ManualPlan())  # a step that was not there before
_TEMPLATE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Known:
    """What planning has to know of a workspace.

    `tools` and `runbooks` are names, `names` what people and channels that were typed by
    name are called by their ids.
    """

    tools: Collection[str]
    runbooks: Collection[str] = frozenset()
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    """One step as written: its field in a form, its words, its settings, what it was before."""

    field: str
    name: str
    words: str
    settings: StepSettings
    before: Step


def replan(
    old: Content | None,
    description: str,
    parameters: tuple[Parameter, ...],
    instructions: tuple[str, ...],
    *,
    tools: Collection[str] = frozenset(),
    known: Known | None = None,
    conduct: str = "",
    cleanup: tuple[str, ...] = (),
) -> Content:
    """New content. A step whose words stood in the old one keeps its answers.

    Settings are what the brackets and `conduct`, the runbook's own settings in words, say
    now. Parameters written as `{{name}}` in an instruction or an answer are declared where
    they aren't yet; what an old content declared only because it was found stays declared.
    Raises `InvalidInput` with a problem for each setting that can't be read.
    """
    given = known or Known(tools)
    problems: list[Problem] = []
    main = _lines("steps", "Step", instructions, old.steps if old else (), given, problems)
    after = _lines("cleanup", "Clean-up step", cleanup, old.cleanup if old else (), given, problems)
    ways = _conduct(conduct, given, problems)
    if problems:
        raise InvalidInput(
            UNSAVED,
            do=f"Settings stand in brackets at a step's end: {settings.EXAMPLE}.",
            problems=tuple(problems),
        )
    declared = _declared(parameters, [*main, *after])
    steps = _steps(main, declared, given, problems)
    last = _steps(after, declared, given, problems)
    if problems:
        raise InvalidInput(UNSAVED, problems=tuple(problems))
    return Content(
        description=description, parameters=declared, steps=steps, cleanup=last, conduct=ways
    )


def planned(
    instruction: str,
    chosen: StepSettings,
    *,
    parameters: tuple[Parameter, ...],
    known: Known,
    answers: Mapping[str, str],
    number: int,
) -> Step:
    """A step planned from its words, with these settings; `ValueError` where they don't fit it."""
    template = _TEMPLATE.fullmatch(chosen.assignee or "")
    people = {one.name for one in parameters if one.type is ParameterType.USER}
    if template and template[1] not in people:
        raise ValueError(f"{{{{{template[1]}}}}} is no parameter of the type user.")
    step = plan_step(
        instruction,
        parameters=parameters,
        tools=known.tools,
        runbooks=known.runbooks,
        answers=answers,
        number=number,
    )
    return settings.with_settings(step, chosen)


def _lines(
    field: str,
    called: str,
    written: tuple[str, ...],
    old: tuple[Step, ...],
    known: Known,
    problems: list[Problem],
) -> list[_Line]:
    before: defaultdict[str, list[Step]] = defaultdict(list)
    for step in old:
        before[step.instruction].append(step)
    lines = []
    for number, said in enumerate(written, 1):
        words, text = settings.split(said)
        chosen = settings.NOTHING
        try:
            chosen = settings.read(text, known.names)
        except ValueError as wrong:
            problems.append(Problem(f"{field}.{number}", f"{called} {number}: {wrong}"))
        kept = before[words].pop(0) if before[words] else _UNPLANNED
        lines.append(_Line(f"{field}.{number}", f"{called} {number}", words, chosen, kept))
    return lines


def _conduct(text: str, known: Known, problems: list[Problem]) -> Conduct:
    try:
        return conducting.read(text, known.names)
    except ValueError as wrong:
        problems.append(Problem("settings", f"Settings: {wrong}"))
        return Conduct()


def _declared(parameters: tuple[Parameter, ...], lines: Iterable[_Line]) -> tuple[Parameter, ...]:
    """The parameters with those that are only written; an assignee is a person."""
    lines = list(lines)
    known = {parameter.name for parameter in parameters}
    people = {
        found[1]: Parameter(name=found[1], type=ParameterType.USER)
        for line in lines
        if (found := _TEMPLATE.fullmatch(line.settings.assignee or "")) and found[1] not in known
    }
    answers = [text for line in lines for text in line.before.answers.values()]
    return with_found((*parameters, *people.values()), [*(line.words for line in lines), *answers])


def _steps(
    lines: Iterable[_Line],
    parameters: tuple[Parameter, ...],
    known: Known,
    problems: list[Problem],
) -> tuple[Step, ...]:
    steps = []
    for number, line in enumerate(lines, 1):
        try:
            steps.append(
                planned(
                    line.words,
                    line.settings,
                    parameters=parameters,
                    known=known,
                    answers=line.before.answers,
                    number=number,
                )
            )
        except ValueError as wrong:
            problems.append(Problem(line.field, f"{line.name}: {wrong}"))
    return tuple(steps)
