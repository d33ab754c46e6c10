"""Runbooks and their versions: written once, listed, published, archived."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from runbot.domain.access import Actor
from runbot.domain.errors import Conflict, NotFound
from runbot.domain.runbook import Content, Runbook, RunbookStatus, Version
from runbot.store.failures import taken
from runbot.store.run_lines import LINE, RunLine, line_from
from runbot.store.tables import RUN, RUNBOOK, VERSION


@dataclass(frozen=True, slots=True)
class Listed:
    """A runbook as lists show it.

    Description and steps are those of the version that runs take, or of the latest
    where none is published.
    """

    runbook: Runbook
    description: str
    steps: int
    last_run: RunLine | None


def create(s: Session, runbook: Runbook, version: Version) -> None:
    """Store a runbook with its first version, or raise `Conflict` where the name is taken."""
    try:
        s.execute(insert(RUNBOOK), _runbook_row(runbook))
    except IntegrityError as wrong:
        if not taken(wrong):
            raise
        raise _name_taken(runbook.name) from wrong
    s.execute(insert(VERSION), _version_row(runbook.workspace, version))


def add_version(
    s: Session,
    workspace: str,
    runbook_id: str,
    content: Content,
    *,
    by: Actor,
    agent: str,
    at: datetime,
    expected_latest: int | None,
) -> Version:
    """Store the next version. What is published stays published.

    Raises `Conflict` where `expected_latest` is given and somebody saved since.
    """
    row = s.execute(_one(workspace, runbook_id).with_for_update(key_share=True)).first()
    if row is None:
        raise _no_such_id()
    if expected_latest is not None and row.latest != expected_latest:
        raise saved_meanwhile(
            s,
            _runbook_from(row),
            means="Your changes were not saved.",
            do="Open it again, and put your changes in there.",
        )
    made = Version(
        runbook_id=runbook_id,
        number=row.latest + 1,
        content=content,
        created_by=by,
        created_at=at,
        agent=agent,
    )
    s.execute(insert(VERSION), _version_row(workspace, made))
    s.execute(update(RUNBOOK).where(RUNBOOK.c.id == runbook_id).values(latest=made.number))
    return made


def saved_meanwhile(s: Session, runbook: Runbook, *, means: str, do: str) -> Conflict:
    """The refusal for whoever didn't know of the latest version: it tells who saved that."""
    newest = version(s, runbook.id, runbook.latest)
    return Conflict(
        f"{newest.created_by.mention} saved version {newest.number} of {runbook.name} meanwhile.",
        means=means,
        do=do,
    )


def by_id(s: Session, workspace: str, runbook_id: str, *, lock: bool = False) -> Runbook:
    """The runbook, or `NotFound` where this workspace has none with this id.

    With `lock`, nobody else changes it until this transaction ends.
    """
    found = _one(workspace, runbook_id)
    row = s.execute(found.with_for_update() if lock else found).first()
    if row is None:
        raise _no_such_id()
    return _runbook_from(row)


def by_name(s: Session, workspace: str, name: str) -> Runbook:
    """The runbook, or `NotFound`."""
    row = s.execute(
        select(RUNBOOK).where(RUNBOOK.c.workspace == workspace, RUNBOOK.c.name == name)
    ).first()
    if row is not None:
        return _runbook_from(row)
    raise NotFound(f"There is no runbook called {name}.")


def named(s: Session, workspace: str, names: Collection[str]) -> list[Runbook]:
    """Those of the workspace's runbooks that have one of these names."""
    found = s.execute(
        select(RUNBOOK).where(RUNBOOK.c.workspace == workspace, RUNBOOK.c.name.in_(names))
    )
    return [_runbook_from(row) for row in found]


def version(s: Session, runbook_id: str, number: int) -> Version:
    """One version of a runbook, or `NotFound`."""
    row = s.execute(
        select(VERSION).where(VERSION.c.runbook_id == runbook_id, VERSION.c.number == number)
    ).first()
    if row is None:
        raise NotFound(f"There is no version {number} of this runbook.")
    return _version_from(row)


def versions(s: Session, runbook_id: str) -> list[Version]:
    """Every version of a runbook, oldest first."""
    found = select(VERSION).where(VERSION.c.runbook_id == runbook_id).order_by(VERSION.c.number)
    return [_version_from(row) for row in s.execute(found)]


def publish(s: Session, workspace: str, runbook_id: str, number: int) -> Runbook:
    """Make this version the one that runs take."""
    by_id(s, workspace, runbook_id)
    version(s, runbook_id, number)
    return _updated(
        s, workspace, runbook_id, status=RunbookStatus.PUBLISHED.value, published=number
    )


def archive(s: Session, workspace: str, runbook_id: str) -> Runbook:
    """Take a runbook out of use. Its versions and runs stay."""
    return _updated(s, workspace, runbook_id, status=RunbookStatus.ARCHIVED.value)


def restore(s: Session, workspace: str, runbook_id: str) -> Runbook:
    """Undo `archive`: published again where a version was published, else a draft again."""
    found = by_id(s, workspace, runbook_id)
    status = RunbookStatus.DRAFT if found.published is None else RunbookStatus.PUBLISHED
    return _updated(s, workspace, runbook_id, status=status.value)


def rename(s: Session, workspace: str, runbook_id: str, name: str) -> Runbook:
    """Give a runbook another name, or raise `Conflict` where that is taken. Runs keep theirs."""
    try:
        return _updated(s, workspace, runbook_id, name=name)
    except IntegrityError as wrong:
        if not taken(wrong):
            raise
        raise _name_taken(name) from wrong


def listing(
    s: Session,
    workspace: str,
    *,
    status: RunbookStatus | None = None,
    text: str = "",
    limit: int,
    offset: int,
) -> list[Listed]:
    """The workspace's runbooks by name, each with its last run, in one statement.

    `text` is looked for in name and description, word by word, whatever the case.
    """
    newest = RUN.alias("newest")
    last_run = (
        select(newest.c.number)
        .where(newest.c.runbook_id == RUNBOOK.c.id)
        .order_by(newest.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    shown = func.coalesce(RUNBOOK.c.published, RUNBOOK.c.latest)
    found = (
        select(RUNBOOK, VERSION.c.description, VERSION.c.steps, *LINE)
        .join(VERSION, and_(VERSION.c.runbook_id == RUNBOOK.c.id, VERSION.c.number == shown))
        .outerjoin(RUN, and_(RUN.c.runbook_id == RUNBOOK.c.id, RUN.c.number == last_run))
        .where(RUNBOOK.c.workspace == workspace)
        .order_by(RUNBOOK.c.name)
        .limit(limit)
        .offset(offset)
    )
    if status is not None:
        found = found.where(RUNBOOK.c.status == status.value)
    for word in text.split():
        found = found.where(
            or_(
                RUNBOOK.c.name.icontains(word, autoescape=True),
                VERSION.c.description.icontains(word, autoescape=True),
            )
        )
    return [
        Listed(
            runbook=_runbook_from(row),
            description=row.description,
            steps=row.steps,
            last_run=None if row.run_id is None else line_from(row),
        )
        for row in s.execute(found)
    ]


def _one(workspace: str, runbook_id: str) -> Any:
    return select(RUNBOOK).where(RUNBOOK.c.id == runbook_id, RUNBOOK.c.workspace == workspace)


def _updated(s: Session, workspace: str, runbook_id: str, **values: object) -> Runbook:
    s.execute(
        update(RUNBOOK)
        .where(RUNBOOK.c.id == runbook_id, RUNBOOK.c.workspace == workspace)
        .values(**values)
    )
    return by_id(s, workspace, runbook_id)


def _name_taken(name: str) -> Conflict:
    return Conflict(
        f"There is a runbook called {name} already.",
        means="Nothing was saved.",
        do="Choose another name, or edit that one.",
    )


def _no_such_id() -> NotFound:
    return NotFound("There is no runbook with this id.", do="See them all with /runbook list.")


def _runbook_row(runbook: Runbook) -> dict[str, Any]:
    return {
        "id": runbook.id,
        "workspace": runbook.workspace,
        "name": runbook.name,
        "status": runbook.status.value,
        "latest": runbook.latest,
        "published": runbook.published,
        "created_by": runbook.created_by,
        "created_at": runbook.created_at,
        "channel": runbook.channel,
    }


def _runbook_from(row: Row[Any]) -> Runbook:
    return Runbook.model_validate({name: getattr(row, name) for name in Runbook.model_fields})


def _version_row(workspace: str, version: Version) -> dict[str, Any]:
    return {
        "runbook_id": version.runbook_id,
        "number": version.number,
        "workspace": workspace,
        "content": version.content,
        "description": version.content.description,
        "steps": len(version.content.steps),
        "created_by": version.created_by,
        "created_at": version.created_at,
        "agent": version.agent,
    }


def _version_from(row: Row[Any]) -> Version:
    return Version.model_validate({name: getattr(row, name) for name in Version.model_fields})
