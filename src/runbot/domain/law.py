"""The law: which state of a run or a step may follow which, in one pair of tables.

The engine, the buttons, the refusals and the diagram in the docs all read `TRANSITIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


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
        # The whole run's time is over.
        (_R.PAUSED, _M.EXPIRE): _R.FAILED,
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
    APPROVAL = "approval"
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
    APPROVE = "approve"
    DENY = "deny"


CHOICES: Final[Mapping[QuestionKind, tuple[Choice, ...]]] = MappingProxyType(
    {
        QuestionKind.MANUAL: (Choice.DONE, Choice.FAILED, Choice.SKIP),
        QuestionKind.APPROVAL: (Choice.APPROVE, Choice.DENY),
        QuestionKind.FAILURE: (Choice.RETRY, Choice.SKIP, Choice.ABORT),
        QuestionKind.UNKNOWN: (Choice.HAPPENED, Choice.AGAIN, Choice.ABORT),
    }
)
