"""What people ask about roles: who has which, and that somebody gets or loses one."""

from __future__ import annotations

from runbot.domain.access import Role
from runbot.domain.conduct import is_principal
from runbot.domain.errors import InvalidInput
from runbot.surfaces.slack.commands import Request
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.replies import privately, reply
from runbot.surfaces.slack.views import lists, roles


async def listing(visit: Visit, request: Request) -> None:  # noqa: ARG001 - every deed takes both
    """Who has which role, and the reader's own: to them alone, since it names whole groups."""
    held = await visit.desk.roles.listing(visit.actor)
    own = await visit.desk.roles.own(visit.actor)
    await privately(visit.context, visit.origin, roles.roles_message(held, own))


async def grant(visit: Visit, request: Request) -> None:
    """Give a role."""
    role, principal = await _meant(visit, request)
    await visit.desk.roles.grant(visit.actor, role, principal)
    await reply(visit, lists.notice(roles.changed(role, principal, given=True)))


async def revoke(visit: Visit, request: Request) -> None:
    """Take a role."""
    role, principal = await _meant(visit, request)
    await visit.desk.roles.revoke(visit.actor, role, principal)
    await reply(visit, lists.notice(roles.changed(role, principal, given=False)))


async def _meant(visit: Visit, request: Request) -> tuple[Role, str]:
    """The role and the principal; a name that was typed is looked up."""
    singular = request.reference.removesuffix("s")
    if singular not in set(Role):
        known = ", ".join(Role)
        raise InvalidInput(
            f"There is no role called {request.reference}. There are: {known}.",
            means="Nothing was changed.",
        )
    return Role(singular), await _principal(visit, request.text)


async def _principal(visit: Visit, said: str) -> str:
    if is_principal(said):
        return said
    name = said.removeprefix("@")
    if name and not name.startswith(("<", "#")):
        found = await visit.desk.directory.user_ids(visit.actor.workspace, name)
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            raise InvalidInput(
                f"{len(found)} people here are called @{name}.",
                means="Nothing was changed.",
                do="Mention the one you mean, as Slack offers it when you type @.",
            )
    raise InvalidInput(
        f"Nobody here is called {said}.",
        means="Nothing was changed.",
        do="Mention a person, a user group or a channel, or say admins or everyone.",
    )
