"""Runbot without a surface: real verbs, rows and engine, with tools that tests can hold up."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct
from runbot.domain.law import Choice, RunStatus
from runbot.domain.parameters import Parameter
from runbot.domain.run import Event, Run, Trigger
from runbot.domain.runbook import (
    Content,
    ManualPlan,
    OnFailure,
    Runbook,
    RunbookPlan,
    RunbookStatus,
    Step,
    ToolPlan,
    Version,
)
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.operations.directory import Everywhere
from runbot.operations.recovery import Recovery
from runbot.operations.rights import Rights
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.store import runbooks as rows
from runbot.store import runs as run_rows
from runbot.store.database import Database
from runbot.tools.contract import Repeat, Risk, ToolContext, ToolResult
from runbot.tools.toolbox import Toolbox

ANA = Actor(id="UANA", workspace="T1", name="ana")
BEN = Actor(id="UBEN", workspace="T1", name="ben")
DEADLINE = 20.0
_ids = itertools.count(1)
MANUAL = Step(instruction="Look at the dashboard", plan=ManualPlan())
MARK = Step(instruction="Leave a mark", plan=ToolPlan(tool="mark"))
HANG = Step(instruction="Hang", plan=ToolPlan(tool="hang"))
BREAK = Step(instruction="Break", plan=ToolPlan(tool="break"))


def runs_book(name: str, **given: str) -> Step:
    """A step that runs another runbook with these values."""
    return Step(
        instruction=f"Run the runbook {name}", plan=RunbookPlan(runbook=name, parameters=given)
    )


def stopping(step: Step) -> Step:
    return step.model_copy(update={"on_failure": OnFailure.STOP})


class Said(BaseModel):
    """What a mark says."""

    text: str = ""


class Mark:
    """Remembers that it was called, in which run and step, and with which words."""

    name: ClassVar[str] = "mark"
    description: ClassVar[str] = "Leave a mark"
    arguments: ClassVar[type[BaseModel]] = Said
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.SAFE

    def __init__(self) -> None:
        self.marks: list[tuple[str, int, str]] = []

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        text = arguments.text if isinstance(arguments, Said) else ""
        self.marks.append((context.runbook, context.step, text))
        return ToolResult(ok=True, summary="marked")


class Hang:
    """Never ends by itself."""

    name: ClassVar[str] = "hang"
    description: ClassVar[str] = "Hang"
    arguments: ClassVar[type[BaseModel]] = Said
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.cut_off = asyncio.Event()

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        del arguments, context
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cut_off.set()
        return ToolResult(ok=True, summary="never")


class Break:
    """Fails as long as it is broken."""

    name: ClassVar[str] = "break"
    description: ClassVar[str] = "Break"
    arguments: ClassVar[type[BaseModel]] = Said
    risk: ClassVar[Risk] = Risk.READ
    repeat: ClassVar[Repeat] = Repeat.SAFE

    def __init__(self) -> None:
        self.broken = True

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        del arguments, context
        return ToolResult(ok=not self.broken, summary="broken" if self.broken else "mended")


class Workshop:
    """The verbs, and a way to wait for what becomes of runs."""

    def __init__(self, database: Database, journal: str) -> None:
        self.database = database
        self.ledger = Ledger(database)
        self.mark, self.hang, self.breaks = Mark(), Hang(), Break()
        toolbox = Toolbox([self.mark, self.hang, self.breaks])
        self.engine = Engine(
            EngineSettings(url=journal, poll_seconds=0.02, sweep_seconds=3600),
            ledger=self.ledger,
            toolbox=toolbox,
            clock=utc_now,
        )
        self.runbooks = Runbooks(
            database=database,
            risks={"mark": "write", "hang": "write", "break": "read"},
            check=toolbox.check,
            directory=Everywhere(),
            clock=utc_now,
        )
        self.runs = Runs(
            database=database,
            ledger=self.ledger,
            engine=self.engine,
            runbooks=self.runbooks,
            directory=Everywhere(),
            clock=utc_now,
        )
        self.recovery = Recovery(
            runs=self.runs,
            database=database,
            ledger=self.ledger,
            engine=self.engine,
            toolbox=toolbox,
            rights=Rights(Everywhere()),
            clock=utc_now,
        )
        self._changed = asyncio.Event()
        self.ledger.on_change(lambda _: self._changed.set())

    async def drafts(
        self,
        name: str,
        *steps: Step,
        parameters: tuple[Parameter, ...] = (),
        conduct: Conduct | None = None,
        cleanup: tuple[Step, ...] = (),
    ) -> Runbook:
        """A runbook with these steps, as a draft."""
        content = Content(
            steps=steps, parameters=parameters, conduct=conduct or Conduct(), cleanup=cleanup
        )
        runbook = Runbook(
            id=f"rb_{next(_ids)}",
            workspace="T1",
            name=name,
            status=RunbookStatus.DRAFT,
            latest=1,
            published=None,
            created_by=ANA,
            created_at=utc_now(),
        )
        version = Version(
            runbook_id=runbook.id,
            number=1,
            content=content,
            created_by=ANA,
            created_at=utc_now(),
            agent="test",
        )
        await self.database.write(lambda s: rows.create(s, runbook, version))
        return runbook

    async def adds(self, runbook: Runbook, *steps: Step, conduct: Conduct | None = None) -> None:
        """A further version with these steps, saved and not published."""
        await self.database.write(
            lambda s: rows.add_version(
                s,
                "T1",
                runbook.id,
                Content(steps=steps, conduct=conduct or Conduct()),
                by=ANA,
                agent="test",
                at=utc_now(),
                expected_latest=None,
            )
        )

    async def publishes(
        self,
        name: str,
        *steps: Step,
        parameters: tuple[Parameter, ...] = (),
        conduct: Conduct | None = None,
        cleanup: tuple[Step, ...] = (),
    ) -> Runbook:
        """The same, published as people do."""
        runbook = await self.drafts(
            name, *steps, parameters=parameters, conduct=conduct, cleanup=cleanup
        )
        await self.runbooks.publish(ANA, name)
        return runbook

    async def starts(self, name: str, **given: str) -> Run:
        return await self.runs.start(ANA, name, given, channel="", trigger=Trigger.API)

    async def until(self, run: Run | str, wanted: Callable[[Run], bool]) -> Run:
        """The run, once it is so."""
        run_id = run if isinstance(run, str) else run.id
        last: Run | None = None
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    self._changed.clear()
                    last = await self.ledger.load(run_id)
                    if wanted(last):
                        return last
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"It never came to that: {last}") from None

    async def reaches(self, run: Run | str, status: RunStatus) -> Run:
        return await self.until(run, lambda one: one.status is status)

    async def child(self, run: Run, step: int, *, nth: int = -1) -> Run:
        """The run that a step runs, once it does."""
        parent = await self.until(
            run,
            lambda one: bool(one.step(step).attempts) and bool(one.step(step).attempts[nth].child),
        )
        return await self.ledger.load(parent.step(step).attempts[nth].child)

    async def answers(self, run: Run, choice: Choice, *, note: str = "") -> Run:
        """Answer what the run asks, once it asks."""
        asking = await self.reaches(run, RunStatus.WAITING)
        assert asking.question is not None
        return await self.runs.answer(BEN, asking.question.id, choice, note=note)

    async def timeline(self, run: Run) -> list[Event]:
        return await self.database.read(lambda s: run_rows.timeline(s, run.id))


@asynccontextmanager
async def workshop(url: str, folder: Path) -> AsyncIterator[Workshop]:
    """Open until the block ends."""
    database = Database(url)
    journal = url if url.startswith("postgresql") else f"sqlite:///{folder}/engine.db"
    made = Workshop(database, journal)
    await made.engine.launch()
    try:
        yield made
    finally:
        await made.engine.close(grace=0.2)
        await database.close()
