"""The whole contract of a tool. A package adds tools through the entry point `runbot.tools`.

A tool says what it is, checks its arguments with a pydantic model, and does one thing.
An argument that Slack reads as markup says `json_schema_extra={"markup": "mrkdwn"}`, so that
values of parameters stay data in it. A tool never raises for an expected failure: it returns a
`ToolResult` that says in a sentence what happened. What it raises is a fault of the tool,
shown as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Risk(StrEnum):
    """What a call can do to the world."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


class Repeat(StrEnum):
    """Whether a call whose outcome is unknown may be made again without asking a person."""

    SAFE = "safe"  # idempotent: doing it again changes nothing
    KEYED = "keyed"  # takes `context.key`, by which the other side drops the second call
    NEVER = "never"


class Source(BaseModel):
    """Where evidence can be looked at."""

    model_config = ConfigDict(frozen=True)
    url: str
    text: str


class ToolResult(BaseModel):
    """What came of one call.

    `summary` is one line for people (at most 300 characters), `output` the whole text
    (capped by the engine when it is stored), `facts` what an expectation can check
    ("status"). `unknown` means that it may or may not have taken effect.
    """

    model_config = ConfigDict(frozen=True)
    ok: bool
    summary: str
    output: str = ""
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a call knows of the run that makes it. `key` is the same for every repetition."""

    key: str
    workspace: str
    channel: str
    run_id: str
    run_number: int
    runbook: str
    step: int
    state: str  # the run's state in words, for status updates
    started_by: str


class Tool(Protocol):
    """Something a step can do. `arguments` validates what `run` is given."""

    name: ClassVar[str]
    description: ClassVar[str]
    arguments: ClassVar[type[BaseModel]]
    risk: ClassVar[Risk]
    repeat: ClassVar[Repeat]

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        """Do it once. Cancellation may arrive at any await and must leave nothing open."""
        ...
