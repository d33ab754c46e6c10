"""The one way to write a run: a transaction, then the word that it changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from runbot.domain.run import Change, Run
from runbot.store import runs
from runbot.store.database import Database
from runbot.tools.contract import ToolResult


def utc_now() -> datetime:
    """The clock that the running application is wired with."""
    return datetime.now(UTC)


class Ledger:
    """Runs as people see them. Listeners are called on the loop, after the commit.

    The row is the truth: a change that the law refuses raises `Refused` and writes
    nothing; one that changes nothing calls nobody.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Callable[[str], None]] = []

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener(run_id)` after each change; it must be quick and not raise."""
        self._listeners.append(listener)

    async def start(self, run: Run, *, most: int) -> tuple[Run, bool]:
        """Store a new run. False where a run with this id exists: then that one comes back.

        `Refused` where that many of the workspace's runs haven't ended.
        """
        stored, fresh = await self._database.write(lambda s: runs.start(s, run, most=most))
        self._tell(stored.id)
        return stored, fresh

    async def load(self, run_id: str) -> Run:
        """The run as it stands, or `NotFound`."""
        return await self._database.read(lambda s: runs.load(s, run_id))

    async def change(self, run_id: str, how: Callable[[Run], Change], *, step: bool = False) -> Run:
        """Apply a pure change. `step` marks a running step's write: people's writes go first."""
        after = await self._database.write(lambda s: runs.change(s, run_id, how), step=step)
        self._tell(run_id)
        return after

    async def record(
        self, run: Run, step: int, result: ToolResult, how: Callable[[Run], Change]
    ) -> Run:
        """Store an attempt's whole output and what it made of the run, in one transaction.

        Idempotent: a second record of the same attempt is refused by the law.
        """

        def both(session: Session) -> Run:
            after = runs.change(session, run.id, how)
            runs.keep_output(
                session,
                run.id,
                run.workspace,
                step,
                len(run.step(step).attempts),
                output=result.output,
                sources=[source.model_dump() for source in result.sources],
                facts=result.facts,
            )
            return after

        after = await self._database.write(both, step=True)
        self._tell(run.id)
        return after

    async def unfinished(self) -> list[Run]:
        """Every run of every workspace that hasn't ended."""
        return await self._database.read(runs.unfinished)

    def _tell(self, run_id: str) -> None:
        for listener in self._listeners:
            listener(run_id)
