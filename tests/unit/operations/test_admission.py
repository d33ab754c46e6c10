"""Who may run a runbook, and where, by its own settings; and what nobody is asked about."""

from __future__ import annotations

import pytest

from runbot.domain.access import Actor, ActorKind, Role, Verb
from runbot.domain.conduct import Conduct
from runbot.domain.errors import NotAllowed
from runbot.operations.admission import admit
from runbot.operations.rights import Always, Rights
from unit.operations.test_rights import ANA, BEN, MIA, OPS, SRE, House

RIGHTS = Rights(House(), Always({Role.RUNNER: ("everyone",), Role.APPROVER: (BEN.id,)}))


@pytest.mark.parametrize(
    ("runners", "who"),
    [
        ((), {"UANA", "UBEN", "UMIA"}),
        ((SRE,), {"UMIA"}),
        ((OPS, MIA.id), {"UBEN", "UMIA"}),
        (("admins",), {"UANA"}),
        (("role:approver",), {"UBEN"}),
        (("SNOBODY",), set()),
    ],
)
async def test_a_runbook_is_run_by_those_whom_it_names(
    runners: tuple[str, ...], who: set[str]
) -> None:
    admitted = set()
    for actor in (ANA, BEN, MIA):
        try:
            await admit(RIGHTS, actor, {"drain": Conduct(runners=runners)}, channel=OPS)
        except NotAllowed:
            continue
        admitted.add(actor.id)
    assert admitted == who


async def test_the_refusal_says_who_may_and_what_became_of_it() -> None:
    conduct = Conduct(runners=(SRE, "admins", "role:approver"))
    with pytest.raises(NotAllowed) as refused:
        await admit(RIGHTS, BEN.model_copy(update={"id": "UX"}), {"drain": conduct})
    assert refused.value.sentence == (
        "drain is run by <!subteam^SSRE>, the workspace's administrators or whoever has the role "
        "approver only. Nothing was started. Ask one of them to run it."
    )


async def test_a_runbook_is_run_in_the_channels_that_it_names() -> None:
    conducts = {"drain": Conduct(channels=(OPS, "CTWO"))}
    await admit(RIGHTS, BEN, conducts, channel=OPS)
    await admit(RIGHTS, BEN, conducts)  # asked before anybody knows where
    with pytest.raises(NotAllowed, match=r"drain is run in <#COPS> or <#CTWO> only\."):
        await admit(RIGHTS, BEN, conducts, channel="CELSEWHERE")


async def test_nobody_gets_at_a_runbook_by_way_of_another_that_runs_it() -> None:
    conducts = {"mine": Conduct(), "theirs": Conduct(runners=(SRE,))}
    with pytest.raises(NotAllowed, match="theirs is run by"):
        await admit(RIGHTS, BEN, conducts, channel=OPS)
    await admit(RIGHTS, MIA, conducts, channel=OPS)


async def test_runbot_itself_is_held_to_the_channels_and_not_to_the_people() -> None:
    system = Actor(kind=ActorKind.SYSTEM, id="runbot", workspace="T1")
    await admit(RIGHTS, system, {"drain": Conduct(runners=(SRE,))}, channel=OPS)


@pytest.mark.parametrize("flag", ["guest", "external", "bot", "gone"])
@pytest.mark.parametrize("principal", ["everyone", "admins", OPS, BEN.id, "role:approver"])
async def test_an_outsider_is_none_of_anybody(flag: str, principal: str) -> None:
    ben = BEN.model_copy(update={"admin": True})
    assert await RIGHTS.is_one_of(ben, [principal])
    assert not await RIGHTS.is_one_of(ben.model_copy(update={flag: True}), [principal])


class Silent(House):
    """A workspace whose Slack must not be needed."""

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:
        raise AssertionError(f"asked for {user} in {channel} of {workspace}")

    async def in_group(self, workspace: str, group: str) -> frozenset[str]:
        raise AssertionError(f"asked for {group} of {workspace}")


async def test_slack_is_asked_for_what_decides_alone() -> None:
    given = {Role.EDITOR: (SRE, OPS, BEN.id), Role.APPROVER: (SRE,)}
    rights = Rights(Silent(), Always(given))
    for verb in (Verb.READ, Verb.AUTHOR, Verb.RUN, Verb.CONTROL):
        await rights.require(BEN, verb)
    await rights.require(MIA, Verb.READ)
    assert not await rights.allows(BEN.model_copy(update={"guest": True}), Verb.APPROVE)
