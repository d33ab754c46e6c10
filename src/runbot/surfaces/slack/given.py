"""The values that somebody types after a runbook's name, before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.parameters import Parameter, ParameterType, read
from runbot.surfaces.slack.desk import Visit

_REFERENCE: Final = re.compile(r"<@[^<>]*>|[UW][A-Z0-9]{5,}")


async def understood(
    visit: Visit, parameters: Sequence[Parameter], typed: Mapping[str, str]
) -> Mapping[str, str]:
    """The values with people's names made the people that they mean.

    Raises `InvalidInput` with what is wrong first and what is missing after it.
    """
    declared = {parameter.name: parameter for parameter in parameters}
    values: dict[str, str] = {}
    wrong: list[Problem] = []
    for name, value in typed.items():
        if name not in declared:
            wrong.append(Problem(name, f"There is no parameter called {name}."))
            continue
        try:
            values[name] = await _value(visit, declared[name], value)
        except ValueError as misfit:
            wrong.append(Problem(name, str(misfit)))
    if wrong:
        raise _refusal(wrong, parameters, typed)
    return values


async def people(
    visit: Visit, parameters: Sequence[Parameter], typed: Mapping[str, str]
) -> Mapping[str, str]:
    """The values with people's names made the people that they mean; others as they are typed."""
    declared = {parameter.name: parameter for parameter in parameters}
    values: dict[str, str] = dict(typed)
    for name, value in typed.items():
        try:
            values[name] = await _value(visit, declared[name], value) if name in declared else value
        except ValueError:
            continue  # the preview tells what is wrong with it, beside what is right
    return values


async def _value(visit: Visit, parameter: Parameter, typed: str) -> str:
    value = typed
    if parameter.type is ParameterType.USER and typed and not _REFERENCE.fullmatch(typed):
        value = await _person(visit, parameter.name, typed)
    if value.strip():
        read(parameter, value)
    return value


async def _person(visit: Visit, parameter: str, typed: str) -> str:
    name = typed.strip().removeprefix("@")
    found = await visit.desk.directory.user_ids(visit.actor.workspace, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(
            f"{parameter} must be a person of this workspace, and nobody here is called @{name}."
        )
    raise ValueError(
        f"{parameter} must be one person, and {len(found)} people here are called @{name}."
    )


def _refusal(
    wrong: Sequence[Problem], parameters: Sequence[Parameter], typed: Mapping[str, str]
) -> InvalidInput:
    missing = [
        f"{p.name} ({p.type})"
        for p in parameters
        if p.required and not p.default and not typed.get(p.name, "").strip()
    ]
    takes = ", ".join(f"{p.name} ({p.type})" for p in parameters)
    said = " ".join(problem.sentence for problem in wrong)
    do = f"It takes: {takes}." if takes else "It takes no parameters."
    if missing:
        do = f"It also needs {', '.join(missing)}."
    return InvalidInput(f"The run was not started: {said}", do=do, problems=tuple(wrong))
