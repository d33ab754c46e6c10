"""A bare page: one person's requests and frames, as the browser makes and gets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from runbot.playground import Person, Playground

OWN = {"X-Playground": "page"}


@dataclass
class Page:
    session: aiohttp.ClientSession
    person: Person

    async def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(f"/people/api/{path}") as answer:
            data: dict[str, Any] = await answer.json()
            return answer.status, data

    async def get(self, path: str) -> Any:
        status, answer = await self.ask(path)
        assert status == 200, answer
        return answer

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        url = f"/people/api/{self.person.id}/{path}"
        async with self.session.post(url, json=body) as answer:
            data: dict[str, Any] = await answer.json()
            return answer.status, data

    async def does(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post what must succeed."""
        status, answer = await self.post(path, body)
        assert status == 200, answer
        return answer

    def live(self) -> Any:
        return self.session.ws_connect(f"/people/live?user={self.person.id}")


@asynccontextmanager
async def page_of(playground: Playground, name: str) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession(playground.url, headers=OWN) as session:
        yield Page(session, playground.person(name))


async def frame_of(feed: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of one type."""
    while True:
        frame: dict[str, Any] = await feed.receive_json(timeout=5)
        if frame["type"] == kind:
            return frame
