"""What the app posts to the response_url of a command or a click."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from runbot.playground.bodies import body_of
from runbot.playground.interactions import Interactions
from runbot.playground.platform import Platform
from runbot.playground.refusals import Refusal
from runbot.playground.switches import RESPONSE_URL
from runbot.playground.traffic import UrlAnswer
from runbot.playground.troubled import MET, Troubled

_GONE = {"expired_url", "used_url", "invalid_url"}


@dataclass(frozen=True, slots=True)
class AnswerUrls:
    """`/actions/{token}`. No token of the app's is asked for: the address is the right."""

    platform: Platform
    interactions: Interactions
    troubled: Troubled

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One answer."""
        started = time.monotonic()

        async def record(status: int, answer: dict[str, Any], _headers: dict[str, str]) -> None:
            body = await _body(request) or {}
            self._record(request, started, body, status, str(answer.get("error", "")))

        async def answer() -> web.StreamResponse:
            return await self._answer(request, started)

        return await self.troubled.answer(RESPONSE_URL, request, answer, record)

    async def _answer(self, request: web.Request, started: float) -> web.StreamResponse:
        body = await _body(request)
        if body is None:
            self._record(request, started, {}, 400, "invalid_payload")
            return web.Response(status=400, text="invalid_payload")
        try:
            self.interactions.answer_url(request.match_info["token"], body)
        except Refusal as refusal:
            status = 404 if refusal.error in _GONE else 400
            self._record(request, started, body, status, refusal.error)
            return web.json_response(refusal.answer(), status=status)
        self._record(request, started, body, 200, "")
        return web.Response(text="ok")

    def _record(
        self, request: web.Request, started: float, body: dict[str, Any], status: int, error: str
    ) -> None:
        token = request.match_info["token"]
        url = self.platform.response_urls.find(token)
        seconds = time.monotonic() - started
        answer = UrlAnswer(
            token=token,
            body=body,
            status=status,
            seconds=seconds,
            error=error,
            fault=request[MET],
            channel=url.channel if url else "",
            user=url.user if url else "",
            ts=(url.message_ts,) if url and url.message_ts else (),
        )
        size = request.content_length or 0
        self.platform.traffic.record(answer, size=size, seconds=seconds)
        self.platform.changes.touch()


async def _body(request: web.Request) -> dict[str, Any] | None:
    """The JSON object that was posted; None for anything else."""
    try:
        body = await body_of(request)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
