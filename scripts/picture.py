"""Makes docs/images/run.png: a real run in the playground, seen through headless Chromium.

    .venv/bin/python scripts/picture.py [FILE]

It starts Runbot as `make run` does, on free ports and in a folder of its own, and speaks
to it as a person: over the same HTTP interface that the page uses.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from playwright.async_api import async_playwright

ROOT: Final = Path(__file__).parents[1]
PICTURE: Final = ROOT / "docs/images/run.png"
SECONDS: Final = 30.0
SENTENCE: Final = (
    "@runbot Create a runbook called incident-response-database with these steps: "
    "1. Page the on-call engineer via send_email. 2. Snapshot the database logs to the data "
    "store. 3. Run a diagnostic web_fetch against /health. 4. Post a status update to #incidents "
    "on Slack. 5. Ask @ben to confirm that customers see no errors."
)
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync")


class Person:
    """Ana, as the page would act for her."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/people/api"
        self._id = ""
        self.general = ""

    async def arrives(self) -> None:
        """Wait until the app is connected, and find out who and where she is."""
        end = time.monotonic() + SECONDS
        boot = await self._get("boot")
        while not boot["bot"]["connected"] and time.monotonic() < end:
            await asyncio.sleep(0.1)
            boot = await self._get("boot")
        self._id = next(one["id"] for one in boot["people"] if one["name"] == "ana")
        rooms = await self._get(f"{self._id}/conversations")
        self.general = next(room["id"] for room in rooms if room["name"] == "general")

    async def says(self, text: str, thread: str | None = None) -> None:
        """Post a message in #general."""
        said = {"channel": self.general, "text": text}
        await self._post("say", {**said, "thread_ts": thread} if thread else said)

    async def clicks(self, ts: str, action: str) -> None:
        """Press a button of a message in #general."""
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


async def run_it(url: str) -> None:
    """The whole story, up to the step that waits for Ben."""
    async with aiohttp.ClientSession(headers={"X-Playground": "picture"}) as session:
        ana = Person(session, url)
        await ana.arrives()
        await ana.says(SENTENCE)
        card = await ana.sees("draft.publish")
        await ana.says("1: oncall@example.com", thread=card)
        await ana.says(f"the logs come from {url}/logs and the site is {url}", thread=card)
        await ana.sees(f"{url}/health")
        await ana.clicks(card, "draft.publish")
        await ana.sees("Published")
        await ana.says("@runbot run incident-response-database")
        await ana.sees("question.done", after=card)


async def photograph(url: str, file: Path) -> None:
    """The channel as Ana sees it, its newest message in full."""
    chromium = os.environ.get("RUNBOT_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Install Chromium, or name it in RUNBOT_CHROMIUM.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        context = await browser.new_context(
            viewport={"width": 1120, "height": 720}, device_scale_factor=1.5
        )
        page = await context.new_page()
        await page.goto(f"{url}/?as=ana")
        await page.get_by_role("button", name="Done").last.scroll_into_view_if_needed()
        file.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=file)
        await browser.close()


async def main(file: Path) -> None:
    """Run, look, and clean up."""
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder)) as url:
            await run_it(url)
            await photograph(url, file)
    print(f"{file} shows a run.")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE))
