"""The switches over HTTP: what the page's panel shows, and what it sets.

GET  /people/api/faults   every switch, its settings with their ranges, and how it stands
POST /people/api/faults   {name?, on?, settings?}: see docs/playground.md

State isn't kept: a restarted workspace is healthy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from runbot.playground.bodies import body_of
from runbot.playground.faults import Faults
from runbot.playground.refusals import PersonRefusal


def _refused(sentence: str) -> PersonRefusal:
    return PersonRefusal("invalid_fault", sentence)


@dataclass(frozen=True, slots=True)
class FaultApi:
    """`/people/api/faults`. Every open page hears of a change by the frame `faults`."""

    faults: Faults

    def routes(self) -> list[web.RouteDef]:
        """Both routes."""
        return [
            web.get("/people/api/faults", self._show),
            web.post("/people/api/faults", self._set),
        ]

    async def _show(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, **self.faults.to_page()})

    async def _set(self, request: web.Request) -> web.StreamResponse:
        try:
            body: Any = await body_of(request)
        except ValueError as error:
            raise _refused("The body isn't JSON.") from error
        if not isinstance(body, dict):
            raise _refused("The body isn't a JSON object.")
        self._apply(body)
        return await self._show(request)

    def _apply(self, body: dict[str, Any]) -> None:
        if unknown := sorted(body.keys() - {"name", "on", "settings"}):
            raise _refused(f"A fault takes name, on and settings, and no {', '.join(unknown)}.")
        name, on = body.get("name"), body.get("on", True)
        settings = body.get("settings", {})
        if not isinstance(on, bool):
            raise _refused("on is true or false.")
        if not isinstance(settings, dict):
            raise _refused("settings is a JSON object.")
        if not isinstance(name, str) and not (name is None and not on):
            raise _refused("Say which fault: name is missing.")
        try:
            if on and name is not None:
                self.faults.switch(name, **settings)
            else:
                self.faults.switch_off(name)
        except ValueError as error:
            raise _refused(str(error)) from error
