"""Timestamps in order, with who wrote at each: counting and paging without walking them all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator


class Timeline:
    """The messages of one channel or thread, by timestamp."""

    def __init__(self) -> None:
        self._order: list[str] = []
        self._by_author: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    @property
    def first(self) -> str | None:
        """The oldest; None where nothing was written."""
        return self._order[0] if self._order else None

    @property
    def last(self) -> str | None:
        """The newest; None where nothing was written."""
        return self._order[-1] if self._order else None

    @property
    def authors(self) -> list[str]:
        """Who wrote, in the order of their first messages."""
        return list(self._by_author)

    def add(self, ts: str, author: str) -> None:
        """Take in one message."""
        insort(self._order, ts)
        insort(self._by_author.setdefault(author, []), ts)

    def remove(self, ts: str, author: str) -> None:
        """Let go of a message that is there."""
        own = self._by_author[author]
        del self._order[bisect_left(self._order, ts)]
        del own[bisect_left(own, ts)]
        if not own:
            del self._by_author[author]

    def before(self, ts: str | None, number: int) -> list[str]:
        """The newest that are older than `ts` (the newest of all with None), oldest first."""
        end = len(self._order) if ts is None else bisect_left(self._order, ts)
        return self._order[max(0, end - number) : end]

    def after(self, ts: str) -> list[str]:
        """All that are newer than `ts`, oldest first."""
        return self._order[bisect_right(self._order, ts) :]

    def others_after(self, ts: str, reader: str) -> int:
        """How many are newer than `ts` and not the reader's own."""
        own = self._by_author.get(reader, [])
        newer = len(self._order) - bisect_right(self._order, ts)
        return newer - (len(own) - bisect_right(own, ts))
