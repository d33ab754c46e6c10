"""Runbooks: written, answered for, edited, published and archived."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final

from sqlalchemy.orm import Session

from runbot.agent.rules import RULES, setting_replies
from runbot.agent.rules.answering import answer as answered
from runbot.agent.rules.answering import read_answers
from runbot.agent.rules.authoring import Unclear
from runbot.agent.rules.completing import complete
from runbot.domain.access import Actor, Verb
from runbot.domain.approvals import NO_POLICY, ApprovalPolicy
from runbot.domain.checks import check_content
from runbot.domain.errors import Conflict, InvalidInput, NotFound, Refused
from runbot.domain.lint import lint
from runbot.domain.parameters import Parameter
from runbot.domain.runbook import (
    Content,
    Runbook,
    RunbookStatus,
    Version,
    slug,
)
from runbot.operations.answers import Answered, Ask, Card
from runbot.operations.approving import unsatisfiable
from runbot.operations.directory import Directory, Sight
from runbot.operations.drafting import Drafting, Written
from runbot.operations.fitting import Check, misfits, unrunnable
from runbot.operations.pinning import Pinning
from runbot.operations.preview import preview
from runbot.operations.recording import note_version, recorded
from runbot.operations.rights import Rights
from runbot.store import askings, threads
from runbot.store import runbooks as rows
from runbot.store.database import Database
from runbot.store.runbooks import Listed

ASKED_FOR: Final = timedelta(hours=1)  # after that, words in a direct message are just words
MAX_ANSWERS: Final = 10  # what is said about one request, itself included
COMPARED: Final = 200  # runbooks whose names are compared with one that isn't found
OFFERED: Final = 3
_UNSAVED: Final = "Your changes were not saved."
_OPEN_AGAIN: Final = "Open it again, and put your changes in there."


class Runbooks:
    """The verbs on runbooks. A reference is a runbook's id or its name."""

    def __init__(
        self,
        *,
        database: Database,
        risks: Mapping[str, str],
        check: Check,
        directory: Directory,
        clock: Callable[[], datetime],
        rights: Rights | None = None,
        policy: ApprovalPolicy = NO_POLICY,
    ) -> None:
        self._database = database
        self._risks = risks
        self._policy = policy
        self._check = check
        self._clock = clock
        self._rights = rights or Rights(directory)
        self._sight = Sight(directory)
        self._pinning = Pinning(database, self._sight)
        self._drafting = Drafting(database, directory, self._sight, risks)

    @recorded("create")
    async def create_from_text(
        self, actor: Actor, text: str, *, channel: str, thread: str | None = None
    ) -> Card | Ask:
        """A draft from a person's words, or what has to be asked. Half-understood is asked.

        With `thread` ("" for a direct message) what is asked can be answered there.
        """
        await self._rights.require(actor, Verb.AUTHOR)
        return await self._draft(actor, [text], channel, thread)

    @recorded("create")
    async def completed(
        self, actor: Actor, answer: str, *, channel: str, thread: str
    ) -> Card | Ask | None:
        """The draft that an answer completes, or what is asked next; None where nothing is."""
        earlier = await self._asked(actor.workspace, channel, thread)
        if not earlier:
            return None
        await self._rights.require(actor, Verb.AUTHOR)
        return await self._draft(actor, [*earlier, answer], channel, thread)

    async def asking(self, workspace: str, channel: str, thread: str) -> bool:
        """Whether something that a runbook lacks is asked in this thread."""
        return bool(await self._asked(workspace, channel, thread))

    async def _asked(self, workspace: str, channel: str, thread: str) -> list[str]:
        since = self._clock() - ASKED_FOR
        return await self._database.read(
            lambda s: askings.said(s, workspace, channel, thread, since=since)
        )

    async def _draft(
        self, actor: Actor, said: list[str], channel: str, thread: str | None
    ) -> Card | Ask:
        request = complete(*said[:MAX_ANSWERS])
        if isinstance(request, Unclear):
            if thread is not None:
                await self._database.write(
                    lambda s: askings.keep(
                        s, actor.workspace, channel, thread, said[:MAX_ANSWERS], self._clock()
                    )
                )
            return Ask(request.question)
        card = await self.create(
            actor,
            name=request.name,
            description=request.description,
            parameters=request.parameters,
            instructions=request.instructions,
            settings=request.settings,
            cleanup=request.cleanup,
            channel=channel,
        )
        if thread is not None:
            await self._database.write(lambda s: askings.drop(s, actor.workspace, channel, thread))
        return card

    @recorded("create")
    async def create(
        self,
        actor: Actor,
        *,
        name: str,
        description: str,
        parameters: tuple[Parameter, ...],
        instructions: tuple[str, ...],
        channel: str,
        settings: str = "",
        cleanup: tuple[str, ...] = (),
    ) -> Card:
        """Save a draft as version 1, or raise `InvalidInput` or `Conflict` and save nothing.

        Instructions may have settings in brackets; `settings` are the runbook's own in words.
        """
        await self._rights.require(actor, Verb.AUTHOR, channel=channel)
        written = Written(description, parameters, instructions, settings, cleanup)
        content = await self._drafting.content(actor, None, written)
        now = self._clock()
        runbook = Runbook(
            id=f"rb_{secrets.token_hex(5)}",
            workspace=actor.workspace,
            name=slug(name),
            status=RunbookStatus.DRAFT,
            latest=1,
            published=None,
            created_by=actor,
            created_at=now,
            channel=channel,
        )
        version = Version(
            runbook_id=runbook.id,
            number=1,
            content=content,
            created_by=actor,
            created_at=now,
            agent=RULES,
        )

        def change(session: Session) -> None:
            rows.create(session, runbook, version)
            note_version(session, actor, "create", runbook, version, at=self._clock())

        await self._database.write(change)
        return await self._card(runbook, version, actor)

    @recorded("edit")
    async def edit(
        self,
        actor: Actor,
        runbook_id: str,
        *,
        base: int,
        was: str,
        name: str,
        description: str,
        parameters: tuple[Parameter, ...],
        instructions: tuple[str, ...],
        settings: str | None = None,
        cleanup: tuple[str, ...] | None = None,
    ) -> Card:
        """Save a new version on top of `base`, or raise `Conflict` when somebody saved meanwhile.

        `was` is the name that the editing began with: another's new name isn't overwritten
        either. A published runbook stays published at its version until the new one is
        published. Saving what is there already makes no version. The runbook's own settings
        and its clean-up steps stay as they are where they are None.
        """
        await self._rights.require(actor, Verb.AUTHOR)
        runbook = await self.find(actor, runbook_id)
        await self._rights.require(actor, Verb.AUTHOR, about=runbook.channel)
        began = await self.version(runbook, base)
        written = Written(description, parameters, instructions, settings, cleanup)
        content = await self._drafting.content(actor, began.content, written)
        begun = runbook.model_copy(update={"name": was})
        return await self._save(actor, begun, began, content, name=slug(name), verb="edit")

    @recorded("answer for")
    async def answer(self, actor: Actor, runbook_id: str, text: str) -> Answered:
        """Fill in what a draft's open questions ask for; says what changed and what is unclear.

        Answers are independent of each other: where two people answer at once, the later
        one is read again on top of the earlier one.
        """
        await self._rights.require(actor, Verb.AUTHOR)
        for last in (False, False, True):
            try:
                return await self._answer(actor, runbook_id, text)
            except Conflict:
                if last:
                    raise
        raise AssertionError("The last try returns or raises.")

    @recorded("set")
    async def settle(self, actor: Actor, runbook_id: str, text: str) -> Answered:
        """Set what a reply in the runbook's thread says, and tell what that changed.

        All of it or nothing: `InvalidInput` has a problem for each phrase that can't be. Where
        two people set something at once, the later is read again on top of the earlier.
        """
        await self._rights.require(actor, Verb.AUTHOR)
        for last in (False, False, True):
            try:
                return await self._settle(actor, runbook_id, text)
            except Conflict:
                if last:
                    raise
        raise AssertionError("The last try returns or raises.")

    async def _settle(self, actor: Actor, runbook_id: str, text: str) -> Answered:
        card = await self.show(actor, runbook_id)
        await self._rights.require(actor, Verb.AUTHOR, about=card.runbook.channel)
        before = card.version.content
        known = await self._drafting.known(
            actor, [setting_replies.chosen(text)], [step.instruction for step in before.steps]
        )
        changed = setting_replies.change(before, text, known)
        saved = await self._save(
            actor,
            card.runbook,
            card.version,
            check_content(changed.content),
            name=card.runbook.name,
            verb="set",
        )
        said = changed.said
        if saved.version.number == card.version.number:
            said = ("Nothing was changed: it was set like that already.",)
        return Answered(saved, said)

    async def _answer(self, actor: Actor, runbook_id: str, text: str) -> Answered:
        card = await self.show(actor, runbook_id)
        await self._rights.require(actor, Verb.AUTHOR, about=card.runbook.channel)
        answers = read_answers(card.version.content, text)
        if not answers.given:
            return Answered(card, (), answers.unclear)
        content = answered(card.version.content, answers.given, tools=frozenset(self._risks))
        saved = await self._save(
            actor,
            card.runbook,
            card.version,
            check_content(content),
            name=card.runbook.name,
            verb="answer for",
        )
        changed = dict.fromkeys(step for step, _, _ in answers.given)
        said = tuple(f"Step {step}: {saved.previews[step - 1].action}" for step in changed)
        return Answered(saved, said, answers.unclear)

    @recorded("publish")
    async def publish(self, actor: Actor, reference: str, *, version: int | None = None) -> Card:
        """Publish the latest version; refused while a question is open or a finding is an error.

        `version` is the one that the person saw: `Conflict` where that isn't the latest any
        more, since nobody publishes what they haven't seen.
        """
        await self._rights.require(actor, Verb.AUTHOR)
        card = await self.show(actor, reference)
        await self._rights.require(actor, Verb.AUTHOR, about=card.runbook.channel)
        number = card.version.number if version is None else version
        # What is published now decides; at each start it is looked at again.
        await self._pinning.of(actor, card.runbook, card.version.content)
        if number == card.version.number and card.blockers:
            raise Refused(
                f"{card.runbook.name} can't be published yet.",
                do="First: " + " ".join(card.blockers),
            )
        if stuck := await self._unsatisfiable(actor.workspace, card):
            raise Refused(
                f"{card.runbook.name} can't be published: a run of it would wait for nobody.",
                means=" ".join(stuck),
                do="Change whom the step asks, or who may approve.",
            )

        def change(session: Session) -> Runbook:
            # Looked at again under the lock: of two clicks at once, one is the first.
            now = rows.by_id(session, actor.workspace, card.runbook.id, lock=True)
            if not now.latest == number == card.version.number:
                raise rows.saved_meanwhile(
                    session,
                    now,
                    means="Nothing was published.",
                    do="See what it says now, and publish it then.",
                )
            if now.published == number and now.status is RunbookStatus.PUBLISHED:
                raise Refused(f"Version {number} of {now.name} is published already.")
            note_version(session, actor, "publish", now, card.version, at=self._clock())
            return rows.publish(session, actor.workspace, now.id, number)

        return await self._card(await self._database.write(change), card.version, actor)

    async def _unsatisfiable(self, workspace: str, card: Card) -> list[str]:
        return await unsatisfiable(
            self._rights, workspace, card.version.content, self._policy, self._risks
        )

    @recorded("archive")
    async def archive(self, actor: Actor, reference: str) -> Card:
        """Take a runbook out of use: kept and readable, not runnable. Runs going on finish."""
        await self._rights.require(actor, Verb.AUTHOR)
        card = await self.show(actor, reference)
        await self._rights.require(actor, Verb.AUTHOR, about=card.runbook.channel)

        def change(session: Session) -> Runbook:
            now = rows.by_id(session, actor.workspace, card.runbook.id, lock=True)
            if now.status is RunbookStatus.ARCHIVED:
                raise Refused(f"{now.name} is archived already.")
            note_version(session, actor, "archive", now, card.version, at=self._clock())
            return rows.archive(session, actor.workspace, now.id)

        return await self._card(await self._database.write(change), card.version, actor)

    async def show(self, actor: Actor, reference: str) -> Card:
        """The runbook with its latest version, or `NotFound` with names that look alike."""
        runbook = await self.find(actor, reference)
        return await self.card_of(runbook, runbook.latest, actor)

    async def find(self, actor: Actor, reference: str) -> Runbook:
        """The runbook by id or name, or `NotFound` with names that look alike.

        What was written in a channel closed to the actor isn't found, nor are its names told.
        """
        await self._rights.require(actor, Verb.READ)
        text = reference.strip().strip("*_`\"'")
        by_id = text.startswith("rb_")
        try:
            found = await self._database.read(
                lambda s: (
                    rows.by_id(s, actor.workspace, text)
                    if by_id
                    else rows.by_name(s, actor.workspace, text.lower())
                )
            )
        except NotFound:
            found = None
        if found is None or not await self._sight.sees(actor, found.channel):
            raise NotFound(f"There is no runbook called {text}.", do=await self._alike(actor, text))
        return found

    async def _alike(self, actor: Actor, name: str) -> str:
        names = [one.runbook.name for one in await self.listing(actor, limit=COMPARED)]
        close = get_close_matches(name.lower(), names, n=OFFERED)
        close += [other for other in names if name.lower() in other and other not in close]
        if not close:
            return "See them all with /runbook list."
        return f"Did you mean {' or '.join(close[:OFFERED])}?"

    async def version(self, runbook: Runbook, number: int) -> Version:
        """One version of a runbook that the caller may see."""
        return await self._database.read(lambda s: rows.version(s, runbook.id, number))

    async def card_of(self, runbook: Runbook, number: int, actor: Actor | None = None) -> Card:
        """A runbook with one of its versions.

        With an actor, what it runs is looked up as they see it, and findings say what can't be.
        """
        return await self._card(runbook, await self.version(runbook, number), actor)

    async def listing(
        self,
        actor: Actor,
        *,
        status: RunbookStatus | None = None,
        text: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> list[Listed]:
        """The workspace's runbooks with their last runs, by name."""
        await self._rights.require(actor, Verb.READ)
        found = await self._database.read(
            lambda s: rows.listing(
                s, actor.workspace, status=status, text=text, limit=limit, offset=offset
            )
        )
        return await self._sight.only(actor, found, lambda one: one.runbook.channel)

    async def bind(self, runbook: Runbook, channel: str, ts: str) -> None:
        """Remember that this message is the runbook's card, so that its thread is about it."""
        await self._database.write(
            lambda s: threads.bind(s, runbook.workspace, channel, ts, runbook.id)
        )

    async def in_thread(self, workspace: str, channel: str, ts: str) -> str | None:
        """The id of the runbook whose card this thread hangs under, if any."""
        return await self._database.read(lambda s: threads.runbook_of(s, workspace, channel, ts))

    async def asks(self, workspace: str, runbook_id: str) -> bool:
        """Whether anything is open about a runbook. Nobody's right: it shows nothing of it."""

        def look(session: Session) -> bool:
            found = rows.by_id(session, workspace, runbook_id)
            latest = rows.version(session, found.id, found.latest)
            return bool(latest.content.open_questions)

        return await self._database.read(look)

    async def card_place(self, runbook_id: str) -> tuple[str, str] | None:
        """Where the runbook's newest card stands: channel and message."""
        return await self._database.read(lambda s: threads.thread_of(s, runbook_id))

    async def _save(
        self,
        actor: Actor,
        begun: Runbook,
        base: Version,
        content: Content,
        *,
        name: str,
        verb: str,
    ) -> Card:
        """Save what differs, all in one transaction: the name, the content, both or neither.

        `begun` and `base` are what the change was made on; `Conflict` where that has changed.
        """

        def change(session: Session) -> tuple[Runbook, Version]:
            now = rows.by_id(session, begun.workspace, begun.id, lock=True)
            if now.latest != base.number:
                raise rows.saved_meanwhile(session, now, means=_UNSAVED, do=_OPEN_AGAIN)
            if now.name != begun.name:
                raise Conflict(
                    f"{begun.name} was renamed {now.name} meanwhile.",
                    means=_UNSAVED,
                    do=_OPEN_AGAIN,
                )
            if name != now.name:
                now = rows.rename(session, now.workspace, now.id, name)
            if content == base.content:
                if name != begun.name:
                    note_version(session, actor, verb, now, base, at=self._clock())
                return now, base
            version = rows.add_version(
                session,
                now.workspace,
                now.id,
                content,
                by=actor,
                agent=RULES,
                at=self._clock(),
                expected_latest=base.number,
            )
            note_version(session, actor, verb, now, version, at=self._clock())
            return now.model_copy(update={"latest": version.number}), version

        return await self._card(*await self._database.write(change), actor)

    async def _card(self, runbook: Runbook, version: Version, actor: Actor | None = None) -> Card:
        content = version.content
        findings = lint(content) + misfits(content, self._check)
        if actor is not None:
            try:
                await self._pinning.of(actor, runbook, content)
            except (InvalidInput, Refused) as wrong:
                findings = (*findings, unrunnable(wrong))
        return Card(
            runbook,
            version,
            findings,
            preview(content.steps, self._risks, self._policy),
            preview(content.cleanup, self._risks, self._policy),
        )
