"""Slack's markup as the person read it, with channels and people still usable.

`<#C123|incidents>` and `<@U123>` stay as they are: surfaces draw them as links, and the
ids are what tools need. So does `<!subteam^S123|@sre>` where it is asked for: settings name
groups. Everything else becomes the text that stood on the screen.
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

CHANNEL: Final = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^<>\n]*)?>|(?<![\w&/#])#(?!\d+\b)[\w.\-]*\w")
MENTION: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>\n]*)?>")
_LINK: Final = re.compile(r"<((?:https?://|mailto:|tel:)[^<>|\n]+)(?:\|([^<>\n]*))?>")
_SPECIAL: Final = re.compile(r"<!(?:subteam\^)?([^<>|\n]+)(?:\|([^<>\n]*))?>")
_OTHER: Final = re.compile(r"<!(?!subteam\^)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_GROUP: Final = re.compile(r"\[[^\[\]]*\]|<!(?:subteam\^)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# Marks that change the order of what is read without being seen: https://trojansource.codes
_UNSEEN: Final = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u061c")
_ISOLATES: Final = range(0x2066, 0x206A)


def _link(found: re.Match[str]) -> str:
    address, label = found[1], found[2]
    scheme, _, bare = address.partition(":")
    bare = bare.removeprefix("//")
    if scheme in {"mailto", "tel"}:
        return bare
    if label and label.rstrip("/") == bare.rstrip("/"):
        return label  # Slack made a link of what was typed without http://
    return address if label in {None, "", address} else f"{label} ({address})"


def _special(found: re.Match[str]) -> str:
    name, label = found[1], found[2]
    if label:
        return label
    return "" if name.startswith("date^") else f"@{name}"


@functools.lru_cache(maxsize=4096)
def _seen(character: str) -> str:
    """The character as it is read: itself, a blank, a line's end, or nothing."""
    if character in "\n\t":
        return character
    if character in _UNSEEN or ord(character) in _ISOLATES:
        return ""
    kind = unicodedata.category(character)
    if kind in {"Zs", "Zl", "Zp"}:
        return "\n" if character in "\u2028\u2029" else " "
    return "" if kind in {"Cc", "Cs"} else character


def plain(text: str, *, groups: bool = False) -> str:
    """What a person reads, without marks that can't be seen; lines end as on Unix.

    With `groups`, user groups stay as Slack writes them.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    special = _OTHER if groups else _SPECIAL
    text = special.sub(_special, _LINK.sub(_link, text))
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return "".join(map(_seen, text))


def ungrouped(text: str) -> str:
    """The text with groups as the person read them, but for those in brackets: settings."""
    return _GROUP.sub(lambda found: found[0] if found[0][0] == "[" else _special(found), text)
