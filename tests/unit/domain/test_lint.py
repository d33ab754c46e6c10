"""What lint finds, what it leaves alone, and what it offers."""

from __future__ import annotations

import pytest

from runbot.domain.lint import Finding, Severity, lint
from runbot.domain.parameters import Parameter, placeholders
from runbot.domain.runbook import Content, ManualPlan, Step, ToolPlan
from unit.domain.lint_samples import BAD, GOOD


def content(*instructions: str, parameters: tuple[str, ...] | None = None) -> Content:
    names = (
        parameters
        if parameters is not None
        else tuple(dict.fromkeys(name for said in instructions for name in placeholders(said)))
    )
    return Content(
        parameters=tuple(Parameter(name=name) for name in names),
        steps=tuple(Step(instruction=said, plan=ManualPlan()) for said in instructions),
    )


def only(*instructions: str, parameters: tuple[str, ...] | None = None) -> Finding:
    (finding,) = lint(content(*instructions, parameters=parameters))
    return finding


@pytest.mark.parametrize("instruction", GOOD)
def test_a_good_step_is_left_alone(instruction: str) -> None:
    assert lint(content(instruction)) == ()


@pytest.mark.parametrize(("instruction", "code"), BAD)
def test_a_bad_step_has_exactly_its_finding_with_a_fix(instruction: str, code: str) -> None:
    finding = only(instruction)

    assert (finding.code, finding.step, finding.severity) == (code, 1, Severity.WARNING)
    assert finding.sentence
    assert finding.fix.endswith((".", "?", '"', "…"))


@pytest.mark.parametrize(
    ("instruction", "better"),
    [
        ("The on-call engineer should be paged", "Page the on-call engineer"),
        ("All alerts need to be silenced", "Silence all alerts"),
        ("The key must be rotated every week", "Rotate the key every week"),
        ("We need to rotate the key", "Rotate the key"),
        ("Restarting the api", "Restart the api"),
        ("The operator restarts the API", "Restart the API"),
    ],
)
def test_the_imperative_is_offered_where_it_can_be_formed(instruction: str, better: str) -> None:
    assert only(instruction).fix == f'Write "{better}".'


def test_no_imperative_is_invented() -> None:
    assert "should be up" not in only("The API should be up").fix


def test_quoted_words_are_not_read_as_instructions() -> None:
    assert lint(content('Post "Stop writes and then call us" to #ops')) == ()


def test_twenty_steps_are_many_and_nineteen_are_not() -> None:
    steps = [f"Restart host number {word}" for word in "abcdefghijklmnopqrst"]

    assert only(*steps).code == "long"
    assert lint(content(*steps[:19])) == ()


def test_an_undefined_parameter_is_an_error() -> None:
    finding = only("Drain {{node}}", parameters=())

    assert (finding.code, finding.severity, finding.step) == (
        "undefined-parameter",
        Severity.ERROR,
        1,
    )


def test_an_undefined_parameter_in_a_plan_or_an_answer_is_found_once() -> None:
    step = Step(
        instruction="Fetch the page with web_fetch",
        plan=ToolPlan(tool="web_fetch", arguments={"url": "{{base_url}}/x"}),
        answers={"url": "{{base_url}}/x"},
    )

    (finding,) = lint(Content(steps=(step,)))

    assert finding.code == "undefined-parameter"


def test_a_parameter_that_is_near_is_offered() -> None:
    assert "{{node}}" in lint(content("Drain {{Node}}", parameters=("node",)))[-1].fix


def test_built_in_names_need_no_declaration() -> None:
    assert lint(content("Save the logs as logs-{{run.number}}", parameters=())) == ()


def test_an_unused_parameter_is_named() -> None:
    finding = only("Drain the node", parameters=("region",))

    assert (finding.code, finding.step) == ("unused-parameter", None)
    assert "region" in finding.sentence


def test_a_parameter_used_only_by_a_plan_is_used() -> None:
    step = Step(
        instruction="Run a diagnostic web_fetch against /health",
        plan=ToolPlan(tool="web_fetch", arguments={"url": "{{base_url}}/health"}),
    )

    assert lint(Content(parameters=(Parameter(name="base_url"),), steps=(step,))) == ()


def test_an_answer_is_not_hard_coded() -> None:
    step = Step(
        instruction="Run a diagnostic web_fetch against /health",
        plan=ToolPlan(tool="web_fetch", arguments={"url": "https://app.example.com/health"}),
        answers={"url": "https://app.example.com"},
    )

    assert lint(Content(steps=(step,))) == ()


def test_a_hard_coded_value_is_offered_as_a_parameter_with_a_free_name() -> None:
    first = only("Check that CPU is below 80%")
    _, second = (
        lint(
            content("Check that CPU is below 80%", "Use {{threshold}}", parameters=("threshold",))
        )[0],
        lint(content("Check that memory is below 90%", "Use {{threshold}}"))[0],
    )

    assert "{{threshold}} with 80%" in first.fix
    assert "{{threshold_2}} with 90%" in second.fix


def test_the_same_step_twice_is_found_but_waiting_twice_is_fine() -> None:
    assert only("Restart the api", "Wait 5 minutes", "Restart the API.", "Wait 5 minutes").step == 3


@pytest.mark.parametrize(
    ("instruction", "name", "value"),
    [
        ("Fetch https://staging.example.com/health", "environment", "staging"),
        ("Fetch https://app.example.com/prod/health", "environment", "prod"),
        ("Fetch https://logs.example.com/2026-01-31.log", "date", "2026-01-31"),
        ("Open https://tickets.example.com/browse/10423", "id", "10423"),
    ],
)
def test_what_changes_within_an_address_is_offered_as_a_parameter(
    instruction: str, name: str, value: str
) -> None:
    assert only(instruction).fix == (
        f"Put a parameter in its place, such as {{{{{name}}}}} with {value} as its default."
    )


def test_an_address_of_several_steps_is_offered_as_a_parameter_for_its_site_alone() -> None:
    site = "https://app.example.com:8443"
    found = lint(content(f"Fetch {site}/health", f"Check that {site}/version is up"))

    assert [finding.step for finding in found] == [1, 2]
    assert {finding.fix for finding in found} == {
        f"Put a parameter in its place, such as {{{{base_url}}}} with {site} as its default."
    }


def test_sites_that_only_begin_alike_are_not_the_same() -> None:
    assert lint(content("Fetch https://a.example/x", "Fetch https://a.example.org/x")) == ()
