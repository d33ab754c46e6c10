"""What a message says, what a page is read for, and whom a step names, as people write them."""

from __future__ import annotations

import pytest

from runbot.agent.rules.planning import plan_step
from runbot.domain.lint import lint
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import (
    MAX_INSTRUCTION,
    AnswerKind,
    Content,
    Expectation,
    ManualPlan,
    Step,
    ToolPlan,
)
from runbot.operations.preview import preview

TOOLS = frozenset({"send_email", "web_fetch", "slack_post", "data_store", "wait"})
OWNER = Parameter(name="owner", type=ParameterType.USER)
PAGE = Parameter(name="page_url", type=ParameterType.URL)


def planned(instruction: str) -> Step:
    return plan_step(instruction, parameters=(OWNER, PAGE), tools=TOOLS, number=3)


def tool(instruction: str) -> ToolPlan:
    step = planned(instruction)
    assert isinstance(step.plan, ToolPlan), step.plan
    assert step.questions == ()
    return step.plan


def person(instruction: str) -> ManualPlan:
    plan = planned(instruction).plan
    assert isinstance(plan, ManualPlan), plan
    return plan


def shown(instruction: str) -> str:
    (one,) = preview((planned(instruction),), {})
    return one.action


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        ("Post to #ops: we are down", "we are down"),
        ("Please post to #ops: we are down", "we are down"),
        ("Announce in #ops: we are down", "we are down"),
        ("Write in #ops: “we are down”", "we are down"),
        ("Message #ops: we are down", "we are down"),
        ("Send a message to #ops saying we are on it", "we are on it"),
        ("Send a message to #ops saying that we are on it", "we are on it"),
        ("Let #ops know that we are on it", "we are on it"),
        ('Could you please post "we are on it" to #ops?', "we are on it"),
        ("Post to #ops: the “api” is down, see #incidents", "the “api” is down, see #incidents"),
        ("Post to #ops: we are down if you wonder", "we are down if you wonder"),
        ("Post to #ops: write to a@b.example", "write to a@b.example"),
        ("Post hello to #ops", "hello"),
        ("Say good morning everyone to #ops", "good morning everyone"),
    ],
)
def test_a_message_is_what_follows_where_it_goes(instruction: str, text: str) -> None:
    plan = tool(instruction)

    assert (plan.tool, plan.arguments) == ("slack_post", {"channel": "#ops", "text": text})


@pytest.mark.parametrize("instruction", ["Post metrics to #ops", "Post the update to #ops"])
def test_a_noun_is_not_taken_for_the_words_of_a_message(instruction: str) -> None:
    (question,) = planned(instruction).questions

    assert (question.field, question.kind) == ("text", AnswerKind.TEXT)


@pytest.mark.parametrize(
    "instruction",
    [
        "Post to #ops: we are down, then restart the api",
        "Post to #ops: we are back. Restart the worker",
        "Let #ops know that we are down if the page fails",
    ],
)
def test_a_message_that_may_be_more_than_one_is_left_to_a_person(instruction: str) -> None:
    assert person(instruction).why


@pytest.mark.parametrize(
    ("instruction", "body"),
    [
        ("Email a@b.example: the db is down", "the db is down"),
        ("Email a@b.example saying the db is down", "the db is down"),
        ("Email a@b.example saying it is down via send_email", "it is down"),
        ("Email a@b.example saying answer by email", "answer by email"),
        ("Email a@b.example: call c@d.example", "call c@d.example"),
    ],
)
def test_a_mail_says_what_follows_its_address(instruction: str, body: str) -> None:
    assert tool(instruction).arguments == {
        "to": "a@b.example",
        "subject": f"Run {{{{run.number}}}}: {body}",
        "body": body,
    }


def test_a_subject_holds_one_line_whatever_a_parameter_holds() -> None:
    plan = tool('Email a@b.example saying "{{notes}}"')

    assert (plan.arguments["subject"], plan.arguments["body"]) == (
        "Run {{run.number}}, step 3",
        "{{notes}}",
    )


@pytest.mark.parametrize(
    ("instruction", "url", "expect"),
    [
        ("Check http://localhost:8000/health", "http://localhost:8000/health", None),
        ("Verify https://e.example", "https://e.example", None),
        ("Probe {{page_url}}", "{{page_url}}", None),
        ("Probe {{page_url}}/x", "{{page_url}}/x", None),
        ("Ping https://e.example and expect 204", "https://e.example", 204),
        ("Open the page https://e.example/x.", "https://e.example/x", None),
        ("Hit https://e.example for a 200", "https://e.example", 200),
        ("curl https://e.example", "https://e.example", None),
        ("Fetch https://e.example", "https://e.example", None),
        ("GET https://e.example", "https://e.example", None),
    ],
)
def test_a_verb_and_an_address_read_the_page(
    instruction: str, url: str, expect: int | None
) -> None:
    plan = tool(instruction)

    assert (plan.tool, plan.arguments) == ("web_fetch", {"url": url})
    assert plan.expect == (Expectation(status=expect) if expect else None)


@pytest.mark.parametrize(
    ("instruction", "source", "name"),
    [
        (
            'Save "incident began" to the data store as note.txt',
            "text:incident began",
            "note.txt",
        ),
        ("Store “hi” in the data store under the name greeting", "text:hi", "greeting"),
        ('Save the note "a b" to the data store as n', "text:a b", "n"),
        (
            'Save "incident began" to the data store',
            "text:incident began",
            "incident-began-{{run.number}}",
        ),
    ],
)
def test_a_persons_own_words_are_kept_word_for_word(
    instruction: str, source: str, name: str
) -> None:
    assert tool(instruction).arguments == {"action": "put", "name": name, "source": source}


def test_a_quote_within_a_noun_is_asked_where_it_comes_from_and_text_is_a_way() -> None:
    (question,) = planned('Save the "error" log to the data store').questions

    assert question.kind is AnswerKind.SOURCE
    assert "text:" in question.text


@pytest.mark.parametrize(
    ("instruction", "assignee"),
    [
        ("Ask <@U123> to confirm", "U123"),
        ("Could you please ask <@U123> to confirm", "U123"),
        ("Page <@U123>", "U123"),
        ("Page <@U123|ben>.", "U123"),
        ("<@U123>, email a@b.example", "U123"),
        ("Tell <@U123> to restart it", "U123"),
        ("Ask {{owner}} to confirm", "{{owner}}"),
        ("Page {{owner}}", "{{owner}}"),
        ("Tell <@U123> that it is back", None),
        ("Ask {{page_url}} to confirm", None),
        ("Page <!here>", None),
        ("Ask the team of <@U123> to confirm", None),
    ],
)
def test_a_step_is_the_persons_whom_it_names(instruction: str, assignee: str | None) -> None:
    assert person(instruction).assignee == assignee


def test_a_name_that_is_no_mention_is_told() -> None:
    plan = person("Page @ben")

    assert plan.assignee is None
    assert plan.why == '"@ben" isn\'t a mention, so nobody is asked by name'


def test_a_tool_named_as_such_goes_before_a_person_named_beside_it() -> None:
    plan = planned("Page <@U123> via send_email").plan

    assert isinstance(plan, ToolPlan)


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        ("Page a@b.example via send_email", "“Run {{run.number}} asks: Page a@b.example.”"),
        ('Email a@b.example with subject "Down" saying "It is"', "“Down” · “It is”"),
        ("Email a@b.example", "a@b.example · which run asks, at which step, and its state"),
        ("Post to #ops: we are down", "#ops · “we are down”"),
        ("Post a status update to #ops", "“Status update” · with the run's state and link"),
        ("Page <@U123>", "by <@U123>"),
        ("Page {{owner}}", "by {{owner}}"),
        (f"Post to #ops: {'very ' * 100}", "very very…”"),
    ],
)
def test_what_goes_out_is_shown_before_it_does(instruction: str, words: str) -> None:
    assert words in shown(instruction)


# A few hundredths of a second each. What goes by the cube of the length takes minutes, anywhere.
@pytest.mark.timeout(20)
@pytest.mark.parametrize("head", ["Post to #ops ", "Email ", "Save ", "Check ", "Wait ", ""])
@pytest.mark.parametrize(
    "piece", [" ", "\n", "“", "could you please ", "a@b.example, ", "`", "a: "]
)
def test_the_longest_step_of_any_mark_is_planned_and_checked_in_the_end(
    head: str, piece: str
) -> None:
    text = (head + piece * MAX_INSTRUCTION)[: MAX_INSTRUCTION - 2] + " x"

    lint(Content(steps=(planned(text),)))
