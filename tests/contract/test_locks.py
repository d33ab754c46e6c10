"""One at a time: queues, refusals and named locks, with a real engine on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from runbot.domain import progress
from runbot.domain.cleaning import cleanup_id
from runbot.domain.conduct import Conduct, Overlap
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, RunStatus
from runbot.domain.run import Change, EventKind, Run
from runbot.store import locks
from runbot.store.tables import LOCK
from workshop import ANA, BREAK, MANUAL, MARK, Workshop, runs_book, stopping, workshop

PROD = Conduct(locks=("prod-db",))


@pytest_asyncio.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(database_url, tmp_path) as opened:
        yield opened


async def held(shop: Workshop) -> dict[str, str]:
    """Which run holds which lock."""
    rows = await shop.database.read(lambda s: s.execute(select(LOCK)).all())
    return {row.name: row.run_id for row in rows}


async def queued(shop: Workshop, run: Run) -> Run:
    """The run, once it has been looked at and has to wait."""
    return await shop.until(run, lambda one: one.revision == 1 and one.status is RunStatus.QUEUED)


async def test_two_runbooks_with_one_lock_run_one_after_the_other(shop: Workshop) -> None:
    await shop.publishes("one", MANUAL, conduct=PROD)
    await shop.publishes("two", MARK, conduct=PROD)
    first = await shop.starts("one")
    await shop.reaches(first, RunStatus.WAITING)
    second = await queued(shop, await shop.starts("two"))
    assert await held(shop) == {"prod-db": first.id}
    told = await shop.timeline(second)
    assert [(event.kind, event.detail) for event in told] == [
        (EventKind.QUEUED, f"run {first.number}, which holds prod-db")
    ]
    await shop.answers(first, Choice.DONE)
    await shop.reaches(second, RunStatus.COMPLETED)
    assert await held(shop) == {}


async def test_the_queue_is_fair_and_nobody_is_overtaken(shop: Workshop) -> None:
    """The second needs more than the third, and the third doesn't go past it."""
    await shop.publishes("small", MANUAL, conduct=PROD)
    await shop.publishes("big", MANUAL, conduct=Conduct(locks=("prod-db", "cache")))
    await shop.publishes("cache", MANUAL, conduct=Conduct(locks=("cache",)))
    first = await shop.starts("small")
    await shop.reaches(first, RunStatus.WAITING)
    second = await queued(shop, await shop.starts("big"))
    third = await queued(shop, await shop.starts("cache"))
    before = await shop.database.read(lambda s: locks.behind(s, third))
    assert [(one.number, one.since, one.lock) for one in before] == [(second.number, None, "cache")]
    await shop.answers(first, Choice.DONE)
    await shop.reaches(second, RunStatus.WAITING)
    assert (await shop.ledger.load(third.id)).status is RunStatus.QUEUED
    await shop.answers(second, Choice.DONE)
    await shop.reaches(third, RunStatus.WAITING)
    assert await held(shop) == {"cache": third.id}


@pytest.mark.parametrize("how", ["abort", "fail", "time"])
async def test_locks_are_free_whichever_way_a_run_ends(shop: Workshop, how: str) -> None:
    step = {"abort": MANUAL, "fail": stopping(BREAK), "time": MANUAL}[how]
    await shop.publishes("one", step, conduct=PROD)
    await shop.publishes("two", MARK, conduct=PROD)
    first = await shop.starts("one")
    second = await shop.starts("two")
    if how == "abort":
        await shop.reaches(first, RunStatus.WAITING)
        await shop.runs.abort(ANA, first.id)
    if how == "time":
        await shop.reaches(first, RunStatus.WAITING)

        def over(run: Run) -> Change:
            return progress.time_out(run, most="1 second", at=run.created_at)

        await shop.ledger.change(first.id, over)
    await shop.reaches(second, RunStatus.COMPLETED)
    assert await held(shop) == {}


async def test_a_queued_run_can_leave_and_the_next_one_moves_up(shop: Workshop) -> None:
    await shop.publishes("one", MANUAL, conduct=PROD)
    first = await shop.starts("one")
    await shop.reaches(first, RunStatus.WAITING)
    second = await queued(shop, await shop.starts("one"))
    third = await queued(shop, await shop.starts("one"))
    left = await shop.runs.abort(ANA, second.id)
    assert left.outcome == "aborted by <@UANA> before it began"
    await shop.answers(first, Choice.DONE)
    await shop.reaches(third, RunStatus.WAITING)
    assert await held(shop) == {"prod-db": third.id}


async def test_one_at_a_time_queues_or_refuses(shop: Workshop) -> None:
    await shop.publishes("queues", MANUAL, conduct=Conduct(overlap=Overlap.QUEUE))
    await shop.publishes("refuses", MANUAL, conduct=Conduct(overlap=Overlap.REFUSE))
    first = await shop.starts("queues")
    await shop.reaches(first, RunStatus.WAITING)
    second = await queued(shop, await shop.starts("queues"))
    only = await shop.starts("refuses")
    # At once: the first may not even have begun.
    with pytest.raises(Refused, match=f"refuses is going on already, in run {only.number}"):
        await shop.starts("refuses")
    await shop.answers(only, Choice.DONE)
    await shop.reaches(only, RunStatus.COMPLETED)
    again = await shop.starts("refuses")
    await shop.answers(first, Choice.DONE)
    await shop.reaches(second, RunStatus.WAITING)
    await shop.reaches(again, RunStatus.WAITING)


async def test_one_at_a_time_is_not_got_around_through_another_runbook(shop: Workshop) -> None:
    await shop.publishes("refuses", MANUAL, conduct=Conduct(overlap=Overlap.REFUSE))
    await shop.publishes("queues", MANUAL, conduct=Conduct(overlap=Overlap.QUEUE))
    await shop.publishes("between", runs_book("refuses"))
    await shop.publishes("above", MANUAL, runs_book("between"), runs_book("queues"))
    run = await shop.starts("above")
    await shop.reaches(run, RunStatus.WAITING)
    # It holds what it will need, from before its first step.
    with pytest.raises(Refused, match=f"in run {run.number}"):
        await shop.starts("refuses")
    with pytest.raises(Refused, match=f"in run {run.number}"):
        await shop.starts("between")
    later = await queued(shop, await shop.starts("queues"))
    await shop.runs.abort(ANA, run.id)
    await shop.reaches(later, RunStatus.WAITING)
    assert len(await held(shop)) == 1


async def test_of_many_at_once_one_goes_on_at_a_time(shop: Workshop) -> None:
    await shop.publishes("one", MARK, MARK, conduct=PROD)
    started = await asyncio.gather(*(shop.starts("one") for _ in range(8)))
    for run in started:
        await shop.reaches(run, RunStatus.COMPLETED)
    ended = [await shop.ledger.load(run.id) for run in started]
    ended.sort(key=lambda run: run.number)
    for before, after in pairwise(ended):
        assert before.ended_at is not None
        assert after.started_at is not None
        assert before.ended_at <= after.started_at
    assert await held(shop) == {}


async def test_a_clean_up_takes_over_what_the_ended_run_held(shop: Workshop) -> None:
    """Between the end and the clean-up nobody else gets in, and after it the next one does."""
    await shop.publishes("one", MANUAL, conduct=PROD, cleanup=(MANUAL,))
    await shop.publishes("two", MARK, conduct=PROD)
    run = await shop.starts("one")
    await shop.reaches(run, RunStatus.WAITING)
    next_one = await queued(shop, await shop.starts("two"))
    await shop.runs.abort(ANA, run.id)
    cleanup = cleanup_id(run.id)
    assert await held(shop) == {"prod-db": cleanup}
    await shop.reaches(cleanup, RunStatus.WAITING)
    assert (await shop.ledger.load(next_one.id)).status is RunStatus.QUEUED
    await shop.answers(await shop.ledger.load(cleanup), Choice.DONE)
    await shop.reaches(next_one, RunStatus.COMPLETED)
    assert await held(shop) == {}


async def test_who_holds_what_and_who_waits_is_listed(shop: Workshop) -> None:
    await shop.publishes("one", MANUAL, conduct=PROD)
    await shop.publishes("two", MANUAL, conduct=Conduct(overlap=Overlap.QUEUE))
    first = await shop.starts("one")
    await shop.reaches(first, RunStatus.WAITING)
    second = await queued(shop, await shop.starts("one"))
    other = await shop.starts("two")
    await shop.reaches(other, RunStatus.WAITING)
    listed = await shop.database.read(lambda s: locks.listing(s, "T1"))
    assert [
        (
            lock.name,
            lock.of_runbook,
            lock.holder.number if lock.holder else None,
            [line.number for line in lock.waiting],
        )
        for lock in listed
    ] == [
        ("prod-db", False, first.number, [second.number]),
        ("two", True, other.number, []),
    ]
    assert all(lock.since for lock in listed)
    assert await shop.database.read(lambda s: locks.listing(s, "T2")) == []
