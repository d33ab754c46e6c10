"""Whether anybody can give an approval, and who may at the moment of the click."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from runbot.domain.access import Actor, Role
from runbot.domain.approvals import NO_POLICY, ApprovalPolicy, demanded
from runbot.domain.conduct import Approval, Conduct
from runbot.domain.errors import InvalidInput, NotAllowed
from runbot.domain.law import Choice, QuestionKind
from runbot.domain.run import Question, Run, RunStep, Terms, Trigger, Vote
from runbot.domain.runbook import Content, ManualPlan, Step, ToolPlan
from runbot.operations.approving import Approving, unsatisfiable
from runbot.operations.directory import Sight
from runbot.operations.handing import require_able
from runbot.operations.noting import evidence_of, worded
from runbot.operations.rights import Always, Rights
from runbot.store.database import Database
from store_samples import stored_run

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA = Actor(id="UANA", workspace="T1", admin=True)
BEN = Actor(id="UBEN", workspace="T1")
MIA = Actor(id="UMIA", workspace="T1")
OPS, LEADS, SRE, EMPTY = "COPS", "CLEADS", "SSRE", "SEMPTY"


class House:
    """A workspace of three: Ana and Ben are in #ops, Ben alone in #leads, Mia in the group."""

    def __init__(self) -> None:
        self.channels = {OPS: {ANA.id, BEN.id}, LEADS: {BEN.id}}
        self.groups = {SRE: {MIA.id, "UGONE"}, EMPTY: set[str]()}
        self.members = {ANA.id: True, BEN.id: False, MIA.id: False}

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:
        del workspace
        return user in self.channels.get(channel, set())

    async def is_open(self, workspace: str, channel: str) -> bool:
        del workspace
        return channel == OPS

    async def in_channel(self, workspace: str, channel: str) -> frozenset[str]:
        del workspace
        return frozenset(self.channels.get(channel, set()))

    async def in_group(self, workspace: str, group: str) -> frozenset[str]:
        del workspace
        return frozenset(self.groups.get(group, set()))

    async def full_members(self, workspace: str) -> Mapping[str, bool]:
        del workspace
        return self.members

    async def named(self, workspace: str, typed: Collection[str]) -> Mapping[str, str]:
        del workspace, typed
        return {}


def rights(house: House, assigned: Mapping[Role, Sequence[str]] | None = None) -> Rights:
    return Rights(house, Always(assigned) if assigned is not None else None)


def content(approval: Approval | None, *, tool: str = "", runners: tuple[str, ...] = ()) -> Content:
    plan = ToolPlan(tool=tool) if tool else ManualPlan()
    step = Step(instruction="x", plan=plan, approval=approval)
    return Content(steps=(step,), conduct=Conduct(runners=runners))


@pytest.mark.parametrize(
    ("approval", "runners", "why"),
    [
        (Approval(), (), ""),
        (Approval(who=(SRE,)), (), ""),
        (Approval(who=(EMPTY,)), (), "Nobody can approve it"),
        (Approval(who=("UGONE",)), (), "Nobody can approve it"),
        (Approval(who=(SRE,), count=2), (), "only 1 people can give one"),
        (Approval(who=("everyone",), count=3), (), "besides whoever starts the run"),
        (Approval(who=("everyone",), count=3, four_eyes=False), (), ""),
        (Approval(who=(BEN.id,)), (BEN.id,), "the only one who can start it"),
        (Approval(who=(BEN.id,), four_eyes=False), (BEN.id,), ""),
        (Approval(who=(BEN.id,)), (BEN.id, ANA.id), ""),
    ],
)
async def test_what_nobody_can_satisfy_is_said_before_it_is_published(
    approval: Approval, runners: tuple[str, ...], why: str
) -> None:
    found = await unsatisfiable(
        rights(House()), "T1", content(approval, runners=runners), NO_POLICY, {}
    )
    assert bool(found) == bool(why)
    assert why in " ".join(found)
    assert all(one.startswith("Step 1: ") for one in found)


async def test_the_policy_is_held_to_the_same_and_so_are_steps_that_clean_up() -> None:
    nobody = rights(House(), {Role.EDITOR: ("everyone",)})
    drop = content(None, tool="drop")
    cleans = Content(steps=(Step(instruction="x", plan=ManualPlan()),), cleanup=drop.steps)
    risks = {"drop": "destructive"}
    assert await unsatisfiable(nobody, "T1", drop, ApprovalPolicy(), risks)
    (said,) = await unsatisfiable(nobody, "T1", cleans, ApprovalPolicy(), risks)
    assert said.startswith("Clean-up step 1: ")
    assert not await unsatisfiable(nobody, "T1", drop, ApprovalPolicy(), {"drop": "write"})


def asked(terms: Terms, *, channel: str = OPS, by: Actor = ANA) -> Run:
    question = Question(
        id="q",
        step=1,
        attempt=1,
        kind=QuestionKind.APPROVAL,
        text="?",
        asked_at=NOW,
        expires_at=NOW + timedelta(days=1),
        terms=terms,
    )
    return Run(
        id="run_1",
        number=7,
        workspace="T1",
        runbook_id="rb_1",
        name="x",
        version=1,
        content=content(None),
        channel=channel,
        trigger=Trigger.CHAT,
        started_by=by,
        created_at=NOW,
        steps=(RunStep(number=1),),
        question=question,
    )


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'runbot.db'}")
    await database.upgrade()
    yield database
    await database.close()


async def may(
    database: Database,
    actor: Actor,
    run: Run,
    house: House | None = None,
    assigned: Mapping[Role, Sequence[str]] | None = None,
) -> frozenset[str]:
    house = house or House()
    held = rights(house, assigned)
    approving = Approving(database, held, Sight(house))
    assert run.question is not None
    return await approving.require(actor, run, run.question, Choice.APPROVE)


async def test_whoever_is_in_the_runs_channel_or_in_the_approvals_own_may(
    database: Database,
) -> None:
    assert await may(database, BEN, asked(Terms())) == frozenset()
    with pytest.raises(NotAllowed, match="Only members"):
        await may(database, MIA, asked(Terms()))
    assert await may(database, BEN, asked(Terms(channel=LEADS), channel="COTHER")) == frozenset()


async def test_whoever_is_named_need_not_be_there_and_others_may_not(database: Database) -> None:
    assert await may(database, MIA, asked(Terms(who=(SRE,)))) == frozenset()
    with pytest.raises(NotAllowed, match="aren't among those"):
        await may(database, BEN, asked(Terms(who=(SRE,))))


async def test_whom_an_author_names_has_to_be_among_those_of_the_policy(
    database: Database,
) -> None:
    drop = Step(instruction="x", plan=ToolPlan(tool="drop"), approval=Approval(who=(BEN.id,)))
    policy = ApprovalPolicy(who=(SRE,))
    demand = demanded(drop, policy, {"drop": "destructive"})
    assert demand is not None
    terms = Terms(who=demand.approval.who, within=demand.approval.within)
    with pytest.raises(NotAllowed, match="aren't among those"):
        await may(database, BEN, asked(terms))
    both = asked(terms.model_copy(update={"who": (BEN.id, MIA.id)}))
    assert await may(database, MIA, both) == frozenset()
    found = await unsatisfiable(
        rights(House()), "T1", Content(steps=(drop,)), policy, {"drop": "destructive"}
    )
    assert "Nobody can approve it" in " ".join(found)
    usual = demanded(drop, ApprovalPolicy(), {"drop": "destructive"})
    assert usual is not None
    assert usual.approval.within == ()


async def test_whoever_lost_the_right_in_between_is_refused(database: Database) -> None:
    roles = {Role.RUNNER: ("everyone",), Role.APPROVER: (SRE,)}
    with pytest.raises(NotAllowed, match="takes the role approver"):
        await may(database, BEN, asked(Terms()), assigned=roles)


async def test_earlier_votes_count_as_long_as_who_gave_them_may(database: Database) -> None:
    votes = tuple(Vote(by=one, at=NOW) for one in (MIA, BEN))
    run = asked(Terms(who=("everyone",), needed=3, votes=votes))
    assert await may(database, ANA, run) == frozenset()
    house = House()
    del house.members[MIA.id]
    assert await may(database, ANA, run, house) == {MIA.id}


def test_a_denial_and_a_skip_need_words_and_a_note_has_its_length() -> None:
    question = asked(Terms()).question
    for choice in (Choice.DENY, Choice.SKIP):
        with pytest.raises(InvalidInput, match="needs a reason"):
            worded(question, choice, "  ")
    with pytest.raises(InvalidInput, match="2,000 characters"):
        worded(question, Choice.APPROVE, "x" * 2001)
    assert worded(question, Choice.DENY, " not now ") == "not now"


def test_links_in_a_note_are_evidence_each_once() -> None:
    note = "See https://a.example/1, and (https://b.example/2)! https://a.example/1"
    assert evidence_of(note, ("https://c.example",)) == (
        "https://c.example",
        "https://a.example/1",
        "https://b.example/2",
    )
    assert evidence_of("javascript:alert(1)", ()) == ()


async def test_whoever_began_what_a_run_goes_on_from_gives_no_second_pair_of_eyes(
    database: Database,
) -> None:
    old = await stored_run(database, "run_0", by=BEN)
    run = asked(Terms(four_eyes=True)).model_copy(update={"continues": old.id})
    with pytest.raises(NotAllowed, match="goes back to one that you started"):
        await may(database, BEN, run)
    lone = run.model_copy(update={"continues": "run_gone"})
    assert await may(database, BEN, lone) == frozenset()


async def test_a_step_in_a_closed_channel_is_handed_to_those_who_are_in_it() -> None:
    house = House()
    held, sight = rights(house), Sight(house)
    closed, open_ = asked(Terms(), channel=LEADS), asked(Terms(), channel=OPS)
    for outside in (ANA.id, SRE):
        with pytest.raises(InvalidInput, match="closed to others"):
            await require_able(held, sight, BEN, closed, outside)
    await require_able(held, sight, BEN, closed, BEN.id)
    await require_able(held, sight, BEN, open_, SRE)
    for nobody in ("UGONE", EMPTY, "everyone", OPS):
        with pytest.raises(InvalidInput, match="nobody who could"):
            await require_able(held, sight, BEN, open_, nobody)
