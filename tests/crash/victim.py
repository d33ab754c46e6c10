"""A process that carries out one run, and dies where it is told to.

Commands come in as lines on standard input; each change of the run goes out as a line
of JSON. The effects of its steps are lines in a file, so that they can be counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct
from runbot.domain.law import Choice
from runbot.domain.run import Run, Trigger
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
from runbot.domain.timing import retry_at
from runbot.engine.alone import alone
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.operations.directory import Everywhere
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.store import runbooks as rows
from runbot.store.database import Database
from runbot.tools.contract import Repeat, Risk, ToolContext, ToolResult
from runbot.tools.toolbox import Toolbox
from runbot.tools.wait import Wait

DIED = 9
ANA = Actor(id="U0ANA", workspace="T0TEST", name="ana")


class Nothing(BaseModel):
    """No arguments."""


class Mark:
    """Leaves one line in the effects file, and dies before or after it where that is asked."""

    name: ClassVar[str] = "mark"
    description: ClassVar[str] = "Leave a line in a file"
    arguments: ClassVar[type[BaseModel]] = Nothing
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def __init__(self, effects: Path, dies: str) -> None:
        self._effects = effects
        self._dies = dies

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        del arguments
        if self._dies == f"before-effect:{context.step}":
            os._exit(DIED)
        with self._effects.open("a") as file:
            file.write(f"{context.step}\n")
            file.flush()
            os.fsync(file.fileno())
        if self._dies == f"after-effect:{context.step}":
            os._exit(DIED)
        return ToolResult(ok=True, summary="marked")


class SafeMark(Mark):
    """The same, but may be repeated without asking."""

    name: ClassVar[str] = "safe_mark"
    repeat: ClassVar[Repeat] = Repeat.SAFE


class Flaky(Mark):
    """The same, and fails the first time that a step calls it."""

    name: ClassVar[str] = "flaky"

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        result = await super().run(arguments, context)
        first = self._effects.read_text().split().count(str(context.step)) == 1
        return ToolResult(ok=False, summary="not yet") if first else result


class Broken:
    """Always fails, and does nothing."""

    name: ClassVar[str] = "broken"
    description: ClassVar[str] = "Fail"
    arguments: ClassVar[type[BaseModel]] = Nothing
    risk: ClassVar[Risk] = Risk.READ
    repeat: ClassVar[Repeat] = Repeat.SAFE

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        del arguments, context
        return ToolResult(ok=False, summary="broken")


class Hang:
    """Never ends by itself; says when it began and when it was cut off."""

    name: ClassVar[str] = "hang"
    description: ClassVar[str] = "Hang"
    arguments: ClassVar[type[BaseModel]] = Nothing
    risk: ClassVar[Risk] = Risk.READ
    repeat: ClassVar[Repeat] = Repeat.SAFE

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        del arguments, context
        say(hanging=True)
        try:
            await asyncio.Event().wait()
        finally:
            say(cut_off=True)
        return ToolResult(ok=True, summary="never")


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def step(word: str) -> Step:
    if word == "manual":
        return Step(instruction="Look at the dashboard", plan=ManualPlan())
    if word.startswith("below="):
        return Step(instruction="Run the runbook below", plan=RunbookPlan(runbook="below"))
    if word.startswith("wait="):
        return Step(
            instruction="Wait a moment",
            plan=ToolPlan(tool="wait", arguments={"duration": word.removeprefix("wait=")}),
        )
    return Step(
        instruction=f"Use {word}",
        plan=ToolPlan(tool=word.removesuffix("!")),
        retries=1 if word == "flaky" else 0,
        backoff=2,
        on_failure=OnFailure.STOP if word == "broken!" else OnFailure.ASK,
    )


def content_of(words: list[str]) -> Content:
    """The steps, and after a word "cleanup" those of the clean-up."""
    end = words.index("cleanup") if "cleanup" in words else len(words)
    return Content(
        steps=tuple(step(word) for word in words[:end]),
        cleanup=tuple(step(word) for word in words[end + 1 :]),
    )


async def install(database: Database, words: list[str]) -> None:
    """The runbook of these steps; `below=mark+manual` is one that runs another, of those steps.

    `lock=name` is no step, but a lock that it needs.
    """
    steps = [word for word in words if not word.startswith("lock=")]
    locks = tuple(word.removeprefix("lock=") for word in words if word.startswith("lock="))
    for word in steps:
        if word.startswith("below="):
            parts = word.removeprefix("below=").split("+")
            await publish(database, "below", Content(steps=tuple(map(step, parts))))
    content = content_of(steps).model_copy(update={"conduct": Conduct(locks=locks)})
    await publish(database, "victim", content)


async def publish(database: Database, name: str, content: Content) -> None:
    now = datetime.now(UTC)
    runbook = Runbook(
        id=f"rb_{name}",
        workspace=ANA.workspace,
        name=name,
        status=RunbookStatus.DRAFT,
        latest=1,
        published=None,
        created_by=ANA,
        created_at=now,
    )
    version = Version(
        runbook_id=runbook.id,
        number=1,
        content=content,
        created_by=ANA,
        created_at=now,
        agent="test",
    )
    await database.write(lambda s: rows.create(s, runbook, version))
    await database.write(lambda s: rows.publish(s, ANA.workspace, runbook.id, 1))


async def obey(line: str, runs: Runs, ledger: Ledger, run_id: str) -> str:
    word, _, rest = line.partition(" ")
    match word:
        case "start":
            key = rest or "the one"
            run = await runs.start(ANA, "victim", {}, channel="", trigger=Trigger.API, key=key)
            run_id = run_id if rest else run.id
        case "pause":
            await runs.pause(ANA, run_id)
        case "resume":
            await runs.resume(ANA, run_id)
        case "abort":
            await runs.abort(ANA, run_id)
        case "answer":
            every = [run.question for run in await ledger.unfinished()]
            question = next(one for one in every if one is not None and one.answer is None)
            await runs.answer(ANA, question.id, Choice(rest), note="because")
    return run_id


def mortal(dies: str) -> Callable[[Run, bool], None]:
    """Dies where a run comes to this: `completed:below`; `ended` where it owes a clean-up."""

    def followed(run: Run, _: bool) -> None:  # noqa: FBT001 - the protocol of followers
        # Right after the commit: nobody has been told of it yet.
        if dies == f"{run.status.value}:{run.name}" or (dies == "ended" and run.owes_cleanup):
            os._exit(DIED)

    return followed


async def live(url: str, folder: Path, words: list[str], dies: str) -> None:
    async with alone(url, lost=lambda: os._exit(1)):
        await carry_out(url, folder, words, dies)


async def carry_out(url: str, folder: Path, words: list[str], dies: str) -> None:
    database = Database(url)
    fresh = not (folder / "installed").exists()
    await database.upgrade()
    if fresh:
        await install(database, words)
        (folder / "installed").touch()
    ledger = Ledger(database)
    effects = folder / "effects"
    more = (Flaky(effects, dies), Broken())
    toolbox = Toolbox([Mark(effects, dies), SafeMark(effects, dies), Hang(), Wait(), *more])
    journal = url if url.startswith("postgresql") else f"sqlite:///{folder}/engine.db"
    engine = Engine(
        EngineSettings(url=journal, poll_seconds=0.02, sweep_seconds=0.5),
        ledger=ledger,
        toolbox=toolbox,
        clock=utc_now,
    )
    loop = asyncio.get_running_loop()
    telling: set[asyncio.Task[None]] = set()

    async def tell(run_id: str) -> None:
        run = await ledger.load(run_id)
        if dies.startswith("after-row:"):
            number = int(dies.partition(":")[2])
            if run.step(number).status.value == "complete":
                os._exit(DIED)
        say(
            name=run.name,
            number=run.number,
            child=bool(run.parent),
            status=run.status.value,
            steps=[s.status.value for s in run.steps],
            attempts=[len(s.attempts) for s in run.steps],
            deadlines=[said(s.attempts[-1].deadline if s.attempts else None) for s in run.steps],
            ended=[said(s.ended_at) for s in run.steps],
            pausing=bool(run.pause_requested_by),
            part=run.part.value,
            retrying=bool(run.current and retry_at(run, run.current.number)),
            question=run.question.kind.value if run.question and not run.question.answer else None,
            revision=run.revision,
        )

    def changed(run_id: str) -> None:
        task = loop.create_task(tell(run_id))
        telling.add(task)
        task.add_done_callback(telling.discard)

    ledger.on_change(changed)
    ledger.follow(mortal(dies))
    runbooks = Runbooks(
        database=database,
        risks={"mark": "write"},
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
    unfinished = await ledger.unfinished()
    run_id = unfinished[0].id if unfinished else ""
    say(ready=True)
    for run in unfinished:
        changed(run.id)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().strip():
        if line == "quit":
            break
        run_id = await obey(line, runs, ledger, run_id)
        say(obeyed=line)
    await engine.close(grace=0.2)
    await asyncio.gather(*telling, return_exceptions=True)
    await database.close()
    say(closed=True)


def main() -> None:
    url, folder, words, dies = sys.argv[1:5]
    asyncio.run(live(url, Path(folder), words.split(","), dies))


if __name__ == "__main__":
    main()
