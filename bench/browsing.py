"""The playground's page in headless Chromium: how soon it is ready, and how it keeps up."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.figures import Figure, centile, milliseconds, spread
from runbot.bootstrap import manifest
from runbot.playground import Playground

VISITS: Final = 10
MESSAGES: Final = 200
SCROLLED: Final = 1_000
FRAMES: Final = 3_000  # a page that hasn't reached the oldest message by then never will
# What Chromium needs in a container without a display, and what it would fetch by itself.
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LIST: Final = "[role=log]"
# The page's own clock at the moment when the text first stands in the list.
_WATCH: Final = """(text) => new Promise((seen) => {
    const list = document.querySelector("[role=log]");
    const look = () => {
        if (!list.textContent.includes(text)) return false;
        observer.disconnect();
        requestAnimationFrame(() => seen(performance.timeOrigin + performance.now()));
        return true;
    };
    const observer = new MutationObserver(look);
    observer.observe(list, { childList: true, subtree: true, characterData: true });
    look();
})"""
# Scrolls up by a screen each frame until the oldest message is there; gives each frame's length.
_SCROLL: Final = """([oldest, most]) => new Promise((done, failed) => {
    const list = document.querySelector("[role=log]");
    const frames = [];
    let before = performance.now();
    const step = (now) => {
        frames.push(now - before);
        before = now;
        if (list.textContent.includes(oldest) && list.scrollTop === 0) return done(frames);
        if (frames.length === most) return failed(new Error(`no ${oldest} in ${most} frames`));
        list.scrollTop -= list.clientHeight;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
})"""


async def measure() -> list[Figure]:
    """All of it against a playground without an app: what is measured is the page."""
    async with _served() as playground, _browser() as browser:
        return [
            *await _first_page(playground, browser),
            await _message_to_shown(playground, browser),
            *await _scrolled(playground, browser),
        ]


@asynccontextmanager
async def _served() -> AsyncIterator[Playground]:
    playground = Playground(manifest=manifest())
    await playground.start()
    try:
        yield playground
    finally:
        await playground.stop()


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    chromium = os.environ.get("RUNBOT_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Install Chromium, or name it in RUNBOT_CHROMIUM.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*_FLAGS])
        try:
            yield browser
        finally:
            await browser.close()


async def _opened(context: BrowserContext, playground: Playground, who: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{playground.url}/?as={who}#general")
    await page.locator(_LIST).wait_for()
    return page


async def _first_page(playground: Playground, browser: Browser) -> list[Figure]:
    """A visit with an empty cache each time, to a channel with a few messages."""
    ana = playground.person("ana")
    for number in range(10):
        await ana.says(f"Message {number} of a quiet morning", channel="general")
    seconds, sizes = [], []
    for _ in range(VISITS):
        context = await browser.new_context()
        started = time.monotonic()
        page = await context.new_page()
        await page.goto(f"{playground.url}/?as=ana#general")
        await page.get_by_text("Message 9 of a quiet morning").wait_for()
        seconds.append(time.monotonic() - started)
        sizes.append(await _loaded(page))
        await context.close()
    kib = statistics.median(size for size, _ in sizes) / 1024
    return [
        Figure(
            f"First page ready, over {VISITS} visits",
            f"{milliseconds(statistics.median(seconds))} median, "
            f"{milliseconds(max(seconds))} worst",
            "an empty cache; from asking for the address to the newest message on the screen",
        ),
        Figure(
            "What the browser loads",
            f"{kib:.0f} KiB in {sizes[0][1]} requests",
            "page, script, styles and data of the first visit, as sent",
        ),
    ]


async def _loaded(page: Page) -> tuple[int, int]:
    """Bytes as sent, and requests, of the page and all that it asked for."""
    sent: list[int] = await page.evaluate(
        """() => [...performance.getEntriesByType("navigation"),
                  ...performance.getEntriesByType("resource")].map((one) => one.transferSize)"""
    )
    return sum(sent), len(sent)


async def _message_to_shown(playground: Playground, browser: Browser) -> Figure:
    """Ana presses Enter in her window; Ben's window, which looks at the channel, shows it."""
    context = await browser.new_context()
    hers = await _opened(context, playground, "ana")
    his = await _opened(context, playground, "ben")
    box = hers.get_by_role("combobox", name="Message #general")
    seconds = []
    for number in range(MESSAGES):
        text = f"Word {number} for Ben."
        shown = asyncio.create_task(his.evaluate(_WATCH, text))
        await box.fill(text)
        pressed: float = await box.evaluate(
            """(box) => new Promise((pressed) => {
                box.addEventListener("keydown", () => pressed(
                    performance.timeOrigin + performance.now()), { once: true });
                box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            })"""
        )
        seconds.append((await shown - pressed) / 1000)
    await context.close()
    return Figure(
        f"Message to shown, over {MESSAGES}",
        spread(seconds),
        "from Enter in one window to the frame that has it in another person's",
    )


async def _scrolled(playground: Playground, browser: Browser) -> list[Figure]:
    ana = playground.person("ana")
    for number in range(SCROLLED):
        await ana.says(f"Line {number + 1}. of what happened this morning", channel="ops")
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    page = await context.new_page()
    started = time.monotonic()
    await page.goto(f"{playground.url}/?as=ana#ops")
    await page.get_by_text(f"Line {SCROLLED}.").wait_for()
    ready = time.monotonic() - started
    before = time.monotonic()
    frames = [one / 1000 for one in await page.evaluate(_SCROLL, ["Line 1.", FRAMES])]
    taken = time.monotonic() - before
    await context.close()
    late = sum(one > 0.05 for one in frames)
    return [
        Figure(
            f"A channel of {SCROLLED:,} messages, opened",
            milliseconds(ready),
            "from asking for the address to the newest message on the screen",
        ),
        Figure(
            f"{SCROLLED:,} messages scrolled, a screen each frame",
            f"{taken:.1f} s; frames {milliseconds(statistics.median(frames))} median, "
            f"{milliseconds(centile(frames, 0.99))} 99th centile",
            f"from the newest to the oldest; {late} of {len(frames)} frames over 50 ms",
        ),
    ]
