"""The person API: what the page calls to look around and to act as somebody.

GET /people/api/boot                       the team, its people, its bot and what that offers
GET /people/api/mail                       [mail …], newest first
GET /people/api/{user}/conversations       [{id, kind, name, unread, mentions, last_ts, …} …]
GET /people/api/{user}/messages?channel=…[&thread_ts=…][&before=…][&limit=…]
                                           {messages: oldest first, has_more: are there older}
GET /people/api/{user}/source?channel=…&ts=…   {text}: their own message as it was typed
GET /people/api/{user}/threads             {threads}: see threads.py
WS  /people/live?user=…                    frames, each with its `type`: see live_feed.py
POST /people/api/{user}/…                  see person_acts.py; for files, file_http.py
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from runbot.playground.bodies import body_of
from runbot.playground.file_http import FileHttp
from runbot.playground.guide import Guide
from runbot.playground.interactions import Interactions
from runbot.playground.live_feed import serve_live
from runbot.playground.mailbox import Mailbox
from runbot.playground.people import Person
from runbot.playground.person_acts import ACTS, Act
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal
from runbot.playground.threads import threads_of

_SHOWN = 200
_TS = re.compile(r"\d{1,12}\.\d{1,6}\Z")
_LIMIT = re.compile(r"[0-9]{1,3}\Z")
_BUILT_IN = [
    {
        "command": "/invite",
        "description": "Bring someone into this channel",
        "usage_hint": "@name",
    },
    {
        "command": "/remove",
        "description": "Take someone out of this channel",
        "usage_hint": "@name",
    },
    {"command": "/archive", "description": "Archive this channel", "usage_hint": ""},
]


@dataclass(frozen=True, slots=True)
class PersonApi:
    """Routes under /people. A thin layer: the acts themselves are Person's."""

    platform: Platform
    interactions: Interactions
    mailbox: Mailbox
    guide: Guide

    def routes(self) -> list[web.RouteDef]:
        """All routes under /people."""
        base = "/people/api/{user}"
        return [
            web.get("/people/api/boot", self._boot),
            web.get("/people/api/mail", self._mail),
            web.get("/people/live", self._live),
            web.get(f"{base}/conversations", self._conversations),
            web.get(f"{base}/messages", self._messages),
            web.get(f"{base}/source", self._source),
            web.get(f"{base}/threads", self._threads),
            *(web.post(f"{base}/{name}", self._acting(act)) for name, act in ACTS.items()),
            *FileHttp(self.platform, self.person).routes(),
        ]

    def person(self, who: str) -> Person:
        """Whom a request speaks for."""
        try:
            user = self.platform.workspace.person(who)
        except KeyError as error:
            raise PersonRefusal("user_not_found", "There is no such person.", status=404) from error
        if user.deleted:
            raise PersonRefusal("account_inactive", "That account is deactivated.", status=403)
        return Person(user, self.platform, self.interactions)

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """An act of the person in the path, with a JSON body."""

        async def handler(request: web.Request) -> web.StreamResponse:
            person = self.person(request.match_info["user"])
            try:
                body = await body_of(request)
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
                        "deleted": user.deleted,
                        "is_stranger": user.is_stranger,
                    }
                    for user in workspace.people.values()
                ],
                "bot": {
                    "user_id": workspace.bot.user_id,
                    "name": workspace.bot.name,
                    "connected": self.platform.transport.connected,
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
                    *_BUILT_IN,
                ],
                "shortcuts": [asdict(shortcut) for shortcut in manifest.shortcuts],
                "mailbox": True,
                "guide": self.guide.to_page(self.platform.url),
                "faults": self.platform.faults.on,
            }
        )

    async def _mail(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response([mail.to_page() for mail in self.mailbox.mail])

    async def _conversations(self, request: web.Request) -> web.StreamResponse:
        person = self.person(request.match_info["user"])
        return web.json_response(
            [
                self.platform.conversations.summary(channel, person.id)
                | {"prompts": self._prompts(channel.id)}
                for channel in self.platform.workspace.visible_to(person.user)
            ]
        )

    def _prompts(self, channel: str) -> dict[str, Any] | None:
        """What the app offers to start from there."""
        suggestions = self.platform.agent.suggestions(channel)
        return suggestions.to_page() if suggestions else None

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        person = self.person(request.match_info["user"])
        messages, query = self.platform.messages, request.query
        before = query.get("before") or None
        if before is not None and not _TS.match(before):
            raise PersonRefusal("invalid_request", "`before` isn't a message's timestamp.")
        limit = query.get("limit", str(_SHOWN))
        if not _LIMIT.match(limit) or not 1 <= int(limit) <= _SHOWN:
            raise PersonRefusal("invalid_request", f"`limit` must be from 1 to {_SHOWN}.")
        shown, more = messages.page(
            person.readable(query.get("channel", "")),
            person.id,
            thread_ts=query.get("thread_ts") or None,
            before=before,
            limit=int(limit),
        )
        return web.json_response(
            {"messages": [messages.to_page(m) for m in shown], "has_more": more}
        )

    async def _source(self, request: web.Request) -> web.StreamResponse:
        person, query = self.person(request.match_info["user"]), request.query
        message = person.message(query.get("channel", ""), query.get("ts", ""))
        return web.json_response({"text": person.source(message)})

    async def _threads(self, request: web.Request) -> web.StreamResponse:
        person = self.person(request.match_info["user"])
        return web.json_response({"threads": threads_of(self.platform, person.user)})

    async def _live(self, request: web.Request) -> web.StreamResponse:
        person = self.person(request.query.get("user", ""))
        return await serve_live(request, self.platform.changes, person.id)
