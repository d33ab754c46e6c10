"""The phrase that says who has to agree: `approval by <@U1> and <@U2>, 2 of them`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from runbot.agent.rules import whom
from runbot.agent.rules.amounts import COUNT, count, spoken
from runbot.agent.rules.phrases import Scan
from runbot.domain.conduct import Approval

NONE: Final = (
    r"(?:no\s+(?:more\s+)?|without\s+(?:an?\s+)?|(?:needs?|requires?)\s+no\s+|remove\s+(?:the\s+)?"
    r"|doesn['’]?t\s+need\s+(?:an?\s+)?)approvals?\b(?:\s+needed)?"
)
BEGINS: Final = (
    r"(?:(?:it\s+)?(?:should\s+|must\s+)?(?:needs?|requires?|waits?\s+for|asks?\s+for|with|after)\s+)?"
    rf"(?:an?\s+|(?P<many>{COUNT})\s+)?(?:approvals?\b(?:\s+first)?"
    r"|be\s+approved\b|approved(?=\s+by\b))"
)
ADDS: Final = r"(?=(?:no\s+|not\s+|without\s+)?four[ -]eyes\b|expires?\b|asked\s+in\b)"
"""What is said of an approval in a phrase of its own."""
EXAMPLE: Final = "approval by @ben and @eva, 2 of them, expires in 4h"
_PLAIN: Final = Approval()


def read(scan: Scan, found: re.Match[str], so_far: Approval | None) -> Approval | None:
    """The approval that is asked for; None where something in it can't be read.

    A number alone ("2 approvals") keeps what else was said so far.
    """
    if found["many"]:
        approval = (_PLAIN if scan.left else so_far or _PLAIN).model_copy(
            update={"count": count(found["many"])}
        )
        return _more(scan, approval)
    return _more(scan, _PLAIN)


def add(scan: Scan, so_far: Approval | None) -> Approval | None:
    """An approval with more said about it; None where there is none to say it of."""
    return _more(scan, so_far) if so_far else None


def _more(scan: Scan, approval: Approval) -> Approval | None:
    while scan.left:
        scan.take(r",?\s*(?:and\b|with\b)?")
        more = next((more for part in _PARTS if (more := part(scan))), None)
        if more is None:
            return None
        approval = approval.model_copy(update=more)
    return approval


def words(approval: Approval) -> str:
    """The phrase for an approval; it is read back as the same one."""
    said = ["approval"]
    if approval.who:
        said[0] += f" by {whom.listed(approval.who)}"
    if approval.count != _PLAIN.count:
        said.append(f"{approval.count} of them" if approval.who else f"{approval.count} people")
    if approval.expires != _PLAIN.expires:
        said.append(f"expires in {spoken(approval.expires)}")
    if approval.channel:
        said.append(f"asked in {whom.written(approval.channel)}")
    if not approval.four_eyes:
        said.append("no four eyes")
    return ", ".join(said)


def _who(scan: Scan) -> dict[str, object] | None:
    if not scan.take(r"(?::\s*)?(?:by|from|of)\b|:"):
        return None
    who = scan.who(whom.principals)
    return {"who": who} if who else None


def _count(scan: Scan) -> dict[str, object] | None:
    needed = (
        rf"(?:at\s+least\s+)?(?P<many>{COUNT})\s*(?:of\s+(?:them|these)|people|persons?|approvals?"
        r"|approvers?|yes(?:es)?|(?:must|have\s+to|need\s+to)\s+agree)(?:\s+(?:must|have\s+to)\s+agree)?"
    )
    found = scan.take(needed)
    return {"count": count(found["many"])} if found else None


def _expires(scan: Scan) -> dict[str, object] | None:
    if not scan.take(r"(?:expir(?:es?|ing)|valid|open)\s*(?:in|after|within|for)?\b:?|within\b"):
        return None
    span = scan.span()
    return None if span is None else {"expires": span}


def _channel(scan: Scan) -> dict[str, object] | None:
    if not scan.take(r"(?:asked\s+)?in\b(?:\s+channel\b)?"):
        return None
    named = scan.who(lambda text, at, names: whom.channel(text, at, names) or (None, at))
    return {"channel": named} if named else None


def _eyes(scan: Scan) -> dict[str, object] | None:
    if scan.take(
        r"(?:no|not|without)\s+four[ -]eyes"
        r"|(?:the\s+)?(?:initiator|starter)\s+(?:may|can)(?:\s+approve)?(?:\s+too)?"
    ):
        return {"four_eyes": False}
    if scan.take(r"four[ -]eyes|not\s+(?:by\s+)?(?:the\s+)?(?:initiator|starter)"):
        return {"four_eyes": True}
    return None


_PARTS: Final[tuple[Callable[[Scan], dict[str, object] | None], ...]] = (
    _eyes,
    _count,
    _who,
    _expires,
    _channel,
)
