"""The one error boundary: whatever goes wrong in a listener becomes a sentence for the person."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext

from runbot.domain.errors import RunbotError
from runbot.surfaces.slack import owing, payloads, screens
from runbot.surfaces.slack.desk import desk_of, view_of, workspace_of
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.replies import privately
from runbot.surfaces.slack.views import budget, lists, notices, text

log = logging.getLogger(__name__)

Listener = Callable[[AsyncAck, dict[str, Any], AsyncBoltContext], Awaitable[None]]


def guarded(listener: Listener) -> Listener:
    """The listener with its errors told to the person.

    Not left to Bolt's own error handler: Bolt forgets an acknowledgement when an error
    follows it within ten milliseconds, and then calls the next listener that matches.
    """

    @functools.wraps(listener)
    async def heard(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        task = asyncio.current_task()
        under_way = desk_of(context).under_way
        if task is not None:
            # Bolt lets go of a listener once it has acknowledged; a stop waits for it.
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        try:
            await listener(ack, body, context)
        except Exception as error:  # noqa: BLE001 - the surface's boundary: nobody gets silence
            await _told(error, ack, body, context)
        await owing.answered(context)

    return heard


async def outside(error: Exception, body: dict[str, Any]) -> None:
    """What went wrong before a listener was called, as Bolt reports it: only the log can tell."""
    kind = body.get("type") or body.get("command")
    log.error("a payload of type %s could not be taken", kind, exc_info=error)


async def _told(
    error: Exception, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
) -> None:
    """Say it where the person looks: in the modal, or only to them where they asked."""
    sentence = _sentence(error)
    origin = payloads.origin(body, workspace_of(context))
    try:
        if ack.response is None and origin.way is Way.FORM:
            await _in_form(ack, body, sentence)
            return
        if ack.response is None:
            await ack()
        if view := view_of(context):
            await screens.shown(context, view, notices.said("Not done", sentence))
        elif origin.user:
            await privately(context, origin, lists.notice(sentence))
    except (RunbotError, OSError) as unheard:
        log.warning("a person could not be told %r: %s", sentence, unheard)


def _sentence(error: Exception) -> str:
    """What happened, in mrkdwn; for what nobody foresaw, a reference that is also in the log."""
    if isinstance(error, RunbotError):
        return text.plain(error.sentence, 2500, people=text.people_in(error.sentence))
    reference = secrets.token_hex(3)
    log.error("unexpected error, reference %s", reference, exc_info=error)
    return (
        "Something went wrong inside Runbot, and it is not your doing. Check with "
        "`/runbook status` whether it took effect before you try again. If it happens again, "
        f"tell whoever runs Runbot this reference, which is in its log: `{reference}`"
    )


async def _in_form(ack: AsyncAck, body: dict[str, Any], sentence: str) -> None:
    """Beside the form's first input, where what was typed stays; else in the form's place."""
    fields = payloads.entered(body)
    if fields:
        errors = {next(iter(fields)): text.clip(sentence, 2000)}
        await ack(response_action="errors", errors=errors)
    else:
        view = budget.modal(notices.said("Not done", sentence))
        await ack(response_action="update", view=view)
