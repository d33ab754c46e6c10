"""A run whose channel is closed to it finds another place to speak, or falls silent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from runbot.domain.access import Actor
from runbot.domain.law import Choice, QuestionKind, RunStatus
from runbot.playground.messages import Message
from runbot.playground.playground import Playground
from unit.slack.runs import Story
from unit.slack.test_display import Memory, Stage, soon


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    playground = Playground()
    await playground.start()
    yield Stage(playground, Memory())
    await playground.stop()


def of_ana(stage: Stage, *instructions: str) -> Story:
    """A run in #ops, started by somebody whom Runbot can write to."""
    story = stage.story(*instructions)
    ana = stage.slack.person("ana")
    story.run = story.run.model_copy(
        update={
            "channel": stage.slack.workspace.channel("ops").id,
            "started_by": Actor(id=ana.id, workspace="T1", name="ana"),
        }
    )
    stage.channel = story.run.channel
    return story


def direct(stage: Stage) -> list[Message]:
    """What Runbot has written to ana directly."""
    im = stage.slack.workspace.im(stage.slack.person("ana").id, stage.slack.workspace.bot.user_id)
    return [m for m in stage.slack.messages(im.id) if m.bot_id]


async def test_a_run_whose_channel_is_archived_goes_on_in_its_starter_s_direct_message(
    stage: Stage,
) -> None:
    story = of_ana(stage, "One", "Two")
    async with stage.display() as display:
        story.begin()
        story.open(1)
        story.asks(1, QuestionKind.MANUAL)
        display.changed(story.run.id)
        await stage.replies(story, "Done")
        await stage.slack.person("ana").archives("ops")
        story.pause_asked()
        display.changed(story.run.id)
        await soon(lambda: len(direct(stage)) >= 1, "the run in the direct message")
        await stage.is_drawn(story)
        (moved,) = direct(stage)
        assert f"<#{story.run.channel}> is archived, so this run goes on here." in moved.shown
        thread = stage.slack.messages(moved.channel, moved)[1:]
        assert any("Done" in m.shown for m in thread), "the question is asked anew"
        story.answered(Choice.DONE)
        assert story.run.status is RunStatus.PAUSED
        display.changed(story.run.id)
        await soon(lambda: "Paused" in direct(stage)[0].shown, "the next state in its place")
    # Whoever draws it after a restart knows the place, and why it is there.
    async with stage.display() as display:
        story.resumed()
        display.changed(story.run.id)
        await soon(lambda: "Running" in direct(stage)[0].shown, "the state after a restart")
    assert len(direct(stage)) == 1
    assert "is archived" in direct(stage)[0].shown


async def test_who_started_a_run_is_told_that_its_message_was_deleted(stage: Stage) -> None:
    story = of_ana(stage)
    async with stage.display() as display:
        story.begin()
        display.changed(story.run.id)
        await stage.shows(story, "Running")
        first = stage.message(story)
        assert first is not None
        stage.slack.platform.conversations.delete(first)
        story.open(1)
        display.changed(story.run.id)
        await stage.shows(story, "the message of this run was deleted, and it goes on in this one")
        assert f"<@{stage.slack.person('ana').id}>" in stage.text(story)


async def test_a_run_that_can_be_shown_nowhere_is_tried_once_a_change_and_logged_once(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    story = of_ana(stage)
    nobody = Actor(id="U0NOBODY", workspace="T1", name="nobody")
    story.run = story.run.model_copy(update={"channel": "C0GONE", "started_by": nobody})
    with caplog.at_level(logging.INFO):
        async with stage.display() as display:
            for change in (story.begin, lambda: story.open(1), lambda: story.succeed(1)):
                change()
                before = stage.calls("chat.postMessage")
                display.changed(story.run.id)
                await stage.is_drawn(story)
                assert stage.calls("chat.postMessage") == before + 2  # the channel, the person
    said = [r.getMessage() for r in caplog.records if story.run.id in r.getMessage()]
    assert len(said) == 1
    assert "/runbook status tells it" in said[0]
