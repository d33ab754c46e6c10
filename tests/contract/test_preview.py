"""A run shown beforehand: everything resolved, and nothing opened, sent or stored."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from runbot.domain.conduct import Approval, Conduct
from runbot.domain.errors import Refused
from runbot.domain.law import RunStatus
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import ManualPlan, Step, ToolPlan
from runbot.operations.foresight import RunPreview
from runbot.store import runbooks
from runbot.store.tables import METADATA
from store_statements import statements
from workshop import ANA, HANG, MARK, Workshop, runs_book, workshop

_opened: list[str] = []
_watching = False


def _hook(event: str, _: object) -> None:
    if _watching and event in {"socket.connect", "socket.bind", "subprocess.Popen"}:
        _opened.append(event)


sys.addaudithook(_hook)  # there is no way to take it back, so that it is told when to listen


@contextmanager
def opened() -> Iterator[list[str]]:
    """What connections and processes are opened meanwhile, by this process."""
    global _watching  # noqa: PLW0603 - an audit hook belongs to the process
    _opened.clear()
    _watching = True
    try:
        yield _opened
    finally:
        _watching = False


@pytest_asyncio.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(database_url, tmp_path) as made:
        yield made


async def rows(shop: Workshop) -> Mapping[str, int]:
    """How many rows each table has."""
    return await shop.database.read(
        lambda s: {
            table.name: s.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }
    )


async def _published(shop: Workshop) -> None:
    says = Step(
        instruction="Say {{word}}",
        plan=ToolPlan(tool="mark", arguments={"text": "{{word}} in run {{run.number}}"}),
    )
    await shop.publishes("below", says, parameters=(Parameter(name="word"),))
    above = await shop.drafts(
        "above",
        Step(
            instruction="Mark {{env}}",
            plan=ToolPlan(tool="mark", arguments={"text": "{{env}}: {{run.id}}"}),
            approval=Approval(who=("U2",)),
        ),
        runs_book("below", word="{{env}}"),
        Step(instruction="Look", plan=ManualPlan(assignee="U2", due=60)),
        parameters=(Parameter(name="env", type=ParameterType.CHOICE, choices=("a", "b")),),
        conduct=Conduct(locks=("prod-db",)),
        cleanup=(MARK,),
    )
    # In the store: of nobody, as a workshop has them, nobody could approve the first step.
    await shop.database.write(lambda s: runbooks.publish(s, "T1", above.id, 1))


async def previewed(shop: Workshop, name: str, **given: str) -> RunPreview:
    return await shop.runs.preview_run(ANA, name, given)


async def test_every_argument_is_resolved_and_what_only_a_run_knows_is_shown_as_such(
    shop: Workshop,
) -> None:
    await _published(shop)

    preview = await previewed(shop, "above", env="a")

    mark, below, look = preview.steps
    assert (mark.executor, dict(mark.arguments)) == ("mark", {"text": "a: {{run.id}}"})
    assert (mark.instruction, mark.risk, mark.why) == (
        "Mark a",
        "write",
        "the runbook asks for it",
    )
    assert mark.approval == Approval(who=("U2",))
    assert (below.executor, dict(below.arguments)) == ("below v1", {"word": "a"})
    (inner,) = below.below
    assert dict(inner.arguments) == {"text": "a in run {{run.number}}"}
    assert (look.executor, look.risk) == ("person", "person")
    assert [step.executor for step in preview.cleanup] == ["mark"]
    assert [(lock.name, lock.holder) for lock in preview.locks] == [("prod-db", None)]
    assert (preview.problems, preview.refused) == ((), "")


async def test_nothing_is_opened_sent_or_stored(shop: Workshop, database_url: str) -> None:
    await _published(shop)
    before = await rows(shop)

    with statements() as sent, opened() as connections:
        await previewed(shop, "above", env="a")

    assert sent
    # An engine's own sign of life may fall into it, whatever else goes on.
    own = [words for words in sent if "dbos" not in words and "UPDATE engine" not in words]
    assert {words.lstrip().split()[0] for words in own} == {"SELECT"}, own
    assert await rows(shop) == before
    assert shop.mark.marks == []
    if database_url.startswith("sqlite"):  # the other database is reached over a socket itself
        assert connections == []


async def test_what_is_wrong_with_values_is_told_and_the_rest_is_shown(shop: Workshop) -> None:
    await _published(shop)

    preview = await previewed(shop, "above", env="c", more="x")

    assert {problem.field for problem in preview.problems} == {"env", "more"}
    assert dict(preview.steps[0].arguments) == {"text": "{{env}}: {{run.id}}"}


async def test_who_holds_a_lock_is_told(shop: Workshop) -> None:
    await _published(shop)
    await shop.publishes("holder", HANG, conduct=Conduct(locks=("prod-db",)))
    run = await shop.reaches(await shop.starts("holder"), RunStatus.RUNNING)

    (lock,) = (await previewed(shop, "above", env="a")).locks

    assert lock.holder is not None
    assert lock.holder.number == run.number


async def test_why_it_could_not_be_started_is_told(shop: Workshop) -> None:
    await shop.publishes("below", MARK)
    await shop.publishes("above", runs_book("below"), conduct=Conduct(channels=("C2",)))
    elsewhere = await shop.runs.preview_run(ANA, "above", {}, channel="C1")
    assert "<#C2> only" in elsewhere.refused
    await shop.runbooks.archive(ANA, "below")

    preview = await previewed(shop, "above")

    assert "which is archived" in preview.refused
    assert [step.executor for step in preview.steps] == ["below"]


async def test_a_draft_has_no_run_to_show(shop: Workshop) -> None:
    await shop.drafts("draft", MARK)

    with pytest.raises(Refused, match="is a draft"):
        await previewed(shop, "draft")
