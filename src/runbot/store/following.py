"""Runs that follow a run that has ended: one that continues it, one that cleans up after it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from runbot.domain.law import RunStatus
from runbot.domain.run import Part
from runbot.store.run_lines import current_step
from runbot.store.tables import RUN, RUN_STEP


@dataclass(frozen=True, slots=True)
class Follower:
    """One run as another one's message shows it. `step` is the current one of `steps`.

    `place` is its message, as a channel and a time, None where it has none yet.
    """

    id: str
    number: int
    part: Part
    status: RunStatus
    step: int | None
    steps: int
    place: tuple[str, str] | None


_STEPS = (
    select(func.count())
    .select_from(RUN_STEP)
    .where(RUN_STEP.c.run_id == RUN.c.id)
    .correlate(RUN)
    .scalar_subquery()
)
_COLUMNS = (
    RUN.c.id,
    RUN.c.number,
    RUN.c.part,
    RUN.c.status,
    RUN.c.message_channel,
    RUN.c.message_ts,
    current_step().label("current"),
    _STEPS.label("steps"),
)


def followers(s: Session, run_id: str) -> list[Follower]:
    """The runs that follow this one, oldest first."""
    found = select(*_COLUMNS).where(RUN.c.continues == run_id)
    return [_follower(row) for row in s.execute(found.order_by(RUN.c.number))]


def followed(s: Session, run_id: str) -> Follower | None:
    """The run of this id, as one that follows it shows it."""
    row = s.execute(select(*_COLUMNS).where(RUN.c.id == run_id)).first()
    return _follower(row) if row else None


def _follower(row: Row[tuple[object, ...]]) -> Follower:
    return Follower(
        id=row.id,
        number=row.number,
        part=Part(row.part),
        status=RunStatus(row.status),
        step=row.current,
        steps=row.steps,
        place=(row.message_channel, row.message_ts) if row.message_ts else None,
    )
