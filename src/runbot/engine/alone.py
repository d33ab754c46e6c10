"""One process per database: a second launch would carry out the live one's runs again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import filelock
import psycopg
from sqlalchemy import make_url

from runbot.domain.errors import Conflict, Unavailable

# Any number does, as long as every Runbot asks for the same one.
_ADVISORY_KEY: Final = 0x52756E626F74
_MEANS: Final = "Two at once would carry out every run twice, so this one did not start."


@contextlib.contextmanager
def alone(database_url: str, data_dir: Path) -> Iterator[None]:
    """Hold the database for this process, or raise `Conflict` where another one has it.

    The operating system (or Postgres) lets go when the process dies, however it dies.
    """
    if make_url(database_url).get_backend_name() == "sqlite":
        with _file(data_dir / "runbot.lock"):
            yield
        return
    with _advisory(database_url):
        yield


@contextlib.contextmanager
def _file(path: Path) -> Iterator[None]:
    lock = filelock.FileLock(path, blocking=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except filelock.Timeout:
        raise Conflict(
            f"Another Runbot is using the data in {path.parent}.",
            means=_MEANS,
            do="Stop the other one first, or give this one a folder of its own with "
            "RUNBOT_DATA_DIR.",
        ) from None
    except OSError as wrong:
        raise Unavailable(
            f"The data folder {path.parent} can't be used: {wrong.strerror}.",
            do="Make it writable, or choose another with RUNBOT_DATA_DIR.",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _advisory(database_url: str) -> Iterator[None]:
    plain = make_url(database_url).set(drivername="postgresql")
    try:
        connection = psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)
    except psycopg.OperationalError as wrong:
        raise Unavailable(
            "The database doesn't answer.",
            means="Runbot did not start.",
            do=f"Check DATABASE_URL and that the server runs ({type(wrong).__name__}).",
        ) from None
    with connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_ADVISORY_KEY,)).fetchone()
        if row is None or not row[0]:
            raise Conflict(
                "Another Runbot is using this database.",
                means=_MEANS,
                do="Stop the other one first, or give this one a database of its own with "
                "DATABASE_URL.",
            )
        yield
