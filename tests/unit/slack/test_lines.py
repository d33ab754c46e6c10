"""Steps and parameters as text: what is written out reads back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import Parameter, ParameterType
from runbot.surfaces.slack import lines

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
LINE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
INSTRUCTION = st.lists(LINE, min_size=1, max_size=4).map("\n".join)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
VALUE = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip)
VALUE = VALUE | st.sampled_from(["optional", "Required", 'a, "b"', "a — b", "~ x", "(y)"])


@st.composite
def parameters(draw: st.DrawFn) -> Parameter:
    type_ = draw(st.sampled_from(list(ParameterType)))
    choosing = type_ is ParameterType.CHOICE
    return Parameter(
        name=draw(NAMES),
        type=type_,
        required=draw(st.booleans()),
        choices=tuple(draw(st.lists(VALUE, min_size=1, max_size=3))) if choosing else (),
        default=draw(st.none() | VALUE),
        pattern=draw(st.none() | VALUE),
        description=draw(st.just("") | LINE),
    )


@given(st.lists(INSTRUCTION, max_size=8))
def test_steps_read_back_as_they_were_written_out(instructions: list[str]) -> None:
    assert lines.read_steps(lines.steps_text(instructions)) == tuple(instructions)


@given(st.lists(parameters(), max_size=5))
def test_parameters_read_back_as_they_were_written_out(declared: list[Parameter]) -> None:
    assert lines.read_parameters(lines.parameters_text(declared)) == tuple(declared)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a\nb", ("a", "b")),
        ("1. a\n2. b", ("a", "b")),
        ("1) a\n(2) b\n- c\n• d", ("a", "b", "c", "d")),
        ("1. a\n1. b", ("a", "b")),
        ("1. a\n   more of a\n2. b", ("a\nmore of a", "b")),
        ("1. a\nmore of a\n2. b", ("a\nmore of a", "b")),
        ("1.\n2. b", ("b",)),
        ("intro\n1. a", ("intro", "a")),
        ("  \n\n", ()),
        ("1. wait 3.5 seconds", ("wait 3.5 seconds",)),
        ("Step 1: a\nstep 2: b", ("a", "b")),
        ("1: a\n2: b", ("a", "b")),
        ("1. Step 1: a", ("Step 1: a",)),
    ],
)
def test_steps_are_read_as_people_write_them(text: str, steps: tuple[str, ...]) -> None:
    assert lines.read_steps(text) == steps


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("env", Parameter(name="env")),
        ("{{env}}", Parameter(name="env")),
        ("- env", Parameter(name="env")),
        ("env = staging", Parameter(name="env", default="staging")),
        ("env — where it runs", Parameter(name="env", description="where it runs")),
        ("env - where it runs", Parameter(name="env", description="where it runs")),
        ("n (integer, optional)", Parameter(name="n", type=ParameterType.INTEGER, required=False)),
        (
            "env (choice: a, b) = a",
            Parameter(name="env", type=ParameterType.CHOICE, choices=("a", "b"), default="a"),
        ),
        (
            "env (choice: a, b, optional)",
            Parameter(name="env", type=ParameterType.CHOICE, choices=("a", "b"), required=False),
        ),
    ],
)
def test_parameters_are_read_as_people_write_them(text: str, parameter: Parameter) -> None:
    assert lines.read_parameters(text) == (parameter,)


@pytest.mark.parametrize(
    "text", ["env (colour)", "env (choice)", 'env = "open', "two words", "env (a", "= x"]
)
def test_a_line_that_cannot_be_read_is_named_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        lines.read_parameters(f"fine\n{text}")
    assert "Line 2" in refused.value.problems[0].sentence
    assert "for example" in refused.value.sentence or "Write a parameter as" in refused.value.do
