"""Whom principals name, in words that Slack turns into names; and what an approval asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from runbot.domain.approvals import Demand
from runbot.domain.conduct import ADMINS, EVERYONE, Approval
from runbot.surfaces.slack.views.text import duration, line

SHOWN: Final = 8
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


def one_of(principals: Sequence[str], *, nobody: str = "whoever may approve") -> str:
    """All of them, joined by "or"; `nobody` where none is named."""
    if not principals:
        return nobody
    shown = [named(principal) for principal in principals[:SHOWN]]
    if (more := len(principals) - SHOWN) > 0:
        shown.append(f"{more} more")
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def among(who: Sequence[str], within: Sequence[str]) -> str:
    """Who may approve, and whom they have to be among as well, where that is asked."""
    kept_to = f", who must be {one_of(within)} as well" if within else ""
    return one_of(who) + kept_to


def approval_asked(approval: Approval) -> str:
    """What an approval asks for: "approval by <@U1> or <@U2>, 2 of them, within 24 h"."""
    parts = [f"approval by {among(approval.who, approval.within)}"]
    if approval.count > 1:
        parts.append(f"{approval.count} of them")
    if approval.four_eyes:
        parts.append("not by whoever starts the run")
    parts.append(f"within {duration(approval.expires)}")
    if approval.channel:
        parts.append(f"also asked in {_channel(approval.channel)}")
    return ", ".join(parts)


def _channel(channel: str) -> str:
    return f"<#{channel}>" if _CHANNEL.fullmatch(channel) else line(channel, 80)


def demand_line(demand: Demand) -> str:
    """What a step needs before it is done, and why, for its line on a card."""
    return f"🔐 Needs {approval_asked(demand.approval)}: {line(demand.why, 120)}"
