"""Artefacts: what tools and people saved with a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from runbot.domain.errors import InvalidInput, NotFound
from runbot.store.sql import insert_or_leave
from runbot.store.tables import ARTEFACT

MAX_CONTENT: Final = 16 * 1024 * 1024  # bytes: a row, not a file server


@dataclass(frozen=True, slots=True)
class Artefact:
    """A saved thing without its content. `source` says where the content came from."""

    id: str
    workspace: str
    run_id: str
    run_number: int
    name: str
    media_type: str
    source: str
    size: int
    sha256: str
    created_at: datetime


_COLUMNS: Final = [ARTEFACT.c[name] for name in Artefact.__slots__]


def put(
    s: Session,
    *,
    workspace: str,
    run_id: str,
    run_number: int,
    name: str,
    content: bytes | str,
    media_type: str,
    source: str,
    at: datetime,
) -> Artefact:
    """Save content under a name. The same run, name and content again is the same artefact."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(data) > MAX_CONTENT:
        raise InvalidInput(
            f"{name} has {len(data):,} bytes; the data store takes {MAX_CONTENT:,}.",
            means="Nothing was saved.",
        )
    digest = sha256(data).hexdigest()
    key = sha256(f"{workspace}\0{run_id}\0{name}\0{digest}".encode()).hexdigest()
    made = Artefact(
        id=f"art_{key[:20]}",
        workspace=workspace,
        run_id=run_id,
        run_number=run_number,
        name=name,
        media_type=media_type,
        source=source,
        size=len(data),
        sha256=digest,
        created_at=at,
    )
    row = {name: getattr(made, name) for name in Artefact.__slots__}
    s.execute(insert_or_leave(s, ARTEFACT), {**row, "content": data})
    return get(s, workspace, made.id)


def get(s: Session, workspace: str, artefact_id: str) -> Artefact:
    """The artefact, or `NotFound` where this workspace has none with this id."""
    row = s.execute(_of(workspace).where(ARTEFACT.c.id == artefact_id)).first()
    if row is None:
        raise NotFound("There is no artefact with this id.")
    return _from(row)


def by_name(s: Session, workspace: str, name: str) -> Artefact:
    """The newest artefact with this name, or `NotFound`."""
    row = s.execute(_of(workspace).where(ARTEFACT.c.name == name).limit(1)).first()
    if row is None:
        raise NotFound(f'The data store has nothing called "{name}".')
    return _from(row)


def content(s: Session, workspace: str, artefact_id: str) -> bytes:
    """The artefact's content, or `NotFound`."""
    found = s.execute(
        select(ARTEFACT.c.content).where(
            ARTEFACT.c.workspace == workspace, ARTEFACT.c.id == artefact_id
        )
    ).scalar()
    if found is None:
        raise NotFound("There is no artefact with this id.")
    return bytes(found)


def listing(
    s: Session, workspace: str, *, run_id: str | None = None, limit: int = 100, offset: int = 0
) -> list[Artefact]:
    """Artefacts, newest first; of one run where its id is given."""
    found = _of(workspace)
    if run_id is not None:
        found = found.where(ARTEFACT.c.run_id == run_id)
    return [_from(row) for row in s.execute(found.limit(limit).offset(offset))]


def _of(workspace: str) -> Select[Any]:
    newest_first = (ARTEFACT.c.created_at.desc(), ARTEFACT.c.id)
    return select(*_COLUMNS).where(ARTEFACT.c.workspace == workspace).order_by(*newest_first)


def _from(row: Row[Any]) -> Artefact:
    return Artefact(**row._asdict())
