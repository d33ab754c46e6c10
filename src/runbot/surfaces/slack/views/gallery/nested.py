"""Runs that run other runbooks, and runs that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runbot.domain.law import QuestionKind, RunStatus
from runbot.domain.run import Parent, Run
from runbot.domain.runbook import MAX_NAME
from runbot.surfaces.slack.views import lists
from runbot.surfaces.slack.views.gallery.sample import Sample, message
from runbot.surfaces.slack.views.gallery.story import START, Story
from runbot.surfaces.slack.views.gallery.things import Line
from runbot.surfaces.slack.views.nested import Nearby
from runbot.surfaces.slack.views.run import run_message

_LINK: Final = "https://example.slack.com/archives/C0123ABCDE/p1772460120000100"
_LONGEST: Final = "a" * MAX_NAME


@dataclass(frozen=True, slots=True)
class _Behind:
    lock: str
    number: int
    since: datetime | None
    of_runbook: bool = False


@dataclass(frozen=True, slots=True)
class _Lock:
    name: str
    holder: Line | None
    since: datetime | None
    waiting: tuple[Line, ...]
    of_runbook: bool = False


def samples() -> Iterator[Sample]:
    """Everything that a run's message shows of other runs, and who holds what."""
    parent = _under_way(Story())
    for state, below in _below():
        near = Nearby(below=below)
        yield message(f"run with one below, {state}", run_message(parent, near=near))
    near = Nearby(below=[below[0] for _, below in _below()][:5])
    linked = run_message(parent, posts={1: _LINK}, near=near)
    yield message("run with five below and a link", linked)
    pausing = Story()
    _under_way(pausing)
    pausing.pause_asked()
    held = Nearby(below=[_under_way(Story(number=1043))])
    yield message("run that is pausing with one below", run_message(pausing.run, near=held))
    child = _under_way(Story(number=1043)).model_copy(
        update={"parent": Parent(run_id="run_1042", step=1, root_id="run_1042")}
    )
    yield message("run of a step", run_message(child, near=Nearby(parent=1042, root=1041)))
    queued = Story().run
    waits = [
        _Behind("prod-db", 1041, START),
        _Behind("restart-api", 1040, START, of_runbook=True),
        _Behind("cache", 1039, None),
    ]
    yield message("run in the queue", run_message(queued, near=Nearby(behind=waits)))
    many = Nearby(behind=[_Behind(_LONGEST, 10**9, START, of_runbook=True)] * 10)
    yield message("run behind many", run_message(queued, near=many))
    yield from _locks()


def _below() -> Iterator[tuple[str, list[Run]]]:
    yield "about to begin", [Story(number=1043).run]
    yield "running", [_under_way(Story(number=1043))]
    asking = Story(number=1043, manual=[1])
    _under_way(asking)
    asking.asks(1, QuestionKind.MANUAL, "Look at the dashboard")
    yield "waiting for a person", [asking.run]
    proposing = Story(number=1043)
    proposing.begin()
    proposing.proposes(1)
    yield "waiting for approval", [proposing.run]
    for kind in (QuestionKind.FAILURE, QuestionKind.UNKNOWN):
        doubtful = Story(number=1043, name=_LONGEST)
        _under_way(doubtful)
        doubtful.asks(1, kind)
        yield f"asking after {kind}", [_under_way(Story(number=1044)), doubtful.run]
    held = Story(number=1043)
    held.begin()
    held.pause_asked()
    yield "pausing", [held.run]
    held.paused()
    yield "paused", [held.run]
    done = Story(["Once"], number=1043)
    _under_way(done)
    done.succeed(1)
    done.completed()
    yield "ended", [done.run]


def _under_way(story: Story) -> Run:
    story.begin()
    return story.open(1)


def _locks() -> Iterator[Sample]:
    line = Line("run_1041", 1041, RunStatus.RUNNING)
    yield message("locks, none", lists.locks_message([]))
    every = [
        _Lock("prod-db", line, START, (line, line)),
        _Lock("restart-api", line, START, (), of_runbook=True),
        _Lock("cache", None, START, ()),
        _Lock("mail", None, None, (line,)),
    ]
    yield message("locks", lists.locks_message(every))
    long = [_Lock(_LONGEST, line, START, (line,) * 30, of_runbook=True)] * 60
    yield message("locks, many", lists.locks_message(long))
