"""The person API: what the page calls to act as somebody, and the live feed it draws from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from runbot.playground.interactions import Interactions, find_element
from runbot.playground.mailbox import Mailbox
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal
from runbot.playground.state import Entries
from runbot.playground.views import View

_SHOWN = 200
_PING_SECONDS = 20
_BUILT_IN = {
    "command": "/invite",
    "description": "Bring someone into this channel",
    "usage_hint": "@name",
}

Act = Callable[[Person, dict[str, Any]], Awaitable[dict[str, Any]]]


def _field(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise PersonRefusal("invalid_request", f"The request lacks {name}.")
    return value


def _entries(body: dict[str, Any]) -> Entries:
    values = body.get("values") or {}
    if not isinstance(values, dict) or not all(
        isinstance(block, dict) and all(isinstance(entry, dict) for entry in block.values())
        for block in values.values()
    ):
        raise PersonRefusal("invalid_request", "The values aren't shaped as a view's state.")
    return values


@dataclass(frozen=True, slots=True)
class PersonApi:
    """Routes under /people. A thin layer: the acts themselves are Person's."""

    platform: Platform
    interactions: Interactions
    mailbox: Mailbox
    suggestion: str

    def routes(self) -> list[web.RouteDef]:
        """All routes under /people."""
        base = "/people/api/{user}"
        return [
            web.get("/people/api/boot", self._boot),
            web.get("/people/api/mail", self._mail),
            web.get("/people/live", self._live),
            web.get(f"{base}/conversations", self._conversations),
            web.get(f"{base}/messages", self._messages),
            web.post(f"{base}/say", self._acting(self._say)),
            web.post(f"{base}/command", self._acting(self._command)),
            web.post(f"{base}/click", self._acting(self._click)),
            web.post(f"{base}/view/submit", self._acting(self._submit)),
            web.post(f"{base}/view/close", self._acting(self._close)),
            web.post(f"{base}/home", self._acting(self._home)),
            web.post(f"{base}/open", self._acting(self._open)),
        ]

    def _person(self, who: str) -> Person:
        try:
            user = self.platform.workspace.person(who)
        except KeyError as error:
            raise PersonRefusal("user_not_found", "There is no such person.", status=404) from error
        return Person(user, self.platform, self.interactions)

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """An act of the person in the path, with a JSON body."""

        async def handler(request: web.Request) -> web.StreamResponse:
            person = self._person(request.match_info["user"])
            try:
                body = await request.json()
            except ValueError as error:
                raise PersonRefusal("invalid_request", "The body isn't JSON.") from error
            if not isinstance(body, dict):
                raise PersonRefusal("invalid_request", "The body isn't a JSON object.")
            return web.json_response({"ok": True, **await act(person, body)})

        return handler

    # Looking

    async def _boot(self, _request: web.Request) -> web.StreamResponse:
        workspace, manifest = self.platform.workspace, self.platform.manifest
        return web.json_response(
            {
                "team": {"id": workspace.team_id, "name": workspace.team_name},
                "people": [
                    {
                        "id": user.id,
                        "name": user.name,
                        "real_name": user.real_name,
                        "title": user.title,
                        "tz": user.tz,
                        "color": user.color,
                        "initials": user.initials,
                        "is_admin": user.is_admin,
                        "is_guest": user.is_guest,
                    }
                    for user in workspace.people.values()
                ],
                "bot": {
                    "user_id": workspace.bot.user_id,
                    "name": workspace.bot.name,
                    "connected": self.platform.sockets.connected,
                },
                "commands": [
                    *(
                        {
                            "command": command.command,
                            "description": command.description,
                            "usage_hint": command.usage_hint,
                        }
                        for command in manifest.commands
                    ),
                    _BUILT_IN,
                ],
                "mailbox": True,
                "suggestion": self.suggestion,
            }
        )

    async def _mail(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response([mail.to_page() for mail in self.mailbox.mail])

    async def _conversations(self, request: web.Request) -> web.StreamResponse:
        person = self._person(request.match_info["user"])
        return web.json_response(
            [
                self.platform.conversations.summary(channel, person.id)
                for channel in self.platform.workspace.visible_to(person.user)
            ]
        )

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        person = self._person(request.match_info["user"])
        channel = self._readable(person, request.query.get("channel", ""))
        thread_ts = request.query.get("thread_ts") or None
        messages = self.platform.messages
        own = [m for m in messages.ephemeral(channel, person.id) if m.thread_ts == thread_ts]
        kept = messages.thread(channel, thread_ts) if thread_ts else messages.top_level(channel)
        shown = sorted([*kept, *own])[-_SHOWN:]
        return web.json_response({"messages": [messages.to_page(m) for m in shown]})

    def _readable(self, person: Person, channel: str) -> str:
        """A conversation that the person may look into, a member or not."""
        found = self.platform.workspace.channels.get(channel)
        if found is None or found not in self.platform.workspace.visible_to(person.user):
            raise PersonRefusal("channel_not_found", "There is no such conversation.", status=404)
        return found.id

    # Acting

    async def _say(self, person: Person, body: dict[str, Any]) -> dict[str, Any]:
        message = await person.says(
            _field(body, "text"),
            channel=_field(body, "channel"),
            thread=body.get("thread_ts") or None,
        )
        return {"ts": message.ts}

    async def _command(self, person: Person, body: dict[str, Any]) -> dict[str, Any]:
        await person.runs_command(
            _field(body, "command"), str(body.get("text") or ""), channel=_field(body, "channel")
        )
        return {}

    async def _click(self, person: Person, body: dict[str, Any]) -> dict[str, Any]:
        block_id, action_id = _field(body, "block_id"), _field(body, "action_id")
        if body.get("view_id"):
            view = self._view(person, body)
            block, element = find_element(view.blocks, block_id, action_id)
            await self.interactions.click_view(view, block, element, body, _entries(body))
            return {}
        message = self._message(person, _field(body, "channel"), _field(body, "ts"))
        block, element = find_element(message.blocks or [], block_id, action_id)
        await self.interactions.click_message(person.id, message, block, element, body)
        return {}

    def _message(self, person: Person, channel: str, ts: str) -> Message:
        readable = self._readable(person, channel)
        message = self.platform.messages.find_for(person.id, readable, ts)
        if message is None:
            raise PersonRefusal("message_gone", "That message is gone.", status=404)
        return message

    def _view(self, person: Person, body: dict[str, Any]) -> View:
        view = self.platform.views.get(_field(body, "view_id"))
        if view is None or view.user != person.id:
            raise PersonRefusal("view_gone", "That view is closed.", status=404)
        return view

    async def _submit(self, person: Person, body: dict[str, Any]) -> dict[str, Any]:
        submission = await self.interactions.submit(self._view(person, body), _entries(body))
        answer: dict[str, Any] = {"response_action": submission.response_action}
        if submission.errors:
            answer["errors"] = submission.errors
        if submission.view is not None:
            answer["view"] = self.platform.view_to_slack(submission.view)
        return answer

    async def _close(self, person: Person, body: dict[str, Any]) -> dict[str, Any]:
        await person.closes(self._view(person, body))
        return {}

    async def _home(self, person: Person, _body: dict[str, Any]) -> dict[str, Any]:
        home = await person.opens_home()
        return {"view": None if home is None else self.platform.view_to_slack(home)}

    async def _open(self, person: Person, body: dict[str, Any]) -> dict[str, Any]:
        channel = self._readable(person, _field(body, "channel"))
        if body.get("came") is False:
            # Read where one already is: an app that greets whoever opens its messages isn't told.
            self.platform.conversations.mark_read(person.id, channel)
        else:
            self.interactions.open_conversation(person.id, channel)
        return {}

    # Watching

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """The live feed of one person, until either side goes."""
        person = self._person(request.query.get("user", ""))
        socket = web.WebSocketResponse(timeout=1.0, heartbeat=_PING_SECONDS)
        await socket.prepare(request)
        subscription = self.platform.changes.subscribe(person.id)
        writer = asyncio.create_task(self._write(socket, subscription.frames))
        try:
            async for _ in socket:
                pass
        finally:
            self.platform.changes.unsubscribe(subscription)
            writer.cancel()
        return socket

    @staticmethod
    async def _write(
        socket: web.WebSocketResponse, frames: asyncio.Queue[dict[str, Any] | None]
    ) -> None:
        while True:
            try:
                frame = await asyncio.wait_for(frames.get(), _PING_SECONDS)
            except TimeoutError:
                frame = {"type": "ping"}
            if frame is None:
                await socket.close()
                return
            try:
                await socket.send_json(frame)
            except (ConnectionError, RuntimeError):
                return  # The page is gone; the reader ends the connection.
