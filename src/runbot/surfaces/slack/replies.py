"""The way back to the person who asked: where they asked, and seen by whom it concerns."""

from __future__ import annotations

import logging
from dataclasses import replace
from http import HTTPStatus

from slack_bolt.async_app import AsyncBoltContext

from runbot.domain.errors import Unavailable
from runbot.surfaces.slack.desk import Visit, desk_of
from runbot.surfaces.slack.payloads import Origin, Way
from runbot.surfaces.slack.refusals import Declined, understood
from runbot.surfaces.slack.views.budget import Message

log = logging.getLogger(__name__)


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
    if origin.way in {Way.COMMAND, Way.CLICK} and await _responded(context, origin, message):
        return
    if origin.channel and not _direct(origin.channel):
        await sender.ephemeral(
            origin.workspace, origin.channel, origin.user, message, thread=origin.thread
        )
        return
    # In a direct message nobody else reads along, and a message to a person opens one.
    place = replace(origin, channel=origin.channel or origin.user)
    await sender.post(place.workspace, place.channel, message, thread=place.thread)


async def _responded(context: AsyncBoltContext, origin: Origin, message: Message) -> bool:
    """Whether Slack took it as the answer to a command or click; else it is to be said anew.

    It works where Runbot itself can't post, too: a command can be typed anywhere.
    """
    respond = context.respond
    if respond is None or not respond.response_url:
        return False
    try:
        async with understood():
            answer = await respond(
                text=message.text,
                blocks=message.blocks,
                response_type="ephemeral",
                replace_original=False,
                thread_ts=origin.thread,
            )
    except (Declined, Unavailable) as lost:
        # Said twice is better than not at all.
        log.info("an answer is said in another way: %s", lost)
        return False
    return answer.status_code == HTTPStatus.OK


def _direct(channel: str) -> bool:
    return channel.startswith("D")
