"""Runs that survive anything: one durable workflow per run, with the run's id.

The workflow is a small loop that hardly ever changes: decide (from the row), carry
out, decide again. Each decision and each attempt is one journaled step; what the
decisions are is in `decide`, and what an attempt does is in `perform`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from pydantic import JsonValue
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from runbot.domain import progress, timing
from runbot.domain.access import runbot
from runbot.domain.errors import Refused
from runbot.domain.law import RunStatus
from runbot.domain.run import Change, Run
from runbot.engine.decide import (
    Bearings,
    DemandOf,
    End,
    Perform,
    Wait,
    as_planned,
    question_topic,
    resolved,
    resume_topic,
    retry_topic,
    settle,
)
from runbot.engine.following import Following
from runbot.engine.ledger import Ledger
from runbot.engine.patience import patiently
from runbot.engine.perform import Performer
from runbot.store.trees import Around
from runbot.tools.toolbox import Toolbox

log = logging.getLogger(__name__)

# Pinned by hand: the library's own version is a hash of the code, and a run that was
# paused under an older build would never be taken up again.
# https://docs.dbos.dev/production/self-hosting/workflow-recovery
APPLICATION_VERSION: Final = "1"
MAX_DECISIONS: Final = 10_000  # a run that decides this often goes round in circles
_ALIVE: Final = frozenset({"PENDING", "ENQUEUED", "DELAYED"})
_OVER: Final = frozenset({"SUCCESS", "ERROR"})  # what the library never takes up again
_ABORTED: Final = frozenset({"DBOSAwaitedWorkflowCancelledError", "DBOSWorkflowCancelledError"})
GRACE: Final = 4.0  # seconds that a step in flight gets to finish at shutdown


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Where the journal lives and how this process is known in it."""

    url: str
    executor_id: str = "runbot"
    poll_seconds: float = 0.2
    sweep_seconds: float = 60.0


class Engine:
    """Carries out runs. One per process, launched inside the running loop."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        ledger: Ledger,
        toolbox: Toolbox,
        clock: Callable[[], datetime],
        demand_of: DemandOf = as_planned,
    ) -> None:
        self._settings = settings
        self._demand_of = demand_of
        self._ledger = ledger
        self._clock = clock
        self._toolbox = toolbox
        self._performer = Performer(ledger, toolbox, clock)
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._performing: set[str] = set()
        self._nothing_in_flight = asyncio.Event()
        self._nothing_in_flight.set()
        self._closing = False
        self._workflow: Callable[..., Any] | None = None
        self._sweep: asyncio.Task[None] | None = None
        self._seen: dict[str, int] = {}
        self._following = Following(self, ledger)

    async def launch(self) -> None:
        """Take up what an earlier process left, then accept new runs."""
        _quiet()
        _prepare(self._settings.url)
        DBOS(
            config=DBOSConfig(
                name="runbot",
                system_database_url=self._settings.url,
                application_version=APPLICATION_VERSION,
                executor_id=self._settings.executor_id,
                serializer=DBOSPortableJSONSerializer(),
                max_executor_threads=32,
                notification_listener_polling_interval_sec=self._settings.poll_seconds,
                log_level="WARNING",
                enable_otlp=False,
            )
        )
        carry_out = self._carry_out

        async def run(run_id: str) -> str:
            return await carry_out(run_id)

        self._workflow = DBOS.workflow(name="run", max_recovery_attempts=None)(run)
        # Not in a thread: what is launched inside a loop runs its recovered runs on that loop.
        DBOS.launch()
        await self._reconcile()
        self._sweep = asyncio.create_task(self._sweeping(), name="sweep")

    def foresee(self, run: Run, number: int) -> tuple[str, Mapping[str, JsonValue]]:
        """Who would do a step of a run that nobody started, with which arguments; nothing else.

        What only a run that has begun knows stays as it is written: `{{run.…}}`.
        """
        return resolved(run, number, self._toolbox.markup_of, run.values)

    async def start(self, run: Run) -> None:
        """Start the run's workflow. Idempotent: a workflow that exists is left alone."""
        if self._workflow is None:
            raise AssertionError("The engine was used before its launch.")
        if self._closing:
            return  # the row says what is to be done, and the next launch does it
        with SetWorkflowID(run.id):
            await DBOS.start_workflow_async(self._workflow, run.id)

    async def wake_paused(self, run: Run) -> None:
        """Tell the run's workflow that Resume was pressed."""
        await self.wake(run.id, resume_topic(run))

    async def wake_asked(self, run_id: str, question_id: str) -> None:
        """Tell the run's workflow that its question was answered."""
        await self.wake(run_id, question_topic(question_id))

    async def wake(self, run_id: str, topic: str) -> None:
        """Tell the run's workflow that there is something to decide. One word too many is fine."""
        if self._closing:
            return  # every run holds, and the next launch reads the row
        await DBOS.send_async(run_id, "awake", topic=topic)

    async def wake_retrying(self, run: Run) -> None:
        """Tell a run that waits before it tries a step again that a pause was asked for."""
        step = run.current
        if self._closing or step is None or timing.retry_at(run, step.number) is None:
            return
        topic = retry_topic(step.number, len(step.attempts))
        await DBOS.send_async(run.id, "pausing", topic=topic)

    async def cancel(self, run_id: str) -> None:
        """Cut the run off wherever it stands. The row must say that it is cancelled already."""
        if task := self._tasks.get(run_id):
            task.cancel()
        if self._closing:
            return
        await DBOS.cancel_workflow_async(run_id)

    async def close(self, *, grace: float = GRACE) -> None:
        """Hold runs at their next boundary, give steps in flight a grace, and stop.

        What is held or cut off stays pending in the journal and goes on at the next launch.
        """
        self._closing = True
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)
        try:
            await asyncio.wait_for(self._nothing_in_flight.wait(), grace)
        except TimeoutError:
            log.warning("Cut off after %s s: %s", grace, ", ".join(sorted(self._performing)))
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._following.close()
        # The library has put its own pool in the place of the loop's and shuts it down with
        # itself; whatever else runs on this loop still needs one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    async def _carry_out(self, run_id: str) -> str:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("A run is carried out in a task.")
        self._tasks[run_id] = task
        # Fresh in every execution: what an earlier one opened is known by its older nonce.
        execution = uuid.uuid4().hex
        try:
            return await self._follow(run_id, execution)
        except SQLAlchemyError as trouble:
            # The journal's: the rows' own is waited out in the steps. Cancelled and not failed,
            # since the library never takes up a workflow that it has recorded as failed.
            log.warning("Run %s stands until its journal answers: %s", run_id, trouble.__class__)
            raise asyncio.CancelledError from trouble
        except Exception:
            # The boundary of a run: without it a fault would leave the run standing for ever.
            log.exception("Run %s met a fault", run_id)
            await self._strand(run_id)
            raise
        finally:
            if self._tasks.get(run_id) is task:
                del self._tasks[run_id]

    async def _follow(self, run_id: str, execution: str) -> str:
        for _ in range(MAX_DECISIONS):
            await self._hold()
            # A stop waits for both: an attempt that was opened and not made would be taken
            # for a lost call by the next start, and people would be asked about nothing.
            with self._in_flight(run_id):
                decision = await DBOS.run_step_async(
                    {"name": "decide"}, self._decide, run_id, execution
                )
                if decision["do"] == "perform":
                    await DBOS.run_step_async(
                        {"name": "perform"},
                        self._perform,
                        run_id,
                        decision["step"],
                        decision["nonce"],
                        execution,
                    )
            if decision["do"] == "end":
                return str(decision["status"])
            if decision["do"] == "wait":
                # The journaled decision just before is the marker that lets code change
                # around a pending wait. A wait that runs out means: decide again.
                await DBOS.recv_async(decision["topic"], timeout_seconds=decision["seconds"])
        await self._ledger.change(run_id, self._give_up)
        return RunStatus.FAILED.value

    @contextlib.contextmanager
    def _in_flight(self, run_id: str) -> Iterator[None]:
        self._performing.add(run_id)
        self._nothing_in_flight.clear()
        try:
            yield
        finally:
            self._performing.discard(run_id)
            if not self._performing:
                self._nothing_in_flight.set()

    def _give_up(self, run: Run) -> Change:
        why = f"Runbot stopped it after {MAX_DECISIONS:,} decisions, which no runbook needs."
        return progress.fail(run, why=why, at=self._clock())

    async def _decide(self, run_id: str, execution: str) -> dict[str, Any]:
        """Write what the run wants written, and say what comes next. Journaled as a plain dict."""
        settled: list[tuple[Run, Perform | Wait | End]] = []

        def how(run: Run, around: Around) -> Change:
            # On the locked row: a click either came before all of this, or comes after it.
            bearings = Bearings(
                execution,
                self._clock(),
                self._toolbox.markup_of,
                self._demand_of,
                child=around.child,
                pausing=around.pausing,
                behind="; ".join(one.words for one in around.behind),
            )
            change, then = settle(run, bearings)
            settled[:] = [(change.run, then)]
            return change

        await patiently(lambda: self._ledger.decide(run_id, how, at=self._clock()), f"Run {run_id}")
        run, then = settled[0]
        match then:
            case Perform():
                return {"do": "perform", "step": then.step, "nonce": execution}
            case Wait():
                return {"do": "wait", "topic": then.topic, "seconds": then.seconds}
            case End():
                return {"do": "end", "status": run.status.value}

    async def _perform(self, run_id: str, number: int, opened_by: str, execution: str) -> str:
        await self._performer.perform(run_id, number, opened_by=opened_by, execution=execution)
        return "performed"

    async def _hold(self) -> None:
        """At shutdown, stand still at the boundary until the task is cancelled."""
        if self._closing:
            await asyncio.Event().wait()

    async def _sweeping(self) -> None:
        """What a crash can leave between a row and the journal, a fault can leave too."""
        while True:
            await asyncio.sleep(self._settings.sweep_seconds)
            try:
                await patiently(self._reconcile, "The sweep")
            except SQLAlchemyError as trouble:
                log.warning("The sweep is put off, the journal doesn't answer: %s", trouble)

    async def _reconcile(self) -> None:
        """Close the gaps between the rows and the journal. Idempotent."""
        unfinished = await self._ledger.unfinished()
        # A run that stands where it stood at the last look may have missed a word.
        stood, self._seen = self._seen, {run.id: run.revision for run in unfinished}
        if not unfinished:
            return
        known = {
            status.workflow_id: status.status
            for status in await DBOS.list_workflows_async(
                workflow_ids=[run.id for run in unfinished], load_input=False, load_output=False
            )
        }
        await self._following.heal(unfinished)
        for run in unfinished:
            status = known.get(run.id)
            if status is None:
                await self._begin_again(run, still=stood.get(run.id) == run.revision)
            elif status in _OVER:
                await self._strand(run.id)
            elif status not in _ALIVE or self._abandoned(run, stood):
                log.warning("Run %s goes on: its workflow was left %s", run.id, status)
                await DBOS.resume_workflow_async(run.id)
            elif self._sweep is None or stood.get(run.id) == run.revision:
                await self._wake(run)

    def _abandoned(self, run: Run, stood: dict[str, int]) -> bool:
        """Whether nobody carries it out: at the start, recovery has yet to take it up."""
        still = stood.get(run.id) == run.revision
        return self._sweep is not None and still and run.id not in self._tasks

    async def _begin_again(self, run: Run, *, still: bool) -> None:
        """A row without a workflow: it was about to start, or the journal was lost."""
        if run.status is RunStatus.QUEUED:
            if self._sweep is None or still:  # else it may be just about to start by itself
                await self.start(run)
            return
        await self._performer.doubt(run)
        await self.start(run)

    async def _wake(self, run: Run) -> None:
        # The word after a row may be what the crash took; one too many does no harm.
        if run.question and run.question.answer:
            await self.wake_asked(run.id, run.question.id)
        if run.pauses and run.status is RunStatus.RUNNING:
            await self.wake_paused(run)
        if run.pause_requested_by:
            await self.wake_retrying(run)

    async def _strand(self, run_id: str) -> None:
        why = "Runbot met a fault of its own and could not go on; the log has the details"

        def how(run: Run) -> Change:
            return progress.abort(run, by=runbot(run.workspace), at=self._clock(), why=why)

        try:
            await patiently(lambda: self._ledger.change(run_id, how), f"Run {run_id}")
        except Refused:
            log.info("Run %s had ended already", run_id)


class _Unremarkable(logging.Filter):
    """Keeps out of the log what the library makes of an Abort: warnings and tracebacks.

    One of them prints a step's arguments, which belong in no log at all.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        if kind is not None and kind.__name__ in _ABORTED:
            return False
        said = record.getMessage()
        return "Asyncio task cancelled" not in said and "cancelled during execution" not in said


def _prepare(url: str) -> None:
    """Give a SQLite journal its write-ahead log, which makes a step 3 ms instead of 18."""
    location = make_url(url)
    if location.get_backend_name() != "sqlite" or not location.database:
        return
    path = Path(location.database)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    path.chmod(0o600)


def _quiet() -> None:
    logging.getLogger("dbos").addFilter(_Unremarkable())
