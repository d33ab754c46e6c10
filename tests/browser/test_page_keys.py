"""The page without a mouse, in both colours, and through the server's absence."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from browser.conftest import PageAs
from browser.talk import composer, messages, say
from runbot.playground import Playground


async def test_the_switcher_leads_anywhere(page_as: PageAs) -> None:
    page = await page_as("ana")
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Where do you want to go?")
    await expect(field).to_be_focused()
    await field.fill("inc")
    await field.press("Enter")
    await expect(page.get_by_role("heading", name="#incidents")).to_be_visible()
    await expect(composer(page)).to_be_focused()
    await page.keyboard.press("Control+k")
    await field.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(composer(page)).to_be_focused()


async def test_the_arrows_lead_from_conversation_to_conversation(page_as: PageAs) -> None:
    page = await page_as("ana")
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.get_by_role("heading", name="#incidents")).to_be_visible()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.get_by_role("heading", name="#general")).to_be_visible()
    await page.keyboard.press("Control+/")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_arrows_lead_from_message_to_message(
    page_as: PageAs, playground: Playground
) -> None:
    """T opens the thread of the one that has the focus, and Esc leads back to where one writes."""
    for number in range(60):
        await playground.person("ben").says(f"Number {number}", channel="general")
    page = await page_as("ana")
    await expect(messages(page).last).to_contain_text("Number 59")
    await page.get_by_role("log").focus()
    for _ in range(3):
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("article:focus")).to_have_count(1)
    await expect(messages(page).filter(has_text="Number 57")).to_be_focused()
    await page.keyboard.press("Home")
    await expect(messages(page).filter(has_text="Number 0")).to_be_focused()
    await page.keyboard.press("t")
    await expect(page.get_by_role("combobox", name="Reply…")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("region", name="Thread", exact=True)).to_have_count(0)
    await expect(composer(page)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_colours_chosen_are_kept(page_as: PageAs, scheme: str) -> None:
    page = await page_as("ana", color_scheme=scheme)
    paper = page.locator("body")
    colours = {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 26, 32)"}
    await expect(paper).to_have_css("background-color", colours[scheme])
    await page.get_by_role("button", name="Colours: as the system has it").click()
    await expect(paper).to_have_css("background-color", colours["light"])
    await page.get_by_role("button", name="Colours: light").click()
    await page.reload()
    await expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
    await expect(paper).to_have_css("background-color", colours["dark"])


async def test_what_one_typed_outlives_a_reload(page_as: PageAs) -> None:
    page = await page_as("ana")
    await composer(page).fill("Half a sen")
    await page.reload()
    await expect(composer(page)).to_have_value("Half a sen")
    await say(page, "A whole one")
    await expect(page.get_by_role("log").get_by_text("A whole one")).to_be_visible()
    await page.reload()
    await expect(composer(page)).to_have_value("")
