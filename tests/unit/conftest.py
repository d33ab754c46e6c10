"""A local Slack for each test that asks for one, with Runbot's own manifest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from runbot.bootstrap import manifest
from runbot.playground import Playground


@pytest_asyncio.fixture
async def playground() -> AsyncIterator[Playground]:
    playground = Playground(manifest=manifest())
    await playground.start()
    yield playground
    await playground.stop()
