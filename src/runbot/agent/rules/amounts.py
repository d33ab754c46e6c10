"""Durations and small numbers as settings have them: "5m", "half an hour", "twice"."""

from __future__ import annotations

import re
from typing import Final

from runbot.tools.wait import SPOKEN, duration

_UNIT: Final = r"(?:w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![a-z])"
_AMOUNT: Final = r"\d+(?:\.\d+)?"
DURATION: Final = (
    rf"(?:[-−]?\s*{_AMOUNT}\s*{_UNIT}"
    rf"(?:\s*(?:and\s+)?{_AMOUNT}\s*{_UNIT})*|[-−]?\s*{_AMOUNT}(?![\w.])|{SPOKEN}"
    rf"|(?:[-−]?{_AMOUNT}(?:w|d|h|m|s))+(?![a-z]))"
)
"""A pattern for how long something takes, whether that makes sense or not."""
_JOINED: Final = re.compile(r"(?<=\d)([wdhms])(?=\d)", re.IGNORECASE)
_COUNTS: Final = {
    word: number
    for number, words in enumerate(
        ("no zero never", "a one once", "two twice", "three thrice", "four", "five", "six", "seven")
    )
    for word in words.split()
}
COUNT: Final = rf"(?:[-−]?\d+|{'|'.join(_COUNTS)})\b"
"""A pattern for a small number."""
_UNITS: Final = (("d", 86_400), ("h", 3600), ("m", 60))


def seconds(said: str) -> float:
    """How long that is; `ValueError` with a sentence where it is nothing, or nothing readable."""
    text = " ".join(said.split())
    if text.startswith(("-", "−")):
        raise ValueError(f"{text} is less than nothing.")
    if re.fullmatch(_AMOUNT, text) and float(text):
        raise ValueError(f"{text} of what? Write {text}s, {text}m or {text}h.")
    try:
        return duration(text).total_seconds()
    except ValueError:
        raise ValueError(f"{text} must be more than nothing and at most 30 days.") from None


def count(said: str) -> int:
    """The number; may be negative, which only its use can judge."""
    word = said.lower().replace("−", "-")
    return _COUNTS[word] if word in _COUNTS else int(word)


def spoken(span: float) -> str:
    """A span of seconds as it is written: "1h30m", "45s"."""
    left, parts = span, []
    for unit, size in _UNITS:
        whole = int(left // size)
        left -= whole * size
        if whole:
            parts.append(f"{whole}{unit}")
    rest = f"{left:.6f}".rstrip("0").rstrip(".")
    if rest != "0" or not parts:
        parts.append(f"{rest}s")
    return "".join(parts)
