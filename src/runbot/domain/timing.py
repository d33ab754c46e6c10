"""When a run is over at the latest, and when a step that failed is tried again by itself."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from runbot.domain.law import StepStatus
from runbot.domain.run import AttemptStatus, Part, Run
from runbot.domain.runbook import ManualPlan

CLEANUP_TIMEOUT: Final = 3600.0  # seconds; what has hung once may hang its clean-up, too
LONGEST_BACKOFF: Final = 3600.0
# Added at random, never taken off: "after 10 s" isn't before. Spread over a quarter, so that
# runs that failed together don't come back together.
# https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
_JITTER: Final = 0.25
_UNITS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def limit(run: Run) -> float | None:
    """How many seconds the run may take from its first step on, pauses included."""
    conduct = run.content.conduct
    if run.part is Part.CLEANUP:
        return conduct.cleanup_timeout or CLEANUP_TIMEOUT
    return conduct.timeout


def deadline(run: Run) -> datetime | None:
    """When the run is over at the latest; None where it isn't limited or hasn't begun."""
    most = limit(run)
    if most is None or run.started_at is None:
        return None
    return run.started_at + timedelta(seconds=most)


def retry_at(run: Run, number: int) -> datetime | None:
    """When the step is tried again by itself; None where that isn't to come.

    The first wait is the step's `backoff`, each later one twice as long, up to an hour, and
    each up to a quarter longer by chance. The chance is drawn from the run, the step and the
    attempt: whoever asks, and whenever, gets the same moment.
    """
    planned, step = run.planned(number), run.step(number)
    tries = len(step.attempts)
    if (
        run.ended
        or isinstance(planned.plan, ManualPlan)
        or step.status is not StepStatus.RUNNING
        or not 0 < tries <= planned.retries
        or step.attempts[-1].status is not AttemptStatus.FAILED
    ):
        return None
    last = step.attempts[-1]
    wait = min(planned.backoff * 2.0 ** (tries - 1), LONGEST_BACKOFF)
    wait *= 1 + _JITTER * _chance(f"{run.id}:{number}:{tries}")
    return (last.ended_at or last.started_at) + timedelta(seconds=wait)


def _chance(of: str) -> float:
    """A number from 0 to 1, the same one for the same text."""
    return int.from_bytes(hashlib.sha256(of.encode()).digest()[:8]) / 2.0**64


def spoken(seconds: float) -> str:
    """A length of time in words: "2 hours", "90 minutes", "1 second"."""
    count, unit = next(
        (
            (seconds / size, word)
            for size, word in _UNITS
            if seconds >= size and seconds % size == 0
        ),
        (seconds, "second"),
    )
    return f"{count:g} {unit}" + ("" if count == 1 else "s")
