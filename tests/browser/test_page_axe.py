"""What axe finds on each place of the page, in light and in dark: nothing serious."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page, expect

from browser.conftest import PageAs
from browser.page_app import add_listeners
from playground.bolt_apps import ConnectedApp
from runbot.playground import Playground

SCRIPT = AXE_FILE_PATH.read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}


async def grave(page: Page) -> list[str]:
    """Axe's serious and critical findings, each with the elements that it is about."""
    # By evaluation: the page's own policy would refuse an inserted script.
    await page.evaluate(f"{SCRIPT}; undefined")
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["channel", "thread", "home", "modal", "mailbox", "threads"])
async def test_axe_finds_nothing_serious(
    page_as: PageAs, app: ConnectedApp, playground: Playground, place: str, scheme: str
) -> None:
    """Over a channel with a card, a reaction, a reply, an unread line and markup of each kind."""
    add_listeners(app.bolt, playground.workspace.channel("general").id)
    ana, ben = playground.person("ana"), playground.person("ben")
    said = await ana.says("*Bold*, `code` and\n> a quote", channel="general")
    await ben.says("On it, @ana", channel="general", thread=said.ts)
    await ben.says("See #incidents :eyes:", channel="general")
    page = await page_as("ana", color_scheme=scheme, path="" if place != "home" else "#home")
    if place == "home":
        await expect(page.get_by_text("Nothing runs.")).to_be_visible()
    elif place in {"mailbox", "threads"}:
        name = re.compile(place, re.IGNORECASE)
        await page.get_by_role("navigation").get_by_role("button", name=name).click()
    else:
        await page.get_by_role("combobox").fill("@runbot a card, please")
        await page.get_by_role("combobox").press("Enter")
        card = page.get_by_role("article").filter(has_text="A card ·")
        await card.wait_for()
        if place == "thread":
            await page.get_by_role("button", name="1 reply").click()
            await page.get_by_role("region", name="Thread").get_by_text("On it").wait_for()
        if place == "modal":
            await card.get_by_role("button", name="Edit").click()
            await page.get_by_label("Steps").wait_for()
    assert await grave(page) == []


async def test_axe_would_tell(page_as: PageAs) -> None:
    """A button without a name is found: the tests above do look."""
    page = await page_as("ana")
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    found = await grave(page)
    assert len(found) == 1
    assert found[0].startswith("button-name")
