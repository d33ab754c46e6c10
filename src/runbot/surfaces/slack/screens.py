"""Modals and Home: opened while the trigger lives, filled in when the data is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from runbot.domain.errors import RunbotError, Unavailable
from runbot.surfaces.slack.desk import desk_of, remember_view
from runbot.surfaces.slack.refusals import Declined, understood
from runbot.surfaces.slack.views import budget, notices

_TOO_LATE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
HOME_TRIES: Final = 3


async def opened(
    context: AsyncBoltContext,
    trigger: str,
    title: str,
    build: Callable[[], Awaitable[View | dict[str, Any]]],
) -> None:
    """Open a modal at once and fill it when it is built. Errors of `build` show in it."""
    client = _client(context)
    try:
        async with understood():
            answer = await client.views_open(
                trigger_id=trigger, view=budget.modal(notices.loading(title))
            )
    except Declined as refused:
        raise _late(refused) from refused
    except Unavailable as trouble:
        raise Unavailable(
            "Slack did not open the form.", means="Nothing was changed.", do="Press it again."
        ) from trouble
    view_id = answer["view"]["id"]
    remember_view(context, view_id)
    await shown(context, view_id, await build())


async def shown(context: AsyncBoltContext, view_id: str, view: View | dict[str, Any]) -> None:
    """Replace what a modal shows. A modal that was closed meanwhile is left closed."""
    client, made = _client(context), _made(view)

    async def update() -> None:
        await client.views_update(view_id=view_id, view=made)

    try:
        await desk_of(context).sender.repeat(update)
    except Declined as refused:
        if refused.error != "not_found":
            raise


async def home_published(
    context: AsyncBoltContext, user: str, build: Callable[[], Awaitable[View]]
) -> None:
    """Redraw somebody's Home, with fresh data again where another redraw came between."""
    client = _client(context)

    async def publish() -> None:
        await client.views_publish(user_id=user, view=budget.modal(await build()))

    for attempt in range(1, HOME_TRIES + 1):
        try:
            await desk_of(context).sender.repeat(publish)
        except Declined as refused:
            if refused.error == "not_enabled":
                raise Unavailable(
                    "The Home tab is switched off for this app.",
                    do="An administrator can switch it on under App Home in the app's settings.",
                ) from refused
            if refused.error != "hash_conflict" or attempt == HOME_TRIES:
                raise
        else:
            return


def _made(view: View | dict[str, Any]) -> dict[str, Any]:
    return budget.modal(view) if isinstance(view, View) else view


def _client(context: AsyncBoltContext) -> AsyncWebClient:
    client = context.client
    if client is None:
        raise RunbotError("Slack didn't say which workspace this belongs to.")
    return client


def _late(refused: Declined) -> RunbotError:
    if refused.error in _TOO_LATE:
        return Unavailable(
            "Slack waits only three seconds for a form to open, and this took longer.",
            means="Nothing was changed.",
            do="Press it again.",
        )
    return refused
