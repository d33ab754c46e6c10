"""Runbot as a process, beside a playground and a site that are measured from."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from runbot.bootstrap import manifest
from runbot.playground import Playground
from runbot.playground.messages import Message
from runbot.playground.people import Person

ROOT: Final = Path(__file__).parents[1]
DEADLINE: Final = 60.0


def environment(folder: Path, **more: str) -> dict[str, str]:
    """This process's, without what would change Runbot, and with data in this folder."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SLACK_", "RUNBOT_", "DATABASE_URL"))
    }
    return {**kept, "RUNBOT_DATA_DIR": str(folder / "data"), **more}


@dataclass
class Site:
    """Pages that answer at once, after half a second, and never."""

    url: str = ""
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    cut_off: asyncio.Event = field(default_factory=asyncio.Event)
    cut_off_at: float = 0.0

    async def fast(self, _: web.Request) -> web.Response:
        """At once."""
        return web.Response(text="ok")

    async def half(self, _: web.Request) -> web.Response:
        """After half a second."""
        await asyncio.sleep(0.5)
        return web.Response(text="ok")

    async def never(self, _: web.Request) -> web.Response:
        """Never; notes when the other side hangs up."""
        self.hanging.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cut_off_at = time.monotonic()
            self.cut_off.set()
        return web.Response(text="never")


@dataclass(frozen=True)
class World:
    """What measurements act through."""

    playground: Playground
    site: Site
    ana: Person
    pid: int

    async def publishes(self, name: str, *steps: str) -> None:
        """Write a runbook in #general and publish it."""
        numbered = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
        await self.ana.says(
            f"@runbot create a runbook called {name} with these steps: {numbered}",
            channel="general",
        )
        card = await self.ana.sees(f"*{name}*", channel="general", timeout=DEADLINE)
        await self.ana.clicks(card, "Publish")
        await self.shows(card, "Published")

    async def runs(self, name: str) -> Message:
        """Start it; its message."""
        before = {message.ts for message in self.playground.messages("ops")}
        await self.ana.runs_command("/runbook", f"run {name}", channel="ops")

        def started() -> Message | None:
            fresh = [m for m in self.playground.messages("ops") if m.ts not in before]
            return next((m for m in fresh if "started by" in m.shown), None)

        found = await self.playground.until(started, timeout=DEADLINE, what=f"{name}'s message")
        assert found is not None
        return found

    async def shows(self, message: Message, text: str) -> Message:
        """Wait until this message shows a text; the message as it is then."""

        def found() -> Message | None:
            current = self.playground.current(message)
            return current if current is not None and text in current.shown else None

        shown = await self.playground.until(found, timeout=DEADLINE, what=repr(text))
        assert shown is not None
        return shown


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A Runbot with its usual settings, connected to a playground of its own."""
    site, playground = Site(), Playground(manifest=manifest())
    app = web.Application()
    app.add_routes(
        [web.get("/fast", site.fast), web.get("/half", site.half), web.get("/never", site.never)]
    )
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    site.url = f"http://{host}:{port}"
    await playground.start()
    with tempfile.TemporaryDirectory() as folder:
        process = await _process(Path(folder), playground, f"{host}:{port}")
        try:
            await playground.until(
                lambda: playground.platform.sockets.connected or process.returncode is not None,
                timeout=DEADLINE,
                what="Runbot's connection",
            )
            assert process.returncode is None, "Runbot ended; its reason stands above."
            yield World(playground, site, playground.person("ana"), process.pid)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            await playground.stop()
            await runner.cleanup()


async def _process(
    folder: Path, playground: Playground, reachable: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "app.py"),
        env=environment(
            folder,
            SLACK_BOT_TOKEN=playground.bot_token,
            SLACK_APP_TOKEN=playground.app_token,
            SLACK_API_URL=playground.api_url,
            RUNBOT_SMTP_URL=playground.smtp_url,
            RUNBOT_ALLOW_HOSTS=reachable,
            RUNBOT_LOG_LEVEL="WARNING",
            RUNBOT_SHUTDOWN_GRACE="0.5",
        ),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
    )
