"""What the display reads and remembers, in Runbot's own database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from runbot.domain.law import RunStatus, StepStatus
from runbot.domain.run import Part, Run
from runbot.domain.runbook import ToolPlan
from runbot.store import artefacts, locks, runs, trees
from runbot.store.database import Database
from runbot.store.outputs import first_sources
from runbot.surfaces.slack.picture import URGENT, Picture, Standing
from runbot.surfaces.slack.sending import Place
from runbot.surfaces.slack.views.nested import Nearby
from runbot.tools.slack_post import SlackPost


class StoredRecords:
    """The rows behind the run messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standings(self, run_ids: Sequence[str]) -> dict[str, Standing]:
        """How these runs stand, in one statement."""
        found = await self._database.read(lambda s: runs.standings(s, run_ids))
        return {
            run_id: Standing(one.status, one.workspace, one.posted, one.held)
            for run_id, one in found.items()
        }

    async def picture(self, run_id: str, *, since: int | None = None) -> Picture:
        """The run and its display, read in one transaction."""
        return await self._database.read(lambda s: _picture(s, run_id, since))

    async def place(self, run_id: str) -> Place | None:
        """Where the run's message stands, if it has one."""
        return await self._database.read(lambda s: _place(s, run_id))

    async def set_message(
        self, run_id: str, place: Place, *, thread: str | None = None, why: str = ""
    ) -> None:
        """Remember where the run's message is, and why there."""
        await self._database.write(
            lambda s: runs.set_message(s, run_id, place.channel, place.ts, thread=thread, why=why),
            step=True,
        )

    async def shown(self, run_id: str, *, revision: int, told: int) -> None:
        """The message shows this revision, and the thread so many events."""

        def both(session: Session) -> None:
            runs.drawn(session, run_id, revision)
            runs.told(session, run_id, told)

        await self._database.write(both, step=True)

    async def shown_in(self, workspace: str, channel: str, ts: str | None) -> list[str]:
        """Runs that go on and whose message stands there."""
        return await self._database.read(lambda s: runs.shown_in(s, workspace, channel, ts))

    async def undrawn(self) -> list[str]:
        """Runs whose message is behind, oldest first."""
        return await self._database.read(runs.undrawn)

    async def artefacts(self, run_id: str) -> list[str]:
        """The names of what was kept with the run, oldest first."""

        def named(session: Session) -> list[str]:
            run = runs.load(session, run_id)
            kept = artefacts.listing(session, run.workspace, run_id=run_id)
            return [one.name for one in reversed(kept)]

        return await self._database.read(named)


def _picture(session: Session, run_id: str, since: int | None) -> Picture:
    run, shown = runs.load_shown(session, run_id)
    # The latest event is part of the message even where the thread has been told of it.
    first = max(shown.told - 1, 0)
    if run.status in URGENT:
        first = 0  # who paused or what asked may have been told long ago; a summary tells it all
    elif since is not None:
        first = min(first, since)
    return Picture(
        run=run,
        events=runs.timeline(session, run_id, after=first),
        first=first,
        message=Place(shown.message.channel, shown.message.ts) if shown.message else None,
        why=shown.message.why if shown.message else "",
        told=shown.told,
        posts=_posts(session, run),
        before=runs.followed(session, run.continues) if run.continues else None,
        after=runs.followers(session, run.id) if run.ended else (),
        children=_children(session, run),
        near=_near(session, run),
        thread=_thread(session, run),
    )


def _thread(session: Session, run: Run) -> Place | None:
    """The thread that the run's message stands in; None where it is one's root, or has none yet."""
    root = run.root_id if run.parent else run.continues if run.part is Part.CLEANUP else ""
    found = runs.message_of(session, root) if root else None
    return Place(found.channel, found.thread) if found else None


def _near(session: Session, run: Run) -> Nearby:
    if run.status is RunStatus.QUEUED and run.locks:
        return Nearby(behind=locks.behind(session, run))
    numbers = runs.numbers(session, (run.parent.run_id, run.root_id)) if run.parent else {}
    return Nearby(
        below=trees.line_below(session, run),
        parent=numbers.get(run.parent.run_id) if run.parent else None,
        root=numbers.get(run.root_id),
    )


def _children(session: Session, run: Run) -> dict[int, Place]:
    ids = {step.number: step.attempts[-1].child for step in run.steps if step.attempts}
    found = {number: _place(session, id_) for number, id_ in ids.items() if id_}
    return {number: place for number, place in found.items() if place}


def _place(session: Session, run_id: str) -> Place | None:
    found = runs.message_of(session, run_id)
    return Place(found.channel, found.ts) if found else None


def _posts(session: Session, run: Run) -> dict[int, str]:
    posted = [
        step.number
        for step in run.steps
        if step.status is StepStatus.COMPLETE and _posts_in_slack(run, step.number)
    ]
    return first_sources(session, run.id, posted) if posted else {}


def _posts_in_slack(run: Run, number: int) -> bool:
    plan = run.planned(number).plan
    return isinstance(plan, ToolPlan) and plan.tool == SlackPost.name
