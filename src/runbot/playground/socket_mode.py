"""Socket Mode: the WebSockets on which the app gets envelopes and acknowledges them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from aiohttp import WSMessage, WSMsgType, web

from runbot.playground.faults import Faults
from runbot.playground.limits import most
from runbot.playground.refusals import Refusal

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]

_KEPT = 2_000
# How long the other side may take to say goodbye, so that a hung app doesn't hold up the end.
_CLOSING_SECONDS = 1.0
_PING_SECONDS = 30.0


@dataclass(slots=True)
class Envelope:
    """One delivery to the app, and what came of it."""

    id: str
    type: EnvelopeType
    payload: dict[str, Any]
    sent_at: float
    retry: int = 0
    acked_at: float | None = None
    response: dict[str, Any] | None = None
    late: bool = False
    """The ack came after the deadline, so it changed nothing."""
    outcome: asyncio.Future[bool] | None = field(default=None, repr=False)

    @property
    def ack_seconds(self) -> float | None:
        """How long the ack took; None without one."""
        return None if self.acked_at is None else self.acked_at - self.sent_at


@dataclass(slots=True, eq=False)
class _Connection:
    socket: web.WebSocketResponse
    request: web.Request
    heard_at: float
    quiet: bool = False
    """Half-open: nothing is sent or read on it any more, and nobody is told."""

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame, or lose it where nothing comes through."""
        if not self.quiet:
            await self.socket.send_json(frame)

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


class SocketMode:
    """The app's connections. Each envelope goes to one of them, in turn."""

    def __init__(
        self,
        *,
        app_id: str,
        faults: Faults,
        on_change: Callable[[bool], None],
        ack_deadline: float | None = None,
        retry_delays: tuple[float, ...] = (1, 60, 300),
    ) -> None:
        self.ack_deadline = most("ack.seconds") if ack_deadline is None else ack_deadline
        self.retry_delays = retry_delays[: most("event.retries")]
        self.envelopes: deque[Envelope] = deque(maxlen=_KEPT)
        self._app_id = app_id
        self._faults = faults
        self._on_change = on_change
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._next = 0
        self._waiting: dict[str, Envelope] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dropping: asyncio.TimerHandle | None = None
        faults.on_switch.append(self._switched)

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
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        if self._faults.meets("socket_refused"):
            return web.Response(status=503, text="No new connections for the moment.")
        self._tickets.discard(ticket)
        # Pings by hand: a line that went quiet answers none, and stays open all the same.
        socket = web.WebSocketResponse(
            timeout=_CLOSING_SECONDS, autoping=False, max_msg_size=4 * 2**20
        )
        await socket.prepare(request)
        if len(self._connections) >= most("socket.connections"):
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        quiet = bool(self._faults.number("socket_quiet", "new_ones"))
        connection = _Connection(socket, request, time.monotonic(), quiet=quiet)
        await connection.send(
            {
                "type": "hello",
                "num_connections": len(self._connections) + 1,
                "debug_info": {"host": "playground", "approximate_connection_time": 18_060},
                "connection_info": {"app_id": self._app_id},
            }
        )
        self._connections.append(connection)
        self._on_change(self.connected)
        pinging = asyncio.create_task(connection.keep_alive())
        try:
            async for message in socket:
                await self._receive(connection, message)
        finally:
            pinging.cancel()
            if connection in self._connections:
                self._connections.remove(connection)
            self._on_change(self.connected)
        return socket

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
            ack = json.loads(message.data)
        except ValueError:
            return
        envelope = self._waiting.pop(ack.get("envelope_id", ""), None)
        if envelope is None:
            envelope = next((e for e in self.envelopes if e.id == ack.get("envelope_id")), None)
            if envelope is None or envelope.acked_at is not None:
                return
            envelope.late = True
        envelope.acked_at = time.monotonic()
        payload = ack.get("payload")
        if not envelope.late and isinstance(payload, dict) and payload:
            envelope.response = payload
        if envelope.outcome is not None and not envelope.outcome.done():
            envelope.outcome.set_result(True)
        self._on_change(self.connected)

    async def deliver(self, kind: EnvelopeType, payload: dict[str, Any]) -> Envelope:
        """Send one envelope and wait for its ack; `acked_at` is None or `late` without one.

        Refusal("dispatch_failed") when no app is connected.
        """
        envelope = await self._send(kind, payload)
        await self._wait(envelope)
        return envelope

    def deliver_event(self, payload: dict[str, Any]) -> None:
        """Send an event, and again when it isn't acknowledged; nobody waits for it."""
        self._do(self._deliver_event(payload))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_event(self, payload: dict[str, Any]) -> None:
        reason = ""
        for attempt, delay in enumerate((0.0, *self.retry_delays)):
            if delay:
                await asyncio.sleep(delay)
            try:
                envelope = await self._send("events_api", payload, attempt, reason)
            except Refusal:
                reason = "connection_failed"
                continue
            if await self._wait(envelope) and not self._counts_as_late(attempt):
                return
            reason = "timeout"

    def _counts_as_late(self, attempt: int) -> bool:
        retried = attempt < self._faults.number("events_retried", "times")
        return retried and self._faults.meets("events_retried")

    async def _send(
        self, kind: EnvelopeType, payload: dict[str, Any], retry: int = 0, reason: str = ""
    ) -> Envelope:
        envelope = Envelope(
            id=str(uuid4()), type=kind, payload=payload, sent_at=time.monotonic(), retry=retry
        )
        envelope.outcome = asyncio.get_running_loop().create_future()
        frame: dict[str, Any] = {
            "envelope_id": envelope.id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            frame |= {"retry_attempt": retry, "retry_reason": reason}
        while self._connections:
            self._next = (self._next + 1) % len(self._connections)
            connection = self._connections[self._next]
            self._waiting[envelope.id] = envelope
            self.envelopes.append(envelope)
            try:
                await connection.send(frame)
            except (ConnectionError, RuntimeError):
                # The other side is gone before the reader has noticed: try the next connection.
                self._waiting.pop(envelope.id, None)
                self.envelopes.remove(envelope)
                if connection in self._connections:
                    self._connections.remove(connection)
                continue
            self._on_change(self.connected)
            return envelope
        raise Refusal("dispatch_failed")

    async def _wait(self, envelope: Envelope) -> bool:
        """Whether the ack came in time."""
        if envelope.outcome is None:
            return False
        with suppress(TimeoutError):
            await asyncio.wait_for(envelope.outcome, self.ack_deadline)
        self._waiting.pop(envelope.id, None)
        return envelope.acked_at is not None and not envelope.late

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does when it moves a connection."""
        for connection in list(self._connections):
            with suppress(ConnectionError):  # gone before the reader has noticed
                await connection.send(
                    {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
                )

    def drop(self) -> None:
        """Break every connection without a word."""
        for connection in self._connections:
            connection.drop()

    def _switched(self, name: str) -> None:
        if name == "socket_drop":
            self.drop()
        elif name == "socket_reconnect":
            self._do(self.disconnect())
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
        """End retries and connections."""
        if self._dropping is not None:
            self._dropping.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections):
            await connection.socket.close()
