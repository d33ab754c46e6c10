"""Replies to a draft's open questions."""

from __future__ import annotations

import pytest

from runbot.agent.rules.answering import Given, answer, read_answers
from runbot.agent.rules.replanning import replan
from runbot.domain.runbook import Content, ToolPlan

TOOLS = frozenset({"send_email", "web_fetch", "slack_post", "data_store", "wait"})
ADDRESS = (1, "to", "oncall@example.com")
LOGS = (2, "source", "https://logs.example.com/db.log")
SITE = (3, "url", "https://app.example.com")


def draft(*instructions: str) -> Content:
    return replan(None, "", (), instructions, tools=TOOLS)


SENTENCE = draft(
    "Page the on-call engineer via send_email",
    "Snapshot the database logs to the data store",
    "Run a diagnostic web_fetch against /health",
    "Post a status update to #incidents on Slack",
)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("oncall@example.com", {ADDRESS}),
        ("<mailto:oncall@example.com|oncall@example.com>", {ADDRESS}),
        ("it's oncall@example.com.", {ADDRESS}),
        ("1: oncall@example.com", {ADDRESS}),
        ("step 1 is oncall@example.com", {ADDRESS}),
        ("3: <https://app.example.com>", {SITE}),
        ("2. https://logs.example.com/db.log", {LOGS}),
        ("the site is https://app.example.com", {SITE}),
        ("the logs come from https://logs.example.com/db.log", {LOGS}),
        (
            (
                "the address is oncall@example.com, the site is https://app.example.com, "
                "logs come from https://logs.example.com/db.log"
            ),
            {ADDRESS, SITE, LOGS},
        ),
        (
            "1: oncall@example.com\n2: https://logs.example.com/db.log\n3: https://app.example.com",
            {ADDRESS, SITE, LOGS},
        ),
        (
            "3: https://app.example.com, 1: oncall@example.com",
            {ADDRESS, SITE},
        ),
        (
            "oncall@example.com\nhttps://logs.example.com/db.log\nhttps://app.example.com",
            {ADDRESS, SITE, LOGS},
        ),
        (
            "1 is oncall@example.com and the logs are at https://logs.example.com/db.log",
            {ADDRESS, LOGS},
        ),
        ("step 3: {{base_url}}/health", {(3, "url", "{{base_url}}/health")}),
        ("2: /var/log/db.log", {(2, "source", "/var/log/db.log")}),
        ("2: http://x/logs 3: http://x", {(2, "source", "http://x/logs"), (3, "url", "http://x")}),
        (
            "step 2: http://x/logs and step 3: http://x",
            {(2, "source", "http://x/logs"), (3, "url", "http://x")},
        ),
        (
            "oncall@example.com https://logs.example.com/db.log https://app.example.com",
            {ADDRESS, LOGS, SITE},
        ),
        ("2: text: all quiet", {(2, "source", "text:all quiet")}),
        ("a@b.example and c@d.example", {(1, "to", "a@b.example, c@d.example")}),
    ],
)
def test_a_reply_answers_what_it_can_mean(text: str, given: set[Given]) -> None:
    answers = read_answers(SENTENCE, text)

    assert set(answers.given) == given
    assert answers.unclear is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://app.example.com", "step 2 or step 3"),
        ("{{base_url}}", "step 1 or step 2 or step 3"),
        ("hello", "Which question does that answer?"),
        ("", "which address should send_email write to?"),
        (";", "which address should send_email write to?"),
        (" , ;\n", "which address should send_email write to?"),
        ("3: app.example.com", "3: https://app.example.com"),
        ("app.example.com", "https://"),
        ("1: Ben", "Step 1 needs an email address"),
        ("2: somewhere", "Step 2 needs the address"),
        ("4: x", "Nothing is open about step 4"),
        ("9: x", "There is no step 9"),
        ("x" * 5000, "2,000 characters"),
    ],
)
def test_what_it_cannot_mean_is_asked_about(text: str, wanted: str) -> None:
    answers = read_answers(SENTENCE, text)

    assert answers.given == ()
    assert answers.unclear is not None
    assert wanted in answers.unclear


def test_what_was_understood_counts_although_the_rest_is_unclear() -> None:
    answers = read_answers(SENTENCE, "1: oncall@example.com\n3: nowhere")

    assert answers.given == (ADDRESS,)
    assert answers.unclear is not None
    assert "Step 3 needs" in answers.unclear


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("oncall@example.com and #incidents", "#incidents was not taken: it answers nothing"),
        ("1: oncall@example.com https://x.example", "https://x.example was not taken"),
        ("1: oncall@example.com {{site}}/x", "oncall@example.com was not taken"),
        ("oncall@example.com, the site is app.example.com", '"app.example.com" doesn\'t say'),
        ("2: https://x.example/logs https://x.example", "for example: 3: https://x.example"),
    ],
)
def test_a_value_that_is_not_taken_is_named(text: str, left: str) -> None:
    answers = read_answers(SENTENCE, text)

    assert len(answers.given) == 1
    assert answers.unclear is not None
    assert left in answers.unclear


def test_numbers_within_words_name_no_step() -> None:
    answers = read_answers(SENTENCE, "2: text: page ext 3: twice")

    assert answers.given == ((2, "source", "text:page ext 3: twice"),)


def test_the_only_question_about_words_takes_any_words() -> None:
    answers = read_answers(draft("Post an announcement to #ops"), '"Deploy 4, then lunch"')

    assert answers.given == ((1, "text", "Deploy 4, then lunch"),)


@pytest.mark.parametrize(
    ("instruction", "text", "value"),
    [
        ("Post a status update on Slack", "#incidents", "#incidents"),
        ("Post a status update on Slack", "in <#C1|incidents> please", "<#C1|incidents>"),
        ("Wait a few minutes", "10 minutes", "10 minutes"),
        ("Wait a few minutes", "let's say 1h30m", "1h30m"),
        ("Wait a few minutes", "half an hour is enough", "half an hour"),
    ],
)
def test_channels_and_durations_are_found_in_a_reply(
    instruction: str, text: str, value: str
) -> None:
    assert [given[2] for given in read_answers(draft(instruction), text).given] == [value]


def test_nothing_open_is_said() -> None:
    answers = read_answers(draft("Wait 5 minutes"), "oncall@example.com")

    assert answers.given == ()
    assert answers.unclear == "Nothing is open about this runbook any more."


def test_answers_close_their_questions() -> None:
    answered = answer(SENTENCE, (ADDRESS, LOGS, SITE))

    assert answered.open_questions == ()
    plans = [step.plan for step in answered.steps]
    arguments = [plan.arguments for plan in plans if isinstance(plan, ToolPlan)]
    assert arguments[0]["to"] == "oncall@example.com"
    assert arguments[1]["source"] == "https://logs.example.com/db.log"
    assert arguments[2]["url"] == "https://app.example.com/health"
    assert answered.steps[3] == SENTENCE.steps[3]


def test_an_answer_may_name_a_parameter_which_is_then_declared() -> None:
    answered = answer(SENTENCE, ((3, "url", "{{base_url}}"),))

    assert [(p.name, p.type.value) for p in answered.parameters] == [("base_url", "url")]
    assert [number for number, _ in answered.open_questions] == [1, 2]
