"""Runs that follow one that has ended: stored once, with what they hold, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from runbot.domain import cleaning, continuing, progress
from runbot.domain.conduct import Conduct
from runbot.domain.errors import NotFound
from runbot.domain.law import RunStatus, StepStatus
from runbot.domain.run import AttemptStatus, Change, Part, Run, Trigger
from runbot.domain.runbook import Content, OnFailure, Step, ToolPlan
from runbot.store import locks, runbooks, runs
from runbot.store.database import Database
from store_samples import ANA, BEN, NOON, after, content, run, runbook, version

UNDO = Step(instruction="Undo it", plan=ToolPlan(tool="web_fetch"))
HELD = ("db", "prod")


async def begun(database: Database, what: Content, *held: str) -> Run:
    book = runbook()
    first = version(book, what)
    await database.write(lambda s: runbooks.create(s, book, first))
    new = run(first).model_copy(update={"locks": held})
    stored, _ = await database.write(lambda s: runs.start(s, new))
    await database.write(lambda s: locks.take(s, stored, NOON))
    return await database.write(
        lambda s: runs.change(s, stored.id, lambda r: progress.begin(r, at=after(1)))
    )


def with_cleanup(*, steps: int = 3) -> Content:
    stop = UNDO.model_copy(update={"on_failure": OnFailure.STOP})
    return content(steps).model_copy(
        update={"cleanup": (UNDO, stop), "conduct": Conduct(locks=HELD)}
    )


async def aborted(database: Database, one: Run) -> Run:
    return await database.write(
        lambda s: runs.change(s, one.id, lambda r: progress.abort(r, by=BEN, at=after(9)))
    )


async def test_the_end_of_a_run_starts_its_clean_up_with_all_that_it_held(
    database: Database,
) -> None:
    old = await aborted(database, await begun(database, with_cleanup(), *HELD))
    found = await database.read(lambda s: runs.load(s, cleaning.cleanup_id(old.id)))
    assert (found.part, found.continues, found.status) == (
        Part.CLEANUP,
        old.id,
        RunStatus.QUEUED,
    )
    assert (found.number, found.trigger, found.started_by) == (2, Trigger.CLEANUP, ANA)
    assert [s.on_failure for s in found.content.steps] == [OnFailure.CONTINUE, OnFailure.STOP]
    assert found.values == old.values
    held = await database.read(lambda s: locks.listing(s, ANA.workspace))
    assert {(one.name, one.holder.number if one.holder else 0) for one in held} == {
        ("db", 2),
        ("prod", 2),
    }
    assert await database.write(lambda s: locks.take(s, found, after(10))) == []
    await database.write(lambda s: runs.drawn(s, old.id, old.revision))
    assert await database.read(runs.undrawn) == [old.id, found.id]
    await aborted(database, found)
    assert await database.read(lambda s: locks.listing(s, ANA.workspace)) == []
    [line] = await database.read(lambda s: runs.followers(s, old.id))
    assert (line.number, line.part, line.status, line.steps) == (
        2,
        Part.CLEANUP,
        RunStatus.CANCELLED,
        2,
    )
    assert await database.read(runs.unfinished) == []


async def test_no_clean_up_follows_one_that_never_began_or_came_to_its_end(
    database: Database,
) -> None:
    one = await begun(database, with_cleanup(steps=1))
    step = await database.write(
        lambda s: runs.change(
            s,
            one.id,
            lambda r: progress.open_attempt(
                r, 1, nonce="n", executor="web_fetch", arguments={}, at=after(2)
            ),
        )
    )
    done = await database.write(
        lambda s: runs.change(
            s, step.id, lambda r: progress.succeed(r, 1, summary="ok", at=after(3))
        )
    )
    await database.write(
        lambda s: runs.change(s, done.id, lambda r: progress.complete(r, at=after(4)))
    )
    with pytest.raises(NotFound):
        await database.read(lambda s: runs.load(s, cleaning.cleanup_id(one.id)))
    queued = one.model_copy(
        update={"id": "run_2", "status": RunStatus.QUEUED, "started_at": None, "revision": 0}
    )
    await database.write(lambda s: runs.start(s, queued))
    await aborted(database, queued)
    with pytest.raises(NotFound):
        await database.read(lambda s: runs.load(s, cleaning.cleanup_id("run_2")))


async def test_a_continuation_keeps_what_was_done_and_the_call_that_is_in_doubt(
    database: Database,
) -> None:
    one = await begun(database, content(3))

    def cut(r: Run) -> Change:
        r = progress.open_attempt(
            r, 1, nonce="n", executor="web_fetch", arguments={"url": "x"}, at=after(2)
        ).run
        return progress.abort(r, by=BEN, at=after(3))

    old = await database.write(lambda s: runs.change(s, one.id, cut))
    new = continuing.continuation(
        old,
        id_=continuing.continuation_id(old),
        by=BEN,
        trigger=Trigger.BUTTON,
        at=after(4),
        safe=lambda _: False,
    )
    starts = await asyncio.gather(
        *(database.write(lambda s: runs.start(s, new)) for _ in range(10))
    )
    assert sum(fresh for _, fresh in starts) == 1
    assert {stored.number for stored, _ in starts} == {2}
    found = await database.read(lambda s: runs.load(s, new.id))
    assert found == starts[0][0]
    assert found.step(1).status is StepStatus.RUNNING
    assert found.step(1).attempts[0].status is AttemptStatus.UNKNOWN
    assert found.step(1).attempts[0].arguments == {"url": "x"}
    before = await database.read(lambda s: runs.followed(s, old.id))
    assert before is not None
    assert (before.number, before.place) == (1, None)
