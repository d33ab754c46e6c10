"""Parameters as people declare them in a sentence: `env (choice: staging, prod)=staging`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.parameters import (
    BUILT_IN,
    NAME,
    Parameter,
    ParameterType,
    placeholders,
)

_NAME: Final = re.compile(r"[`*\"'“‘]?(?:\{\{\s*)?([A-Za-z][\w-]*)(?:\s*\}\})?[`*\"'”’]?")
_SPEC: Final = re.compile(r"\s*\(([^()\n]*)\)")
_DEFAULT: Final = re.compile(r"\s*(?:=|:=|,?\s+defaults?\s+(?:to|is|of)?|\s+defaulting\s+to)\s*")
_QUOTED: Final = re.compile(r"\"([^\"\n]*)\"|“([^”\n]*)”|'([^'\n]*)'|‘([^’\n]*)’|`([^`\n]*)`")
_VALUE: Final = re.compile(r"(?:\{\{[^}\n]*\}\}|[^\s,;])+")
_ABOUT: Final = re.compile(r"[ \t]*(?::|[-–—])[ \t]+([^\n;]+)")
_AND: Final = re.compile(
    r"\s*[,;]\s*(?:and\s+)?|\s+and\s+(?:parameters?\s+)?|[ \t]*\n\s*(?:[-*•]\s+)?"
)
_TYPES: Final = {
    "int": ParameterType.INTEGER,
    "whole number": ParameterType.INTEGER,
    "float": ParameterType.NUMBER,
    "decimal": ParameterType.NUMBER,
    "bool": ParameterType.BOOLEAN,
    "yes/no": ParameterType.BOOLEAN,
    "yes or no": ParameterType.BOOLEAN,
    "str": ParameterType.STRING,
    "enum": ParameterType.CHOICE,
    "link": ParameterType.URL,
    "address": ParameterType.URL,
    "e-mail": ParameterType.EMAIL,
    "mail": ParameterType.EMAIL,
    "email address": ParameterType.EMAIL,
    "day": ParameterType.DATE,
    "person": ParameterType.USER,
    "long text": ParameterType.TEXT,
    **{kind.value: kind for kind in ParameterType},
}
_NOT_NAMES: Final = frozenset(
    {"a", "an", "and", "the", "these", "this", "those", "with", "following", "steps", "step", "it"}
)


@dataclass(frozen=True, slots=True)
class Declared:
    """What was read, and where the text goes on after it."""

    parameters: tuple[Parameter, ...]
    end: int


def guessed(name: str) -> Parameter:
    """A parameter known by its name alone; its type only where the name leaves no doubt."""
    kind = ParameterType.STRING
    if re.search(r"(?:^|_)url$", name):
        kind = ParameterType.URL
    elif re.search(r"(?:^|_)e?mail$", name):
        kind = ParameterType.EMAIL
    return Parameter(name=name, type=kind)


def with_found(declared: Iterable[Parameter], texts: Iterable[str]) -> tuple[Parameter, ...]:
    """The declared parameters and one more for each `{{name}}` in the texts not among them."""
    known = {parameter.name: parameter for parameter in declared}
    for text in texts:
        for name in placeholders(text):
            if name not in known and name not in BUILT_IN and NAME.fullmatch(name):
                known[name] = guessed(name)
    return tuple(known.values())


def _choices(item: str) -> tuple[str, ...] | None:
    found = re.match(r"(?:choices?|one of|enum)\s*:?\s+(.+)|(?:choices?|one of|enum):(.+)", item)
    if not found:
        return None
    listed = re.split(r"\s*[,/|]\s*|\s+or\s+", (found[1] or found[2]).strip())
    return tuple(choice for part in listed if (choice := part.strip(" \"'`“”")))


def _with_spec(parameter: Parameter, spec: str) -> Parameter:
    """The parameter with what its brackets say: type, choices, optional, or a description."""
    updates: dict[str, object] = {}
    rest = spec.strip()
    for word, required in (("optional", False), ("required", True)):
        without = re.sub(rf"(?:^|[,;]\s*)(?:not\s+)?{word}\s*(?=$|[,;])", "", rest)
        if without != rest:
            updates["required"] = required
            rest = without.strip(" ,;")
    if re.fullmatch(r"secret|password", rest.lower()):
        raise InvalidInput(
            f"The parameter {parameter.name} can't hold a secret: a run keeps its values.",
            do="Leave it out, and let whoever operates Runbot give the tool its password.",
            problems=(Problem(f"parameters.{parameter.name}", "Secrets are not kept."),),
        )
    if choices := _choices(rest):
        return parameter.model_copy(
            update={**updates, "type": ParameterType.CHOICE, "choices": choices}
        )
    kind, _, about = rest.partition(",")
    if found := _TYPES.get(kind.strip().lower()):
        updates["type"] = found
        rest = about.strip()
    if rest:
        updates["description"] = rest
    return parameter.model_copy(update=updates)


def _value(text: str, at: int) -> tuple[str, int]:
    if quoted := _QUOTED.match(text, at):
        return next(group for group in quoted.groups() if group is not None), quoted.end()
    if not (found := _VALUE.match(text, at)):
        return "", at
    value = found[0].rstrip(".")
    return value, at + len(value)


def _one(text: str, at: int, *, described: bool) -> tuple[Parameter, int] | None:
    if not (found := _NAME.match(text, at)):
        return None
    name = found[1].lower().replace("-", "_")
    if name in _NOT_NAMES:
        return None
    parameter, end = guessed(name), found.end()
    if spec := _SPEC.match(text, end):
        parameter, end = _with_spec(parameter, spec[1]), spec.end()
    if equals := _DEFAULT.match(text, end):
        value, after = _value(text, equals.end())
        if after > equals.end():
            parameter, end = parameter.model_copy(update={"default": value}), after
            if (late := _SPEC.match(text, end)) is not None:
                parameter, end = _with_spec(parameter, late[1]), late.end()
    if described and (about := _ABOUT.match(text, end)):
        parameter, end = _described(parameter, about[1].strip()), about.end()
    return parameter, end


def _described(parameter: Parameter, said: str) -> Parameter:
    if kind := _TYPES.get(said.lower().rstrip(".")):
        return parameter.model_copy(update={"type": kind})
    return parameter.model_copy(update={"description": said.rstrip(".")})


def read_declarations(text: str, at: int = 0) -> Declared:
    """The parameters declared from a place in a text on, as far as it goes on declaring them.

    A bare name goes on a list only where nothing else follows it, so that the words after
    a list are never taken for parameters.
    """
    found: list[Parameter] = []
    opening = re.compile(r"\s*(?:[-*•]\s+)?").match(text, at)
    place = opening.end() if opening else at
    described = "\n" in text[at:place]
    end = at
    while one := _one(text, place, described=described):
        parameter, after = one
        follows = text[after:]
        ends_here = re.match(r"\s*(?:$|[,;.\n]|and\b)", follows)
        if not ends_here and found and after == place + len(parameter.name):
            break
        found.append(parameter)
        end = after
        joint = _AND.match(text, after)
        if joint is None:
            break
        described = described or "\n" in joint[0]
        place = joint.end()
    return Declared(tuple(found), end)
