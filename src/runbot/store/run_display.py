"""What the display remembers of a run: its message, and how far it has drawn and told it.

None of this touches the run's revision: a redraw is no change of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from runbot.domain.law import FINAL_RUN, RunStatus
from runbot.store.run_lines import UNFINISHED
from runbot.store.run_rows import AnyRow
from runbot.store.tables import RUN

_HELD: Final = [RunStatus.WAITING.value, RunStatus.PAUSED.value]


@dataclass(frozen=True, slots=True)
class Message:
    """Where a run's message stands. `thread` is the thread that its log belongs in.

    `why` is why it stands there, where that isn't where it was begun.
    """

    channel: str
    ts: str
    thread: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What Slack shows of a run: its message, and the newest event that its thread has."""

    message: Message | None
    told: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides how urgent a run's message is.

    `held` tells that a run that belongs to it waits for people, or is paused.
    """

    status: RunStatus
    workspace: str
    posted: bool
    held: bool


def shown_from(row: AnyRow) -> Shown:
    """What a run's own row says of its display."""
    return Shown(_message_from(row), row.told)


def standings(s: Session, run_ids: Sequence[str]) -> dict[str, Standing]:
    """How these runs stand, by their ids, in one statement; unknown ids are left out."""
    part = RUN.alias("part")
    held = exists().where(part.c.root_id == RUN.c.id, part.c.status.in_(_HELD))
    rows = s.execute(
        select(RUN.c.id, RUN.c.status, RUN.c.workspace, RUN.c.message_ts, held.label("held")).where(
            RUN.c.id.in_(run_ids)
        )
    )
    return {
        row.id: Standing(
            RunStatus(row.status), row.workspace, row.message_ts is not None, bool(row.held)
        )
        for row in rows
    }


def message_of(s: Session, run_id: str) -> Message | None:
    """The run's message, or None where it has none yet."""
    row = s.execute(
        select(
            RUN.c.message_channel, RUN.c.message_ts, RUN.c.message_thread, RUN.c.message_why
        ).where(RUN.c.id == run_id)
    ).first()
    return None if row is None else _message_from(row)


def _message_from(row: Any) -> Message | None:
    if row.message_ts is None:
        return None
    thread = row.message_thread or row.message_ts
    return Message(row.message_channel, row.message_ts, thread, row.message_why or "")


def of_message(s: Session, workspace: str, channel: str, ts: str) -> str | None:
    """The id of the run whose message this is, or None."""
    return s.execute(
        select(RUN.c.id).where(
            RUN.c.message_channel == channel, RUN.c.message_ts == ts, RUN.c.workspace == workspace
        )
    ).scalar()


def shown_in(s: Session, workspace: str, channel: str, ts: str | None = None) -> list[str]:
    """The ids of the runs that go on and whose message stands in this channel, or is this one."""
    found = select(RUN.c.id).where(
        RUN.c.message_channel == channel,
        RUN.c.workspace == workspace,
        RUN.c.status.in_(UNFINISHED),
    )
    return list(s.execute(found if ts is None else found.where(RUN.c.message_ts == ts)).scalars())


def set_message(
    s: Session, run_id: str, channel: str, ts: str, *, thread: str | None = None, why: str = ""
) -> None:
    """Remember the run's message, in place of an earlier one. `thread` where it is a reply."""
    s.execute(
        update(RUN)
        .where(RUN.c.id == run_id)
        .values(
            message_channel=channel, message_ts=ts, message_thread=thread, message_why=why or None
        )
    )


def drawn(s: Session, run_id: str, revision: int) -> None:
    """The message shows this revision; a late word of an earlier one changes nothing."""
    s.execute(update(RUN).where(RUN.c.id == run_id, RUN.c.drawn < revision).values(drawn=revision))


def undrawn(s: Session) -> list[str]:
    """The ids of the runs of every workspace whose message may be behind, oldest first.

    Those that show something of another run are among them as long as that can change.
    """
    child = RUN.alias("child")
    unfinished = [status.value for status in RunStatus if status not in FINAL_RUN]
    above = select(child.c.parent_id).where(
        child.c.parent_id.is_not(None), child.c.status.in_(unfinished)
    )
    followed = select(child.c.continues).where(child.c.revision > child.c.drawn)
    behind = or_(
        RUN.c.revision > RUN.c.drawn,
        RUN.c.id.in_(above),
        RUN.c.id.in_(followed),
        and_(RUN.c.status == RunStatus.QUEUED.value, RUN.c.revision > 0),
    )
    return list(s.execute(select(RUN.c.id).where(behind).order_by(RUN.c.created_at)).scalars())


def numbers(s: Session, run_ids: Sequence[str]) -> dict[str, int]:
    """The numbers of these runs, by their ids."""
    found = s.execute(select(RUN.c.id, RUN.c.number).where(RUN.c.id.in_(run_ids)))
    return {row.id: row.number for row in found}


def told(s: Session, run_id: str, seq: int) -> None:
    """The thread has the timeline up to event `seq`, counted from 1; this only grows."""
    s.execute(update(RUN).where(RUN.c.id == run_id, RUN.c.told < seq).values(told=seq))


def told_up_to(s: Session, run_id: str) -> int:
    """The number of the newest event that the thread has, 0 where it has none."""
    return s.execute(select(RUN.c.told).where(RUN.c.id == run_id)).scalar() or 0
