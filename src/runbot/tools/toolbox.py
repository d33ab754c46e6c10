"""All tools by name: what they are, whether a plan fits them, and calling one safely."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from runbot.domain.errors import InvalidInput, NotAllowed, NotFound, Problem, RunbotError
from runbot.domain.parameters import PLACEHOLDER
from runbot.tools.contract import Repeat, Risk, Tool, ToolContext, ToolResult
from runbot.tools.packages import GROUP, load, package_of, shape_problem
from runbot.tools.wait import Wait
from runbot.tools.words import failed, one_line, seconds, storable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ArgumentDescription:
    """One argument, for people: `kind` names its type in words."""

    name: str
    kind: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """One tool, for people."""

    name: str
    description: str
    risk: Risk
    repeat: Repeat
    arguments: tuple[ArgumentDescription, ...]


class Toolbox(Mapping[str, Tool]):
    """Tools by name. Raises `InvalidInput` where one isn't a tool or a name is taken twice."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            self._add(tool, "Runbot")

    @classmethod
    def with_packages(
        cls, tools: Iterable[Tool], packages: Iterable[EntryPoint] | None = None
    ) -> Toolbox:
        """These tools and those of installed packages (entry points `runbot.tools`).

        An entry point names something that gives a tool when called without arguments,
        such as the tool's class. `InvalidInput` names a package that can't be used.
        """
        toolbox = cls(tools)
        for point in entry_points(group=GROUP) if packages is None else packages:
            toolbox._add(load(point), package_of(point))
        return toolbox

    def _add(self, tool: Tool, package: str) -> None:
        if wrong := shape_problem(tool):
            raise InvalidInput(
                f"The package {package} gives a tool that Runbot can't use: {wrong}.",
                do="Remove the package or have it corrected.",
            )
        if tool.name in self._tools:
            raise InvalidInput(
                f"The package {package} gives a tool called {tool.name}, and there is one already.",
                do="Remove the package or have the tool renamed.",
            )
        self._tools[tool.name] = tool

    def __getitem__(self, name: str) -> Tool:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    def describe(self) -> tuple[ToolDescription, ...]:
        """Every tool, for people, by name."""
        return tuple(
            ToolDescription(
                tool.name,
                tool.description,
                tool.risk,
                tool.repeat,
                tuple(_described(tool.arguments)),
            )
            for _, tool in sorted(self._tools.items())
        )

    def markup_of(self, name: str) -> frozenset[str]:
        """The tool's arguments that Slack reads as markup: values in them have to be escaped.

        A field says so with `json_schema_extra={"markup": "mrkdwn"}`.
        """
        tool = self._tools.get(name)
        if tool is None:
            return frozenset()
        extras = {n: field.json_schema_extra for n, field in tool.arguments.model_fields.items()}
        return frozenset(
            field
            for field, extra in extras.items()
            if isinstance(extra, dict) and extra.get("markup") == "mrkdwn"
        )

    def check(self, name: str, arguments: Mapping[str, JsonValue]) -> tuple[Problem, ...]:
        """What is wrong with a plan's arguments; those with a {{…}} in them aren't judged yet."""
        tool = self._tools.get(name)
        if tool is None:
            return (Problem("tool", self._missing(name)),)
        return tuple(
            problem
            for problem in _problems(tool, arguments)
            if not _templated(arguments.get(problem.field))
        )

    def safe(self, name: str) -> bool:
        """Whether a call of this tool may be made again without asking; not of an unknown one."""
        tool = self._tools.get(name)
        return tool is not None and (tool.risk is Risk.READ or tool.repeat is Repeat.SAFE)

    def refusals(self, name: str, arguments: Mapping[str, JsonValue]) -> tuple[Problem, ...]:
        """What the tool refuses of these arguments as they are; in them, {{…}} is only text."""
        tool = self._tools.get(name)
        return (
            (Problem("tool", self._missing(name)),) if tool is None else _problems(tool, arguments)
        )

    def deadline(
        self, name: str, arguments: Mapping[str, JsonValue], now: datetime
    ) -> datetime | None:
        """When a wait that begins now ends; None where the tool doesn't wait.

        Raises `InvalidInput` where the arguments say nothing that can be waited for.
        """
        tool = self._tools.get(name)
        if not isinstance(tool, Wait):
            return None
        if problems := _problems(tool, arguments):
            raise InvalidInput("The step can't wait.", problems=problems)
        try:
            return tool.deadline(tool.arguments.model_validate(arguments), now)
        except ValueError as error:
            raise InvalidInput(str(error)) from None

    async def call(
        self,
        name: str,
        arguments: Mapping[str, JsonValue],
        context: ToolContext,
        timeout: float | None,  # noqa: ASYNC109 - its expiry becomes a result, which callers can't make
    ) -> ToolResult:
        """Call a tool once. Whatever goes wrong becomes a result; only cancellation is raised.

        Where it was cut short or broke, the outcome is unknown unless it only reads or may
        safely be repeated.
        """
        tool = self._tools.get(name)
        if tool is None:
            return failed(self._missing(name))
        if problems := _problems(tool, arguments):
            return failed(" ".join(problem.sentence for problem in problems))
        asked = tool.arguments.model_validate(arguments)
        return await _called(tool, asked, context, timeout)

    def _missing(self, name: str) -> str:
        known = ", ".join(sorted(self._tools))
        return f"There is no tool called {one_line(name, 60)}. There are: {known}."


def _described(arguments: type[BaseModel]) -> Iterator[ArgumentDescription]:
    schema: dict[str, Any] = arguments.model_json_schema()
    for name, field in arguments.model_fields.items():
        yield ArgumentDescription(
            name=name,
            kind=_kind(schema["properties"][name]),
            description=field.description or "",
            required=field.is_required(),
        )


def _kind(schema: Mapping[str, Any]) -> str:
    if options := schema.get("enum"):
        return " or ".join(str(option) for option in options)
    if several := schema.get("anyOf"):
        return " or ".join(_kind(one) for one in several if one.get("type") != "null")
    names = {"string": "text", "array": "list", "boolean": "yes or no", "integer": "whole number"}
    kind = str(schema.get("type", "value"))
    return names.get(kind, kind)


def _templated(value: JsonValue) -> bool:
    if isinstance(value, str):
        return bool(PLACEHOLDER.search(value))
    if isinstance(value, dict):
        return any(_templated(inner) for inner in value.values())
    return isinstance(value, list) and any(_templated(inner) for inner in value)


def _problems(tool: Tool, arguments: Mapping[str, JsonValue]) -> tuple[Problem, ...]:
    """What is wrong with arguments as they are, each problem with its field."""
    try:
        tool.arguments.model_validate(arguments)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return tuple(_problem(tool, detail) for detail in details)
    return ()


def _problem(tool: Tool, detail: ErrorDetails) -> Problem:
    """A pydantic error as a sentence, without the value: that may hold a secret."""
    field = str(detail["loc"][0]) if detail["loc"] else "arguments"
    if detail["type"] == "missing":
        wanted = (tool.arguments.model_fields[field].description or "").rstrip(".")
        return Problem(field, f"{tool.name} needs {field}{f' ({wanted})' if wanted else ''}.")
    if detail["type"] == "extra_forbidden":
        takes = ", ".join(tool.arguments.model_fields)
        return Problem(field, f"{tool.name} takes no {one_line(field, 40)}; it takes {takes}.")
    if detail["type"] == "value_error":
        return Problem(field, detail["msg"].removeprefix("Value error, "))
    message = detail["msg"].removeprefix("Input ").rstrip(".")
    return Problem(field, f"{field}: {message[0].lower()}{message[1:]}.")


async def _called(
    tool: Tool,
    asked: BaseModel,
    context: ToolContext,
    timeout: float | None,  # noqa: ASYNC109 - see Toolbox.call
) -> ToolResult:
    doubtful = tool.risk is not Risk.READ and tool.repeat is not Repeat.SAFE
    perhaps = " It may have taken effect." if doubtful else ""
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return _tidy(await tool.run(asked, context))
    except RunbotError as error:
        clean = isinstance(error, InvalidInput | NotAllowed | NotFound)
        return failed(error.sentence, unknown=doubtful and not clean)
    except Exception as error:  # noqa: BLE001 - the boundary of tool calls: a tool may be anyone's
        if isinstance(error, TimeoutError) and limit.expired():
            took = seconds(timeout or 0)
            said = f"{tool.name} was cut off after {took}, the most that this step may take."
        else:
            _record(tool.name, context, error)
            said = f"{tool.name} broke down because of a fault in it; the log has the details."
        return failed(said + perhaps, unknown=doubtful)


def _record(name: str, context: ToolContext, error: Exception) -> None:
    """Log where it broke. Not the error's own text, which can repeat arguments and secrets."""
    _log.error(
        "The tool %s broke down with %s in run %s, step %s:\n%s",
        name,
        type(error).__name__,
        context.run_id,
        context.step,
        "".join(traceback.format_tb(error.__traceback__)),
    )


def _tidy(result: ToolResult) -> ToolResult:
    """The result within its limits: one line of summary, and text that a database takes."""
    if not isinstance(result, ToolResult):
        raise TypeError("a tool's run must give a ToolResult")
    return result.model_copy(
        update={"summary": one_line(result.summary), "output": storable(result.output)}
    )
