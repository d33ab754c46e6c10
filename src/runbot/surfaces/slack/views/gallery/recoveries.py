"""What follows a failure: waits, runs whose time was over, runs that continue or clean up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from runbot.domain import continuing
from runbot.domain.law import QuestionKind, RunStatus
from runbot.domain.run import Part, Run, Trigger
from runbot.domain.runbook import MAX_STEPS
from runbot.surfaces.slack.views.changing import MOST, change_modal
from runbot.surfaces.slack.views.gallery.sample import Sample, message, view
from runbot.surfaces.slack.views.gallery.story import BEN, Story
from runbot.surfaces.slack.views.run import run_message

_LINK: Final = "https://example.slack.com/archives/C0123ABCDE/p1772460120000100"


@dataclass(frozen=True, slots=True)
class _Follower:
    number: int
    part: Part
    status: RunStatus
    step: int | None
    steps: int


@dataclass(frozen=True, slots=True)
class _Argument:
    name: str
    kind: str
    description: str
    required: bool


def recoveries() -> Iterator[Sample]:
    """Everything that shows what follows a failure."""
    waiting = Story(retries=3)
    waiting.begin()
    waiting.open(1)
    waiting.breaks(1)
    yield message("run, waiting before another try", run_message(waiting.run))
    waiting.pause_asked()
    waiting.paused()
    yield message("run, paused before another try", run_message(waiting.run))
    late = Story(limit=7200)
    late.begin()
    late.open(1)
    late.times_out()
    yield message("run, its time was over", run_message(late.run))
    ended = _failed().run
    for status in RunStatus:
        going_on = status in {RunStatus.RUNNING, RunStatus.WAITING}
        after = [
            _Follower(1043, Part.CLEANUP, status, 1 if going_on else None, 2),
            _Follower(1044, Part.MAIN, status, 2 if going_on else None, 3),
        ]
        made = run_message(ended, after=after, links={1043: _LINK})
        yield message(f"run that failed, followed by runs that are {status}", made)
    before = _Follower(1042, Part.MAIN, RunStatus.FAILED, None, 3)
    yield message("run that continues another", run_message(_continued(ended), before=before))
    cleaning = ended.model_copy(update={"part": Part.CLEANUP, "trigger": Trigger.CLEANUP})
    yield message("clean-up", run_message(cleaning, before=before, links={1042: _LINK}))
    yield from _changes()


def _failed() -> Story:
    made = Story()
    made.begin()
    made.does(1)
    made.open(2)
    made.breaks(2)
    made.gives_up(2, stop=True)
    return made


def _continued(old: Run) -> Run:
    return continuing.continuation(
        old,
        id_="run_1045",
        by=BEN,
        trigger=Trigger.BUTTON,
        at=old.ended_at or old.created_at,
        safe=lambda _: True,
    ).model_copy(update={"number": 1045})


def _changes() -> Iterator[Sample]:
    asking = Story(["Write to <@UBEN> & *all*"])
    asking.begin()
    asking.open(1)
    asking.asks(1, QuestionKind.FAILURE)
    asked = asking.run.question.id if asking.run.question else ""
    takes = [
        _Argument("to", "text", "Who gets it", required=True),
        _Argument("retries", "whole number", "", required=False),
        _Argument("url", "text", "x" * 500, required=False),
    ]
    held: dict[str, JsonValue] = {
        "to": "oncall@example.com",
        "retries": 3,
        "body": "first line\nsecond",
        "more": [1, "a"],
    }
    yield view("form, change and retry", change_modal(asked, asking.run, held, takes))
    refused = change_modal(
        asked, asking.run, held, takes, typed={"argument.to": "nobody"}, notice="to is no address."
    )
    yield view("form, change and retry, refused", refused)
    many = [_Argument(f"a{n}" * 40, "text", "d" * 400, required=True) for n in range(60)]
    full: dict[str, JsonValue] = {"long": "x" * (MOST + 1)}
    full.update((one.name, "<&🚨" * (MOST // 5)) for one in many)
    large = Story(["x"] * MAX_STEPS)
    yield view(
        "form, change and retry, all at its limits", change_modal("q", large.run, full, many)
    )
