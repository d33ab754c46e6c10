"""Values are read, checked and filled in as data, whatever they are."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import (
    PLACEHOLDER,
    Parameter,
    ParameterType,
    check,
    fill,
    pattern_problem,
    placeholders,
    read,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.emails(),
    st.sampled_from(
        [
            "yes",
            "off",
            "https://e.example/x?y=1",
            "<https://e.example|x>",
            "<mailto:a@b.example|a@b.example>",
            "<@U123|ana>",
            "<#C123|ops>",
            "#ops",
            "http://[::1",
            "http://",
            "1_000",
            "٣",
            "1e400",
            "nan",
            "9" * 5000,
            "2026-02-30",
            "20260131",
            "{{other}}",
            "a\x00b",
        ]
    ),
)
TYPES = st.sampled_from(ParameterType)
PARAMETERS = st.builds(
    Parameter,
    name=NAMES,
    type=TYPES,
    required=st.booleans(),
    default=st.none() | VALUES,
    choices=st.just(()) | st.tuples(VALUES, VALUES),
)


@given(PARAMETERS, VALUES)
def test_a_value_is_read_or_refused_with_a_sentence_that_names_it(
    parameter: Parameter, text: str
) -> None:
    refusal = ""
    try:
        read(parameter, text)
    except ValueError as wrong:
        refusal = str(wrong)
    assert not refusal or re.match(rf"{parameter.name} m(?:ust|ay)\b.*\.\Z", refusal, re.DOTALL)


@given(TYPES, VALUES)
def test_a_canonical_value_is_read_as_itself(kind: ParameterType, text: str) -> None:
    parameter = Parameter(name="value", type=kind)
    try:
        value = read(parameter, text)
    except ValueError:
        return
    assert read(parameter, value) == value


@given(st.lists(PARAMETERS, max_size=4, unique_by=lambda p: p.name), st.dictionaries(NAMES, VALUES))
def test_a_run_has_a_value_for_each_parameter_or_is_not_started(
    parameters: list[Parameter], given_values: dict[str, str]
) -> None:
    declared = {parameter.name for parameter in parameters}
    refused: InvalidInput | None = None
    values: dict[str, str] = {}
    try:
        values = check(parameters, given_values)
    except InvalidInput as error:
        refused = error
    if refused:
        assert refused.problems
        assert {problem.field for problem in refused.problems} <= declared | set(given_values)
        assert "not started" in refused.sentence
        return
    assert set(values) == declared
    assert set(given_values) <= declared
    for parameter in parameters:
        assert values[parameter.name] or not parameter.required


@given(st.lists(PARAMETERS, max_size=4, unique_by=lambda p: p.name), st.dictionaries(NAMES, VALUES))
def test_checked_values_pass_a_second_check_unchanged(
    parameters: list[Parameter], given_values: dict[str, str]
) -> None:
    try:
        values = check(parameters, given_values)
    except InvalidInput:
        assume(False)  # noqa: FBT003 - Hypothesis's own signature
        return
    assert check(parameters, values) == values


@given(st.lists(st.one_of(NAMES.map("{{{{{}}}}}".format), st.text(max_size=9))), VALUES)
def test_a_value_that_looks_like_a_placeholder_is_never_expanded(
    pieces: list[str], secret: str
) -> None:
    text = " ".join(pieces)
    values = dict.fromkeys(placeholders(text), "{{hidden}}")

    filled = fill(text, {**values, "hidden": secret} if "hidden" not in values else values)

    assert filled == PLACEHOLDER.sub("{{hidden}}", text)


@given(st.text(max_size=80), st.dictionaries(NAMES, VALUES))
def test_what_has_no_value_stays_as_it_is(text: str, values: dict[str, str]) -> None:
    filled = fill(text, {})

    assert filled == text
    if not set(placeholders(text)) & set(values):
        assert fill(text, values) == text


@given(VALUES)
def test_a_value_goes_in_literally(value: str) -> None:
    assert fill(r"a {{x}} \1 {{ x }}", {"x": value}) == rf"a {value} \1 {value}"


@given(st.text(max_size=30), VALUES)
def test_any_pattern_is_used_or_refused_before_it_is_used(pattern: str, value: str) -> None:
    if problem := pattern_problem(pattern):
        assert pattern in problem
        return
    refusal = ""
    try:
        read(Parameter(name="x", pattern=pattern), value)
    except ValueError as wrong:
        refusal = str(wrong)
    assert not refusal or refusal.startswith("x m")
