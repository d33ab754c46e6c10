"""Journeys share one playground, one site and one Runbot, except those that kill it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from runbot.bootstrap import manifest
from runbot.playground import Playground, Timing
from runbot.playground.workspace import Workspace

from .world import RunbotProcess, Site, World, free_port


async def _world(
    folder: Path, *, http: bool = False, timing: Timing | None = None, **environment: str
) -> AsyncIterator[World]:
    site = Site()
    port = free_port() if http else None
    playground = Playground(
        manifest=manifest("http" if http else "socket-mode"),
        app_url=f"http://127.0.0.1:{port}" if http else "",
        timing=timing,
    )
    runbot = RunbotProcess(playground, site, folder, environment, port=port)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(site.stop)
        await site.start()
        stack.push_async_callback(playground.stop)
        await playground.start()
        stack.push_async_callback(runbot.stop)
        await runbot.start()
        yield World(playground, runbot, site)
        code = await runbot.stop()
    assert code in {0, -9}, f"Runbot ended with {code}:\n{runbot.log[-3000:]}"
    assert "Traceback" not in runbot.log, runbot.log[-5000:]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world for journeys that leave Runbot alive."""
    async for one in _world(tmp_path_factory.mktemp("world")):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def own_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world of one's own, to kill Runbot in."""
    async for one in _world(tmp_path):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def ruled_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world of one's own, where a file says who may do what: admins all, nobody else a thing."""
    rules = tmp_path / "runbot.toml"
    rules.write_text('[roles]\nadmin = ["admins"]\n')
    async for one in _world(tmp_path, RUNBOT_CONFIG=str(rules)):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def seldom_drawn(tmp_path: Path) -> AsyncIterator[World]:
    """A world of one's own that redraws a message more seldom than `World.shows` waits."""
    async for one in _world(tmp_path, RUNBOT_DISPLAY_INTERVAL="80"):
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world where Slack sends requests, for journeys that leave Runbot alive."""
    async for one in _world(tmp_path_factory.mktemp("http"), http=True):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def own_http_world(tmp_path: Path) -> AsyncIterator[World]:
    """The same, of one's own, to kill Runbot in."""
    async for one in _world(tmp_path, http=True):
        yield one


# Slack's second repetition of an event comes after a minute; here trouble lasts seconds.
TROUBLED = Timing(ack_deadline=1.0, event_retry_delays=(0.3, 4.0, 15.0))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def troubled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world for trouble that Runbot outlives."""
    folder = tmp_path_factory.mktemp("troubled")
    async for one in _world(folder, timing=TROUBLED, RUNBOT_PING_SECONDS="0.5"):
        yield one


# What only reads needs approval, too.
CAREFUL = """
[roles]
admin = ["admins"]
editor = ["everyone"]
approver = ["{ben}", "{ana}"]
[approvals]
risks = ["read", "destructive", "unknown"]
channel = "{incidents}"
"""


def _careful(folder: Path) -> str:
    """The configuration's path, for whom the playground's people are."""
    known = Workspace.default()
    config = folder / "runbot.toml"
    config.write_text(
        CAREFUL.format(
            ana=known.person("ana").id,
            ben=known.person("ben").id,
            incidents=known.channel("incidents").id,
        )
    )
    return str(config)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def careful(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world where what tools read has to be approved, and is asked in #incidents as well."""
    folder = tmp_path_factory.mktemp("careful")
    async for one in _world(folder, RUNBOT_CONFIG=_careful(folder)):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def own_careful(tmp_path: Path) -> AsyncIterator[World]:
    """The same, of one's own, to kill Runbot in."""
    async for one in _world(tmp_path, RUNBOT_CONFIG=_careful(tmp_path)):
        yield one
