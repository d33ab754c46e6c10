"""What people wrote becomes a content: names are looked up, steps planned, limits checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runbot.agent.rules import conducting, settings
from runbot.agent.rules.replanning import Known, replan
from runbot.agent.rules.whom import typed
from runbot.domain.checks import check_content
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import Content
from runbot.operations.directory import Directory


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

    directory: Directory
    risks: Mapping[str, str] = field(default_factory=dict)

    async def known(self, workspace: str, texts: Iterable[str]) -> Known:
        """What planning these texts has to know. Names are looked up only where some are typed."""
        names = frozenset[str]().union(*(typed(text) for text in texts))
        found = await self.directory.named(workspace, names) if names else {}
        return Known(frozenset(self.risks), names=found)

    async def content(self, workspace: str, old: Content | None, written: Written) -> Content:
        """The content, or `InvalidInput` with a problem for each thing that can't be."""
        conduct, cleanup = written.settings, written.cleanup
        if conduct is None:
            conduct = "\n".join(conducting.phrases(old.conduct)) if old else ""
        if cleanup is None:
            cleanup = tuple(settings.written(step) for step in old.cleanup) if old else ()
        said = [settings.split(step)[1] for step in (*written.instructions, *cleanup)]
        content = replan(
            old,
            written.description,
            written.parameters,
            written.instructions,
            known=await self.known(workspace, [conduct, *said]),
            conduct=conduct,
            cleanup=cleanup,
        )
        return check_content(content)
