"""Ids shaped like Slack's: opaque, upper case, with a letter that tells the kind."""

from __future__ import annotations

import hashlib
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LENGTH = 10


def _spell(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def stable_id(kind: str, name: str) -> str:
    """The same id for the same name at every start, so that a kept workspace fits a new one."""
    digest = hashlib.sha256(f"{kind}:{name}".encode()).digest()
    return f"{kind}0{_spell(int.from_bytes(digest[:8], 'big'), _LENGTH - 1)}"


def fresh_id(kind: str) -> str:
    """A new id, never given before."""
    return f"{kind}0{_spell(secrets.randbits(60), _LENGTH - 1)}"


class Clockwork:
    """Message timestamps: seconds with six digits, each later than every one before."""

    def __init__(self) -> None:
        self._last = 0

    def next_ts(self) -> str:
        """A timestamp later than any given before."""
        self._last = max(self._last + 1, time.time_ns() // 1_000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def stay_after(self, ts: str) -> None:
        """Let no later timestamp be at or before `ts` (read back from a file, say)."""
        seconds, _, micros = ts.partition(".")
        self._last = max(self._last, int(seconds) * 1_000_000 + int(micros))


def fresh_block_id() -> str:
    """An id for a block that came without one."""
    return fresh_id("b")[2:9]
