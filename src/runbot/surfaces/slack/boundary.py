"""The one error boundary: whatever goes wrong in a listener becomes a sentence for the person."""

from __future__ import annotations

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from runbot.domain.errors import RunbotError
from runbot.surfaces.slack import payloads, screens
from runbot.surfaces.slack.desk import view_of, workspace_of
from runbot.surfaces.slack.payloads import Origin, Way
from runbot.surfaces.slack.replies import privately
from runbot.surfaces.slack.views import budget, lists, notices, text

log = logging.getLogger(__name__)


async def told(
    error: Exception,
    body: dict[str, Any],
    context: AsyncBoltContext,
    response: BoltResponse | None,
) -> BoltResponse | None:
    """Say what happened where the person looks: in the modal, or only to them where they asked.

    `response` is None once Slack has been acknowledged; until then what is returned is
    the acknowledgement, so that Slack shows no error of its own.
    """
    sentence = _sentence(error)
    origin = payloads.origin(body, workspace_of(context))
    try:
        if response is not None and origin.way is Way.FORM:
            return _in_form(body, origin, sentence)
        if view := view_of(context):
            await screens.shown(context, view, notices.said("Not done", sentence))
        elif origin.user:
            await privately(context, origin, lists.notice(sentence))
    except (SlackApiError, RunbotError, OSError) as unheard:
        log.warning("a person could not be told %r: %s", sentence, unheard)
    return BoltResponse(status=HTTPStatus.OK) if response is not None else None


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


def _in_form(body: dict[str, Any], origin: Origin, sentence: str) -> BoltResponse:
    """Beside the form's first input, where what was typed stays; else in the form's place."""
    fields = payloads.submission(body, origin.workspace).values
    if fields:
        answer: dict[str, Any] = {
            "response_action": "errors",
            "errors": {next(iter(fields)): text.clip(sentence, 2000)},
        }
    else:
        view = budget.modal(notices.said("Not done", sentence))
        answer = {"response_action": "update", "view": view}
    return BoltResponse(
        status=HTTPStatus.OK,
        body=json.dumps(answer),
        headers={"content-type": ["application/json"]},
    )
