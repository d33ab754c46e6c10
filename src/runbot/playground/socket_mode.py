"""Socket Mode: the WebSockets on which the app gets envelopes and acknowledges them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from runbot.playground.bodies import parsed
from runbot.playground.delivery import Envelope
from runbot.playground.faults import Faults
from runbot.playground.limits import most
from runbot.playground.traffic import SocketMoment, Traffic

# How many unanswered envelopes a late ack can still find.
_UNANSWERED = 2_000
# How long the other side may take to say goodbye, so that a hung app doesn't hold up the end.
_CLOSING_SECONDS = 1.0
_PING_SECONDS = 30.0
_HOST = "playground"


@dataclass(slots=True, eq=False)
class _Connection:
    socket: web.WebSocketResponse
    request: web.Request
    heard_at: float
    quiet: bool = False
    """Half-open: nothing is sent or read on it any more, and nobody is told."""

    async def send(self, frame: str) -> None:
        """Send a frame, spelled out; or lose it where nothing comes through."""
        if not self.quiet:
            await self.socket.send_str(frame)

    def drop(self) -> None:
        """Break it without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def keep_alive(self) -> None:
        """Ping now and then; one that says nothing for a while is dropped."""
        while not self.socket.closed:
            await asyncio.sleep(_PING_SECONDS)
            if self.quiet:
                continue
            if time.monotonic() - self.heard_at > 1.5 * _PING_SECONDS:
                self.drop()
                return
            with suppress(ConnectionError):
                await self.socket.ping()


@dataclass(frozen=True, slots=True)
class _Unanswered:
    envelope: Envelope
    answered: asyncio.Future[None]


class SocketMode:
    """The app's connections. Each envelope goes to one of them, in turn."""

    def __init__(
        self,
        *,
        app_id: str,
        enabled: bool,
        faults: Faults,
        traffic: Traffic,
        on_change: Callable[[bool], None],
        ack_deadline: float,
    ) -> None:
        self.ack_deadline = ack_deadline
        self._app_id = app_id
        self._enabled = enabled
        self._faults = faults
        self._traffic = traffic
        self._on_change = on_change
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._next = 0
        self._unanswered: dict[str, _Unanswered] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dropping: asyncio.TimerHandle | None = None
        self._started = datetime.now(UTC)
        faults.on_switch.append(self._switched)

    @property
    def late(self) -> str:
        """A retry's reason, where the ack didn't come in time."""
        return "timeout"

    @property
    def connected(self) -> bool:
        """Whether an app is there."""
        return bool(self._connections)

    def ticket(self) -> str:
        """One use's right to connect; part of the URL that apps.connections.open gives."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            self._note("refused", "invalid_ticket")
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        if self._faults.meets("socket_refused"):
            self._note("refused", "socket_refused")
            return web.Response(status=503, text="No new connections for the moment.")
        self._tickets.discard(ticket)
        # Pings by hand: a line that went quiet answers none, and stays open all the same.
        socket = web.WebSocketResponse(
            timeout=_CLOSING_SECONDS, autoping=False, max_msg_size=4 * 2**20
        )
        await socket.prepare(request)
        refusal = self._refusal()
        if refusal:
            self._note("refused", refusal)
            await socket.send_str(_goodbye(refusal))
            await socket.close()
            return socket
        quiet = bool(self._faults.number("socket_quiet", "new_ones"))
        connection = _Connection(socket, request, time.monotonic(), quiet=quiet)
        await connection.send(self._hello())
        self._connections.append(connection)
        self._note("connected")
        self._on_change(self.connected)
        pinging = asyncio.create_task(connection.keep_alive())
        try:
            async for message in socket:
                await self._receive(connection, message)
        finally:
            pinging.cancel()
            if connection in self._connections:
                self._connections.remove(connection)
            self._note("disconnected")
            self._on_change(self.connected)
        return socket

    def _hello(self) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self._connections) + 1,
                "debug_info": {
                    "host": _HOST,
                    "started": f"{self._started:%Y-%m-%d %H:%M:%S.%f}"[:-3],
                    "build_number": 1,
                    "approximate_connection_time": 18_060,
                },
                "connection_info": {"app_id": self._app_id},
            }
        )

    def _note(self, what: str, reason: str = "") -> None:
        self._traffic.record(SocketMoment(what, len(self._connections), reason))

    def _refusal(self) -> str:
        """Why no further connection is taken; empty where one is."""
        if not self._enabled:
            return "link_disabled"
        full = len(self._connections) >= most("socket.connections")
        return "too_many_websockets" if full else ""

    async def _receive(self, connection: _Connection, message: WSMessage) -> None:
        if connection.quiet:
            return
        connection.heard_at = time.monotonic()
        if message.type is WSMsgType.PING:
            with suppress(ConnectionError):
                await connection.socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            self._acknowledged(message)

    def _acknowledged(self, message: WSMessage) -> None:
        try:
            ack = parsed(message.data)
        except ValueError:
            return
        named = ack.get("envelope_id") if isinstance(ack, dict) else None
        unanswered = self._unanswered.pop(named, None) if isinstance(named, str) else None
        if unanswered is None:
            return
        envelope = unanswered.envelope
        envelope.acked_at = time.monotonic()
        envelope.late = bool(envelope.trouble)
        payload = ack.get("payload")
        if not envelope.late and isinstance(payload, dict) and payload:
            envelope.response = payload
        if not unanswered.answered.done():
            unanswered.answered.set_result(None)
        if envelope.late:
            self._traffic.changed(envelope)
        self._on_change(self.connected)

    async def carry(self, envelope: Envelope) -> None:
        """Send it on one of the connections, and wait for its ack."""
        unanswered = _Unanswered(envelope, asyncio.get_running_loop().create_future())
        self._unanswered[envelope.id] = unanswered
        if len(self._unanswered) > _UNANSWERED:
            self._unanswered.pop(next(iter(self._unanswered)))
        if not await self._send(envelope):
            self._unanswered.pop(envelope.id, None)
            envelope.trouble = "connection_failed"
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(unanswered.answered, self.ack_deadline)
        if envelope.acked_at is None:
            envelope.trouble = self.late

    async def _send(self, envelope: Envelope) -> bool:
        """Whether there was a connection to send it on."""
        frame: dict[str, Any] = {
            "envelope_id": envelope.id,
            "type": envelope.type,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.type != "events_api",
        }
        if envelope.type == "events_api":
            frame |= {"retry_attempt": envelope.retry, "retry_reason": envelope.retry_reason}
        spelled = json.dumps(frame)
        envelope.size = len(spelled)
        while self._connections:
            self._next = (self._next + 1) % len(self._connections)
            connection = self._connections[self._next]
            try:
                await connection.send(spelled)
            except (ConnectionError, RuntimeError):
                # The other side is gone before the reader has noticed: try the next connection.
                if connection in self._connections:
                    self._connections.remove(connection)
                    self._on_change(self.connected)
                continue
            return True
        return False

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does when it moves a connection.

        The reason is `warning`, some ten seconds before, or `refresh_requested`.
        """
        if self._connections:
            self._note("asked to reconnect", reason)
        for connection in list(self._connections):
            with suppress(ConnectionError):  # gone before the reader has noticed
                await connection.send(_goodbye(reason))

    def drop(self) -> None:
        """Break every connection without a word."""
        for connection in self._connections:
            connection.drop()

    def _switched(self, name: str) -> None:
        if name == "socket_drop":
            self.drop()
        elif name == "socket_reconnect":
            task = asyncio.create_task(self.disconnect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif name == "socket_quiet" and self._faults.is_on(name):
            for connection in self._connections:
                connection.quiet = True
                self._faults.meets(name)
        elif name == "socket_drops":
            self._drop_later()

    def _drop_later(self) -> None:
        if self._dropping is not None:
            self._dropping.cancel()
            self._dropping = None
        if self._faults.is_on("socket_drops"):
            every = self._faults.number("socket_drops", "every")
            self._dropping = asyncio.get_running_loop().call_later(every, self._drop_again)

    def _drop_again(self) -> None:
        self._faults.meets("socket_drops")
        self.drop()
        self._drop_later()

    async def stop(self) -> None:
        """End the connections."""
        if self._dropping is not None:
            self._dropping.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections):
            await connection.socket.close()


def _goodbye(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}})
