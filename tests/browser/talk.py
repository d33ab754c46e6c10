"""What the page's tests do as a person: where one writes, reads, and how one says something."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page

# Evaluated in a page: what it knows by now is drawn, measured and in its place.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def composer(page: Page) -> Locator:
    """Where one writes in a conversation."""
    return page.get_by_role("combobox", name=re.compile("^Message "))


def messages(page: Page) -> Locator:
    """What a conversation's list has drawn."""
    return page.get_by_role("log", name=re.compile("^Messages in [^t]")).get_by_role("article")


def entry(page: Page, name: str) -> Locator:
    """A conversation, or another place, in the sidebar."""
    return page.get_by_role("navigation").get_by_role("button", name=name)


async def say(page: Page, text: str) -> None:
    """Write it and send it."""
    await composer(page).fill(text)
    await composer(page).press("Enter")
