"""What SQLite and Postgres each need to be opened safely."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from runbot.domain.errors import InvalidInput, Unavailable
from runbot.store.columns import dump_json, load_json

BUSY_SECONDS: Final = 30
CONNECT_SECONDS: Final = 10
_RETRY_SECONDS: Final = 0.01
_EXAMPLE: Final = "For example sqlite:///data/runbot.db or postgresql://user@host/runbot."
_IMMEDIATE: Final = "runbot_immediate"


def read_url(text: str) -> URL:
    """A database's address with the driver that Runbot uses, or `InvalidInput`."""
    try:
        url = make_url(text)
    except ArgumentError:
        # The address may hold a password: it isn't repeated.
        raise InvalidInput("DATABASE_URL is not the address of a database.", do=_EXAMPLE) from None
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if not url.database or url.database == ":memory:":
                raise InvalidInput(
                    "DATABASE_URL names no file.",
                    means="A database in memory would forget every run.",
                    do=_EXAMPLE,
                )
            return url.set(drivername="sqlite")
        case "postgres" | "postgresql" | "postgresql+psycopg":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise InvalidInput(f"Runbot can't use a database of the kind {other}.", do=_EXAMPLE)


def open_engine(url: URL, *, connections: int) -> Engine:
    """An engine that connects when it is first used. Nothing is created here."""
    if url.drivername == "sqlite":
        return _sqlite(Path(url.database or ""), _busy_seconds(url), connections)
    return create_engine(
        url,
        json_serializer=dump_json,
        json_deserializer=load_json,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )


def for_reading(engine: Engine) -> Engine:
    """The same engine; each transaction sees one state of the whole database."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def for_writing(engine: Engine) -> Engine:
    """The same engine; on SQLite each transaction takes the write lock when it begins.

    One that reads first and then writes would fail at once where another has written
    in between, whatever the busy timeout. https://www.sqlite.org/isolation.html
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_IMMEDIATE: True})
    return engine


def create_file(url: URL) -> None:
    """Make SQLite's folder and file, for nobody but the user, where they don't exist yet."""
    if url.drivername != "sqlite" or not url.database:
        return
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The files beside it (-wal, -shm) take over its mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as wrong:
        raise Unavailable(
            f"Runbot can't write its database {path}: {wrong.strerror}.",
            do="Give it a folder of its own with DATABASE_URL or RUNBOT_DATA_DIR.",
        ) from wrong


def _busy_seconds(url: URL) -> float:
    """How long to wait for another program's lock: `?timeout=` of the URL, as the driver has it."""
    given = url.query.get("timeout", str(BUSY_SECONDS))
    try:
        return float(str(given))
    except ValueError:
        raise InvalidInput(
            "The timeout in DATABASE_URL is not a number of seconds.", do=_EXAMPLE
        ) from None


def _sqlite(path: Path, busy_seconds: float, connections: int) -> Engine:
    address = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        # isolation_level None: transactions begin where SQLAlchemy begins them, below.
        opened = sqlite3.connect(
            address, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            _write_ahead(opened, busy_seconds)
            opened.execute("PRAGMA synchronous=FULL")
            opened.execute("PRAGMA foreign_keys=ON")
        except sqlite3.Error:
            opened.close()
            raise
        # SQLite's own folds ASCII only, so that a search would find less than on Postgres.
        opened.create_function("lower", 1, _lower, deterministic=True)
        return opened

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        json_serializer=dump_json,
        json_deserializer=load_json,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _write_ahead(opened: sqlite3.Connection, busy_seconds: float) -> None:
    # Of several processes that switch a new file at once, all but one are refused at once:
    # the busy timeout doesn't hold here. https://www.sqlite.org/c3ref/busy_handler.html
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            opened.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as wrong:
            if wrong.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
