"""The bytes of files, on the disk: one file for each, under its id, for the owner's eyes alone."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from runbot.playground.file_kinds import HEAD_BYTES


class TooLarge(Exception):  # noqa: N818 - the caller says it in its own words
    """More bytes came than are taken."""


class FileStore:
    """A folder beside the workspace's own file; without one, a folder that goes at the end."""

    def __init__(self, folder: Path | None) -> None:
        self._given = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._making = threading.Lock()  # files that come at once are taken in by several threads

    def _folder(self) -> Path:
        if self._given is not None:
            self._given.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._given
        with self._making:
            if self._temporary is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="playground-files-")
            return Path(self._temporary.name)

    def path(self, file_id: str) -> Path:
        """Where a file's bytes are. Ids are ours: no name that anyone gave gets into a path."""
        return self._folder() / file_id

    async def write(
        self, file_id: str, chunks: AsyncIterator[bytes], *, most: int
    ) -> tuple[int, bytes]:
        """Take in a file's bytes: how many, and the first of them. TooLarge past `most`.

        The file is there whole or not at all.
        """
        path = await asyncio.to_thread(self.path, file_id)
        draft = path.with_suffix(".part")
        size, head = 0, b""
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(opened, "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise TooLarge
                    head = head if len(head) >= HEAD_BYTES else (head + chunk)[:HEAD_BYTES]
                    await asyncio.to_thread(file.write, chunk)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return size, head

    def remove(self, file_id: str) -> None:
        """Delete a file's bytes, if they are there."""
        self.path(file_id).unlink(missing_ok=True)

    def keep_only(self, known: Iterable[str]) -> set[str]:
        """Delete what nothing refers to: a stop can come between bytes and record. What is left."""
        if self._given is None or not self._given.is_dir():
            return set()
        kept = set(known)
        for path in list(self._given.iterdir()):
            if path.name not in kept:
                path.unlink()
        return {path.name for path in self._given.iterdir()}

    def stop(self) -> None:
        """Remove a folder that was only for this time."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None
