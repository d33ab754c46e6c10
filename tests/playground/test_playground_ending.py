"""The playground's end: whoever is connected is let go, at whatever stage."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import pytest

from runbot.playground import Playground

AT_ONCE = 10
ASKS = b"POST /api/auth.test HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


async def knocks(url: str) -> list[socket.socket]:
    """Connections on their way: the kernel has them, the playground doesn't yet."""
    address = urlsplit(url)
    clients = []
    for _ in range(AT_ONCE):
        client = socket.create_connection((address.hostname, address.port))
        client.setblocking(False)  # noqa: FBT003 - the socket's own signature
        clients.append(client)
    return clients


async def ended(client: socket.socket) -> None:
    """Wait until the other side has gone; whatever it said before is of no interest."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(30):
            with suppress(ConnectionResetError):
                while await loop.sock_recv(client, 65536):
                    pass
    finally:
        client.close()


def held(url: str) -> list[object]:
    """The sockets that are still open on the playground's side of an address."""
    port = urlsplit(url).port
    return [each for each in psutil.Process().net_connections("tcp") if each.laddr.port == port]


def unsent(playground: Playground) -> int:
    """How many bytes wait in the playground for somebody to read them."""
    server = playground._runner and playground._runner.server
    transports = [each.transport for each in server.connections] if server else []
    return sum(each.get_write_buffer_size() for each in transports if each is not None)


@pytest.mark.parametrize("turns", range(8))
async def test_who_connects_while_it_ends_is_let_go(turns: int) -> None:
    playground = Playground()
    await playground.start()
    clients = [*await knocks(playground.url), *await knocks(playground.smtp_url)]
    for _ in range(turns):
        await asyncio.sleep(0)
    await playground.stop()
    assert held(playground.url) == held(playground.smtp_url) == []
    for client in clients:
        await ended(client)


async def test_who_waits_for_an_answer_is_let_go() -> None:
    playground = Playground()
    await playground.start()
    playground.faults.switch("no_answer")
    clients = await knocks(playground.url)
    for client in clients:
        client.send(ASKS)
    await playground.until(
        lambda: len(playground.calls_of("auth.test")) == AT_ONCE, what="the calls"
    )
    await playground.stop()
    assert held(playground.url) == []
    for client in clients:
        await ended(client)


async def test_who_does_not_read_its_answers_is_let_go() -> None:
    playground = Playground()
    await playground.start()
    address = urlsplit(playground.url)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    deaf.connect((address.hostname, address.port))
    deaf.setblocking(False)  # noqa: FBT003 - the socket's own signature
    asks = f"GET /page/app.js HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
    await asyncio.get_running_loop().sock_sendall(deaf, asks * 100)
    async with asyncio.timeout(30):
        while not unsent(playground):  # noqa: ASYNC110 - a buffer sets no event
            await asyncio.sleep(0.01)
    await playground.stop()
    assert held(playground.url) == []
    deaf.close()
