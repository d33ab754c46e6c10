"""`python app.py` as a newcomer starts it, and what a person does on its page."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from browser.talk import messages, say

ROOT = Path(__file__).parents[2]
READY_WITHIN = 90
STOPPED_WITHIN = 60


class RealApp:
    """The application in a process of its own, with a folder for its data and its log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._port = "0"
        self.address = ""

    @property
    def log(self) -> str:
        """What it has written to its log, over all its starts."""
        return (self._folder / "runbot.log").read_text()

    async def start(self) -> None:
        """As `make run` does; started again, it has the address that it had before."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "RUNBOT_"))}
        settings = {"RUNBOT_PORT": self._port, "RUNBOT_DISPLAY_INTERVAL": "0.2"}
        with (self._folder / "runbot.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(ROOT / "app.py"),
                cwd=self._folder,
                env={**mine, **settings},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self.address = await self._printed_address(self._process)
        self._port = self.address.rpartition(":")[2]

    async def _printed_address(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        async with asyncio.timeout(READY_WITHIN):
            while line := (await process.stdout.readline()).decode():
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    return found[0]
        raise AssertionError(f"it ended without printing its address: {self.log[-3000:]}")

    async def kept(self, *words: str) -> None:
        """Until the playground's file has these words: it is written a moment after a change."""
        async with asyncio.timeout(READY_WITHIN):
            while not self._has(words):  # noqa: ASYNC110 - a file announces nothing
                await asyncio.sleep(0.05)

    def _has(self, words: tuple[str, ...]) -> bool:
        written = "".join(file.read_text() for file in self._folder.rglob("playground.json"))
        return all(one in written for one in words)

    async def kill(self) -> None:
        """End it as a power cut does: nothing is tidied up."""
        assert self._process is not None
        self._process.kill()
        await asyncio.wait_for(self._process.wait(), STOPPED_WITHIN)

    async def stop(self) -> None:
        """End it as Ctrl-C does; that it ends well and never failed is part of each journey."""
        assert self._process is not None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), STOPPED_WITHIN)
        assert code == 0, self.log[-3000:]
        assert "Traceback" not in self.log, self.log[-3000:]


def thread(page: Page) -> Locator:
    """The pane of the thread that is open."""
    return page.get_by_role("region", name="Thread")


async def reply(page: Page, text: str) -> None:
    """Write into the thread that is open."""
    box = page.get_by_role("combobox", name=re.compile("^Reply"))
    await box.fill(text)
    await box.press("Enter")


async def go_to(page: Page, name: str) -> None:
    """Choose a place in the sidebar."""
    places = page.get_by_role("navigation", name="Conversations")
    await places.get_by_role("button", name=re.compile(rf"^{re.escape(name)}\b")).click()


async def choose(page: Page, message: Locator, label: str) -> None:
    """Choose from a message's own menu."""
    await message.hover()
    await message.get_by_role("button", name="More for this message").click()
    await page.get_by_role("menuitem", name=label).click()


def run_of(page: Page, name: str) -> Locator:
    """The newest run of a runbook that the open conversation shows."""
    runs = messages(page).filter(has_text=re.compile(r"Run \d+ ·"))
    return runs.filter(has_text=name).last


async def published(page: Page, name: str, steps: str) -> Locator:
    """A runbook made in the conversation's own words and published; its card."""
    await say(page, f"@runbot create a runbook called {name} with these steps: {steps}")
    card = messages(page).filter(has_text=name).filter(has=page.get_by_text("Publish")).last
    await card.get_by_role("button", name="Publish").click()
    card = messages(page).filter(has_text=name).filter(has_text="Published").last
    await expect(card.get_by_role("button", name="Run")).to_be_visible()
    return card
