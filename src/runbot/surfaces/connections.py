"""The connections of the HTTP server: strangers can hold only so many, and only so long.

uvicorn itself waits for a request for ever, and takes as many connections as the process may
have files open: whoever opened them and said nothing would stop Runbot's own work too.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, cast

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """Ends where no request has come in time, and where others need the place more."""

    MOST: ClassVar = 100
    SECONDS: ClassVar = 10.0

    _waits: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """With all places taken, whoever has waited longest to ask something loses theirs."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.MOST:
            everyone = (cast("Connection", one) for one in self.connections)
            waiting = [(one._waits.when(), one) for one in everyone if one._waits]  # noqa: SLF001
            min(waiting, key=lambda each: each[0])[1].end()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or of what is left of one that was answered already."""
        super().data_received(data)
        # Before the first request there is none, whatever uvicorn's types say.
        if self.cycle and not self.cycle.response_complete:  # type: ignore[truthy-bool]
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Another request may follow, and may have come already."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, whoever ended it."""
        self._wait_no_more()
        super().connection_lost(exc)

    def end(self) -> None:
        """End it at once, and give its place free."""
        self._wait_no_more()
        self.connections.discard(self)
        self.transport.abort()

    def _wait(self) -> None:
        self._wait_no_more()
        self._waits = self.loop.call_later(self.SECONDS, self.end)

    def _wait_no_more(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None
