"""Strangers who connect and say nothing: they hold few places, not for long, and nobody up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
import pytest_asyncio
from fastapi import APIRouter

from runbot.surfaces.connections import Connection
from runbot.surfaces.web import WebServer, web_app


class Gate:
    """A request that is answered once the gate opens."""

    def __init__(self) -> None:
        self.router = APIRouter()
        self.router.add_api_route("/slow", self._slow)
        self.come = 0
        self.open = asyncio.Event()

    async def _slow(self) -> str:
        self.come += 1
        await self.open.wait()
        return "done"


@pytest_asyncio.fixture
async def gate() -> Gate:
    return Gate()


@pytest_asyncio.fixture
async def server(gate: Gate) -> AsyncIterator[WebServer]:
    server = WebServer(web_app([gate.router], []), host="127.0.0.1", port=0)
    await server.open()
    yield server
    gate.open.set()
    await server.close()


class Stranger:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ended(self) -> bytes:
        """What came until the other side ended it."""
        try:
            return await asyncio.wait_for(self.reader.read(), 10)
        except ConnectionError:
            return b""

    async def drips(self) -> None:
        """A byte now and then, for ever."""
        with suppress(ConnectionError):
            while True:
                self.writer.write(b"x")
                await self.writer.drain()
                await asyncio.sleep(0.01)


@asynccontextmanager
async def stranger(server: WebServer, says: bytes = b"") -> AsyncIterator[Stranger]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(says)
    try:
        yield Stranger(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "SECONDS", 0.1)


@pytest.mark.usefixtures("hasty")
async def test_who_says_nothing_is_let_go(server: WebServer) -> None:
    async with stranger(server) as silent:
        assert await silent.ended() == b""


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("says", "first"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: here\r\nX: ", b""),
        (b"POST /none HTTP/1.1\r\nHost: here\r\nContent-Length: 90000\r\n\r\n", b"HTTP/1.1 404"),
        (b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\nGET /he", b"HTTP/1.1 200"),
    ],
    ids=["a head", "a body that nobody reads", "a second head"],
)
async def test_so_is_who_says_it_byte_by_byte(server: WebServer, says: bytes, first: bytes) -> None:
    async with stranger(server, says) as slow:
        if first:
            assert (await slow.reader.readline()).startswith(first)
        dripping = asyncio.create_task(slow.drips())
        await slow.ended()
        await dripping


@pytest.mark.usefixtures("hasty")
async def test_a_request_may_take_longer_than_its_head(server: WebServer, gate: Gate) -> None:
    async with stranger(server, b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n") as asking:
        async with aiohttp.ClientSession() as http:
            while not gate.come:
                async with http.get(f"{server.url}/healthz"):
                    await asyncio.sleep(0.01)
        await asyncio.sleep(2 * Connection.SECONDS)
        gate.open.set()
        assert (await asyncio.wait_for(asking.reader.readline(), 10)).startswith(b"HTTP/1.1 200")


async def test_silent_ones_leave_room_for_who_asks_something(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "MOST", 3)
    async with stranger(server) as first, stranger(server), stranger(server):
        async with aiohttp.ClientSession() as http, http.get(f"{server.url}/healthz") as answer:
            assert answer.status == 200
        assert await first.ended() == b""


async def test_who_was_taken_keeps_the_place(
    server: WebServer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "MOST", 2)
    asks = b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n"
    async with stranger(server, asks) as one, stranger(server, asks) as two:
        async with asyncio.timeout(10):
            while gate.come < 2:  # noqa: ASYNC110 - a count of the server's
                await asyncio.sleep(0.01)
        async with stranger(server) as late:
            assert await late.ended() == b""
        gate.open.set()
        for asking in (one, two):
            said = await asyncio.wait_for(asking.reader.readline(), 10)
            assert said.startswith(b"HTTP/1.1 200")
