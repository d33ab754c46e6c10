"""What one run's change means for others: a parent goes on, a queued run may begin.

All of it can be read from the rows at any time, so a word that is lost with the process is
said again by the sweep.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Sequence
from contextvars import Context
from typing import Any, Protocol

from dbos import error as journal_error
from sqlalchemy.exc import SQLAlchemyError

from runbot.domain.cleaning import cleanup_id
from runbot.domain.errors import RunbotError
from runbot.domain.law import RunStatus
from runbot.domain.run import Run
from runbot.engine.decide import ADMITTED, child_topic
from runbot.engine.ledger import Ledger
from runbot.store.trees import running_child

log = logging.getLogger(__name__)


class Workflows(Protocol):
    """What can be done to the workflows of runs; the engine itself, apart from its loop."""

    async def start(self, run: Run) -> None:
        """Start the run's workflow; one that exists is left alone."""
        ...

    async def wake(self, run_id: str, topic: str) -> None:
        """Tell the run's workflow that there is something to decide."""
        ...

    async def cancel(self, run_id: str) -> None:
        """Cut the run off; its row says already that it has ended."""
        ...


class Following:
    """Follows every change of a run, and tells those workflows that have to know."""

    def __init__(self, workflows: Workflows, ledger: Ledger) -> None:
        self._workflows = workflows
        self._ledger = ledger
        self._tasks: set[asyncio.Task[None]] = set()
        ledger.follow(self._changed)

    async def heal(self, unfinished: Sequence[Run]) -> None:
        """Say again whatever a crash may have kept from being said. Idempotent."""
        standing = {run.id: run for run in unfinished}
        for run in unfinished:
            child = running_child(run)
            if child and await self._missed(standing, run, child):
                await self._said(self._workflows.wake(run.id, child_topic(child)))
        await self._said(self._admit(None))

    async def close(self) -> None:
        """Wait for what is being said."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, run: Run, cut_off: bool) -> None:  # noqa: FBT001 - the protocol of followers
        if cut_off:
            self._apart(self._workflows.cancel(run.id))
        if run.parent and run.status is RunStatus.QUEUED:
            self._apart(self._workflows.start(run))
        elif run.parent and (run.ended or run.status is RunStatus.PAUSED):
            self._apart(self._workflows.wake(run.parent.run_id, child_topic(run.id)))
        if run.owes_cleanup:
            self._apart(self._clean_up(run))
        if run.locks and (run.ended or run.step(1) is run.current):
            self._apart(self._move_up(run.workspace))

    async def _clean_up(self, run: Run) -> None:
        """Begin the clean-up, which is there since the run ended."""
        await self._workflows.start(await self._ledger.load(cleanup_id(run.id)))

    def _apart(self, work: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: in the one of a step, the library would take it for a part
        # of that step's workflow.
        task = asyncio.get_running_loop().create_task(self._said(work), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _said(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (journal_error.DBOSException, SQLAlchemyError, RunbotError) as trouble:
            # The rows say it, and the sweep looks at them.
            log.info("A run is told later: %s", trouble)

    async def _missed(self, standing: dict[str, Run], parent: Run, child_id: str) -> bool:
        """Whether the run below has come to something that the parent has to decide about."""
        child = standing.get(child_id) or await self._ledger.load(child_id)
        pausing = parent.pause_requested_by is not None and child.status is RunStatus.PAUSED
        return child.ended or pausing

    async def _move_up(self, workspace: str) -> None:
        """The queue has moved: its messages say so, and whoever is free to begin is told."""
        self._ledger.tell(await self._ledger.queue(workspace))
        await self._admit(workspace)

    async def _admit(self, workspace: str | None) -> None:
        await self._wake(await self._ledger.admissible(workspace))

    async def _wake(self, run_ids: Iterable[str]) -> None:
        for run_id in run_ids:
            await self._workflows.wake(run_id, ADMITTED)
