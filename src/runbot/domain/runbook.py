"""Runbooks: named, versioned lists of steps in plain English, each with its plan."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runbot.domain.access import Actor
from runbot.domain.conduct import Approval, Conduct
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.parameters import Parameter

MAX_STEPS: Final = 100
MAX_INSTRUCTION: Final = 2000
MAX_NAME: Final = 80
MAX_DESCRIPTION: Final = 500
MAX_RETRIES: Final = 10
MAX_TIMEOUT: Final = 24 * 3600
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class RunbookStatus(StrEnum):
    """Only a published runbook can be run; an archived one is kept and read."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class OnFailure(StrEnum):
    """What happens when a step's last attempt has failed."""

    ASK = "ask"
    STOP = "stop"
    CONTINUE = "continue"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Expectation(_Frozen):
    """What a tool's result must show beyond the tool's own success."""

    status: int | None = None
    contains: str | None = None


class ToolPlan(_Frozen):
    """One named tool; arguments are templates over parameters. No model call."""

    kind: Literal["tool"] = "tool"
    tool: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    expect: Expectation | None = None


class ManualPlan(_Frozen):
    """A person does it. `why` says why no tool does.

    `assignee` is the Slack id of a person or a user group, or the `{{name}}` of a parameter
    that holds a person's. `due` is how many seconds they have before they are reminded.
    """

    kind: Literal["manual"] = "manual"
    why: str = ""
    assignee: str | None = None
    due: float | None = None


class AgentPlan(_Frozen):
    """The model carries it out with nothing but these tools."""

    kind: Literal["agent"] = "agent"
    tools: tuple[str, ...] = ()


class RunbookPlan(_Frozen):
    """Another runbook is run and its outcome taken over. `parameters` are templates."""

    kind: Literal["runbook"] = "runbook"
    runbook: str
    parameters: dict[str, str] = Field(default_factory=dict)


Plan = Annotated[ToolPlan | ManualPlan | AgentPlan | RunbookPlan, Field(discriminator="kind")]


class AnswerKind(StrEnum):
    """What an answer to an open question must look like."""

    EMAIL = "email"
    URL = "url"
    CHANNEL = "channel"
    SOURCE = "source"
    TEXT = "text"
    DURATION = "duration"


class OpenQuestion(_Frozen):
    """What a step's plan still needs to know. `field` is the tool's argument it fills."""

    field: str
    kind: AnswerKind
    text: str


class Step(_Frozen):
    """One instruction and how it will be done.

    `answers` are what people said to open questions, by field: they are settings of the
    step and survive a new planning of the same instruction. `timeout` is in seconds, and so
    is `backoff`: how long the first of the `retries` waits, each later one twice as long.
    """

    instruction: str
    plan: Plan
    questions: tuple[OpenQuestion, ...] = ()
    answers: dict[str, str] = Field(default_factory=dict)
    timeout: float | None = None
    retries: int = 0
    backoff: float = 1.0
    on_failure: OnFailure = OnFailure.ASK
    approval: Approval | None = None


class Content(_Frozen):
    """What a version holds.

    `cleanup` are the steps of the run that follows one that failed or was aborted.
    """

    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    steps: tuple[Step, ...] = ()
    cleanup: tuple[Step, ...] = ()
    conduct: Conduct = Conduct()

    @property
    def open_questions(self) -> tuple[tuple[int, OpenQuestion], ...]:
        """Every open question with its step's number, counted from 1."""
        return tuple(
            (number, question)
            for number, step in enumerate(self.steps, 1)
            for question in step.questions
        )


class Version(_Frozen):
    """One immutable saved state. `agent` names the model or the rules that planned it."""

    runbook_id: str
    number: int
    content: Content
    created_by: Actor
    created_at: datetime
    agent: str


class Runbook(_Frozen):
    """A name and its versions. `published` is the version that runs take, if any."""

    id: str
    workspace: str
    name: str
    status: RunbookStatus
    latest: int
    published: int | None
    created_by: Actor
    created_at: datetime
    channel: str = ""


def slug(text: str) -> str:
    """A name people wrote as a slug: lower case, words joined by hyphens.

    Raises `InvalidInput` where nothing usable is left.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not name or len(name) > MAX_NAME:
        raise InvalidInput(
            f"A runbook's name needs 1 to {MAX_NAME} letters, digits and hyphens.",
            do="For example: restart-api.",
            problems=(Problem("name", "The name can't be used."),),
        )
    return name
