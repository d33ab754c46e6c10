"""What the tool `slack_post` posts with."""

from __future__ import annotations

from typing import Protocol

from runbot.domain.errors import RunbotError
from runbot.surfaces.slack.refusals import Declined
from runbot.surfaces.slack.sending import Sender
from runbot.surfaces.slack.views.budget import Message
from runbot.tools.slack_post import Posted


class ChannelIds(Protocol):
    """Finds a channel's id by its name."""

    async def __call__(self, workspace: str, name: str) -> str | None:
        """The id of "#name", or None where Runbot sees no such channel."""
        ...


class Posts:
    """A message once for a key, and its address."""

    def __init__(self, sender: Sender, channel_id: ChannelIds) -> None:
        self._sender = sender
        self._channel_id = channel_id

    async def post(self, workspace: str, channel: str, text: str, *, key: str) -> Posted:
        """Post mrkdwn text to a channel, given by its id or as #name."""
        where: str | None = channel
        if channel.startswith("#"):
            # By its id a lost answer can be looked up; by its name it can't.
            where = await self._channel_id(workspace, channel.removeprefix("#"))
        if where is None:
            raise Declined("channel_not_found")
        place = await self._sender.post(workspace, where, Message(text, []), key=key)
        try:
            address: str | None = await self._sender.permalink(workspace, place)
        except RunbotError:
            address = None  # The message is there, which is what was asked for.
        return Posted(place.channel, place.ts, address)
