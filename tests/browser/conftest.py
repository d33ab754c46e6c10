"""A headless Chromium on the playground's page; other journeys reuse these fixtures."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from playground.bolt_apps import ConnectedApp, connected_app
from runbot.playground import GuideStep, Playground, Timing
from runbot.playground.guide import Insert, Shows

HERE = Path(__file__).parent
WITHIN_MS = 30_000  # for what is waited for: the machine may have a lot to do
TEST_WITHIN = 300  # seconds, for the same reason
SCREENSHOTS = HERE.parents[1] / "screenshots"
FLAGS = [
    "--headless",
    "--no-sandbox",  # containers give Chromium no user namespace to make one with
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

GREETING = GuideStep(
    name="greet",
    title="Say hello",
    sentence="Send the sentence.",
    done_when=(Shows("Hello to you"),),
    insert=Insert("@runbot say hello to #general", channel="general"),
)

PageAs = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for the whole folder, so that one browser serves every test of it."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(TEST_WITHIN))


def chromium() -> str:
    """Where Chromium is. Without one these tests can't say anything, so that is an error."""
    for candidate in (os.environ.get("RUNBOT_CHROMIUM"), "chromium", "chromium-browser"):
        found = candidate and shutil.which(candidate)
        if found:
            return found
    message = (
        "The browser tests need Chromium: install it, "
        "or name its executable in the environment variable RUNBOT_CHROMIUM."
    )
    raise RuntimeError(message)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        expect.set_options(timeout=WITHIN_MS)
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def timing() -> Timing:
    """Longer than Slack's own times: a slow machine isn't an app that doesn't answer.

    A test of what happens then parametrizes it with a shorter one.
    """
    return Timing(ack_deadline=60.0, trigger_lifetime=60.0)


@pytest_asyncio.fixture(loop_scope="session")
async def playground(timing: Timing) -> AsyncIterator[Playground]:
    """A workspace of its own."""
    playground = Playground(timing=timing, guide=[GREETING])
    await playground.start()
    yield playground
    await playground.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def app(playground: Playground) -> AsyncIterator[ConnectedApp]:
    """A real Bolt app in that workspace, to which a test adds its listeners."""
    async with connected_app(playground) as connected:
        yield connected


@pytest.fixture
def playground_url(playground: Playground) -> str:
    """Where the page is; a journey over another server gives its own."""
    return playground.url


@pytest_asyncio.fixture(loop_scope="session")
async def page_as(
    browser: Browser, playground_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[PageAs]:
    """Opens the page as a person, ready to use; more keywords are the browser context's.

    Each page left open is pictured at the test's end, and an error on any page fails the test.
    """
    pages: list[tuple[str, Page]] = []
    errors: list[str] = []

    async def open_page(person: str = "ana", *, path: str = "", **context: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"}
        page = await (await browser.new_context(**{**options, **context})).new_page()
        page.set_default_timeout(WITHIN_MS)
        page.on("pageerror", lambda error: errors.append(f"{person}: {error}"))
        page.on("console", lambda entry: errors.extend(_refused(entry)))
        await page.goto(f"{playground_url}/?as={person}{path}")
        await page.locator(".workspace").wait_for()
        pages.append((person, page))
        return page

    yield open_page
    still_open = [(person, page) for person, page in pages if not page.is_closed()]
    for number, (person, page) in enumerate(still_open):
        await picture(page, f"{request.node.name}-{number}-{person}")
        await page.context.close()
    assert errors == []


def _refused(entry: ConsoleMessage) -> list[str]:
    """Styles and scripts that the page's own policy refuses; pictures elsewhere it may refuse."""
    refused = "Content Security Policy" in entry.text and "img-src" not in entry.text
    return [entry.text] if refused else []


async def picture(page: Page, name: str) -> Path:
    """A screenshot in ./screenshots."""
    path = SCREENSHOTS / f"{re.sub(r'[^A-Za-z0-9_-]+', '-', name)}.png"
    await page.screenshot(path=path)
    return path
