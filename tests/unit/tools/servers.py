"""Real servers on loopback: a web server whose routes a test sets, and a plain TCP one."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

DEADLINE = 30.0
"""For what comes at once on any machine: only what never comes takes so long."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A web server whose routes a test sets; `hits` are the paths that were asked for."""

    url: str = ""
    port: int = 0
    routes: dict[str, Handler] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)
    broken_off: asyncio.Event = field(default_factory=asyncio.Event)

    def answers(
        self,
        path: str,
        *,
        status: int = 200,
        text: str | None = None,
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer this path always alike."""

        async def handler(_: web.Request) -> web.StreamResponse:
            return web.Response(
                status=status, text=text, body=body, content_type=content_type, headers=headers
            )

        self.routes[path] = handler

    def redirects(self, path: str, onward: str) -> None:
        self.answers(path, status=302, headers={"Location": onward})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(request.path)
        try:
            return await self.routes[request.path](request)
        except asyncio.CancelledError:
            self.broken_off.set()
            raise


@contextlib.asynccontextmanager
async def tcp_server(talk: Talk) -> AsyncIterator[int]:
    """A server that holds one conversation per connection; gives its port."""
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass  # the client hung up, or the test is over
        finally:
            writer.close()
            conversations.discard(task)

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(conversations):
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await server.wait_closed()


def serving(certificate: Path) -> ssl.SSLContext:
    """What a server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
