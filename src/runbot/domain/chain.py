"""Lines chained by hashes: each holds the hash of the one before, so none can change unseen.

What a chain shows is that its lines are those that were written, in their order. It has no
key: whoever can write the database and knows this code can write a new chain. Against that
helps a head that is kept elsewhere (docs/record.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

EMPTY: Final = ""  # before the first line


def linked(previous: str, line: Mapping[str, Any]) -> str:
    """The hash of a line that follows the one with this hash: SHA-256, in hexadecimal.

    The line is plain JSON values and aware times. The order of its keys doesn't matter.
    """
    return hashlib.sha256(f"{previous}\n{canonical(line)}".encode()).hexdigest()


def canonical(line: Mapping[str, Any]) -> str:
    """The one text that a line has: sorted keys, no spaces, times in UTC to the microsecond."""
    return json.dumps(
        line, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_moment
    )


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} can't stand in a chained line.")
    return value.astimezone(UTC).isoformat(timespec="microseconds")
