"""Whom a setting names: people, groups, channels and roles, as Slack writes them and as typed.

`<@U1>`, `<!subteam^S1>` and `<#C1>` say who is meant by themselves. "@ben" and "#ops" are
names: `names` says whose, by what was typed in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from runbot.domain.conduct import ADMINS, EVERYONE

Names = Mapping[str, str]
"""The ids of people, groups ("@…") and channels ("#…") by what people type, in lower case."""

_ONE: Final = re.compile(
    r"(?:<@(?P<person>[UW][A-Z0-9]{2,})(?:\|[^<>\n]*)?>"
    r"|<!subteam\^(?P<group>S[A-Z0-9]{2,})(?:\|[^<>\n]*)?>"
    r"|(?:(?:the\s+)?(?:members|people)\s+(?:of|in)\s+|any(?:one|body)\s+in\s+|everyone\s+in\s+)?"
    r"(?:<#(?P<channel>[CG][A-Z0-9]{2,})(?:\|[^<>\n]*)?>|(?P<room>#[\w.-]*\w))"
    r"|@?(?P<id>(?-i:[UWS](?=[A-Z0-9]*\d)[A-Z0-9]{4,}))(?![\w.-])"
    r"|@(?P<typed>\w[\w.-]*\w)"
    r"|role:(?P<role>viewer|runner|editor|approver|admin)\b"
    r"|(?:the\s+)?(?P<roles>viewer|runner|editor|approver)s\b"
    r"|(?:the\s+)?(?:workspace(?:['’]s)?\s+)?(?P<admins>admins)\b|(?P<everyone>everyone|everybody)\b)",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|&|\band\b|\bor\b)\s*", re.IGNORECASE)
_CHANNEL: Final = re.compile(
    r"<#(?P<id>[CG][A-Z0-9]{2,})(?:\|[^<>\n]*)?>|(?P<room>#[\w.-]*\w)|(?P<bare>[CG](?=[A-Z0-9]*\d)[A-Z0-9]{4,})\b"
)
_TYPED: Final = re.compile(r"(?<![\w<&/])[@#]\w[\w.-]*\w")


def typed(text: str) -> frozenset[str]:
    """The names in a text that somebody has to look up: "@ben", "#ops", in lower case."""
    return frozenset(found[0].lower() for found in _TYPED.finditer(text))


def principal(text: str, at: int, names: Names) -> tuple[str, int] | None:
    """Who is named at a place of a text, and where the text goes on; None where nobody is.

    Raises `ValueError` with a sentence where it is a name that belongs to nobody.
    """
    if not (found := _ONE.match(text, at)):
        return None
    return _who(found, names), found.end()


def _who(found: re.Match[str], names: Names) -> str:
    if said := found["typed"]:
        return _known(f"@{said}", names)
    if room := found["room"]:
        return _known(room, names)
    if role := (found["role"] or found["roles"]):
        return f"role:{role.lower()}"
    if found["admins"] or found["everyone"]:
        return ADMINS if found["admins"] else EVERYONE
    return next(found[key] for key in ("person", "group", "channel", "id") if found[key])


def principals(text: str, at: int, names: Names) -> tuple[tuple[str, ...], int]:
    """Everybody in the list at a place of a text, each once, and where the text goes on."""
    return _list(text, at, lambda start: principal(text, start, names))


def channels(text: str, at: int, names: Names) -> tuple[tuple[str, ...], int]:
    """The ids of the channels in the list at a place of a text, and where the text goes on."""
    return _list(text, at, lambda start: channel(text, start, names))


def channel(text: str, at: int, names: Names) -> tuple[str, int] | None:
    """The id of the channel named at a place of a text, and where the text goes on."""
    if not (found := _CHANNEL.match(text, at)):
        return None
    if room := found["room"]:
        return _known(room, names), found.end()
    return found["id"] or found["bare"], found.end()


def written(who: str) -> str:
    """A principal, or a channel's id, as a text names it."""
    if who.startswith("role:") or who in {ADMINS, EVERYONE} or "{" in who:
        return who
    if who.startswith("S"):
        return f"<!subteam^{who}>"
    return f"<#{who}>" if who[:1] in {"C", "G"} else f"<@{who}>"


def listed(everybody: Iterable[str]) -> str:
    """Several of them: "<@U1>, <@U2> and <!subteam^S1>"."""
    *others, last = [written(who) for who in everybody]
    return f"{', '.join(others)} and {last}" if others else last


def _list(
    text: str, at: int, one: Callable[[int], tuple[str, int] | None]
) -> tuple[tuple[str, ...], int]:
    found: list[str] = []
    end = at
    while (named := one(at)) is not None:
        who, end = named
        found.append(who)
        joint = _JOINT.match(text, end)
        if joint is None:
            break
        at = joint.end()
    return tuple(dict.fromkeys(found)), end


def _known(said: str, names: Names) -> str:
    who = names.get(said.lower())
    if who is None:
        what = "channel" if said.startswith("#") else "person or group"
        raise ValueError(f"I know no {what} called {said}: pick the name that Slack offers.")
    return who
