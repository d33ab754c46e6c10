"""A local Slack workspace: an unchanged Bolt app on one side, people on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from runbot.playground.delivery import Envelope
from runbot.playground.faults import Faults
from runbot.playground.guide import Guide, GuideStep
from runbot.playground.guide_http import GuideApi
from runbot.playground.inspector.http import Inspector
from runbot.playground.interactions import Interactions
from runbot.playground.listening import listen_no_more
from runbot.playground.mailbox import Mail, Mailbox
from runbot.playground.manifest import Manifest
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.person_http import PersonApi
from runbot.playground.platform import Platform, Timing
from runbot.playground.server import build_app
from runbot.playground.storage import Storage
from runbot.playground.traffic import ApiCall, Traffic
from runbot.playground.troubled import Troubled
from runbot.playground.web_api import METHODS, WebApi
from runbot.playground.workspace import Workspace

_T = TypeVar("_T")


class Playground:
    """Start it, point SLACK_API_URL at `api_url`, and act through `person(…)` or the page.

    With `data`, a file, messages, Home tabs and mail outlive a restart, and uploads in a folder
    beside it; without it, nothing does.
    With a `manifest` the app is held to its scopes, events and commands; without one, it may all.
    Where the manifest switches Socket Mode off, the app is told over HTTP, at the manifest's
    addresses; `app_url`, as in "http://127.0.0.1:3001", takes the place of their scheme and host.
    `guide` is what the page offers somebody new to do, step by step.
    """

    def __init__(
        self,
        *,
        workspace: Workspace | None = None,
        manifest: dict[str, Any] | None = None,
        guide: Sequence[GuideStep] = (),
        data: Path | None = None,
        timing: Timing | None = None,
        rate_limits: bool = False,
        app_url: str = "",
    ) -> None:
        self.platform = Platform(
            workspace or Workspace.default(),
            Manifest(manifest),
            timing=timing or Timing(),
            rate_limits=rate_limits,
            methods=METHODS,
            app_url=app_url,
            files=data and data.with_name(f"{data.stem}-files"),
        )
        self.interactions = Interactions(self.platform)
        self.mailbox = Mailbox(self.platform.changes, self.platform.traffic)
        self.smtp_url = ""
        self._troubled = Troubled(self.platform.faults)
        web_api = WebApi(self.platform, self._troubled)
        self.guide = Guide(guide, tell=self._guided, channel_id=self._channel_id)
        self.platform.traffic.on_record.append(self.guide.observe)
        self._inspector = Inspector(self.platform.traffic, self.platform.workspace)
        self._app = build_app(
            self.platform,
            self.interactions,
            web_api,
            self._troubled,
            [
                *self._inspector.routes(),
                *GuideApi(self.platform, self.guide).routes(),
                *PersonApi(self.platform, self.interactions, self.mailbox, self.guide).routes(),
            ],
        )
        self._storage = data and Storage(data, self.platform, self.mailbox, self.guide)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0, *, smtp_port: int = 0) -> None:
        """Listen (a port of 0 takes a free one). OSError when a port is taken."""
        if self._storage:
            self._storage.load()
            self.platform.changes.on_change.append(self._storage.changed)
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        if runner.server is None:
            raise AssertionError("It has just been set up.")
        loop = asyncio.get_running_loop()
        try:
            self._listening = await loop.create_server(runner.server, host, port)
            self.smtp_url = await self.mailbox.start(host, smtp_port)
        except OSError:
            await self._let_go(runner)
            raise
        self._runner = runner
        address = self._listening.sockets[0].getsockname()
        self.platform.listening_at(f"http://{address[0]}:{address[1]}")
        if self.platform.http is not None:
            await self.platform.http.start()

    async def stop(self) -> None:
        """Let everyone go, write what is kept, and free the ports."""
        self._troubled.stop()
        await self._inspector.stop()
        self.platform.changes.end()
        self.platform.streams.stop()
        self.platform.conversations.stop()
        self.platform.event_faults.stop()
        await self.platform.delivery.stop()
        await self.platform.sockets.stop()
        if self.platform.http is not None:
            await self.platform.http.stop()
        await self.mailbox.stop()
        if self._runner is not None:
            await self._let_go(self._runner)
            self._runner = None
        if self._storage:
            self.platform.changes.on_change.remove(self._storage.changed)
            await self._storage.stop()
        self.platform.files.store.stop()
        # A closed transport lets go of its socket a turn of the loop later.
        await asyncio.sleep(0)

    async def _let_go(self, runner: web.AppRunner) -> None:
        if self._listening is not None:
            await listen_no_more(self._listening)
            self._listening = None
        known = runner.server.connections if runner.server is not None else []
        transports = [each.transport for each in known if each.transport is not None]
        await runner.cleanup()
        # A closed one stays open for as long as its other side doesn't read what it was sent.
        for transport in transports:
            transport.abort()

    def _guided(self) -> None:
        guide = self.guide.to_page(self.platform.url)
        self.platform.changes.announce({"type": "guide", "guide": guide})

    def _channel_id(self, name: str) -> str:
        return self.workspace.channel(name).id

    # Where things are

    @property
    def url(self) -> str:
        """The page's address."""
        return self.platform.url

    @property
    def api_url(self) -> str:
        """The Web API's base."""
        return f"{self.platform.url}/api/"

    @property
    def bot_token(self) -> str:
        """For SLACK_BOT_TOKEN."""
        return self.workspace.bot.bot_token

    @property
    def app_token(self) -> str:
        """For SLACK_APP_TOKEN."""
        return self.workspace.bot.app_token

    @property
    def signing_secret(self) -> str:
        """For SLACK_SIGNING_SECRET."""
        return self.workspace.bot.signing_secret

    @property
    def workspace(self) -> Workspace:
        """The team, its people and channels."""
        return self.platform.workspace

    # What happened

    @property
    def traffic(self) -> Traffic:
        """All that passed between Slack and the app: the newest of it, in order."""
        return self.platform.traffic

    @property
    def calls(self) -> list[ApiCall]:
        """The latest Web API calls, oldest first."""
        return self.traffic.of(ApiCall)

    @property
    def envelopes(self) -> list[Envelope]:
        """The latest deliveries to the app, oldest first."""
        return self.traffic.of(Envelope)

    @property
    def faults(self) -> Faults:
        """Switches for trouble."""
        return self.platform.faults

    @property
    def mail(self) -> list[Mail]:
        """What arrived over SMTP, newest first."""
        return list(self.mailbox.mail)

    def calls_of(self, method: str) -> list[ApiCall]:
        """The latest calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def person(self, name: str) -> Person:
        """Somebody to act as, by name or id; KeyError for nobody."""
        return Person(self.workspace.person(name), self.platform, self.interactions)

    def messages(self, channel: str, thread: str | Message | None = None) -> list[Message]:
        """What everyone in a channel (by name or id) sees: its top level, or one thread."""
        where = self.workspace.channel(channel).id
        if thread is None:
            return self.platform.messages.top_level(where)
        ts = thread.ts if isinstance(thread, Message) else thread
        return self.platform.messages.thread(where, ts)

    def current(self, message: Message) -> Message | None:
        """A message as it is now; None once it's deleted."""
        person = message.ephemeral_to or ""
        return self.platform.messages.find_for(person, message.channel, message.ts)

    async def until(
        self,
        condition: Callable[[], _T | None],
        *,
        timeout: float = 30,  # noqa: ASYNC109 - its message names what was awaited
        what: str = "the condition",
    ) -> _T:
        """The condition's first truthy value, looked at again after every change."""
        return await self.platform.changes.until(condition, timeout=timeout, what=what)

    async def until_connected(self, timeout: float = 30) -> None:  # noqa: ASYNC109 - see until
        """Wait for the app: its Socket Mode connection, or its answer at the events' address."""
        await self.until(
            lambda: self.platform.transport.connected, timeout=timeout, what="the app's connection"
        )
