"""What replies in a runbook's thread set, and which of them are just talk."""

from __future__ import annotations

import pytest

from runbot.agent.rules.replanning import Known, replan
from runbot.agent.rules.setting_replies import Changed, change, is_meant
from runbot.domain.conduct import Approval, Conduct, Overlap
from runbot.domain.errors import InvalidInput
from runbot.domain.runbook import Content, ManualPlan, OnFailure, ToolPlan

NAMES = {"@ben": "U0BEN1", "@sre": "S0SRE1", "#ops": "C0OPS1"}
KNOWN = Known(frozenset({"send_email", "wait"}), names=NAMES)


def content() -> Content:
    said = ("Drain it", "Email a@b.example", "Restart it [timeout 5m]")
    return replan(None, "", (), said, known=KNOWN)


def said(text: str) -> Changed:
    assert is_meant(text)
    return change(content(), text, KNOWN)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("make step 3 wait for approval", "Step 3: approval; timeout 5m"),
        ("step 1: needs approval by @ben", "Step 1: approval by <@U0BEN1>"),
        ("step 1 must be approved by <!subteam^S1AB|@dba>", "Step 1: approval by <!subteam^S1AB>"),
        ("Step 2: retry 3 times", "Step 2: retry 3 times"),
        ("retry step 2 twice", "Step 2: retry 2 times"),
        ("step 1: on failure continue", "Step 1: on failure continue"),
        ("continue if step 1 fails", "Step 1: on failure continue"),
        ("assign step 1 to @ben, due in 30m", "Step 1: assignee <@U0BEN1>; due in 30m"),
        ("step 3: no timeout", "Step 3: nothing is set any more"),
        ("no timeout for step 3", "Step 3: nothing is set any more"),
        ("one at a time", "The runbook: one at a time: queue"),
        ("locks: prod-db", "The runbook: locks: prod-db"),
        ("run by @sre in #ops", "The runbook: run by <!subteam^S0SRE1>; run in <#C0OPS1>"),
        ("timeout 2h", "The runbook: timeout 2h"),
        ("clean up: 1. Email a@b.example", "Clean-up step 1: Email a@b.example"),
    ],
)
def test_a_reply_tells_what_it_set(text: str, told: str) -> None:
    assert said(text).said == (told,)


def test_several_lines_set_several_things() -> None:
    new = said("Steps 1 and 3: approval.\nStep 2: on failure stop\nOne at a time: refuse").content

    assert [step.approval for step in new.steps] == [Approval(), None, Approval()]
    assert new.steps[1].on_failure is OnFailure.STOP
    assert new.conduct == Conduct(overlap=Overlap.REFUSE)


def test_whoever_is_unassigned_leaves_the_step_to_its_tool() -> None:
    by_ben = said("assign step 2 to @ben").content
    assert by_ben.steps[1].plan == ManualPlan(why="it names who does it", assignee="U0BEN1")

    again = change(by_ben, "step 2: no assignee", KNOWN).content

    assert isinstance(again.steps[1].plan, ToolPlan)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("step 9: timeout 5m", "There is no step 9: there are 3."),
        ("step 3: timeout -5m", "less than nothing"),
        ("timeout -2h", "less than nothing"),
        ("step 2: due in 5m", "send_email does this"),
        ("step 1: approval by @zed", "called @zed"),
        ("step 1: timeout 5m\nstep 9: approval", "There is no step 9"),
        ("step 1, 9: timeout 5m", "There is no step 9"),
        ("clean-up step 1: timeout 5m", "There is no clean-up step 1: there are none."),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_is(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        said(text)

    assert says in refused.value.sentence


def test_what_a_clean_up_step_cannot_have_is_said_of_the_clean_up_step() -> None:
    cleaning = said("clean up: 1. Wait 2 seconds").content

    with pytest.raises(InvalidInput) as refused:
        change(cleaning, "clean-up step 1: timeout -5m", KNOWN)

    assert [problem.field for problem in refused.value.problems] == ["cleanup.1"]
    assert "Clean-up step 1: -5m is less than nothing." in refused.value.sentence


@pytest.mark.parametrize(
    "text",
    [
        "step 3: https://app.example.com",
        "1: oncall@example.com",
        "this step 3 is odd",
        "step 3 fails for me",
        "parallel universes",
        "the channel is noisy",
        "publish",
        "3 of us should look at that timeout",
        "approval",
        "",
    ],
)
def test_talk_is_no_setting(text: str) -> None:
    assert not is_meant(text)
