"""What the summary of an ended run tells besides its outcome: what didn't go as written, and waits.

Nothing where all of it went as written, so that a short run has a short summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from runbot.domain import spans
from runbot.domain.law import StepStatus
from runbot.domain.run import Event, Run
from runbot.surfaces.slack.views import words
from runbot.surfaces.slack.views.text import SHORTEST, counted, duration

_NAMED: Final = 10  # steps of each kind; the timeline has them all
_WHY: Final = 120


def exceptions(run: Run) -> list[str]:
    """A line for the steps that were skipped, with why, and one for those that failed.

    Why one failed stands in a line of its own in the thread.
    """
    lines = []
    for status, label in ((StepStatus.SKIPPED, "Skipped"), (StepStatus.FAILED, "Failed")):
        steps = [step for step in run.steps if step.status is status]
        if not steps:
            continue
        said = []
        for step in steps[:_NAMED]:
            why = words.evidence(run, step, _WHY) if status is StepStatus.SKIPPED else ""
            said.append(f"step {step.number}" + (f" ({why})" if why else ""))
        if len(steps) > _NAMED:
            said.append(f"{counted(len(steps) - _NAMED, 'more step')}")
        lines.append(f"{label}: {', '.join(said)}.")
    return lines


def waits(run: Run, events: Sequence[Event]) -> list[str]:
    """How long of all that people were waited for, and how long it was paused."""
    if run.ended_at is None:
        return []
    told = (
        (spans.waited(events, until=run.ended_at), "waiting for people"),
        (spans.held(events, until=run.ended_at), "paused"),
    )
    return [
        f"{duration(took.total_seconds())} of it {what}"
        for took, what in told
        if took >= timedelta(seconds=SHORTEST)
    ]
