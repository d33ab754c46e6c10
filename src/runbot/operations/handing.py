"""Whom a step that a person does can be given to."""

from __future__ import annotations

from runbot.domain.access import Actor
from runbot.domain.conduct import is_assignee
from runbot.domain.errors import InvalidInput
from runbot.domain.run import Run
from runbot.operations.directory import Sight
from runbot.operations.rights import Rights


async def require_able(rights: Rights, sight: Sight, actor: Actor, run: Run, to: str) -> None:
    """Refuse with `InvalidInput` a person or group of whom nobody could do this run's step.

    The question would tell whoever it names what the run does, so in a closed channel they
    have to be there already.
    """
    named = await rights.reach(actor.workspace, (to,)) if is_assignee(to) else frozenset()
    if not named:
        raise InvalidInput(
            "That is nobody who could do this step.",
            means="Nothing was changed.",
            do="Choose a full member of this workspace, or a group of them.",
        )
    if not await sight.is_closed(actor.workspace, run.channel):
        return
    if not named & await rights.reach(actor.workspace, (run.channel,)):
        raise InvalidInput(
            "Nobody of them is in this run's channel, which is closed to others.",
            means="Nothing was changed.",
            do="Invite them to the channel first, or choose somebody who is in it.",
        )
