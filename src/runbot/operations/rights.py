"""Who may do what: the one place that every verb asks, whichever surface it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from runbot.domain import access
from runbot.domain.access import MAY, Actor, ActorKind, Role, Verb
from runbot.domain.conduct import ADMINS, EVERYONE
from runbot.domain.errors import NotAllowed
from runbot.operations.directory import Directory

Assigned = Mapping[Role, Sequence[str]]
"""The principals that have each role."""

# Until somebody configures roles: what every full member could always do.
USUAL: Final[Assigned] = MappingProxyType(
    {
        Role.ADMIN: (ADMINS,),
        Role.EDITOR: (EVERYONE,),
        Role.APPROVER: (EVERYONE,),
    }
)
_ROLE: Final = "role:"


class Grants(Protocol):
    """Which principals have which roles in a workspace."""

    async def of(self, workspace: str) -> Assigned:
        """As configured and as granted since."""
        ...


class Always:
    """The same roles in every workspace, whatever happens."""

    def __init__(self, assigned: Assigned = USUAL) -> None:
        self._assigned = assigned

    async def of(self, workspace: str) -> Assigned:  # noqa: ARG002 - the protocol's names
        """What it was made with."""
        return self._assigned


class Rights:
    """Rights as they are at the moment of asking: groups and channels are looked up anew."""

    def __init__(self, directory: Directory, grants: Grants | None = None) -> None:
        self._directory = directory
        self._grants = grants or Always()

    async def require(
        self, actor: Actor, verb: Verb, *, channel: str = "", about: str = ""
    ) -> None:
        """Refuse with `NotAllowed` unless the actor may do this, in this channel if one is given.

        `about` is the channel that something belongs to which is not done there: a channel's
        role counts for what is that channel's, and to be in it isn't asked.
        What belongs to another workspace is kept apart by whoever loads it.
        """
        roles = await self._enough(actor, verb, channel or about)
        access.require(actor, verb, workspace=actor.workspace, roles=roles)
        if channel and actor.kind is ActorKind.PERSON:
            inside = await self._directory.is_member(actor.workspace, channel, actor.id)
            access.require(actor, verb, workspace=actor.workspace, in_channel=inside, roles=roles)

    async def allows(self, actor: Actor, verb: Verb, *, channel: str = "") -> bool:
        """Whether `require` would let it pass."""
        try:
            await self.require(actor, verb, channel=channel)
        except NotAllowed:
            return False
        return True

    async def verbs(self, actor: Actor) -> frozenset[Verb]:
        """Everything that the actor may do somewhere."""
        allowed = []
        roles = await self.roles(actor)
        for verb in Verb:
            try:
                access.require(actor, verb, workspace=actor.workspace, roles=roles)
            except NotAllowed:
                continue
            allowed.append(verb)
        return frozenset(allowed)

    async def roles(self, actor: Actor, channel: str = "") -> frozenset[Role]:
        """The actor's roles: their own, their groups' and those of channels that they are in.

        Roles given to a channel count for what concerns that channel alone, and everywhere
        where no channel is given. Whoever may do nothing else may at least look.
        """
        assigned = await self._grants.of(actor.workspace)
        held = [role for role in assigned if await self._has(actor, assigned[role], channel)]
        return frozenset({Role.VIEWER, *held})

    async def _enough(self, actor: Actor, verb: Verb, channel: str) -> frozenset[Role]:
        """One role of the actor's that lets them do this, if they have any.

        The roles after it aren't looked at, so that Slack is asked for what decides alone:
        looking takes nothing but being a member.
        """
        if verb in MAY[Role.VIEWER] or actor.outsider:
            return frozenset({Role.VIEWER})
        assigned = await self._grants.of(actor.workspace)
        for role, principals in assigned.items():
            if verb in MAY[role] and await self._has(actor, principals, channel):
                return frozenset({role})
        return frozenset()

    async def _has(self, actor: Actor, principals: Sequence[str], channel: str) -> bool:
        there = [p for p in principals if p[0] not in "CG" or channel in {"", p}]
        return await self.is_one_of(actor, there)

    async def is_one_of(self, actor: Actor, principals: Sequence[str]) -> bool:
        """Whether one of these principals names the actor: never, where they are an outsider."""
        if actor.outsider:
            return False
        # Those that nobody has to be asked about come first.
        for principal in sorted(principals, key=lambda p: p[0] in "SCGr"):
            if principal.startswith(_ROLE):
                if Role(principal.removeprefix(_ROLE)) in await self.roles(actor):
                    return True
            elif await self._is(actor, principal):
                return True
        return False

    async def reach(self, workspace: str, principals: Sequence[str]) -> frozenset[str]:
        """The ids of the active full members whom these principals name now."""
        members = await self._directory.full_members(workspace)
        found: set[str] = set()
        for principal in principals:
            found |= await self._named(workspace, principal, members)
        return frozenset(found) & members.keys()

    async def able(self, workspace: str, verb: Verb) -> frozenset[str]:
        """The ids of the active full members who may do this somewhere."""
        assigned = await self._grants.of(workspace)
        able = [p for role, given in assigned.items() if verb in MAY[role] for p in given]
        return await self.reach(workspace, able)

    async def _is(self, actor: Actor, principal: str) -> bool:
        if principal == EVERYONE:
            return True
        if principal == ADMINS:
            return actor.admin
        match principal[0]:
            case "S":
                return actor.id in await self._directory.in_group(actor.workspace, principal)
            case "C" | "G":
                return await self._directory.is_member(actor.workspace, principal, actor.id)
            case _:
                return principal == actor.id

    async def _named(
        self, workspace: str, principal: str, members: Mapping[str, bool]
    ) -> frozenset[str]:
        if principal == EVERYONE:
            return frozenset(members)
        if principal == ADMINS:
            return frozenset(id_ for id_, admin in members.items() if admin)
        if principal.startswith(_ROLE):
            assigned = await self._grants.of(workspace)
            return await self.reach(
                workspace, assigned.get(Role(principal.removeprefix(_ROLE)), ())
            )
        match principal[0]:
            case "S":
                return await self._directory.in_group(workspace, principal)
            case "C" | "G":
                return await self._directory.in_channel(workspace, principal)
            case _:
                return frozenset({principal})
