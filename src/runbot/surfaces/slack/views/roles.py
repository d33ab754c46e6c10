"""Who has which role, and what each may do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from runbot.domain.access import MAY, Role, Verb
from runbot.surfaces.slack.views.budget import Message, message, section, sections
from runbot.surfaces.slack.views.principals import named
from runbot.surfaces.slack.views.shapes import Held
from runbot.surfaces.slack.views.text import counted, mention

SHOWN: Final = 20  # of each role's holders
_DOES: Final = {
    Verb.READ: "see runbooks and runs",
    Verb.AUTHOR: "write and publish them",
    Verb.RUN: "run them",
    Verb.CONTROL: "pause, resume and abort",
    Verb.ANSWER: "answer what runs ask",
    Verb.APPROVE: "approve",
    Verb.MANAGE: "give and take roles",
}


def roles_message(held: Sequence[Held], own: Collection[Role]) -> Message:
    """Every role with its holders, and the reader's own."""
    mine = ", ".join(role for role in Role if role in own)
    said = f"Your roles: {mine}"
    by_role = {role: [one for one in held if one.role is role] for role in reversed(Role)}
    lines = [_role(role, of) for role, of in by_role.items() if of]
    return message(said, [section(f"*{said}*"), *sections(lines), section(_everyone())])


def _role(role: Role, held: Sequence[Held]) -> str:
    shown = [_holder(one) for one in held[:SHOWN]]
    if (more := len(held) - SHOWN) > 0:
        shown.append(counted(more, "other"))
    return f"*{role}* (may {may(role)}): {', '.join(shown)}"


def _holder(one: Held) -> str:
    given = f" (given by {mention(one.by)})" if one.by else ""
    return named(one.principal) + given


def may(role: Role) -> str:
    """What a role is for, in words."""
    return ", ".join(words for verb, words in _DOES.items() if verb in MAY[role])


def _everyone() -> str:
    return (
        "Every full member may look. Guests, people from other workspaces and apps may do "
        "nothing, whatever role they were given. An admin changes roles with "
        "`/runbook grant editor to @somebody` and `/runbook revoke editor from @somebody`."
    )


def changed(role: Role, principal: str, *, given: bool) -> str:
    """What a grant or a revocation has done."""
    if given:
        return f"{named(principal)} has the role *{role}* now, and may {may(role)}."
    return f"{named(principal)} doesn't have the role *{role}* any more."
