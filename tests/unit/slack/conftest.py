"""One office for the tests of a module; each test uses names of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from unit.slack.office import Office, opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with opened(tmp_path_factory.mktemp("office") / "data") as made:
        yield made
