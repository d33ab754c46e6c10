"""The verb that shows a whole run beforehand. It reads, and does nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct
from runbot.domain.errors import InvalidInput, NotAllowed, Refused
from runbot.domain.run import Run, RunStep, Trigger
from runbot.domain.runbook import Version
from runbot.operations.admission import admit
from runbot.operations.answers import Card
from runbot.operations.foresight import (
    Resolve,
    RunPreview,
    cleaning,
    foreseen,
    lenient,
    wanted,
)
from runbot.operations.pinning import Pinned, Pinning
from runbot.operations.rights import Rights
from runbot.operations.runbooks import Runbooks
from runbot.store import locks
from runbot.store.database import Database


class Previewing:
    """Resolves runs that nobody has started."""

    def __init__(
        self,
        *,
        database: Database,
        runbooks: Runbooks,
        pinning: Pinning,
        rights: Rights,
        resolve: Resolve,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._runbooks = runbooks
        self._pinning = pinning
        self._rights = rights
        self._resolve = resolve
        self._clock = clock

    async def of(
        self, actor: Actor, card: Card, given: Mapping[str, str], *, channel: str
    ) -> RunPreview:
        """What a run of the card's version would do, with these values and in this channel."""
        values, problems = lenient(card.version.content.parameters, given)
        pinned, refused = await self._admitted(actor, card, channel)
        run = self._run(actor, card, values, channel, pinned)
        held = await self._database.read(lambda s: locks.listing(s, actor.workspace))
        found: defaultdict[int, list[str]] = defaultdict(list)
        for finding in card.findings:
            if finding.step is not None:
                found[finding.step].append(f"{finding.sentence} {finding.fix}")
        return RunPreview(
            card=card,
            values=values,
            problems=problems,
            steps=foreseen(
                run,
                card.previews,
                self._resolve,
                findings={number: tuple(said) for number, said in found.items()},
                below=await self._below(pinned),
            ),
            cleanup=cleaning(run, card.cleanup, self._resolve),
            locks=wanted(pinned.locks if pinned else (), held),
            refused=refused,
        )

    async def _admitted(self, actor: Actor, card: Card, channel: str) -> tuple[Pinned | None, str]:
        """What it would take with it, and why it couldn't be started as things are now."""
        own = {card.runbook.name: card.version.content.conduct}
        try:
            pinned = await self._pinning.of(actor, card.runbook, card.version.content)
        except (InvalidInput, Refused) as wrong:
            return None, wrong.sentence
        every: dict[str, Conduct] = {**own, **pinned.conducts}
        try:
            await admit(self._rights, actor, every, channel=channel)
        except NotAllowed as no:
            return pinned, no.sentence
        return pinned, ""

    def _run(
        self,
        actor: Actor,
        card: Card,
        values: Mapping[str, str],
        channel: str,
        pinned: Pinned | None,
    ) -> Run:
        """A run that is kept nowhere: what has no value yet stays as it is written."""
        version: Version = card.version
        return Run(
            id="",
            number=0,
            workspace=actor.workspace,
            runbook_id=card.runbook.id,
            name=card.runbook.name,
            version=version.number,
            content=version.content,
            values=dict(values),
            channel=channel,
            trigger=Trigger.CHAT,
            started_by=actor,
            steps=tuple(RunStep(number=n) for n in range(1, len(version.content.steps) + 1)),
            pins=dict(pinned.pins) if pinned else {},
            created_at=self._clock(),
        )

    async def _below(self, pinned: Pinned | None) -> dict[str, Card]:
        below = pinned.below if pinned else {}
        return {
            name: await self._runbooks.card_of(called.runbook, called.version.number)
            for name, called in below.items()
            if called.version is not None
        }
