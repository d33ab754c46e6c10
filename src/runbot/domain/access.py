"""Who may do what. Until roles are configured: full members, in channels that they are in."""

from __future__ import annotations

from enum import StrEnum

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


_PHRASES = {
    Verb.READ: "see this",
    Verb.AUTHOR: "write or change runbooks",
    Verb.RUN: "run runbooks",
    Verb.CONTROL: "pause, resume or abort runs",
    Verb.ANSWER: "answer for this run",
}


class Actor(BaseModel):
    """Who acts, as the surface has verified it. `workspace` is the Slack team's id.

    `surface` is the way they came, such as "slash" or "api"; `admin` tells the workspace's own
    administrators.
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
    surface: str = ""

    @property
    def mention(self) -> str:
        """How Slack's mrkdwn names them."""
        return f"<@{self.id}>" if self.kind is ActorKind.PERSON else (self.name or self.id)


RUNBOT = "runbot"


def runbot(workspace: str) -> Actor:
    """Runbot itself, for what no person or agent did."""
    return Actor(kind=ActorKind.SYSTEM, id=RUNBOT, workspace=workspace, name="Runbot")


def require(actor: Actor, verb: Verb, *, workspace: str, in_channel: bool = True) -> None:
    """Refuse with `NotAllowed` unless the actor may do this.

    `workspace` is the one that the thing belongs to; `in_channel` tells whether the
    actor is a member of the channel concerned (True where no channel is concerned).
    """
    if actor.workspace != workspace:
        raise NotAllowed("This belongs to another workspace.", do="Use Runbot in that workspace.")
    if actor.kind is ActorKind.SYSTEM:
        return
    phrase = _PHRASES[verb]
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
    if not in_channel:
        raise NotAllowed(
            f"Only members of the run's channel may {phrase}.", do="Join the channel first."
        )
