"""The gallery has every kind of view that Runbot can show, and all of them can be sent."""

from __future__ import annotations

import cProfile
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import CodeType
from typing import Any, get_type_hints

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.parameters import ParameterType
from runbot.domain.runbook import AnswerKind, RunbookStatus
from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.surfaces.slack import views
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.gallery import Sample, runs, samples
from runbot.surfaces.slack.views.gallery.things import PARAMETERS

SAMPLES = list(samples())
# What a function of the views gives back where it makes something that goes to Slack.
PAYLOADS: tuple[Any, ...] = (Message, Message | None, View, dict[str, Any], list[Block])


def payload_functions() -> Iterator[tuple[str, CodeType]]:
    """The views' public functions that make payloads, the gallery's own left out."""
    for found in pkgutil.iter_modules(views.__path__):
        if found.ispkg:
            continue
        module = importlib.import_module(f"{views.__name__}.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            if get_type_hints(function)["return"] in PAYLOADS:
                yield f"{found.name}.{name}", function.__code__


def called_by_the_gallery() -> frozenset[CodeType]:
    """Every function that runs while the gallery is made."""
    profile = cProfile.Profile(builtins=False)
    profile.enable()
    try:
        list(samples())
    finally:
        profile.disable()
    return frozenset(e.code for e in profile.getstats() if isinstance(e.code, CodeType))


def test_every_view_has_a_sample() -> None:
    """A view that is new fails here until the gallery has it."""
    makers = dict(payload_functions())
    called = called_by_the_gallery()
    assert len(makers) > 30
    assert [name for name, code in makers.items() if code not in called] == []


def test_names_are_unique_and_every_surface_is_there() -> None:
    names = [sample.name for sample in SAMPLES]
    assert len(names) == len(set(names))
    assert {sample.surface for sample in SAMPLES} == {"message", "modal", "home"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_playground_takes_it(sample: Sample) -> None:
    if sample.surface == "message":
        assert 0 < len(sample.payload["text"]) <= 3000
        accept_message_blocks(sample.payload["blocks"])
    else:
        assert sample.payload["type"] == sample.surface
        accept_view(sample.payload)


def test_runs_are_drawn_in_each_state_of_run_and_step_and_with_each_question() -> None:
    stories = [runs.story(state, size).run for size in (1, 10) for state in runs.STATES]
    assert {run.status for run in stories} == set(RunStatus)
    assert {step.status for run in stories for step in run.steps} == set(StepStatus)
    asked = {run.question.kind for run in stories if run.question and not run.question.answer}
    assert asked == set(QuestionKind)
    names = {sample.name for sample in SAMPLES}
    for size in (1, 10, 100):
        assert {f"run of {size}, {state}" for state in runs.STATES} <= names


def test_each_answer_is_shown() -> None:
    answered = {s.name.rpartition(" ")[2] for s in SAMPLES if ", answered " in s.name}
    assert answered == {choice.value for choice in Choice}


def test_the_form_has_a_parameter_of_each_type_with_and_without_a_value() -> None:
    assert {parameter.type for parameter in PARAMETERS} == set(ParameterType)
    (empty,) = [s for s in SAMPLES if s.name == "run form, every type, empty"]
    (filled,) = [s for s in SAMPLES if s.name == "run form, every type, filled in"]
    initial = [
        [key for key in block["element"] if key.startswith("initial_")]
        for block in filled.blocks
        if block["type"] == "input"
    ]
    assert [len(keys) for keys in initial] == [1] * len(ParameterType)
    assert not [b for b in empty.blocks if "initial_" in str(b.get("element"))]


def test_cards_are_shown_in_each_state_and_with_each_kind_of_question() -> None:
    shown = str([s.payload for s in SAMPLES if s.surface == "message"])
    for word in RunbookStatus:
        assert f"*{word.value.capitalize()}" in shown
    for kind in AnswerKind:
        assert f"Which {kind}?" in shown
