"""Home: published when somebody looks, and again after what they do there."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from runbot.domain.errors import InvalidInput, NotAllowed
from runbot.surfaces.slack import about_runbooks, about_runs, payloads, screens
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.commands import Request, Word
from runbot.surfaces.slack.desk import Visit, visit, workspace_of
from runbot.surfaces.slack.payloads import Click
from runbot.surfaces.slack.views import drafts, home, lists, waiting
from runbot.surfaces.slack.views.controls import read_seen


def register(app: AsyncApp) -> None:
    """The event, and Home's own buttons."""
    app.event("app_home_opened")(opened)
    app.action(home.NEW)(new)
    app.action(home.NEXT)(page)
    app.action(home.PREVIOUS)(page)
    app.action(home.MENU)(menu)


@guarded
async def opened(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Draw Home for whoever looks at it."""
    await ack()
    looked = payloads.home_opened(body, workspace_of(context))
    if looked.tab == "home":
        await _publish(await visit(context, looked.origin))


@guarded
async def new(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the form for a new runbook."""
    await ack()
    click = payloads.click(body, workspace_of(context))

    async def build() -> View:
        # Asking who it is may take longer than a modal can be opened after the click.
        return await about_runbooks.blank(await visit(context, click.origin))

    await screens.opened(context, click.trigger, "New runbook", build)


@guarded
async def page(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Turn the list's page."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    await _publish(await visit(context, click.origin), offset=payloads.whole(click.value))


@guarded
async def menu(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Do what was chosen in a runbook's menu."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    word, _, seen = click.value.partition(":")
    runbook, shown = read_seen(seen)
    desk, actor = guest.desk, guest.actor
    match word:
        case "run":
            await about_runs.open_form(guest, runbook, {}, channel="")
        case "edit":
            await about_runbooks.open_editor(guest, runbook)
        case "show":

            async def whole() -> View:
                return drafts.whole_card(await desk.runbooks.show(actor, runbook))

            await screens.opened(context, click.trigger, "All steps", whole)
        case "history":

            async def past() -> View:
                lines = await desk.runs.history(actor, runbook, limit=about_runs.HISTORY)
                return lists.history_modal(lines)

            await screens.opened(context, click.trigger, "History", past)
        case "publish":
            asked = Request(Word.PUBLISH, reference=runbook)
            try:
                await about_runbooks.publish(guest, asked, shown=shown)
            finally:
                await _publish(guest)
        case "archive":
            await about_runbooks.archive(guest, Request(Word.ARCHIVE, reference=runbook))
            await _publish(guest)
        case _:
            raise InvalidInput(
                "This menu is from an older Runbot.", do="Open Home again and choose once more."
            )


async def refreshed(guest: Visit, click: Click) -> None:
    """Redraw Home after a click on it; a click elsewhere redraws nothing here."""
    if click.view and not click.modal:
        await _publish(guest)


async def _publish(guest: Visit, *, offset: int = 0) -> None:
    async def build() -> View:
        try:
            going_on = await guest.desk.runs.going_on(guest.actor)
        except NotAllowed as refused:
            return home.closed(refused.sentence)
        listed = await guest.desk.runbooks.listing(
            guest.actor, limit=home.PAGE_SIZE + 1, offset=offset
        )
        mine = await guest.desk.runs.waiting_for(guest.actor)
        return home.home(
            going_on,
            listed[: home.PAGE_SIZE],
            offset=offset,
            more=len(listed) > home.PAGE_SIZE,
            verbs=await guest.desk.rights.verbs(guest.actor),
            waiting=waiting.waiting_lines(mine, await about_runs.links(guest, mine)),
        )

    await screens.home_published(guest.context, guest.actor.id, build)
