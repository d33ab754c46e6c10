"""What the display reads and remembers, kept in the store."""

from __future__ import annotations

from sqlalchemy.orm import Session

from runbot.store import artefacts, runs
from runbot.store.database import Database
from runbot.surfaces.slack.drawing import Picture
from runbot.surfaces.slack.sending import Place


class StoredRecords:
    """The display's `Records`, on the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def picture(self, run_id: str) -> Picture:
        """The run as it stands, or `NotFound`; all of it read in one transaction."""
        return await self._database.read(lambda s: _picture(s, run_id))

    async def set_message(self, run_id: str, place: Place) -> None:
        """Remember where the run's message is."""
        await self._database.write(
            lambda s: runs.set_message(s, run_id, place.channel, place.ts), step=True
        )

    async def shown(self, run_id: str, *, revision: int, told: int) -> None:
        """Its message shows this revision, and its thread so many events; both only grow."""

        def note(s: Session) -> None:
            runs.drawn(s, run_id, revision)
            runs.told(s, run_id, told)

        # Nobody waits for this, so people's writes go before it.
        await self._database.write(note, step=True)

    async def undrawn(self) -> list[str]:
        """Runs of every workspace whose message is behind, oldest first."""
        return await self._database.read(runs.undrawn)

    async def artefacts(self, run_id: str) -> list[str]:
        """The names of what was kept with the run, oldest first, each once."""

        def names(s: Session) -> list[str]:
            run = runs.load(s, run_id)
            kept = artefacts.listing(s, run.workspace, run_id=run_id)
            return list(dict.fromkeys(artefact.name for artefact in reversed(kept)))

        return await self._database.read(names)


def _picture(s: Session, run_id: str) -> Picture:
    run = runs.load(s, run_id)
    message = runs.message_of(s, run_id)
    return Picture(
        run=run,
        events=runs.timeline(s, run_id),
        message=Place(message.channel, message.ts) if message else None,
        told=runs.told_up_to(s, run_id),
    )
