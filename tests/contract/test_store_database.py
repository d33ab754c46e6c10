from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from runbot.domain.errors import Conflict, InvalidInput, Unavailable
from runbot.store import inbox, runs
from runbot.store.database import Database
from runbot.store.engines import create_file, for_writing, open_engine, read_url
from runbot.store.tables import METADATA
from runbot.store.upgrade import HEAD, configured, stamped, upgrade
from store_samples import NOON, stored_run


async def test_the_migrations_make_exactly_the_tables_of_the_models(
    empty_database_url: str,
) -> None:
    opened = Database(empty_database_url)
    await opened.upgrade()
    await opened.close()
    engine = open_engine(read_url(empty_database_url), connections=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == HEAD
        scripts = ScriptDirectory.from_config(configured(connection))
        assert scripts.get_heads() == [HEAD]
    engine.dispose()


async def test_a_migration_can_be_taken_back_and_made_again(database_url: str) -> None:
    engine = for_writing(open_engine(read_url(database_url), connections=1))
    with engine.begin() as connection:
        command.downgrade(configured(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert stamped(connection) is None
        upgrade(connection)
        assert set(METADATA.tables) < set(inspect(connection).get_table_names())
    engine.dispose()


async def test_several_processes_can_upgrade_at_once(empty_database_url: str) -> None:
    several = [Database(empty_database_url) for _ in range(8)]
    await asyncio.gather(*(one.upgrade() for one in several))
    await stored_run(several[0])
    assert (await several[3].read(lambda s: runs.load(s, "run_1"))).number == 1
    for one in several:
        await one.close()


async def test_a_database_of_a_newer_runbot_is_left_alone(database: Database) -> None:
    await database.write(lambda s: s.execute(text("UPDATE alembic_version SET version_num='9'")))
    with pytest.raises(Unavailable, match="newer Runbot"):
        await database.upgrade()


async def test_a_cancelled_write_is_carried_out_and_leaves_no_lock(database_url: str) -> None:
    database = Database(database_url)
    await stored_run(database)

    def counted(s: Session) -> None:
        s.execute(text("UPDATE run SET pauses = pauses + 1"))
        time.sleep(0.002)

    for n in range(200):
        task = asyncio.create_task(database.write(counted, step=n % 2 == 0))
        if n % 3:
            await asyncio.sleep(0)  # it asks for its write
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await database.write(counted, step=True)
    await database.write(counted)
    await database.close()
    again = Database(database_url)
    done = await again.read(lambda s: runs.load(s, "run_1"))
    await again.close()
    # Every third was cancelled before its task had run at all; the others are all there.
    assert done.pauses == 2 + 200 - 67


async def test_closing_waits_for_the_calls_under_way(database_url: str) -> None:
    opened = Database(database_url)
    await stored_run(opened)
    began = threading.Event()

    def slow(s: Session) -> None:
        began.set()
        time.sleep(0.1)
        s.execute(text("UPDATE run SET pauses = 7"))

    task = asyncio.create_task(opened.write(slow))
    await asyncio.to_thread(began.wait, 5)
    task.cancel()
    await opened.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await opened.ping()
    again = Database(database_url)
    assert (await again.read(lambda s: runs.load(s, "run_1"))).pauses == 7
    await again.close()


async def test_a_failed_write_leaves_nothing(database: Database) -> None:
    def half(s: Session) -> None:
        inbox.first_time(s, "T1", "k", NOON)
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await database.write(half)
    assert await database.write(lambda s: inbox.first_time(s, "T1", "k", NOON))


async def test_a_persons_write_goes_before_steps_writes(database: Database) -> None:
    finished: list[str] = []

    def slow(s: Session) -> None:
        s.execute(text("SELECT 1"))
        time.sleep(0.02)

    async def step(n: int) -> None:
        await database.write(slow, step=True)
        finished.append(f"step {n}")

    async def person() -> None:
        await database.write(slow)
        finished.append("person")

    steps = [asyncio.create_task(step(n)) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(person(), *steps)
    # No more than the steps that had begun, and those that end with it, come first.
    assert finished.index("person") <= 8


async def test_a_value_taken_meanwhile_is_a_conflict(database: Database) -> None:
    def twice(s: Session) -> None:
        for _ in range(2):
            s.execute(text("INSERT INTO counter (workspace, runs) VALUES ('T9', 1)"))

    with pytest.raises(Conflict):
        await database.write(twice)


async def test_a_naive_time_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(Exception, match="without a zone"):
        await database.write(lambda s: inbox.first_time(s, "T1", "k", naive))


async def test_times_come_back_aware_whatever_zone_they_were_given_in(database: Database) -> None:
    stored = await stored_run(database)
    found = await database.read(lambda s: runs.load(s, "run_1"))
    assert found.created_at == stored.created_at
    assert found.created_at.utcoffset() is not None
    assert not found.created_at.utcoffset()


async def test_a_read_sees_one_state_while_others_write(database: Database) -> None:
    await stored_run(database)
    read_once = threading.Event()
    written = threading.Event()

    def looks(s: Session) -> tuple[int, int]:
        first = runs.load(s, "run_1").pauses
        read_once.set()
        assert written.wait(10)
        return first, runs.load(s, "run_1").pauses

    reading = asyncio.create_task(database.read(looks))
    assert await asyncio.to_thread(read_once.wait, 10)
    await database.write(lambda s: s.execute(text("UPDATE run SET pauses = 5")))
    written.set()
    assert await reading == (0, 0)


async def test_ping_answers(database: Database) -> None:
    await database.ping()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://u:geheim@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x?timeout=geheim",
    ],
)
def test_an_address_that_is_no_database_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Database(url)
    assert "postgresql://" in refused.value.sentence
    assert "geheim" not in refused.value.sentence


def _modes(folder: Path) -> dict[str, int]:
    return {p.name: stat.S_IMODE(p.stat().st_mode) for p in [folder, *folder.iterdir()]}


async def test_sqlites_folder_and_file_are_the_users_own(empty_sqlite_url: str) -> None:
    opened = Database(empty_sqlite_url)
    await opened.upgrade()
    await stored_run(opened)
    modes = _modes(Path(empty_sqlite_url.removeprefix("sqlite:///")).parent)
    assert modes.pop("data") == 0o700
    assert "runbot.db" in modes
    assert set(modes.values()) == {0o600}
    await opened.close()


async def test_sqlite_keeps_what_was_committed_over_a_loss_of_power(sqlite_url: str) -> None:
    opened = Database(sqlite_url)
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [
        await opened.read(lambda s, q=q: s.execute(text(f"PRAGMA {q}")).scalar())  # type: ignore[misc]
        for q in asked
    ]
    assert found == ["wal", 2, 1, 30_000]
    await opened.close()


def _exists(url: str) -> bool:
    return Path(url.removeprefix("sqlite:///")).exists()


async def test_a_missing_sqlite_file_is_said_and_not_made(empty_sqlite_url: str) -> None:
    opened = Database(empty_sqlite_url)
    with pytest.raises(Unavailable, match="can't be opened"):
        await opened.ping()
    await opened.close()
    assert not _exists(empty_sqlite_url)


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    opened = Database(f"sqlite:///{tmp_path}/file/runbot.db")
    with pytest.raises(Unavailable, match="can't write its database"):
        await opened.upgrade()
    await opened.close()


async def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    opened = Database(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="not a database"):
        await opened.upgrade()
    await opened.close()
    assert path.read_text().startswith("not a database")


async def test_a_sqlite_file_that_another_program_locks_is_said(sqlite_url: str) -> None:
    opened = Database(f"{sqlite_url}?timeout=0.05")
    await opened.ping()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await opened.write(lambda s: inbox.first_time(s, "T1", "k", NOON))
    other.close()
    await opened.close()


async def test_a_database_without_tables_is_said(empty_database_url: str) -> None:
    create_file(read_url(empty_database_url))
    opened = Database(empty_database_url)
    with pytest.raises(Unavailable, match="older than Runbot"):
        await opened.read(lambda s: runs.load(s, "run_1"))
    await opened.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody:geheim@127.0.0.1:1/none",
        "postgresql://nobody:geheim@/none?host=/nonexistent",
    ],
)
async def test_a_postgres_that_does_not_answer_is_said(url: str) -> None:
    opened = Database(url)
    with pytest.raises(Unavailable) as said:
        await opened.ping()
    assert said.value.what == "The database doesn't answer."
    assert "geheim" not in said.value.sentence
    await opened.close()


async def test_a_postgres_without_this_database_is_said(postgres_server: str) -> None:
    opened = Database(postgres_server.replace("/postgres?", "/absent?"))
    with pytest.raises(Unavailable, match="doesn't answer"):
        await opened.ping()
    await opened.close()


async def test_a_connection_that_postgres_dropped_is_opened_anew(postgres_url: str) -> None:
    opened = Database(postgres_url)
    other = Database(postgres_url)
    await opened.ping()
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    await other.write(lambda s: s.execute(text(cut + " AND datname = current_database()")).all())
    await opened.ping()
    await opened.close()
    await other.close()
