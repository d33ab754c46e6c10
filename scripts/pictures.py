"""Pictures of each surface, from a real Runbot in the playground, in light and dark and narrow.

    .venv/bin/python scripts/pictures.py            # all of them, to look at, into ./screenshots
    .venv/bin/python scripts/pictures.py --readme   # docs/images/run.png as well

It starts Runbot as `make run` does, on free ports and in a folder of its own. The story is told
over the same HTTP interface that the page uses; then a browser looks at each place of it.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp
from playwright.async_api import Browser, Locator, Page, async_playwright

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "docs/images/run.png"
SCREENSHOTS: Final = ROOT / "screenshots"
SECONDS: Final = 30.0
SENTENCE: Final = (
    "@runbot Create a runbook called incident-response-database with these steps: "
    "1. Page the on-call engineer via send_email. 2. Snapshot the database logs to the data "
    "store. 3. Run a diagnostic web_fetch against /health. 4. Post a status update to #incidents "
    "on Slack. 5. Ask @ben to confirm that customers see no errors."
)
VAGUE: Final = (
    "@runbot create a runbook called restart-api with these steps: 1. Handle the problem. "
    "2. Wait 5 minutes and then email {{owner}} and then check https://app.example.com/health"
)
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync")
WIDE: Final = (1280, 860)
NARROW: Final = (375, 760)
Scheme = Literal["light", "dark"]


class Person:
    """One of the people, as the page would act for them, in #general."""

    def __init__(self, session: aiohttp.ClientSession, url: str, name: str) -> None:
        self._session = session
        self._url = f"{url}/people/api"
        self._name = name
        self._id = ""
        self.general = ""

    async def arrives(self) -> None:
        """Wait until the app is connected, and find out who and where one is."""
        end = time.monotonic() + SECONDS
        boot = await self._get("boot")
        while not boot["bot"]["connected"] and time.monotonic() < end:
            await asyncio.sleep(0.1)
            boot = await self._get("boot")
        self._id = next(one["id"] for one in boot["people"] if one["name"] == self._name)
        rooms = await self._get(f"{self._id}/conversations")
        self.general = next(room["id"] for room in rooms if room["name"] == "general")

    async def says(self, text: str, thread: str | None = None) -> None:
        """Post a message."""
        said = {"channel": self.general, "text": text}
        await self._post("say", {**said, "thread_ts": thread} if thread else said)

    async def clicks(self, ts: str, action: str) -> None:
        """Press a button of a message."""
        for block in (await self._message(ts)).get("blocks") or []:
            for element in block.get("elements", []):
                if element.get("action_id") == action:
                    what = {"block_id": block["block_id"], "action_id": action}
                    await self._post("click", {"channel": self.general, "ts": ts, **what})
                    return
        raise RuntimeError(f"There is no button {action}.")

    async def sees(self, text: str, *, after: str = "0") -> str:
        """Wait for the app's message that shows a text; its ts."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for message in reversed(await self._messages()):
                shown = f"{message['text']} {message.get('blocks')}"
                if message["bot_id"] and message["ts"] > after and text in shown:
                    return str(message["ts"])
            await asyncio.sleep(0.1)
        shown = "\n".join(message["text"] for message in await self._messages())
        raise RuntimeError(f"Nothing shows {text!r}; there is:\n{shown}")

    async def _message(self, ts: str) -> dict[str, Any]:
        return next(message for message in await self._messages() if message["ts"] == ts)

    async def _messages(self) -> list[dict[str, Any]]:
        found = await self._get(f"{self._id}/messages?channel={self.general}")
        messages: list[dict[str, Any]] = found["messages"]
        return messages

    async def _get(self, path: str) -> Any:
        async with self._session.get(f"{self._url}/{path}") as response:
            return await response.json()

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        async with self._session.post(f"{self._url}/{self._id}/{path}", json=body) as response:
            answer = await response.json()
        if not answer["ok"]:
            raise RuntimeError(answer["message"])


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """Runbot and its playground; gives the address that it prints."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SLACK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "app.py"),
        env={**kept, "RUNBOT_DATA_DIR": str(folder / "data"), "RUNBOT_PORT": "0"},
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield await asyncio.wait_for(_address(process), SECONDS)
    finally:
        process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    while process.stdout and (line := await process.stdout.readline()):
        if found := re.search(rb"http://[\d.]+:\d+", line):
            return found[0].decode()
    raise RuntimeError("Runbot ended before it printed its address.")


async def tell(url: str) -> None:
    """The whole story: a draft that needs work, and a run up to the step that waits for Ben."""
    async with aiohttp.ClientSession(headers={"X-Playground": "pictures"}) as session:
        ana = Person(session, url, "ana")
        await ana.arrives()
        await ana.says(VAGUE)
        vague = await ana.sees("restart-api")
        await ana.says(SENTENCE)
        card = await ana.sees("incident-response-database", after=vague)
        await ana.says("1: oncall@example.com", thread=card)
        await ana.says(f"the logs come from {url}/logs and the site is {url}", thread=card)
        await ana.sees(f"{url}/health")
        await ana.clicks(card, "draft.publish")
        await ana.sees("Published")
        await ana.says("@runbot run incident-response-database")
        await ana.sees("question.done", after=card)


# --- The places, each a walk from a freshly opened page ------------------------------


def _card(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text).last


async def _up_to(page: Page, wanted: Locator) -> Locator:
    """Scroll up until it is on the screen: a long list draws only what is looked at."""
    await page.get_by_role("button", name="Done").last.wait_for()
    await page.get_by_role("log").hover()
    end = time.monotonic() + SECONDS
    while not await wanted.is_visible() and time.monotonic() < end:
        await page.mouse.wheel(0, -300)
        await asyncio.sleep(0.1)
    await page.mouse.wheel(0, -200)
    await wanted.wait_for()
    return wanted


async def channel(page: Page) -> None:
    """The run's message, waiting for Ben."""
    await page.get_by_role("button", name="Done").last.wait_for()


async def draft(page: Page) -> None:
    """A draft with findings and open questions."""
    await _up_to(page, _card(page, "restart-api").get_by_role("button", name="Discard"))


async def thread(page: Page) -> None:
    """The run's log."""
    await page.get_by_role("button", name="Done").last.wait_for()
    await page.get_by_role("button", name=re.compile(r"\d+ repl")).last.click()
    await page.get_by_role("region", name="Thread").wait_for()


async def run_form(page: Page) -> None:
    """What one fills in before a run."""
    run = page.get_by_role("article").get_by_role("button", name="Run", exact=True).last
    await (await _up_to(page, run)).click()
    await page.get_by_role("dialog").wait_for()


async def edit_form(page: Page) -> None:
    """The draft's form."""
    edit = _card(page, "restart-api").get_by_role("button", name="Edit")
    await (await _up_to(page, edit)).click()
    await page.get_by_role("dialog").get_by_role("textbox").first.wait_for()


async def confirm(page: Page) -> None:
    """Abort asks once."""
    await page.get_by_role("button", name="Done").last.wait_for()
    await page.get_by_role("button", name=re.compile("^Abort")).last.click()
    await page.get_by_role("dialog").wait_for()


async def home(page: Page) -> None:
    """The app's Home tab."""
    await page.evaluate("location.hash = '#home'")
    await page.reload()
    await page.get_by_text("incident-response-database").first.wait_for()


async def mailbox(page: Page) -> None:
    """The mail that the run has sent."""
    await page.evaluate("location.hash = '#mailbox'")
    await page.reload()
    await page.get_by_text("oncall@example.com").first.wait_for()


async def helped(page: Page) -> None:
    """What only oneself sees: the help."""
    box = page.get_by_role("combobox", name=re.compile("^Message "))
    await box.fill("/runbook help")
    await box.press("Enter")
    await page.get_by_text("Only visible to you").last.wait_for()


PLACES: Final[dict[str, Callable[[Page], Awaitable[None]]]] = {
    "channel": channel,
    "draft": draft,
    "thread": thread,
    "run-form": run_form,
    "edit-form": edit_form,
    "confirm": confirm,
    "home": home,
    "mailbox": mailbox,
    "help": helped,
}


async def photograph(browser: Browser, url: str, folder: Path) -> None:
    """Every place, in light and dark, wide and narrow; a narrow one is named so."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        for name, walk in PLACES.items():
            for size, width in (("", WIDE), ("-narrow", NARROW)):
                page = await _opened(browser, url, scheme, width)
                await walk(page)
                await page.screenshot(path=folder / f"{name}-{scheme}{size}.png")
                await page.context.close()


async def _opened(browser: Browser, url: str, scheme: Scheme, size: tuple[int, int]) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(SECONDS * 1000 / 2)
    await page.goto(f"{url}/?as=ana#general")
    await page.get_by_role("log").wait_for()
    return page


async def for_readme(browser: Browser, url: str) -> None:
    """The run's message in full, sharp enough for a page about Runbot."""
    context = await browser.new_context(
        viewport={"width": 1120, "height": 720}, device_scale_factor=1.5
    )
    page = await context.new_page()
    await page.goto(f"{url}/?as=ana#general")
    await channel(page)
    README.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=README)
    await context.close()


async def main(*, readme: bool) -> None:
    """Tell the story, look at it, and clean up."""
    chromium = os.environ.get("RUNBOT_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Install Chromium, or name it in RUNBOT_CHROMIUM.")
    SCREENSHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder)) as url, async_playwright() as playwright:
            await tell(url)
            browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
            if readme:
                await for_readme(browser, url)
            await photograph(browser, url, SCREENSHOTS)
            await browser.close()
    print(f"{len(PLACES) * 4} pictures are in {SCREENSHOTS.relative_to(ROOT)}.")


if __name__ == "__main__":
    asyncio.run(main(readme="--readme" in sys.argv[1:]))
