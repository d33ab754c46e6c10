"""Lists as people type them where no line breaks tell the steps apart."""

from __future__ import annotations

import contextlib

import pytest

from runbot.agent.rules import authoring
from runbot.agent.rules.authoring import (
    MAX_REQUEST,
    Request,
    Unclear,
    is_create_request,
    read_request,
)
from runbot.domain.errors import RunbotError


def steps(said: str) -> tuple[str, ...]:
    request = read_request(f"create a runbook called x with these steps: {said}")
    assert isinstance(request, Request), request
    return request.instructions


@pytest.mark.parametrize(
    "first",
    [
        "Page <@U07TN65G4EA>",
        "Page <@U07TN65G4EA|ben>",
        "Post to <#C07TN65G4EA|ops>",
        "Post to #ops",
        "Open https://app.example.com/x",
        "Open <https://app.example.com/x>",
        "Set the limit to 5",
        'Say "all is well"',
        "Say “all is well”",
        "Restart it (slowly)",
        "Restart {{node}}",
        "Log in",
        "Run `make all`",
    ],
)
def test_the_next_number_begins_a_step_whatever_stands_before_it(first: str) -> None:
    found = steps(f"1. {first} 2. Wait 1 minute 3. Notify the channel")

    assert found[0] == first.replace("<https://app.example.com/x>", "https://app.example.com/x")
    assert found[1:] == ("Wait 1 minute", "Notify the channel")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1. wait 2. minutes 2. go on", ("wait 2. minutes", "go on")),
        ("1. check version 1.2. 2. go on", ("check version 1.2", "go on")),
        ('1. say "a 2. b" 2. go on', ('say "a 2. b"', "go on")),
        ("1. say “a. 2. b” 2. go on", ("say “a. 2. b”", "go on")),
        ("1. check that lag is > 2. 2. go on", ("check that lag is > 2", "go on")),
    ],
)
def test_a_number_of_the_words_themselves_begins_none(said: str, expected: tuple[str, ...]) -> None:
    assert steps(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "drain the node -> restart it -> look around",
        "drain the node → restart it → look around",
        "drain the node =&gt; restart it =&gt; look around",
        "a) drain the node b) restart it c) look around",
        "(a) drain the node, (b) restart it, (c) look around",
        "\na) drain the node\nb) restart it\nc) look around",
        "1️⃣ drain the node 2️⃣ restart it 3️⃣ look around",
        "\n1️⃣ drain the node\n2️⃣ restart it\n3️⃣ look around",
        ":one: drain the node :two: restart it :three: look around",
        "drain the node, then restart it, then look around",
        "drain the node, restart it and then look around",
        "first drain the node, restart it, finally look around",
        "\n→ drain the node\n→ restart it\n→ look around",
        "\n- [ ] drain the node\n- [x] restart it\n- [ ] look around",
    ],
)
def test_arrows_letters_keycaps_and_then_tell_steps_apart(said: str) -> None:
    assert steps(said) == ("drain the node", "restart it", "look around")


@pytest.mark.parametrize(
    "said",
    [
        "copy a.txt -> b.txt",
        "post hello to #ops",
        "press :one: to agree",
        "check CPU, disk and memory",
    ],
)
def test_one_instruction_is_one_step(said: str) -> None:
    assert steps(said) == (said,)


def test_letters_below_a_number_stay_in_its_step() -> None:
    assert steps("\n1. Check\na) the disk\nb) the memory\n2. Restart it") == (
        "Check\na) the disk\nb) the memory",
        "Restart it",
    )


def test_ten_keycaps_are_ten_steps() -> None:
    marks = [*(f"{n}\ufe0f\u20e3" for n in range(1, 10)), "🔟"]
    listed = " ".join(f"{mark} restart host {n}" for n, mark in enumerate(marks, 1))

    assert steps(listed) == tuple(f"restart host {n}" for n in range(1, 11))


@pytest.mark.parametrize(
    "text",
    [
        f"{verb} {noun} called x with these steps: 1. Drain it 2. Restart it"
        for verb in ("build a", "draft a", "prepare a", "start a", "we need a", "new")
        for noun in ("runbook", "playbook", "checklist", "procedure", "sop", "run book")
    ]
    + [
        "runbook x: 1. Drain it 2. Restart it",
        "create a runbook called x: first drain it, then restart it",
        "create a checklist x with steps: drain it; restart it",
    ],
)
def test_every_word_for_making_a_runbook_makes_one(text: str) -> None:
    assert is_create_request(text)
    request = read_request(text)
    assert isinstance(request, Request), request
    assert request.name == "x"
    assert [step.lower() for step in request.instructions] == ["drain it", "restart it"]


@pytest.mark.parametrize(
    "text", ["start the runbook x", "start runbook x", "runbook x", "playbook x please"]
)
def test_words_that_name_a_runbook_ask_for_none(text: str) -> None:
    assert not is_create_request(text)


def test_steps_without_a_verb_or_a_name_are_asked_for_a_name() -> None:
    text = "runbook: first wait 10 seconds, next post “hi” to #ops"

    asked = read_request(text)

    assert is_create_request(text)
    assert isinstance(asked, Unclear)
    assert (asked.wants, asked.draft.instructions) == (
        "name",
        ("wait 10 seconds", "post “hi” to #ops"),
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("with one step: post hello to #ops", ("post hello to #ops",)),
        ("that posts “hello” to #ops", ("Post “hello” to #ops",)),
        ("which waits 5 minutes", ("Wait 5 minutes",)),
        ("to post “one and two” to #ops", ("Post “one and two” to #ops",)),
        (
            "that waits 10 seconds and then posts “hi” to #ops",
            ("Wait 10 seconds", "Post “hi” to #ops"),
        ),
    ],
)
def test_what_a_tool_certainly_does_needs_no_list(said: str, expected: tuple[str, ...]) -> None:
    request = read_request(f"create a runbook called x {said}")

    assert isinstance(request, Request)
    assert (request.name, request.instructions) == ("x", expected)


@pytest.mark.parametrize(
    "said", ["that restarts the API", "to handle outages", "that waits 5 minutes and restarts it"]
)
def test_what_a_runbook_is_for_is_not_taken_for_its_steps(said: str) -> None:
    asked = read_request(f"create a runbook called x {said}")

    assert isinstance(asked, Unclear)
    assert asked.wants == "steps"


# Many times the longest text there can be: what is read in a time that grows with its square takes
# minutes then, on any machine, and what isn't takes less than a second even on a slow one.
MUCH_TOO_LONG = 4 * MAX_REQUEST


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        *("“", '"a ', "a -> ", "a) ", "1️⃣ ", ":one: ", "then a ", "runbook ", "that posts ", "<@U"),
        *("first a, ", "these ", "and ", ",;", ":a) ", "wait 2. "),
    ],
)
@pytest.mark.parametrize(
    "head", ["create a runbook called x with these steps: 1. ", "runbook ", ""]
)
def test_a_text_of_nothing_but_any_mark_is_read_in_a_time_that_grows_with_its_length_only(
    monkeypatch: pytest.MonkeyPatch, head: str, piece: str
) -> None:
    monkeypatch.setattr(authoring, "MAX_REQUEST", MUCH_TOO_LONG)
    text = head + piece * ((MUCH_TOO_LONG - len(head)) // len(piece))

    is_create_request(text)
    with contextlib.suppress(RunbotError):
        read_request(text)
