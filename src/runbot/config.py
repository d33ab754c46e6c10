"""`runbot.toml`: who has which role, and what needs approval. Read once, at the start.

Nothing in it is secret. Whatever it says that Runbot doesn't know is refused, since a
misspelt rule would protect nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from runbot.domain.access import Role
from runbot.domain.approvals import ApprovalPolicy
from runbot.domain.conduct import MAX_APPROVALS, MAX_PRINCIPALS, MAX_WAIT, is_principal
from runbot.domain.errors import InvalidInput, Problem

USUAL: Final = ApprovalPolicy()
MIN_WAIT: Final = 60
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,}")
_TIME: Final = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}


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


def _approver(text: str) -> str:
    if not is_principal(text):
        raise ValueError(
            f"{text!r} names nobody: write a Slack id (U… a person, S… a user group, C… a "
            "channel), admins, everyone, or a role such as role:approver"
        )
    return text


def _channel(text: str) -> str:
    if text and not _CHANNEL.fullmatch(text):
        raise ValueError(f"{text!r} is no channel: write its Slack id (C…)")
    return text


def _seconds(given: object) -> object:
    """A time in words as seconds; anything else is judged as a number of them."""
    seconds = given
    if isinstance(given, str):
        found = _TIME.fullmatch(given.strip().lower())
        if found is None:
            raise ValueError(f'{given!r} is no time: write "30m", "24h" or "7d"')
        seconds = int(found[1]) * _UNITS[found[2]]
    if isinstance(seconds, int | float) and not MIN_WAIT <= seconds <= MAX_WAIT:
        raise ValueError("it takes a minute at least and 30 days at most")
    return seconds


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


class ApprovalsTable(_Strict):
    """What always needs approval, and whose. Times are words such as "24h" or "30 minutes"."""

    risks: tuple[Literal["read", "write", "destructive", "unknown"], ...] = (
        "destructive",
        "unknown",
    )
    who: tuple[Annotated[str, AfterValidator(_approver)], ...] = Field(
        USUAL.who, max_length=MAX_PRINCIPALS
    )
    count: int = Field(USUAL.count, ge=1, le=MAX_APPROVALS)
    four_eyes: bool = USUAL.four_eyes
    expires: Annotated[float, BeforeValidator(_seconds)] = USUAL.expires
    channel: Annotated[str, AfterValidator(_channel)] = USUAL.channel

    @property
    def policy(self) -> ApprovalPolicy:
        """The same as the domain has it."""
        return ApprovalPolicy(**self.model_dump())


class Config(_Strict):
    """What the file says; without one, what Runbot does by itself."""

    roles: RolesTable | None = None
    approvals: ApprovalsTable = ApprovalsTable()


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
    elif message == "Input should be a valid tuple":
        said = 'it is to be a list, such as ["everyone"]'
    return Problem(named, f"{named}: {said}.")
