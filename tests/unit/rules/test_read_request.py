"""Sentences that ask for a runbook, as people write them."""

from __future__ import annotations

import contextlib

import pytest

from runbot.agent.rules.authoring import Request, Unclear, is_create_request, read_request
from runbot.agent.rules.markup import plain
from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import Parameter, ParameterType

SENTENCE = (
    "Create a runbook called incident-response-database with these steps: 1. Page the on-call "
    "engineer via send_email. 2. Snapshot the database logs to the data store. 3. Run a diagnostic "
    "web_fetch against /health. 4. Post a status update to #incidents on Slack."
)
STEPS = (
    "Page the on-call engineer via send_email",
    "Snapshot the database logs to the data store",
    "Run a diagnostic web_fetch against /health",
    "Post a status update to #incidents on Slack",
)


def asked(text: str) -> Request:
    request = read_request(text)
    assert isinstance(request, Request), request
    return request


def question(text: str) -> str:
    unclear = read_request(text)
    assert isinstance(unclear, Unclear), unclear
    return unclear.question


def steps(listed: str) -> tuple[str, ...]:
    return asked(f"Create a runbook called x with these steps: {listed}").instructions


def test_the_sentence_is_read_exactly() -> None:
    assert asked(SENTENCE) == Request("incident-response-database", "", (), STEPS)


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "<@U0BOT> please create a runbook called x",
        "can you make me a new runbook named x?",
        "Hey Runbot, set up a runbook",
        "new runbook restart-api: 1. a",
        "write a database incident runbook",
        'add a "Restart API" runbook',
        "I need a runbook for restarts",
    ],
)
def test_words_that_ask_for_a_runbook_are_known(text: str) -> None:
    assert is_create_request(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "run restart-api",
        "list runbooks",
        "show the runbook restart-api",
        "add a step to the runbook restart-api",
        "write to the owner of the runbook",
        "who created the runbook?",
        "publish runbook x",
    ],
)
def test_other_words_are_not_taken_for_a_request(text: str) -> None:
    assert not is_create_request(text)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("create a runbook called restart-api", "restart-api"),
        ("Make a runbook named 'Restart API'", "restart-api"),
        ("Write a runbook titled “Restart the API”", "restart-the-api"),
        ("Set up a new runbook `restart_api`", "restart-api"),
        ("Add a runbook called *restart-api*", "restart-api"),
        ("Create a database incident runbook", "database-incident"),
        ("Create a new “DB incident” runbook", "db-incident"),
        ("new runbook restart-api", "restart-api"),
        ("please make me a runbook for the database team called db-check", "db-check"),
        ("Create a runbook called Restart the API", "restart-the-api"),
        ("restart-api", "restart-api"),
        ("Create a runbook called Ünïcode Straße", "unicode-strasse"),
        ("Create a runbook called \u202erestart\u202c-api", "restart-api"),
        ("Create a runbook called 🔥 restart", "restart"),
    ],
)
def test_names_are_found_and_become_slugs(head: str, name: str) -> None:
    assert asked(f"{head} with these steps: 1. Restart it. 2. Look.").name == name


@pytest.mark.parametrize(
    "listed",
    [
        "1. Drain the node. 2. Restart it. 3. Look",
        "1. drain the node 2. restart it 3. look",
        "1) Drain the node 2) Restart it 3) Look",
        "(1) Drain the node, (2) Restart it, and (3) Look",
        "Step 1: Drain the node. Step 2: Restart it. Step 3: Look.",
        "Step 1 - Drain the node\nStep 2 - Restart it\nStep 3 - Look",
        "\n1. Drain the node\n2. Restart it\n3. Look",
        "\n1. Drain the node\n1. Restart it\n1. Look",
        "1. Drain the node. 1. Restart it. 1. Look",
        "\n*1.* Drain the node\n*2.* Restart it\n*3.* Look",
        "\n1.Drain the node\n2.Restart it\n3.Look",
        "\n- Drain the node\n- Restart it\n- Look",
        "\n* Drain the node\n* Restart it\n* Look",
        "\n• Drain the node\n• Restart it\n• Look",
        "• Drain the node • Restart it • Look",
        "- Drain the node - Restart it - Look",
        "\nDrain the node\nRestart it\nLook\n",
        "Drain the node; Restart it; Look",
        "first drain the node, then restart it, finally look",
        "First, drain the node. Then restart it. Finally, look.",
        "first drain the node; then restart it; and finally look",
        "1. Drain the node 2. Restart it\n3. Look",
        "\r\n1. Drain the node\r\n2. Restart it\r\n3. Look",
    ],
)
def test_every_kind_of_list_gives_the_same_steps(listed: str) -> None:
    assert [step.lower() for step in steps(listed)] == ["drain the node", "restart it", "look"]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("1. Wait 2. minutes. 2. Go", ("Wait 2. minutes", "Go")),
        ("1. Install v1.2. 2. Go", ("Install v1.2", "Go")),
        ("1. Allow 3.5 % of errors. 2. Go", ("Allow 3.5 % of errors", "Go")),
        (
            "1. Fetch https://a.example.com/v2.1/x. 2. Go",
            ("Fetch https://a.example.com/v2.1/x", "Go"),
        ),
        (
            "1. Upgrade to version 2. Check it. 2. Go",
            ("Upgrade to version 2. Check it.", "Go"),
        ),
        ("1. Call 555 (2) times. 2. Go", ("Call 555 (2) times", "Go")),
    ],
)
def test_numbers_inside_a_step_do_not_split_it(listed: str, expected: tuple[str, ...]) -> None:
    assert steps(listed) == expected


@pytest.mark.parametrize(
    "courtesy", ["Thanks!", "Thank you very much :pray:", "Many thanks in advance 🙏", "That's it."]
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_courtesy_below_the_list_is_no_part_of_its_last_step(courtesy: str, gap: str) -> None:
    request = asked(
        f"Create a runbook called x with these steps:\n1. Look\n2. Go home{gap}{courtesy}"
    )

    assert request.instructions == ("Look", "Go home")


def test_thanks_that_are_what_a_step_is_about_stay() -> None:
    request = asked(
        "Create a runbook called x with these steps:\n1. Look\n2. Write\nthanks to all on call"
    )

    assert request.instructions == ("Look", "Write\nthanks to all on call")


def test_nested_bullets_stay_in_their_step() -> None:
    assert steps("\n1. Check\n   - the disk\n   - the memory\n2. Restart\n   a. now") == (
        "Check\n- the disk\n- the memory",
        "Restart\na. now",
    )


def test_bullets_without_indentation_belong_to_the_number_above() -> None:
    assert steps("\n1. Check\n• the disk\n• the memory\n2. Restart") == (
        "Check\n- the disk\n- the memory",
        "Restart",
    )


def test_numbers_within_bullets_stay_in_their_step() -> None:
    assert steps("\n- Check\n    1. the disk\n    2. the memory\n- Restart") == (
        "Check\n- the disk\n- the memory",
        "Restart",
    )


@pytest.mark.parametrize(
    ("head", "description"),
    [
        ("called x that restarts the API", "Restarts the API"),
        ("called x, for database incidents,", "For database incidents"),
        ("called x to restart the api", "Restart the api"),
        ('called x with description "What to do"', "What to do"),
        ("called x. Description: What to do.", "What to do"),
        ("called x", ""),
    ],
)
def test_a_description_is_found(head: str, description: str) -> None:
    request = asked(f"Create a runbook {head} with these steps: 1. Restart it. 2. Look.")
    assert (request.name, request.description) == ("x", description)


def test_a_request_on_lines_is_read() -> None:
    request = asked(
        "Create a runbook\nName: Deploy API\nDescription: How the API goes out\n"
        "Parameters: oncall (email), env (choice: staging, prod)=staging, "
        "retries (integer, optional)\nSteps:\n1. Email {{oncall}}\n2. Deploy to {{env}}"
    )

    assert (request.name, request.description) == ("deploy-api", "How the API goes out")
    assert request.parameters == (
        Parameter(name="oncall", type=ParameterType.EMAIL),
        Parameter(
            name="env",
            type=ParameterType.CHOICE,
            choices=("staging", "prod"),
            default="staging",
        ),
        Parameter(name="retries", type=ParameterType.INTEGER, required=False),
    )
    assert request.instructions == ("Email {{oncall}}", "Deploy to {{env}}")


@pytest.mark.parametrize(
    "text",
    [
        (
            "Create a runbook called x with parameter base_url=https://e.example and these steps: "
            "1. A. 2. B."
        ),
        (
            "Create a runbook called x with these steps: 1. A. 2. B, with parameter "
            "base_url=https://e.example"
        ),
        (
            "Create a runbook called x with these steps:\n1. A\n2. B\n\nParameters:\n"
            "- base_url (url) = https://e.example\n"
        ),
        "Create a runbook called x, parameters: `base_url`=<https://e.example>\nSteps:\n1. A\n2. B",
    ],
)
def test_a_declared_parameter_is_read_wherever_it_stands(text: str) -> None:
    request = asked(text)

    assert request.parameters == (
        Parameter(name="base_url", type=ParameterType.URL, default="https://e.example"),
    )
    assert (request.name, request.instructions) == ("x", ("A", "B"))


def test_parameters_found_in_steps_are_declared_with_a_type_only_where_it_is_sure() -> None:
    request = asked(
        "Create a runbook called x with these steps: 1. Fetch {{base_url}}/a as {{run.id}}. "
        "2. Email {{lead_email}} about {{count}}. 3. Look at {{ base_url }}"
    )

    assert [(found.name, found.type.value) for found in request.parameters] == [
        ("base_url", "url"),
        ("lead_email", "email"),
        ("count", "string"),
    ]


def test_what_is_written_of_a_parameter_is_kept() -> None:
    request = asked(
        "Create a runbook called x\nParameters:\n- oncall (email): who is paged\n"
        "- region (where it runs)\nSteps:\n1. A {{oncall}}\n2. B {{region}}"
    )

    assert [found.description for found in request.parameters] == ["who is paged", "where it runs"]


def test_slack_markup_is_read_as_it_was_seen() -> None:
    assert plain(
        "<mailto:a@b.co|a@b.co> <https://x.example/y|x.example/y> <https://x.example/y> "
        "<https://x.example/z|the page> <#C123|incidents> <@U123> <!here> "
        "<!subteam^S1|@oncall> a &lt;b&gt; &amp;amp; c\u200b\u202e"
    ) == (
        "a@b.co x.example/y https://x.example/y the page (https://x.example/z) "
        "<#C123|incidents> <@U123> @here @oncall a <b> &amp; c"
    )


def test_slack_markup_in_a_request_keeps_channels() -> None:
    assert steps('1. Post "R&amp;D" to <#C123|incidents>. 2. Mail <mailto:a@b.co|a@b.co>.') == (
        'Post "R&D" to <#C123|incidents>',
        "Mail a@b.co",
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "be called, and what are its steps"),
        ("create a runbook", "be called, and what are its steps"),
        ("create a runbook called x", "the steps of x"),
        ("create a runbook called x with these steps:", "the steps of x"),
        ("create a runbook with these steps: 1. A. 2. B.", "runbook with 2 steps be called"),
        ("create a runbook called x with these steps: Do this. Do that.", "each step of x end"),
        ("create a runbook called <script>alert(1)</script> with these steps: 1. A", "which name"),
        ("create a runbook called <!channel> with these steps: 1. A", "which name"),
        ("create a runbook called {{x}} with these steps: 1. A", "which name"),
    ],
)
def test_what_is_missing_is_asked_for_with_an_example(text: str, wanted: str) -> None:
    said = question(text)

    assert wanted in said.lower()
    assert "For example: " in said or "for example: " in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("create a runbook called مرحبا with these steps: 1. A", "letters, digits and hyphens"),
        ("create a runbook called 🔥 with these steps: 1. A", "letters, digits and hyphens"),
        (f"create a runbook called {'x' * 81} with these steps: 1. A", "1 to 80 letters"),
        ("create a runbook called x with these steps: 1. " + "a" * 2001, "2,001 characters"),
        ("x" * 50_000, "50,000 characters"),
        (
            "create a runbook called x with these steps:"
            + "".join(f"\n{n}. Restart host {n}" for n in range(1, 102)),
            "this has 101",
        ),
        (
            "create a runbook called x with parameter key (secret) and these steps: 1. A",
            "can't hold a secret",
        ),
    ],
)
def test_what_breaks_a_limit_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_request(text)
    assert sentence in refused.value.sentence


def test_a_hundred_steps_are_read() -> None:
    listed = "".join(f" {n}. Restart host {n}a." for n in range(1, 101))
    assert len(steps(listed)) == 100


def test_ten_thousand_characters_are_read() -> None:
    listed = "".join(f"\n{n}. {'Look at it ' * 45}" for n in range(1, 21))
    assert len(listed) > 9_900
    assert len(steps(listed)) == 20


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", [" ", "\n", "1. ", "with parameters a, ", "first ", "description: "]
)
def test_the_longest_text_is_read_in_no_time(piece: str) -> None:
    text = ("create a runbook called x with parameters" + piece * 40_000)[:39_990] + " end"
    with contextlib.suppress(InvalidInput):
        read_request(text)
