"""The world that a journey happens in: Runbot as a process, a local Slack, and a site."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from runbot.playground import Playground
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.views import View

ROOT = Path(__file__).parents[2]
SENTENCE = (
    "@runbot Create a runbook called {name} with these steps: "
    "1. Page the on-call engineer via send_email. 2. Snapshot the database logs to the data "
    "store. 3. Run a diagnostic web_fetch against /health. 4. Post a status update to "
    "#incidents on Slack."
)
START_DEADLINE = 100.0
"""Seconds, which only a start that never comes takes, on a busy machine too."""
PATIENCE = 60.0
"""Seconds for what a person waits to see: only what never comes takes so long."""
LOGS = "12:00 database up\n12:01 checkpoint\n"


class Site:
    """A site on loopback that steps can reach: healthy, with logs, and with a page that hangs."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.cut_off = asyncio.Event()
        self.hanging = asyncio.Event()
        self.healthy = True
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/logs", self._logs)
        app.router.add_get("/slow", self._slow)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        self.hits.append("/health")
        return web.Response(
            text="ok" if self.healthy else "sick", status=200 if self.healthy else 503
        )

    async def _logs(self, _: web.Request) -> web.Response:
        self.hits.append("/logs")
        return web.Response(text=LOGS)

    async def _slow(self, _: web.Request) -> web.Response:
        self.hits.append("/slow")
        self.hanging.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cut_off.set()
            raise
        return web.Response(text="never")


def free_port() -> int:
    """A port of this machine that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@dataclass
class RunbotProcess:
    """The real `app.py`, pointed at the playground by the environment alone."""

    playground: Playground
    site: Site
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    port: int | None = None
    """Where Slack's requests go to; None for Socket Mode."""

    @property
    def url(self) -> str:
        """Runbot's own address, in HTTP mode."""
        return f"http://127.0.0.1:{self.port}"

    async def launch(self) -> None:
        """Start it, and wait for nothing."""
        log = (self.folder / "runbot.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            env=self.env,
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()

    async def start(self) -> None:
        """Start it and wait until it is connected to Slack."""
        await self.launch()
        try:
            await self.playground.until_connected(timeout=START_DEADLINE)
        except (AssertionError, TimeoutError) as late:
            raise AssertionError(f"Runbot did not connect:\n{self.log[-3000:]}") from late

    async def kill(self) -> None:
        """kill -9: nothing gets a chance to be tidy."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()
        await self.playground.until(
            lambda: not self.playground.platform.transport.connected, what="the connection's end"
        )

    async def says(self, words: str) -> None:
        """Wait until these words are in its log."""
        deadline = asyncio.get_running_loop().time() + START_DEADLINE
        while words not in self.log:
            assert self.process is not None
            ended = self.process.returncode is not None
            late = ended or asyncio.get_running_loop().time() > deadline
            assert not late, f"never said {words!r}:\n{self.log[-3000:]}"
            await asyncio.sleep(0.02)

    async def ends(self) -> int:
        """Wait until it ends by itself; its exit code."""
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), START_DEADLINE)

    async def stop(self) -> int:
        """Ask it to stop, as `docker stop` does, and wait for it."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), START_DEADLINE)

    @property
    def log(self) -> str:
        return (self.folder / "runbot.log").read_text()

    @property
    def env(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "RUNBOT_"))}
        port = self.site.url.rpartition(":")[2]
        if self.port is None:
            way = {"SLACK_APP_TOKEN": self.playground.app_token}
        else:
            way = {
                "SLACK_SIGNING_SECRET": self.playground.signing_secret,
                "RUNBOT_PORT": str(self.port),
            }
        return {
            **inherited,
            **way,
            "SLACK_BOT_TOKEN": self.playground.bot_token,
            "SLACK_API_URL": self.playground.api_url,
            "RUNBOT_DATA_DIR": str(self.folder / "data"),
            "RUNBOT_SMTP_URL": self.playground.smtp_url,
            "RUNBOT_MAIL_FROM": "runbot@example.com",
            "RUNBOT_ALLOW_HOSTS": f"127.0.0.1:{port}",
            "RUNBOT_DISPLAY_INTERVAL": "0.1",
            # A shared world sees more runs a minute than a workspace does in an hour.
            "RUNBOT_DISPLAY_PER_MINUTE": "3000",
            "RUNBOT_SHUTDOWN_GRACE": "0.5",
            **self.environment,
        }


@dataclass(frozen=True)
class World:
    """Everything a journey needs, by the names that people use."""

    playground: Playground
    runbot: RunbotProcess
    site: Site
    _runs: set[str] = field(default_factory=set)

    def person(self, name: str) -> Person:
        return self.playground.person(name)

    async def shows(self, message: Message, text: str, *, timeout: float = PATIENCE) -> Message:  # noqa: ASYNC109 - its message names what was looked for
        """Wait until this very message shows a text, and give it as it is then."""

        def found() -> Message | None:
            current = self.playground.current(message)
            return current if current is not None and text in current.shown else None

        try:
            shown = await self.playground.until(found, timeout=timeout, what=repr(text))
        except AssertionError as late:
            thread = self.playground.messages(message.channel, message)
            said = "\n--\n".join(one.shown for one in thread)
            log = self.runbot.log[-2000:]
            raise AssertionError(f"{late}\nThe thread:\n{said}\nThe log:\n{log}") from None
        assert shown is not None
        return shown

    async def modal(self, person: Person, control: str) -> View:
        """The person's open modal, once it has its submit button or a control of this name."""

        def found() -> View | None:
            view = person.views[-1] if person.views else None
            if view is None or control not in view.shown:
                return None
            return view

        view = await self.playground.until(found, what=f"a modal with {control!r}")
        assert view is not None
        return view

    def now(self, message: Message) -> str:
        """What this message shows at this moment."""
        current = self.playground.current(message)
        return current.shown if current else ""

    async def run_message(
        self,
        person: Person,
        name: str,
        *,
        channel: str,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - its message names what was looked for
    ) -> Message:
        """The newest run's message of this runbook, seen by this person."""
        known = self._runs

        def found() -> Message | None:
            for message in reversed(person.reads(channel)):
                if (
                    message.bot_id
                    and f"*{name}*" in message.shown
                    and " · started by " in message.shown
                    and message.ts not in known
                    and message.thread_ts in {None, message.ts}
                    and not message.ephemeral_to
                ):
                    return message
            return None

        message = await self.playground.until(
            found, timeout=timeout, what=f"the message of a run of {name}"
        )
        assert message is not None
        known.add(message.ts)
        return message

    async def told(self, people: Iterable[Person], channel: str, *words: str) -> Message:
        """Wait until one of these people reads one of these words from Runbot, privately."""

        def found() -> Message | None:
            return next(
                (
                    message
                    for person in people
                    for message in person.reads(channel)
                    if message.ephemeral_to and any(word in message.shown for word in words)
                ),
                None,
            )

        message = await self.playground.until(found, what=f"a word of {words}")
        assert message is not None
        return message

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.playground.calls_of(method)]
