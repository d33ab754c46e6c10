"""These journeys go over the application itself: one process for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from browser.conftest import PageAs
from browser.real_app import RealApp


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def real_app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealApp]:
    """The application, running."""
    app = RealApp(tmp_path_factory.mktemp("app"))
    await app.start()
    yield app
    await app.stop()


@pytest.fixture
def playground_url(real_app: RealApp) -> str:
    """Where its page is."""
    return real_app.address


@pytest_asyncio.fixture(loop_scope="session")
async def page_as(page_as: PageAs) -> PageAs:
    """Opens the page as a person once the bot is there: the page comes up before it."""

    async def open_page(person: str = "ana", **how: Any) -> Page:
        page = await page_as(person, **how)
        await expect(page.get_by_text("isn’t connected")).to_have_count(0)
        return page

    return open_page
