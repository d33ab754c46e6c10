"""What waits for somebody, across all runs."""

from __future__ import annotations

from typing import Final

from runbot.domain.access import Actor, Verb
from runbot.domain.law import QuestionKind
from runbot.operations.directory import Sight
from runbot.operations.rights import Rights
from runbot.store import asked as rows
from runbot.store.asked import Asked
from runbot.store.database import Database

MOST: Final = 50


async def waiting_for(
    database: Database, rights: Rights, sight: Sight, actor: Actor
) -> list[Asked]:
    """The open questions that are the actor's to answer, the oldest first.

    Theirs are steps and approvals that name them, their groups or their roles, approvals that
    name nobody where they may approve, and of the runs that they started the failures and the
    steps that name nobody. What four eyes keep from them isn't, nor what they approved already.
    """
    await rights.require(actor, Verb.READ)
    found = await database.read(lambda s: rows.asked(s, actor.workspace))
    if not found:
        return []
    approves = await rights.allows(actor, Verb.APPROVE)
    answers = await rights.allows(actor, Verb.ANSWER)
    theirs = []
    for one in found:
        named = bool(one.terms.who) and await rights.is_one_of(actor, one.terms.who)
        if (
            (
                approves
                and _approvable(one, actor, named=named)
                and await _within(rights, actor, one)
            )
            if one.kind is QuestionKind.APPROVAL
            else answers and (named or (not one.terms.who and _own(one, actor)))
        ) and (named or await _seen(sight, actor, one)):
            theirs.append(one)
        if len(theirs) == MOST:
            break
    return theirs


def _own(one: Asked, actor: Actor) -> bool:
    return one.run.started_by.id == actor.id


def _approvable(one: Asked, actor: Actor, *, named: bool) -> bool:
    terms = one.terms
    out = terms.four_eyes and (_own(one, actor) or actor.id in terms.kept_out)
    voted = any(vote.by.id == actor.id for vote in terms.votes)
    return (named or not terms.who) and not out and not voted


async def _within(rights: Rights, actor: Actor, one: Asked) -> bool:
    within = one.terms.within
    return not within or await rights.is_one_of(actor, within)


async def _seen(sight: Sight, actor: Actor, one: Asked) -> bool:
    elsewhere = one.terms.channel
    return await sight.sees(actor, one.run.channel) or (
        bool(elsewhere) and await sight.sees(actor, elsewhere)
    )
