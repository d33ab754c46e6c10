"""How each instruction will be done: by a tool that is certain, or by a person, with why."""

from __future__ import annotations

import pytest

from runbot.agent.rules.planning import plan_step
from runbot.agent.rules.replanning import replan
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import (
    AnswerKind,
    Content,
    Expectation,
    ManualPlan,
    OnFailure,
    Step,
    ToolPlan,
)

TOOLS = frozenset({"send_email", "web_fetch", "slack_post", "data_store", "wait"})
BASE = Parameter(name="base_url", type=ParameterType.URL)
ONCALL = Parameter(name="oncall", type=ParameterType.EMAIL)
Given = dict[str, str | bool]


def planned(
    instruction: str, *parameters: Parameter, answers: dict[str, str] | None = None, number: int = 1
) -> Step:
    return plan_step(
        instruction, parameters=parameters, tools=TOOLS, answers=answers, number=number
    )


def tool(step: Step) -> ToolPlan:
    assert isinstance(step.plan, ToolPlan), step.plan
    return step.plan


def why(instruction: str, *parameters: Parameter) -> str:
    step = planned(instruction, *parameters)
    assert isinstance(step.plan, ManualPlan), step.plan
    assert step.questions == ()
    return step.plan.why


def test_the_sentence_is_planned_with_its_open_questions() -> None:
    content = replan(
        None,
        "",
        (),
        (
            "Page the on-call engineer via send_email",
            "Snapshot the database logs to the data store",
            "Run a diagnostic web_fetch against /health",
            "Post a status update to #incidents on Slack",
        ),
        tools=TOOLS,
    )

    assert [tool(step).tool for step in content.steps] == [
        "send_email",
        "data_store",
        "web_fetch",
        "slack_post",
    ]
    assert [(number, q.field, q.kind) for number, q in content.open_questions] == [
        (1, "to", AnswerKind.EMAIL),
        (2, "source", AnswerKind.SOURCE),
        (3, "url", AnswerKind.URL),
    ]
    assert content.open_questions[0][1].text == (
        "Step 1: which address should send_email write to?"
    )
    assert "where do the database logs come from?" in content.open_questions[1][1].text
    assert "which site?" in content.open_questions[2][1].text
    assert tool(content.steps[1]).arguments == {
        "action": "put",
        "name": "database-logs-{{run.number}}",
    }
    assert tool(content.steps[3]).arguments == {
        "channel": "#incidents",
        "text": "Status update",
        "status": True,
    }


@pytest.mark.parametrize(
    ("instruction", "name", "arguments"),
    [
        ("Email a@b.example", "send_email", {"to": "a@b.example"}),
        (
            'Email a@b.example with subject "Down" saying "The db is down"',
            "send_email",
            {"to": "a@b.example", "subject": "Down", "body": "The db is down"},
        ),
        (
            "Send an email to a@b.example and c@d.example",
            "send_email",
            {"to": "a@b.example, c@d.example"},
        ),
        (
            "Email a@b.example that the deploy has started",
            "send_email",
            {
                "to": "a@b.example",
                "subject": "Run {{run.number}}: the deploy has started",
                "body": "the deploy has started",
            },
        ),
        (
            "Page a@b.example via send_email",
            "send_email",
            {
                "to": "a@b.example",
                "subject": "Run {{run.number}}: Page a@b.example",
                "body": "Run {{run.number}} asks: Page a@b.example.",
            },
        ),
        ("Fetch https://e.example/x", "web_fetch", {"url": "https://e.example/x"}),
        ("GET https://e.example/x.", "web_fetch", {"url": "https://e.example/x"}),
        ("HEAD https://e.example", "web_fetch", {"url": "https://e.example", "method": "HEAD"}),
        ("Check that https://e.example is up", "web_fetch", {"url": "https://e.example"}),
        (
            'Post "We are on it" to <#C123|incidents>',
            "slack_post",
            {"channel": "<#C123|incidents>", "text": "We are on it"},
        ),
        (
            "Tell #ops that the deploy has started",
            "slack_post",
            {"channel": "#ops", "text": "the deploy has started"},
        ),
        (
            "Save https://e.example/db.log to the data store",
            "data_store",
            {
                "action": "put",
                "name": "db-log-{{run.number}}",
                "source": "https://e.example/db.log",
            },
        ),
        (
            'Save /var/log/db.log to the data store as "db"',
            "data_store",
            {"action": "put", "name": "db", "source": "/var/log/db.log"},
        ),
        ("List what is in the data store", "data_store", {"action": "list"}),
        ('Get "db" from the data store', "data_store", {"action": "get", "name": "db"}),
        ("Wait 10 minutes", "wait", {"duration": "10 minutes"}),
        ("Wait 1h30m for the cache to warm", "wait", {"duration": "1h30m"}),
        ("Wait for 5 minutes.", "wait", {"duration": "5 minutes"}),
        ("Wait until 14:00 UTC", "wait", {"until": "14:00 UTC"}),
        ("Wait until 2026-01-31T14:00Z", "wait", {"until": "2026-01-31T14:00Z"}),
    ],
)
def test_a_tool_that_is_certain_gets_its_arguments_from_the_text(
    instruction: str, name: str, arguments: Given
) -> None:
    step = planned(instruction)

    assert (tool(step).tool, tool(step).arguments) == (name, arguments)
    assert step.questions == ()


@pytest.mark.parametrize(
    ("instruction", "expect"),
    [
        ("Check that https://e.example returns 200", Expectation(status=200)),
        ("Fetch https://e.example and expect 204", Expectation(status=204)),
        ("Check that https://e.example returns 404", Expectation(status=404)),
        ('Check that https://e.example contains "ok"', Expectation(contains="ok")),
        (
            'Verify that https://e.example returns 200 and contains "ok"',
            Expectation(status=200, contains="ok"),
        ),
        ("Fetch https://e.example", None),
    ],
)
def test_what_the_text_expects_is_checked(instruction: str, expect: Expectation | None) -> None:
    assert tool(planned(instruction)).expect == expect


@pytest.mark.parametrize(
    ("instruction", "field", "kind"),
    [
        ("Send an email to the on-call engineer", "to", AnswerKind.EMAIL),
        ("Use send_email to notify the team", "to", AnswerKind.EMAIL),
        ("Run web_fetch", "url", AnswerKind.URL),
        ("Fetch /health", "url", AnswerKind.URL),
        ("Post a status update on Slack", "channel", AnswerKind.CHANNEL),
        ("Post an announcement to #ops", "text", AnswerKind.TEXT),
        ("Save the error log to the data store", "source", AnswerKind.SOURCE),
        ("Wait a few minutes", "duration", AnswerKind.DURATION),
    ],
)
def test_what_is_missing_is_asked_for(instruction: str, field: str, kind: AnswerKind) -> None:
    step = planned(instruction, number=7)

    tool(step)
    (question,) = step.questions
    assert (question.field, question.kind) == (field, kind)
    assert question.text.startswith("Step 7: ")


@pytest.mark.parametrize(
    ("instruction", "parameters", "arguments"),
    [
        ("Fetch /health", (BASE,), {"url": "{{base_url}}/health"}),
        ("GET {{base_url}}/health", (BASE,), {"url": "{{base_url}}/health"}),
        ("Run web_fetch against {{base_url}}", (BASE,), {"url": "{{base_url}}"}),
        ("Email {{oncall}}", (ONCALL,), {"to": "{{oncall}}"}),
        ("Wait {{delay}}", (), {"duration": "{{delay}}"}),
    ],
)
def test_declared_parameters_fill_what_the_text_leaves_to_them(
    instruction: str, parameters: tuple[Parameter, ...], arguments: Given
) -> None:
    assert tool(planned(instruction, *parameters)).arguments == arguments


def test_an_email_parameter_named_like_the_person_is_meant() -> None:
    step = planned("Page the on-call engineer via send_email", ONCALL)

    assert tool(step).arguments["to"] == "{{oncall}}"
    assert step.questions == ()


def test_among_several_addresses_none_is_guessed() -> None:
    one = Parameter(name="east_url", type=ParameterType.URL)
    other = Parameter(name="west_url", type=ParameterType.URL)

    assert planned("Fetch /health", one, other).questions
    assert tool(planned("Fetch /health", one, BASE)).arguments["url"] == "{{base_url}}/health"


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("Restart the API", "no tool is named"),
        ('Check "the longest queue"', "no tool is named"),
        ("Check {{node}}", "no tool is named"),
        ("Open https://grafana.example and look at the errors", "no tool is named"),
        ("Page Ben via page_oncall", "there is no tool called page_oncall"),
        ("If the site is down, email a@b.example", '"if"'),
        ("Email a@b.example unless it is night", '"unless"'),
        ("Fetch https://e.example until it answers", '"until"'),
        ("Restart the API and email a@b.example", "no tool is named"),
        ("Email a@b.example and restart the API", "more than one instruction"),
        ("Fetch https://e.example then restart the API", "more than one instruction"),
        ("Use web_fetch on https://e.example and send_email to a@b.example", "more than one tool"),
        ("Fetch https://e.example and https://f.example", "more than one address"),
        ("Email the results to a@b.example", "steps hand nothing on"),
        ("Email the weekly report to a@b.example", "has to be found first"),
        ("Post the same to #a and #b via slack_post", "more than one channel"),
        ("Check that https://e.example does not return 500", "can't check"),
        ("Check that https://e.example responds within 2 seconds", "can't check"),
        ("Check that https://e.example returns the new version", "not a status"),
        ("Use web_fetch to POST to https://e.example", "only reads"),
        ("Wait until the pods are ready", "for a person to see"),
        ("Wait for the on-call engineer", "for a person to see"),
        ("Repeat step 2", "no tool is named"),
    ],
)
def test_what_is_not_certain_is_left_to_a_person_with_why(instruction: str, reason: str) -> None:
    assert reason in why(instruction)


def test_a_tool_that_is_not_there_is_never_planned() -> None:
    step = plan_step("Email a@b.example", parameters=(), tools={"wait"})

    assert isinstance(step.plan, ManualPlan)


def test_a_manual_step_is_assigned_only_to_who_is_told_to_do_it() -> None:
    asked = planned("Ask <@U123> to confirm the failover").plan
    named = planned("Tell the team that <@U123> is on call").plan

    assert isinstance(asked, ManualPlan)
    assert isinstance(named, ManualPlan)
    assert (asked.assignee, named.assignee) == ("U123", None)


@pytest.mark.parametrize(
    ("site", "url"),
    [
        ("https://app.example", "https://app.example/health"),
        ("https://app.example/", "https://app.example/health"),
        ("https://app.example/api/", "https://app.example/api/health"),
        ("https://app.example/health", "https://app.example/health"),
        ("https://app.example/status", "https://app.example/status/health"),
        ("{{base_url}}", "{{base_url}}/health"),
        ("{{base_url}}/health", "{{base_url}}/health"),
    ],
)
def test_a_site_or_a_whole_address_answers_for_a_path(site: str, url: str) -> None:
    step = planned("Run a diagnostic web_fetch against /health", answers={"url": site})

    assert (tool(step).arguments, step.questions) == ({"url": url}, ())


def test_what_the_text_says_goes_before_an_answer() -> None:
    step = planned("Email a@b.example", answers={"to": "c@d.example"})

    assert tool(step).arguments["to"] == "a@b.example"


def test_an_edit_keeps_answers_of_unchanged_steps_and_takes_settings_from_brackets() -> None:
    first = replan(None, "", (), ("Fetch /health", "Fetch /version"), tools=TOOLS)
    answered = first.model_copy(
        update={
            "steps": tuple(
                plan_step(
                    step.instruction,
                    parameters=(),
                    tools=TOOLS,
                    answers={"url": f"https://{name}.example"},
                ).model_copy(update={"retries": 2, "on_failure": OnFailure.STOP})
                for step, name in zip(first.steps, "ab", strict=True)
            )
        }
    )

    said = ("Fetch /version [retry 2 times; on failure stop]", "Fetch /healthz")
    edited = replan(answered, "", (), said, tools=TOOLS)

    kept, new = edited.steps
    assert [step.instruction for step in edited.steps] == ["Fetch /version", "Fetch /healthz"]
    assert tool(kept).arguments == {"url": "https://b.example/version"}
    assert (kept.retries, kept.on_failure) == (2, OnFailure.STOP)
    assert (new.answers, new.retries) == ({}, 0)
    assert [number for number, _ in edited.open_questions] == [2]


def test_placeholders_of_kept_answers_stay_declared() -> None:
    step = planned("Fetch /health", answers={"url": "{{base_url}}"})
    old = Content(steps=(step,))

    edited = replan(old, "", (), ("Fetch /health",), tools=TOOLS)

    assert [parameter.name for parameter in edited.parameters] == ["base_url"]


@pytest.mark.parametrize(
    ("instruction", "duration"),
    [
        ("Wait for an hour", "an hour"),
        ("Wait half an hour", "half an hour"),
        ("wait a minute", "a minute"),
        ("Wait another day before the next step", "another day"),
        ("Wait an hour and a half.", "an hour and a half"),
    ],
)
def test_durations_in_words_are_durations(instruction: str, duration: str) -> None:
    step = planned(instruction)

    assert tool(step) == ToolPlan(tool="wait", arguments={"duration": duration})
    assert step.questions == ()


@pytest.mark.parametrize(
    ("instruction", "name"),
    [
        ("Store /var/log/db.log in the data store as db", "db"),
        ("Store /var/log/db.log as db.log in the data store.", "db.log"),
        (
            "Save https://a.example/x to the data store under the name x-{{run.number}}",
            "x-{{run.number}}",
        ),
        ("Save the logs to the data store as a backup", "logs-{{run.number}}"),
        ("Save the logs to the data store as soon as possible", "logs-{{run.number}}"),
    ],
)
def test_a_name_that_the_text_gives_without_quotes_is_used(instruction: str, name: str) -> None:
    assert tool(planned(instruction)).arguments["name"] == name


@pytest.mark.parametrize(
    ("instruction", "end"),
    [
        ("Email oncall@example.com about the outage. Be brief.", "Be brief."),
        ("Email oncall@example.com about the outage", "outage."),
        ("Email oncall@example.com: is the site up?", "is the site up?"),
        ("Email oncall@example.com about disks, certificates etc.", "etc."),
    ],
)
def test_a_mail_ends_as_a_sentence_does(instruction: str, end: str) -> None:
    body = str(tool(planned(instruction)).arguments["body"])

    assert body.endswith(end)
    assert not body.endswith("..")


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        ('Post "<!channel> the site is down" to #ops', "<!channel> the site is down"),
        ('Post "@here the site is down" to #ops', "<!here> the site is down"),
        ("Tell #ops that @Everyone can go", "<!everyone> can go"),
        ('Post "<!channel|@channel>: down" to #ops', "<!channel>: down"),
    ],
)
def test_who_writes_channel_in_a_post_wants_all_notified(instruction: str, text: str) -> None:
    arguments = tool(planned(instruction)).arguments

    assert arguments["text"] == text
    assert arguments["mention"] is True


@pytest.mark.parametrize("said", ["mail me@here.example", "ask @here-dev", "the channel is full"])
def test_words_that_only_look_so_notify_nobody(said: str) -> None:
    arguments = tool(planned(f'Post "{said}" to #ops')).arguments

    assert arguments["text"] == said
    assert "mention" not in arguments
