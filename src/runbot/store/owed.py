"""Requests that were taken and not answered yet, so that a kill loses none of them silently."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from runbot.store.sql import insert_or_leave
from runbot.store.tables import OWED


@dataclass(frozen=True, slots=True)
class Owed:
    """Whom an answer is owed to and where; `said` is what they asked, in their words.

    `key` is the same for every delivery of one request. `channel` and `thread` may be empty.
    """

    workspace: str
    key: str
    user: str
    channel: str
    thread: str
    said: str


def keep(s: Session, owed: Owed, at: datetime) -> bool:
    """Keep it; False where this request is kept already."""
    taken = insert_or_leave(s, OWED).execution_options(preserve_rowcount=True)
    done = s.execute(taken, {**asdict(owed), "at": at})
    return cast("CursorResult[Any]", done).rowcount == 1


def drop(s: Session, workspace: str, key: str) -> None:
    """It was answered. One that isn't kept is fine."""
    s.execute(delete(OWED).where(OWED.c.workspace == workspace, OWED.c.key == key))


def everything(s: Session, *, most: int) -> list[Owed]:
    """All that is owed, the oldest first."""
    columns = [OWED.c[name] for name in Owed.__slots__]
    return [Owed(*row) for row in s.execute(select(*columns).order_by(OWED.c.at).limit(most))]


def forget_before(s: Session, moment: datetime) -> None:
    """Drop what is too old to be of use to anybody."""
    s.execute(delete(OWED).where(OWED.c.at < moment))
