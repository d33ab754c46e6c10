"""Runbooks that run each other: what is pinned, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runbot.domain import nesting
from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct, Overlap
from runbot.domain.errors import InvalidInput, Refused
from runbot.domain.nesting import MAX_BELOW, MAX_DEPTH, Called
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.run import Pin
from runbot.domain.runbook import (
    AnswerKind,
    Content,
    ManualPlan,
    OpenQuestion,
    Runbook,
    RunbookPlan,
    RunbookStatus,
    Step,
    Version,
)

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA = Actor(id="UANA", workspace="T1", name="ana")
BY_HAND = Step(instruction="Look at it", plan=ManualPlan())


def runs_book(name: str, **given: str) -> Step:
    plan = RunbookPlan(runbook=name, parameters=given)
    return Step(instruction=f"Run the runbook {name}", plan=plan)


def called(
    name: str,
    *steps: Step,
    number: int = 1,
    status: RunbookStatus = RunbookStatus.PUBLISHED,
    parameters: tuple[Parameter, ...] = (),
    conduct: Conduct | None = None,
) -> tuple[str, Called]:
    """A runbook by its name; a draft has no published version."""
    published = number if status is not RunbookStatus.DRAFT else None
    runbook = Runbook(
        id=f"rb_{name}",
        workspace="T1",
        name=name,
        status=status,
        latest=number,
        published=published,
        created_by=ANA,
        created_at=NOW,
    )
    content = Content(
        steps=steps or (BY_HAND,), parameters=parameters, conduct=conduct or Conduct()
    )
    version = Version(
        runbook_id=runbook.id,
        number=number,
        content=content,
        created_by=ANA,
        created_at=NOW,
        agent="rules",
    )
    return name, Called(runbook, version if published else None)


def pinned(*steps: Step, **found: Called) -> dict[str, Pin]:
    return nesting.pinned("above", Content(steps=steps), found)


def test_every_runbook_below_is_pinned_once_at_its_published_version() -> None:
    found = dict(
        [
            called("a", runs_book("b"), runs_book("c"), number=3),
            called("b", runs_book("c"), number=7),
            called("c", number=2),
        ]
    )
    pins = nesting.pinned("above", Content(steps=(runs_book("a"), runs_book("a"))), found)
    assert {name: pin.version for name, pin in pins.items()} == {"a": 3, "b": 7, "c": 2}
    assert pins["b"].runbook_id == "rb_b"


def test_what_a_clean_up_runs_is_pinned_as_well() -> None:
    content = Content(steps=(BY_HAND,), cleanup=(runs_book("a"),))
    assert list(nesting.pinned("above", content, dict([called("a")]))) == ["a"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "Step 1 of above runs a, and there is no runbook of that name"),
        (dict([called("a", status=RunbookStatus.DRAFT)]), "isn't published yet"),
        (dict([called("a", status=RunbookStatus.ARCHIVED)]), "is archived"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_step(found: dict[str, Called], said: str) -> None:
    with pytest.raises(Refused, match=said):
        pinned(runs_book("a"), **found)


@pytest.mark.parametrize(
    ("found", "circle"),
    [
        (dict([called("a", runs_book("above"))]), "above → a → above"),
        (dict([called("a", runs_book("a"))]), "a → a"),
        (
            dict(
                [
                    called("a", runs_book("b")),
                    called("b", runs_book("c")),
                    called("c", runs_book("a")),
                ]
            ),
            "a → b → c → a",
        ),
    ],
)
def test_a_circle_is_named(found: dict[str, Called], circle: str) -> None:
    with pytest.raises(Refused) as refused:
        pinned(runs_book("a"), **found)
    assert f"in a circle: {circle}." in refused.value.sentence


def line(length: int) -> dict[str, Called]:
    names = [f"r{n}" for n in range(1, length + 1)]
    steps = [(runs_book(name),) for name in names[1:]] + [(BY_HAND,)]
    return dict(called(name, *of) for name, of in zip(names, steps, strict=True))


def test_five_below_the_first_are_taken_and_a_sixth_is_refused() -> None:
    assert len(pinned(runs_book("r1"), **line(MAX_DEPTH))) == MAX_DEPTH
    with pytest.raises(Refused, match="above → r1 → r2 → r3 → r4 → r5 → r6 is nested too deep"):
        pinned(runs_book("r1"), **line(MAX_DEPTH + 1))


def test_a_runbook_that_was_looked_into_before_still_counts_for_the_depth() -> None:
    """It is shallow where it was met first, and too deep on the way that comes later."""
    found = line(MAX_DEPTH) | dict([called("detour", runs_book("r1"))])
    with pytest.raises(Refused, match="above → detour → r1"):
        pinned(runs_book("r1"), runs_book("detour"), **found)


def test_many_ways_to_the_same_runbooks_are_walked_once() -> None:
    """A hundred steps that each run the next one, five deep: ten thousand million ways."""
    names = [f"r{n}" for n in range(1, MAX_DEPTH + 1)]
    found: dict[str, Called] = {}
    for name, below in zip(names, [*names[1:], None], strict=True):
        steps = [runs_book(below)] * 100 if below else [BY_HAND]
        found.update([called(name, *steps)])
    assert list(pinned(*[runs_book("r1")] * 100, **found)) == names


def test_more_runbooks_than_a_run_can_hold_are_refused() -> None:
    found = dict(called(f"r{n}") for n in range(MAX_BELOW + 1))
    with pytest.raises(Refused, match=f"more than {MAX_BELOW} other runbooks"):
        pinned(*(runs_book(name) for name in found), **found)


def test_values_are_checked_as_far_as_they_are_known() -> None:
    parameters = (
        Parameter(name="many", type=ParameterType.INTEGER),
        Parameter(name="where", default="here"),
    )
    found = dict([called("a", parameters=parameters)])
    assert pinned(runs_book("a", many="{{n}}"), **found)
    assert pinned(runs_book("a", many="3", where="there"), **found)
    for given, said in (
        ({"many": "lots"}, "many must be a whole number"),
        ({}, "many is needed and has no value"),
        ({"many": "3", "colour": "red"}, "no parameter called colour"),
        ({"many": "{{n}}", "colour": "{{n}}"}, "no parameter called colour"),
    ):
        with pytest.raises(InvalidInput, match=f"Step 1 of above runs a: .*{said}"):
            pinned(runs_book("a", **given), **found)


def test_what_is_still_asked_for_is_no_second_problem() -> None:
    found = dict([called("a", parameters=(Parameter(name="many"),))])
    asked = OpenQuestion(field="many", kind=AnswerKind.TEXT, text="How many?")
    step = runs_book("a").model_copy(update={"questions": (asked,)})
    assert pinned(step, **found)


def test_locks_are_those_of_everything_below_and_of_what_runs_one_at_a_time() -> None:
    own = Content(conduct=Conduct(locks=("prod-db", "cache")))
    below = {
        "rb_a": Content(conduct=Conduct(locks=("cache",), overlap=Overlap.REFUSE)),
        "rb_b": Content(conduct=Conduct(overlap=Overlap.QUEUE)),
        "rb_c": Content(),
    }
    assert nesting.locks(own, "rb_own", below) == (
        "cache",
        "prod-db",
        "runbook:rb_a",
        "runbook:rb_b",
    )
    assert nesting.locked_runbook("runbook:rb_a") == "rb_a"
    assert nesting.locked_runbook("cache") == ""
