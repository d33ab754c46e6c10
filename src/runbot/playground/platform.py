"""Slack itself, as far as an app can tell: the state of one workspace and the rules over it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbot.playground.agent import AgentSurface
from runbot.playground.budgets import RateLimits
from runbot.playground.changes import Changes
from runbot.playground.conversations import Conversations
from runbot.playground.delivery import Deliveries, Transport
from runbot.playground.event_faults import EventFaults
from runbot.playground.events import Events
from runbot.playground.faults import Faults
from runbot.playground.files import Files
from runbot.playground.limits import most
from runbot.playground.manifest import Manifest
from runbot.playground.messages import Message, Messages
from runbot.playground.signed_http import SignedHttp
from runbot.playground.socket_mode import SocketMode
from runbot.playground.streams import Streams
from runbot.playground.traffic import Traffic
from runbot.playground.triggers import ResponseUrls, Triggers
from runbot.playground.views import View, Views
from runbot.playground.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Timing:
    """Slack's own times, which tests may shorten."""

    ack_deadline: float | None = None
    trigger_lifetime: float | None = None
    stream_lifetime: float | None = None
    status_lifetime: float | None = None
    event_retry_delays: tuple[float, ...] = (1, 60, 300)


def _seconds(limit: str, shortened: float | None) -> float:
    """Slack's own time, unless a test has shortened it."""
    return most(limit) if shortened is None else shortened


class Platform:
    """Everything that the Web API, the deliveries and the people act on."""

    def __init__(
        self,
        workspace: Workspace,
        manifest: Manifest,
        *,
        timing: Timing,
        rate_limits: bool,
        methods: Collection[str],
        app_url: str = "",
        files: Path | None = None,
    ) -> None:
        self.workspace = workspace
        self.manifest = manifest
        self.changes = Changes()
        self.files = Files(workspace, files)
        self.messages = Messages(self.files)
        self.views = Views()
        self.triggers = Triggers(timing.trigger_lifetime)
        self.response_urls = ResponseUrls()
        self.faults = Faults(methods)
        self.faults.on_switch.append(self._switched)
        self.rate_limits = RateLimits(self.faults, on=rate_limits)
        self.traffic = Traffic()
        ack_deadline = _seconds("ack.seconds", timing.ack_deadline)
        self.sockets = SocketMode(
            app_id=workspace.bot.app_id,
            enabled=manifest.socket_mode,
            faults=self.faults,
            traffic=self.traffic,
            on_change=self._connection_changed,
            ack_deadline=ack_deadline,
        )
        self.http: SignedHttp | None = None
        """The way to the app where its manifest switches Socket Mode off."""
        if not manifest.socket_mode:
            self.http = SignedHttp(
                manifest,
                signing_secret=workspace.bot.signing_secret,
                app_url=app_url,
                on_change=self._connection_changed,
                ack_deadline=ack_deadline,
            )
        self.transport: Transport = self.http or self.sockets
        self.delivery = Deliveries(
            self.transport,
            faults=self.faults,
            traffic=self.traffic,
            on_change=self.changes.touch,
            retry_delays=timing.event_retry_delays,
        )
        self.event_faults = EventFaults(self.faults, self.delivery.deliver_event)
        self.events = Events(workspace, self.messages, manifest, self.event_faults.deliver)
        self.conversations = Conversations(
            workspace,
            self.messages,
            self.files,
            self.changes,
            self.events,
            status_lifetime=_seconds("assistant.status_seconds", timing.status_lifetime),
        )
        self.agent = AgentSurface(workspace, self.changes)
        self.streams = Streams(
            self.messages,
            self.conversations,
            _seconds("stream.seconds", timing.stream_lifetime),
        )
        self.url = ""
        """The server's own address, once it is listening."""
        self._was_connected = False

    def listening_at(self, url: str) -> None:
        """The server has its address."""
        self.url = self.files.url = url

    def _connection_changed(self, connected: bool) -> None:  # noqa: FBT001 - a callback's one argument
        if connected != self._was_connected:
            self._was_connected = connected
            self.changes.announce({"type": "bot", "connected": connected})
        else:
            self.changes.touch()

    def _switched(self, _name: str) -> None:
        faults = self.faults.to_page()
        self.changes.announce(
            {"type": "faults", "on": faults["on"], "switches": faults["switches"]}
        )

    def view_to_slack(self, view: View) -> dict[str, Any]:
        """A view object for answers, payloads and pages."""
        bot = self.workspace.bot
        return view.to_slack(team=self.workspace.team_id, app=bot.app_id, bot=bot.bot_id)

    def message_to_slack(self, message: Message) -> dict[str, Any]:
        """A message object for answers and payloads."""
        return self.messages.to_slack(
            message, team=self.workspace.team_id, app=self.workspace.bot.app_id
        )

    def show_view(self, kind: str, view: View) -> None:
        """Put a modal or Home on its owner's pages."""
        self.changes.announce({"type": kind, "view": self.view_to_slack(view)}, [view.user])
