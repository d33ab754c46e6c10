"""What a runbook runs, as it is published now: looked up, checked, and pinned for a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from runbot.domain import nesting
from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct
from runbot.domain.errors import NotFound
from runbot.domain.nesting import Called
from runbot.domain.run import Pin
from runbot.domain.runbook import Content, Runbook
from runbot.operations.directory import Sight
from runbot.store import runbooks as rows
from runbot.store.database import Database


@dataclass(frozen=True, slots=True)
class Pinned:
    """The versions that a run and all below it take, and the locks that they need together."""

    pins: Mapping[str, Pin]
    below: Mapping[str, Called]
    locks: tuple[str, ...]

    @property
    def conducts(self) -> Mapping[str, Conduct]:
        """The settings of each runbook below, by name, as they are pinned."""
        return {
            name: one.version.content.conduct
            for name, one in self.below.items()
            if one.version is not None
        }


class Pinning:
    """Finds what runbooks run. Nothing that is closed to the actor is found, or named."""

    def __init__(self, database: Database, sight: Sight) -> None:
        self._database = database
        self._sight = sight

    async def of(self, actor: Actor, runbook: Runbook, content: Content) -> Pinned:
        """Everything that a run of this content would take; raises what `nesting.pinned` raises."""
        found: dict[str, Called] = {}
        if nesting.names(nesting.whole(content)):
            every = await self._database.read(lambda s: _reached(s, actor.workspace, content))
            seen = await self._sight.only(actor, every.values(), lambda one: one.runbook.channel)
            found = {one.runbook.name: one for one in seen}
        pins = nesting.pinned(runbook.name, content, found)
        below = {name: found[name] for name in pins}
        contents = {
            one.runbook.id: one.version.content for one in below.values() if one.version is not None
        }
        return Pinned(
            pins=pins,
            below=below,
            locks=nesting.locks(content, runbook.id, contents),
        )


def _reached(s: Session, workspace: str, content: Content) -> dict[str, Called]:
    """Every runbook that can be reached from these steps, by name, in one look at the database."""
    found: dict[str, Called] = {}
    wanted = list(nesting.names(nesting.whole(content)))
    # One more than may be: then it is seen that there are too many.
    while wanted and len(found) <= nesting.MAX_BELOW:
        name = wanted.pop(0)
        if name in found:
            continue
        try:
            runbook = rows.by_name(s, workspace, name)
        except NotFound:
            continue
        version = None
        if runbook.published is not None:
            version = rows.version(s, runbook.id, runbook.published)
            wanted += nesting.names(version.content)
        found[name] = Called(runbook, version)
    return found
