"""A question that is also asked in a channel of its own: posted there once, and kept the same."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from runbot.domain.errors import RunbotError
from runbot.domain.run import Question, Run
from runbot.surfaces.slack.refusals import Declined
from runbot.surfaces.slack.sending import Place, Sender
from runbot.surfaces.slack.views.approvals import approval_copy
from runbot.surfaces.slack.views.budget import Message

_LOG = logging.getLogger(__name__)
# The message is gone, or the channel doesn't take it: then the run's own thread has to do.
GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


@dataclass(slots=True)
class Copy:
    """One question's message in another channel; `place` is None while there is none.

    `doubtful` tells that it may be there although this process knows nothing of it.
    """

    channel: str
    place: Place | None = None
    shown: Message | None = None
    doubtful: bool = True
    refused: str = ""


@dataclass(slots=True)
class Copies:
    """The copies of one run's questions, by the questions' ids."""

    held: dict[str, Copy] = field(default_factory=dict)

    def note(self, question: str, channel: str, *, fresh: bool) -> None:
        """The question is to be asked in this channel, too; `fresh` where it can't be there yet."""
        self.held.setdefault(question, Copy(channel, doubtful=not fresh))

    async def ask(self, run: Run, question: Question, at: Place, sender: Sender) -> str:
        """Post the copy or bring it up to date. Gives why it can't be there, empty where it is.

        Raises what `Sender` raises but `Declined`; asking again finds what was posted.
        """
        copy = self.held.get(question.id)
        if copy is None or copy.refused:
            return copy.refused if copy else ""
        try:
            shown = approval_copy(run, question, await _address(run, at, sender))
            await self._find(run, question.id, copy, sender)
            if copy.place is None:
                copy.doubtful = True
                copy.place = await sender.post(
                    run.workspace,
                    copy.channel,
                    shown,
                    key=key_of(run.id, question.id),
                    once=True,
                )
            elif copy.shown != shown:
                await sender.update(run.workspace, copy.place, shown, once=True)
            copy.shown, copy.doubtful = shown, False
        except Declined as no:
            copy.refused = no.sentence
            _LOG.warning("Run %s: %s can't be asked in its channel: %s", run.id, question.id, no)
        return copy.refused

    async def close(self, run: Run, question: str, shown: Message, sender: Sender) -> None:
        """Show in the copy what became of the question. One that isn't there is left alone."""
        copy = self.held.get(question)
        if copy is None or copy.refused:
            return
        try:
            await self._find(run, question, copy, sender)
            if copy.place is not None:
                await sender.update(run.workspace, copy.place, shown, once=True)
        except Declined as no:
            if no.error not in GONE:
                _LOG.warning("Run %s: the copy of %s is behind: %s", run.id, question, no)
        del self.held[question]

    async def _find(self, run: Run, question: str, copy: Copy, sender: Sender) -> None:
        if copy.place is not None or not copy.doubtful:
            return
        key = key_of(run.id, question)
        since = run.created_at.timestamp()
        kept = await sender.kept(run.workspace, copy.channel, since=since, key=key)
        copy.place = kept[key].place if key in kept else None


def key_of(run_id: str, question: str) -> str:
    """By which the copy is found again in its channel."""
    return f"{run_id}.elsewhere.{question}"


async def _address(run: Run, at: Place, sender: Sender) -> str | None:
    try:
        return await sender.permalink(run.workspace, at)
    except RunbotError:
        return None  # the question is what matters; the link only helps
