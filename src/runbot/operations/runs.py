"""Runs: started, paused, resumed, aborted and answered for, by whom the law allows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from runbot.domain import progress, tree
from runbot.domain.access import Actor, Verb
from runbot.domain.errors import Conflict, NotFound, Refused
from runbot.domain.law import Choice, QuestionKind
from runbot.domain.parameters import check
from runbot.domain.run import Change, Event, Run, RunStep, Trigger
from runbot.domain.runbook import Runbook, RunbookStatus
from runbot.engine.engine import Engine
from runbot.engine.ledger import Ledger
from runbot.operations.admission import admit
from runbot.operations.answers import Card, Needed
from runbot.operations.approving import Approving
from runbot.operations.directory import Directory, Sight
from runbot.operations.foresight import RunPreview
from runbot.operations.handing import require_able
from runbot.operations.noting import evidence_of, worded
from runbot.operations.pinning import Pinning
from runbot.operations.previewing import Previewing
from runbot.operations.recording import recorded
from runbot.operations.rights import Rights
from runbot.operations.runbooks import Runbooks
from runbot.operations.waiting import waiting_for
from runbot.store import locks
from runbot.store import runs as rows
from runbot.store.asked import Asked
from runbot.store.database import Database
from runbot.store.locks import Lock
from runbot.store.runs import RunLine

MAX_GOING_ON: Final = 200  # more parallel runs than this in one workspace are an accident


class Runs:
    """The verbs on runs. A reference is a run's id or its number, with or without "#"."""

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        engine: Engine,
        runbooks: Runbooks,
        directory: Directory,
        clock: Callable[[], datetime],
        rights: Rights | None = None,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._engine = engine
        self._runbooks = runbooks
        self._rights = rights or Rights(directory)
        self._sight = Sight(directory)
        self._pinning = Pinning(database, self._sight)
        self._approving = Approving(database, self._rights, self._sight)
        self._clock = clock
        self._previewing = Previewing(
            database=database,
            runbooks=runbooks,
            pinning=self._pinning,
            rights=self._rights,
            resolve=engine.foresee,
            clock=clock,
        )

    @recorded("start")
    async def start(
        self,
        actor: Actor,
        reference: str,
        given: Mapping[str, str],
        *,
        channel: str,
        trigger: Trigger,
        key: str | None = None,
        version: int | None = None,
    ) -> Run:
        """Start the published version. The same `key` in a workspace starts one run only.

        `version` is the one whose steps the person saw. Raises before anything starts:
        `NotFound`, `NotAllowed`, `Refused` (not published, too many runs, a runbook below that
        can't be run, one that is going on already where that is refused), `Conflict`
        (another version than `version` is published) or `InvalidInput` (parameters).
        """
        await self._rights.require(actor, Verb.RUN, channel=channel)
        card = await self._runbooks.show(actor, reference)
        runbook = _published(card.runbook)
        taken = await self._runbooks.version(runbook, runbook.published or 0)
        if version is not None and taken.number != version:
            raise Conflict(
                f"Version {taken.number} of {runbook.name} was published meanwhile.",
                means="Nothing was started.",
                do="See what it does now, and run it then.",
            )
        values = check(taken.content.parameters, given)
        pinned = await self._pinning.of(actor, runbook, taken.content)
        every = {runbook.name: taken.content.conduct, **pinned.conducts}
        await admit(self._rights, actor, every, channel=channel)
        run = Run(
            id=_run_id(actor.workspace, key),
            number=0,
            workspace=actor.workspace,
            runbook_id=runbook.id,
            name=runbook.name,
            version=taken.number,
            content=taken.content,
            values=values,
            channel=channel,
            trigger=trigger,
            started_by=actor,
            agent=taken.agent,
            steps=tuple(RunStep(number=n) for n in range(1, len(taken.content.steps) + 1)),
            pins=dict(pinned.pins),
            locks=pinned.locks,
            created_at=self._clock(),
        )
        stored, _ = await self._ledger.start(run, most=MAX_GOING_ON)
        # Also where the row existed: a crash may have come between the row and its workflow.
        if not stored.ended:
            await self._engine.start(stored)
        return stored

    async def needs(self, actor: Actor, reference: str, given: Mapping[str, str]) -> Needed:
        """What a run of this runbook takes, and which required parameters `given` lacks.

        Refused as `start` would refuse it, save for what only the channel decides.
        """
        await self._rights.require(actor, Verb.RUN)
        card = await self._to_run(actor, reference)
        runbook, content = card.runbook, card.version.content
        await admit(self._rights, actor, {runbook.name: content.conduct})
        parameters = content.parameters
        missing = tuple(
            p.name for p in parameters if p.required and not (given.get(p.name) or p.default)
        )
        return Needed(card, parameters, missing)

    async def preview_run(
        self, actor: Actor, reference: str, given: Mapping[str, str], *, channel: str = ""
    ) -> RunPreview:
        """The whole run of the published version, resolved as it would be done; without effect.

        Nothing is opened, sent or stored. Values that are missing or don't fit are told in it,
        and so is why it couldn't be started now.
        """
        await self._rights.require(actor, Verb.RUN, channel=channel)
        card = await self._to_run(actor, reference)
        return await self._previewing.of(actor, card, given, channel=channel)

    async def _to_run(self, actor: Actor, reference: str) -> Card:
        """The card of the version that a run takes."""
        card = await self._runbooks.show(actor, reference)
        runbook = _published(card.runbook)
        if runbook.published == card.version.number:
            return card
        return await self._runbooks.card_of(runbook, runbook.published or 0)

    @recorded("pause")
    async def pause(self, actor: Actor, reference: str) -> Run:
        """Ask for a pause at the next step boundary, of the run and of those below it."""
        run = await self._controlled(actor, reference)
        at = self._clock()
        changed = await self._ledger.change_tree(
            run.id, lambda found: tree.pause(found, by=actor, at=at)
        )
        for one in changed:
            await self._engine.wake_retrying(one)
        return _itself(run, changed)

    @recorded("resume")
    async def resume(self, actor: Actor, reference: str) -> Run:
        """Let a paused run go on, or take back a pause that has not taken effect.

        With it goes on what is paused above it and below it.
        """
        run = await self._controlled(actor, reference)
        at = self._clock()
        changed = await self._ledger.change_tree(
            run.id, lambda found: tree.resume(found, by=actor, at=at)
        )
        for one in changed:
            await self._engine.wake_paused(one)
        return _itself(run, changed)

    @recorded("abort")
    async def abort(self, actor: Actor, reference: str) -> Run:
        """End the run at once, in any state, with all that it belongs to and all below it."""
        run = await self._controlled(actor, reference)
        return await self._end(run, actor)

    async def _end(self, run: Run, actor: Actor, how: Callable[[Run], Change] | None = None) -> Run:
        at = self._clock()
        changed = await self._ledger.change_tree(
            run.id, lambda found: tree.abort(found, by=actor, at=at, how=how)
        )
        for one in changed:
            await self._engine.cancel(one.id)
        return _itself(run, changed)

    @recorded("answer")
    async def answer(
        self,
        actor: Actor,
        question_id: str,
        choice: Choice,
        *,
        note: str = "",
        evidence: tuple[str, ...] = (),
    ) -> Run:
        """Answer a run's open question, once; a later answer is refused with who was first.

        `evidence` are links to what shows it; those in the note are added to them.
        """
        await self._rights.require(actor, Verb.ANSWER)
        run = await self.asked(actor, question_id)
        void = await self._may_answer(actor, run, question_id, choice)
        note = worded(run.question, choice, note)
        shown = evidence_of(note, evidence)

        def how(asked: Run) -> Change:
            return progress.answer(
                asked,
                question_id,
                choice,
                by=actor,
                note=note,
                at=self._clock(),
                void=void,
                evidence=shown,
            )

        if choice is Choice.ABORT:
            return await self._end(run, actor, how)
        after = await self._ledger.change(run.id, how)
        await self._engine.wake_asked(run.id, question_id)
        return after

    async def _may_answer(
        self, actor: Actor, run: Run, question_id: str, choice: Choice
    ) -> frozenset[str]:
        """Refuse whoever may not; the ids of people whose earlier votes don't count any more."""
        # Of what isn't asked any more everybody is told what happened instead, by the law.
        question = None if run.ended else run.question
        if (
            question is not None
            and (question.id, question.answer) == (question_id, None)
            and question.kind is QuestionKind.APPROVAL
        ):
            return await self._approving.require(actor, run, question, choice)
        await self._rights.require(actor, Verb.ANSWER, channel=await self.place(actor, run))
        return frozenset()

    @recorded("hand over")
    async def hand_over(self, actor: Actor, question_id: str, to: str) -> Run:
        """Give a manual step to another person or group, by their Slack id.

        `InvalidInput` where that is nobody who could do it: a guest, an app, somebody gone, or
        nobody in the run's channel where that is closed to others.
        """
        await self._rights.require(actor, Verb.ANSWER)
        run = await self.asked(actor, question_id)
        await self._rights.require(actor, Verb.ANSWER, channel=await self.place(actor, run))
        await require_able(self._rights, self._sight, actor, run, to)
        after = await self._ledger.change(
            run.id, lambda r: progress.hand_over(r, question_id, to, by=actor, at=self._clock())
        )
        # Its reminders are other people's now, and the wait for them goes by the row.
        await self._engine.wake_asked(run.id, question_id)
        return after

    async def waiting_for(self, actor: Actor) -> list[Asked]:
        """What waits for the actor, across all runs, the oldest first."""
        return await waiting_for(self._database, self._rights, self._sight, actor)

    async def find(self, actor: Actor, reference: str) -> Run:
        """The run, or `NotFound`: also where it belongs to a channel closed to the actor."""
        await self._rights.require(actor, Verb.READ)
        text = reference.strip().removeprefix("#")
        if text.isdecimal() and len(text) <= 9:  # noqa: PLR2004 - what a database integer holds
            run = await self._database.read(lambda s: rows.by_number(s, actor.workspace, int(text)))
        elif text:
            run = await self._database.read(lambda s: rows.of_workspace(s, actor.workspace, text))
        else:
            raise NotFound("Which run?", do="Give its number, for example: /runbook abort 12.")
        return await self._seen(actor, run, f"There is no run {text}.")

    async def asked(self, actor: Actor, question_id: str) -> Run:
        """The run that asked a question, or `NotFound`."""
        await self._rights.require(actor, Verb.READ)
        run = await self._database.read(lambda s: rows.by_question(s, actor.workspace, question_id))
        if run.question and await self._approving.sees(actor, run.question):
            return run
        return await self._seen(actor, run, "There is no such question.")

    async def _seen(self, actor: Actor, run: Run, otherwise: str) -> Run:
        if not await self._sight.sees(actor, run.channel) and await self.place(actor, run):
            raise NotFound(otherwise, do="Look at /runbook history.")
        return run

    async def place(self, actor: Actor, run: Run) -> str:
        """The channel that somebody has to be in to act on a run; "" where they needn't be.

        A run that lost its channel goes on in the direct message of whoever started it, who can
        still answer for it there and end it.
        """
        if actor.id != run.started_by.id:
            return run.channel
        shown = await self._database.read(lambda s: rows.message_of(s, run.id))
        moved = shown is not None and shown.channel != run.channel
        return "" if moved else run.channel

    async def in_thread(self, actor: Actor, channel: str, ts: str) -> str | None:
        """The id of the run whose message this thread hangs under, if any."""
        await self._rights.require(actor, Verb.READ)
        return await self._database.read(lambda s: rows.of_message(s, actor.workspace, channel, ts))

    async def going_on(self, actor: Actor, *, parts: bool = False) -> list[RunLine]:
        """The runs that haven't ended and that the actor may see, newest first.

        With `parts` also those that are a step of another, which are a part of that one.
        """
        await self._rights.require(actor, Verb.READ)
        lines = await self._database.read(lambda s: rows.going_on(s, actor.workspace))
        lines = [line for line in lines if parts or line.parent_id is None]
        return await self._sight.only(actor, lines, lambda line: line.channel)

    async def locks(self, actor: Actor) -> list[Lock]:
        """What runs hold and wait for, by name, as far as the actor may see those runs.

        A lock that is held by a run that they may not see has no holder, but the time since when.
        """
        await self._rights.require(actor, Verb.READ)
        every = await self._database.read(lambda s: locks.listing(s, actor.workspace))
        lines = [line for lock in every for line in (lock.holder, *lock.waiting) if line]
        seen = {line.id for line in await self._sight.only(actor, lines, lambda line: line.channel)}
        shown = (
            replace(
                lock,
                holder=lock.holder if lock.holder and lock.holder.id in seen else None,
                waiting=tuple(line for line in lock.waiting if line.id in seen),
            )
            for lock in every
        )
        # The name of a lock of a runbook is the runbook's, which may not be theirs to know.
        return [lock for lock in shown if lock.holder or lock.waiting or not lock.of_runbook]

    async def history(
        self, actor: Actor, reference: str | None, *, limit: int = 20, offset: int = 0
    ) -> list[RunLine]:
        """Past and present runs, newest first; of one runbook where a reference is given.

        Of the `limit` rows that are looked at, those that the actor may see.
        """
        await self._rights.require(actor, Verb.READ)
        runbook_id = None
        if reference:
            runbook_id = (await self._runbooks.find(actor, reference)).id
        lines = await self._database.read(
            lambda s: rows.history(
                s, actor.workspace, runbook_id=runbook_id, limit=limit, offset=offset
            )
        )
        return await self._sight.only(actor, lines, lambda line: line.channel)

    async def timeline(self, actor: Actor, reference: str) -> tuple[Run, list[Event]]:
        """A run and everything that happened to it, oldest first."""
        run = await self.find(actor, reference)
        return run, await self._database.read(lambda s: rows.timeline(s, run.id))

    async def _controlled(self, actor: Actor, reference: str) -> Run:
        # First, so that whoever may not is told what they may not, and nothing of the run.
        await self._rights.require(actor, Verb.CONTROL)
        run = await self.find(actor, reference)
        await self._rights.require(actor, Verb.CONTROL, channel=await self.place(actor, run))
        return run


def _itself(run: Run, changed: Sequence[Run]) -> Run:
    """What the run that was named has become; as it was where only others were concerned."""
    return next((one for one in changed if one.id == run.id), run)


def _published(runbook: Runbook) -> Runbook:
    if runbook.status is RunbookStatus.ARCHIVED:
        raise Refused(
            f"{runbook.name} is archived, so it can't be run.",
            do=f"Publish it again first: /runbook publish {runbook.name}.",
        )
    if runbook.published is None:
        raise Refused(
            f"{runbook.name} is a draft, so it can't be run yet.",
            do=f"Publish it first: /runbook publish {runbook.name}.",
        )
    return runbook


def _run_id(workspace: str, key: str | None) -> str:
    if key is None:
        return f"run_{secrets.token_hex(10)}"
    digest = hashlib.sha256(f"{workspace}\0{key}".encode()).hexdigest()
    return f"run_{digest[:20]}"
