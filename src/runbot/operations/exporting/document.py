"""What an exported run holds, whatever the format. docs/record.md describes each field.

Nothing secret is in it: values and texts go through the rule that events go through.
`SCHEMA` changes its number when a field changes its meaning or goes; new fields may come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runbot.domain import spans
from runbot.domain.access import Actor
from runbot.domain.redaction import redacted, redacted_text, redacted_values, secret_values
from runbot.domain.run import Attempt, Event, EventKind, Run, RunStep
from runbot.store.artefacts import Artefact
from runbot.store.timelines import Line

SCHEMA: Final = "runbot.run/1"
_OUTCOMES: Final[Mapping[EventKind, str]] = {
    EventKind.STEP_COMPLETE: "complete",
    EventKind.STEP_FAILED: "failed",
    EventKind.STEP_SKIPPED: "skipped",
    EventKind.ATTEMPT_FAILED: "failed",
    EventKind.ATTEMPT_UNKNOWN: "unknown",
    EventKind.APPROVED: "approved",
    EventKind.DENIED: "denied",
    EventKind.EXPIRED: "expired",
    EventKind.COMPLETED: "completed",
    EventKind.FAILED: "failed",
    EventKind.ABORTED: "cancelled",
}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Who(_Model):
    """An actor: what kind of being, and the way they came."""

    kind: str
    id: str
    name: str = ""
    surface: str = ""


class Try(_Model):
    """One attempt of a step."""

    number: int
    status: str
    executor: str
    arguments: dict[str, JsonValue]
    summary: str
    by: Who | None
    child: str
    started_at: datetime
    ended_at: datetime | None


class Done(_Model):
    """One step as it ended or stands."""

    number: int
    instruction: str
    kind: str
    status: str
    summary: str
    reason: str
    started_at: datetime | None
    ended_at: datetime | None
    attempts: tuple[Try, ...]


class Told(_Model):
    """One line of the timeline, with the version and the arguments that it is about."""

    seq: int
    at: datetime
    actor: Who
    event: str
    version: int
    step: int | None
    attempt: int | None
    arguments: dict[str, JsonValue]
    detail: str
    outcome: str
    hash: str


class Kept(_Model):
    """One artefact, without its content."""

    name: str
    media_type: str
    size: int
    sha256: str
    source: str
    created_at: datetime


class Document(_Model):
    """A whole run. Times are UTC; `seconds` are from its first step to its end, or until now."""

    # "schema" is what readers look for; pydantic's models have a method of that name.
    schema_: str = Field(default=SCHEMA, serialization_alias="schema")
    id: str
    number: int
    workspace: str
    runbook: str
    runbook_id: str
    version: int
    part: str
    status: str
    outcome: str
    trigger: str
    started_by: Who
    agent: str
    channel: str
    parent: str
    continues: str
    values: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float
    seconds_waiting_for_people: float
    seconds_paused: float
    steps: tuple[Done, ...]
    timeline: tuple[Told, ...]
    artefacts: tuple[Kept, ...]


def document(
    run: Run, lines: Sequence[Line], artefacts: Sequence[Artefact], *, now: datetime
) -> Document:
    """The run as it is exported; `now` ends what hasn't ended."""
    secrets = secret_values(run.values)
    events = [line.event for line in lines]
    end = run.ended_at or now
    return Document(
        id=run.id,
        number=run.number,
        workspace=run.workspace,
        runbook=run.name,
        runbook_id=run.runbook_id,
        version=run.version,
        part=run.part.value,
        status=run.status.value,
        outcome=redacted_text(run.outcome, secrets),
        trigger=run.trigger.value,
        started_by=_who(run.started_by),
        agent=run.agent,
        channel=run.channel,
        parent=run.parent.run_id if run.parent else "",
        continues=run.continues,
        values=redacted_values(run.values),
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        seconds=max((end - run.started_at).total_seconds(), 0) if run.started_at else 0,
        seconds_waiting_for_people=spans.waited(events, until=end).total_seconds(),
        seconds_paused=spans.held(events, until=end).total_seconds(),
        steps=tuple(_done(run, step, secrets) for step in run.steps),
        timeline=tuple(_told(run, line, secrets) for line in lines),
        artefacts=tuple(_kept(one, secrets) for one in artefacts),
    )


def _who(actor: Actor) -> Who:
    return Who(kind=actor.kind.value, id=actor.id, name=actor.name, surface=actor.surface)


def _done(run: Run, step: RunStep, secrets: Sequence[str]) -> Done:
    planned = run.planned(step.number)
    return Done(
        number=step.number,
        instruction=redacted_text(planned.instruction, secrets),
        kind=planned.plan.kind,
        status=step.status.value,
        summary=redacted_text(step.summary, secrets),
        reason=redacted_text(step.reason, secrets),
        started_at=step.started_at,
        ended_at=step.ended_at,
        attempts=tuple(_try(attempt, secrets) for attempt in step.attempts),
    )


def _try(attempt: Attempt, secrets: Sequence[str]) -> Try:
    return Try(
        number=attempt.number,
        status=attempt.status.value,
        executor=attempt.executor,
        arguments=redacted(attempt.arguments, secrets),
        summary=redacted_text(attempt.summary, secrets),
        by=_who(attempt.by) if attempt.by else None,
        child=attempt.child,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
    )


def _told(run: Run, line: Line, secrets: Sequence[str]) -> Told:
    event = line.event
    return Told(
        seq=line.seq,
        at=event.at,
        actor=_who(event.actor),
        event=event.kind.value,
        version=run.version,
        step=event.step,
        attempt=event.attempt,
        arguments=redacted(event.arguments or _arguments(run, event), secrets),
        detail=redacted_text(event.detail, secrets),
        outcome=_outcome(event),
        hash=line.hash,
    )


def _arguments(run: Run, event: Event) -> Mapping[str, JsonValue]:
    """What the attempt that an event is about does, where the event itself doesn't say it."""
    if event.step is None or event.attempt is None:
        return {}
    attempts = run.step(event.step).attempts
    return next((a.arguments for a in attempts if a.number == event.attempt), {})


def _outcome(event: Event) -> str:
    if event.kind is EventKind.ANSWERED:
        return event.detail.partition(": ")[0]
    return _OUTCOMES.get(event.kind, "")


def _kept(one: Artefact, secrets: Sequence[str]) -> Kept:
    return Kept(
        name=redacted_text(one.name, secrets),
        media_type=one.media_type,
        size=one.size,
        sha256=one.sha256,
        source=redacted_text(one.source, secrets),
        created_at=one.created_at,
    )
