"""What is sent to the app: the record of it, retries of events, and the seam to how it travels.

https://docs.slack.dev/apis/events-api/#retries
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import uuid4

from runbot.playground.faults import Faults
from runbot.playground.limits import most
from runbot.playground.traffic import Traffic

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]


@dataclass(slots=True)
class Envelope:
    """One delivery to the app, over Socket Mode or HTTP, and what came of it."""

    id: str
    type: EnvelopeType
    payload: dict[str, Any]
    sent_at: float
    """time.monotonic() when it was sent."""
    retry: int = 0
    """0 for the first attempt, then 1 to 3."""
    retry_reason: str = ""
    """Why the attempt before this one failed."""
    acked_at: float | None = None
    response: dict[str, Any] | None = None
    """What the acknowledgement carried."""
    late: bool = False
    """The ack came after the deadline, so it changed nothing."""
    trouble: str = ""
    """Why it counts as not delivered, in the words of X-Slack-Retry-Reason; else empty."""
    url: str = ""
    """Where it was posted; empty for Socket Mode."""
    headers: dict[str, str] = field(default_factory=dict)
    """The request's, for HTTP."""
    status: int | None = None
    """The answer's, for HTTP."""
    no_retry: bool = False
    """The app asked not to be sent this again."""
    size: int = 0
    """Bytes on the wire, once it was sent."""

    @property
    def ack_seconds(self) -> float | None:
        """How long the ack took; None without one."""
        return None if self.acked_at is None else self.acked_at - self.sent_at


class Transport(Protocol):
    """A way to the app. There are two, as Slack has: Socket Mode and signed HTTP."""

    @property
    def late(self) -> str:
        """What an ack that came too late is called as a retry's reason."""
        ...

    @property
    def connected(self) -> bool:
        """Whether an app is there."""
        ...

    async def carry(self, envelope: Envelope) -> None:
        """Send it, and wait for the ack until Slack's deadline.

        Fills in what came of it: `acked_at` and `response`, or `trouble`. What the app does
        wrong is never raised.
        """
        ...


class Deliveries:
    """Sends to the app by one transport, and records each attempt."""

    def __init__(
        self,
        transport: Transport,
        *,
        faults: Faults,
        traffic: Traffic,
        on_change: Callable[[], None],
        retry_delays: tuple[float, ...],
    ) -> None:
        self.retry_delays = retry_delays[: most("event.retries")]
        self._transport = transport
        self._faults = faults
        self._traffic = traffic
        self._on_change = on_change
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(
        self, kind: EnvelopeType, payload: dict[str, Any], *, retry: int = 0, reason: str = ""
    ) -> Envelope:
        """Send one envelope and wait for what comes of it; `trouble` says what went wrong."""
        envelope = Envelope(
            id=str(uuid4()),
            type=kind,
            payload=payload,
            sent_at=time.monotonic(),
            retry=retry,
            retry_reason=reason,
        )
        self._traffic.record(envelope)
        self._on_change()
        await self._transport.carry(envelope)
        self._traffic.changed(envelope, size=envelope.size)
        self._on_change()
        return envelope

    def deliver_event(self, payload: dict[str, Any]) -> None:
        """Send an event, and again when it isn't acknowledged; nobody waits for it."""
        task = asyncio.create_task(self._deliver_event(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_event(self, payload: dict[str, Any]) -> None:
        reason = ""
        for retry, delay in enumerate((0.0, *self.retry_delays)):
            if delay:
                await asyncio.sleep(delay)
            envelope = await self.deliver("events_api", payload, retry=retry, reason=reason)
            if envelope.no_retry or not (envelope.trouble or self._counts_as_late(retry)):
                return
            reason = envelope.trouble or self._transport.late

    def _counts_as_late(self, retry: int) -> bool:
        retried = retry < self._faults.number("events_retried", "times")
        return retried and self._faults.meets("events_retried")

    async def stop(self) -> None:
        """End what is being sent and what would be sent again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
