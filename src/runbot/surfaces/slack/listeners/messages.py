"""Words: mentions, direct messages, and replies in the thread of a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from runbot.agent.rules.setting_replies import is_meant
from runbot.surfaces.slack import commands, payloads, talk
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.cards import BEING_POSTED
from runbot.surfaces.slack.desk import Desk, desk_of, visit, workspace_of
from runbot.surfaces.slack.payloads import Message
from runbot.surfaces.slack.views import lists

_NOT_APPS: Final = (
    "Apps, bots and workflows can't ask Runbot for anything, so nothing was done. A person has to."
)


def register(app: AsyncApp) -> None:
    """A mention is an event of its own as well; everything that is said comes as a message."""
    app.event("app_mention")(mentioned)
    app.event("message")(said)


@guarded
async def mentioned(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Somebody speaks to Runbot in a channel."""
    await ack()
    message = payloads.message(body, workspace_of(context), context.bot_user_id or "")
    if message is None:
        await _by_app(context, body)
    else:
        await _spoken(context, message)


@guarded
async def said(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Something was said: to Runbot by name or directly, or in the thread of a draft."""
    await ack()
    if gone := payloads.deleted(body):
        await desk_of(context).gone(workspace_of(context), payloads.room(body), gone)
        return
    message = payloads.message(body, workspace_of(context), context.bot_user_id or "")
    if message is None:
        await _by_app(context, body)
        return
    if message.direct or message.mentions:
        # A mention comes as an event of its own, too: whichever of the two arrives is enough.
        await _spoken(context, message)
    elif message.origin.threaded:
        await _overheard(context, message)


async def _by_app(context: AsyncBoltContext, body: dict[str, Any]) -> None:
    """Tell, where an app or a workflow asks for something, that people have to.

    Once a day in each channel: two bots that answer each other would never stop.
    """
    desk = desk_of(context)
    posted = payloads.posted(body, workspace_of(context), context.bot_user_id or "")
    if posted is None:
        return
    origin = posted.origin
    if await desk.inbox.first_time(origin.workspace, f"app:{origin.channel}:{posted.app}"):
        await desk.sender.post(
            origin.workspace,
            origin.channel,
            lists.notice(_NOT_APPS),
            thread=origin.thread,
            key=f"reply:{origin.key}",
        )


async def _spoken(context: AsyncBoltContext, message: Message) -> None:
    desk, origin = desk_of(context), message.origin
    if not await desk.inbox.first_time(origin.workspace, origin.key):
        return
    here = None
    if origin.threaded and origin.thread:
        here = await _runbook_of(desk, origin.workspace, origin.channel, origin.thread)
    guest = await visit(context, origin)
    await talk.obey(replace(guest, here=here), message.text)


async def _overheard(context: AsyncBoltContext, message: Message) -> None:
    desk, origin = desk_of(context), message.origin
    thread = origin.thread or message.ts
    runbook = await _runbook_of(desk, origin.workspace, origin.channel, thread)
    if not message.text or not await _concerns(desk, message, thread, runbook):
        # People talk among themselves: nobody is looked up, nobody's right is checked.
        return
    if not await desk.inbox.first_time(origin.workspace, origin.key):
        return
    guest = await visit(context, origin)
    await talk.overheard(replace(guest, here=runbook), message.text)


async def _concerns(desk: Desk, message: Message, thread: str, runbook: str | None) -> bool:
    """Whether words that nobody addressed to Runbot are for it all the same."""
    origin = message.origin
    if runbook is None:
        return await desk.runbooks.asking(origin.workspace, origin.channel, thread)
    asked = commands.alone(message.text) is not None or is_meant(message.text)
    return asked or await desk.runbooks.asks(origin.workspace, runbook)


async def _runbook_of(desk: Desk, workspace: str, channel: str, thread: str) -> str | None:
    """The runbook whose card this thread hangs under, a card just being posted included."""
    async with desk.turns.after("cards", channel, seconds=BEING_POSTED):
        return await desk.runbooks.in_thread(workspace, channel, thread)
