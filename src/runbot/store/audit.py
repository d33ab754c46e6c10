"""The audit log: one chain a workspace, to which lines are only ever added.

A line is noted while its transaction works and written when that ends, as its last
statements: the chain's end is locked for no longer than a commit takes, always last, so
that runs neither wait for each other nor lock each other out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from runbot.domain.audit import Deed, Outcome
from runbot.domain.chain import EMPTY, linked
from runbot.store.chains import as_stored
from runbot.store.sql import insert_or_leave
from runbot.store.tables import AUDIT, AUDIT_END

_NOTED: Final = "audit.noted"
_LINE: Final = (
    "workspace",
    "seq",
    "at",
    "actor",
    "verb",
    "object",
    "detail",
    "facts",
    "outcome",
    "previous",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log in its place; `seq` counts from 1 in each workspace."""

    seq: int
    deed: Deed
    hash: str


def note(s: Session, *deeds: Deed) -> None:
    """Have these lines written when the transaction ends; none of them where it fails."""
    s.info.setdefault(_NOTED, []).extend(deeds)


def write_noted(s: Session) -> None:
    """Write what was noted. `Database` calls this last in each of its transactions."""
    noted: list[Deed] = s.info.pop(_NOTED, [])
    # Always in the same order, so that no two transactions wait for each other.
    for workspace in sorted({deed.workspace for deed in noted}):
        _append(s, workspace, [deed for deed in noted if deed.workspace == workspace])


def entries(
    s: Session,
    workspace: str,
    *,
    of: Sequence[str] | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """The newest lines, oldest of them first; `of` leaves those about things named like this."""
    found = select(AUDIT).where(AUDIT.c.workspace == workspace).order_by(AUDIT.c.seq.desc())
    if of is not None:
        found = found.where(AUDIT.c.object.in_(of))
    rows = s.execute(found.limit(limit)).all()
    return [_entry(row) for row in reversed(rows)]


def hash_of(row: Any) -> str:
    """The hash that a line must have, of its row's columns by name."""
    return linked(row["previous"], {name: as_stored(row[name]) for name in _LINE})


def _append(s: Session, workspace: str, deeds: Sequence[Deed]) -> None:
    seq, previous = _end(s, workspace)
    rows = []
    for deed in deeds:
        seq += 1
        row: dict[str, Any] = {
            "workspace": workspace,
            "seq": seq,
            "at": deed.at,
            "actor": deed.actor,
            "verb": deed.verb,
            "object": deed.object,
            "detail": deed.detail,
            "facts": deed.facts,
            "outcome": deed.outcome.value,
            "previous": previous,
        }
        previous = row["hash"] = hash_of(row)
        rows.append(row)
    s.execute(insert(AUDIT), rows)
    s.execute(
        update(AUDIT_END).where(AUDIT_END.c.workspace == workspace).values(seq=seq, hash=previous)
    )


def _end(s: Session, workspace: str) -> tuple[int, str]:
    """The number and hash of the newest line; nobody else appends until this transaction ends."""
    wanted = select(AUDIT_END).where(AUDIT_END.c.workspace == workspace).with_for_update()
    row = s.execute(wanted).first()
    if row is None:
        s.execute(insert_or_leave(s, AUDIT_END), {"workspace": workspace, "seq": 0, "hash": EMPTY})
        row = s.execute(wanted).one()
    return row.seq, row.hash


def _entry(row: Any) -> Entry:
    deed = Deed(
        at=row.at,
        actor=row.actor,
        verb=row.verb,
        object=row.object,
        detail=row.detail,
        facts=row.facts,
        outcome=Outcome(row.outcome),
    )
    return Entry(row.seq, deed, row.hash)
