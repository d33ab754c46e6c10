"""What holds when the process is killed at each named point, on both databases."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

moment = datetime.fromisoformat
VICTIM = Path(__file__).with_name("victim.py")
DIED = 9
DEADLINE = 60.0


class Victim:
    """One life after the other of a process on the same data."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.steps = "mark,mark,mark"
        self.process: asyncio.subprocess.Process | None = None
        self.last: dict[str, Any] = {}

    async def lives(self, *, dies: str = "-") -> None:
        """Start it anew and wait until it is ready (or dead, where it dies on the way)."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(VICTIM),
            self.url,
            str(self.folder),
            self.steps,
            dies,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self.says(lambda said: bool(said.get("ready")), or_dies=True)

    async def told(self, command: str) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())
        await self.process.stdin.drain()

    async def says(
        self, wanted: Callable[[dict[str, Any]], bool], *, or_dies: bool = False
    ) -> dict[str, Any]:
        """Read its lines until one is wanted."""
        assert self.process is not None
        assert self.process.stdout is not None
        end = time.monotonic() + DEADLINE
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), end - time.monotonic())
            if not line:
                assert or_dies, f"it died; last: {self.last}"
                return {}
            said: dict[str, Any] = json.loads(line)
            if "status" in said:
                self.last = said
            if wanted(said):
                return said

    async def reaches(self, status: str) -> dict[str, Any]:
        return await self.says(lambda said: said.get("status") == status)

    async def asks(self, kind: str) -> dict[str, Any]:
        return await self.says(lambda said: said.get("question") == kind)

    async def dead(self) -> int:
        assert self.process is not None
        code = await asyncio.wait_for(self.process.wait(), DEADLINE)
        await self._close()
        return code

    async def killed(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.dead()

    async def quits(self) -> None:
        await self.told("quit")
        assert await self.dead() == 0

    async def _close(self) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()

    @property
    def effects(self) -> list[int]:
        file = self.folder / "effects"
        return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture
async def victim(database_url: str, tmp_path: Path) -> AsyncIterator[Victim]:
    one = Victim(database_url, tmp_path)
    yield one
    if one.process is not None and one.process.returncode is None:
        await one.killed()


async def test_killed_after_intent_and_before_the_effect_people_are_asked(victim: Victim) -> None:
    await victim.lives(dies="before-effect:2")
    await victim.told("start")
    assert await victim.dead() == DIED
    await victim.lives()
    await victim.asks("unknown")
    assert victim.effects == [1]
    await victim.told("answer again")
    await victim.reaches("completed")
    assert victim.effects == [1, 2, 3]
    assert victim.last["attempts"] == [1, 2, 1]


async def test_killed_between_effect_and_record_nothing_is_doubled(victim: Victim) -> None:
    await victim.lives(dies="after-effect:2")
    await victim.told("start")
    assert await victim.dead() == DIED
    await victim.lives()
    await victim.asks("unknown")
    assert victim.effects == [1, 2]
    await victim.told("answer happened")
    await victim.reaches("completed")
    assert victim.effects == [1, 2, 3]


async def test_a_call_that_may_be_repeated_is_repeated_without_asking(victim: Victim) -> None:
    victim.steps = "mark,safe_mark,mark"
    await victim.lives(dies="after-effect:2")
    await victim.told("start")
    assert await victim.dead() == DIED
    await victim.lives()
    await victim.reaches("completed")
    assert victim.effects == [1, 2, 2, 3]


@pytest.mark.parametrize("step", [1, 2, 3])
async def test_killed_between_record_and_redraw_no_call_is_repeated(
    victim: Victim, step: int
) -> None:
    await victim.lives(dies=f"after-row:{step}")
    await victim.told("start")
    assert await victim.dead() == DIED
    await victim.lives()
    if victim.last.get("status") != "completed":
        await victim.reaches("completed")
    assert victim.effects == [1, 2, 3]


async def test_killed_while_paused_it_stays_paused_until_resumed(victim: Victim) -> None:
    victim.steps = "mark,manual,mark"
    await victim.lives()
    await victim.told("start")
    await victim.asks("manual")
    await victim.told("pause")
    await victim.says(lambda said: bool(said.get("pausing")))
    await victim.told("answer done")
    await victim.reaches("paused")
    await victim.killed()
    await victim.lives()
    await victim.reaches("paused")
    assert victim.effects == [1]
    await victim.told("resume")
    await victim.reaches("completed")
    assert victim.effects == [1, 3]


async def test_killed_while_waiting_the_same_question_is_still_open(victim: Victim) -> None:
    victim.steps = "mark,manual,mark"
    await victim.lives()
    await victim.told("start")
    await victim.asks("manual")
    await victim.killed()
    await victim.lives()
    await victim.asks("manual")
    await victim.told("answer done")
    await victim.reaches("completed")
    assert victim.effects == [1, 3]
    assert victim.last["attempts"] == [1, 1, 1]


async def test_killed_while_it_lets_time_pass_the_deadline_stays(victim: Victim) -> None:
    victim.steps = "mark,wait=2 seconds,mark"
    await victim.lives()
    await victim.told("start")
    before = await victim.says(lambda said: any(said.get("deadlines", [])))
    await victim.killed()
    await victim.lives()
    after = await victim.reaches("completed")
    assert after["deadlines"] == before["deadlines"]
    assert moment(after["ended"][1]) >= moment(after["deadlines"][1])
    assert victim.effects == [1, 3]


async def test_abort_cuts_off_a_step_in_flight(victim: Victim) -> None:
    victim.steps = "mark,hang,mark"
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: bool(said.get("hanging")))
    await victim.told("abort")
    await victim.says(lambda said: bool(said.get("cut_off")))
    await victim.quits()
    await victim.lives()
    assert victim.effects == [1]


async def test_a_clean_stop_in_mid_step_goes_on_after_the_next_start(victim: Victim) -> None:
    victim.steps = "mark,hang,mark"
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: bool(said.get("hanging")))
    await victim.quits()
    await victim.lives()
    await victim.says(lambda said: bool(said.get("hanging")))
    await victim.told("abort")
    await victim.reaches("cancelled")
    assert victim.effects == [1]


async def test_the_same_key_after_a_kill_starts_nothing_new(victim: Victim) -> None:
    victim.steps = "mark,manual,mark"
    await victim.lives()
    await victim.told("start")
    await victim.asks("manual")
    await victim.killed()
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: said.get("obeyed") == "start")
    await victim.told("answer done")
    await victim.reaches("completed")
    assert victim.effects == [1, 3]


async def test_a_second_process_on_the_same_data_is_refused(victim: Victim) -> None:
    await victim.lives()
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        str(VICTIM),
        victim.url,
        str(victim.folder),
        "mark",
        "-",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await asyncio.wait_for(second.communicate(), DEADLINE)
    assert second.returncode != 0
    assert b"Another Runbot is using" in errors


async def test_two_folders_do_not_make_two_databases(victim: Victim, tmp_path: Path) -> None:
    """The database is what two processes must not share, wherever their folders are."""
    await victim.lives()
    other = tmp_path / "other"
    other.mkdir()
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        str(VICTIM),
        victim.url,
        str(other),
        "mark",
        "-",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await asyncio.wait_for(second.communicate(), DEADLINE)
    assert second.returncode != 0
    assert b"Another Runbot is using" in errors


async def test_a_lost_journal_doubles_no_call(tmp_path: Path, sqlite_url: str) -> None:
    victim = Victim(sqlite_url, tmp_path)
    await victim.lives(dies="after-effect:2")
    await victim.told("start")
    assert await victim.dead() == DIED
    for file in tmp_path.glob("engine.db*"):
        file.unlink()
    await victim.lives()
    await victim.asks("unknown")
    assert victim.effects == [1, 2]
    await victim.told("answer happened")
    await victim.reaches("completed")
    assert victim.effects == [1, 2, 3]
    await victim.quits()


async def test_a_database_that_is_locked_for_a_while_delays_the_run_and_ends_none(
    tmp_path: Path, sqlite_url: str
) -> None:
    victim = Victim(f"{sqlite_url}?timeout=0.05", tmp_path)
    victim.steps = "mark,wait=1 second,mark"
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: said.get("steps", ["", ""])[1] == "running")
    path = make_url(sqlite_url).database
    assert path is not None
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    await asyncio.sleep(2)  # past the wait's end, and forty times as long as the store waits
    blocker.execute("ROLLBACK")
    blocker.close()
    await victim.reaches("completed")
    assert victim.effects == [1, 3]
    assert victim.last["attempts"] == [1, 1, 1]
    await victim.quits()


async def test_a_journal_that_fails_for_a_while_delays_the_run_and_ends_none(
    tmp_path: Path, sqlite_url: str
) -> None:
    victim = Victim(sqlite_url, tmp_path)
    victim.steps = "mark,wait=1 second,mark"
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: said.get("steps", ["", ""])[1] == "running")
    with sqlite3.connect(tmp_path / "engine.db") as journal:
        journal.execute("ALTER TABLE operation_outputs RENAME TO gone")
    await asyncio.sleep(2)  # past the wait's end, which can't be journaled now
    with sqlite3.connect(tmp_path / "engine.db") as journal:
        journal.execute("ALTER TABLE gone RENAME TO operation_outputs")
    await victim.reaches("completed")
    assert victim.effects == [1, 3]
    await victim.quits()


async def test_killed_while_it_waits_before_another_try_it_waits_as_long(victim: Victim) -> None:
    victim.steps = "mark,flaky,mark"
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: bool(said.get("retrying")))
    began = time.monotonic()
    await victim.killed()
    await victim.lives()
    await victim.reaches("completed")
    assert time.monotonic() - began >= 1.5
    assert victim.effects == [1, 2, 2, 3]
    assert victim.last["attempts"] == [1, 2, 1]


async def test_a_pause_and_an_abort_are_heard_in_a_wait_before_another_try(victim: Victim) -> None:
    victim.steps = "mark,flaky,mark"
    await victim.lives()
    await victim.told("start")
    await victim.says(lambda said: bool(said.get("retrying")))
    await victim.told("pause")
    await victim.reaches("paused")
    await victim.killed()
    await victim.lives()
    await victim.reaches("paused")
    assert victim.effects == [1, 2]
    await victim.told("abort")
    await victim.reaches("cancelled")
    await victim.quits()
    assert victim.effects == [1, 2]


def cleaned_up(said: dict[str, Any]) -> bool:
    """Whether the clean-up has come to its end."""
    return (said.get("part"), said.get("status")) == ("cleanup", "completed")


async def test_killed_between_a_failed_end_and_its_clean_up_it_is_cleaned_up_once(
    victim: Victim,
) -> None:
    victim.steps = "mark,broken!,mark,cleanup,mark,broken,mark"
    await victim.lives(dies="ended")
    await victim.told("start")
    assert await victim.dead() == DIED
    assert victim.effects == [1]
    await victim.lives()
    if victim.last.get("part") != "cleanup" or victim.last["status"] != "completed":
        await victim.says(cleaned_up)
    assert victim.effects == [1, 1, 3]
    await victim.quits()
    await victim.lives()
    await victim.quits()
    assert victim.effects == [1, 1, 3]


async def test_an_abort_is_instant_and_its_clean_up_outlives_a_kill(victim: Victim) -> None:
    victim.steps = "mark,manual,cleanup,mark,manual"
    await victim.lives()
    await victim.told("start")
    await victim.asks("manual")
    await victim.told("abort")
    await victim.reaches("cancelled")
    await victim.says(
        lambda said: (said.get("part"), said.get("question")) == ("cleanup", "manual")
    )
    await victim.killed()
    await victim.lives()
    await victim.asks("manual")
    await victim.told("answer done")
    await victim.says(cleaned_up)
    assert victim.effects == [1, 1]
