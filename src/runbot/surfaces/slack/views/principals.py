"""Whom principals name, in words that Slack turns into names."""

from __future__ import annotations

import re
from typing import Final

from runbot.domain.conduct import ADMINS, EVERYONE
from runbot.surfaces.slack.views.text import line

_PERSON: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP: Final = re.compile(r"S[A-Z0-9]{2,}")
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,}")
_MENTIONS: Final = (
    (_PERSON, "<@{}>"),
    (_GROUP, "<!subteam^{}>"),
    (_CHANNEL, "the people in <#{}>"),
)
_PHRASES: Final = {
    ADMINS: "the workspace's administrators",
    EVERYONE: "any full member",
    "role:approver": "whoever may approve",
}


def named(principal: str) -> str:
    """One of them: a mention where Slack has one, else a few words."""
    for pattern, form in _MENTIONS:
        if pattern.fullmatch(principal):
            return form.format(principal)
    return _PHRASES.get(principal) or line(principal.replace("role:", "any "), 80)
