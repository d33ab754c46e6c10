"""The verb: a run's record as a file, for whoever may see the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from runbot.domain.access import Actor
from runbot.domain.run import Run
from runbot.operations.exporting.document import document
from runbot.operations.exporting.formats import SUFFIXES, Format, rendered
from runbot.operations.recording import recorded
from runbot.operations.runs import Runs
from runbot.store import artefacts, runs, timelines
from runbot.store.database import Database

MOST_ARTEFACTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Export:
    """A file, and where the run's message stands: channel and thread, if it has one."""

    run: Run
    name: str
    content: str
    place: tuple[str, str] | None


class Exports:
    """Records of runs. Needs nothing but the right to see the run."""

    def __init__(self, *, database: Database, runs: Runs, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._runs = runs
        self._clock = clock

    @recorded("export")
    async def export(self, actor: Actor, reference: str, form: Format) -> Export:
        """The record as it stands now, or `NotFound`; of a run that goes on, so far."""
        run = await self._runs.find(actor, reference)
        return await self._database.read(lambda s: exported(s, run.id, form, now=self._clock()))


def exported(s: Session, run_id: str, form: Format, *, now: datetime) -> Export:
    """The record of a run that the caller may see, read in one transaction."""
    run, shown = runs.load_shown(s, run_id)
    kept = artefacts.listing(s, run.workspace, run_id=run_id, limit=MOST_ARTEFACTS)
    made = document(run, timelines.lines(s, run_id), tuple(reversed(kept)), now=now)
    place = (shown.message.channel, shown.message.thread) if shown.message else None
    name = f"run-{run.number}-{run.name}.{SUFFIXES[form]}"
    return Export(run, name, rendered(made, form), place)
