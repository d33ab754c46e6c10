"""Locks: what a run holds, so that no other run of its workspace does the same meanwhile.

A run takes everything that it and the runs below it need at once, before it begins, in the
order of the runs' numbers: so nobody waits for somebody who waits for them, and nobody is
overtaken. The transaction that ends the run lets go of it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from runbot.domain.conduct import Overlap
from runbot.domain.errors import Refused
from runbot.domain.law import RunStatus
from runbot.domain.nesting import lock_of, locked_runbook
from runbot.domain.run import Part, Pin, Run
from runbot.store.contents import content_of
from runbot.store.run_lines import LINE, RunLine, line_from
from runbot.store.tables import COUNTER, LOCK, RUN, RUNBOOK


@dataclass(frozen=True, slots=True)
class Behind:
    """One run that another has to wait for.

    `lock` is what both need, as people call it; `since` is when it was taken, None where the
    other one waits for it, too, and came first. `of_runbook` tells that the lock is of a
    runbook of which one run is going on at a time.
    """

    lock: str
    of_runbook: bool
    run_id: str
    number: int
    since: datetime | None

    @property
    def words(self) -> str:
        """What stands in the way, as a part of a sentence, without the time."""
        what = f"run {self.number}"
        if self.since is None:
            return f"{what}, which came first for {self.lock}"
        return f"{what} of {self.lock}" if self.of_runbook else f"{what}, which holds {self.lock}"


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock with whoever holds it, since when, and whoever waits for it, the first one first.

    Where nobody holds it, those that wait do so for something else as well.
    """

    name: str
    of_runbook: bool
    holder: RunLine | None
    since: datetime | None
    waiting: tuple[RunLine, ...]


def take(s: Session, run: Run, at: datetime) -> list[Behind]:
    """Take every lock that a queued run needs, or none of them: then, what stands in its way.

    To be called in the transaction that begins the run. Taking again what it holds is fine.
    """
    # One after the other in a workspace: what is free for one is seen so by nobody else.
    s.execute(select(COUNTER.c.runs).where(COUNTER.c.workspace == run.workspace).with_for_update())
    if found := behind(s, run):
        return found
    held = set(s.execute(select(LOCK.c.name).where(LOCK.c.run_id == run.id)).scalars())
    missing = [name for name in run.locks if name not in held]
    if missing:
        s.execute(
            insert(LOCK),
            [
                {"workspace": run.workspace, "name": name, "run_id": run.id, "since": at}
                for name in missing
            ],
        )
    return []


def behind(s: Session, run: Run) -> list[Behind]:
    """What a queued run has to wait for: runs that hold a lock of its own, or came before it."""
    wanted = set(run.locks)
    others = {row.name: row for row in _held(s, run.workspace, wanted) if row.run_id != run.id}
    before = [row for row in _queued(s, run.workspace) if row.number < run.number]
    found = []
    for name in run.locks:
        if holder := others.get(name):
            found.append((name, holder.run_id, holder.number, holder.since))
            continue
        first = next((row for row in before if name in row.locks), None)
        if first is not None and not _holds(s, run.id, name):
            found.append((name, first.id, first.number, None))
    called = _called(s, run.workspace, [name for name, *_ in found])
    return [
        Behind(called[name], bool(locked_runbook(name)), run_id, number, since)
        for name, run_id, number, since in found
    ]


def require_free(s: Session, run: Run) -> None:
    """Raise `Refused` where a run of which this would be a refused second one hasn't ended."""
    wanted = set(_refusing(s, run))
    if not wanted:
        return
    in_use = [
        (row.name, row.run_id, row.number, row.since) for row in _held(s, run.workspace, wanted)
    ]
    for row in _queued(s, run.workspace):
        in_use += [(name, row.id, row.number, None) for name in sorted(wanted & set(row.locks))]
    other = next((one for one in in_use if one[1] != run.id), None)
    if other is None:
        return
    called = _called(s, run.workspace, [other[0]])[other[0]]
    raise Refused(
        f"{called} is going on already, in run {other[2]}, and a second run of it at the same "
        "time is refused.",
        means="Nothing was started.",
        do=f"Wait until that one has ended: /runbook status {other[2]}.",
    )


def _refusing(s: Session, run: Run) -> Iterator[str]:
    """The locks of those runbooks that it is or runs of which a second run is refused."""
    own = Pin(runbook_id=run.runbook_id, version=run.version)
    for pin in (own, *run.pins.values()):
        conduct = content_of(s, pin.runbook_id, pin.version).conduct
        if conduct.overlap is Overlap.REFUSE:
            yield lock_of(pin.runbook_id)


def ended(s: Session, run: Run) -> None:
    """What the end of a run does to its locks, in the transaction that ends it: they are free.

    Where its clean-up still has to run, they stay, and `hand_over` gives them to that.
    """
    if not run.owes_cleanup:
        s.execute(delete(LOCK).where(LOCK.c.run_id == run.id))


def hand_over(s: Session, run: Run) -> None:
    """What a clean-up holds from its first moment on: all that the ended run before it held."""
    if run.part is Part.CLEANUP and run.continues:
        s.execute(update(LOCK).where(LOCK.c.run_id == run.continues).values(run_id=run.id))


def admissible(s: Session, workspace: str | None = None) -> list[str]:
    """The ids of the queued runs that could take all their locks now, the first one first.

    Of one workspace, or of all of them.
    """
    found = []
    taken: set[tuple[str, str]] = set()
    held = select(LOCK.c.workspace, LOCK.c.name, LOCK.c.run_id)
    if workspace is not None:
        held = held.where(LOCK.c.workspace == workspace)
    holders = {(row.workspace, row.name): row.run_id for row in s.execute(held)}
    for row in _queued(s, workspace):
        wanted = {(row.workspace, name) for name in row.locks}
        free = all(holders.get(lock, row.id) == row.id for lock in wanted)
        if row.locks and free and not wanted & taken:
            found.append(row.id)
        taken |= wanted
    return found


def queued(s: Session, workspace: str) -> list[str]:
    """The ids of the workspace's queued runs that need a lock, the first one first."""
    return [row.id for row in _queued(s, workspace) if row.locks]


def listing(s: Session, workspace: str) -> list[Lock]:
    """Every lock of the workspace that somebody holds or waits for, by name."""
    held = s.execute(
        select(LOCK.c.name, LOCK.c.since, *LINE)
        .join(RUN, RUN.c.id == LOCK.c.run_id)
        .where(LOCK.c.workspace == workspace)
    ).all()
    holders = {row.name: row for row in held}
    waiting: dict[str, list[RunLine]] = {}
    lines = s.execute(
        select(RUN.c.locks, *LINE)
        .where(RUN.c.workspace == workspace, RUN.c.status == RunStatus.QUEUED.value)
        .order_by(RUN.c.number)
    )
    for row in lines:
        for name in row.locks:
            holder = holders.get(name)
            if holder is None or holder.run_id != row.run_id:
                waiting.setdefault(name, []).append(line_from(row))
    names = sorted({*holders, *waiting})
    called = _called(s, workspace, names)
    return [_lock(name, called[name], holders.get(name), waiting.get(name, ())) for name in names]


def _lock(name: str, called: str, held: Row[Any] | None, waiting: Sequence[RunLine]) -> Lock:
    return Lock(
        name=called,
        of_runbook=bool(locked_runbook(name)),
        holder=line_from(held) if held else None,
        since=held.since if held else None,
        waiting=tuple(waiting),
    )


def _held(s: Session, workspace: str, names: Iterable[str]) -> list[Any]:
    return list(
        s.execute(
            select(LOCK.c.name, LOCK.c.since, LOCK.c.run_id, RUN.c.number)
            .join(RUN, RUN.c.id == LOCK.c.run_id)
            .where(LOCK.c.workspace == workspace, LOCK.c.name.in_(sorted(names)))
            .order_by(LOCK.c.name)
        )
    )


def _holds(s: Session, run_id: str, name: str) -> bool:
    found = select(LOCK.c.run_id).where(LOCK.c.run_id == run_id, LOCK.c.name == name)
    return s.execute(found).first() is not None


def _queued(s: Session, workspace: str | None) -> list[Any]:
    """Queued runs in the order in which they were started; they are few, so all are looked at."""
    found = select(RUN.c.id, RUN.c.workspace, RUN.c.number, RUN.c.locks).where(
        RUN.c.status == RunStatus.QUEUED.value, RUN.c.parent_id.is_(None)
    )
    if workspace is not None:
        found = found.where(RUN.c.workspace == workspace)
    return list(s.execute(found.order_by(RUN.c.workspace, RUN.c.number)))


def _called(s: Session, workspace: str, names: Sequence[str]) -> dict[str, str]:
    """What people call these locks: that of a runbook is called as it is."""
    ids = [id_ for name in names if (id_ := locked_runbook(name))]
    found = {}
    if ids:
        rows = s.execute(
            select(RUNBOOK.c.id, RUNBOOK.c.name).where(
                RUNBOOK.c.workspace == workspace, RUNBOOK.c.id.in_(ids)
            )
        )
        found = {row.id: row.name for row in rows}
    return {name: found.get(locked_runbook(name), name) for name in names}
