"""An app's calls with whatever they are answered, refusals too, and what there is to name."""

from __future__ import annotations

from typing import Any

import aiohttp

from playground.bolt_apps import modal, section
from runbot.playground import Message, Person, Playground

Answer = dict[str, Any]


class Scene:
    """A workspace, an app's calls with whatever they are answered, and what there is to name."""

    def __init__(self, playground: Playground, session: aiohttp.ClientSession) -> None:
        self.playground = playground
        self.session = session
        self.platform = playground.platform
        self.ana: Person = playground.person("ana")
        self.general = playground.workspace.channel("general").id
        self.token = playground.bot_token

    async def sends(self, method: str, **request: Any) -> Answer:
        url = f"{self.playground.api_url}{method}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= request.pop("headers", {})
        async with self.session.post(url, headers=headers, **request) as answer:
            data: Answer = await answer.json()
            return data

    async def calls(self, method: str, **arguments: Any) -> Answer:
        return await self.sends(method, json=arguments)

    async def posts(self, **more: Any) -> Answer:
        """The arguments that name a message which the app posted."""
        given = {"channel": self.general, "text": "x"} | more
        posted = await self.calls("chat.postMessage", **given)
        return {"channel": posted["channel"], "ts": posted["ts"]}

    async def says(self) -> Message:
        return await self.ana.says("x", channel="general")

    async def streams(self, **more: Any) -> Answer:
        """The arguments that name a message which the app streams."""
        started = await self.calls(
            "chat.startStream",
            channel=self.general,
            thread_ts=(await self.says()).ts,
            recipient_team_id=self.playground.workspace.team_id,
            recipient_user_id=self.ana.id,
            **more,
        )
        return {"channel": started["channel"], "ts": started["ts"]}

    def trigger(self) -> str:
        return self.platform.triggers.issue(self.ana.id)

    async def opens(self, **more: Any) -> Answer:
        """A modal on Ana's screen."""
        view = modal(section("x"), **more)
        return await self.calls("views.open", trigger_id=self.trigger(), view=view)

    async def answers(self, token: str) -> Answer:
        url = f"{self.playground.url}/actions/{token}"
        async with self.session.post(url, json={"text": "x"}) as answer:
            return {} if answer.status == 200 else await answer.json()

    def response_url(self) -> str:
        return self.platform.response_urls.issue(channel=self.general, user=self.ana.id)
