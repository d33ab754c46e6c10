"""The run that a step runs: made of the version that was pinned and of its parent's values."""

from __future__ import annotations

import hashlib
from datetime import datetime

from runbot.domain.continuing import SafeToRepeat, continuation, stopped_at
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
    safe: SafeToRepeat,
) -> Run:
    """The run that the step's open attempt runs, with the attempt's arguments as its values.

    Where `earlier`, the run of the step's try before, came to some of its steps and failed or
    was aborted, this one goes on from there. `InvalidInput` where the runbook doesn't take these
    values. It holds no lock itself: its outermost run holds them for all of them.
    """
    attempt = parent.step(number).attempts[-1]
    given = {name: str(value) for name, value in attempt.arguments.items()}
    content = version.content
    values = check(content.parameters, given)
    id_ = child_id(parent.id, number, attempt.number)
    belongs = Parent(run_id=parent.id, step=number, root_id=parent.root_id)
    if earlier and _can_go_on(earlier, version, values):
        return continuation(
            earlier,
            id_=id_,
            by=parent.started_by,
            trigger=Trigger.PARENT,
            at=at,
            safe=safe,
            parent=belongs,
            channel=parent.channel,
        )
    return Run(
        id=id_,
        number=0,
        workspace=parent.workspace,
        runbook_id=version.runbook_id,
        name=called,
        version=version.number,
        content=content,
        values=values,
        channel=parent.channel,
        trigger=Trigger.PARENT,
        started_by=parent.started_by,
        agent=version.agent,
        steps=tuple(RunStep(number=n) for n in range(1, len(content.steps) + 1)),
        parent=belongs,
        pins=parent.pins,
        created_at=at,
    )


def _can_go_on(earlier: Run, version: Version, values: dict[str, str]) -> bool:
    """Whether it did the same with the same values, and has something left to do."""
    same = (earlier.runbook_id, earlier.version) == (version.runbook_id, version.number)
    return same and earlier.values == values and stopped_at(earlier) is not None
