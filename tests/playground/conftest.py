from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from playground.bolt_apps import ConnectedApp, client_of, connected_app
from playground.scene import Scene
from runbot.playground import Playground, Timing, Workspace

FAST = Timing(ack_deadline=0.3, trigger_lifetime=0.3, event_retry_delays=(0.05, 0.05, 0.05))


@pytest_asyncio.fixture
async def playground() -> AsyncIterator[Playground]:
    """A workspace without a manifest, with Slack's times shortened."""
    playground = Playground(timing=FAST)
    await playground.start()
    yield playground
    await playground.stop()


@pytest_asyncio.fixture
async def app(playground: Playground) -> AsyncIterator[ConnectedApp]:
    """A real Bolt app on Socket Mode, without listeners."""
    async with connected_app(playground) as connected:
        yield connected


@pytest.fixture
def client(playground: Playground) -> Any:
    """The SDK's client alone, for calls that need no connection."""
    return client_of(playground)


@pytest.fixture
def playground_workspace() -> Workspace:
    return Workspace.default()


@pytest_asyncio.fixture
async def scene(playground: Playground) -> AsyncIterator[Scene]:
    async with aiohttp.ClientSession() as session:
        yield Scene(playground, session)
