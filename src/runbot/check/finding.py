"""What was looked at, and what was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Where it isn't `ok`, the sentence says what to do.

    It never holds a secret, only the name of the setting that has it.
    """

    what: str
    ok: bool
    sentence: str

    def as_dict(self) -> dict[str, str | bool]:
        """The finding as JSON has it."""
        return asdict(self)


def good(what: str, sentence: str) -> Finding:
    """All is well, or as well as it can be."""
    return Finding(what, ok=True, sentence=sentence)


def bad(what: str, sentence: str) -> Finding:
    """Something is missing or wrong."""
    return Finding(what, ok=False, sentence=sentence)
