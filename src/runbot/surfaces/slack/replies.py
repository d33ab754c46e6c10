"""The way back to the person who asked: where they asked, and seen by whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from slack_bolt.async_app import AsyncBoltContext

from runbot.surfaces.slack.desk import Visit, desk_of
from runbot.surfaces.slack.payloads import Origin, Way
from runbot.surfaces.slack.refusals import understood
from runbot.surfaces.slack.views.budget import Message


async def reply(visit: Visit, message: Message) -> None:
    """Answer: to the person alone after a command or click, in the thread after words."""
    origin = visit.origin
    if origin.way is Way.MESSAGE:
        await visit.desk.sender.post(
            origin.workspace,
            origin.channel,
            message,
            thread=origin.thread,
            key=f"reply:{origin.key}",
        )
        return
    await privately(visit.context, origin, message)


async def privately(context: AsyncBoltContext, origin: Origin, message: Message) -> None:
    """Say something that only this person sees, wherever they are."""
    sender = desk_of(context).sender
    respond = context.respond
    if origin.way in {Way.COMMAND, Way.CLICK} and respond is not None and respond.response_url:
        # Works where Runbot itself can't post, too: a command can be typed anywhere.
        async with understood():
            answer = await respond(
                text=message.text,
                blocks=message.blocks,
                response_type="ephemeral",
                replace_original=False,
                thread_ts=origin.thread,
            )
        if answer.status_code == HTTPStatus.OK:
            return
    if origin.channel and not _direct(origin.channel):
        await sender.ephemeral(
            origin.workspace, origin.channel, origin.user, message, thread=origin.thread
        )
        return
    # In a direct message nobody else reads along, and a message to a person opens one.
    place = replace(origin, channel=origin.channel or origin.user)
    await sender.post(place.workspace, place.channel, message, thread=place.thread)


def _direct(channel: str) -> bool:
    return channel.startswith("D")
