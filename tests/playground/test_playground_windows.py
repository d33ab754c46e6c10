"""Twenty open windows of several people: each is told what its person may see, and no more."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from playground.page_client import OWN
from runbot.playground import Playground, changes

WINDOWS = {"ana": 8, "ben": 7, "mia": 5}
END = "that was all"


class Window:
    """One window: all frames that came, up to the message that ends the test."""

    def __init__(self, who: str, feed: aiohttp.ClientWebSocketResponse) -> None:
        self.who = who
        self.feed = feed

    async def frames(self) -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = []
        while not got or got[-1].get("message", {}).get("text") != END:
            got.append(await self.feed.receive_json(timeout=20))
        return got


@pytest_asyncio.fixture
async def windows(playground: Playground) -> AsyncIterator[list[Window]]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(playground.url, headers=OWN)
        )
        opened = []
        for who, number in WINDOWS.items():
            for _ in range(number):
                feed = await stack.enter_async_context(
                    session.ws_connect(f"/people/live?user={playground.person(who).id}")
                )
                opened.append(Window(who, feed))
        yield opened


async def test_twenty_windows_are_each_told_what_their_person_may_see(
    playground: Playground, windows: list[Window]
) -> None:
    ana, ben, mia = (playground.person(name) for name in ("ana", "ben", "mia"))
    bot, conversations = playground.workspace.bot, playground.platform.conversations
    where = playground.workspace.channel("general").id
    everyone = await ana.says("for everyone", channel="general")
    await ben.says("not for guests", channel="ops")
    await ana.says("for two", channel="leads")
    await mia.says("between us", channel="@ben")
    conversations.post(
        channel=where, user=bot.user_id, bot_id=bot.bot_id, text="only ben", ephemeral_to=ben.id
    )
    await mia.reacts(everyone, "eyes")
    await ana.types(channel="ops")
    await ana.edits(everyone, "for everyone, edited")
    gone = await ben.says("soon gone", channel="ops")
    await ben.deletes(gone)
    await ana.says(END, channel="general")

    shared = ["for everyone", "for everyone", "for everyone, edited"]
    expected = {
        "ana": [*shared, "not for guests", "for two", "soon gone", END],
        "ben": [*shared, "not for guests", "for two", "between us", "only ben", "soon gone", END],
        "mia": [*shared, "between us", END],
    }
    for window in windows:
        frames = await window.frames()
        texts = [frame["message"]["text"] for frame in frames if "message" in frame]
        assert sorted(texts) == sorted(expected[window.who]), window.who
        others = [frame["type"] for frame in frames if "message" not in frame]
        wanted = {"ana": ["message_deleted"], "ben": ["typing", "message_deleted"], "mia": []}
        assert others == wanted[window.who]


async def test_a_window_that_never_reads_is_cut_off_and_holds_up_nobody(
    playground: Playground, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Those that are open have room for more: only the silent one is to fall behind.
    monkeypatch.setattr(changes, "_BACKLOG", 20)
    ana, pages = playground.person("ana"), playground.platform.changes
    silent = await silent_window(playground, ana.id)
    assert pages.open_pages == len(windows) + 1

    reading = [asyncio.create_task(window.frames()) for window in windows]
    sent = 0
    while pages.open_pages > len(windows):
        assert sent < 1_000, "the silent window was never cut off"
        await ana.says("x" * 40_000, channel=ana.im)
        sent += 1
        await asyncio.sleep(0)
    await ana.says(END, channel="general")
    for window, frames in zip(windows, await asyncio.gather(*reading), strict=True):
        own = sent if window.who == "ana" else 0
        assert [frame["type"] for frame in frames] == ["message"] * (own + 1)
    silent.close()


async def silent_window(playground: Playground, user: str) -> socket.socket:
    """A live feed by hand, of which nothing is read: any library would read on its own."""
    silent = socket.socket()
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    silent.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(silent, ("127.0.0.1", int(playground.url.rpartition(":")[2])))
    request = (
        f"GET /people/live?user={user} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(silent, request.encode())
    assert (await loop.sock_recv(silent, 12)).endswith(b"101")
    return silent
