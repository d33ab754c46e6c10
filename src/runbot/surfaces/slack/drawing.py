"""What one look at a run puts into Slack: its message, its questions, its log, its summary.

Each post carries a key. Whatever makes it doubtful whether a post is there (a lost
answer, a restart) makes the next look read the keys back from Slack before it posts.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from runbot.domain.errors import RunbotError, Unavailable
from runbot.domain.run import Event, EventKind, Part, Question, Run
from runbot.surfaces.slack.elsewhere import Copies
from runbot.surfaces.slack.picture import URGENT, Picture, Records
from runbot.surfaces.slack.refusals import NOWHERE, Declined, Throttled
from runbot.surfaces.slack.sending import Kept, Place, Sender
from runbot.surfaces.slack.views.approvals import unasked_message
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.questions import (
    answered_message,
    closing,
    question_message,
    told_with,
)
from runbot.surfaces.slack.views.run import ROOM, SMALLEST_ROOM, run_message
from runbot.surfaces.slack.views.timeline import log_message, summary_message
from runbot.surfaces.slack.views.words import latest, open_question
from runbot.surfaces.slack.whereabouts import Whereabouts
from runbot.tools.slack_post import NotPosted

_LOG = logging.getLogger(__name__)
_GONE: Final = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
)
_LINK_WAIT: Final = 2.0  # seconds
_TOO_LONG: Final = frozenset({"msg_blocks_too_long", "msg_too_long"})


class PostThrottled(Throttled):
    """Slack wants no post in this channel for a while; changes of messages go on."""


@dataclass(slots=True)
class Asked:
    """A question's own message, and the number of the event that asked it, from 0."""

    place: Place
    index: int
    shown: Message | None = None


@dataclass(slots=True)
class Drawing:
    """One run's display: what Slack shows of it, as far as this process knows.

    `born` is when this process began to draw: what is younger, nobody else has posted.
    """

    run_id: str
    born: datetime
    room: int = ROOM
    last: Message | None = None
    # Whether there may be posts of this run in Slack that this process knows nothing of;
    # None before the first look.
    unsure: bool | None = None
    blind: bool = False
    asked: dict[str, Asked] = field(default_factory=dict)
    # The events that closed questions tell in their own messages, by their number from 0.
    answered: set[int] = field(default_factory=set)
    keys: dict[str, Kept] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    addresses: dict[Place, str] = field(default_factory=dict)
    copies: Copies = field(default_factory=Copies)
    where: Whereabouts = field(default_factory=Whereabouts)
    # Whether what is open has to be asked in a thread that is new.
    reask: bool = False

    @property
    def since(self) -> int | None:
        """From which event on the timeline is needed to draw; None: what wasn't told is enough."""
        if self.unsure is not False:
            return 0
        return min((asked.index for asked in self.asked.values()), default=None)

    async def draw(
        self, picture: Picture, records: Records, sender: Sender, *, log_now: bool
    ) -> bool:
        """Bring Slack up to this picture. False where only the thread's log is left for later.

        Raises what `Sender` raises; then nothing is recorded that isn't so.
        """
        run = picture.run
        if self.unsure is None:
            self.unsure = picture.message is not None or run.created_at < self.born
        told = picture.count
        if run.channel and run.parent and picture.thread is None:
            return False  # its place is in the thread of a message that isn't there yet
        if run.channel:
            if run.part is Part.CLEANUP and picture.before and picture.thread is None:
                raise Unavailable("The run that it cleans up after has no message yet.")
            try:
                told = await self._draw_somewhere(picture, records, sender, log_now=log_now)
            except NotPosted:
                raise
            except Unavailable:
                self.unsure = True
                raise
        finished = told == picture.count
        if finished or told > picture.told:
            await records.shown(run.id, revision=run.revision if finished else 0, told=told)
        return finished

    async def _draw_somewhere(
        self, picture: Picture, records: Records, sender: Sender, *, log_now: bool
    ) -> int:
        """Draw it where it stands, or else in its starter's direct message; or nowhere.

        A channel can be archived and Runbot removed from it at any time: the run goes on. What
        a step runs stays in the thread of the outermost run, and follows that one's message.
        """
        self.where.known(picture)
        run, nested = picture.run, picture.run.parent is not None
        while True:
            if self.where.apart(picture) and not nested:
                picture = replace(picture, thread=None)
            try:
                return await self._draw_here(picture, records, sender, log_now=log_now)
            except Declined as no:
                if self.where.moves(run, no):
                    self._forget()
                    picture = replace(picture, message=None)
                elif not nested and self.where.silent(run, no):
                    # Nothing is left to draw, until the run changes and it is tried anew.
                    return picture.count
                else:
                    raise

    async def _draw_here(
        self, picture: Picture, records: Records, sender: Sender, *, log_now: bool
    ) -> int:
        place = await self._draw_message(picture, records, sender)
        if picture.run.parent:
            await self._draw_questions(picture, sender)
            return picture.count
        # A message in a thread has none of its own.
        place = picture.thread or place
        return await self._draw_thread(picture, place, records, sender, log_now=log_now)

    async def _draw_message(self, picture: Picture, records: Records, sender: Sender) -> Place:
        place = picture.message
        await self._find_links(picture, sender)
        posts = {**picture.posts, **await self._steps_links(picture, sender)}
        while True:
            last = latest(picture.run, picture.events)
            message = run_message(
                picture.run,
                last=last,
                room=self.room,
                posts=posts,
                before=picture.before,
                after=picture.after,
                links=self.links,
                near=picture.near,
                why=self.where.why,
            )
            try:
                if place is None:
                    place = await self._post_message(picture, message, records, sender)
                if message != self.last:
                    await sender.update(picture.run.workspace, place, message, once=True)
                    self.last = message
            except Declined as no:
                if no.error in _GONE and place is not None:
                    self._forget()
                    self.where.lost(no.error)
                    place = None
                elif no.error in _TOO_LONG and self.room > SMALLEST_ROOM:
                    self.room //= 2
                else:
                    raise
            else:
                return place

    async def _find_links(self, picture: Picture, sender: Sender) -> None:
        """Learn the addresses of the runs that the message names, where they have one by now."""
        for one in filter(None, (picture.before, *picture.after)):
            if one.place is None or one.number in self.links:
                continue
            if address := await self._address(picture, Place(*one.place), sender):
                self.links[one.number] = address

    async def _steps_links(self, picture: Picture, sender: Sender) -> dict[int, str]:
        """The addresses of the messages of runs that steps run, by the steps' numbers."""
        found = {
            number: await self._address(picture, place, sender)
            for number, place in picture.children.items()
        }
        return {number: address for number, address in found.items() if address}

    async def _address(self, picture: Picture, place: Place, sender: Sender) -> str:
        """A message's address, asked for once; empty where Slack doesn't tell it now."""
        if place not in self.addresses:
            try:
                async with asyncio.timeout(_LINK_WAIT):
                    address = await sender.permalink(picture.run.workspace, place)
            except (RunbotError, TimeoutError):
                return ""  # the run's number is there; the link only helps
            self.addresses[place] = address
        return self.addresses[place]

    def _forget(self) -> None:
        """The message is gone, and its thread with it: all that still matters is posted anew."""
        self.last = None
        self.asked.clear()
        self.copies = Copies()
        self.keys.clear()
        self.unsure = False
        self.reask = True

    async def _post_message(
        self, picture: Picture, message: Message, records: Records, sender: Sender
    ) -> Place:
        """Post it, or find the one that was posted and not recorded; that one is behind."""
        run, thread = picture.run, picture.thread
        key = f"{run.id}.message"
        place = None
        if self.unsure:
            kept = await self._kept(run, sender, thread.ts if thread else None, key)
            place = kept[key].place if key in kept else None
            # Where the message was posted, its thread may hold more.
            self.unsure = place is not None
        if place is None:
            place = await self._post(sender, run, message, key=key, thread=thread)
            self.last = message
        self.where.away = "" if place.channel == run.channel else place.channel
        await records.set_message(
            run.id, place, thread=thread.ts if thread else None, why=self.where.why
        )
        return place

    async def _kept(
        self, run: Run, sender: Sender, thread: str | None, key: str | None = None
    ) -> dict[str, Kept]:
        since, channel = run.created_at.timestamp(), self.where.channel(run)
        if not self.where.readable:
            return {}
        try:
            return await sender.kept(run.workspace, channel, since=since, thread=thread, key=key)
        except Declined as no:
            # A message too many does less harm than a run that nobody can see or stop.
            # Where nothing can be read, nothing can be posted: that is told then.
            if not self.blind and no.error not in NOWHERE:
                _LOG.warning("Run %s: can't read what was posted before: %s", run.id, no.sentence)
            self.blind = True
            return {}

    async def _draw_thread(
        self, picture: Picture, place: Place, records: Records, sender: Sender, *, log_now: bool
    ) -> int:
        """Tell the thread what is new; give back how many events it has been told."""
        run, count = picture.run, picture.count
        if picture.told >= count and not (self.reask and open_question(run)):
            return picture.told
        if self.unsure:
            self._remember(await self._kept(run, sender, place.ts))
        self.answered |= await self._close_questions(picture, sender)
        told = self._logged(picture.told)
        numbered = enumerate(picture.events, picture.first)
        untold = [e for i, e in numbered if i >= told and i not in self.answered]
        if run.ended:
            await self._say_end(picture, untold, place, records, sender)
            return count
        log = log_message(run, untold)
        if log and not (log_now or run.status in URGENT):
            return picture.told
        if log:
            key, upto = f"{run.id}.log.{told}", str(count)
            await self._post(sender, run, log, key=key, note=upto, thread=place)
        if open_question(run) and run.question:
            await self._ask(picture, run.question, place, sender)
        self.reask = False
        return count

    async def _draw_questions(self, picture: Picture, sender: Sender) -> None:
        """Of a run that a step runs, the thread has the questions; its message tells the rest."""
        run, thread = picture.run, picture.thread
        reasked = self.reask and open_question(run)
        if thread is None or (picture.told >= picture.count and not reasked):
            return
        if self.unsure:
            self._remember(await self._kept(run, sender, thread.ts))
        await self._close_questions(picture, sender)
        if open_question(run) and run.question:
            await self._ask(picture, run.question, thread, sender)
        self.reask = False

    def _remember(self, keys: dict[str, Kept]) -> None:
        self.keys.update(keys)
        for key, kept in keys.items():
            run_id, _, question = key.partition(".question.")
            if run_id == self.run_id and question and question not in self.asked:
                index, _, elsewhere = kept.note.partition(" ")
                self.asked[question] = Asked(kept.place, int(index))
                if elsewhere:
                    self.copies.note(question, elsewhere, fresh=False)
        self.unsure = False

    def _logged(self, told: int) -> int:
        """Up to which event the thread was told, by what was posted and not recorded yet."""
        while (kept := self.keys.get(f"{self.run_id}.log.{told}")) and int(kept.note) > told:
            told = int(kept.note)
        return told

    async def _close_questions(self, picture: Picture, sender: Sender) -> set[int]:
        """Take the buttons from questions that need no answer; the events that these tell."""
        run, events, first = picture.run, picture.events, picture.first
        answered: set[int] = set()
        for question, asked in list(self.asked.items()):
            closed = closing(events, asked.index - first)
            if closed is None:
                continue
            index, event = closed
            if index + first >= picture.told:
                shown = answered_message(run, events[asked.index - first], event)
                await _update(sender, run, asked.place, shown)
                await self.copies.close(run, question, shown, sender)
                answered |= {first + told for told in told_with(events, index)}
            del self.asked[question]
        return answered

    async def _ask(
        self, picture: Picture, question: Question, place: Place, sender: Sender
    ) -> None:
        run, shown = picture.run, question_message(picture.run)
        elsewhere = question.terms.channel if question.terms.channel != run.channel else ""
        if (asked := self.asked.get(question.id)) is None:
            numbered = enumerate(picture.events, picture.first)
            index = max(i for i, event in numbered if event.kind is EventKind.ASKED)
            posted = await self._post(
                sender,
                run,
                shown,
                key=f"{run.id}.question.{question.id}",
                note=f"{index} {elsewhere}".rstrip(),
                thread=place,
            )
            asked = self.asked[question.id] = Asked(posted, index, shown)
            if elsewhere:
                self.copies.note(question.id, elsewhere, fresh=True)
        if asked.shown != shown:
            await _update(sender, run, asked.place, shown)
            asked.shown = shown
        if why_not := await self._ask_elsewhere(run, question, place, sender):
            key = f"{run.id}.unasked.{question.id}"
            if key not in self.keys:
                said = unasked_message(question, why_not)
                await self._post(sender, run, said, key=key, thread=place)

    async def _ask_elsewhere(
        self, run: Run, question: Question, place: Place, sender: Sender
    ) -> str:
        try:
            return await self.copies.ask(run, question, place, sender)
        except Throttled as throttled:
            raise PostThrottled(throttled.retry_after) from throttled

    async def _say_end(
        self, picture: Picture, untold: list[Event], place: Place, records: Records, sender: Sender
    ) -> None:
        run = picture.run
        key = f"{run.id}.end"
        if key in self.keys:
            return
        kept = await records.artefacts(run.id)
        summary = summary_message(run, untold, kept, events=picture.events)
        await self._post(sender, run, summary, key=key, thread=place)

    async def _post(
        self,
        sender: Sender,
        run: Run,
        message: Message,
        *,
        key: str,
        note: str = "",
        thread: Place | None = None,
    ) -> Place:
        try:
            place = await sender.post(
                run.workspace,
                thread.channel if thread else self.where.channel(run),
                message,
                thread=thread.ts if thread else None,
                key=key,
                note=note,
                once=True,
            )
        except Throttled as throttled:
            raise PostThrottled(throttled.retry_after) from throttled
        self.keys[key] = Kept(place, key, note)
        return place


async def _update(sender: Sender, run: Run, place: Place, shown: Message) -> None:
    """Change a message in the thread; one that was deleted needs no change."""
    try:
        await sender.update(run.workspace, place, shown, once=True)
    except Declined as no:
        if no.error not in _GONE:
            raise
