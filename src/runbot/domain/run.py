"""Runs and the law: which state may follow which, in one table.

The engine, the buttons, the refusals and the diagram in the docs all read `TRANSITIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runbot.domain.access import Actor
from runbot.domain.runbook import Content


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepStatus(StrEnum):
    """Where one step of a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETE = "complete"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class RunMove(StrEnum):
    """What can happen to a run."""

    BEGIN = "begin"
    REQUEST_PAUSE = "request pause"
    WITHDRAW_PAUSE = "withdraw pause"
    PAUSE = "pause"
    RESUME = "resume"
    ASK = "ask"
    ANSWER = "answer"
    ANSWER_INTO_PAUSE = "answer into pause"
    EXPIRE = "expire"
    COMPLETE = "complete"
    FAIL = "fail"
    ABORT = "abort"


class StepMove(StrEnum):
    """What can happen to a step."""

    START = "start"
    ASK = "ask"
    COMPLETE = "complete"
    FAIL = "fail"
    SKIP = "skip"
    CANCEL = "cancel"


_R, _M = RunStatus, RunMove
_S, _T = StepStatus, StepMove

RUN_TRANSITIONS: Final[Mapping[tuple[RunStatus, RunMove], RunStatus]] = MappingProxyType(
    {
        (_R.QUEUED, _M.BEGIN): _R.RUNNING,
        (_R.RUNNING, _M.REQUEST_PAUSE): _R.RUNNING,
        (_R.WAITING, _M.REQUEST_PAUSE): _R.WAITING,
        (_R.RUNNING, _M.WITHDRAW_PAUSE): _R.RUNNING,
        (_R.WAITING, _M.WITHDRAW_PAUSE): _R.WAITING,
        (_R.RUNNING, _M.PAUSE): _R.PAUSED,
        (_R.PAUSED, _M.RESUME): _R.RUNNING,
        (_R.RUNNING, _M.ASK): _R.WAITING,
        (_R.WAITING, _M.ANSWER): _R.RUNNING,
        # A pause was asked for before the answer came.
        (_R.WAITING, _M.ANSWER_INTO_PAUSE): _R.PAUSED,
        (_R.WAITING, _M.EXPIRE): _R.FAILED,
        (_R.RUNNING, _M.COMPLETE): _R.COMPLETED,
        (_R.RUNNING, _M.FAIL): _R.FAILED,
        (_R.QUEUED, _M.ABORT): _R.CANCELLED,
        (_R.RUNNING, _M.ABORT): _R.CANCELLED,
        (_R.PAUSED, _M.ABORT): _R.CANCELLED,
        (_R.WAITING, _M.ABORT): _R.CANCELLED,
    }
)
STEP_TRANSITIONS: Final[Mapping[tuple[StepStatus, StepMove], StepStatus]] = MappingProxyType(
    {
        (_S.PENDING, _T.START): _S.RUNNING,
        (_S.RUNNING, _T.ASK): _S.WAITING,
        # Another attempt, once a person chose to try again.
        (_S.WAITING, _T.START): _S.RUNNING,
        # A person said that a manual step failed: the next question follows.
        (_S.WAITING, _T.ASK): _S.WAITING,
        (_S.RUNNING, _T.COMPLETE): _S.COMPLETE,
        (_S.WAITING, _T.COMPLETE): _S.COMPLETE,
        (_S.RUNNING, _T.FAIL): _S.FAILED,
        (_S.WAITING, _T.FAIL): _S.FAILED,
        (_S.PENDING, _T.SKIP): _S.SKIPPED,
        (_S.WAITING, _T.SKIP): _S.SKIPPED,
        (_S.PENDING, _T.CANCEL): _S.CANCELLED,
        (_S.RUNNING, _T.CANCEL): _S.CANCELLED,
        (_S.WAITING, _T.CANCEL): _S.CANCELLED,
    }
)
TRANSITIONS: Final = (RUN_TRANSITIONS, STEP_TRANSITIONS)

FINAL_RUN: Final = frozenset(set(RunStatus) - {before for before, _ in RUN_TRANSITIONS})
FINAL_STEP: Final = frozenset(set(StepStatus) - {before for before, _ in STEP_TRANSITIONS})


def may(status: RunStatus, move: RunMove) -> bool:
    """Whether the law allows this move of a run in this state."""
    return (status, move) in RUN_TRANSITIONS


class QuestionKind(StrEnum):
    """Why a run asks a person."""

    MANUAL = "manual"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class Choice(StrEnum):
    """What a person can answer."""

    DONE = "done"
    FAILED = "failed"
    SKIP = "skip"
    RETRY = "retry"
    HAPPENED = "happened"
    AGAIN = "again"
    ABORT = "abort"


CHOICES: Final[Mapping[QuestionKind, tuple[Choice, ...]]] = MappingProxyType(
    {
        QuestionKind.MANUAL: (Choice.DONE, Choice.FAILED, Choice.SKIP),
        QuestionKind.FAILURE: (Choice.RETRY, Choice.SKIP, Choice.ABORT),
        QuestionKind.UNKNOWN: (Choice.HAPPENED, Choice.AGAIN, Choice.ABORT),
    }
)


class Trigger(StrEnum):
    """What started a run."""

    CHAT = "chat"
    SLASH = "slash"
    BUTTON = "button"
    SCHEDULE = "schedule"
    API = "api"
    WEBHOOK = "webhook"
    MCP = "mcp"
    WORKFLOW = "workflow"
    REACTION = "reaction"
    PARENT = "parent"


class AttemptStatus(StrEnum):
    """How one try of a step stands. `unknown`: it may or may not have taken effect."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Attempt(_Frozen):
    """One try. `arguments` are resolved and hold no secret; the whole output is kept apart.

    `deadline` is when a try that only lets time pass is over.
    """

    number: int
    nonce: str
    status: AttemptStatus = AttemptStatus.RUNNING
    executor: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    summary: str = ""
    by: Actor | None = None
    deadline: datetime | None = None
    started_at: datetime
    ended_at: datetime | None = None


class RunStep(_Frozen):
    """One step of a run, numbered from 1. `reason` is why a person skipped it."""

    number: int
    status: StepStatus = StepStatus.PENDING
    attempts: tuple[Attempt, ...] = ()
    summary: str = ""
    reason: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Question(_Frozen):
    """Something a run needs a person for; `answer` is None while it is open."""

    id: str
    step: int
    attempt: int
    kind: QuestionKind
    text: str
    asked_at: datetime
    expires_at: datetime
    answer: Choice | None = None
    note: str = ""
    answered_by: Actor | None = None
    answered_at: datetime | None = None


class EventKind(StrEnum):
    """What a line of the timeline tells."""

    STARTED = "run started"
    PAUSE_REQUESTED = "pause requested"
    PAUSE_WITHDRAWN = "pause withdrawn"
    PAUSED = "run paused"
    RESUMED = "run resumed"
    STEP_STARTED = "step started"
    STEP_COMPLETE = "step complete"
    STEP_FAILED = "step failed"
    STEP_SKIPPED = "step skipped"
    ATTEMPT_FAILED = "attempt failed"
    ATTEMPT_UNKNOWN = "attempt outcome unknown"
    ASKED = "question asked"
    ANSWERED = "question answered"
    EXPIRED = "question expired"
    COMPLETED = "run completed"
    FAILED = "run failed"
    ABORTED = "run aborted"


class Event(_Frozen):
    """One immutable line of a run's timeline; `detail` is a sentence's worth of text."""

    at: datetime
    actor: Actor
    kind: EventKind
    step: int | None = None
    attempt: int | None = None
    detail: str = ""


class Run(_Frozen):
    """One execution of one version.

    `revision` grows by one with each change and belongs to the store. At most one
    question is open at a time, since steps run one after another.
    """

    id: str
    number: int
    workspace: str
    runbook_id: str
    name: str
    version: int
    content: Content
    values: dict[str, str] = Field(default_factory=dict)
    channel: str = ""
    trigger: Trigger
    started_by: Actor
    agent: str = ""
    status: RunStatus = RunStatus.QUEUED
    pause_requested_by: Actor | None = None
    pauses: int = 0
    steps: tuple[RunStep, ...] = ()
    question: Question | None = None
    outcome: str = ""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in FINAL_RUN

    @property
    def current(self) -> RunStep | None:
        """The first step that isn't final, or None."""
        return next((s for s in self.steps if s.status not in FINAL_STEP), None)

    def step(self, number: int) -> RunStep:
        """The step with this number, counted from 1."""
        return self.steps[number - 1]

    def instruction(self, number: int) -> str:
        """The step's words, parameters not filled in."""
        return self.content.steps[number - 1].instruction


class Change(_Frozen):
    """What a change made of a run, and the lines it adds to the timeline."""

    run: Run
    events: tuple[Event, ...] = ()
