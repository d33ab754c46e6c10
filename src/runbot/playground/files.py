"""The workspace's files: who put them there, where they are shared, how each side sees them."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runbot.playground.file_kinds import INLINE_TYPES, kind_of, safe_name
from runbot.playground.file_store import FileStore
from runbot.playground.ids import fresh_id
from runbot.playground.limits import most
from runbot.playground.refusals import Refusal
from runbot.playground.workspace import Workspace

_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class File:
    """One file whose bytes are here, or were until it was deleted."""

    id: str
    name: str
    title: str
    user: str
    created: int
    size: int
    mimetype: str
    filetype: str
    pretty_type: str
    alt_text: str = ""
    shares: tuple[tuple[str, str], ...] = ()
    """The channel and ts of each message that shows it."""
    handed_over: bool = False
    """Whether a modal gave it to the app."""
    complete: bool = True
    """False until the app has said that its upload is done."""
    deleted: bool = False

    @property
    def inline(self) -> bool:
        """Whether a browser may show it."""
        return self.mimetype in INLINE_TYPES and not self.deleted

    def to_page(self) -> dict[str, Any]:
        """The file as the page draws it; of a deleted one nothing is told."""
        gone = self.deleted
        return {
            "id": self.id,
            "name": "" if gone else self.name,
            "title": "" if gone else self.title,
            "mimetype": "" if gone else self.mimetype,
            "pretty_type": "" if gone else self.pretty_type,
            "alt_text": "" if gone else self.alt_text,
            "size": 0 if gone else self.size,
            "user": self.user,
            "created": self.created,
            "inline": self.inline,
            "deleted": gone,
        }


@dataclass(frozen=True, slots=True)
class Reserved:
    """An upload that the app has announced."""

    file_id: str
    name: str
    length: int
    alt_text: str


class Files:
    """A bounded number of files: past it, the oldest are deleted, as on Slack's free plan."""

    def __init__(self, workspace: Workspace, folder: Path | None) -> None:
        self.store = FileStore(folder)
        self.url = ""
        """The server's own address, once it is listening."""
        self._workspace = workspace
        self._files: dict[str, File] = {}
        self._reserved: dict[str, Reserved] = {}

    def find(self, file_id: str) -> File | None:
        """A file by its id, a deleted one too."""
        return self._files.get(file_id)

    def those(self, ids: Iterable[str]) -> list[File]:
        """Files by their ids, in that order."""
        return [self._files[file_id] for file_id in ids if file_id in self._files]

    def all(self) -> list[File]:
        """What is there to be listed, newest first."""
        return [f for f in reversed(self._files.values()) if f.complete and not f.deleted]

    # How one gets here

    def reserve(self, name: str, length: int, alt_text: str) -> tuple[str, str]:
        """A file's id and the secret last part of the address that takes its bytes, once."""
        ticket, file_id = secrets.token_urlsafe(24), fresh_id("F")
        self._reserved[ticket] = Reserved(file_id, name, length, alt_text)
        while len(self._reserved) > _KEPT:
            del self._reserved[next(iter(self._reserved))]
        return file_id, ticket

    def reserved(self, ticket: str) -> Reserved | None:
        """What an upload's address was given for, until it is used."""
        return self._reserved.get(ticket)

    async def receive_reserved(self, ticket: str, chunks: AsyncIterator[bytes]) -> int:
        """Take in what the app announced, at exactly the length that it announced.

        How many bytes came; file_store.TooLarge, or Refusal("length_mismatch") for fewer.
        """
        announced = self._reserved.pop(ticket)  # so that nobody else writes at the same time
        size = -1
        try:
            size, head = await self.store.write(announced.file_id, chunks, most=announced.length)
        finally:
            if size != announced.length:
                self._reserved[ticket] = announced
        if size != announced.length:
            self.store.remove(announced.file_id)
            raise Refusal("length_mismatch")
        self._add(
            announced.file_id,
            announced.name,
            self._workspace.bot.user_id,
            size,
            head,
            alt_text=announced.alt_text,
            complete=False,
        )
        return size

    async def receive(self, name: str, user: str, chunks: AsyncIterator[bytes]) -> File:
        """Take in a person's file. Nobody else sees it before it is shared."""
        file_id = fresh_id("F")
        size, head = await self.store.write(file_id, chunks, most=most("file.bytes"))
        return self._add(file_id, name, user, size, head)

    def _add(self, file_id: str, name: str, user: str, size: int, head: bytes, **more: Any) -> File:
        name = safe_name(name)
        kind = kind_of(name, head)
        file = File(
            id=file_id,
            name=name,
            title=name,
            user=user,
            created=int(time.time()),
            size=size,
            mimetype=kind.mimetype,
            filetype=kind.filetype,
            pretty_type=kind.pretty_type,
            **more,
        )
        self._files[file_id] = file
        while len(self._files) > _KEPT:
            oldest = next(iter(self._files))
            self.store.remove(oldest)
            del self._files[oldest]
        return file

    def complete(self, file: File, title: str) -> File:
        """The app's upload is done, and has a title."""
        self._files[file.id] = done = replace(file, title=title, complete=True)
        return done

    # Where it is shown

    def share(self, ids: Iterable[str], channel: str, ts: str) -> None:
        """A message shows these files."""
        for file in self.those(ids):
            self._files[file.id] = replace(file, shares=(*file.shares, (channel, ts)))

    def unshare(self, ids: Iterable[str], channel: str, ts: str) -> list[File]:
        """A message no longer shows these files; those that nothing shows any more are deleted.

        The deleted ones, as they were.
        """
        gone = []
        for file in self.those(ids):
            left = tuple(share for share in file.shares if share != (channel, ts))
            self._files[file.id] = changed = replace(file, shares=left)
            if not left and not file.deleted:
                self.delete(changed)
                gone.append(file)
        return gone

    def delete(self, file: File) -> File:
        """Delete the bytes; what showed the file shows that there was one."""
        self.store.remove(file.id)
        self._files[file.id] = gone = replace(file, deleted=True)
        return gone

    def hand_over(self, ids: Iterable[str]) -> None:
        """A modal with these files was submitted: the app may have them."""
        for file in self.those(ids):
            self._files[file.id] = replace(file, handed_over=True)

    def seen_by_bot(self, file: File) -> bool:
        """Whether the app may have it: its own, what a modal gave it, what stands where it is."""
        bot = self._workspace.bot.user_id
        return (
            bot == file.user
            or file.handed_over
            or any(bot in self._workspace.channels[channel].members for channel, _ in file.shares)
        )

    # How it is kept, and how the app sees it

    def to_file(self) -> list[dict[str, Any]]:
        """What is known of all files, as plain data. Their bytes are on the disk already."""
        return [asdict(file) for file in self._files.values()]

    def from_file(self, rows: list[dict[str, Any]]) -> None:
        """Take up what to_file gave. An upload that was never shared is forgotten."""
        names = {f.name for f in fields(File)}
        for row in rows:
            known = {key: value for key, value in row.items() if key in names}
            known["shares"] = tuple((channel, ts) for channel, ts in row.get("shares", ()))
            file = File(**known)
            if (
                file.shares
                or file.handed_over
                or (file.complete and file.user == self._workspace.bot.user_id)
            ):
                self._files[file.id] = file
        there = self.store.keep_only(f.id for f in self._files.values() if not f.deleted)
        for file in list(self._files.values()):
            if file.id not in there:
                self._files[file.id] = replace(file, deleted=True)

    def to_slack(self, file: File) -> dict[str, Any]:
        """https://docs.slack.dev/reference/objects/file-object. Thumbnails aren't made here."""
        if file.deleted:
            return {"id": file.id, "mode": "tombstone"}
        team, name = self._workspace.team_id, quote(file.name, safe="")
        private = f"{self.url}/files-pri/{team}-{file.id}"
        kinds = [self._workspace.channels[channel].kind for channel, _ in file.shares]
        slack: dict[str, Any] = {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "filetype": file.filetype,
            "pretty_type": file.pretty_type,
            "user": file.user,
            "user_team": team,
            "editable": False,
            "size": file.size,
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": "channel" in kinds,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": f"{private}/{name}",
            "url_private_download": f"{private}/download/{name}",
            "media_display_type": "unknown",
            "permalink": f"{self.url}/files/{file.user}/{file.id}/{name}",
            "is_starred": False,
            "has_rich_preview": False,
            "file_access": "visible",
        }
        if file.alt_text:
            slack["alt_txt"] = file.alt_text
        return slack

    def listed(self, file: File) -> dict[str, Any]:
        """The file as files.info and files.list give it: with the places that show it."""
        slack = self.to_slack(file)
        if file.deleted:
            return slack
        places: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
        shares: dict[str, dict[str, list[dict[str, str]]]] = {}
        for channel_id, ts in file.shares:
            channel = self._workspace.channels[channel_id]
            key = {"channel": "channels", "private": "groups", "im": "ims"}[channel.kind]
            if channel_id not in places[key]:
                places[key].append(channel_id)
            kind = "public" if channel.kind == "channel" else "private"
            shares.setdefault(kind, {}).setdefault(channel_id, []).append({"ts": ts})
        return slack | places | {"shares": shares, "comments_count": 0}
