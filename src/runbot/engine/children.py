"""The run that a step runs: made of the version that was pinned and of its parent's values."""

from __future__ import annotations

import hashlib
from datetime import datetime

from runbot.domain.parameters import check
from runbot.domain.run import Parent, Run, RunStep, Trigger
from runbot.domain.runbook import Version


def child_id(parent_id: str, step: int, attempt: int) -> str:
    """Derived, not drawn by lot: one try of one step starts one run, however often it begins."""
    digest = hashlib.sha256(f"{parent_id}\0{step}\0{attempt}".encode()).hexdigest()
    return f"run_{digest[:20]}"


def child_of(
    parent: Run,
    number: int,
    version: Version,
    earlier: Run | None,
    *,
    called: str,
    at: datetime,
) -> Run:
    """The run that the step's open attempt runs, with the attempt's arguments as its values.

    `InvalidInput` where the runbook doesn't take these. It holds no lock itself: its outermost
    run holds them for all of them.
    """
    del earlier
    attempt = parent.step(number).attempts[-1]
    given = {name: str(value) for name, value in attempt.arguments.items()}
    content = version.content
    return Run(
        id=child_id(parent.id, number, attempt.number),
        number=0,
        workspace=parent.workspace,
        runbook_id=version.runbook_id,
        name=called,
        version=version.number,
        content=content,
        values=check(content.parameters, given),
        channel=parent.channel,
        trigger=Trigger.PARENT,
        started_by=parent.started_by,
        agent=version.agent,
        steps=tuple(RunStep(number=n) for n in range(1, len(content.steps) + 1)),
        parent=Parent(run_id=parent.id, step=number, root_id=parent.root_id),
        pins=parent.pins,
        created_at=at,
    )
