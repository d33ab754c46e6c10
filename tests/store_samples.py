"""Runbooks and runs to store: small, whole and valid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runbot.domain.access import Actor
from runbot.domain.law import QuestionKind
from runbot.domain.run import Question, Run, RunStep, Trigger
from runbot.domain.runbook import (
    Content,
    ManualPlan,
    Runbook,
    RunbookStatus,
    Step,
    ToolPlan,
    Version,
)
from runbot.store import runbooks, runs
from runbot.store.database import Database

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ANA = Actor(id="UANA", workspace="T1", name="ana")
BEN = Actor(id="UBEN", workspace="T1", name="ben")
CLEO = Actor(id="UCLEO", workspace="T2", name="cleo")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def content(steps: int = 3, description: str = "What to do when the API hangs.") -> Content:
    tool = ToolPlan(tool="web_fetch", arguments={"url": "https://example.com", "method": "GET"})
    return Content(
        description=description,
        steps=tuple(
            Step(instruction=f"Do thing {n}.", plan=tool if n % 2 else ManualPlan(why="by hand"))
            for n in range(1, steps + 1)
        ),
    )


def runbook(name: str = "restart-api", *, by: Actor = ANA) -> Runbook:
    return Runbook(
        id=f"rb_{by.workspace}_{name}",
        workspace=by.workspace,
        name=name,
        status=RunbookStatus.DRAFT,
        latest=1,
        published=None,
        created_by=by,
        created_at=NOON,
        channel="C1",
    )


def version(of: Runbook, what: Content | None = None) -> Version:
    return Version(
        runbook_id=of.id,
        number=1,
        content=what or content(),
        created_by=of.created_by,
        created_at=NOON,
        agent="rules",
    )


def run(of: Version, run_id: str = "run_1", *, by: Actor = ANA, name: str = "restart-api") -> Run:
    return Run(
        id=run_id,
        number=0,
        workspace=by.workspace,
        runbook_id=of.runbook_id,
        name=name,
        version=of.number,
        content=of.content,
        values={"zone": "eu", "base_url": "https://example.com"},
        channel="C1",
        trigger=Trigger.CHAT,
        started_by=by,
        agent="rules",
        steps=tuple(RunStep(number=n) for n in range(1, len(of.content.steps) + 1)),
        created_at=NOON,
    )


def question(
    step: int = 1, *, kind: QuestionKind = QuestionKind.MANUAL, of: str = "run_1"
) -> Question:
    return Question(
        id=f"{of}:{step}",
        step=step,
        attempt=1,
        kind=kind,
        text="Is it done?",
        asked_at=NOON,
        expires_at=after(3600),
    )


async def stored_version(
    database: Database,
    name: str = "restart-api",
    *,
    by: Actor = ANA,
    what: Content | None = None,
) -> Version:
    book = runbook(name, by=by)
    first = version(book, what)
    await database.write(lambda s: runbooks.create(s, book, first))
    return first


async def stored_run(
    database: Database, run_id: str = "run_1", *, by: Actor = ANA, steps: int = 3
) -> Run:
    first = await stored_version(database, by=by, what=content(steps))
    stored, _ = await database.write(lambda s: runs.start(s, run(first, run_id, by=by)))
    return stored
