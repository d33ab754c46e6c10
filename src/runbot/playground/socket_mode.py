"""Socket Mode: the WebSockets on which the app gets envelopes and acknowledges them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
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


@dataclass(frozen=True, slots=True, eq=False)
class _Connection:
    socket: web.WebSocketResponse
    request: web.Request


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
        faults.drop_sockets = self.drop

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
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(
            timeout=_CLOSING_SECONDS, heartbeat=30, max_msg_size=4 * 2**20
        )
        await socket.prepare(request)
        if len(self._connections) >= most("socket.connections"):
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._connections) + 1,
                "debug_info": {"host": "playground", "approximate_connection_time": 18_060},
                "connection_info": {"app_id": self._app_id},
            }
        )
        connection = _Connection(socket, request)
        self._connections.append(connection)
        self._on_change(self.connected)
        try:
            async for message in socket:
                self._receive(message)
        finally:
            if connection in self._connections:
                self._connections.remove(connection)
            self._on_change(self.connected)
        return socket

    def _receive(self, message: WSMessage) -> None:
        if message.type is not WSMsgType.TEXT:
            return
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
        for _ in range(2 if self._faults.take_double_event() else 1):
            task = asyncio.create_task(self._deliver_event(payload))
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
            if await self._wait(envelope):
                return
            reason = "timeout"

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
                await connection.socket.send_json(frame)
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
            await connection.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
            )

    def drop(self) -> None:
        """Break every connection without a word."""
        for connection in self._connections:
            transport = connection.request.transport
            if transport is not None:
                transport.abort()

    async def stop(self) -> None:
        """End retries and connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections):
            await connection.socket.close()
