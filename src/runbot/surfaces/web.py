"""The HTTP server that surfaces are mounted on, inside Runbot's own loop.

It knows none of them: each brings a router. Nothing here is described to strangers, and no
request is logged, since addresses and headers can hold secrets.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runbot.domain.errors import Conflict
from runbot.surfaces.connections import Connection

# Slack's largest payload is a view of 250 kB, with a message around it and in a form.
BODY_BYTES: Final = 2**20
_BODY_SECONDS: Final = 10.0
_CHECK_SECONDS: Final = 2.0
_UNDER_WAY_SECONDS: Final = 2  # what requests that were taken get to be answered, at a stop

Check = Callable[[], Awaitable[str]]
"""Whether a part is ready: empty, or a sentence that says what isn't."""


def web_app(routers: Sequence[APIRouter], checks: Sequence[Check]) -> FastAPI:
    """The routers under one application, with /healthz (alive) and /readyz (able to work)."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, max_body_size=BODY_BYTES)

    @app.get("/healthz")
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        found = await asyncio.gather(*(_checked(check) for check in checks))
        wrong = [sentence for sentence in found if sentence]
        return JSONResponse(
            {"ready": not wrong, "problems": wrong}, status_code=503 if wrong else 200
        )

    for router in routers:
        app.include_router(router)
    return app


async def _checked(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return "A part of Runbot does not answer."


class BodyTimeout:
    """Waits some seconds for a request's whole body, and at a stop no longer at all.

    Otherwise whoever sends half a request would hold a place for ever, and hold up the stop.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = _BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds
        self._waits: set[asyncio.Timeout] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request; reading its body ends with 408 where it doesn't come."""
        deadline = asyncio.get_running_loop().time() + self._seconds
        whole = scope["type"] != "http"

        async def body() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline) as wait:
                    self._waits.add(wait)
                    try:
                        message = await receive()
                    finally:
                        self._waits.discard(wait)
            except TimeoutError:
                said = "The request's body did not come."
                raise HTTPException(408, said, headers={"Connection": "close"}) from None
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, body, send)

    def stop(self) -> None:
        """Give up the bodies that are waited for now."""
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now)


class _Server(uvicorn.Server):
    """Without signal handlers of its own: the process has one place that hears a stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application on one address. `open`, then `close`."""

    def __init__(
        self, app: ASGIApp, *, host: str, port: int, body_seconds: float = _BODY_SECONDS
    ) -> None:
        self.url = ""
        """Its address, once it is listening."""
        self._app = BodyTimeout(app, seconds=body_seconds)
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen (a port of 0 takes a free one); `Conflict` where the port can't be used."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            line = socket.create_server((self._host, self._port), family=family)
        except OSError as wrong:
            raise Conflict(
                f"Port {self._port} on {self._host} can't be used: {wrong.strerror or wrong}.",
                means="Nothing is served over HTTP, so Slack can't reach Runbot.",
                do="Stop what uses the port, or choose another with RUNBOT_PORT and RUNBOT_HOST.",
            ) from None
        host = f"[{self._host}]" if family == socket.AF_INET6 else self._host
        self.url = f"http://{host}:{line.getsockname()[1]}"
        config = uvicorn.Config(
            self._app,
            http=Connection,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_UNDER_WAY_SECONDS,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[line]), name="http")
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({self._serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._serving.done():
            self._serving.result()

    async def close(self) -> None:
        """Take no further requests, and let those that were taken be answered."""
        if self._server is None or self._serving is None:
            return
        self._app.stop()
        self._server.should_exit = True
        await asyncio.gather(self._serving)
