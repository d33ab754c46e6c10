"""What a run's message, its questions and its thread say: who did what, each thing once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runbot.domain import progress
from runbot.domain.law import Choice, QuestionKind
from runbot.domain.run import Run
from runbot.domain.runbook import Content, ManualPlan, Step
from runbot.surfaces.slack.views import words
from runbot.surfaces.slack.views.questions import (
    answered_message,
    closing,
    first_answer,
    told_with,
)
from runbot.surfaces.slack.views.run import run_message
from runbot.surfaces.slack.views.text import between, channel, written
from runbot.surfaces.slack.views.timeline import log_message, summary_message, timeline_message
from unit.slack.runs import ANA, BEN, START, Story


def shown(run: Run, story: Story) -> str:
    message = run_message(run, last=words.latest(run, story.events))
    return "\n".join(str(block) for block in message.blocks)


def failing() -> Story:
    story = Story()
    story.begin()
    story.open(1)
    story.breaks(1)
    story.asks(1, QuestionKind.FAILURE)
    return story


def test_a_steps_line_names_who_did_it_beside_their_note() -> None:
    story = Story(manual=[1, 2])
    story.begin()
    story.open(1)
    story.asks(1, QuestionKind.MANUAL)
    story.answered(Choice.DONE, note="checked, all fine")
    story.open(2)
    story.asks(2, QuestionKind.MANUAL)
    story.answered(Choice.SKIP, by=ANA, note="known bad")
    text = shown(story.run, story)
    assert f"done by {BEN.mention}: checked, all fine" in text
    assert f"· skipped by {ANA.mention}: known bad" in text
    assert "skipped · skipped" not in text


@pytest.mark.parametrize(
    ("values", "who"),
    [({"owner": "U0BEN"}, "<@U0BEN>"), ({"owner": "everyone"}, "a person"), ({}, "a person")],
)
def test_a_step_of_a_parameters_person_is_theirs(values: dict[str, str], who: str) -> None:
    run = Story().run
    step = Step(instruction="Ask {{owner}}", plan=ManualPlan(assignee="{{owner}}"))
    run = run.model_copy(update={"content": Content(steps=(step,)), "values": values})

    assert words.assignee(run, 1) == who


def test_a_step_that_failed_before_the_abort_still_says_so() -> None:
    story = failing()
    story.aborted()
    text = shown(story.run, story)
    assert "❌ 1  Page the on-call engineer · failed, then the run was aborted" in text
    assert "was under way" not in text


def test_a_step_that_was_under_way_at_the_abort_says_so() -> None:
    story = Story()
    story.begin()
    story.open(1)
    story.aborted()
    assert "⏹️ 1  Page the on-call engineer · cancelled, was under way" in shown(story.run, story)


def test_a_failed_step_that_waits_for_a_choice_has_a_sign_of_its_own() -> None:
    failed = failing()
    assert "❗ 1" in shown(failed.run, failed)
    assert "failed, waiting for a choice" in shown(failed.run, failed)
    manual = Story(manual=[1])
    manual.begin()
    manual.open(1)
    manual.asks(1, QuestionKind.MANUAL)
    assert "✋ 1" in shown(manual.run, manual)


def test_a_step_that_lets_time_pass_shows_when_it_ends() -> None:
    story = Story(["Wait 30 seconds"])
    story.begin()
    story.open(1)
    end = story.at + timedelta(seconds=30)
    story.take(progress.let_pass(story.run, 1, deadline=end))
    assert f"running until <!date^{int(end.timestamp())}^" in shown(story.run, story)


def test_a_paused_run_names_who_paused_it_whatever_came_after() -> None:
    story = Story(manual=[1])
    story.begin()
    story.open(1)
    story.asks(1, QuestionKind.MANUAL)
    story.pause_asked(by=ANA)
    story.answered(Choice.DONE)
    assert f"Paused by {ANA.mention} at step 2 of 3" in shown(story.run, story)
    timeline = timeline_message(story.run, story.events)
    assert f"Paused by {ANA.mention}" in str(timeline.blocks)


def test_what_took_no_time_is_told_without_a_number() -> None:
    assert between(START, START + timedelta(milliseconds=40)) == ""
    assert between(START, START + timedelta(milliseconds=400)) == "0.4 s"


def test_a_direct_message_is_called_so() -> None:
    assert channel("D0BO5ZOIOXG") == "direct message"
    assert channel("C0BO5ZOIOXG") == "<#C0BO5ZOIOXG>"


def test_people_in_somebodys_own_words_are_shown_by_name_and_nothing_else_is() -> None:
    assert written("Ask <@UBEN> & <!channel>", 80) == "Ask <@UBEN> &amp; &lt;!channel&gt;"
    assert written("Ask <@UBEN|<b>> now", 80).startswith("Ask &lt;@UBEN")


def test_an_answered_question_tells_the_failure_and_the_answer_once() -> None:
    story = failing()
    asked = len(story.events) - 1
    story.answered(Choice.SKIP, by=ANA, note="known bad")
    index, closed = closing(story.events, asked) or pytest.fail("the question is still open")
    text = str(answered_message(story.run, story.events[asked], closed).blocks)
    assert "Attempt 1 failed: the server said 503" in text
    assert "Skip, known bad" in text
    told = told_with(story.events, index)
    left = [event for n, event in enumerate(story.events) if n not in told]
    assert "known bad" not in str(log_message(story.run, left))


def test_an_open_question_tells_the_failure_so_that_the_log_does_not() -> None:
    story = failing()
    assert log_message(story.run, story.events) is None


def test_a_failed_step_has_one_line_in_the_thread() -> None:
    story = Story()
    story.begin()
    story.open(1)
    story.breaks(1)
    story.take(progress.fail_step(story.run, 1, stop=True, at=story.tick()))
    summary = summary_message(story.run, story.events, events=story.events)
    assert str(summary.blocks).count("the server said 503") == 1


def test_the_summary_names_everybody_who_acted() -> None:
    story = failing()
    story.answered(Choice.RETRY, by=ANA)
    story.open(1)
    story.breaks(1)
    story.asks(1, QuestionKind.FAILURE)
    story.answered(Choice.SKIP, by=BEN, note="known bad")
    story.pause_asked(by=BEN)
    story.paused()
    story.aborted(by=ANA)
    text = str(summary_message(story.run, events=story.events).blocks)
    assert f"{ANA.mention} retried step 1, aborted." in text
    assert f"{BEN.mention} skipped step 1, paused." in text


def test_the_summary_tells_what_was_skipped_and_why_and_how_long_people_took() -> None:
    story = failing()
    story.tick(200)
    story.answered(Choice.SKIP, by=BEN, note="known bad")
    for step in story.run.steps[1:]:
        story.does(step.number)
    story.completed()
    text = str(summary_message(story.run, events=story.events).blocks)
    assert f"Skipped: step 1 (skipped by {BEN.mention}: known bad)." in text
    assert "of it waiting for people" in text


def test_the_summary_of_a_run_that_went_as_written_is_short() -> None:
    story = Story()
    story.begin()
    for step in story.run.steps:
        story.does(step.number)
    story.completed()
    text = str(summary_message(story.run, events=story.events).blocks)
    assert not any(word in text for word in ("Skipped", "Failed", "of it"))


def test_who_was_first_is_known_of_every_question_that_was_asked() -> None:
    story = Story(manual=[1])
    story.begin()
    story.open(1)
    story.asks(1, QuestionKind.MANUAL)
    question = story.run.question
    assert question is not None
    assert first_answer(story.run, story.events, question.id) is None
    story.answered(Choice.FAILED, by=BEN, note="no light")
    story.asks(1, QuestionKind.FAILURE)
    story.answered(Choice.RETRY, by=ANA)
    first = first_answer(story.run, story.events, question.id)
    assert first is not None
    assert (first.actor, first.detail) == (BEN, "failed: no light")
