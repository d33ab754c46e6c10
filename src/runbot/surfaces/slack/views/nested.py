"""Runs in words that say something of other runs: what is below, and what is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runbot.domain.law import QuestionKind, RunStatus
from runbot.domain.run import Event, Run
from runbot.surfaces.slack.views import words
from runbot.surfaces.slack.views.shapes import Behind
from runbot.surfaces.slack.views.text import line, when

_SHOWN: Final = 3  # of what a queued run waits for


@dataclass(frozen=True, slots=True)
class Nearby:
    """What a run's message shows of other runs.

    `below` is the line of runs that are under way below it, the nearest first, `behind` what it
    waits for before it begins. `parent` and `root` are the numbers of the run whose step it is
    and of the outermost one; None where it is nobody's step.
    """

    below: Sequence[Run] = ()
    behind: Sequence[Behind] = ()
    parent: int | None = None
    root: int | None = None

    @property
    def asking(self) -> Run | None:
        """The run below that asks people something."""
        last = self.below[-1] if self.below else None
        return last if last and words.open_question(last) else None


ALONE: Final = Nearby()


def headline(run: Run, near: Nearby, last: Event | None = None) -> str:
    """The run's state in a few words; what a run below it waits for is what it waits for."""
    if run.status is RunStatus.QUEUED and near.behind:
        return f"Queued behind run {near.behind[0].number}"
    if near.asking and run.status is RunStatus.RUNNING and not run.pause_requested_by:
        return f"{words.headline(near.asking)} (run {near.asking.number})"
    return words.headline(run, last)


def progress(below: Sequence[Run]) -> str:
    """The run that a step runs, on one line: "runs restart-api · run 1043 · step 2 of 4"."""
    nearest = below[0]
    return f"runs {line(nearest.name, 100)} · run {nearest.number} · {_standing(below)}"


def _standing(below: Sequence[Run]) -> str:
    nearest, last = below[0], below[-1]
    if nearest.ended:
        return words.outcome(nearest)
    current = nearest.current
    place = f"step {current.number} of {len(nearest.steps)}" if current else "last step done"
    match nearest.status:
        case RunStatus.QUEUED:
            return "about to begin"
        case RunStatus.PAUSED:
            return f"paused at {place}"
        case _ if nearest.pause_requested_by:
            return f"pausing, {place}"
    waited = _waited_for(last)
    where = f" in run {last.number}" if waited and last is not nearest else ""
    return f"{place}, {waited}{where}" if waited else place


def _waited_for(run: Run) -> str:
    asked = run.question
    match words.open_question(run):
        case QuestionKind.MANUAL if asked:
            return f"waiting for {words.assignee(run, asked.step)}"
        case QuestionKind.APPROVAL:
            return "waiting for approval"
        case QuestionKind.FAILURE:
            return "failed, waiting for a choice"
        case QuestionKind.UNKNOWN:
            return "outcome unknown, waiting for a choice"
        case _:
            return f"paused in run {run.number}" if run.status is RunStatus.PAUSED else ""


def queue(behind: Sequence[Behind]) -> str:
    """What a queued run waits for, as a sentence."""
    said = [_behind(one) for one in behind[:_SHOWN]]
    if (left := len(behind) - _SHOWN) > 0:
        said.append(f"{left} more")
    return f"Queued behind {', and '.join(said)}."


def _behind(one: Behind) -> str:
    lock = line(one.lock, 100)
    if one.since is None:
        return f"run {one.number}, which came first for {lock}"
    since = when(one.since)
    if one.of_runbook:
        return f"run {one.number}: {lock} runs one at a time, and that one since {since}"
    return f"run {one.number}, which holds {lock} since {since}"


def last_thing(run: Run, near: Nearby, last: Event | None = None) -> str:
    """What happened last that a reader should know, or nothing."""
    if run.status is RunStatus.QUEUED and near.behind:
        return queue(near.behind)
    if run.pause_requested_by and near.below and not run.ended:
        by = run.pause_requested_by.mention
        return f"Pause asked by {by}: takes effect when run {near.below[-1].number} holds."
    return words.last_thing(run, last)


def origin(run: Run, near: Nearby) -> str:
    """Where the run comes from, and whose step it is."""
    said = words.origin(run)
    if run.parent is None or near.parent is None:
        return said
    return f"Step {run.parent.step} of run {near.parent} · {said}"
