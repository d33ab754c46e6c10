"""`wait`: let time pass, for a duration or until a moment."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from runbot.tools.contract import Repeat, Risk, ToolContext, ToolResult
from runbot.tools.words import failed

MAX_WAIT: Final = timedelta(days=30)
_UNITS: Final = {
    name: seconds
    for names, seconds in (
        ("w week weeks", 604_800),
        ("d day days", 86_400),
        ("h hr hrs hour hours", 3600),
        ("m min mins minute minutes", 60),
        ("s sec secs second seconds", 1),
    )
    for name in names.split()
}
_PART: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]+)\s*(?:,\s*)?(?:and\s+)?")
_ISO: Final = re.compile(
    r"p(?=.)(?:(\d{1,9})w)?(?:(\d{1,9})d)?"
    r"(?:t(?=.)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,6})?)s)?)?"
)
_COUNTS: Final = {
    **dict.fromkeys(("an", "a", "another", "one"), 1),
    **dict(zip(("two", "three", "four", "five", "six"), range(2, 7), strict=True)),
    **dict(zip(("ten", "fifteen", "twenty", "thirty", "sixty"), (10, 15, 20, 30, 60), strict=True)),
}
SPOKEN: Final = (
    rf"(?:half\s+an?|{'|'.join(_COUNTS)})\s+"
    r"(?:second|minute|hour|day|week)s?\b(?:\s+and\s+a\s+half\b)?"
)
"""A pattern for durations in words, such as "half an hour" or "an hour and a half"."""
_SPOKEN: Final = re.compile(r"(?:(half)\s+)?(\w+)\s+([a-z]+)(?:\s+and\s+a\s+(half))?")
_TIME_OF_DAY: Final = re.compile(r"\d{1,2}:\d{2}.*")


def _counted(text: str) -> str:
    """Words such as "an hour and a half" as a number and a unit; other texts as they are."""
    if not re.fullmatch(SPOKEN, text) or not (said := _SPOKEN.fullmatch(text)):
        return text
    halved, count, unit, and_half = said.groups()
    amount = 0.5 if halved else _COUNTS[count] + (0.5 if and_half else 0)
    return f"{amount} {unit}"


def duration(text: str) -> timedelta:
    """How long "10 minutes", "1h30m", "half an hour" or "PT10M" is; `ValueError` otherwise."""
    rest = _counted(text.strip().lower())
    total = 0.0
    if iso := _ISO.fullmatch(rest):
        total = sum(
            float(amount) * unit
            for amount, unit in zip(iso.groups("0"), (604_800, 86_400, 3600, 60, 1), strict=True)
        )
    else:
        while part := _PART.match(rest):
            if part[2] not in _UNITS:
                break
            total += float(part[1]) * _UNITS[part[2]]
            rest = rest[part.end() :]
        if rest:
            raise ValueError("duration must be written as 10 minutes, 1h30m or PT10M.")
    if not 0 < total <= MAX_WAIT.total_seconds():
        raise ValueError(f"duration must be more than nothing and at most {MAX_WAIT.days} days.")
    return timedelta(seconds=total)


def moment(text: str, now: datetime) -> datetime:
    """The moment meant by an ISO time, UTC where no zone is given; `ValueError` otherwise.

    A time of day alone ("14:00 UTC") is the next one.
    """
    plain = re.sub(r"\s*\b(?:UTC|GMT|Z)$", "+00:00", text.strip(), flags=re.IGNORECASE)
    wrong = "until must be written as 2026-01-31T14:00Z, or 14:00 UTC for the next time it is that."
    try:
        if _TIME_OF_DAY.fullmatch(plain):
            clock = time.fromisoformat(plain.zfill(len("14:00")) if plain[1] == ":" else plain)
            zone = clock.tzinfo or UTC
            then = datetime.combine(now.astimezone(zone).date(), clock, zone)
            return (then if then > now else then + timedelta(days=1)).astimezone(UTC)
        then = datetime.fromisoformat(plain)
        return (then if then.tzinfo else then.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(wrong) from None


def _readable_duration(text: str) -> str:
    duration(text)
    return text


def _readable_moment(text: str) -> str:
    moment(text, datetime(2000, 1, 1, tzinfo=UTC))
    return text


class WaitArguments(BaseModel):
    """How long; exactly one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration: Annotated[str, AfterValidator(_readable_duration)] | None = Field(
        default=None, description="How long, such as 10 minutes, 1h30m or PT10M; at most 30 days"
    )
    until: Annotated[str, AfterValidator(_readable_moment)] | None = Field(
        default=None,
        description="Until when, such as 2026-01-31T14:00Z or 14:00 UTC (UTC without a zone)",
    )

    # Before the fields: what is missing is missing whatever the other values are.
    @model_validator(mode="before")
    @classmethod
    def _one_of_them(cls, data: object) -> object:
        if isinstance(data, Mapping) and (data.get("duration") is None) == (
            data.get("until") is None
        ):
            raise ValueError("wait takes either duration or until.")
        return data


class Wait:
    """Succeeds when the time has come; at once where it has passed already."""

    name: ClassVar[str] = "wait"
    description: ClassVar[str] = "Wait for a duration or until a time"
    arguments: ClassVar[type[BaseModel]] = WaitArguments
    risk: ClassVar[Risk] = Risk.READ
    repeat: ClassVar[Repeat] = Repeat.SAFE

    def deadline(self, arguments: BaseModel, now: datetime) -> datetime:
        """When a wait that begins now ends, in UTC, for whoever waits durably.

        Raises `ValueError` with a sentence where that is more than 30 days away.
        """
        asked = WaitArguments.model_validate(arguments)
        if asked.duration is not None:
            return now.astimezone(UTC) + duration(asked.duration)
        then = moment(asked.until or "", now)
        if then - now > MAX_WAIT:
            raise ValueError(f"A step can wait {MAX_WAIT.days} days, and that is further away.")
        return then

    def waited(self, deadline: datetime) -> ToolResult:
        """The result of a wait that has ended."""
        return ToolResult(
            ok=True,
            summary=f"waited until {deadline:%Y-%m-%d %H:%M:%S} UTC",
            facts={"until": deadline.isoformat()},
        )

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:  # noqa: ARG002 - the contract gives it to every tool
        """Sleep until the deadline; it begins anew where the process is started again."""
        now = datetime.now(UTC)
        try:
            deadline = self.deadline(arguments, now)
        except ValueError as error:
            return failed(str(error))
        await asyncio.sleep(max(0.0, (deadline - now).total_seconds()))
        return self.waited(deadline)
