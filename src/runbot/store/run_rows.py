"""A run as rows and back: the only place that knows which column holds what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, and_, select

from runbot.domain.run import (
    Attempt,
    Event,
    Question,
    Run,
    RunStep,
)
from runbot.domain.runbook import Content
from runbot.store.tables import ATTEMPT, EVENT, QUESTION, RUN, RUN_STEP

NEVER_DRAWN: Final = -1

Record = dict[str, Any]
AnyRow = Row[Any]


def select_run() -> Select[Any]:
    """The run's own row.

    Not the question: under Postgres's row lock a joined row could be an older one
    than the run. https://www.postgresql.org/docs/current/transaction-iso.html
    """
    return select(RUN)


def select_steps() -> Select[Any]:
    """Steps with their attempts, in order: a step without attempts is one row."""
    tries = [column.label(f"try_{column.name}") for column in ATTEMPT.c if column.name != "run_id"]
    return (
        select(RUN_STEP, *tries)
        .outerjoin(
            ATTEMPT,
            and_(ATTEMPT.c.run_id == RUN_STEP.c.run_id, ATTEMPT.c.step == RUN_STEP.c.step),
        )
        .order_by(RUN_STEP.c.run_id, RUN_STEP.c.step, ATTEMPT.c.attempt)
    )


def run_from(
    row: AnyRow, content: Content, steps: Sequence[AnyRow], question: AnyRow | None
) -> Run:
    """The run that these rows hold, with its version's content."""
    return Run.model_validate(
        {
            "id": row.id,
            "number": row.number,
            "workspace": row.workspace,
            "runbook_id": row.runbook_id,
            "name": row.name,
            "version": row.version,
            "content": content,
            "values": row.parameter_values,
            "channel": row.channel,
            "trigger": row.trigger,
            "started_by": row.started_by,
            "agent": row.agent,
            "status": row.status,
            "pause_requested_by": row.pause_requested_by,
            "pauses": row.pauses,
            "steps": _steps_from(steps),
            "question": None if question is None else _question_from(question),
            "outcome": row.outcome,
            "part": row.part,
            "parent": _parent_from(row),
            "continues": row.continues,
            "pins": row.pins,
            "locks": row.locks,
            "created_at": row.created_at,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "revision": row.revision,
        }
    )


def _parent_from(row: AnyRow) -> Record | None:
    if row.parent_id is None:
        return None
    return {"run_id": row.parent_id, "step": row.parent_step, "root_id": row.root_id}


def _steps_from(rows: Sequence[AnyRow]) -> list[Record]:
    steps: list[Record] = []
    for row in rows:
        if not steps or steps[-1]["number"] != row.step:
            steps.append(
                {
                    "number": row.step,
                    "status": row.status,
                    "attempts": [],
                    "summary": row.summary,
                    "reason": row.reason,
                    "overrides": row.overrides,
                    "changed_by": row.changed_by,
                    "started_at": row.started_at,
                    "ended_at": row.ended_at,
                }
            )
        if row.try_attempt is not None:
            steps[-1]["attempts"].append(
                {
                    "number": row.try_attempt,
                    "nonce": row.try_nonce,
                    "status": row.try_status,
                    "executor": row.try_executor,
                    "arguments": row.try_arguments,
                    "summary": row.try_summary,
                    "by": row.try_done_by,
                    "deadline": row.try_deadline,
                    "child": row.try_child,
                    "started_at": row.try_started_at,
                    "ended_at": row.try_ended_at,
                }
            )
    return steps


def _question_from(row: AnyRow) -> Record:
    return {
        column.name: getattr(row, column.name)
        for column in QUESTION.c
        if column.name not in {"run_id", "workspace"}
    }


def event_from(row: AnyRow) -> Event:
    """The timeline's line that this row holds."""
    return Event.model_validate(
        {
            column.name: getattr(row, column.name)
            for column in EVENT.c
            if column.name not in {"run_id", "workspace", "seq", "hash"}
        }
    )


def new_run(run: Run) -> Record:
    """A run's row when it is stored first."""
    return {
        **changeable(run),
        "id": run.id,
        "workspace": run.workspace,
        "number": run.number,
        "runbook_id": run.runbook_id,
        "name": run.name,
        "version": run.version,
        "parameter_values": run.values,
        "trigger": run.trigger.value,
        "started_by": run.started_by,
        "part": run.part.value,
        "parent_id": run.parent.run_id if run.parent else None,
        "parent_step": run.parent.step if run.parent else None,
        "root_id": run.parent.root_id if run.parent else None,
        "continues": run.continues,
        "pins": {name: pin.model_dump() for name, pin in run.pins.items()},
        "locks": list(run.locks),
        "created_at": run.created_at,
        "last_event": 0,
        "unchained": None,
        "message_channel": None,
        "message_ts": None,
        "message_thread": None,
        "message_why": None,
        "drawn": NEVER_DRAWN,
        "told": 0,
    }


def changeable(run: Run) -> Record:
    """The columns of a run's row that a change may give new values."""
    return {
        "channel": run.channel,
        "agent": run.agent,
        "status": run.status.value,
        "pause_requested_by": run.pause_requested_by,
        "pauses": run.pauses,
        "question_id": run.question.id if run.question else None,
        "outcome": run.outcome,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "revision": run.revision,
    }


def step_row(run: Run, step: RunStep) -> Record:
    """A step's row."""
    return {
        "run_id": run.id,
        "step": step.number,
        "workspace": run.workspace,
        "status": step.status.value,
        "summary": step.summary,
        "reason": step.reason,
        "overrides": step.overrides,
        "changed_by": list(step.changed_by),
        "started_at": step.started_at,
        "ended_at": step.ended_at,
    }


def attempt_row(run: Run, step: RunStep, attempt: Attempt) -> Record:
    """An attempt's row."""
    return {
        "run_id": run.id,
        "step": step.number,
        "attempt": attempt.number,
        "workspace": run.workspace,
        "nonce": attempt.nonce,
        "status": attempt.status.value,
        "executor": attempt.executor,
        "arguments": attempt.arguments,
        "summary": attempt.summary,
        "done_by": attempt.by,
        "deadline": attempt.deadline,
        "child": attempt.child,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
    }


def question_row(run: Run, question: Question) -> Record:
    """A question's row."""
    return {
        "id": question.id,
        "run_id": run.id,
        "workspace": run.workspace,
        "step": question.step,
        "attempt": question.attempt,
        "kind": question.kind.value,
        "text": question.text,
        "asked_at": question.asked_at,
        "expires_at": question.expires_at,
        "answer": question.answer.value if question.answer else None,
        "note": question.note,
        "answered_by": question.answered_by,
        "answered_at": question.answered_at,
        "terms": question.terms.model_dump(mode="json"),
    }


def event_row(run: Run, seq: int, event: Event) -> Record:
    """An event's row."""
    return {
        "run_id": run.id,
        "seq": seq,
        "workspace": run.workspace,
        "at": event.at,
        "actor": event.actor,
        "kind": event.kind.value,
        "step": event.step,
        "attempt": event.attempt,
        "detail": event.detail,
        "arguments": event.arguments,
    }
