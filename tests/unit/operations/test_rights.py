"""Who may do what, asked in one place: roles, groups, channels, and those who may nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from runbot.domain.access import MAY, USUAL, Actor, ActorKind, Role, Verb
from runbot.domain.errors import NotAllowed
from runbot.operations.rights import Always, Rights

ANA = Actor(id="UANA", workspace="T1", admin=True)
BEN = Actor(id="UBEN", workspace="T1")
MIA = Actor(id="UMIA", workspace="T1")
OPS, SRE = "COPS", "SSRE"


class House:
    """A workspace of three: Ben is in #ops, Mia in the group."""

    def __init__(self) -> None:
        self.channels = {OPS: {BEN.id}}
        self.groups = {SRE: {MIA.id, "UGONE"}}

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:
        del workspace
        return user in self.channels.get(channel, set())

    async def is_open(self, workspace: str, channel: str) -> bool:
        del workspace, channel
        return True

    async def in_channel(self, workspace: str, channel: str) -> frozenset[str]:
        del workspace
        return frozenset(self.channels.get(channel, set()))

    async def in_group(self, workspace: str, group: str) -> frozenset[str]:
        del workspace
        return frozenset(self.groups.get(group, set()))

    async def full_members(self, workspace: str) -> Mapping[str, bool]:
        del workspace
        return {ANA.id: True, BEN.id: False, MIA.id: False}

    async def named(self, workspace: str, typed: Collection[str]) -> Mapping[str, str]:
        del workspace
        return {f"@{who.id.lower()}": who.id for who in (ANA, BEN) if f"@{who.id.lower()}" in typed}


def rights(assigned: dict[Role, tuple[str, ...]] | None = None) -> Rights:
    return Rights(House(), Always(assigned) if assigned is not None else None)


async def test_without_configuration_members_write_run_and_approve_and_admins_do_all() -> None:
    assert await rights().verbs(BEN) == frozenset(Verb) - {Verb.MANAGE}
    assert await rights().verbs(ANA) == frozenset(Verb)
    assert {verb for role in USUAL for verb in MAY[role]} == frozenset(Verb) - {Verb.MANAGE}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("verb", Verb)
async def test_a_role_gives_exactly_its_verbs(role: Role, verb: Verb) -> None:
    only = rights({role: (MIA.id,)})

    assert await only.allows(MIA, verb) == (verb in MAY[role] | MAY[Role.VIEWER])
    assert await only.allows(BEN, verb) == (verb is Verb.READ)


NAMED = {
    BEN.id: {"UBEN"},
    SRE: {"UMIA"},
    OPS: {"UBEN"},
    "admins": {"UANA"},
    "everyone": {"UANA", "UBEN", "UMIA"},
    "SNOBODY": set[str](),
    "CNOWHERE": set[str](),
}


@pytest.mark.parametrize(("principal", "who"), NAMED.items())
async def test_principals_name_people_as_they_are_now(principal: str, who: set[str]) -> None:
    given = rights({Role.RUNNER: (principal,)})

    assert {a.id for a in (ANA, BEN, MIA) if await given.allows(a, Verb.RUN)} == who
    assert {a.id for a in (ANA, BEN, MIA) if await given.is_one_of(a, ["role:runner"])} == who
    assert await given.reach("T1", [principal]) == who
    assert await given.reach("T1", ["role:runner"]) == who
    assert await given.able("T1", Verb.RUN) == who


async def test_a_channels_role_counts_in_that_channel_alone() -> None:
    given = rights({Role.EDITOR: (OPS,)})

    await given.require(BEN, Verb.AUTHOR, channel=OPS)
    with pytest.raises(NotAllowed, match="takes the role editor or admin"):
        await given.require(BEN, Verb.AUTHOR, channel="COTHER")


async def test_rights_in_a_channel_are_for_those_who_are_in_it() -> None:
    with pytest.raises(NotAllowed, match="Only members of the run's channel"):
        await rights().require(MIA, Verb.RUN, channel=OPS)


@pytest.mark.parametrize("flag", ["guest", "external", "bot", "gone"])
@pytest.mark.parametrize("verb", Verb)
async def test_whoever_is_no_full_member_may_do_nothing_whatever_their_role(
    flag: str, verb: Verb
) -> None:
    given = rights({Role.ADMIN: (BEN.id, "everyone")})

    assert not await given.allows(BEN.model_copy(update={flag: True}), verb)


async def test_nobody_is_nobody_and_runbot_itself_needs_no_role() -> None:
    system = Actor(kind=ActorKind.SYSTEM, id="runbot", workspace="T1")

    assert not await rights().is_one_of(BEN, [])
    assert await rights({}).allows(system, Verb.MANAGE)
