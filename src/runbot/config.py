"""`runbot.toml`: who has which role, and what needs approval. Read once, at the start.

Nothing in it is secret. Whatever it says that Runbot doesn't know is refused, since a
misspelt rule would protect nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from runbot.domain.access import Role
from runbot.domain.conduct import MAX_PRINCIPALS, is_principal
from runbot.domain.errors import InvalidInput, Problem


def _principal(text: str) -> str:
    if not is_principal(text) or text.startswith("role:"):
        raise ValueError(
            f"{text!r} names nobody: write a Slack id (U… a person, S… a user group, C… a "
            "channel), admins or everyone"
        )
    return text


Principals = Annotated[
    tuple[Annotated[str, AfterValidator(_principal)], ...], Field(max_length=MAX_PRINCIPALS * 10)
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RolesTable(_Strict):
    """Who has which role. Whoever is named nowhere may look, and nothing else."""

    viewer: Principals = ()
    runner: Principals = ()
    editor: Principals = ()
    approver: Principals = ()
    admin: Principals = ()

    @property
    def assigned(self) -> Mapping[Role, tuple[str, ...]]:
        """The principals of each role."""
        return {role: getattr(self, role.value) for role in Role}


class Config(_Strict):
    """What the file says; without one, what Runbot does by itself."""

    roles: RolesTable | None = None


def read(path: Path | None) -> Config:
    """The configuration, or `InvalidInput` with a sentence for each thing wrong with it."""
    if path is None:
        return Config()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return Config.model_validate(found)
    except OSError as wrong:
        raise InvalidInput(
            f"The configuration {path} can't be read: {wrong.strerror or type(wrong).__name__}.",
            do="Check RUNBOT_CONFIG.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InvalidInput(
            f"The configuration {path} is not TOML: {wrong}.", do="Mend it, and start again."
        ) from None
    except ValidationError as wrong:
        raise InvalidInput(
            f"The configuration {path} can't be used.",
            do="Mend these and start again:",
            problems=tuple(_problem(error["loc"], error["msg"]) for error in wrong.errors()),
        ) from None


def _problem(where: tuple[int | str, ...], message: str) -> Problem:
    named = ".".join(str(part) for part in where) or "the file"
    said = message.removeprefix("Value error, ").removeprefix("Input ")
    if message == "Extra inputs are not permitted":
        said = "there is no such setting"
    return Problem(named, f"{named}: {said}.")
