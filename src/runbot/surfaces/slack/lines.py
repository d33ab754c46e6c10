"""Steps and parameters as people write them in a form: one text, line by line, both ways.

What is rendered reads back as the same steps and parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.parameters import Parameter, ParameterType

_INDENT: Final = "   "
_NUMBERED: Final = re.compile(
    r"(?:\d{1,3}[.):]|\(\d{1,3}\)|[-*•]|step[ \t]+\d{1,3}[ \t]*[.):])(?:[ \t]+|$)",
    re.IGNORECASE,
)
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PARAMETER: Final = re.compile(
    rf"""(?P<name>\{{\{{\s*[^\s(=~]+\s*\}}\}}|[^\s(=~]+)\s*
    (?:\((?P<about>(?:[^()"]|{_QUOTED})*)\))?\s*
    (?:~\s*(?P<pattern>{_QUOTED}|\S+))?\s*
    (?:=\s*(?P<default>{_QUOTED}|.*?))?\s*
    (?:(?:^|\s)(?:—|–|--|-)\s+(?P<says>.*))?""",
    re.VERBOSE | re.DOTALL,
)
_FLAGS: Final = frozenset({"optional", "required"})
_CHOICE: Final = re.compile(rf"\s*(?P<one>{_QUOTED}|[^,]+?)\s*(?:,|$)")
_PLAIN: Final = re.compile(r"[\w./:@#+%-]+(?: [\w./:@#+%]+)*")


def steps_text(instructions: Sequence[str], *, first: int = 1) -> str:
    """Instructions as numbered lines, from `first` on; their further lines are indented."""
    return "\n".join(
        f"{number}. " + instruction.replace("\n", "\n" + _INDENT)
        for number, instruction in enumerate(instructions, first)
    )


def read_steps(text: str) -> tuple[str, ...]:
    """The instructions in a text.

    Where lines are numbered or bulleted, each such line begins a step and others belong
    to the step before them; where none is, each line is a step.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    marked = any(_NUMBERED.match(line) for line in lines)
    steps: list[list[str]] = []
    for line in lines:
        found = _NUMBERED.match(line)
        if found:
            steps.append([line[found.end() :]])
        elif not marked or not steps:
            if line.strip():
                steps.append([line.strip()])
        else:
            steps[-1].append(line.removeprefix(_INDENT))
    joined = ("\n".join(step).strip() for step in steps)
    return tuple(step for step in joined if step)


def parameters_text(parameters: Sequence[Parameter]) -> str:
    """Parameters, one a line: `name (type, optional) ~ pattern = default — description`."""
    return "\n".join(_parameter_line(parameter) for parameter in parameters)


def _parameter_line(parameter: Parameter) -> str:
    about = parameter.type.value
    if parameter.choices:
        # Choices come last, since everything after the colon is one.
        about += ": " + ", ".join(_written(choice) for choice in parameter.choices)
        about = about if parameter.required else f"optional, {about}"
    elif not parameter.required:
        about += ", optional"
    line = f"{parameter.name} ({about})"
    if parameter.pattern:
        line += f" ~ {json.dumps(parameter.pattern, ensure_ascii=False)}"
    if parameter.default is not None:
        line += f" = {_written(parameter.default)}"
    if parameter.description:
        line += f" — {' '.join(parameter.description.split())}"
    return line


def _written(value: str) -> str:
    bare = _PLAIN.fullmatch(value) and value.lower() not in _FLAGS
    return value if bare else json.dumps(value, ensure_ascii=False)


def read_parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters in a text, or `InvalidInput` naming each line that can't be read."""
    found: list[Parameter] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(_parameter(line.strip()))
        except ValueError as wrong:
            problems.append(Problem("parameters", f"Line {number}: {wrong}"))
    if problems:
        raise InvalidInput(
            "Nothing was saved.",
            do="Write a parameter as: env (choice: staging, prod) = staging — where it runs.",
            problems=tuple(problems),
        )
    return tuple(found)


def _parameter(line: str) -> Parameter:
    marked = _NUMBERED.match(line)
    bare = line[marked.end() :] if marked else line
    found = _PARAMETER.fullmatch(bare)
    if not found:
        raise ValueError(f'"{bare[:80]}" can\'t be read.')
    type_, required, choices = _about(found["about"] or "")
    default = found["default"]
    pattern = found["pattern"]
    return Parameter(
        name=found["name"].strip("{} "),
        type=type_,
        required=required,
        choices=choices,
        default=_value(default) if default else None,
        pattern=_value(pattern) if pattern else None,
        description=(found["says"] or "").strip(),
    )


def _about(about: str) -> tuple[ParameterType, bool, tuple[str, ...]]:
    head, colon, listed = about.partition(":")
    words = [word for word in re.split(r"[,\s]+", head.lower()) if word]
    required = "optional" not in words
    kinds = [word for word in words if word not in _FLAGS]
    written = [one["one"] for one in _CHOICE.finditer(listed)] if colon else []
    if written and written[-1].lower() in _FLAGS:
        required = written.pop().lower() == "required"
    choices = tuple(_value(one) for one in written)
    if not kinds:
        return (ParameterType.CHOICE if choices else ParameterType.STRING), required, choices
    if len(kinds) > 1 or kinds[0] not in set(ParameterType):
        types = ", ".join(ParameterType)
        raise ValueError(f'"{about.strip()[:60]}" is not a type. Types are: {types}.')
    type_ = ParameterType(kinds[0])
    if type_ is ParameterType.CHOICE and not choices:
        raise ValueError("a choice needs its values, for example (choice: staging, prod).")
    return type_, required, choices


def _value(written: str) -> str:
    if not written.startswith('"'):
        return written.strip()
    try:
        return str(json.loads(written, strict=False))
    except json.JSONDecodeError:
        raise ValueError(f"{written[:60]} has a quotation mark that isn't closed.") from None


def read_parameters_quietly(text: str) -> tuple[Parameter, ...] | None:
    """The parameters in a text, or None where it can't be read: for comparing only."""
    try:
        return read_parameters(text)
    except InvalidInput:
        return None
