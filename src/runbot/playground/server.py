"""The HTTP server: Slack's side, the people's side, and the page, on one loopback address."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

from runbot.playground import sample
from runbot.playground.fault_http import FaultApi
from runbot.playground.interactions import Interactions
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal
from runbot.playground.response_urls import AnswerUrls
from runbot.playground.troubled import Troubled
from runbot.playground.web_api import WebApi

_PAGE = Path(__file__).parent / "page" / "built"
_HOSTS = {"127.0.0.1", "localhost", "::1"}
# Where something is done or told; the rest may be linked to from anywhere.
_OWN = ("/api/", "/people/", "/actions/", "/link/", "/upload/", "/files-pri/")
_FOREIGN = {"cross-site", "same-site"}  # another port of this machine is the same site
_BODY_BYTES = 4 * 2**20
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".md": "text/plain",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; "
        # Not every browser takes 'self' to cover WebSockets.
        "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _refused(status: int, error: str, message: str) -> web.Response:
    return web.json_response({"ok": False, "error": error, "message": message}, status=status)


def _split(address: str) -> SplitResult:
    """The parts of an address; none of them where it is written so that it has none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites out: a rebound name in Host, a foreign Origin, a form's content type.

    And tools that fetch addresses: they may reach the playground's sample pages, so the
    people's API answers only callers that send a header of its own or are its page.
    """
    if _split(f"//{request.host}").hostname not in _HOSTS:
        return _refused(421, "wrong_host", "The playground answers on this machine's own name.")
    origin = request.headers.get("Origin")
    if origin is not None and _split(origin).netloc != request.host:
        return _refused(403, "wrong_origin", "Another site's page may not act here.")
    fetched_by = request.headers.get("Sec-Fetch-Site")
    if request.path.startswith(_OWN) and fetched_by in _FOREIGN:
        return _refused(403, "wrong_origin", "Another site's page may not act here.")
    known = fetched_by == "same-origin" or "X-Playground" in request.headers
    if request.path.startswith("/people/api/") and not known:
        return _refused(403, "wrong_caller", "Only the playground's page may ask this.")
    acting = request.method == "POST" and request.path.startswith("/people/")
    # Either type makes a browser ask first when another site's page sends it.
    uploading = acting and request.path.endswith("/files")
    needed = "application/octet-stream" if uploading else "application/json"
    if acting and request.content_type != needed:
        return _refused(415, "wrong_content_type", f"Send the request as {needed}.")
    return await handler(request)


@web.middleware
async def _sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A refusal becomes its sentence."""
    try:
        return await handler(request)
    except PersonRefusal as refusal:
        return _refused(refusal.status, refusal.error, refusal.message)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _found(path: str) -> Path | None:
    try:
        found = (_PAGE / path).resolve()
        inside = found.is_relative_to(_PAGE.resolve()) and found.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, or with a NUL
        return None
    return found if inside else None


def _file(path: str) -> web.StreamResponse:
    """One of the page's files; never one outside its folder."""
    found = _found(path)
    if found is None:
        return _refused(404, "not_found", "There is no such file.")
    kind = _TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0]
    charset = "utf-8" if kind and (kind.startswith("text/") or "svg" in kind) else None
    return web.Response(body=found.read_bytes(), content_type=kind, charset=charset)


async def _index(_request: web.Request) -> web.StreamResponse:
    return _file("index.html")


async def _asset(request: web.Request) -> web.StreamResponse:
    return _file(request.match_info["path"])


async def _permalink(request: web.Request) -> web.StreamResponse:
    """A message's permalink leads to the page, which finds the message."""
    digits = request.match_info["ts"]
    channel = request.match_info["channel"]
    location = f"/?channel={channel}&ts={digits[:-6]}.{digits[-6:]}"
    thread = request.query.get("thread_ts", "")
    if thread.replace(".", "").isdigit():
        location += f"&thread_ts={thread}"
    return web.Response(status=302, headers={"Location": location})


def build_app(
    platform: Platform,
    interactions: Interactions,
    web_api: WebApi,
    troubled: Troubled,
    more: Iterable[web.RouteDef],
) -> web.Application:
    """All routes of the playground; `more` are those that need nothing of what is here."""
    app = web.Application(middlewares=[_loopback_only, _sentences], client_max_size=_BODY_BYTES)
    app.on_response_prepare.append(_add_headers)
    answering = AnswerUrls(platform, interactions, troubled)
    app.add_routes(
        [
            web.get("/", _index),
            web.get("/page/{path:.+}", _asset),
            web.get(r"/archives/{channel:[A-Z0-9]+}/p{ts:\d{7,}}", _permalink),
            web.get("/link/", platform.sockets.serve),
            web.post("/actions/{token}", answering.serve),
            web.route("*", "/api/{method}", web_api.serve),
            *sample.routes(),
            *FaultApi(platform.faults).routes(),
            *more,
        ]
    )
    return app
