"""Runs that belong together: a run, those that its steps run, and so on.

Whoever changes several of them holds them all first, the outermost first: so two who do so
at once come one after the other, and never wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from runbot.domain import progress
from runbot.domain.access import Actor, runbot
from runbot.domain.errors import Refused
from runbot.domain.law import RunStatus
from runbot.domain.run import Change, Run
from runbot.domain.runbook import RunbookPlan, Version
from runbot.domain.tree import Tree
from runbot.store import locks, runbooks, runs
from runbot.store.run_lines import UNFINISHED
from runbot.store.tables import RUN


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a run and decides with it what comes next.

    `child` is the run that its step runs, `pausing` who asked for a pause of the run that it
    belongs to, `behind` the runs that it has to wait for before it begins.
    """

    child: Run | None = None
    pausing: Actor | None = None
    behind: tuple[locks.Behind, ...] = ()


def around(s: Session, run: Run, at: datetime) -> Around:
    """What stands around this run, in the transaction that changes it.

    A queued run takes all its locks here, or none where it has to wait.
    """
    if run.status is not RunStatus.QUEUED:
        child = running_child(run)
        return Around(child=runs.load(s, child) if child else None)
    if run.parent is not None:
        return Around(pausing=runs.load(s, run.parent.run_id).pause_requested_by)
    return Around(behind=tuple(locks.take(s, run, at)) if run.locks else ())


def running_child(run: Run) -> str:
    """The id of the run that the current step's open attempt runs; empty where it runs none."""
    return progress.running_child(run.current) if run.current else ""


def held(s: Session, run_id: str) -> Tree:
    """The run with all that belongs to it, none of which anybody else changes meanwhile."""
    root_id = runs.load(s, run_id).root_id
    ids: list[str] = []
    while True:
        # A run that was started while this waited for the one that started it is seen in the
        # next round; nobody can start one below those that are held.
        found = list(
            s.execute(
                select(RUN.c.id)
                .where(or_(RUN.c.id == root_id, RUN.c.root_id == root_id))
                .where(or_(RUN.c.status.in_(UNFINISHED), RUN.c.id == run_id))
                .order_by(RUN.c.number)
                .with_for_update(key_share=True)
            ).scalars()
        )
        if found == ids:
            break
        ids = found
    return _tree({id_: runs.load(s, id_) for id_ in ids}, run_id)


def _tree(found: dict[str, Run], run_id: str) -> Tree:
    run = found[run_id]
    above: list[Run] = []
    while (parent := (above[0] if above else run).parent) and parent.run_id in found:
        above.insert(0, found[parent.run_id])
    return Tree(tuple(above), run, tuple(_below(found, run_id)))


def _below(found: dict[str, Run], run_id: str) -> list[Run]:
    below: list[Run] = []
    for run in found.values():
        if run.parent and run.parent.run_id == run_id:
            below += [run, *_below(found, run.id)]
    return below


def change(s: Session, run_id: str, how: Callable[[Tree], Sequence[Change]]) -> list[Run]:
    """Change several runs that belong together, and return what each became, in their order."""
    made = how(held(s, run_id))
    if any(one.run.owes_cleanup for one in made):
        # A start holds this first, and then the audit log's end, as every change does.
        runs.hold_numbers(s, made[0].run.workspace)
    return [_applied(s, one) for one in made]


def _applied(s: Session, made: Change) -> Run:
    return runs.change(s, made.run.id, lambda _: made)


def cut_off_below(s: Session, run: Run) -> list[Run]:
    """End what an ended run has started and what hasn't ended by itself, the nearest first."""
    if not run.ended or not any(attempt.child for step in run.steps for attempt in step.attempts):
        return []
    ids = s.execute(
        select(RUN.c.id).where(RUN.c.parent_id == run.id, RUN.c.status.in_(UNFINISHED))
    ).scalars()
    why = f"run {run.number} had ended"

    def how(child: Run) -> Change:
        if child.ended:
            return Change(run=child)
        at = run.ended_at or child.created_at
        return progress.abort(child, by=runbot(run.workspace), at=at, why=why)

    ended: list[Run] = []
    for id_ in list(ids):
        child = runs.change(s, id_, how)
        ended += [child, *cut_off_below(s, child)]
    return ended


def start_below(
    s: Session,
    parent_id: str,
    number: int,
    make: Callable[[Run, Version, Run | None], Run],
    at: datetime,
) -> tuple[Run, Run]:
    """Start the run that a step runs, once; what the parent became, and that run.

    `make` makes it of the parent, the version that was pinned, and the run that the step's
    try before this one had come to, where there was one. Refused where the step isn't under
    way any more, or has its run already: so nothing is started for a run that has ended.
    """
    started: list[Run] = []

    def how(parent: Run) -> Change:
        plan = parent.planned(number).plan
        pin = parent.pins.get(plan.runbook) if isinstance(plan, RunbookPlan) else None
        if pin is None:
            raise Refused(f"Step {number} of run {parent.number} runs no runbook that is pinned.")
        version = runbooks.version(s, pin.runbook_id, pin.version)
        child, _ = runs.start(s, make(parent, version, _earlier(s, parent, number)))
        started[:] = [child]
        return progress.take_child(parent, number, child=child, at=at)

    parent = runs.change(s, parent_id, how)
    return parent, started[0]


def _earlier(s: Session, parent: Run, number: int) -> Run | None:
    """The run of the step's latest try that had one; of the run that this one goes on from, too."""
    tries = parent.step(number).attempts
    if not any(attempt.child for attempt in tries) and parent.continues:
        before = runs.load(s, parent.continues)
        tries = before.step(number).attempts if number <= len(before.steps) else ()
    child = next((attempt.child for attempt in reversed(tries) if attempt.child), "")
    return runs.load(s, child) if child else None


def line_below(s: Session, run: Run) -> tuple[Run, ...]:
    """The runs that are under way below this one, the nearest first: each runs the next."""
    found: list[Run] = []
    last = run
    while not last.ended and (child := running_child(last)):
        last = runs.load(s, child)
        found.append(last)
    return tuple(found)


def ancestors(s: Session, run: Run) -> list[str]:
    """The ids of the runs that this one belongs to, the nearest first."""
    found: list[str] = []
    parent = run.parent.run_id if run.parent else None
    while parent is not None:
        found.append(parent)
        parent = s.execute(select(RUN.c.parent_id).where(RUN.c.id == parent)).scalar()
    return found
