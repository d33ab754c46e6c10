"""What the display reads and remembers, in Runbot's own database."""

from __future__ import annotations

from sqlalchemy.orm import Session

from runbot.store import artefacts, runs
from runbot.store.database import Database
from runbot.surfaces.slack.drawing import Picture
from runbot.surfaces.slack.sending import Place


class StoredRecords:
    """The rows behind the run messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def picture(self, run_id: str) -> Picture:
        """The run and its display, read in one transaction."""
        return await self._database.read(lambda s: _picture(s, run_id))

    async def place(self, run_id: str) -> Place | None:
        """Where the run's message stands, if it has one."""
        found = await self._database.read(lambda s: runs.message_of(s, run_id))
        return Place(found.channel, found.ts) if found else None

    async def set_message(self, run_id: str, place: Place) -> None:
        """Remember where the run's message is."""
        await self._database.write(
            lambda s: runs.set_message(s, run_id, place.channel, place.ts), step=True
        )

    async def shown(self, run_id: str, *, revision: int, told: int) -> None:
        """The message shows this revision, and the thread so many events."""

        def both(session: Session) -> None:
            runs.drawn(session, run_id, revision)
            runs.told(session, run_id, told)

        await self._database.write(both, step=True)

    async def undrawn(self) -> list[str]:
        """Runs whose message is behind, oldest first."""
        return await self._database.read(runs.undrawn)

    async def artefacts(self, run_id: str) -> list[str]:
        """The names of what was kept with the run, oldest first."""

        def named(session: Session) -> list[str]:
            run = runs.load(session, run_id)
            kept = artefacts.listing(session, run.workspace, run_id=run_id)
            return [one.name for one in reversed(kept)]

        return await self._database.read(named)


def _picture(session: Session, run_id: str) -> Picture:
    message = runs.message_of(session, run_id)
    return Picture(
        run=runs.load(session, run_id),
        events=runs.timeline(session, run_id),
        message=Place(message.channel, message.ts) if message else None,
        told=runs.told_up_to(session, run_id),
    )
