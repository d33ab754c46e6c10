"""Tools from installed packages: loading them, and seeing that they keep the contract."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import EntryPoint
from typing import Final

from pydantic import BaseModel

from runbot.domain.errors import InvalidInput
from runbot.tools.contract import Repeat, Risk, Tool
from runbot.tools.words import one_line

GROUP: Final = "runbot.tools"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


def package_of(point: EntryPoint) -> str:
    """The installed package that an entry point belongs to."""
    return point.dist.name if point.dist else point.value


def load(point: EntryPoint) -> Tool:
    """The tool that an entry point gives, or `InvalidInput` that names the package."""
    try:
        tool: Tool = point.load()()
    except Exception as error:
        # Loading runs the package's own code, which can raise anything; nothing is swallowed.
        raise InvalidInput(
            f"The tool {point.name} of the package {package_of(point)} can't be loaded "
            f"({type(error).__name__}: {one_line(str(error), 150)}).",
            do="Remove the package or have it corrected.",
        ) from error
    return tool


def shape_problem(tool: object) -> str | None:
    """How something breaks the contract of a tool, or None where it keeps it."""
    name = getattr(tool, "name", None)
    arguments = getattr(tool, "arguments", None)
    checks = (
        (
            isinstance(name, str) and bool(_NAME.fullmatch(name)),
            "its name must be lower-case letters, digits and underscores",
        ),
        (isinstance(getattr(tool, "description", None), str), "it has no description"),
        (
            isinstance(arguments, type) and issubclass(arguments, BaseModel),
            "its arguments are not a pydantic model",
        ),
        (isinstance(getattr(tool, "risk", None), Risk), "it doesn't say its risk"),
        (
            isinstance(getattr(tool, "repeat", None), Repeat),
            "it doesn't say whether it may be repeated",
        ),
        (
            inspect.iscoroutinefunction(getattr(tool, "run", None)),
            "it has no async run(arguments, context)",
        ),
    )
    return next((wrong for right, wrong in checks if not right), None)
