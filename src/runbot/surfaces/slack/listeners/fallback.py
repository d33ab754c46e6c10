"""What no other listener takes: old buttons and unknown commands get an answer, not silence."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from runbot.surfaces.slack import payloads
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.desk import workspace_of
from runbot.surfaces.slack.listeners import forms
from runbot.surfaces.slack.replies import privately
from runbot.surfaces.slack.views import lists

_ANY: Final = re.compile(".*", re.DOTALL)


def register(app: AsyncApp) -> None:
    """Everything of every kind; registered after all others."""
    app.action(_ANY)(clicked)
    app.command(_ANY)(commanded)
    app.view(_ANY)(submitted)
    app.view_closed(_ANY)(closed)
    app.shortcut(_ANY)(shortcut)
    app.event(_ANY)(happened)


@guarded
async def clicked(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """A button that this Runbot doesn't know."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    if click.modal:
        # A picker inside a form: its value comes with the form.
        return
    await privately(
        context,
        click.origin,
        lists.notice(
            "This button is from another version of Runbot, so nothing was done. "
            "`/runbook status` and `/runbook list` show how things stand."
        ),
    )


@guarded
async def commanded(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """A command of the app's configuration that isn't Runbot's."""
    await ack()
    command = payloads.command(body, workspace_of(context))
    await privately(
        context,
        command.origin,
        lists.notice("Runbot answers to `/runbook`. `/runbook help` shows everything."),
    )


@guarded
async def submitted(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """A form that this Runbot doesn't know, or that its own listener was late to take."""
    await ack()
    sent = payloads.submission(body, workspace_of(context))
    said = "This form is from another version of Runbot, so nothing was done."
    if forms.known(sent.callback):
        # Bolt goes on to the next listener where the first one was late: it may be at work.
        said = (
            "Runbot was slow to take this form, and it may have been done all the same. "
            "`/runbook status` and `/runbook list` show how things stand: look there before "
            "you send it again."
        )
    await privately(context, sent.origin, lists.notice(said))


async def closed(ack: AsyncAck) -> None:
    """A form that was closed leaves nothing to do."""
    await ack()


@guarded
async def shortcut(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """A shortcut of the app's configuration that Runbot doesn't have."""
    await ack()
    await privately(
        context,
        payloads.origin(body, workspace_of(context)),
        lists.notice("Runbot has no such shortcut. `/runbook help` shows everything."),
    )


async def happened() -> None:
    """An event that is subscribed to and needs nothing."""
