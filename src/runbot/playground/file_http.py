"""Files over HTTP: the app's side as at Slack, and the people's.

    POST /upload/v1/{ticket}                      raw bytes or a form with one file; "OK - {bytes}"
    GET  /files-pri/{team}-{id}/[download/]{name} the bytes, for the app's token in Authorization
    GET  /files/{user}/{id}/{name}                a file's permalink: to a message that shows it

    POST /people/api/{user}/files?name=…          application/octet-stream: {ok, file}
    GET  /people/api/{user}/files/{id}            the bytes, always as a download
    GET  /people/api/{user}/files/{id}?inline=1   a picture (png, jpeg, gif, webp), to be shown

Nothing that anyone uploaded is ever drawn as a page: whatever isn't a picture by its bytes goes
out as a download without a type, and all of it in a sandbox that runs no script.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from runbot.playground.file_store import TooLarge
from runbot.playground.files import File
from runbot.playground.limits import most
from runbot.playground.people import Person
from runbot.playground.platform import Platform
from runbot.playground.refusals import Refusal
from runbot.playground.speaking import file_too_large
from runbot.playground.traffic import FileTransfer

_CHUNK = 2**18


def disposition(name: str, *, inline: bool = False) -> str:
    """Content-Disposition for a file's name (RFC 6266): quoted whole, with a plain one beside."""
    ending = PurePosixPath(name).suffix
    plain = f"file{ending}" if ending.isascii() and ending[1:].isalnum() else "file"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@dataclass(frozen=True, slots=True)
class FileHttp:
    """The routes; who a person is, is looked up by the people's API."""

    platform: Platform
    person: Callable[[str], Person]

    def routes(self) -> list[web.RouteDef]:
        """All routes that carry files."""
        base = "/people/api/{user}/files"
        return [
            web.post("/upload/v1/{ticket}", self._take_from_app),
            web.get(r"/files-pri/{team:T\w+}-{id:F\w+}/{name:.*}", self._give_to_app),
            web.get(r"/files/{user}/{id:F\w+}/{name:.*}", self._permalink),
            web.post(base, self._take_from_person),
            web.get(base + "/{id}", self._give_to_person),
        ]

    # The app's side

    async def _take_from_app(self, request: web.Request) -> web.StreamResponse:
        """What Slack says to a wrong upload is documented only as "not 200"."""
        ticket = request.match_info["ticket"]
        announced = self.platform.files.reserved(ticket)
        if announced is None:
            self._note(404, "", "")
            return web.Response(status=404, text="no such upload")
        size, name, file = request.content_length or 0, announced.name, announced.file_id
        try:
            size = await self.platform.files.receive_reserved(ticket, await _sent(request))
        except (TooLarge, Refusal):
            self._note(400, file, name, size)
            return web.Response(status=400, text="not the length that was announced")
        self._note(200, file, name, size)
        return web.Response(text=f"OK - {size}")

    async def _give_to_app(self, request: web.Request) -> web.StreamResponse:
        """The bytes. As at Slack, a request without the right token is sent to the front page.

        There it gets HTML with a 200: an app that saves what it is given must look at it.
        """
        file_id = request.match_info["id"]
        file = self.platform.files.find(file_id)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = token == self.platform.workspace.bot.bot_token
        if not allowed or not self.platform.manifest.grants("files:read"):
            self._note(302, file_id, "", fetched=True)
            return web.Response(status=302, headers={"Location": "/"})
        if file is None or file.deleted or not self.platform.files.seen_by_bot(file):
            self._note(404, file_id, "", fetched=True)
            return web.Response(status=404, text="file_not_found")
        self._note(200, file_id, file.name, file.size, fetched=True)
        return self._bytes(file, file.mimetype, inline=False)

    def _note(
        self, status: int, file: str, name: str, size: int = 0, *, fetched: bool = False
    ) -> None:
        transfer = FileTransfer(fetched=fetched, file=file, name=name, size=size, status=status)
        self.platform.traffic.record(transfer)

    async def _permalink(self, request: web.Request) -> web.StreamResponse:
        file = self.platform.files.find(request.match_info["id"])
        location = "/"
        if file is not None and file.shares:
            location = "/?channel={}&ts={}".format(*file.shares[0])
        return web.Response(status=302, headers={"Location": location})

    # The people's side

    async def _take_from_person(self, request: web.Request) -> web.StreamResponse:
        person = self.person(request.match_info["user"])
        if (request.content_length or 0) > most("file.bytes"):
            raise file_too_large()
        file = await person.sends_bytes(
            request.query.get("name", ""), request.content.iter_chunked(_CHUNK)
        )
        return web.json_response({"ok": True, "file": file.to_page()})

    async def _give_to_person(self, request: web.Request) -> web.StreamResponse:
        file = self.person(request.match_info["user"]).file(request.match_info["id"])
        if request.query.get("inline") and file.inline:
            return self._bytes(file, file.mimetype, inline=True)
        return self._bytes(file, "application/octet-stream", inline=False)

    def _bytes(self, file: File, content_type: str, *, inline: bool) -> web.StreamResponse:
        return web.FileResponse(
            self.platform.files.store.path(file.id),
            headers={
                "Content-Type": content_type,
                "Content-Disposition": disposition(file.name, inline=inline),
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )


async def _sent(request: web.Request) -> AsyncIterator[bytes]:
    """An upload's bytes: the body itself, or the first part of a form that has a file."""
    if request.content_type != "multipart/form-data":
        return request.content.iter_chunked(_CHUNK)
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename is not None:
            return _chunks(part)
    return _chunks(None)


async def _chunks(part: BodyPartReader | None) -> AsyncIterator[bytes]:
    while part is not None and (chunk := await part.read_chunk(_CHUNK)):
        yield bytes(chunk)
