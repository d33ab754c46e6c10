"""The HTTP server: alive and ready, bounded, silent about itself, and ended in good order."""

from __future__ import annotations

import asyncio
import io
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from fastapi import APIRouter, Request

from runbot.domain.errors import Conflict
from runbot.surfaces.web import BODY_BYTES, Check, WebServer, web_app


async def well() -> str:
    return ""


@asynccontextmanager
async def served(router: APIRouter | None = None, *checks: Check) -> AsyncIterator[WebServer]:
    app = web_app([router or APIRouter()], checks)
    server = WebServer(app, host="127.0.0.1", port=0)
    await server.open()
    try:
        yield server
    finally:
        await server.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_it_is_alive_and_ready_where_every_part_is(http: aiohttp.ClientSession) -> None:
    async with served(None, well, well) as server:
        async with http.get(f"{server.url}/healthz") as alive:
            assert alive.status == 200
        async with http.get(f"{server.url}/readyz") as ready:
            assert ready.status == 200
            assert await ready.json() == {"ready": True, "problems": []}


async def test_what_is_not_ready_is_said_and_does_not_make_it_dead(
    http: aiohttp.ClientSession,
) -> None:
    async def ill() -> str:
        return "The database does not answer."

    async with served(None, well, ill) as server:
        async with http.get(f"{server.url}/readyz") as ready:
            assert ready.status == 503
            assert (await ready.json())["problems"] == ["The database does not answer."]
        async with http.get(f"{server.url}/healthz") as alive:
            assert alive.status == 200


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/", "/metrics"])
async def test_strangers_learn_nothing_of_its_insides(
    http: aiohttp.ClientSession, path: str
) -> None:
    async with served() as server, http.get(server.url + path) as answer:
        assert answer.status == 404
        assert "server" not in {name.lower() for name in answer.headers}


def counting() -> tuple[APIRouter, list[int]]:
    router, sizes = APIRouter(), list[int]()

    @router.post("/take")
    async def take(request: Request) -> int:
        sizes.append(len(await request.body()))
        return sizes[-1]

    return router, sizes


async def test_a_body_of_the_limit_is_taken(http: aiohttp.ClientSession) -> None:
    router, sizes = counting()
    async with served(router) as server:
        most = io.BytesIO(b"x" * BODY_BYTES)
        async with http.post(f"{server.url}/take", data=most) as taken:
            assert await taken.json() == BODY_BYTES
    assert sizes == [BODY_BYTES]


async def test_a_body_that_says_it_is_one_byte_more_is_refused_unread() -> None:
    router, sizes = counting()
    async with served(router) as server:
        answer = await said(server, f"Content-Length: {BODY_BYTES + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413")
    assert sizes == []


async def test_a_body_without_a_length_is_read_up_to_the_limit() -> None:
    router, sizes = counting()
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    more = b"1\r\nx\r\n"
    async with served(router) as server:
        head = b"Transfer-Encoding: chunked\r\n\r\n"
        answer = await said(server, head + chunk * (BODY_BYTES // 0x10000) + more)
    assert answer.startswith(b"HTTP/1.1 413")
    assert sizes == []


async def test_a_body_that_never_comes_is_not_waited_for_for_ever() -> None:
    router, sizes = counting()
    server = WebServer(web_app([router], []), host="127.0.0.1", port=0, body_seconds=0.1)
    await server.open()
    try:
        answer = await said(server, b"Content-Length: 10\r\n\r\nabc")
    finally:
        await server.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert sizes == []


async def test_half_a_request_does_not_hold_up_a_stop(caplog: pytest.LogCaptureFixture) -> None:
    router, sizes = counting()
    async with served(router) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /take HTTP/1.1\r\nHost: here\r\n")
        writer.write(b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
        # The server says so once it waits for the body.
        assert (await reader.readline()).startswith(b"HTTP/1.1 100")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert b"HTTP/1.1 408" in answer
    assert sizes == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def said(server: WebServer, rest: bytes) -> bytes:
    """The first line that comes back for a request that isn't finished."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /take HTTP/1.1\r\nHost: here\r\n" + rest)
    try:
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()


async def test_what_was_taken_is_answered_before_it_ends(http: aiohttp.ClientSession) -> None:
    router, begun, go_on = APIRouter(), asyncio.Event(), asyncio.Event()

    @router.post("/slow")
    async def slow() -> str:
        begun.set()
        await go_on.wait()
        return "done"

    server = WebServer(web_app([router], []), host="127.0.0.1", port=0)
    await server.open()

    async def asked() -> str:
        async with http.post(f"{server.url}/slow") as answer:
            return str(await answer.json())

    asking = asyncio.create_task(asked())
    await begun.wait()
    closing = asyncio.create_task(server.close())
    for _ in range(1000):
        if not await listens(http, server):
            break
        await asyncio.sleep(0.01)
    assert not closing.done()
    go_on.set()
    assert await asking == "done"
    await closing


async def listens(http: aiohttp.ClientSession, server: WebServer) -> bool:
    try:
        async with http.get(f"{server.url}/healthz"):
            return True
    except aiohttp.ClientConnectorError:
        return False


async def test_it_leaves_the_signals_to_the_process() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with served():
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


async def test_a_port_that_is_taken_is_a_sentence() -> None:
    async with served() as server:
        port = int(server.url.rpartition(":")[2])
        second = WebServer(web_app([], []), host="127.0.0.1", port=port)
        with pytest.raises(Conflict, match=f"Port {port} on 127.0.0.1 can't be used"):
            await second.open()
        await second.close()
