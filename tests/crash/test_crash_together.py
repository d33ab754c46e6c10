"""Runs that belong together, and runs that wait for each other, when the process is killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from runbot.store.database import Database
from runbot.store.tables import LOCK, RUN

from .test_crash import DEADLINE, DIED, Victim


@pytest.fixture
async def victim(database_url: str, tmp_path: Path) -> AsyncIterator[Victim]:
    one = Victim(database_url, tmp_path)
    yield one
    if one.process is not None and one.process.returncode is None:
        await one.killed()


async def stands(victim: Victim) -> tuple[dict[str, list[str]], list[int]]:
    """How the runs of each runbook stand, and which runs, by number, hold the lock."""
    database = Database(victim.url)
    try:
        runs = await database.read(lambda s: s.execute(select(RUN).order_by(RUN.c.number)).all())
        locks = await database.read(lambda s: s.execute(select(LOCK)).all())
    finally:
        await database.close()
    found: dict[str, list[str]] = {}
    for run in runs:
        found.setdefault(run.name, []).append(run.status)
    numbers = {run.id: run.number for run in runs}
    return found, [numbers[lock.run_id] for lock in locks]


async def come_to(victim: Victim, wanted: dict[str, list[str]]) -> list[int]:
    """Wait until the runs stand like this; which of them hold the lock then."""
    last: Any = None
    try:
        async with asyncio.timeout(DEADLINE):
            while True:
                last = await stands(victim)
                if last[0] == wanted:
                    holders: list[int] = last[1]
                    return holders
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"never {wanted}, but {last}") from None


# Where it dies: at the moment when the run of this name has come to this.
@pytest.mark.parametrize("dies", ["queued:below", "running:below", "completed:below"])
async def test_killed_around_the_run_below_it_is_done_once_and_the_parent_goes_on(
    victim: Victim, dies: str
) -> None:
    victim.steps = "mark,below=mark+mark,mark"
    await victim.lives(dies=dies)
    await victim.told("start")
    assert await victim.dead() == DIED
    await victim.lives()
    await come_to(victim, {"victim": ["completed"], "below": ["completed"]})
    # The steps of the one below are 1 and 2.
    assert victim.effects == [1, 1, 2, 3]
    await victim.quits()


async def test_killed_between_the_pause_below_and_the_pause_above_both_are_paused(
    victim: Victim,
) -> None:
    victim.steps = "below=manual+mark,mark"
    await victim.lives(dies="paused:below")
    await victim.told("start")
    await victim.asks("manual")
    await victim.told("pause")
    await victim.says(lambda said: said.get("name") == "below" and bool(said.get("pausing")))
    await victim.told("answer done")
    assert await victim.dead() == DIED
    await victim.lives()
    await come_to(victim, {"victim": ["paused"], "below": ["paused"]})
    await victim.told("resume")
    await come_to(victim, {"victim": ["completed"], "below": ["completed"]})
    assert victim.effects == [2, 2]
    await victim.quits()


async def test_killed_right_after_an_abort_nothing_of_it_goes_on(victim: Victim) -> None:
    victim.steps = "below=mark+hang,mark"
    await victim.lives(dies="cancelled:victim")
    await victim.told("start")
    await victim.says(lambda said: bool(said.get("hanging")))
    await victim.told("abort")
    assert await victim.dead() == DIED
    await victim.lives()
    await come_to(victim, {"victim": ["cancelled"], "below": ["cancelled"]})
    await victim.quits()
    assert victim.effects == [1]


@pytest.mark.parametrize("dies", ["completed:victim", "failed:victim", "cancelled:victim"])
async def test_killed_between_an_end_and_the_next_ones_turn_the_next_one_begins(
    victim: Victim, dies: str
) -> None:
    """The lock was freed with the end; whoever waited for it takes it once, and alone."""
    status = dies.partition(":")[0]
    victim.steps = f"lock=prod-db,manual,{'broken!' if status == 'failed' else 'mark'}"
    await victim.lives(dies=dies)
    await victim.told("start")
    await victim.asks("manual")
    await victim.told("start two")
    await victim.told("start three")
    await victim.says(lambda said: said.get("number") == 3)
    await victim.told("abort" if status == "cancelled" else "answer done")
    assert await victim.dead() == DIED
    await victim.lives()
    holders = await come_to(victim, {"victim": [status, "waiting", "queued"]})
    assert holders == [2]
    await victim.killed()
    await victim.lives()
    holders = await come_to(victim, {"victim": [status, "waiting", "queued"]})
    assert holders == [2]
    await victim.quits()


async def test_killed_with_a_lock_held_it_is_held_by_the_same_run_and_by_no_other(
    victim: Victim,
) -> None:
    victim.steps = "lock=prod-db,below=manual+mark,mark"
    await victim.lives(dies="running:victim")
    await victim.told("start")
    assert await victim.dead() == DIED
    await victim.lives()
    await victim.asks("manual")
    await victim.told("start two")
    await victim.says(lambda said: said.get("number") == 3)
    await victim.killed()
    await victim.lives()
    assert await come_to(victim, {"victim": ["running", "queued"], "below": ["waiting"]}) == [1]
    await victim.told("answer done")
    holders = await come_to(
        victim, {"victim": ["completed", "running"], "below": ["completed", "waiting"]}
    )
    assert holders == [3]
    await victim.quits()
