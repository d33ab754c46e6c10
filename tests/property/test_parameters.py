"""Values are read, checked and filled in as data, whatever they are."""

from __future__ import annotations

import re

import pytest
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


@pytest.mark.parametrize("pattern", ["a)|(b", "a)|(?:.*", "a)|(?:b", ")(", "(?x) a # "])
def test_a_pattern_that_would_step_out_of_its_brackets_is_refused(pattern: str) -> None:
    assert pattern_problem(pattern)
    with pytest.raises(ValueError, match="x must match the pattern"):
        read(Parameter(name="x", pattern=pattern), "a zzz b")


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("a|b", "b", True),
        ("a|b", "ab", False),
        ("(?m)^ok$", "bad\nok", False),
        ("ok", "ok!", False),
    ],
)
def test_a_pattern_is_held_against_the_whole_value(
    pattern: str, value: str, *, matches: bool
) -> None:
    assert pattern_problem(pattern) is None
    if matches:
        assert read(Parameter(name="x", pattern=pattern), value) == value
        return
    with pytest.raises(ValueError, match="x must match the pattern"):
        read(Parameter(name="x", pattern=pattern), value)


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.com",
        "ana.o'brien+runbot@mail.example.co.uk",
        "x_1@xn--mller-kva.example",
        "ana@müller.example",
        "ana@例え.テスト",
    ],
)
def test_an_address_as_people_have_them_is_read_as_itself(text: str) -> None:
    assert read(Parameter(name="to", type=ParameterType.EMAIL), text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?x=0ABcc:_evil?=@example.com",
        "a@=?utf-8?q?x?=.example",
        "a(comment)@example.com",
        "a@example(comment).com",
        "a:b@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a@example",
        "a@-example.com",
        "a@example-.com",
        "a@example..com",
        "a@[127.0.0.1]",
        "a\\@example.com",
        "a\x00@example.com",
        "käse@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + "b." * 130 + "com",
        "a@example.com\x0bBcc: evil@example.com",
    ],
)
def test_what_could_be_read_as_more_than_one_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="to must be an email address"):
        read(Parameter(name="to", type=ParameterType.EMAIL), text)


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
