"""The way back to the person who asked: where they asked, and seen by whom it concerns."""

from __future__ import annotations

import logging
from dataclasses import replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.webhook.async_client import AsyncWebhookClient

from runbot.domain.errors import Unavailable
from runbot.surfaces.slack.desk import Visit, desk_of
from runbot.surfaces.slack.payloads import Origin, Way
from runbot.surfaces.slack.refusals import understood
from runbot.surfaces.slack.views.budget import Message
from runbot.tools.slack_post import NotPosted

log = logging.getLogger(__name__)
_SECONDS: Final = 10  # for one answer to be taken


class Said(Enum):
    """Whether a person can have heard something."""

    YES = auto()
    NO = auto()
    PERHAPS = auto()


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
    said = Said.NO
    if origin.way in {Way.COMMAND, Way.CLICK}:
        said = await responded(context, message, thread=origin.thread)
    if said is Said.YES:
        return
    if origin.channel and not _direct(origin.channel):
        await sender.ephemeral(
            origin.workspace,
            origin.channel,
            origin.user,
            message,
            thread=origin.thread,
            again=said is Said.PERHAPS,
        )
        return
    # In a direct message nobody else reads along, and a message to a person opens one.
    place = replace(origin, channel=origin.channel or origin.user)
    key = f"private:{origin.key}:{message.text}" if origin.channel and origin.key else None
    await sender.post(place.workspace, place.channel, message, thread=place.thread, key=key)


async def responded(
    context: AsyncBoltContext,
    message: Message,
    *,
    thread: str | None = None,
    replace_original: bool = False,
) -> Said:
    """Whether Slack took it at the address that a command or click brings for its answers.

    It works where Runbot itself can't post, too: a command can be typed anywhere. Tried
    once: Bolt's own `respond` would repeat an answer that got lost after it was shown.
    """
    respond = context.respond
    if respond is None or not respond.response_url:
        return Said.NO
    client = AsyncWebhookClient(
        respond.response_url,
        timeout=_SECONDS,
        proxy=respond.proxy,
        ssl=respond.ssl,
        retry_handlers=[],
    )
    said = {
        "text": message.text,
        "blocks": message.blocks,
        "response_type": "ephemeral",
        "replace_original": replace_original,
    }
    try:
        async with understood():
            answer = await client.send_dict(said | ({"thread_ts": thread} if thread else {}))
    except Unavailable as lost:
        log.info("an answer is said in another way: %s", lost)
        return Said.NO if isinstance(lost, NotPosted) else Said.PERHAPS
    return Said.YES if answer.status_code == HTTPStatus.OK else Said.NO


def _direct(channel: str) -> bool:
    return channel.startswith("D")
