"""Parameters: the inputs of a runbook, checked against their type and never evaluated.

A value goes into a step as data: `{{name}}` is replaced once, by text, in one pass, so
that a value which itself looks like `{{other}}` stays just that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

from runbot.domain.errors import InvalidInput, Problem

MAX_PARAMETERS: Final = 25
MAX_VALUE: Final = 3000  # what one Slack text input can hold
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
PLACEHOLDER: Final = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_.]*)\s*\}\}")
BUILT_IN: Final = frozenset({"run.id", "run.number", "run.started_at", "run.started_by"})
# RFC 5321's dot-atom without "?" and "|": nobody's address has them, and "=?…?=" is markup
# that mail programs decode. A domain may be written in its own letters.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=^_`{}~-]+"
_LABEL: Final = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_EMAIL: Final = re.compile(rf"(?=.{{3,254}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_USER: Final = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,})(?:\|[^>]*)?>?")
_CHANNEL: Final = re.compile(r"(?:<#)?([CG][A-Z0-9]{2,})(?:\|[^>]*)?>?")
_USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{2,}")
_MENTION: Final = re.compile(r"<@[UW][A-Z0-9]+>")
_CHANNEL_NAME: Final = re.compile(r"#[\w.\-]{1,80}")
_TRUE: Final = frozenset({"true", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "off", "0"})


class ParameterType(StrEnum):
    """What a value must look like."""

    STRING = "string"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    URL = "url"
    EMAIL = "email"
    DATE = "date"
    USER = "user"
    CHANNEL = "channel"


class Parameter(BaseModel):
    """One declared input. `default` and every value are text, as people write them."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: ParameterType = ParameterType.STRING
    description: str = ""
    required: bool = True
    default: str | None = None
    choices: tuple[str, ...] = ()
    pattern: str | None = Field(default=None, max_length=200)


def placeholders(text: str) -> tuple[str, ...]:
    """The names written as `{{name}}` in a text, each once, in order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace each `{{name}}` that has a value, in one pass; leave the others as they are."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def in_markup(parameters: Iterable[Parameter], values: Mapping[str, str]) -> dict[str, str]:
    """The values as they stand in a text of Slack's markup: shown as they are written.

    None of them becomes a link, a mention or a broadcast, but for a person or a channel
    whose parameter is of that type, and whoever started the run.
    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    kinds = {parameter.name: parameter.type for parameter in parameters}
    return {name: _marked(name, kinds.get(name), value) for name, value in values.items()}


def _marked(name: str, kind: ParameterType | None, value: str) -> str:
    if kind is ParameterType.USER and _USER_ID.fullmatch(value):
        return f"<@{value}>"
    if kind is ParameterType.CHANNEL and _CHANNEL_ID.fullmatch(value):
        return f"<#{value}>"
    if kind is None and name == "run.started_by" and _MENTION.fullmatch(value):
        return value
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _whole(text: str) -> str:
    return str(int(text))


def _number(text: str) -> str:
    value = float(text)
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN differs from itself
        raise ValueError
    return text


def _boolean(text: str) -> str:
    if text.lower() in _TRUE:
        return "true"
    if text.lower() in _FALSE:
        return "false"
    raise ValueError


def _url(text: str) -> str:
    bracketed = text.startswith("<") and text.endswith(">")
    inner = text[1:-1].partition("|")[0] if bracketed else text
    parts = urlsplit(inner)
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", inner):
        raise ValueError
    return inner


def _email(text: str) -> str:
    inner = text.removeprefix("<mailto:").partition("|")[0].removesuffix(">")
    if not _EMAIL.fullmatch(inner):
        raise ValueError
    return inner


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _user(text: str) -> str:
    found = _USER.fullmatch(text)
    if not found:
        raise ValueError
    return found[1]


def _channel(text: str) -> str:
    if found := _CHANNEL.fullmatch(text):
        return found[1]
    if _CHANNEL_NAME.fullmatch(text):
        return text
    raise ValueError


_READERS: Final[Mapping[ParameterType, tuple[Callable[[str], str], str]]] = {
    ParameterType.INTEGER: (_whole, "a whole number, such as 3"),
    ParameterType.NUMBER: (_number, "a number, such as 0.5"),
    ParameterType.BOOLEAN: (_boolean, "yes or no"),
    ParameterType.URL: (_url, "an address that starts with http:// or https://"),
    ParameterType.EMAIL: (_email, "an email address, such as ana@example.com"),
    ParameterType.DATE: (_date, "a date written as 2026-01-31"),
    ParameterType.USER: (_user, "a person of this workspace, written as @name"),
    ParameterType.CHANNEL: (_channel, "a channel, written as #name"),
}


def _matches(pattern: str, value: str) -> bool:
    # It has to be whole by itself: "a)|(b" would step out of the brackets around it.
    _compiled(pattern)
    try:
        _compiled(rf"^(?:{pattern})$").validate_python(value)
    except ValidationError:
        return False
    return True


def _compiled(pattern: str) -> TypeAdapter[str]:
    # pydantic's engine for patterns works in linear time: a person's pattern can't hang Runbot.
    # https://docs.rs/regex/latest/regex/#untrusted-input
    return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern can't be used, or None where it can."""
    try:
        _matches(pattern, "")
    except SchemaError:
        return f"The pattern {pattern} is not a regular expression that Runbot can use."
    return None


def read(parameter: Parameter, text: str) -> str:
    """The value in its canonical text form, or `ValueError` with a sentence that says why not."""
    value = text if parameter.type is ParameterType.TEXT else text.strip()
    if len(value) > MAX_VALUE:
        raise ValueError(f"{parameter.name} may have at most {MAX_VALUE:,} characters.")
    if parameter.choices and value not in parameter.choices:
        raise ValueError(f"{parameter.name} must be one of: {', '.join(parameter.choices)}.")
    if reader := _READERS.get(parameter.type):
        take, wanted = reader
        try:
            value = take(value)
        except ValueError:
            shown = value if len(value) <= 60 else value[:57] + "…"  # noqa: PLR2004 - a line's worth
            raise ValueError(f'{parameter.name} must be {wanted}; "{shown}" is not.') from None
    if parameter.pattern:
        _check_pattern(parameter.name, parameter.pattern, value)
    return value


def _check_pattern(name: str, pattern: str, value: str) -> None:
    try:
        matches = _matches(pattern, value)
    except SchemaError:
        raise ValueError(
            f"{name} must match the pattern {pattern}, which is not a regular expression that "
            "Runbot can use: whoever edits the runbook has to correct it."
        ) from None
    if not matches:
        raise ValueError(f"{name} must match the pattern {pattern}.")


def check(parameters: Iterable[Parameter], given: Mapping[str, str]) -> dict[str, str]:
    """All values of a run, defaults filled in, each in its canonical form.

    Raises `InvalidInput` with one problem per wrong, missing or unknown name. An
    optional parameter that is left out becomes an empty text.
    """
    declared = {parameter.name: parameter for parameter in parameters}
    problems = [
        Problem(name, f"There is no parameter called {name}.")
        for name in given
        if name not in declared
    ]
    values: dict[str, str] = {}
    for name, parameter in declared.items():
        text = given.get(name, "")
        if not text.strip():
            text = parameter.default or ""
        if not text.strip():
            if parameter.required:
                problems.append(Problem(name, f"{name} is needed and has no value."))
            values[name] = ""
            continue
        try:
            values[name] = read(parameter, text)
        except ValueError as wrong:
            problems.append(Problem(name, str(wrong)))
    if problems:
        what = "The run was not started." if len(problems) > 1 else "The run was not started:"
        hint = ", ".join(f"{p.name} ({p.type})" for p in declared.values())
        do = f"It takes: {hint}." if hint else "It takes no parameters."
        if len(problems) == 1:
            raise InvalidInput(f"{what} {problems[0].sentence}", do=do, problems=tuple(problems))
        raise InvalidInput(what, do=do, problems=tuple(problems))
    return values
