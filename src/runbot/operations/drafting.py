"""What people wrote becomes a content: names are looked up, steps planned, limits checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runbot.agent.rules import conducting, settings
from runbot.agent.rules.calling import quoted
from runbot.agent.rules.replanning import Known, replan
from runbot.agent.rules.whom import typed
from runbot.domain.access import Actor
from runbot.domain.checks import check_content
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import Content
from runbot.domain.wording import said
from runbot.operations.directory import Directory, Sight
from runbot.store import runbooks as rows
from runbot.store.database import Database


@dataclass(frozen=True, slots=True)
class Written:
    """A runbook's content as people write it.

    Steps have their settings in brackets; `settings` are the runbook's own, a phrase a line.
    What is None stays as it was.
    """

    description: str
    parameters: tuple[Parameter, ...]
    instructions: tuple[str, ...]
    settings: str | None = None
    cleanup: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Drafting:
    """Plans what was written, with what it has to know of the workspace."""

    database: Database
    directory: Directory
    sight: Sight
    risks: Mapping[str, str]

    async def known(
        self, actor: Actor, settings: Iterable[str], instructions: Iterable[str] = ()
    ) -> Known:
        """What planning has to know. Names are looked up only where some are typed."""
        names = frozenset[str]().union(*(typed(text) for text in settings))
        found = await self.directory.named(actor.workspace, names) if names else {}
        runbooks = frozenset(filter(None, (quoted(said(text)) for text in instructions)))
        there = await self._there(actor, runbooks) if runbooks else frozenset()
        return Known(frozenset(self.risks), there, found)

    async def _there(self, actor: Actor, names: frozenset[str]) -> frozenset[str]:
        found = await self.database.read(lambda s: rows.named(s, actor.workspace, names))
        seen = await self.sight.only(actor, found, lambda one: one.channel)
        return frozenset(one.name for one in seen)

    async def content(self, actor: Actor, old: Content | None, written: Written) -> Content:
        """The content, or `InvalidInput` with a problem for each thing that can't be."""
        conduct, cleanup = written.settings, written.cleanup
        if conduct is None:
            conduct = "\n".join(conducting.phrases(old.conduct)) if old else ""
        if cleanup is None:
            cleanup = tuple(settings.written(step) for step in old.cleanup) if old else ()
        split = [settings.split(step) for step in (*written.instructions, *cleanup)]
        chosen = [conduct, *(text for _, text in split)]
        content = replan(
            old,
            written.description,
            written.parameters,
            written.instructions,
            known=await self.known(actor, chosen, [words for words, _ in split]),
            conduct=conduct,
            cleanup=cleanup,
        )
        return check_content(content)
