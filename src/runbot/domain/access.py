"""Who may do what. Until roles are configured: full members, in channels that they are in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict

from runbot.domain.errors import NotAllowed


class ActorKind(StrEnum):
    """What kind of being acted."""

    PERSON = "person"
    AGENT = "agent"
    SYSTEM = "system"
    SCHEDULE = "schedule"
    TOKEN = "token"  # noqa: S105 - a kind of actor, and no secret


class Verb(StrEnum):
    """What somebody may want to do."""

    READ = "read"
    AUTHOR = "author"
    RUN = "run"
    CONTROL = "control"
    ANSWER = "answer"
    APPROVE = "approve"
    MANAGE = "manage"


class Role(StrEnum):
    """What somebody is to Runbot; several at once add up."""

    VIEWER = "viewer"
    RUNNER = "runner"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"


_RUNNER: Final = frozenset({Verb.READ, Verb.RUN, Verb.CONTROL, Verb.ANSWER})
MAY: Final[Mapping[Role, frozenset[Verb]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Verb.READ}),
        Role.RUNNER: _RUNNER,
        Role.EDITOR: _RUNNER | {Verb.AUTHOR},
        Role.APPROVER: frozenset({Verb.READ, Verb.ANSWER, Verb.APPROVE}),
        Role.ADMIN: frozenset(Verb),
    }
)
# Until somebody configures roles.
USUAL: Final = frozenset({Role.EDITOR, Role.APPROVER})

_PHRASES = {
    Verb.READ: "see this",
    Verb.AUTHOR: "write or change runbooks",
    Verb.RUN: "run runbooks",
    Verb.CONTROL: "pause, resume or abort runs",
    Verb.ANSWER: "answer for this run",
    Verb.APPROVE: "approve what runs do",
    Verb.MANAGE: "say who may do what",
}


class Actor(BaseModel):
    """Who acts, as the surface has verified it. `workspace` is the Slack team's id.

    `surface` is the way they came, such as "slash" or "api"; `admin` tells the workspace's own
    administrators, `gone` whom the workspace has deactivated.
    """

    model_config = ConfigDict(frozen=True)

    kind: ActorKind = ActorKind.PERSON
    id: str
    workspace: str
    name: str = ""
    guest: bool = False
    external: bool = False
    bot: bool = False
    admin: bool = False
    gone: bool = False
    surface: str = ""

    @property
    def outsider(self) -> bool:
        """Whether they may do nothing here, whatever roles they were given."""
        return self.gone or self.bot or self.external or self.guest

    @property
    def mention(self) -> str:
        """How Slack's mrkdwn names them."""
        return f"<@{self.id}>" if self.kind is ActorKind.PERSON else (self.name or self.id)


RUNBOT = "runbot"


def runbot(workspace: str) -> Actor:
    """Runbot itself, for what no person or agent did."""
    return Actor(kind=ActorKind.SYSTEM, id=RUNBOT, workspace=workspace, name="Runbot")


def require(
    actor: Actor,
    verb: Verb,
    *,
    workspace: str,
    in_channel: bool = True,
    roles: frozenset[Role] = USUAL,
) -> None:
    """Refuse with `NotAllowed` unless the actor may do this.

    `workspace` is the one that the thing belongs to; `in_channel` tells whether the
    actor is a member of the channel concerned (True where no channel is concerned).
    `roles` are the actor's; those of Runbot itself don't matter.
    """
    if actor.workspace != workspace:
        raise NotAllowed("This belongs to another workspace.", do="Use Runbot in that workspace.")
    if actor.kind is ActorKind.SYSTEM:
        return
    phrase = _PHRASES[verb]
    _full_member(actor, phrase)
    if not any(verb in MAY[role] for role in roles):
        able = " or ".join(role for role in Role if verb in MAY[role])
        raise NotAllowed(
            f"You may not {phrase} here: that takes the role {able}.",
            do="Ask an admin of Runbot for it; /runbook roles tells who they are.",
        )
    if not in_channel:
        raise NotAllowed(
            f"Only members of the run's channel may {phrase}.", do="Join the channel first."
        )


def _full_member(actor: Actor, phrase: str) -> None:
    if actor.gone:
        raise NotAllowed(f"People who were deactivated may not {phrase}.")
    if actor.bot:
        raise NotAllowed(f"Apps and bots may not {phrase}.", do="A person has to do it.")
    if actor.external:
        raise NotAllowed(
            f"People from other workspaces may not {phrase} here.",
            do="Ask a member of this workspace.",
        )
    if actor.guest:
        raise NotAllowed(
            f"Guests may not {phrase}.", do="Ask a full member of this workspace to do it."
        )
