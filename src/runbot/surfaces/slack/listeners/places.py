"""What happens to the places where runs are shown: closed channels and deleted messages."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from runbot.surfaces.slack import payloads
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.desk import desk_of, workspace_of


def register(app: AsyncApp) -> None:
    """A channel that is archived, and one that Runbot was removed from."""
    app.event("channel_archive")(closed)
    app.event("channel_left")(closed)
    app.event("group_archive")(closed)
    app.event("group_left")(closed)


@guarded
async def closed(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """The runs that are shown there find another place, without waiting for their next change."""
    await ack()
    desk = desk_of(context)
    desk.directory.forget()
    await desk.gone(workspace_of(context), payloads.room(body), None)
