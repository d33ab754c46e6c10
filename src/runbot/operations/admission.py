"""Whether somebody may run this runbook, and here: what its own settings say, beside roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from runbot.domain.access import Actor, ActorKind
from runbot.domain.conduct import Conduct, principal_words
from runbot.domain.errors import NotAllowed
from runbot.domain.run import Run
from runbot.operations.rights import Rights
from runbot.store import runbooks as rows


async def admit(
    rights: Rights, actor: Actor, conducts: Mapping[str, Conduct], *, channel: str = ""
) -> None:
    """Refuse with `NotAllowed` where one of these runbooks, by name, isn't the actor's to run.

    They are the one that is started and all that it runs: nobody gets at a runbook by writing
    another one that runs it. Without `channel` it isn't asked where, since that isn't known.
    """
    for name, conduct in conducts.items():
        if channel and conduct.channels and channel not in conduct.channels:
            raise NotAllowed(
                f"{name} is run in {_any_of([f'<#{c}>' for c in conduct.channels])} only.",
                means="Nothing was started.",
                do="Start it there.",
            )
        if not conduct.runners or actor.kind is ActorKind.SYSTEM:
            continue
        if not await rights.is_one_of(actor, conduct.runners):
            raise NotAllowed(
                f"{name} is run by {_any_of([principal_words(p) for p in conduct.runners])} only.",
                means="Nothing was started.",
                do="Ask one of them to run it.",
            )


def conducts_of(s: Session, run: Run) -> dict[str, Conduct]:
    """The settings of a run's own version, and of each runbook that is pinned below it, by name."""
    below = {
        name: rows.version(s, pin.runbook_id, pin.version).content.conduct
        for name, pin in run.pins.items()
    }
    return {run.name: run.content.conduct, **below}


def restricted_since(s: Session, run: Run) -> dict[str, Conduct]:
    """The settings of the same runbooks as they are published now, by the names they have now."""
    ids = {run.runbook_id, *(pin.runbook_id for pin in run.pins.values())}
    found = [rows.by_id(s, run.workspace, id_) for id_ in sorted(ids)]
    return {
        one.name: rows.version(s, one.id, one.published).content.conduct
        for one in found
        if one.published is not None
    }


def _any_of(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
