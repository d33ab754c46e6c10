"""The guide over HTTP: what the page says was opened, and whether the guide is put away.

POST /people/api/guide   {"opened": PLACE} | {"dismissed": bool} | {"again": true}
                         {"ok": true, "guide": GUIDE}

GUIDE also stands in boot, and comes to every page as the frame `guide` after each change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from runbot.playground.guide import Guide
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal

_WRONG = "Say which place was opened, whether the guide is dismissed, or that it begins again."


@dataclass(frozen=True, slots=True)
class GuideApi:
    """`/people/api/guide`. The guide is one for the whole workspace."""

    platform: Platform
    guide: Guide

    def routes(self) -> list[web.RouteDef]:
        """The one route."""
        return [web.post("/people/api/guide", self._act)]

    async def _act(self, request: web.Request) -> web.StreamResponse:
        try:
            body: Any = await request.json()
        except ValueError as error:
            raise PersonRefusal("invalid_request", "The body isn't JSON.") from error
        match body:
            case {"opened": str(place)}:
                self.guide.opened(place)
            case {"dismissed": bool(dismissed)}:
                self.guide.dismiss(dismissed=dismissed)
            case {"again": True}:
                self.guide.begin_again()
            case _:
                raise PersonRefusal("invalid_request", _WRONG)
        return web.json_response({"ok": True, "guide": self.guide.to_page(self.platform.url)})
