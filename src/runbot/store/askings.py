"""Requests for a runbook that still lack something: what was said so far, by thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from runbot.store.sql import insert_or_update
from runbot.store.tables import ASKING


def keep(
    s: Session, workspace: str, channel: str, thread: str, said: Sequence[str], at: datetime
) -> None:
    """What was said in this thread so far, in place of what was there."""
    s.execute(
        insert_or_update(s, ASKING),
        {
            "workspace": workspace,
            "channel": channel,
            "thread": thread,
            "said": list(said),
            "at": at,
        },
    )


def said(s: Session, workspace: str, channel: str, thread: str, *, since: datetime) -> list[str]:
    """The request and the answers so far, in order; nothing where nothing was asked lately."""
    found = s.execute(
        select(ASKING.c.said).where(
            ASKING.c.workspace == workspace,
            ASKING.c.channel == channel,
            ASKING.c.thread == thread,
            ASKING.c.at >= since,
        )
    ).scalar()
    return [str(words) for words in found or ()]


def drop(s: Session, workspace: str, channel: str, thread: str) -> None:
    """Nothing is asked in this thread any more."""
    s.execute(
        delete(ASKING).where(
            ASKING.c.workspace == workspace,
            ASKING.c.channel == channel,
            ASKING.c.thread == thread,
        )
    )


def forget_before(s: Session, moment: datetime) -> None:
    """Drop what nobody has answered since then."""
    s.execute(delete(ASKING).where(ASKING.c.at < moment))
