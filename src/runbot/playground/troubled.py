"""What the switches do to a call: between the caller's request and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from runbot.playground.faults import Fault, Faults

MET = web.RequestKey("met", str)
"""In a request: the name of the trouble that it meets, or nothing."""

Answer = Callable[[], Awaitable[web.StreamResponse]]
Record = Callable[[int, dict[str, Any], dict[str, str]], Awaitable[None]]
"""Told of the HTTP status (0 for no answer), the answer, and its headers that say something."""


class Troubled:
    """Answers a call as its fault wants it, or as it would be answered anyway."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._over = asyncio.Event()

    def stop(self) -> None:
        """Let go of callers that a fault keeps waiting."""
        self._over.set()

    async def answer(
        self, method: str, request: web.Request, answer: Answer, record: Record
    ) -> web.StreamResponse:
        """The call's answer. `record` is told of one that never got to `answer`."""
        fault = self._faults.take(method)
        request[MET] = fault.trouble if fault else ""
        if fault is not None and fault.trouble != "lost_answer":
            return await self._refused(fault, record)
        # It takes effect when it arrives: late is only what the caller hears of it.
        delay = self._faults.delay(method)
        request[MET] = request[MET] or ("slow" if delay else "")
        response = await answer()
        await self._wait(delay)
        if fault is not None and request.transport is not None:
            request.transport.abort()
        return response

    async def _refused(self, fault: Fault, record: Record) -> web.StreamResponse:
        if fault.trouble == "ratelimited":
            said = {"ok": False, "error": "ratelimited"}
            headers = {"Retry-After": f"{fault.retry_after:g}"}
            await record(429, said, headers)
            return web.json_response(said, status=429, headers=headers)
        if fault.trouble == "refused":
            said = {"ok": False, "error": fault.error}
            await record(200, said, {})
            return web.json_response(said)
        if fault.trouble == "no_answer":
            await record(0, {}, {})
            await self._over.wait()
            return web.Response(status=503)
        await record(fault.status, {}, {})
        return web.Response(status=fault.status, text="The server met a fault.")

    async def _wait(self, seconds: float) -> None:
        if seconds:
            try:
                await asyncio.wait_for(self._over.wait(), seconds)
            except TimeoutError:
                return
