"""The name that a person gives a runbook, found in what they say before its steps."""

from __future__ import annotations

import re
from typing import Final

RUNBOOK: Final = r"(?:run[ -]?book|play[ -]?book|check[ -]?list|procedure|sop)"
"""What people call a runbook."""

_QUOTED: Final = (
    r"(?:\"([^\"\n]+)\"|“([^”\n]+)”|‘([^’\n]+)’|'([^'\n]+)'|`+([^`\n]+)`+"
    r"|\*+([^*\n]+)\*+|_([^_\n]+)_)"
)
_END: Final = (
    r"(?=\s*(?:[:;,\n]|\.(?:\s|$)|$)|\s+[-–—]\s|\s+(?:with|that|which|for|to|where|having|has|using"
    r"|and|in|on|containing|whose|who|steps?|description|described|about|please|parameters?)\b)"
)
_BARE: Final = rf"([^\s:;,\n][^:;,\n]*?){_END}"
_CALLED: Final = re.compile(
    r"\b(?:called|named|titled|by\s+the\s+name\s+(?:of\s+)?|with\s+(?:the\s+)?name|name\s+it|call\s+it"
    r"|(?:^|(?<=\n))[ \t]*name\s*:)\s*:?\s*" + rf"(?:{_QUOTED}|{_BARE})",
    re.IGNORECASE,
)
_NAME_LINE: Final = re.compile(
    rf"(?:^|\n|[,;.]\s)\s*\**name\**\s*:\**\s*(?:{_QUOTED}|{_BARE})", re.IGNORECASE
)
_AFTER: Final = re.compile(rf"\b{RUNBOOK}\b\s*:?\s*(?:{_QUOTED}|{_BARE})", re.IGNORECASE)
_BEFORE: Final = re.compile(
    r"^(?:(?:create|make|write|add|set\s+up|build|draft|prepare|start|save|(?:i|we)\s+(?:need|want)"
    rf"|need)\b(?:\s+(?:me|us))?)?\s*((?:\S+\s+){{1,8}}?){RUNBOOK}\b",
    re.IGNORECASE,
)
_ARTICLES: Final = re.compile(
    r"^(?:(?:an?|the|this|that|my|our|another|new|simple|short|quick|small|basic|little|long|good"
    r"|better|first|test|draft|following)\s+)+|^(?:an?|the|this|that|my|our|another|new|simple"
    r"|short|quick|small|basic|little|long|good|better|first|test|draft|following)$",
    re.IGNORECASE,
)
_NOT_A_NAME: Final = re.compile(
    r"(?:with|that|which|for|to|from|and|of|please|steps?|using|where|like|so|about|as|on|in|is"
    r"|having|has|containing|called|named|titled|it|here|description|parameters?|should|must|will|can)\b",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    rf"^(?:create|make|write|add|new|draft)?\s*(?:{_QUOTED}|([\w-]+))\s*[:;,.]?$", re.IGNORECASE
)
_NOUN: Final = re.compile(rf"\b{RUNBOOK}\b", re.IGNORECASE)
_MAX_WORDS: Final = 8
BLANK: Final = "NAME"
"""What stands in an example where the person's own name for a runbook goes."""


def _first(found: re.Match[str]) -> str | None:
    name = next((group for group in found.groups() if group is not None), "")
    name = name.strip(" \t*_`\"'“”‘’.")
    return name or None


def find_name(head: str) -> str | None:
    """The name as it was written, or None where none was given."""
    name = _written(head.strip())
    return None if name == BLANK else name


def _written(head: str) -> str | None:
    for pattern in (_CALLED, _NAME_LINE):
        if found := pattern.search(head):
            return _first(found)
    if (found := _AFTER.search(head)) and not _NOT_A_NAME.match(
        head, found.start(found.lastindex or 0)
    ):
        return _brief(_first(found))
    if found := _BEFORE.match(head):
        bare = _ARTICLES.sub("", found[1].strip()).strip()
        return _brief(bare.strip("*_`\"'“”‘’") or None)
    if not _NOUN.search(head) and (found := _ALONE.match(head)):
        return _first(found)
    return None


def _brief(name: str | None) -> str | None:
    return name if name is not None and len(name.split()) <= _MAX_WORDS else None
