"""Which runbook a thread is about: the threads under draft cards."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.store.sql import insert_or_update
from runbot.store.tables import THREAD


def bind(s: Session, workspace: str, channel: str, ts: str, runbook_id: str) -> None:
    """The thread under this message is about this runbook, whatever it was about before."""
    s.execute(
        insert_or_update(s, THREAD),
        {"workspace": workspace, "channel": channel, "ts": ts, "runbook_id": runbook_id},
    )


def runbook_of(s: Session, workspace: str, channel: str, ts: str) -> str | None:
    """The id of the runbook that this thread is about, if any."""
    return s.execute(
        select(THREAD.c.runbook_id).where(
            THREAD.c.workspace == workspace, THREAD.c.channel == channel, THREAD.c.ts == ts
        )
    ).scalar()


def thread_of(s: Session, runbook_id: str) -> tuple[str, str] | None:
    """Channel and message of the runbook's newest thread. Slack's timestamps sort as text."""
    row = s.execute(
        select(THREAD.c.channel, THREAD.c.ts)
        .where(THREAD.c.runbook_id == runbook_id)
        .order_by(THREAD.c.ts.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.channel, row.ts)
