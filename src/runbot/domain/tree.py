"""What people decide about runs that belong together: it goes down, and where it must, up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.law import RunMove, RunStatus, may
from runbot.domain.run import Change, Run


@dataclass(frozen=True, slots=True)
class Tree:
    """A run, with those above it and those below it that haven't ended.

    `above` begins with the outermost one, `below` with the one that the run's own step runs.
    """

    above: tuple[Run, ...]
    run: Run
    below: tuple[Run, ...]


def pause(tree: Tree, *, by: Actor, at: datetime) -> list[Change]:
    """Ask the run for a pause, and every run below it: they hold at their own next boundary."""
    active = (
        run
        for run in tree.below
        if may(run.status, RunMove.REQUEST_PAUSE) and run.pause_requested_by is None
    )
    return [progress.request_pause(run, by=by, at=at) for run in (tree.run, *active)]


def resume(tree: Tree, *, by: Actor, at: datetime) -> list[Change]:
    """Let everything go on that is paused or pausing, below the run and above it.

    A run doesn't go on while one that it belongs to says that it is paused. Refused where
    nothing of it all is paused, or the run has ended.
    """
    line = (*tree.above, tree.run, *tree.below)
    held = [run for run in line if run.status is RunStatus.PAUSED or run.pause_requested_by]
    wanted = [tree.run] if tree.run.ended or not held else held
    return [progress.resume(run, by=by, at=at) for run in wanted]


def abort(
    tree: Tree, *, by: Actor, at: datetime, how: Callable[[Run], Change] | None = None
) -> list[Change]:
    """End everything at once: the run, those that it belongs to, and all below.

    `how` ends the run itself, such as the answer to its question; refused where it has ended.
    """
    doubts: list[str] = []
    changes: list[Change] = []
    for run in reversed((*tree.above, tree.run, *tree.below)):
        if how is not None and run.id == tree.run.id:
            changes.append(how(run))
        else:
            changes.append(progress.abort(run, by=by, at=at, doubts=_nearest_first(doubts)))
        if doubt := progress.in_doubt(run):
            doubts.append(f"run {run.number}: {doubt}")
    return changes


def _nearest_first(doubts: Sequence[str]) -> tuple[str, ...]:
    return tuple(reversed(doubts))
