"""Nothing but the keyboard: where to go, and a whole run."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs, picture
from browser.real_app import run_of
from browser.talk import composer, messages

MOST_TABS = 80
PANES = 5


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted control has the focus, as somebody without a mouse does."""
    await wanted.wait_for()
    for _ in range(MOST_TABS):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} isn't reached by the Tab key")


async def to_newest(page: Page) -> None:
    """To where one writes, and from there to the newest message, as the page's help says."""
    for _ in range(PANES):
        if await composer(page).evaluate("field => field === document.activeElement"):
            break
        await page.keyboard.press("F6")
    await page.keyboard.press("Shift+F6")
    await page.keyboard.press("End")
    await expect(messages(page).last).to_be_focused()


async def test_a_place_is_reached_by_typing_its_name(page_as: PageAs) -> None:
    page = await page_as("ana")
    await page.keyboard.press("Control+k")
    switcher = page.get_by_role("dialog", name="Go to")
    await page.keyboard.type("mail")
    await expect(switcher.get_by_role("option", selected=True)).to_have_text(re.compile("Mailbox"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nowhere")
    await expect(switcher).to_contain_text("Nothing here is called that")
    await picture(page, "switcher-none")
    await page.keyboard.press("Escape")
    await expect(switcher).to_have_count(0)
    await page.keyboard.press("Control+k")
    await picture(page, "switcher")
    await page.keyboard.type("general")
    await page.keyboard.press("Enter")
    await expect(composer(page)).to_be_focused()


async def test_a_whole_run_is_done_with_the_keyboard_alone(page_as: PageAs) -> None:
    page = await page_as("ana")
    await expect(composer(page)).to_be_focused()
    await page.keyboard.type(
        "@runbot create a runbook called keys with these steps: 1. Look 2. Tell"
    )
    await page.keyboard.press("Enter")
    card = messages(page).filter(has_text="keys").last
    for name in ("Publish", "Run"):
        await expect(card.get_by_role("button", name=name, exact=True)).to_be_visible()
        await to_newest(page)
        await tab_to(page, card.get_by_role("button", name=name, exact=True))
        await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Run keys")
    await form.wait_for()
    await tab_to(page, form.get_by_role("button", name="Run", exact=True))
    await page.keyboard.press("Enter")
    run = run_of(page, "keys")
    for step in (1, 2):
        await expect(run).to_contain_text(f"step {step} of 2")
        await to_newest(page)
        await tab_to(page, run.get_by_role("button", name="Done"))
        await picture(page, f"keyboard-{step}")
        await page.keyboard.press("Enter")
    await expect(run).to_contain_text("Completed")
