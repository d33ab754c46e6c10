"""Runs as lines of a list: what a list shows, in one statement however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from runbot.domain.access import Actor
from runbot.domain.law import FINAL_RUN, FINAL_STEP, RunStatus
from runbot.domain.run import Trigger
from runbot.store.tables import RUN, RUN_STEP

UNFINISHED: Final = [status.value for status in RunStatus if status not in FINAL_RUN]


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as lists show it. `name` is the runbook's when it started, `step` the current one.

    `parent_id` is the run whose step it is; None where it is nobody's.
    """

    id: str
    number: int
    runbook_id: str
    name: str
    version: int
    status: RunStatus
    outcome: str
    trigger: Trigger
    started_by: Actor
    agent: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    channel: str
    pausing: bool
    step: int | None
    parent_id: str | None = None


def current_step() -> ColumnElement[int | None]:
    """The number of a run's first step that isn't final, in a statement over runs."""
    final = [status.value for status in FINAL_STEP]
    return (
        select(func.min(RUN_STEP.c.step))
        .where(RUN_STEP.c.run_id == RUN.c.id, RUN_STEP.c.status.not_in(final))
        .correlate(RUN)
        .scalar_subquery()
    )


# Labelled, so that a statement over several tables can carry a run's line.
LINE: Final = (
    *(
        RUN.c[name].label(f"run_{name}")
        for name in (
            "id",
            "number",
            "runbook_id",
            "name",
            "version",
            "status",
            "outcome",
            "trigger",
            "started_by",
            "agent",
            "created_at",
            "started_at",
            "ended_at",
            "channel",
            "pause_requested_by",
            "parent_id",
        )
    ),
    current_step().label("run_step"),
)


def line_from(row: Row[Any]) -> RunLine:
    """The line that a row with the columns `LINE` holds."""
    return RunLine(
        id=row.run_id,
        number=row.run_number,
        runbook_id=row.run_runbook_id,
        name=row.run_name,
        version=row.run_version,
        status=RunStatus(row.run_status),
        outcome=row.run_outcome,
        trigger=Trigger(row.run_trigger),
        started_by=Actor.model_validate(row.run_started_by),
        agent=row.run_agent,
        created_at=row.run_created_at,
        started_at=row.run_started_at,
        ended_at=row.run_ended_at,
        channel=row.run_channel,
        pausing=row.run_pause_requested_by is not None,
        step=row.run_step,
        parent_id=row.run_parent_id,
    )


def history(
    s: Session, workspace: str, *, runbook_id: str | None = None, limit: int, offset: int
) -> list[RunLine]:
    """Past and present runs, newest first; of one runbook where its id is given."""
    found = _newest(workspace)
    if runbook_id is not None:
        found = found.where(RUN.c.runbook_id == runbook_id)
    return [line_from(row) for row in s.execute(found.limit(limit).offset(offset))]


def going_on(s: Session, workspace: str) -> list[RunLine]:
    """The workspace's runs that haven't ended, newest first."""
    found = _newest(workspace).where(RUN.c.status.in_(UNFINISHED))
    return [line_from(row) for row in s.execute(found)]


def _newest(workspace: str) -> Select[Any]:
    return select(*LINE).where(RUN.c.workspace == workspace).order_by(RUN.c.number.desc())
