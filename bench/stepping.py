"""What a step costs: Runbot's against a bare step of the library that it is built on.

`python -m bench.stepping runbot|bare STEPS` measures one of them in a process of its own,
since the library is launched once per process, and prints seconds per step.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from pydantic import BaseModel

from bench.figures import Figure, milliseconds
from bench.world import DEADLINE, ROOT
from runbot.domain.access import Actor
from runbot.domain.law import RunStatus
from runbot.domain.run import Trigger
from runbot.domain.runbook import (
    Content,
    Runbook,
    RunbookStatus,
    Step,
    ToolPlan,
    Version,
)
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.operations.directory import Everywhere
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.store import runbooks as rows
from runbot.store.database import Database
from runbot.tools.contract import Repeat, Risk, ToolContext, ToolResult
from runbot.tools.toolbox import Toolbox

SHORT: Final = 10
LONG: Final = 100
RUNS: Final = 10
LOOK: Final = 0.25  # seconds; a run's own times count, so looking seldom costs nothing
_ANA: Final = Actor(id="U0ANA", workspace="T0BENCH", name="ana")


class Nothing(BaseModel):
    """No arguments."""


class Noop:
    """Does nothing, well."""

    name: ClassVar[str] = "noop"
    description: ClassVar[str] = "Do nothing"
    arguments: ClassVar[type[BaseModel]] = Nothing
    risk: ClassVar[Risk] = Risk.READ
    repeat: ClassVar[Repeat] = Repeat.SAFE

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:  # noqa: ARG002 - the contract's names
        """Succeed at once."""
        return ToolResult(ok=True, summary="nothing")


async def measure() -> list[Figure]:
    """Each in its own process, one after the other."""
    bare = await _apart("bare", SHORT)
    whole = await _apart("runbot", SHORT)
    long = await _apart("runbot", LONG)
    return [
        Figure(
            f"A no-op tool step in a run of {SHORT}",
            milliseconds(whole),
            f"SQLite, median of {RUNS} runs, everything but Slack",
        ),
        Figure(
            "… of which a bare step of DBOS",
            milliseconds(bare),
            "a workflow of as many empty steps, journaled in the same way",
        ),
        Figure(
            "… over the engine's own",
            milliseconds(whole - bare),
            "the journaled decision, two changes of the run with their timeline, the output",
        ),
        Figure(
            f"A no-op tool step in a run of {LONG}",
            milliseconds(long),
            "each change reads the whole run, so longer runs cost more a step",
        ),
    ]


async def _apart(which: str, steps: int) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.stepping",
        which,
        str(steps),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return float(out.split()[-1])


async def _bare(folder: Path, count: int) -> float:
    """Seconds per step of a workflow of empty steps, journaled as Runbot's are."""
    journal = folder / "engine.db"
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    DBOS(
        config=DBOSConfig(
            name="bench",
            system_database_url=f"sqlite:///{journal}",
            application_version="1",
            executor_id="bench",
            serializer=DBOSPortableJSONSerializer(),
            max_executor_threads=32,
            notification_listener_polling_interval_sec=0.2,
            log_level="WARNING",
            enable_otlp=False,
        )
    )

    async def empty() -> str:
        return "done"

    async def steps() -> None:
        for _ in range(count):
            await DBOS.run_step_async({"name": "empty"}, empty)

    workflow = DBOS.workflow(name="steps")(steps)
    DBOS.launch()
    seconds = []
    for _ in range(RUNS):
        began = time.monotonic()
        handle = await DBOS.start_workflow_async(workflow)
        await handle.get_result()
        seconds.append((time.monotonic() - began) / count)
    await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
    return statistics.median(seconds)


async def _runbot(folder: Path, count: int) -> float:
    """Seconds per step of a run: everything but Slack."""
    database = Database(f"sqlite:///{folder / 'runbot.db'}")
    await database.upgrade()
    await _write_runbook(database, count)
    ledger = Ledger(database)
    toolbox = Toolbox([Noop()])
    engine = Engine(
        EngineSettings(f"sqlite:///{folder / 'engine.db'}"),
        ledger=ledger,
        toolbox=toolbox,
        clock=utc_now,
    )
    runbooks = Runbooks(
        database=database,
        risks={"noop": "read"},
        check=toolbox.check,
        directory=Everywhere(),
        clock=utc_now,
    )
    runs = Runs(
        database=database,
        ledger=ledger,
        engine=engine,
        runbooks=runbooks,
        directory=Everywhere(),
        clock=utc_now,
    )
    await engine.launch()
    seconds = []
    for _ in range(RUNS):
        run = await runs.start(_ANA, "noops", {}, channel="", trigger=Trigger.API)
        async with asyncio.timeout(DEADLINE):
            while not run.ended:
                await asyncio.sleep(LOOK)
                run = await ledger.load(run.id)
        assert run.status is RunStatus.COMPLETED, run.outcome
        assert run.started_at is not None
        assert run.ended_at is not None
        seconds.append((run.ended_at - run.started_at).total_seconds() / count)
    await engine.close(grace=1)
    await database.close()
    return statistics.median(seconds)


async def _write_runbook(database: Database, count: int) -> None:
    now = datetime.now(UTC)
    runbook = Runbook(
        id="rb_noops",
        workspace=_ANA.workspace,
        name="noops",
        status=RunbookStatus.DRAFT,
        latest=1,
        published=None,
        created_by=_ANA,
        created_at=now,
    )
    step = Step(instruction="Use noop", plan=ToolPlan(tool="noop"))
    version = Version(
        runbook_id=runbook.id,
        number=1,
        content=Content(steps=(step,) * count),
        created_by=_ANA,
        created_at=now,
        agent="bench",
    )
    await database.write(lambda s: rows.create(s, runbook, version))
    await database.write(lambda s: rows.publish(s, _ANA.workspace, runbook.id, 1))


def main() -> None:
    """Measure the one that is named, in a folder of its own."""
    measured = {"bare": _bare, "runbot": _runbot}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(measured(Path(folder), int(sys.argv[2]))))


if __name__ == "__main__":
    main()
