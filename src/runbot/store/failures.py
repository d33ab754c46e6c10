"""What a database's error means to the person whose click met it."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from runbot.domain.errors import Conflict, RunbotError, Unavailable

_NOTHING: Final = "Nothing was changed."
_UPGRADE: Final = "Stop Runbot, run `runbot db upgrade` and start it again."
# Kinds of SQLite's errors, by the name that the driver gives (extended ones start with it).
_SQLITE: Final = {
    "SQLITE_BUSY": ("The database is locked by another program.", "Try again in a moment."),
    "SQLITE_LOCKED": ("The database is locked by another program.", "Try again in a moment."),
    "SQLITE_CANTOPEN": ("The database file can't be opened.", _UPGRADE),
    "SQLITE_READONLY": ("The database file can't be written.", "Check who owns it."),
    "SQLITE_PERM": ("The database file can't be written.", "Check who owns it."),
    "SQLITE_FULL": ("The disk that holds the database is full.", "Make room and try again."),
    "SQLITE_IOERR": ("The disk that holds the database fails.", "Check the disk."),
    "SQLITE_NOTADB": ("The database file is not a database.", "Check DATABASE_URL."),
    "SQLITE_CORRUPT": ("The database file is damaged.", "Restore it from a backup."),
}
_SQLITE_TAKEN: Final = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
_POSTGRES_TAKEN: Final = "23505"
_POSTGRES_NO_TABLE: Final = "42P01"
_POSTGRES_DEADLOCK: Final = "40P01"
_POSTGRES_FULL: Final = "53100"
# Classes: connection, resources, operator intervention, system, authorization, catalogue.
_POSTGRES_AWAY: Final = ("08", "53", "57", "58", "28", "3D")


def taken(error: DBAPIError) -> bool:
    """Whether the error says that a unique value exists already."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "") in _SQLITE_TAKEN
    return getattr(cause, "sqlstate", None) == _POSTGRES_TAKEN


def explain(error: SQLAlchemyError) -> RunbotError | None:
    """The error in the domain's terms, or None where it is a fault of the program."""
    if isinstance(error, PoolTimeoutError):
        return _unavailable("The database is too busy.", "Try again in a moment.")
    if not isinstance(error, DBAPIError):
        return None
    if taken(error):
        return Conflict(
            "Somebody else did the same at this moment.", means=_NOTHING, do="Look, and try again."
        )
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite(error.orig)
    return _postgres(error)


def _sqlite(cause: sqlite3.Error) -> RunbotError | None:
    if "no such table" in str(cause) or "no such column" in str(cause):
        return _unavailable("The database's tables are older than Runbot.", _UPGRADE)
    name = getattr(cause, "sqlite_errorname", "")
    for prefix, (what, do) in _SQLITE.items():
        if name.startswith(prefix):
            return _unavailable(what, do)
    return None


def _postgres(error: DBAPIError) -> RunbotError | None:
    state = getattr(error.orig, "sqlstate", None)
    if state == _POSTGRES_NO_TABLE:
        return _unavailable("The database's tables are older than Runbot.", _UPGRADE)
    if state == _POSTGRES_DEADLOCK:
        return _unavailable("Two changes stood in each other's way.", "Try again.")
    if state == _POSTGRES_FULL:
        return _unavailable("The disk that holds the database is full.", "Make room and try again.")
    refused = state is None and error.connection_invalidated
    never_connected = state is None and type(error.orig).__name__ in {
        "OperationalError",
        "ConnectionTimeout",
    }
    if refused or never_connected or (state and state.startswith(_POSTGRES_AWAY)):
        return _unavailable(
            "The database doesn't answer.",
            "Check that Postgres is running and that DATABASE_URL is right.",
        )
    return None


def _unavailable(what: str, do: str) -> Unavailable:
    return Unavailable(what, means=_NOTHING, do=do)
