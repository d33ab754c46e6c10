"""Keeping a workspace over restarts: one JSON file, written whole and put in place at once."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from runbot.playground.guide import Guide
from runbot.playground.mailbox import Mailbox
from runbot.playground.platform import Platform

log = logging.getLogger(__name__)

_VERSION = 1
_DELAY = 0.5
# A big workspace takes longer to spell out; writing it may take only so much of the time.
_SHARE = 0.05


class Storage:
    """Writes a moment after changes, and at the end; reads at the start."""

    def __init__(self, file: Path, platform: Platform, mailbox: Mailbox, guide: Guide) -> None:
        self._file = file
        self._platform = platform
        self._mailbox = mailbox
        self._guide = guide
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._delay = _DELAY

    def load(self) -> None:
        """Take up what was kept. A file that can't be read is put aside, not overwritten."""
        try:
            content = self._file.read_text("utf-8")
        except FileNotFoundError:
            return
        try:
            kept = json.loads(content)
        except ValueError:
            self._file.replace(self._file.with_suffix(".unreadable.json"))
            return
        if kept.get("version") != _VERSION or kept.get("team") != self._platform.workspace.team_id:
            self._file.replace(self._file.with_suffix(".other.json"))
            return
        for channel_id, members in kept["members"].items():
            if channel_id in self._platform.workspace.channels:
                self._platform.workspace.channels[channel_id].members = members
        for channel_id in kept.get("archived", []):
            if channel_id in self._platform.workspace.channels:
                self._platform.workspace.channels[channel_id].is_archived = True
        self._platform.files.from_file(kept.get("files", []))
        self._platform.messages.from_file(kept["messages"])
        self._platform.conversations.from_file(kept["read"])
        self._platform.views.from_file(kept["homes"])
        self._mailbox.from_file(kept["mail"])
        if "guide" in kept:
            self._guide.from_file(kept["guide"])
        else:
            # Whoever worked here before there was a guide isn't shown what they have done.
            for channel in self._platform.workspace.channels:
                self._guide.see(self._platform.messages.in_channel(channel))

    def _snapshot(self) -> str:
        """The whole file's content."""
        rest: dict[str, Any] = {
            "version": _VERSION,
            "team": self._platform.workspace.team_id,
            "members": {c.id: c.members for c in self._platform.workspace.channels.values()},
            "archived": [c.id for c in self._platform.workspace.channels.values() if c.is_archived],
            "files": self._platform.files.to_file(),
            "read": self._platform.conversations.to_file(),
            "homes": self._platform.views.to_file(),
            "mail": self._mailbox.to_file(),
            "guide": self._guide.to_file(),
        }
        spelled = json.dumps(rest)
        return f'{spelled[:-1]}, "messages": {self._platform.messages.to_file()}}}'

    def changed(self) -> None:
        """Something changed: write soon, once for many changes."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay, self._write_soon)

    def _write_soon(self) -> None:
        self._timer = None
        if self._writing is not None and not self._writing.done():
            self._timer = asyncio.get_running_loop().call_later(_DELAY, self._write_soon)
            return
        started = time.monotonic()
        content = self._snapshot()
        self._delay = max(_DELAY, (time.monotonic() - started) / _SHARE)
        self._writing = asyncio.create_task(self._written(content))

    async def _written(self, content: str) -> None:
        """Written, or said why not; the next change tries again."""
        try:
            await asyncio.to_thread(self._write, content)
        except OSError as wrong:
            log.warning(
                "The workspace can't be kept in %s: %s. Make room there, or choose another place.",
                self._file,
                wrong.strerror or wrong,
            )

    def _write(self, content: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".writing")
        # Only for its owner: it holds what people wrote and the mail that they got.
        private = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(private, "w", encoding="utf-8") as file:  # noqa: PTH123 - it is a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)

    async def stop(self) -> None:
        """Write the last state."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._write, self._snapshot())
