"""A step's settings in brackets, and a runbook's own: what is read, refused and written."""

from __future__ import annotations

import pytest

from runbot.agent.rules import conducting, settings
from runbot.agent.rules.authoring import Request, read_request
from runbot.agent.rules.replanning import Known, replan
from runbot.agent.rules.settings import StepSettings, setting_words, split, written
from runbot.domain.conduct import Approval, Conduct, Overlap
from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import ParameterType
from runbot.domain.runbook import ManualPlan, OnFailure, ToolPlan

TOOLS = frozenset({"send_email", "web_fetch", "wait", "slack_post"})
NAMES = {"@ben": "U0BEN1", "@sre": "S0SRE1", "#ops": "C0OPS1"}
DAY = 24 * 3600


def read(text: str) -> StepSettings:
    words, said = split(f"Restart the API [{text}]")
    assert words == "Restart the API"
    return settings.read(said, NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("approval", StepSettings(approval=Approval())),
        ("needs approval", StepSettings(approval=Approval())),
        (
            "approval by <@U111> and <!subteam^S1AB|@dba>, 2 of them",
            StepSettings(approval=Approval(who=("U111", "S1AB"), count=2)),
        ),
        (
            "2 approvals by @ben or role:approver; no four eyes",
            StepSettings(
                approval=Approval(who=("U0BEN1", "role:approver"), count=2, four_eyes=False)
            ),
        ),
        (
            "waits for approval by @sre, expires in half an hour, asked in #ops",
            StepSettings(approval=Approval(who=("S0SRE1",), expires=1800, channel="C0OPS1")),
        ),
        (
            "approval by admins, 2 approvals",
            StepSettings(approval=Approval(who=("admins",), count=2)),
        ),
        ("timeout 1d", StepSettings(timeout=DAY)),
        ("timeout: 30 minutes", StepSettings(timeout=1800)),
        ("retry 3 times after 10s", StepSettings(retries=3, backoff=10)),
        ("retries: 2", StepSettings(retries=2)),
        ("retry twice, on failure stop", StepSettings(retries=2, on_failure=OnFailure.STOP)),
        ("if it fails, go on", StepSettings(on_failure=OnFailure.CONTINUE)),
        ("stop on failure", StepSettings(on_failure=OnFailure.STOP)),
        ("assignee <@U222>; due in 30m", StepSettings(assignee="U222", due=1800)),
        ("assigned to @sre and due in 2 hours", StepSettings(assignee="S0SRE1", due=7200)),
        ("assignee {{ oncall }}", StepSettings(assignee="{{oncall}}")),
    ],
)
def test_a_bracket_is_read_and_what_is_written_of_it_reads_the_same(
    text: str, expected: StepSettings
) -> None:
    assert read(text) == expected
    assert settings.read(settings.words(expected), {}) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("timeout -5m", "-5m is less than nothing."),
        ("timeout 0s", "more than nothing"),
        ("timeout 5", "5m"),
        ("approval by @zed", "I know no person or group called @zed"),
        ("approval by", "write it as approval by @ben"),
        ("on failure explode", "write it as on failure continue"),
        ("timeout 5m; see the wiki", '"see the wiki" is not a setting'),
        ("assignee @ben and @sre", "write it as assignee @ben"),
        ("assignee role:editor", "one person or one group"),
        ("due yesterday", "write it as due in 30m"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_how_to_write_it(
    text: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        read(text)


@pytest.mark.parametrize(
    "said",
    [
        "Check the dashboard [see wiki]",
        "Read entry[0]",
        "Run the job []",
        "Tell them [in their own words] what happened",
    ],
)
def test_what_is_no_setting_stays_in_the_instruction(said: str) -> None:
    assert split(said) == (said, "")


def test_several_brackets_and_a_full_stop_after_them_are_all_settings() -> None:
    assert split("Restart it. [timeout 5m] [retry 3 times].") == (
        "Restart it.",
        "timeout 5m; retry 3 times",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one at a time", Conduct(overlap=Overlap.QUEUE)),
        ("one at a time: refuse", Conduct(overlap=Overlap.REFUSE)),
        ("locks: prod-db, dns", Conduct(locks=("prod-db", "dns"))),
        ("locks: [Prod-DB]", Conduct(locks=("prod-db",))),
        ("timeout 2h", Conduct(timeout=7200)),
        ("run by @sre in #ops", Conduct(runners=("S0SRE1",), channels=("C0OPS1",))),
        (
            "One at a time. Locks: prod-db. Run in <#C0ABC|db>.",
            Conduct(overlap=Overlap.QUEUE, locks=("prod-db",), channels=("C0ABC",)),
        ),
        ("in parallel", Conduct()),
    ],
)
def test_a_runbooks_own_settings_are_read_and_written_the_same(
    text: str, expected: Conduct
) -> None:
    assert conducting.read(text, NAMES) == expected
    assert conducting.read("\n".join(conducting.phrases(expected)), {}) == expected


@pytest.mark.parametrize("text", ["timeout -1h", "locks: prod db/x", "hello", "run by @zed"])
def test_a_runbooks_setting_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        conducting.read(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        (
            "create a runbook called db with these steps: 1. Drain the node [approval by <@U111>; "
            "timeout 5m]. 2. Email a@b.example [retry 3 times after 10s]"
        ),
        (
            "create a runbook called db:\n1. Drain the node [approval by <@U111>, timeout 5m]\n"
            "2. Email a@b.example [retry 3 times after 10s]"
        ),
        (
            "create a runbook called db with steps: Drain the node "
            "[approval by <@U111>; timeout 5m]; Email a@b.example [retry 3 times after 10s]"
        ),
        (
            "create a runbook called db: first Drain the node [approval by <@U111>, timeout 5m], "
            "then Email a@b.example [retry 3 times, after 10s]"
        ),
        (
            "create a runbook called db with these steps: Drain the node "
            "[approval by <@U111>; timeout 5m] -> Email a@b.example [retry 3 times after 10s]"
        ),
        (
            "create a runbook called db:\n- Drain the node. [approval by <@U111>; timeout 5m]\n"
            "- Email a@b.example [retry 3 times after 10s]"
        ),
    ],
)
def test_settings_stand_in_every_shape_of_a_request(text: str) -> None:
    request = read_request(text)
    assert isinstance(request, Request)

    content = replan(None, "", (), request.instructions, tools=TOOLS)

    drain, email = content.steps
    assert (drain.instruction, email.instruction) == ("Drain the node", "Email a@b.example")
    assert (drain.approval, drain.timeout) == (Approval(who=("U111",)), 300)
    assert (email.retries, email.backoff) == (3, 10)
    assert isinstance(email.plan, ToolPlan)


def test_a_request_says_the_runbooks_own_settings_and_how_it_is_cleaned_up() -> None:
    request = read_request(
        "create a runbook called db with these steps: 1. Drain the node. 2. Ask ana to confirm.\n"
        "Settings: one at a time; locks: prod-db; run by <!subteam^S1AB|@dba>\n"
        "Clean up: 1. Email a@b.example. 2. Undrain the node [assignee <@U222>]"
    )
    assert isinstance(request, Request)

    content = replan(
        None,
        "",
        (),
        request.instructions,
        tools=TOOLS,
        conduct=request.settings,
        cleanup=request.cleanup,
    )

    assert [step.instruction for step in content.steps] == ["Drain the node", "Ask ana to confirm"]
    assert content.conduct == Conduct(overlap=Overlap.QUEUE, locks=("prod-db",), runners=("S1AB",))
    email, undrain = content.cleanup
    assert isinstance(email.plan, ToolPlan)
    assert undrain.plan == ManualPlan(why="no tool is named", assignee="U222")


def test_whoever_is_assigned_does_it_whatever_tool_could() -> None:
    (step,) = replan(None, "", (), ("Email a@b.example [assignee <@U222>]",), tools=TOOLS).steps

    assert step.plan == ManualPlan(why="it names who does it", assignee="U222")
    assert setting_words(step) == "assignee <@U222>"


def test_whom_the_words_name_is_not_written_twice() -> None:
    (step,) = replan(None, "", (), ("<@U222> restarts it [due in 30m]",), tools=TOOLS).steps

    assert isinstance(step.plan, ManualPlan)
    assert (step.plan.assignee, step.plan.due) == ("U222", 1800)
    assert written(step) == "<@U222> restarts it [due in 30m]"


def test_an_assignee_that_is_a_parameter_is_declared_as_a_person() -> None:
    content = replan(None, "", (), ("Restart it [assignee {{oncall}}]",), tools=TOOLS)

    (parameter,) = content.parameters
    assert (parameter.name, parameter.type) == ("oncall", ParameterType.USER)


def test_everything_that_is_wrong_is_said_at_once_beside_its_step() -> None:
    with pytest.raises(InvalidInput) as refused:
        replan(
            None,
            "",
            (),
            ("Restart it [timeout -5m]", "Email a@b.example [due in 5m]", "Check it [approval of]"),
            conduct="locks: a b/c",
            known=Known(TOOLS),
        )

    assert [problem.field for problem in refused.value.problems] == [
        "steps.1",
        "steps.3",
        "settings",
    ]


def test_a_due_time_of_what_a_tool_does_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        replan(None, "", (), ("Email a@b.example [due in 5m]",), tools=TOOLS)

    (problem,) = refused.value.problems
    assert problem.field == "steps.1"
    assert "send_email does this" in problem.sentence
