"""Bringing a database to this code's tables, in the process, with no configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from runbot.domain.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0006"
_FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x72756E626F74  # "runbot": one number for every process that upgrades


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in the connection's transaction.

    A second process waits here until the first has committed, and then finds nothing
    to do: SQLite's transaction holds the write lock, on Postgres an advisory lock does.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found = stamped(connection)
    if found == HEAD:
        return
    # Alembic takes a third of a second to import, which a start with nothing to do saves.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    config = configured(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise Unavailable(
            "The database was last used by a newer Runbot.",
            means="This one would misread it, so it was left as it is.",
            do="Start the newer Runbot, or restore a backup from before the upgrade.",
        )
    command.upgrade(config, "head")


def stamped(connection: Connection) -> str | None:
    """The newest migration that the database has, or None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def configured(connection: Connection) -> Config:
    """Alembic's configuration for this connection; the folder is the installed package's."""
    from alembic.config import Config  # noqa: PLC0415 - Alembic is imported only where it is needed

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
