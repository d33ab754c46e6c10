"""Roles: as configured, and as admins give and take them in chat."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from runbot.domain.access import Actor, Role, Verb
from runbot.domain.audit import deed
from runbot.domain.conduct import ADMINS, EVERYONE, is_principal
from runbot.domain.errors import InvalidInput, Refused
from runbot.operations.recording import recorded
from runbot.operations.rights import USUAL, Assigned, Rights
from runbot.store import grants
from runbot.store.audit import note
from runbot.store.database import Database
from runbot.store.grants import Granted

# Another process's change is seen this late; one's own at once.
REMEMBERED_SECONDS: Final = 10.0
MAX_GRANTS: Final = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A principal that has a role. `by` is who gave it in chat; None: the configuration does."""

    role: Role
    principal: str
    by: Actor | None = None


class StoredGrants:
    """Who has which role: the configuration, and over it what was given and taken since."""

    def __init__(
        self,
        database: Database,
        configured: Assigned | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._configured = _with_admins(configured)
        self._clock = clock
        self._remembered: dict[str, tuple[float, tuple[Held, ...]]] = {}

    async def of(self, workspace: str) -> Assigned:
        """The principals of each role, at most ten seconds old."""
        assigned: dict[Role, list[str]] = {}
        for held in await self.held(workspace):
            assigned.setdefault(held.role, []).append(held.principal)
        return assigned

    async def held(self, workspace: str) -> tuple[Held, ...]:
        """Every principal with a role, and where it has it from."""
        known = self._remembered.get(workspace)
        if known and known[0] > self._clock():
            return known[1]
        held = self.over(await self.stored(workspace))
        self._remembered[workspace] = (self._clock() + REMEMBERED_SECONDS, held)
        return held

    async def stored(self, workspace: str) -> list[Granted]:
        """What was given and taken in chat, as it is at this moment."""
        return await self._database.read(lambda s: grants.of_workspace(s, workspace))

    def forget(self, workspace: str) -> None:
        """Look anew the next time."""
        self._remembered.pop(workspace, None)

    def is_configured(self, role: Role, principal: str) -> bool:
        """Whether the configuration file itself says so."""
        return self._configured is not None and principal in self._configured.get(role, ())

    def over(self, stored: Sequence[Granted]) -> tuple[Held, ...]:
        """What comes of the configuration and of these."""
        base = USUAL if self._configured is None else self._configured
        held = {(role, p): Held(role, p) for role, given in base.items() for p in given}
        for one in stored:
            if one.given:
                held[one.role, one.principal] = Held(one.role, one.principal, one.by)
            else:
                held.pop((one.role, one.principal), None)
        order = list(Role)
        return tuple(sorted(held.values(), key=lambda h: (-order.index(h.role), h.principal)))


def _with_admins(configured: Assigned | None) -> Assigned | None:
    """The configuration; where it names no admin, the workspace's own are."""
    if configured is None or configured.get(Role.ADMIN):
        return configured
    return {**configured, Role.ADMIN: (ADMINS,)}


class Roles:
    """The verbs on roles."""

    def __init__(
        self,
        *,
        database: Database,
        rights: Rights,
        stored: StoredGrants,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._rights = rights
        self._stored = stored
        self._clock = clock

    async def listing(self, actor: Actor) -> tuple[Held, ...]:
        """Who has which role, admins first. Whoever may see anything may see this."""
        await self._rights.require(actor, Verb.READ)
        return await self._stored.held(actor.workspace)

    async def own(self, actor: Actor) -> frozenset[Role]:
        """The actor's own roles."""
        await self._rights.require(actor, Verb.READ)
        return await self._rights.roles(actor)

    @recorded("grant")
    async def grant(self, actor: Actor, role: Role, principal: str) -> None:
        """Give a role. Giving it again is fine, and changes nothing.

        `InvalidInput` for a person who could do nothing with it. A group or channel can be
        empty: whoever comes to be in it has the role.
        """
        await self._rights.require(actor, Verb.MANAGE)
        self._check(principal)
        if principal[0] in "UW" and not await self._rights.reach(actor.workspace, (principal,)):
            raise InvalidInput(
                f"<@{principal}> is no active full member of this workspace, so a role would be of "
                "no use to them.",
                means="Nothing was changed.",
                do="Runbot learns within five minutes of somebody who has just joined.",
            )
        held = await self._stored.held(actor.workspace)
        if len(held) >= MAX_GRANTS:
            raise Refused(
                f"{MAX_GRANTS} roles are given already, which is the limit.",
                do="Give roles to user groups instead of to people.",
            )
        if any((h.role, h.principal) == (role, principal) for h in held):
            return
        await self._keep(actor, role, principal, given=True)

    @recorded("revoke")
    async def revoke(self, actor: Actor, role: Role, principal: str) -> None:
        """Take a role. Whoever would be left without any admin keeps the last one: `Refused`."""
        await self._rights.require(actor, Verb.MANAGE)
        self._check(principal)
        held = await self._stored.held(actor.workspace)
        if not any((h.role, h.principal) == (role, principal) for h in held):
            raise Refused(
                f"{principal} doesn't have the role {role}.",
                means="Nothing was changed.",
                do="See /runbook roles: a role that somebody has through a group or channel is "
                "taken from that.",
            )
        if self._stored.is_configured(role, principal):
            raise Refused(
                "The configuration file gives this role, so it isn't taken in chat.",
                do="Change runbot.toml, and restart Runbot.",
            )
        seen = await self._stored.stored(actor.workspace)
        if role is Role.ADMIN:
            await self._leave_an_admin(actor.workspace, principal, self._stored.over(seen))
        await self._keep(actor, role, principal, given=False, seen=seen)

    async def _leave_an_admin(self, workspace: str, principal: str, held: Sequence[Held]) -> None:
        others = [h.principal for h in held if h.role is Role.ADMIN and h.principal != principal]
        if not await self._rights.reach(workspace, others):
            raise Refused(
                "Nobody would be an admin any more, so this role wasn't taken.",
                do="Make somebody else an admin first: /runbook grant admin to @somebody.",
            )

    def _check(self, principal: str) -> None:
        if not is_principal(principal) or principal.startswith("role:"):
            raise InvalidInput(
                f"{principal or 'Nobody'} can't have a role.",
                do="Name a person (@somebody), a user group (@group), a channel (#channel), "
                f"{ADMINS} or {EVERYONE}.",
            )

    async def _keep(
        self,
        actor: Actor,
        role: Role,
        principal: str,
        *,
        given: bool,
        seen: Sequence[Granted] | None = None,
    ) -> None:
        """Write it down, where the roles are still as they were `seen`, if that matters."""
        at = self._clock()
        granted = Granted(principal, role, given, actor, at)
        verb = "grant" if given else "revoke"

        def change(session: Session) -> None:
            if seen is not None:
                grants.require_unchanged(session, actor.workspace, seen)
            grants.put(session, actor.workspace, granted)
            what = f"{role} {'to' if given else 'from'} {principal}"
            facts = {"role": role.value, "principal": principal}
            note(session, deed(actor, verb, principal, at=at, detail=what, facts=facts))

        try:
            await self._database.write(change)
        finally:
            self._stored.forget(actor.workspace)
