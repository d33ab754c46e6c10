"""How a runbook's runs are conducted: who agrees, who may start it, what it must not overlap.

Whoever may do something is named by principals: a person's Slack id (`U…`), a user group's
(`S…`), a channel's members (`C…`), `admins` (the workspace's own), `everyone` (its full
members), or a role (`role:approver`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

MAX_PRINCIPALS: Final = 20
MAX_APPROVALS: Final = 5
MAX_LOCKS: Final = 10
MAX_WAIT: Final = 30 * 24 * 3600  # seconds; as long as a run waits for people at all
EVERYONE: Final = "everyone"
ADMINS: Final = "admins"
LOCK: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_ASSIGNEE: Final = re.compile(r"[UWS][A-Z0-9]{2,}")
_PRINCIPAL: Final = re.compile(
    r"[UW][A-Z0-9]{2,}|S[A-Z0-9]{2,}|[CG][A-Z0-9]{2,}|everyone|admins"
    r"|role:(?:viewer|runner|editor|approver|admin)"
)


class Overlap(StrEnum):
    """What becomes of a start while another run of the same runbook is going on."""

    PARALLEL = "parallel"
    QUEUE = "queue"
    REFUSE = "refuse"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Approval(_Frozen):
    """Who has to agree to a step's exact action before it is done.

    `who` are principals, nobody in particular where empty: then whoever has the right to
    approve. `within` are principals whom they have to be among as well. `expires` is in
    seconds. `channel` is where it is asked, besides the run's thread.
    """

    who: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    count: int = 1
    four_eyes: bool = True
    expires: float = 24 * 3600
    channel: str = ""


class Conduct(_Frozen):
    """A runbook's own settings.

    `timeout` is in seconds, from a run's first step on, pauses included; `cleanup_timeout` is
    that of the clean-up after it, an hour where it is None.

    `locks` are names: of the runs that name one, a single one is going on at a time, in the
    whole workspace. `runners` are principals who alone may start it, `channels` the ids of
    those where it may be run; empty means no further restriction.
    """

    overlap: Overlap = Overlap.PARALLEL
    locks: tuple[str, ...] = ()
    timeout: float | None = None
    cleanup_timeout: float | None = None
    runners: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def is_assignee(text: str) -> bool:
    """Whether a step can be for this to do: a person or a user group, by its Slack id."""
    return _ASSIGNEE.fullmatch(text) is not None


def is_principal(text: str) -> bool:
    """Whether this names somebody in the way that principals are written."""
    return _PRINCIPAL.fullmatch(text) is not None


def principal_words(principal: str) -> str:
    """Whom a principal names, in a sentence, with mentions as Slack writes them."""
    if principal.startswith("role:"):
        return f"whoever has the role {principal.removeprefix('role:')}"
    match principal[0]:
        case "U" | "W":
            return f"<@{principal}>"
        case "S":
            return f"<!subteam^{principal}>"
        case "C" | "G":
            return f"the people in <#{principal}>"
        case _:
            return "the workspace's administrators" if principal == ADMINS else "any full member"
