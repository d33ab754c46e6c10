"""Small checks that add up to a schema, and findings worded and located as Slack does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbot.playground.limits import most

Constraint = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what was expected there."""

    sentence: str
    pointer: str
    constraint: Constraint

    @property
    def message(self) -> str:
        """As `response_metadata.messages` has it."""
        return f"[ERROR] {self.sentence} [json-pointer:{self.pointer}]"

    def to_slack(self) -> dict[str, Any]:
        """As blocks.validate has it: https://docs.slack.dev/reference/methods/blocks.validate."""
        return {
            "pointer": self.pointer,
            "code": "failed_constraint",
            "message": self.sentence,
            "constraint": self.constraint,
        }


@dataclass(slots=True)
class Findings:
    """What is wrong with a payload, each with a JSON pointer to where."""

    found: list[Finding] = field(default_factory=list)

    def add(self, sentence: str, pointer: str, kind: str = "all_of", **constraint: Any) -> None:
        """Note one finding; `kind` and `constraint` say what Slack's schema asks for there."""
        self.found.append(Finding(sentence, pointer, {"type": kind, **constraint}))

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.found)

    @property
    def messages(self) -> list[str]:
        """All of it in words."""
        return [finding.message for finding in self.found]


Check = Callable[[Any, str, Findings], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object's fields; a field that isn't named here is refused."""

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """At least one of these must be there."""
    surfaces: tuple[str, ...] = ("message", "modal", "home")
    agrees: Callable[[dict[str, Any], str, Findings], None] | None = None
    """What is checked across its fields, once each of them is right."""

    def check(self, value: object, pointer: str, found: Findings) -> None:
        """Note what is wrong with the value."""
        if not isinstance(value, dict):
            found.add("must provide an object", pointer, "type", expected="object")
            return
        before = len(found.found)
        self._check_fields(value, pointer, found)
        if self.agrees is not None and len(found.found) == before:
            self.agrees(value, pointer, found)

    def _check_fields(self, value: dict[str, Any], pointer: str, found: Findings) -> None:
        for name in self.required:
            if name not in value:
                found.add(f"missing required field: {name}", pointer, "required", expected=[name])
        if self.one_of and not any(name in value for name in self.one_of):
            names = " or ".join(f"`{name}`" for name in self.one_of)
            found.add(f"must define either {names}", pointer, "required", expected=[*self.one_of])
        for name, given in value.items():
            if name == "type":
                continue
            check = self.fields.get(name)
            if check is None:
                found.add(
                    f"invalid additional property: {name}",
                    pointer,
                    "additional_properties",
                    got=name,
                )
            else:
                check(given, f"{pointer}/{name}", found)


def shape(required: Mapping[str, Check] | None = None, /, **optional: Check) -> Check:
    """A check of an object with these fields."""
    needed = dict(required or {})
    return Shape({**needed, **optional}, tuple(needed)).check


def fields_of(check: Check) -> Mapping[str, Check]:
    """The fields of what `shape` made; TypeError for any other check."""
    owner = getattr(check, "__self__", None)
    if not isinstance(owner, Shape):
        raise TypeError(check)
    return owner.fields


def string(limit: str | None = None, *, least: int = 1) -> Check:
    """A string of a length; the limit is a name in the table."""

    def check(value: object, pointer: str, found: Findings) -> None:
        """Note what is wrong with the value."""
        if not isinstance(value, str):
            found.add("must provide a string", pointer, "type", expected="string")
            return
        length(value, limit, least, pointer, found)

    return check


def length(value: str, limit: str | None, least: int, pointer: str, found: Findings) -> None:
    """Note a string that is too short or too long."""
    if len(value) < least:
        found.add(
            f"must be more than {least - 1} characters", pointer, "min_length", expected=least
        )
    if limit is not None and len(value) > most(limit):
        found.add(
            f"must be less than {most(limit) + 1} characters",
            pointer,
            "max_length",
            expected=most(limit),
        )


def boolean(value: object, pointer: str, found: Findings) -> None:
    """True or false, and nothing that merely counts as such."""
    if not isinstance(value, bool):
        found.add("must provide a boolean", pointer, "type", expected="boolean")


def integer(low: int | None = None, high: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(value: object, pointer: str, found: Findings) -> None:
        """Note what is wrong with the value."""
        if not isinstance(value, int) or isinstance(value, bool):
            found.add("must provide an integer", pointer, "type", expected="integer")
        elif low is not None and value < low:
            found.add(f"must be at least {low}", pointer, "minimum", expected=low)
        elif high is not None and value > high:
            found.add(f"must be at most {high}", pointer, "maximum", expected=high)

    return check


def number(value: object, pointer: str, found: Findings) -> None:
    """A number, whole or not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        found.add("must provide a number", pointer, "type", expected="number")


def one_of(*values: str) -> Check:
    """One of these strings."""

    def check(value: object, pointer: str, found: Findings) -> None:
        """Note what is wrong with the value."""
        if value not in values:
            found.add(
                "unsupported value; allowed: " + ", ".join(values),
                pointer,
                "enum",
                expected=[*values],
            )

    return check


def items(each: Check, limit: str | None = None, *, least: int = 1) -> Check:
    """A list of so many, each of which is checked."""

    def check(value: object, pointer: str, found: Findings) -> None:
        """Note what is wrong with the value."""
        if not isinstance(value, list):
            found.add("must provide an array", pointer, "type", expected="array")
            return
        if len(value) < least:
            found.add(f"no fewer than {least} items required", pointer, "min_items", expected=least)
        if limit is not None and len(value) > most(limit):
            found.add(
                f"no more than {most(limit)} items allowed",
                pointer,
                "max_items",
                expected=most(limit),
            )
        for index, item in enumerate(value):
            each(item, f"{pointer}/{index}", found)

    return check


def anything(_value: object, _pointer: str, _found: Findings) -> None:
    """A field that is known and whose inside isn't looked at."""


def typed(shapes: Mapping[str, Shape]) -> Check:
    """An object whose `type` picks its shape."""

    def check(value: object, pointer: str, found: Findings) -> None:
        """Note what is wrong with the value."""
        if not isinstance(value, dict):
            found.add("must provide an object", pointer, "type", expected="object")
            return
        kind = value.get("type")
        if kind is None:
            found.add("missing required field: type", pointer, "required", expected=["type"])
        elif not isinstance(kind, str) or kind not in shapes:
            found.add(f"unsupported type: {kind}", f"{pointer}/type", "enum", expected=[*shapes])
        else:
            shapes[kind].check(value, pointer, found)

    return check


def _text_kinds(content: Check) -> dict[str, Shape]:
    return {
        "plain_text": Shape({"text": content, "emoji": boolean}, ("text",)),
        "mrkdwn": Shape({"text": content, "verbatim": boolean}, ("text",)),
    }


TEXTS: dict[str, Shape] = _text_kinds(string())
"""Text objects of any length."""


def text(limit: str, *kinds: str, least: int = 1) -> Check:
    """A text object of one of these kinds (both by default)."""
    shapes = _text_kinds(string(limit, least=least))
    return typed({kind: shapes[kind] for kind in kinds or tuple(shapes)})


def plain(limit: str, *, least: int = 1) -> Check:
    """A text object that may only be plain_text."""
    return text(limit, "plain_text", least=least)
