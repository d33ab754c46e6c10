"""A newcomer presses what the guide outlines, and nothing else, and has done it all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs, picture
from browser.real_app import RealApp


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def real_app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealApp]:
    """An application to which nobody has said a word."""
    app = RealApp(tmp_path_factory.mktemp("guided"))
    await app.start()
    yield app
    await app.stop()


def guide(page: Page) -> Locator:
    return page.get_by_role("region", name="Guide")


async def says(page: Page, title: str) -> None:
    await expect(guide(page)).to_contain_text(title)


async def press(page: Page, name: str) -> None:
    """What is outlined now, which must be this, and which the guide's sentence describes."""
    outlined = page.locator("[data-guided]").filter(has_text=name)
    await expect(outlined).to_have_attribute("aria-describedby", "guide-told")
    await expect(outlined).to_have_accessible_description(re.compile(r"\w"))
    await outlined.click()


async def send(page: Page) -> None:
    """Take the offered sentence, and send it by the button that is outlined then."""
    await press(page, "Try this")
    sender = page.locator("[data-guided]")
    await expect(sender).to_have_accessible_name("Send")
    await sender.click()


async def test_the_outlined_controls_lead_through_the_first_minutes(page_as: PageAs) -> None:
    page = await page_as("ana")
    await says(page, "Write a runbook")
    await send(page)
    await says(page, "Answer what is still open")
    await guide(page).get_by_role("button", name="Take me there").click()
    await send(page)
    await says(page, "Press Publish")
    await press(page, "Publish")
    await says(page, "Press Run, and confirm")
    await press(page, "Run")
    await page.locator("form.modal").wait_for()
    await press(page, "Run")
    await says(page, "Look into the mailbox")
    await press(page, "Mailbox")
    await expect(page.get_by_text("oncall@example.com").first).to_be_visible()
    await says(page, "Write one that takes its time")
    await press(page, "general")
    await send(page)
    await says(page, "Pause or abort it")
    await picture(page, "first-minute-hold")
    await press(page, "Publish")
    await press(page, "Run")
    await page.locator("form.modal").wait_for()
    await press(page, "Run")
    await expect(page.locator("form.modal")).to_have_count(0)
    await press(page, "Abort")
    await page.get_by_role("dialog").get_by_role("button", name="Abort").click()
    await says(page, "See what passed")
    await press(page, "Inspector")
    await expect(page.get_by_role("complementary", name="Inspector")).to_be_visible()
    await says(page, "That was all")
    await expect(page.locator("[data-guided]")).to_have_count(0)
    # It can be put away, and all of it is still known after a reload.
    await guide(page).get_by_role("button", name="Put the guide away").click()
    await expect(guide(page)).to_have_count(0)
    await page.reload()
    await page.get_by_role("button", name="First steps").click()
    await says(page, "That was all")
