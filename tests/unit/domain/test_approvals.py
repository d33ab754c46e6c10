"""What has to be agreed to, what an agreement is good for, and when people are reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain.approvals import ApprovalPolicy, demanded, digest
from runbot.domain.conduct import Approval
from runbot.domain.law import QuestionKind
from runbot.domain.reminding import OVERDUE, next_reminder
from runbot.domain.run import Question, Terms
from runbot.domain.runbook import ManualPlan, Step, ToolPlan

POLICY = ApprovalPolicy()
RISKS = {"drop": "destructive", "look": "read"}
NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)


def step(tool: str, approval: Approval | None = None) -> Step:
    return Step(instruction="x", plan=ToolPlan(tool=tool), approval=approval)


@pytest.mark.parametrize(
    ("tool", "why"),
    [("drop", "drop is destructive"), ("gone", "gone is of unknown risk"), ("look", None)],
)
def test_the_policy_asks_by_the_tools_risk(tool: str, why: str | None) -> None:
    demand = demanded(step(tool), POLICY, RISKS)
    assert (demand.why if demand else None) == why
    assert demand is None or demand.approval == POLICY.approval


def test_what_a_person_does_needs_no_approval_unless_the_step_says_so() -> None:
    manual = Step(instruction="x", plan=ManualPlan())
    assert demanded(manual, POLICY, RISKS) is None
    own = manual.model_copy(update={"approval": Approval(who=("U1",))})
    found = demanded(own, POLICY, RISKS)
    assert found is not None
    assert found.approval.who == ("U1",)


APPROVALS = st.builds(
    Approval,
    who=st.sampled_from([(), ("U1",), ("S1", "everyone")]),
    count=st.integers(1, 5),
    four_eyes=st.booleans(),
    expires=st.floats(60, 10**6),
)
POLICIES = st.builds(
    ApprovalPolicy,
    count=st.integers(1, 5),
    four_eyes=st.booleans(),
    expires=st.floats(60, 10**6),
)


@given(own=APPROVALS, policy=POLICIES)
def test_a_step_asks_for_more_than_the_policy_and_never_for_less(
    own: Approval, policy: ApprovalPolicy
) -> None:
    found = demanded(step("drop", own), policy, RISKS)
    assert found is not None
    asked = found.approval
    assert asked.count == max(own.count, policy.count)
    assert asked.four_eyes == (own.four_eyes or policy.four_eyes)
    assert asked.expires == min(own.expires, policy.expires)
    assert asked.who == (own.who or policy.who)
    assert demanded(step("look", own), policy, RISKS) is not None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3)


@given(one=ARGUMENTS, other=ARGUMENTS)
def test_actions_have_the_same_digest_only_where_they_are_the_same(
    one: dict[str, None], other: dict[str, None]
) -> None:
    turned = dict(reversed(one.items()))
    assert digest("t", one) == digest("t", turned)
    assert digest("t", one) != digest("u", one)
    if repr(sorted(one.items(), key=repr)) != repr(sorted(other.items(), key=repr)):
        assert (digest("t", one) == digest("t", other)) <= (one == other)


def asked(kind: QuestionKind, *, lasts: timedelta, due: timedelta | None = None) -> Question:
    terms = Terms(due_at=NOW + due if due else None)
    return Question(
        id="q",
        step=1,
        attempt=1,
        kind=kind,
        text="?",
        asked_at=NOW,
        expires_at=NOW + lasts,
        terms=terms,
    )


def reminders(question: Question) -> list[timedelta]:
    found, after = [], NOW
    while (moment := next_reminder(question, after)) is not None:
        found.append(moment - NOW)
        after = moment
    return found


def test_of_an_approval_people_are_reminded_half_way_and_before_the_end() -> None:
    day = asked(QuestionKind.APPROVAL, lasts=timedelta(hours=24))
    assert reminders(day) == [timedelta(hours=12), timedelta(hours=23)]
    brief = asked(QuestionKind.APPROVAL, lasts=timedelta(minutes=10))
    assert reminders(brief) == [timedelta(minutes=5), timedelta(minutes=9)]


def test_of_a_step_that_is_due_half_way_when_it_is_and_a_few_times_later() -> None:
    question = asked(QuestionKind.MANUAL, lasts=timedelta(days=30), due=timedelta(hours=1))
    due = timedelta(hours=1)
    assert reminders(question) == [due / 2, due, *(due + late for late in OVERDUE)]


@given(lasts=st.integers(1, 10**7), due=st.none() | st.integers(1, 10**7))
def test_reminders_are_few_and_before_the_end(lasts: int, due: int | None) -> None:
    for kind in QuestionKind:
        given_time = timedelta(seconds=due) if due else None
        question = asked(kind, lasts=timedelta(seconds=lasts), due=given_time)
        found = reminders(question)
        assert len(found) <= 2 + len(OVERDUE) + 2
        assert all(timedelta(0) < moment < timedelta(seconds=lasts) for moment in found)
        assert found == sorted(set(found))


def test_a_question_without_a_time_reminds_nobody() -> None:
    assert reminders(asked(QuestionKind.FAILURE, lasts=timedelta(days=30))) == []
    assert reminders(asked(QuestionKind.MANUAL, lasts=timedelta(days=30))) == []
