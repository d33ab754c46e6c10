"""One process per database: a second launch would carry out the live one's runs again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

import filelock
import psycopg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from runbot.domain.errors import Conflict, InvalidInput, Unavailable

# Any number does, as long as every Runbot asks for the same one.
_ADVISORY_KEY: Final = 0x52756E626F74
_WATCH_SECONDS: Final = 5.0
_MEANS: Final = "Two at once would carry out every run twice, so this one did not start."
_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def alone(database_url: str, *, lost: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the database for this process, or raise `Conflict` where another one has it.

    The operating system (or Postgres) lets go when the process dies, however it dies.
    `lost` is called where Postgres has let go although this process lives: from then on
    another one may take over, so this one has to stop.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        with _file(Path(url.database or "")):
            yield
        return
    connection = await asyncio.to_thread(_locked, database_url)
    watch = asyncio.create_task(_watch(connection, lost))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await asyncio.to_thread(connection.close)


def held(database_url: str) -> bool:
    """Whether a process holds the database now; nothing is made, and nothing kept.

    Raises `Unavailable` where Postgres doesn't answer, and `InvalidInput` where this is no
    database's address.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise InvalidInput("That is not the address of a database.") from None
    if url.get_backend_name() == "sqlite":
        return _file_is_held(_lock_file(Path(url.database or "")))
    if url.get_backend_name() != "postgresql":
        return False  # no Runbot runs on it
    with _connected(database_url) as connection:
        # Asking for the lock would keep it from a Runbot that starts at this very moment.
        # https://www.postgresql.org/docs/current/view-pg-locks.html
        row = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32) + objid::bigint = %s",
            (_ADVISORY_KEY,),
        ).fetchone()
    return bool(row and row[0])


def _file_is_held(path: Path) -> bool:
    if not path.exists():
        return False
    lock = filelock.FileLock(path, blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    except OSError:
        return False  # what can't be opened, nobody here holds
    lock.release()
    return False


def _lock_file(database: Path) -> Path:
    # Beside the database itself, wherever the data folder is: it is the database that
    # two processes must not share.
    database = database.resolve()
    return database.with_name(f"{database.name}.lock")


@contextlib.contextmanager
def _file(database: Path) -> Iterator[None]:
    path = _lock_file(database)
    folder = path.parent
    lock = filelock.FileLock(path, blocking=False)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except filelock.Timeout:
        raise Conflict(
            f"Another Runbot is using the data in {folder}.",
            means=_MEANS,
            do="Stop the other one first, or give this one a folder of its own with "
            "RUNBOT_DATA_DIR.",
        ) from None
    except OSError as wrong:
        raise Unavailable(
            f"The data folder {folder} can't be used: {wrong.strerror}.",
            do="Make it writable, or choose another with RUNBOT_DATA_DIR.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _connected(database_url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(database_url).set(drivername="postgresql")
    try:
        return psycopg.connect(
            plain.render_as_string(hide_password=False), autocommit=True, connect_timeout=5
        )
    except psycopg.OperationalError as wrong:
        raise Unavailable(
            "The database doesn't answer.",
            means="Runbot did not start.",
            do=f"Check DATABASE_URL and that the server runs ({type(wrong).__name__}).",
        ) from None


def _locked(database_url: str) -> psycopg.Connection[tuple[object, ...]]:
    connection = _connected(database_url)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_ADVISORY_KEY,)).fetchone()
    if row is None or not row[0]:
        connection.close()
        raise Conflict(
            "Another Runbot is using this database.",
            means=_MEANS,
            do="Stop the other one first, or give this one a database of its own with "
            "DATABASE_URL.",
        )
    return connection


async def _watch(
    connection: psycopg.Connection[tuple[object, ...]], lost: Callable[[], None]
) -> None:
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            await asyncio.to_thread(connection.execute, "SELECT 1")
        except psycopg.OperationalError:
            _log.error("The connection that holds this database is gone, so Runbot stops")
            lost()
            return
