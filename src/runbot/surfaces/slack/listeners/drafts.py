"""The buttons of a runbook's card."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from runbot.surfaces.slack import about_runbooks, about_runs, payloads, screens
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.commands import Request, Word
from runbot.surfaces.slack.desk import visit, workspace_of
from runbot.surfaces.slack.views import drafts
from runbot.surfaces.slack.views.controls import read_seen


def register(app: AsyncApp) -> None:
    """One listener per button."""
    app.action(drafts.PUBLISH)(publish)
    app.action(drafts.EDIT)(edit)
    app.action(drafts.RUN)(run)
    app.action(drafts.DISCARD)(discard)
    app.action(drafts.SHOW_ALL)(show_all)


@guarded
async def publish(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Publish what the card shows, or say what is still open or was saved meanwhile."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    runbook, shown = read_seen(click.value)
    asked = Request(Word.PUBLISH, reference=runbook)
    await about_runbooks.publish(await visit(context, click.origin), asked, shown=shown)


@guarded
async def edit(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the form."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    runbook, _ = read_seen(click.value)
    await about_runbooks.open_editor(await visit(context, click.origin), runbook)


@guarded
async def run(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the form that starts a run here, with what each step will do."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    runbook, _ = read_seen(click.value)
    await about_runs.open_form(guest, runbook, {}, channel=click.origin.channel)


@guarded
async def discard(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Archive the draft."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    runbook, _ = read_seen(click.value)
    asked = Request(Word.ARCHIVE, reference=runbook)
    await about_runbooks.archive(await visit(context, click.origin), asked)


@guarded
async def show_all(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open every step of a long card."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    runbook, _ = read_seen(click.value)
    guest = await visit(context, click.origin)

    async def build() -> View:
        return drafts.whole_card(await guest.desk.runbooks.show(guest.actor, runbook))

    await screens.opened(context, click.trigger, "All steps", build)
