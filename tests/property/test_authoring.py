"""Whatever people write, authoring answers with a runbook, a question or a sentence."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from runbot.agent.rules.answering import answer, read_answers
from runbot.agent.rules.authoring import Request, is_create_request, read_request
from runbot.agent.rules.markup import plain
from runbot.agent.rules.replanning import replan
from runbot.domain.checks import check_content
from runbot.domain.errors import RunbotError
from runbot.domain.lint import lint
from runbot.domain.parameters import placeholders
from runbot.domain.runbook import Content, ToolPlan
from runbot.surfaces.slack.lines import read_steps, steps_text

TOOLS = frozenset({"send_email", "web_fetch", "slack_post", "data_store", "wait"})
PIECES = st.sampled_from(
    [
        "create a runbook called ",
        "new runbook ",
        "restart-api",
        "“Restart API”",
        " with these steps: ",
        " that restarts ",
        " with parameter ",
        "base_url=https://e.example",
        "env (choice: a, b)=a",
        "Parameters:\n- ",
        "description: ",
        "steps:\n",
        "1. ",
        "2. ",
        " 3) ",
        "(1) ",
        "Step 1: ",
        "\n- ",
        "\n   - ",
        " • ",
        "first ",
        ", then ",
        "; ",
        "\n",
        "email a@b.example",
        "fetch /health",
        "{{base_url}}/x",
        "post a status update to <#C123|incidents>",
        "wait 10 minutes",
        "save the logs to the data store",
        "<https://e.example|x>",
        "&lt;",
        "\u202e",
        '"',
        "*",
        "{{",
        "}}",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join))
# Few enough names to be declared, and no "and" to end on: neither is what these tests are about.
WORDS = st.lists(
    st.sampled_from(
        ["api", "the", "db-1", "node_a", "v1.2", "app.log", "42", "7%", "then", "of", "until"]
        + [f"{{{{{name}}}}}" for name in ("site", "who", "n", "base_url")]
    ),
    min_size=1,
    max_size=8,
).map(lambda words: " ".join(["Restart", *words]))
INSTRUCTIONS = st.lists(WORDS, min_size=1, max_size=30).map(tuple)


@given(TEXTS)
@example("create a runbook called x with these steps: 1.")
def test_any_text_is_a_request_a_question_or_a_sentence(text: str) -> None:
    is_create_request(text)
    try:
        request = read_request(text)
    except RunbotError:
        return
    if isinstance(request, Request):
        assert request.name
        assert request.instructions
        assert not re.search(
            r"[\x00-\x08\u202a-\u202e\u2066-\u2069]", "".join(request.instructions)
        )
    else:
        assert request.question.strip()


@given(INSTRUCTIONS)
def test_numbered_lines_are_read_back_as_the_same_instructions(
    instructions: tuple[str, ...],
) -> None:
    text = "Create a runbook called x with these steps:\n" + steps_text(instructions)

    request = read_request(text)

    assert isinstance(request, Request)
    assert request.instructions == instructions
    assert read_steps(steps_text(instructions)) == instructions


@given(TEXTS)
@example('"0"STEP:0;0\n0)')
@example('"a" steps: 1. look\n  b) 2. down; 3. up\n  (4)')
def test_what_was_read_is_read_back_from_an_editor(text: str) -> None:
    try:
        request = read_request(text)
    except RunbotError:
        return
    if isinstance(request, Request) and len(request.instructions) > 1:
        assert read_steps(steps_text(request.instructions)) == request.instructions


@given(TEXTS)
def test_reading_markup_twice_changes_nothing_more(text: str) -> None:
    once = plain(text.replace("&", "").replace("<", ""))

    assert plain(once) == once


@given(st.lists(TEXTS.filter(lambda text: bool(text.strip())), min_size=1, max_size=4), TEXTS)
@example(["email"], ";")
def test_any_step_is_planned_and_any_reply_is_answered(steps: list[str], reply: str) -> None:
    content = replan(None, "", (), tuple(steps), tools=TOOLS)

    answers = read_answers(content, reply)
    answered = answer(content, answers.given, tools=TOOLS)

    assert answers.given or answers.unclear
    assert [step.instruction for step in answered.steps] == steps
    assert len(answered.open_questions) <= len(content.open_questions)
    for finding in lint(answered):
        assert finding.sentence
        assert finding.fix


@given(st.lists(TEXTS.filter(lambda text: bool(text.strip())), min_size=1, max_size=3))
def test_every_argument_comes_from_the_text(steps: list[str]) -> None:
    """Nothing but the text, a name made of it and the run's own number goes into a plan."""
    content = replan(None, "", (), tuple(steps), tools=TOOLS)

    for step in content.steps:
        if not isinstance(step.plan, ToolPlan):
            continue
        for field in ("to", "url", "source", "channel", "duration", "until"):
            value = step.plan.arguments.get(field)
            if isinstance(value, str):
                names = placeholders(value)
                pieces = [p for p in re.split(r"\{\{[^{}]*\}\}|, ", value) if p]
                assert all(piece in step.instruction for piece in pieces)
                assert all(
                    any(p.name == name for p in content.parameters)
                    for name in names
                    if "." not in name
                )


@given(INSTRUCTIONS)
def test_planning_again_changes_nothing(instructions: tuple[str, ...]) -> None:
    content: Content = replan(None, "", (), instructions, tools=TOOLS)
    again = replan(content, "", content.parameters, instructions, tools=TOOLS)

    assert again == content
    if len(content.parameters) <= 25:
        assert check_content(again) is again
