"""The one way to write a run: a transaction, then the word that it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from runbot.domain.cleaning import cleanup_id
from runbot.domain.run import Change, Run
from runbot.domain.runbook import Version
from runbot.domain.tree import Tree
from runbot.store import locks, runs, trees
from runbot.store.database import Database
from runbot.store.trees import Around
from runbot.tools.contract import ToolResult


def utc_now() -> datetime:
    """The clock that the running application is wired with."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Made:
    """What one transaction has made: runs that changed, the first of them the one that was meant.

    `cut_off` ended since a run that they belong to did; `above` are the ids of the runs that
    show something of those that changed.
    """

    changed: tuple[Run, ...]
    cut_off: tuple[Run, ...] = ()
    above: tuple[str, ...] = ()


class Ledger:
    """Runs as people see them. Listeners are called on the loop, after the commit.

    The row is the truth: a change that the law refuses raises `Refused` and writes
    nothing; one that changes nothing calls nobody.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Callable[[str], None]] = []
        self._followers: list[Callable[[Run, bool], None]] = []

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener(run_id)` after each change; it must be quick and not raise.

        A run that shows something of another one counts as changed, too.
        """
        self._listeners.append(listener)

    def follow(self, follower: Callable[[Run, bool], None]) -> None:
        """Call `follower(run, cut_off)` with each run as it became; it must be quick and not raise.

        `cut_off` tells that it ended only since a run that it belongs to did.
        """
        self._followers.append(follower)

    async def start(self, run: Run, *, most: int) -> tuple[Run, bool]:
        """Store a new run. False where a run with this id exists: then that one comes back.

        `Refused` where that many of the workspace's runs haven't ended, and where one of them
        is of a runbook that this one is or runs, and of which a second one is refused.
        """

        def both(session: Session) -> tuple[Run, bool]:
            stored, fresh = runs.start(session, run, most=most)
            if fresh and stored.locks:
                locks.require_free(session, stored)
            return stored, fresh

        stored, fresh = await self._database.write(both)
        self.tell(filter(None, (stored.id, stored.continues)))
        return stored, fresh

    async def start_below(
        self,
        parent_id: str,
        number: int,
        make: Callable[[Run, Version, Run | None], Run],
        at: datetime,
    ) -> Run:
        """Store the run that a step runs, and note it in that step, in one transaction."""

        def work(session: Session) -> _Made:
            parent, child = trees.start_below(session, parent_id, number, make, at)
            return _made(session, (child, parent))

        return self._told(await self._database.write(work, step=True))[0]

    async def load(self, run_id: str) -> Run:
        """The run as it stands, or `NotFound`."""
        return await self._database.read(lambda s: runs.load(s, run_id))

    async def change(self, run_id: str, how: Callable[[Run], Change], *, step: bool = False) -> Run:
        """Apply a pure change. `step` marks a running step's write: people's writes go first.

        What an ended run has started ends with it.
        """
        made = await self._database.write(
            lambda s: _made(s, (runs.change(s, run_id, how),)), step=step
        )
        return self._told(made)[0]

    async def decide(
        self, run_id: str, how: Callable[[Run, Around], Change], *, at: datetime
    ) -> Run:
        """Apply a change that depends on what stands around the run; a running step's write."""

        def work(session: Session) -> _Made:
            after = runs.change(
                session, run_id, lambda run: how(run, trees.around(session, run, at))
            )
            return _made(session, (after,))

        return self._told(await self._database.write(work, step=True))[0]

    async def change_tree(self, run_id: str, how: Callable[[Tree], Sequence[Change]]) -> list[Run]:
        """Apply changes to a run and to those that belong to it, all of them or none."""
        made = await self._database.write(lambda s: _made(s, tuple(trees.change(s, run_id, how))))
        return list(self._told(made))

    async def record(
        self, run: Run, step: int, result: ToolResult, how: Callable[[Run], Change]
    ) -> Run:
        """Store an attempt's whole output and what it made of the run, in one transaction.

        Idempotent: a second record of the same attempt is refused by the law.
        """

        def both(session: Session) -> _Made:
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
            return _made(session, (after,))

        return self._told(await self._database.write(both, step=True))[0]

    async def unfinished(self) -> list[Run]:
        """Every run of every workspace that hasn't ended."""
        return await self._database.read(runs.unfinished)

    async def queue(self, workspace: str) -> list[str]:
        """The ids of the workspace's runs that wait for locks, the first one first."""
        return await self._database.read(lambda s: locks.queued(s, workspace))

    async def admissible(self, workspace: str | None = None) -> list[str]:
        """The ids of the queued runs that could begin now, of one workspace or of all."""
        return await self._database.read(lambda s: locks.admissible(s, workspace))

    def tell(self, run_ids: Iterable[str]) -> None:
        """Say that these have changed, or that something that they show has."""
        for run_id in run_ids:
            for listener in self._listeners:
                listener(run_id)

    def _told(self, made: _Made) -> tuple[Run, ...]:
        changed = (*made.changed, *made.cut_off)
        self.tell(dict.fromkeys((*(run.id for run in changed), *made.above)))
        for follower in self._followers:
            for run in made.changed:
                follower(run, False)  # noqa: FBT003 - the protocol of followers
            for run in made.cut_off:
                follower(run, True)  # noqa: FBT003 - the protocol of followers
        return made.changed


def _made(session: Session, changed: tuple[Run, ...]) -> _Made:
    cut_off = tuple(one for run in changed for one in trees.cut_off_below(session, run))
    above = [id_ for run in changed for id_ in trees.ancestors(session, run)]
    above += [run.continues for run in changed if run.continues]
    above += [cleanup_id(run.id) for run in changed if run.owes_cleanup]
    return _Made(changed, cut_off, tuple(dict.fromkeys(above)))
