"""Nobody who asked is left without a word: what was taken is kept until it is answered.

The request is kept before Slack hears that it was taken; whatever a kill leaves is told to
the person at the next start. It isn't done then: by that time it may be done already, or
no longer be wanted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from slack_bolt.async_app import AsyncBoltContext

from runbot.domain.errors import RunbotError
from runbot.store.owed import Owed
from runbot.surfaces.slack import payloads
from runbot.surfaces.slack.desk import Desk, desk_of, workspace_of
from runbot.surfaces.slack.refusals import Declined
from runbot.surfaces.slack.views import lists, text

log = logging.getLogger(__name__)
# A database that hangs mustn't make an acknowledgement late.
_KEPT_WITHIN: Final = 1.0
_SHOWN: Final = 200
_OWED: Final = "runbot.owed"


async def noted(body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Keep the request, unless it is owed no answer or is kept by another delivery of it."""
    workspace = workspace_of(context)
    said = payloads.asked(body, context.bot_user_id or "")
    if said is None:
        return
    origin = payloads.origin(body, workspace)
    owed = Owed(
        workspace, origin.key, origin.user, origin.channel, origin.thread or "", said[:_SHOWN]
    )
    kept = True  # where it takes too long: it is carried out all the same, some time
    try:
        async with asyncio.timeout(_KEPT_WITHIN):
            kept = await desk_of(context).inbox.owe(owed)
    except TimeoutError:
        log.info("A request is acknowledged before it is surely kept: the database is slow")
    except RunbotError as trouble:
        log.info("A request is taken without being kept: %s", trouble)
        return
    if kept:
        context[_OWED] = owed


async def answered(context: AsyncBoltContext) -> None:
    """The person has their answer."""
    if owed := context.get(_OWED):
        await _dropped(desk_of(context), owed)


async def _dropped(desk: Desk, owed: Owed) -> None:
    try:
        await desk.inbox.answered(owed)
    except RunbotError as trouble:
        log.info("A request that was answered is told again at the next start: %s", trouble)


async def made_good(desk: Desk, left: Sequence[Owed]) -> None:
    """Tell those whose requests an earlier process left; however long Slack's trouble lasts."""
    await asyncio.gather(*(_told(desk, owed) for owed in left))


async def _told(desk: Desk, owed: Owed) -> None:
    said = lists.notice(
        f"Runbot was stopped before it had answered “{text.line(owed.said, _SHOWN)}”, which may "
        "have been done all the same. `/runbook status` and `/runbook list` show how things "
        "stand: look there before you ask again."
    )
    sender, thread = desk.sender, owed.thread or None
    try:
        if owed.channel and not owed.channel.startswith("D"):
            await sender.ephemeral(owed.workspace, owed.channel, owed.user, said, thread=thread)
        else:
            where = owed.channel or owed.user
            key = f"owed:{owed.key}" if owed.channel else None
            await sender.post(owed.workspace, where, said, thread=thread, key=key)
    except Declined as no:
        log.info("A person could not be told that a request was left: %s", no)
    except RunbotError as trouble:
        log.info("A person is told at the next start that a request was left: %s", trouble)
        return
    await _dropped(desk, owed)
