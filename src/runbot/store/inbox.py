"""Deliveries that were taken, so that Slack's repetitions of one do nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from runbot.store.sql import insert_or_leave
from runbot.store.tables import SEEN_EVENT


def first_time(s: Session, workspace: str, key: str, at: datetime) -> bool:
    """Whether this is the first delivery under this key; of several at once, one is."""
    taken = insert_or_leave(s, SEEN_EVENT).execution_options(preserve_rowcount=True)
    done = s.execute(taken, {"workspace": workspace, "key": key, "at": at})
    return cast("CursorResult[Any]", done).rowcount == 1


def forget_before(s: Session, moment: datetime) -> int:
    """Forget the deliveries before this moment, which nobody repeats any more: how many."""
    done = s.execute(delete(SEEN_EVENT).where(SEEN_EVENT.c.at < moment))
    return cast("CursorResult[Any]", done).rowcount
