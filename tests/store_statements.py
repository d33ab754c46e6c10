"""What is sent to a database, so that a test can say how much that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are sent meanwhile; those that begin and end transactions aside."""
    sent: list[str] = []

    def note(*happened: object) -> None:
        if not str(happened[2]).startswith("BEGIN"):
            sent.append(str(happened[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
