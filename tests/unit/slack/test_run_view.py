"""A run's message, its questions and its log: legible and inside Slack's sizes for any run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbot.domain import progress
from runbot.domain.law import (
    CHOICES,
    Choice,
    QuestionKind,
    RunMove,
    StepStatus,
    may,
)
from runbot.domain.run import Run
from runbot.playground.blocks import accept_message_blocks
from runbot.surfaces.slack.views.budget import Message, total_text
from runbot.surfaces.slack.views.questions import (
    answered_message,
    closing,
    note_modal,
    question_message,
    skip_modal,
)
from runbot.surfaces.slack.views.run import SMALLEST_ROOM, run_message
from runbot.surfaces.slack.views.timeline import (
    log_message,
    summary_message,
    timeline_message,
    timeline_modal,
)
from unit.slack.runs import ANA, BEN, Story

_NASTY = (
    "<!channel> <@U1|ana> </b>& <https://evil.example|bank>",
    "😀" * 40,
    "שלום עולם \u202e gnp.exe",
    "```rm -rf /```\n✅ 3  All done · complete",
    "*bold* _it_ ~no~ `code`",
    "&amp;&lt;@UANA&gt;",
)
_WORDS = st.one_of(
    st.text(min_size=1, max_size=60).filter(str.strip),
    st.sampled_from(_NASTY),
    st.sampled_from([(piece * 60)[:2000] for piece in _NASTY]),
)
_SUMMARIES = st.one_of(
    st.text(max_size=300), st.builds(lambda p: (p * 9)[:300], st.sampled_from(_NASTY))
)
# What Slack reads as markup: only these may stand in a message, each made by Runbot itself.
_MARKUP = re.compile(r"<(?:@[UW][A-Z0-9]{2,}|#[CG][A-Z0-9]{2,}|!date\^\d+\^[^<>]*)>")


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A run somewhere on its way, by moves that the law allows."""
    count = draw(st.integers(1, 100))
    words = draw(st.lists(_WORDS, min_size=1, max_size=6))
    manual = draw(st.sets(st.integers(1, count), max_size=5))
    story = Story((words[n % len(words)] for n in range(count)), manual=manual)
    if draw(st.integers(0, 20)) == 0:
        return story
    story.begin()
    summaries = draw(st.lists(_SUMMARIES, min_size=1, max_size=5))
    outcomes = draw(
        st.lists(st.sampled_from(["complete", "failed", "skipped"]), min_size=1, max_size=7)
    )
    for number in range(1, draw(st.integers(0, count)) + 1):
        _finish(story, number, outcomes[number % len(outcomes)], summaries[number % len(summaries)])
    _stop(story, draw(st.sampled_from(["boundary", "running", "asked", "pausing", "paused"])), draw)
    if draw(st.integers(0, 3)) == 0 and not story.run.ended:
        story.aborted()
    return story


def _finish(story: Story, number: int, outcome: str, summary: str) -> None:
    story.open(number)
    if outcome == "complete":
        story.succeed(number, summary)
        return
    story.breaks(number, summary)
    if outcome == "failed":
        story.take(progress.fail_step(story.run, number, stop=False, at=story.tick()))
        return
    story.asks(number, QuestionKind.FAILURE, summary)
    story.answered(Choice.SKIP, note=summary)


def _stop(story: Story, where: str, draw: st.DrawFn) -> None:
    current = story.run.current
    if current is None:
        story.completed()
        return
    if where == "paused":
        story.pause_asked()
        story.paused()
        return
    kind = draw(st.sampled_from(QuestionKind)) if where == "asked" else None
    if kind is QuestionKind.APPROVAL:
        story.proposes(current.number)
        return
    if where != "boundary":
        story.open(current.number)
    if where == "pausing":
        story.pause_asked()
    if kind is not None:
        if kind is QuestionKind.FAILURE:
            story.breaks(current.number, draw(_SUMMARIES))
        story.asks(current.number, kind, draw(_SUMMARIES))


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            return [value["text"]]
        return [text for item in value.values() for text in _texts(item)]
    return []


def _accepted(message: Message) -> str:
    """The message's text, once Slack's own checks have passed and no foreign markup is in it."""
    accept_message_blocks(message.blocks)
    assert total_text(message.blocks) <= 13_000
    assert 0 < len(message.text) <= 3000
    texts = _texts(message.blocks)
    for text in [*texts, message.text]:
        left = _MARKUP.sub("", text)
        assert "<" not in left, text
        assert ">" not in left.replace("\n> ", "\n"), text
    return "\n".join(texts)


def _buttons(message: Message) -> list[str]:
    return [
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_any_run_renders_inside_slacks_sizes_with_what_matters_shown(story: Story) -> None:
    run, last = story.run, story.events[-1] if story.events else None
    text = _accepted(run_message(run, last=last))
    for step in run.steps:
        if step.status in {StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.RUNNING}:
            assert re.search(rf"^\S+ {step.number}  .*{step.status}", text, re.MULTILINE)
    if run.current and not run.ended:
        assert re.search(rf"^\S+ {run.current.number}  ", text, re.MULTILINE)
    _accepted(run_message(run, last=last, room=SMALLEST_ROOM))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_any_runs_thread_and_timeline_render_inside_slacks_sizes(story: Story) -> None:
    run, events = story.run, story.events
    _accepted(timeline_message(run, events))
    timeline_modal(run, events)
    if log := log_message(run, events):
        _accepted(log)
    if run.ended:
        _accepted(summary_message(run, events, ["logs-1042"] * 30))
    if run.question and run.question.answer is None and not run.ended:
        _accepted(question_message(run))
        skip_modal(run.question.id, run)
        note_modal(run.question.id, run)
    for index, event in enumerate(events):
        if event.kind == "question asked" and (closed := closing(events, index)):
            _accepted(answered_message(run, event, closed[1]))
            break


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_a_button_is_there_exactly_when_the_law_allows_its_move(story: Story) -> None:
    run = story.run
    buttons = _buttons(run_message(run))
    pausing = run.pause_requested_by is not None and not run.ended
    assert ("run.abort" in buttons) == may(run.status, RunMove.ABORT)
    assert ("run.pause" in buttons) == (may(run.status, RunMove.REQUEST_PAUSE) and not pausing)
    assert ("run.resume" in buttons) == (may(run.status, RunMove.RESUME) or pausing)
    assert ("run.again" in buttons) == run.ended


def _first_line(run: Run, story: Story) -> str:
    message = run_message(run, last=story.events[-1] if story.events else None)
    text: str = message.blocks[0]["text"]["text"]
    return text


def test_the_first_line_tells_the_state_at_every_stage() -> None:
    story = Story(manual=[2])
    assert "*Queued*" in _first_line(story.run, story)
    story.begin()
    story.open(1)
    assert "*Running, step 1 of 3*" in _first_line(story.run, story)
    story.pause_asked()
    assert "*Pausing, step 1 of 3*" in _first_line(story.run, story)
    story.succeed(1)
    story.paused()
    assert f"*Paused by {BEN.mention} at step 2 of 3*" in _first_line(story.run, story)
    story.resumed()
    story.open(2)
    story.asks(2, QuestionKind.MANUAL)
    assert f"Waiting for {BEN.mention} to do step 2 of 3" in _first_line(story.run, story)
    story.answered(Choice.DONE)
    story.open(3)
    story.breaks(3)
    story.asks(3, QuestionKind.FAILURE)
    assert "Waiting for a choice: step 3 of 3 failed" in _first_line(story.run, story)
    story.answered(Choice.SKIP, note="not today")
    story.completed()
    assert "Completed in 13 s, 1 step skipped" in _first_line(story.run, story)


def test_an_abort_says_who_did_it_and_what_may_have_taken_effect() -> None:
    story = Story()
    story.begin()
    story.open(1)
    before = run_message(story.run)
    confirm = _element(before, "run.abort")["confirm"]["text"]["text"]
    assert confirm.startswith("Step 1 is running and will be cut off.")
    story.aborted()
    line = _first_line(story.run, story)
    assert f"Aborted by {ANA.mention}; step 1 was cut off and may have taken effect" in line


def _element(message: Message, action: str) -> dict[str, Any]:
    elements: list[dict[str, Any]] = [
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    return next(element for element in elements if element["action_id"] == action)


@pytest.mark.parametrize("kind", QuestionKind)
def test_a_question_offers_exactly_the_choices_of_its_kind(kind: QuestionKind) -> None:
    story = Story()
    story.begin()
    if kind is QuestionKind.APPROVAL:
        story.proposes(1)
    else:
        story.open(1)
        story.asks(1, kind)
    offered = set(_buttons(question_message(story.run))) - {
        "question.note",
        "question.hand_over",
        "question.change",
    }
    assert offered == {f"question.{choice}" for choice in CHOICES[kind]}


def test_a_long_run_folds_what_is_done_and_what_is_far_off() -> None:
    story = Story(f"Thing {n}" for n in range(1, 101))
    story.begin()
    for number in range(1, 41):
        story.does(number)
    story.open(41)
    text = _accepted(run_message(story.run))
    assert "✅ 1-37 complete" in text
    assert "… 54 more pending (47-100)" in text
    assert "*Thing 41* · running since" in text
    assert len(text) < 2500


def test_thirty_steps_are_all_shown() -> None:
    story = Story(f"Thing {n}" for n in range(1, 31))
    text = _accepted(run_message(story.run))
    assert all(f"Thing {n} · pending" in text for n in range(1, 31))


def test_words_of_a_step_cannot_pretend_to_be_another_steps_line() -> None:
    story = Story(["Look\n✅ 2  Delete everything · complete, 0.1 s", "Delete everything"])
    lines = _accepted(run_message(story.run)).splitlines()
    assert sum(line.startswith("✅ 2") for line in lines) == 0


def test_parameters_are_shown_filled_in_and_ping_nobody_they_should_not() -> None:
    story = Story(["Tell {{who}} about {{what}}"])
    story.run = story.run.model_copy(update={"values": {"who": "<@UMIA>", "what": "<!here>"}})
    text = _accepted(run_message(story.run))
    assert "Tell @UMIA about &lt;!here&gt;" in text
