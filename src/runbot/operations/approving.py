"""Who may agree to a step, checked at the moment of the click; and whether anybody can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from runbot.domain.access import Actor, ActorKind, Verb
from runbot.domain.approvals import ApprovalPolicy, Demand, demanded
from runbot.domain.conduct import Approval
from runbot.domain.errors import NotAllowed, NotFound
from runbot.domain.law import Choice
from runbot.domain.run import Question, Run
from runbot.domain.runbook import Content
from runbot.operations.directory import Sight
from runbot.operations.rights import Rights
from runbot.store import runs as rows
from runbot.store.database import Database

# How far back it is looked who began what is going on: runs that continue runs, and their roots.
RELATIVES: Final = 50
_SURELY_MEANT: Final = frozenset("UWSCG")  # named as a person, a group or a channel


class Approving:
    """The rights that an approval takes, besides those that every answer takes."""

    def __init__(self, database: Database, rights: Rights, sight: Sight) -> None:
        self._database = database
        self._rights = rights
        self._sight = sight

    async def require(
        self, actor: Actor, run: Run, question: Question, choice: Choice
    ) -> frozenset[str]:
        """Refuse with `NotAllowed`, or give the ids of earlier voters who may not any more.

        Whoever is named as a person, in a group or by a channel need not be in the run's
        channel; everybody else must be, or in the channel where the approval is asked.
        """
        await self._rights.require(actor, Verb.APPROVE)
        terms = question.terms
        asked = [who for who in (terms.who, terms.within) if who]
        if not all([await self._rights.is_one_of(actor, who) for who in asked]):
            raise NotAllowed(
                f"You aren't among those who may approve step {question.step} of run {run.number}.",
                means="Nothing was changed.",
                do="Its question names them.",
            )
        if not await self.invited(actor, question):
            await self._present(actor, run, question)
        if choice is not Choice.APPROVE:
            return frozenset()
        others = await self._initiators(run) - {run.started_by.id} if terms.four_eyes else ()
        if actor.id in others:
            raise NotAllowed(
                f"Run {run.number} goes back to one that you started, and somebody else has to "
                f"approve its step {question.step}.",
                means="Nothing was changed.",
            )
        return await self._void(run, question)

    async def invited(self, actor: Actor, question: Question) -> bool:
        """Whether the question names the actor as a person, in a group or by a channel."""
        named = tuple(who for who in question.terms.who if who[0] in _SURELY_MEANT)
        return bool(named) and await self._rights.is_one_of(actor, named)

    async def sees(self, actor: Actor, question: Question) -> bool:
        """Whether the question itself lets the actor see its run: it names them, or asks them."""
        if await self.invited(actor, question):
            return True
        elsewhere = question.terms.channel
        return bool(elsewhere) and await self._sight.sees(actor, elsewhere)

    async def _present(self, actor: Actor, run: Run, question: Question) -> None:
        elsewhere = question.terms.channel
        if elsewhere and await self._rights.allows(actor, Verb.APPROVE, channel=elsewhere):
            return
        await self._rights.require(actor, Verb.APPROVE, channel=run.channel)

    async def _void(self, run: Run, question: Question) -> frozenset[str]:
        """The earlier voters who may not approve any more."""
        voters = frozenset(vote.by.id for vote in question.terms.votes)
        if not voters:
            return voters
        able = await self._rights.able(run.workspace, Verb.APPROVE)
        for who in filter(None, (question.terms.who, question.terms.within)):
            able &= await self._rights.reach(run.workspace, who)
        return voters - able

    async def _initiators(self, run: Run) -> frozenset[str]:
        """Who started this run, its outermost run, and those that these go on from."""
        found: set[str] = set()
        left, seen = [run], {run.id}
        while left and len(seen) <= RELATIVES:
            one = left.pop()
            if one.started_by.kind is ActorKind.PERSON:
                found.add(one.started_by.id)
            for relative in {one.root_id, one.continues} - seen - {""}:
                seen.add(relative)
                try:
                    left.append(
                        await self._database.read(lambda s, key=relative: rows.load(s, key))  # type: ignore[misc]
                    )
                except NotFound:
                    continue  # it isn't kept any more, and nobody is known for it
        return frozenset(found)


async def unsatisfiable(
    rights: Rights,
    workspace: str,
    content: Content,
    policy: ApprovalPolicy,
    risks: Mapping[str, str],
) -> list[str]:
    """A sentence for each step whose approval nobody could give, as things are now."""
    steps = [(f"Step {number}", step) for number, step in enumerate(content.steps, 1)]
    steps += [(f"Clean-up step {number}", step) for number, step in enumerate(content.cleanup, 1)]
    named = [
        (name, demand)
        for name, step in steps
        if (demand := demanded(step, policy, risks)) is not None
    ]
    if not named:
        return []
    able = await rights.able(workspace, Verb.APPROVE)
    starters = await rights.able(workspace, Verb.RUN)
    if content.conduct.runners:
        starters &= await rights.reach(workspace, content.conduct.runners)
    found = []
    for name, demand in named:
        asked = await _asked(rights, workspace, demand, able)
        if wrong := _wrong(demand.approval, asked, starters):
            found.append(f"{name}: {wrong}")
    return found


async def _asked(
    rights: Rights, workspace: str, demand: Demand, able: frozenset[str]
) -> frozenset[str]:
    for who in filter(None, (demand.approval.who, demand.approval.within)):
        able &= await rights.reach(workspace, who)
    return able


def _wrong(approval: Approval, able: frozenset[str], starters: frozenset[str]) -> str:
    """Why these people can't give the approval, in a sentence; empty where they can."""
    if not able:
        return "Nobody can approve it: no active member with the right to is among those it names."
    if len(able) < approval.count:
        return f"It needs {approval.count} approvals, and only {len(able)} people can give one."
    if not approval.four_eyes:
        return ""
    if any(len(able - {starter}) >= approval.count for starter in starters):
        return ""
    if len(able) == 1:
        return (
            "It needs somebody else than whoever starts the run, and the only one who can "
            "approve it is the only one who can start it."
        )
    return (
        f"It needs {approval.count} approvals besides whoever starts the run, and only "
        f"{len(able)} people can give one."
    )
