"""A press on a button is a click, whatever comes or moves while it is held down."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs
from browser.page_app import add_listeners, card
from browser.talk import DRAWN, messages
from playground.bolt_apps import ConnectedApp
from runbot.playground import Playground

# Whether a press would meet the button in the frame after its list was scrolled.
MEETS_AFTER_SCROLLING = """button => new Promise(done => {
  const list = button.closest("[role=log]");
  list.addEventListener("scroll", () => requestAnimationFrame(() => {
    const {x, y, width, height} = button.getBoundingClientRect();
    done(button.contains(document.elementFromPoint(x + width / 2, y + height / 2)));
  }), {once: true});
  list.scrollTop -= 10;
})"""


@pytest.fixture
def bot(app: ConnectedApp, playground: Playground) -> ConnectedApp:
    """The app with its listeners."""
    add_listeners(app.bolt, playground.workspace.channel("general").id)
    return app


async def last_of_many(page: Page, bot: ConnectedApp) -> tuple[Locator, dict[str, Any]]:
    """A card at the end of more than the window holds, and where it is."""
    for number in range(12):
        await bot.client.chat_postMessage(
            channel="#general", text=f"Line {number}\nand more\nof it"
        )
    posted = await bot.client.chat_postMessage(channel="#general", text="A card", blocks=card("on"))
    shown = messages(page).filter(has_text="A card ·")
    await expect(shown).to_be_in_viewport()
    await page.evaluate(DRAWN)
    return shown, {"channel": posted["channel"], "ts": posted["ts"]}


async def press_down(page: Page, button: Locator) -> None:
    """As far as the mouse goes before it is let go."""
    await button.hover()
    await page.mouse.down()


@pytest.mark.parametrize("what", ["a message", "a redraw", "other buttons"])
async def test_what_comes_during_a_press_waits_until_it_is_over(
    page_as: PageAs, bot: ConnectedApp, what: str
) -> None:
    """A longer card, or a message under it, would move the button from under the pointer."""
    page = await page_as("ana", viewport={"width": 1100, "height": 560})
    shown, where = await last_of_many(page, bot)
    await press_down(page, shown.get_by_role("button", name="Pause"))
    # One's page tells the server that it has read a message as soon as it has it.
    async with page.expect_request(re.compile("/open$")):
        if what == "a redraw":
            await bot.client.chat_update(**where, text="A card", blocks=card("longer\n" * 5))
        if what == "other buttons":
            section, actions = card("fewer")
            fewer = {**actions, "elements": actions["elements"][:2]}
            await bot.client.chat_update(**where, text="A card", blocks=[section, fewer])
        await bot.client.chat_postMessage(channel="#general", text="Meanwhile\nmuch\nhappened")
    await page.evaluate(DRAWN)
    await page.mouse.up()
    await expect(messages(page).filter(has_text="A card · paused")).to_be_visible()
    await expect(messages(page).last).to_contain_text("Meanwhile")
    await expect(messages(page).last).to_be_in_viewport()


@pytest.mark.usefixtures("bot")
async def test_a_press_just_above_the_end_moves_nothing(page_as: PageAs, bot: ConnectedApp) -> None:
    """A list that keeps to its end goes there later, not under the finger."""
    page = await page_as("ana", viewport={"width": 1100, "height": 560})
    shown, _ = await last_of_many(page, bot)
    await page.get_by_role("log").evaluate("e => { e.scrollTop -= 40 }")
    await press_down(page, shown.get_by_role("button", name="Pause"))
    await page.evaluate(DRAWN)
    await page.mouse.up()
    await expect(messages(page).filter(has_text="A card · paused")).to_be_visible()


async def test_a_press_that_ends_elsewhere_holds_nothing_back(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    """One changes one's mind by letting go beside the button: no click, and all is drawn."""
    page = await page_as("ana", viewport={"width": 1100, "height": 560})
    shown, _ = await last_of_many(page, bot)
    await press_down(page, shown.get_by_role("button", name="Pause"))
    await page.mouse.move(5, 5)
    await bot.client.chat_postMessage(channel="#general", text="Meanwhile")
    await page.mouse.up()
    await expect(messages(page).last).to_contain_text("Meanwhile")
    await expect(shown).to_contain_text("A card · on")


async def test_a_list_that_just_moved_takes_a_press(page_as: PageAs, bot: ConnectedApp) -> None:
    page = await page_as("ana", viewport={"width": 1100, "height": 560})
    shown, _ = await last_of_many(page, bot)
    button = shown.get_by_role("button", name="Pause")
    assert await button.evaluate(MEETS_AFTER_SCROLLING)
