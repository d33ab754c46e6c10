"""A small site to try things on: a health page, logs to read, and a page that is ill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

_LINES = (
    "checkpoint complete: wrote 112 buffers",
    "autovacuum: table orders, 840 dead rows removed",
    "connection authorized: user=app database=shop",
    "duration: 1204 ms  statement: SELECT * FROM orders WHERE open",
    "checkpoint starting: time",
)


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "database": "up"})


async def _ill(_request: web.Request) -> web.Response:
    return web.json_response({"status": "failing", "database": "down"}, status=503)


async def _logs(_request: web.Request) -> web.Response:
    now = datetime.now(UTC).replace(microsecond=0)
    lines = (
        f"{now - timedelta(minutes=len(_LINES) - number):%Y-%m-%d %H:%M:%S} LOG:  {line}"
        for number, line in enumerate(_LINES)
    )
    return web.Response(text="\n".join(lines) + "\n")


def routes() -> list[web.RouteDef]:
    """The site's pages, all under /."""
    return [
        web.get("/health", _health),
        web.get("/ill", _ill),
        web.get("/logs", _logs),
    ]
