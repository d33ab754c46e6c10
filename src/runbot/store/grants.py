"""Roles that admins gave or took in chat, on top of what is configured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.domain.access import Actor, Role
from runbot.domain.errors import Conflict
from runbot.store.sql import insert_or_update
from runbot.store.tables import GRANT


@dataclass(frozen=True, slots=True)
class Granted:
    """A role given to a principal, or taken from it where `given` is false."""

    principal: str
    role: Role
    given: bool
    by: Actor
    at: datetime


def put(s: Session, workspace: str, granted: Granted) -> None:
    """Keep it, in the place of what was said of this principal and role before."""
    s.execute(
        insert_or_update(s, GRANT),
        {
            "workspace": workspace,
            "principal": granted.principal,
            "role": granted.role.value,
            "given": granted.given,
            "by": granted.by,
            "at": granted.at,
        },
    )


def require_unchanged(s: Session, workspace: str, seen: Sequence[Granted]) -> None:
    """Raise `Conflict` where what was given or taken isn't what the caller has `seen`.

    It stays so until the transaction ends: of two who take each other's role, one is the first.
    """
    # Locked, and then read: a lock alone shows nothing of what was added while it was waited for.
    s.execute(select(GRANT.c.principal).where(GRANT.c.workspace == workspace).with_for_update())
    if of_workspace(s, workspace) != list(seen):
        raise Conflict(
            "Somebody else changed the roles meanwhile.",
            means="Nothing was changed.",
            do="See /runbook roles, and try again.",
        )


def of_workspace(s: Session, workspace: str) -> list[Granted]:
    """Everything that was given or taken, the oldest first."""
    rows = s.execute(select(GRANT).where(GRANT.c.workspace == workspace).order_by(GRANT.c.at))
    return [
        Granted(row.principal, Role(row.role), row.given, Actor.model_validate(row.by), row.at)
        for row in rows
    ]
