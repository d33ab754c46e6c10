"""What every listener works with: the verbs, the people, and the way back to Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from slack_bolt.async_app import AsyncBoltContext

from runbot.domain.access import Actor
from runbot.operations.exporting.exports import Exports
from runbot.operations.recovery import Recovery
from runbot.operations.rights import Rights
from runbot.operations.roles import Roles
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.store.owed import Owed
from runbot.surfaces.slack.directory import Directory
from runbot.surfaces.slack.payloads import Origin
from runbot.surfaces.slack.sending import Sender
from runbot.surfaces.slack.turns import Turns
from runbot.surfaces.slack.views.shapes import ToolLine

_DESK: Final = "runbot.desk"
_VIEW: Final = "runbot.view"


class Inbox(Protocol):
    """What has been seen already, and what is still to be answered."""

    async def first_time(self, workspace: str, key: str) -> bool:
        """Whether this key has not been seen; from then on it has."""
        ...

    async def owe(self, request: Owed) -> bool:
        """Keep a request until it is answered; False where another delivery of it is kept."""
        ...

    async def answered(self, request: Owed) -> None:
        """It was answered."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The collaborators of all listeners. `understands` tells words that ask for a runbook."""

    runbooks: Runbooks
    runs: Runs
    exports: Exports
    rights: Rights
    recovery: Recovery
    roles: Roles
    inbox: Inbox
    sender: Sender
    directory: Directory
    # Tell that a channel's runs, or the one of a message, may not be shown there any more.
    gone: Callable[[str, str, str | None], Awaitable[None]]
    tools: Sequence[ToolLine]
    understands: Callable[[str], bool]
    turns: Turns = field(default_factory=Turns)
    under_way: set[asyncio.Task[object]] = field(default_factory=set)

    async def finish(self, *, grace: float) -> None:
        """Let what was acknowledged already be done, for as long as the grace lasts."""
        waited = self.under_way - {asyncio.current_task()}
        if waited:
            await asyncio.wait(waited, timeout=grace)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person. `here` is the runbook whose card's thread they are in."""

    desk: Desk
    context: AsyncBoltContext
    origin: Origin
    actor: Actor
    here: str | None = None


def put(context: AsyncBoltContext, desk: Desk) -> None:
    """Give the listeners of this request their desk."""
    context[_DESK] = desk


def desk_of(context: AsyncBoltContext) -> Desk:
    """The desk of this request."""
    return cast("Desk", context[_DESK])


async def visit(context: AsyncBoltContext, origin: Origin) -> Visit:
    """The request with the person whom Slack says it comes from, and the way they came."""
    desk = desk_of(context)
    found = await desk.directory.actor(origin.workspace, origin.user)
    actor = found.model_copy(update={"surface": origin.surface})
    return Visit(desk, context, origin, actor)


def workspace_of(context: AsyncBoltContext) -> str:
    """The workspace that Runbot is installed in.

    In a channel shared between workspaces a click names the clicker's own workspace, so
    what the installation says comes first.
    """
    installed = context.authorize_result
    return (installed.team_id if installed else None) or context.team_id or ""


def remember_view(context: AsyncBoltContext, view: str) -> None:
    """The modal that was opened for this request, in which its errors are to be shown."""
    context[_VIEW] = view


def view_of(context: AsyncBoltContext) -> str | None:
    """The modal that was opened for this request, if one was."""
    return cast("str | None", context.get(_VIEW))
