"""What versions hold, parsed once: a version never changes, and every read of a run needs it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.domain.cleaning import part_of
from runbot.domain.run import Part
from runbot.domain.runbook import Content
from runbot.store.tables import VERSION

CONTENTS: Final = "contents"  # where a session carries its database's
MOST: Final = 256  # versions; at 100 steps each that is some 30 MB


class Contents:
    """The contents that were asked for lately. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, Part], Content] = {}

    def of(self, s: Session, runbook_id: str, number: int, part: Part) -> Content:
        """What runs of this part of a version that exists carry out."""
        key = (runbook_id, number, part)
        found = self._kept.get(key)
        if found is None:
            row = s.execute(
                select(VERSION.c.content).where(
                    VERSION.c.runbook_id == runbook_id, VERSION.c.number == number
                )
            ).scalar_one()
            found = part_of(Content.model_validate(row), part)
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = found
        return found


def content_of(s: Session, runbook_id: str, number: int, part: Part = Part.MAIN) -> Content:
    """The content of a version that exists, from what the session's database has kept."""
    contents = s.info.setdefault(CONTENTS, Contents())
    assert isinstance(contents, Contents)  # noqa: S101 - tells mypy what only this module puts there
    return contents.of(s, runbook_id, number, part)
