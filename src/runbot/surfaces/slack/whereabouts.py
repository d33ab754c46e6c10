"""Where a run speaks once its own channel is closed to it: its starter's direct message.

Each refusal that closes a channel has a word, which is kept with the run and said in its
message, so that whoever started it is told, once, by the new message itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runbot.domain.access import ActorKind
from runbot.domain.run import Run
from runbot.surfaces.slack.picture import Picture
from runbot.surfaces.slack.refusals import NOWHERE, Declined
from runbot.surfaces.slack.views.words import Moved

_LOG = logging.getLogger(__name__)
_CLOSED: Final[Mapping[str, Moved]] = {
    "is_archived": Moved.ARCHIVED,
    "is_inactive": Moved.ARCHIVED,
    "channel_not_found": Moved.REMOVED,
    "not_in_channel": Moved.REMOVED,
    "restricted_action": Moved.RESTRICTED,
}
_DELETED: Final = frozenset({"message_not_found", "thread_not_found", "cant_update_message"})
# What Slack says where a person can't be written to directly, either.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_UNREACHED: Final = NOWHERE | {
    "cannot_dm_bot",
    "cannot_reply_to_message",
    "messages_tab_disabled",
    "user_disabled",
    "user_not_found",
    "user_not_visible",
}


@dataclass(slots=True)
class Whereabouts:
    """`away` is the conversation that the run moved to, or the person whom it will write to."""

    away: str = ""
    why: str = ""
    muted: bool = False

    def known(self, picture: Picture) -> None:
        """Take over where the run's message was recorded."""
        if picture.message is not None:
            home = picture.message.channel == picture.run.channel
            self.away = "" if home else picture.message.channel
            self.why = picture.why

    def channel(self, run: Run) -> str:
        """Where its message is posted."""
        return self.away or run.channel

    def apart(self, picture: Picture) -> bool:
        """Whether the thread that it belongs in stands elsewhere than the run itself by now."""
        return bool(self.away and picture.thread and picture.thread.channel != self.away)

    @property
    def readable(self) -> bool:
        """Whether what was posted there can be read back: not before the conversation is open."""
        return not self.away.startswith(("U", "W"))

    def lost(self, error: str) -> None:
        """The message is gone: it was deleted, unless Slack says something else."""
        # What Runbot posted and may not change any more is a tombstone.
        if error in _DELETED and not self.away:
            self.why = Moved.DELETED

    def moves(self, run: Run, no: Declined) -> bool:
        """Whether another place is to be tried after this refusal; then it is that one."""
        person = run.started_by.kind is ActorKind.PERSON
        if no.error not in _CLOSED or self.away or not person:
            return False
        self.away, self.why = run.started_by.id, _CLOSED[no.error]
        return True

    def silent(self, run: Run, no: Declined) -> bool:
        """Whether there is nowhere left to speak. It is said in the log once."""
        if no.error not in _UNREACHED:
            return False
        if not self.muted:
            _LOG.warning(
                "Run %s: it can be shown nowhere in Slack, and /runbook status tells it: %s",
                run.id,
                no.sentence,
            )
        self.muted, self.away, self.why = True, "", ""
        return True
