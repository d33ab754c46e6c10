"""Roles as they are configured, given and taken, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from runbot.domain.access import Actor, Role, Verb
from runbot.domain.errors import Conflict, InvalidInput, NotAllowed, Refused
from runbot.operations.directory import Everywhere
from runbot.operations.rights import Assigned, Rights
from runbot.operations.roles import Roles, StoredGrants
from runbot.store.audit import entries
from runbot.store.database import Database

ANA = Actor(id="UANA", workspace="T1", admin=True)
BEN = Actor(id="UBEN", workspace="T1")
MIA = Actor(id="UMIA", workspace="T1")


class Three(Everywhere):
    """A workspace of three, of whom Ana administers it."""

    async def full_members(self, workspace: str) -> Mapping[str, bool]:
        del workspace
        return {ANA.id: True, BEN.id: False, MIA.id: False}


def verbs_of(database: Database, configured: Assigned | None = None) -> tuple[Roles, Rights]:
    stored = StoredGrants(database, configured)
    rights = Rights(Three(), stored)
    roles = Roles(database=database, rights=rights, stored=stored, clock=lambda: datetime.now(UTC))
    return roles, rights


async def test_what_an_admin_gives_and_takes_counts_at_once_and_after_a_restart(
    database: Database,
) -> None:
    roles, rights = verbs_of(database)
    assert await rights.allows(BEN, Verb.AUTHOR)

    await roles.revoke(ANA, Role.EDITOR, "everyone")
    await roles.grant(ANA, Role.RUNNER, BEN.id)
    assert not await rights.allows(BEN, Verb.AUTHOR)
    assert await rights.allows(BEN, Verb.RUN)
    assert not await rights.allows(MIA, Verb.RUN)
    assert await rights.allows(ANA, Verb.AUTHOR)

    _, restarted = verbs_of(database)
    assert not await restarted.allows(BEN, Verb.AUTHOR)
    assert await restarted.allows(BEN, Verb.RUN)
    told = [(h.role, h.principal, h.by and h.by.id) for h in await roles.listing(MIA)]
    assert told == [
        (Role.ADMIN, "admins", None),
        (Role.APPROVER, "everyone", None),
        (Role.RUNNER, "UBEN", "UANA"),
    ]


async def test_another_workspace_has_roles_of_its_own(database: Database) -> None:
    roles, rights = verbs_of(database)
    await roles.revoke(ANA, Role.EDITOR, "everyone")
    assert await rights.allows(BEN.model_copy(update={"workspace": "T2"}), Verb.AUTHOR)


async def test_only_admins_give_roles_and_nobody_gives_themselves_one(database: Database) -> None:
    roles, rights = verbs_of(database)
    with pytest.raises(NotAllowed, match="takes the role admin"):
        await roles.grant(BEN, Role.ADMIN, BEN.id)
    with pytest.raises(NotAllowed):
        await roles.revoke(BEN, Role.ADMIN, "admins")
    assert not await rights.allows(BEN, Verb.MANAGE)


async def test_somebody_always_stays_admin(database: Database) -> None:
    roles, _ = verbs_of(database)
    with pytest.raises(Refused, match="Nobody would be an admin any more"):
        await roles.revoke(ANA, Role.ADMIN, "admins")
    await roles.grant(ANA, Role.ADMIN, "SEMPTY")
    with pytest.raises(Refused, match="Nobody would be an admin any more"):
        await roles.revoke(ANA, Role.ADMIN, "admins")
    await roles.grant(ANA, Role.ADMIN, BEN.id)
    await roles.revoke(ANA, Role.ADMIN, "admins")
    with pytest.raises(NotAllowed):
        await roles.grant(ANA, Role.ADMIN, ANA.id)


async def test_of_two_admins_who_take_each_other_s_role_one_stays(database: Database) -> None:
    first, _ = verbs_of(database)
    await first.grant(ANA, Role.ADMIN, BEN.id)
    await first.grant(ANA, Role.ADMIN, MIA.id)
    await first.revoke(ANA, Role.ADMIN, "admins")
    # Each of them by another process, which has just looked.
    (second, _), (third, _) = verbs_of(database), verbs_of(database)
    await second.listing(MIA)
    await third.listing(MIA)

    done = await asyncio.gather(
        second.revoke(BEN, Role.ADMIN, MIA.id),
        third.revoke(MIA, Role.ADMIN, BEN.id),
        return_exceptions=True,
    )

    assert sum(outcome is None for outcome in done) == 1
    refused = next(outcome for outcome in done if outcome is not None)
    assert isinstance(refused, Conflict | Refused)
    _, rights = verbs_of(database)
    assert len(await rights.able("T1", Verb.MANAGE)) == 1


async def test_a_person_who_could_do_nothing_with_a_role_is_given_none(database: Database) -> None:
    roles, _ = verbs_of(database)
    with pytest.raises(InvalidInput, match="no active full member"):
        await roles.grant(ANA, Role.EDITOR, "UGUEST")
    assert not [one for one in await roles.listing(ANA) if one.principal == "UGUEST"]


async def test_what_the_file_gives_is_not_taken_in_chat(database: Database) -> None:
    roles, rights = verbs_of(database, {Role.EDITOR: (BEN.id,)})
    assert await rights.roles(ANA) == {Role.VIEWER, Role.ADMIN}
    assert not await rights.allows(MIA, Verb.RUN)
    with pytest.raises(Refused, match="configuration file gives this role"):
        await roles.revoke(ANA, Role.EDITOR, BEN.id)
    await roles.grant(ANA, Role.EDITOR, MIA.id)
    assert await rights.allows(MIA, Verb.AUTHOR)
    await roles.revoke(ANA, Role.EDITOR, MIA.id)
    assert not await rights.allows(MIA, Verb.AUTHOR)


@pytest.mark.parametrize("nobody", ["", "ana", "role:editor", "U", "<@UANA>", "everyone else"])
async def test_a_role_is_given_to_somebody(database: Database, nobody: str) -> None:
    roles, _ = verbs_of(database)
    with pytest.raises(InvalidInput, match="can't have a role"):
        await roles.grant(ANA, Role.EDITOR, nobody)
    with pytest.raises(InvalidInput, match="can't have a role"):
        await roles.revoke(ANA, Role.EDITOR, nobody)


async def test_what_nobody_has_cannot_be_taken(database: Database) -> None:
    roles, _ = verbs_of(database)
    with pytest.raises(Refused, match="doesn't have the role editor"):
        await roles.revoke(ANA, Role.EDITOR, BEN.id)


async def test_the_audit_log_tells_who_gave_took_and_tried(database: Database) -> None:
    roles, _ = verbs_of(database)
    await roles.grant(ANA, Role.EDITOR, BEN.id)
    await roles.grant(ANA, Role.EDITOR, BEN.id)
    await roles.revoke(ANA, Role.EDITOR, BEN.id)
    with pytest.raises(NotAllowed):
        await roles.grant(BEN, Role.ADMIN, BEN.id)
    lines = await database.read(lambda s: entries(s, "T1"))
    assert [(e.deed.actor.id, e.deed.verb, e.deed.outcome.value) for e in lines] == [
        ("UANA", "grant", "done"),
        ("UANA", "revoke", "done"),
        ("UBEN", "grant", "refused"),
    ]
