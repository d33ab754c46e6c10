"""The inspector over HTTP. All of it is for whoever develops against this local workspace.

GET /people/api/log?[before=ID][&after=ID][&limit=1..200][&kind=…][&text=…][&refused=1]
                   [&channel=…&ts=…][&view=…]
        {"entries": [LINE …] newest first, "has_more": older ones that fit, "last": newest ID}
GET /people/api/log/{id}
        {"entry": LINE, "sections": [{"title", "value"} …], "lesson": {"sentence", "url"},
         "refusal": {"code", "why", "messages", "url"} | null,
         "chain": [{"entry": LINE, "depth", "why"} …] what it came from, first, and what followed}
WS  /people/live/log?…the same filters…[&after=ID]
        {"entries": [LINE …]} oldest first: those that are new, or of which more is known

LINE = {"id", "at", "version", "bytes", "kind", "to_app", "name", "words", "outcome", "state",
        "error", "fault", "concerns": {"channel", "ts": […], "thread_ts", "view", "user"}}

`kind` may be given more than once. `refused` asks for what was refused, met a fault, or wasn't
acknowledged. `text` is looked for in the line, in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from runbot.playground.inspector.chains import Chains
from runbot.playground.inspector.lessons import lesson, why_refused
from runbot.playground.inspector.lines import KINDS, Line, Names, part
from runbot.playground.inspector.secrets import Spelling
from runbot.playground.inspector.telling import Telling, sections_of
from runbot.playground.refusals import PersonRefusal
from runbot.playground.traffic import ApiCall, Exchange, Traffic, Watcher
from runbot.playground.workspace import Workspace

_MOST = 200
_TEXT = 200
_TOGETHER = 0.1
"""Seconds: what happens within them is told to a page in one frame."""
_PING_SECONDS = 20
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines somebody wants to see."""

    kinds: frozenset[str] = frozenset()
    text: str = ""
    refused: bool = False
    channel: str = ""
    ts: str = ""
    view: str = ""

    @classmethod
    def of(cls, request: web.Request) -> Filter:
        """From the query; PersonRefusal for a kind that there isn't."""
        query = request.query
        kinds = frozenset(query.getall("kind", []))
        if unknown := sorted(kinds - KINDS.keys()):
            raise PersonRefusal(
                "invalid_request", f"There is no kind {unknown[0]!r}; there are {', '.join(KINDS)}."
            )
        return cls(
            kinds=kinds,
            text=query.get("text", "")[:_TEXT],
            refused=query.get("refused", "") == "1",
            channel=query.get("channel", ""),
            ts=query.get("ts", ""),
            view=query.get("view", ""),
        )

    def fits(self, line: Line) -> bool:
        """Whether this line is among them."""
        about = line.concerns
        return (
            (not self.kinds or line.kind in self.kinds)
            and (not self.refused or line.state in {"refused", "unanswered"} or bool(line.fault))
            and (not self.ts or (self.ts in about.ts and self.channel in {"", about.channel}))
            and (not self.view or self.view == about.view)
            and (not self.text or line.says(self.text))
        )


def _whole(request: web.Request, name: str, default: int) -> int:
    given = request.query.get(name, str(default))
    if not given.isascii() or not given.isdecimal() or len(given) > 12:  # noqa: PLR2004 - no id is longer
        raise PersonRefusal("invalid_request", f"`{name}` isn't a whole number.")
    return int(given)


class Inspector:
    """Answers what passed, from the record."""

    def __init__(self, traffic: Traffic, workspace: Workspace) -> None:
        self._traffic = traffic
        self._telling = Telling(Names(workspace))
        self._chains = Chains(traffic, self._telling)
        self._spell = Spelling(workspace.bot)
        self._open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """All routes of the log."""
        return [
            web.get("/people/api/log", self._list),
            web.get(r"/people/api/log/{id:\d{1,12}}", self._show),
            web.get("/people/live/log", self._follow),
        ]

    async def stop(self) -> None:
        """Let those go who follow."""
        for socket in list(self._open):
            await socket.close()

    def _line(self, exchange: Exchange) -> dict[str, Any]:
        return {
            "id": exchange.id,
            "at": exchange.at,
            "version": exchange.version,
            "bytes": exchange.size,
            **self._telling.line(exchange).to_page(),
        }

    async def _find(
        self, wanted: Filter, *, before: int = 0, after: int, most: int = _MOST
    ) -> list[Exchange]:
        """Newest first. A long look lets the workspace work in between."""
        found: list[Exchange] = []
        for looked, exchange in enumerate(list(reversed(self._traffic))):
            if exchange.id <= after or len(found) == most:
                break
            if looked % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            if (not before or exchange.id < before) and wanted.fits(self._telling.line(exchange)):
                found.append(exchange)
        return found

    async def _list(self, request: web.Request) -> web.StreamResponse:
        wanted = Filter.of(request)
        limit = _whole(request, "limit", _MOST // 2)
        if not 1 <= limit <= _MOST:
            raise PersonRefusal("invalid_request", f"`limit` must be from 1 to {_MOST}.")
        before, after = _whole(request, "before", 0), _whole(request, "after", 0)
        found = await self._find(wanted, before=before, after=after, most=limit + 1)
        return self._json(
            {
                "entries": [self._line(exchange) for exchange in found[:limit]],
                "has_more": len(found) > limit,
                "last": self._traffic.last,
            }
        )

    async def _show(self, request: web.Request) -> web.StreamResponse:
        exchange = self._traffic.get(int(request.match_info["id"]))
        if exchange is None:
            raise PersonRefusal(
                "entry_gone", "That entry has fallen out of the record by now.", status=404
            )
        line = self._telling.line(exchange)
        sentence, url = lesson(line)
        sections = [{"title": t, "value": value} for t, value in sections_of(exchange.what)]
        return self._json(
            {
                "entry": self._line(exchange),
                "sections": sections,
                "lesson": {"sentence": sentence, "url": url},
                "refusal": _refusal(exchange, line),
                "chain": self._chain(exchange),
            }
        )

    def _chain(self, exchange: Exchange) -> list[dict[str, Any]]:
        self._chains.take_up()
        rows = []
        for number, depth in self._chains.tree(self._chains.root(exchange.id)):
            found = self._traffic.get(number)
            cause = self._chains.cause(number)
            if found is not None:
                rows.append(
                    {"entry": self._line(found), "depth": depth, "why": cause.why if cause else ""}
                )
        return rows

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        wanted, after = Filter.of(request), _whole(request, "after", self._traffic.last)
        socket = web.WebSocketResponse(timeout=1.0, heartbeat=_PING_SECONDS)
        watcher = self._traffic.watch()
        # What came since the page's first look is told first; nothing falls between the two.
        for exchange in await self._find(wanted, after=after):
            watcher.put(exchange)
        await socket.prepare(request)
        self._open.add(socket)
        writer = asyncio.create_task(self._write(socket, watcher, wanted))
        try:
            async for _ in socket:
                pass
        finally:
            self._open.discard(socket)
            self._traffic.unwatch(watcher)
            writer.cancel()
        return socket

    async def _write(self, socket: web.WebSocketResponse, watcher: Watcher, wanted: Filter) -> None:
        while True:
            changed = await watcher.changes(_TOGETHER)
            lines = [self._line(e) for e in changed if wanted.fits(self._telling.line(e))]
            if not lines:
                continue
            try:
                await socket.send_str(self._spell({"entries": lines[-_MOST:]}))
            except (ConnectionError, RuntimeError):
                return  # The page is gone; the reader ends the connection.

    def _json(self, data: dict[str, Any]) -> web.Response:
        spell: Callable[[Any], str] = self._spell
        return web.json_response({"ok": True, **data}, dumps=spell)


def _refusal(exchange: Exchange, line: Line) -> dict[str, Any] | None:
    """Why it was refused, in Slack's own words; None where it wasn't."""
    if not line.error:
        return None
    said: Any = None
    if isinstance(exchange.what, ApiCall):
        response = exchange.what.response
        said = part(response, "response_metadata", "messages") or part(response, "errors")
    messages = [str(each) for each in said] if isinstance(said, list) else []
    known = why_refused(line)
    return {
        "code": line.error,
        "messages": messages,
        "why": known.sentence if known else "",
        "url": known.url if known else lesson(line).url,
    }
