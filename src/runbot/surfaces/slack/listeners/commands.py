"""`/runbook …`."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from runbot.surfaces.slack import payloads, talk
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.desk import visit, workspace_of


def register(app: AsyncApp) -> None:
    """One command; its words are a grammar of their own."""
    app.command("/runbook")(runbook)


@guarded
async def runbook(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Do what the command's words say."""
    await ack()
    command = payloads.command(body, workspace_of(context))
    await talk.obey(await visit(context, command.origin), command.text)
