"""A run's timeline as the record keeps it: each line with its place and its hash."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.domain.run import Event
from runbot.store.run_rows import event_from
from runbot.store.tables import EVENT


@dataclass(frozen=True, slots=True)
class Line:
    """One event; `seq` counts from 1, `hash` is empty where it is older than the chain."""

    seq: int
    event: Event
    hash: str


def lines(s: Session, run_id: str) -> list[Line]:
    """Everything that happened to the run, oldest first."""
    rows = s.execute(select(EVENT).where(EVENT.c.run_id == run_id).order_by(EVENT.c.seq))
    return [Line(row.seq, event_from(row), row.hash) for row in rows]
