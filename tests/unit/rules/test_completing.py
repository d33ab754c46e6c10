"""What was asked for is completed by the answer to the question, without saying it again."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.agent.rules.authoring import Request, Unclear, read_request
from runbot.agent.rules.completing import complete
from runbot.domain.errors import InvalidInput

NAMELESS = (
    "create a runbook with parameter node=db-1 and these steps:\n1. Drain {{node}}\n2. Restart it"
)
PIECES = [
    "call it ",
    "x",
    " with these steps: ",
    "1. ",
    " 2. ",
    "drain it",
    "\n",
    "<@U1>",
    "; ",
    "{{",
]


def completed(text: str, *answers: str) -> Request:
    request = complete(text, *answers)
    assert isinstance(request, Request), request
    return request


def open_after(text: str, *answers: str) -> Unclear:
    asked = complete(text, *answers)
    assert isinstance(asked, Unclear), asked
    return asked


@pytest.mark.parametrize(
    "answer",
    [
        "drain-db",
        "Drain DB",
        "“Drain DB”",
        "`drain-db`",
        "<@U0BOT> drain-db",
        "call it drain-db",
        "please call it drain-db, thanks",
        "it should be called Drain DB.",
        "name: drain-db",
        "the name is drain-db",
    ],
)
def test_a_name_answers_the_question_for_the_name(answer: str) -> None:
    request = completed(NAMELESS, answer)

    assert request.name == "drain-db"
    assert request.instructions == ("Drain {{node}}", "Restart it")
    assert [(found.name, found.default) for found in request.parameters] == [("node", "db-1")]


@pytest.mark.parametrize(
    "answer", ["What?", "never mind", "no", "cancel", "help", "", "  ", "a\nb", "one " * 9, "<#C1>"]
)
def test_what_is_no_name_leaves_the_question_open_with_its_draft(answer: str) -> None:
    asked = open_after(NAMELESS, answer)

    assert (asked.wants, asked.draft.instructions) == ("name", ("Drain {{node}}", "Restart it"))


@pytest.mark.parametrize(
    "answer",
    [
        "1. Drain it 2. Restart it",
        "Drain it\nRestart it",
        "steps: drain it; restart it",
        "<@U0BOT> the steps are: first drain it, then restart it",
        ":one: drain it :two: restart it",
    ],
)
def test_a_list_answers_the_question_for_the_steps(answer: str) -> None:
    request = completed("create a runbook called x", answer)

    assert request.name == "x"
    assert [step.lower() for step in request.instructions] == ["drain it", "restart it"]


def test_steps_that_run_together_are_asked_for_again_with_numbers_to_copy() -> None:
    asked = open_after("create a runbook called x", "Do this. Do that.")

    assert asked.question.endswith("called x with these steps: 1. Do this. 2. Do that.")


def test_name_and_steps_may_be_answered_one_after_the_other() -> None:
    assert open_after("create a runbook", "x").wants == "steps"
    assert completed("create a runbook", "x", "1. Drain it 2. Restart it").name == "x"
    assert completed("create a runbook", "1. Drain it 2. Restart it", "x").name == "x"
    assert completed("create a runbook", "x with these steps: 1. Drain it 2. Look").name == "x"


def test_a_request_in_the_answer_takes_the_place_of_what_was_there() -> None:
    request = completed(NAMELESS, "create a runbook called y with these steps: 1. A it 2. B it")

    assert (request.name, request.instructions) == ("y", ("A it", "B it"))


def test_a_complete_request_needs_no_answer() -> None:
    text = "create a runbook called x with these steps: 1. Drain it 2. Restart it"

    assert complete(text, "y") == read_request(text)


def test_a_name_that_breaks_a_limit_is_refused_and_can_be_answered_anew() -> None:
    with pytest.raises(InvalidInput):
        complete(NAMELESS, "مرحبا")

    assert completed(NAMELESS, "مرحبا", "drain-db").name == "drain-db"


@pytest.mark.parametrize(
    "text",
    [
        NAMELESS,
        "create a runbook with these steps: 1. Drain it 2. Restart it",
        "runbook: first drain it, then restart it",
        "with these steps: 1. Drain it 2. Restart it",
        "prepare a checklist: drain it; restart it",
        "create a runbook called <script> with these steps: 1. Drain it 2. Restart it",
    ],
)
def test_the_words_offered_to_copy_make_the_runbook_with_its_own_steps(text: str) -> None:
    asked = open_after(text)
    _, _, copied = asked.question.partition("for example: ")

    request = completed(copied.replace("NAME", "my-own"))

    assert request.name in {"my-own", "restart-api"}
    assert request.instructions == asked.draft.instructions
    assert request.parameters == asked.draft.parameters


def test_the_blank_for_the_name_is_not_taken_for_one() -> None:
    assert open_after("create a runbook called NAME with these steps: 1. A it 2. B it").wants == (
        "name"
    )


@given(
    st.sampled_from(["create a runbook", "create a runbook called x", NAMELESS, "runbook: a; b"]),
    st.lists(
        st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=60),
        min_size=1,
        max_size=3,
    ),
)
def test_any_answers_end_in_a_request_a_question_or_a_sentence(
    text: str, answers: list[str]
) -> None:
    read: Request | Unclear | None = None
    with contextlib.suppress(InvalidInput):
        read = complete(text, *answers)
    if isinstance(read, Request):
        assert read.name
        assert read.instructions
    elif read is not None:
        assert read.asks
        assert read.question.startswith(read.asks)
        assert (read.draft.name == "") == (read.wants != "steps")
        assert (read.draft.instructions == ()) == (read.wants != "name")
