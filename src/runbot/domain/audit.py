"""What the audit log of a workspace says: who did what to which thing, or was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runbot.domain.access import Actor, ActorKind, runbot
from runbot.domain.redaction import redacted, redacted_text, redacted_values, secret_values
from runbot.domain.run import Event, EventKind, Run

MAX_DETAIL: Final = 500  # characters; the run's own timeline has the whole of it
START: Final = "start"
END: Final = "end"


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"


class Deed(BaseModel):
    """One line of the audit log, before it has its place in the chain.

    `object` is the id of what was changed, or what the person named where it was refused.
    `detail` is a sentence's worth of text, `facts` what a program reads. Neither holds a
    secret.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    actor: Actor
    verb: str
    object: str
    detail: str = ""
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    outcome: Outcome = Outcome.DONE

    @property
    def workspace(self) -> str:
        """Whose log it belongs in."""
        return self.actor.workspace


# What a person does to a run, by the event that tells it.
_VERBS: Final[Mapping[EventKind, str]] = {
    EventKind.PAUSE_REQUESTED: "pause",
    EventKind.PAUSE_WITHDRAWN: "resume",
    EventKind.RESUMED: "resume",
    EventKind.ABORTED: "abort",
    EventKind.ANSWERED: "answer",
    EventKind.APPROVED: "approve",
    EventKind.DENIED: "deny",
    EventKind.HANDED_OVER: "hand over",
}
# Of two that one click made, the one that says more.
_SAID_BETTER: Final = frozenset({EventKind.APPROVED, EventKind.DENIED})


def deed(
    actor: Actor,
    verb: str,
    of: str,
    *,
    at: datetime,
    detail: str = "",
    facts: Mapping[str, JsonValue] | None = None,
    outcome: Outcome = Outcome.DONE,
) -> Deed:
    """A line about anything but a run: without secrets, no longer than a line should be."""
    return Deed(
        at=at,
        actor=actor,
        verb=verb,
        object=redacted_text(of)[:MAX_DETAIL],
        detail=redacted_text(detail)[:MAX_DETAIL],
        facts=redacted(facts or {}),
        outcome=outcome,
    )


def started(run: Run, *, head: str) -> Deed:
    """A run begins: what it takes, and `head`, the hash from which its own chain goes on."""
    values: dict[str, JsonValue] = {**redacted_values(run.values)}
    return Deed(
        at=run.created_at,
        actor=run.started_by,
        verb=START,
        object=run.id,
        detail=_recordable(run, f"{_named(run)}, version {run.version}"),
        facts={
            "run": run.number,
            "runbook": run.runbook_id,
            "version": run.version,
            "trigger": run.trigger.value,
            "values": values,
            "head": head,
        },
    )


def ended(run: Run, *, events: int, head: str) -> Deed:
    """A run has ended: how, after how many events, and the hash of the last of them."""
    return Deed(
        at=run.ended_at or run.created_at,
        actor=runbot(run.workspace),
        verb=END,
        object=run.id,
        detail=_recordable(run, f"{_named(run)}: {run.outcome or run.status.value}"),
        facts={"run": run.number, "status": run.status.value, "events": events, "head": head},
    )


def done_to(run: Run, events: Sequence[Event]) -> list[Deed]:
    """What people did to a run, by the events that one change of it brought."""
    better = {(e.at, e.actor.id, e.step) for e in events if e.kind in _SAID_BETTER}
    return [
        Deed(
            at=event.at,
            actor=event.actor,
            verb=_VERBS[event.kind],
            object=run.id,
            detail=_recordable(run, _told(run, event)),
            facts={"run": run.number, **({"step": event.step} if event.step else {})},
        )
        for event in events
        if event.kind in _VERBS
        and event.actor.kind is not ActorKind.SYSTEM
        and not (
            event.kind is EventKind.ANSWERED and (event.at, event.actor.id, event.step) in better
        )
    ]


def _named(run: Run) -> str:
    return f"Run {run.number} of {run.name}"


def _told(run: Run, event: Event) -> str:
    where = f"{_named(run)}, step {event.step}" if event.step else _named(run)
    return f"{where}: {event.detail}" if event.detail else where


def _recordable(run: Run, text: str) -> str:
    return redacted_text(text, secret_values(run.values))[:MAX_DETAIL]
