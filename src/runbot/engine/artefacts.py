"""The data store that tools write to, kept in Runbot's own database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from runbot.store import artefacts as rows
from runbot.store.database import Database
from runbot.tools.contract import ToolContext
from runbot.tools.data_store import Kept


class StoredArtefacts:
    """Artefacts of runs, by name. Putting the same thing twice keeps it once."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def put(
        self, context: ToolContext, name: str, content: bytes, *, media_type: str, source: str
    ) -> Kept:
        """Keep it with the run."""
        stored = await self._database.write(
            lambda s: rows.put(
                s,
                workspace=context.workspace,
                run_id=context.run_id,
                run_number=context.run_number,
                name=name,
                content=content,
                media_type=media_type,
                source=source,
                at=self._clock(),
            ),
            step=True,
        )
        return _kept(stored)

    async def get(self, context: ToolContext, name: str) -> tuple[Kept, bytes]:
        """This run's newest of that name, else the workspace's; `NotFound` otherwise."""
        return await self._database.read(lambda s: _newest(s, context, name))

    async def list(self, context: ToolContext) -> tuple[Kept, ...]:
        """What this run has kept, oldest first."""
        found = await self._database.read(
            lambda s: rows.listing(s, context.workspace, run_id=context.run_id)
        )
        return tuple(_kept(one) for one in reversed(found))


def _newest(session: Session, context: ToolContext, name: str) -> tuple[Kept, bytes]:
    own = rows.listing(session, context.workspace, run_id=context.run_id)
    found = next((one for one in own if one.name == name), None)
    if found is None:
        found = rows.by_name(session, context.workspace, name)
    return _kept(found), rows.content(session, context.workspace, found.id)


def _kept(stored: rows.Artefact) -> Kept:
    return Kept(
        id=stored.id,
        name=stored.name,
        size=stored.size,
        media_type=stored.media_type,
        source=stored.source,
        run_number=stored.run_number,
    )
