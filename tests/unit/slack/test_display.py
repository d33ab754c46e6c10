"""The writer of run messages, over Slack's own protocol against the playground."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import pytest

from runbot.domain.law import Choice, QuestionKind
from runbot.playground.messages import Message
from runbot.playground.playground import Playground
from runbot.surfaces.slack.display import Display, Pace
from runbot.surfaces.slack.picture import URGENT, Picture, Standing
from runbot.surfaces.slack.sending import Place, Sender, web_client
from unit.slack.runs import BEN, Story

PACE = Pace(interval=0.1, per_minute=3000, log_interval=0.15, retry=0.05)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Memory:
    """What the store keeps for the display, in memory; it outlives displays as a store does."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self.places: dict[str, Place] = {}
        self.why: dict[str, str] = {}
        self.revisions: dict[str, int] = {}
        self.told: dict[str, int] = {}
        self.faults = 0
        self.answers = asyncio.Event()
        self.answers.set()

    def holds(self, *stories: Story) -> None:
        self.stories.update({story.run.id: story for story in stories})

    async def standings(self, run_ids: Sequence[str]) -> dict[str, Standing]:
        if self.faults:
            self.faults -= 1
            raise RuntimeError("nobody thought of this")
        found = {}
        for run_id in run_ids:
            run = self.stories[run_id].run
            found[run_id] = Standing(run.status, run.workspace, run_id in self.places)
        await self.answers.wait()
        return found

    async def picture(self, run_id: str, *, since: int | None = None) -> Picture:
        story = self.stories[run_id]
        told = self.told.get(run_id, 0)
        first = max(min(told - 1, told if since is None else since), 0)
        if story.run.status in URGENT:
            first = 0
        events = tuple(story.events[first:])
        picture = Picture(
            story.run, events, self.places.get(run_id), told, first, why=self.why.get(run_id, "")
        )
        await self.answers.wait()
        return picture

    async def set_message(
        self, run_id: str, place: Place, *, thread: str | None = None, why: str = ""
    ) -> None:
        del thread
        self.places[run_id] = place
        self.why[run_id] = why

    async def shown(self, run_id: str, *, revision: int, told: int) -> None:
        self.revisions[run_id] = max(revision, self.revisions.get(run_id, -1))
        self.told[run_id] = max(told, self.told.get(run_id, 0))

    async def shown_in(self, workspace: str, channel: str, ts: str | None) -> list[str]:
        places = {
            r: p for r, p in self.places.items() if self.stories[r].run.workspace == workspace
        }
        return [r for r, p in places.items() if p.channel == channel and ts in {None, p.ts}]

    async def undrawn(self) -> list[str]:
        return [run_id for run_id in self.stories if not self.is_drawn(run_id)]

    async def artefacts(self, run_id: str) -> list[str]:
        return [f"logs-of-{run_id}"]

    def is_drawn(self, run_id: str) -> bool:
        return self.revisions.get(run_id, -1) >= self.stories[run_id].run.revision


class Stage:
    """A playground, a memory, and displays on them."""

    def __init__(self, playground: Playground, memory: Memory) -> None:
        self.slack = playground
        self.memory = memory
        self.channel = playground.workspace.channel("general").id

    def story(self, *instructions: str, number: int = 1042) -> Story:
        told = instructions or ("One", "Two")
        story = Story(told, number=number, channel=self.channel, at=utc_now())
        self.memory.holds(story)
        return story

    @asynccontextmanager
    async def display(
        self, *, pace: Pace = PACE, answers_within: float = 2, grace: float = 5
    ) -> AsyncIterator[Display]:
        client = web_client(self.slack.bot_token, base_url=self.slack.api_url)
        sender = Sender(lambda _: client, timeout=answers_within, backoff=0.02, patience=3)
        display = Display(self.memory, sender, clock=utc_now, pace=pace)
        await display.start()
        try:
            yield display
        finally:
            await display.close(grace=grace)

    def calls(self, method: str) -> int:
        return len(self.slack.calls_of(method))

    def called(self, method: str, times: int) -> bool:
        return self.calls(method) >= times

    def message(self, story: Story) -> Message | None:
        place = self.memory.places.get(story.run.id)
        found = [m for m in self.slack.messages(self.channel) if place and m.ts == place.ts]
        return found[0] if found else None

    def text(self, story: Story) -> str:
        message = self.message(story)
        return message.shown if message else ""

    def thread(self, story: Story) -> list[Message]:
        message = self.message(story)
        return self.slack.messages(self.channel, message)[1:] if message else []

    async def shows(self, story: Story, text: str) -> None:
        await soon(lambda: text in self.text(story), f"{text!r} in the message")

    async def replies(self, story: Story, text: str) -> Message:
        await soon(
            lambda: any(text in m.shown for m in self.thread(story)), f"{text!r} in the thread"
        )
        return next(m for m in self.thread(story) if text in m.shown)

    async def is_drawn(self, story: Story) -> None:
        await soon(lambda: self.memory.is_drawn(story.run.id), "the record of what was drawn")


async def soon(condition: Callable[[], object], what: str, *, seconds: float = 30) -> None:
    """Wait until the condition holds: what is awaited may be in Slack or in the record."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never came: {what}"
        await asyncio.sleep(0.01)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    playground = Playground()
    await playground.start()
    yield Stage(playground, Memory())
    await playground.stop()


async def test_a_run_is_posted_and_then_redrawn_in_place(stage: Stage) -> None:
    story = stage.story()
    async with stage.display() as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
        story.begin()
        story.open(1)
        display.changed(story.run.id)
        await stage.shows(story, "Running, step 1 of 2")
    assert stage.calls("chat.postMessage") == 1


async def test_a_fast_run_takes_few_updates_and_shows_its_end_last(stage: Stage) -> None:
    story = stage.story(*(f"Step number {n}" for n in range(1, 11)))
    async with stage.display() as display:
        for move in _whole(story):
            move()
            display.changed(story.run.id)
            await asyncio.sleep(0)
        await stage.shows(story, "Completed in")
        await stage.replies(story, "Completed in")
        await stage.is_drawn(story)
    assert stage.calls("chat.update") <= 3
    assert stage.calls("chat.postMessage") == 2
    assert stage.text(story).count("complete, ") == 10
    assert "logs-of-" in stage.thread(story)[-1].shown


def _whole(story: Story) -> list[Callable[[], object]]:
    steps = [partial(story.does, number) for number in range(1, len(story.run.steps) + 1)]
    return [story.begin, *steps, story.completed]


async def test_a_message_is_not_redrawn_more_often_than_its_interval(stage: Stage) -> None:
    story = stage.story(*(f"Step {n}" for n in range(1, 31)))
    async with stage.display(pace=Pace(interval=0.2, per_minute=3000, log_interval=60)) as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
        story.begin()
        for number in range(1, 21):
            story.does(number)
            display.changed(story.run.id)
            await asyncio.sleep(0)
        await stage.shows(story, "step 21 of 30")
    times = [call.at for call in stage.slack.calls_of("chat.update")]
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(times))


async def test_an_end_is_shown_before_the_interval_is_over(stage: Stage) -> None:
    story = stage.story()
    async with stage.display(pace=Pace(interval=12, per_minute=3000)) as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
        await stage.is_drawn(story)
        story.begin()
        story.open(1)
        display.changed(story.run.id)
        await asyncio.sleep(0.05)
        story.aborted()
        display.changed(story.run.id)
        # An end is looked for at each quarter of the interval.
        await soon(lambda: "Aborted by" in stage.text(story), "the end", seconds=10)
    assert stage.calls("chat.update") == 1


async def test_a_change_during_the_reading_of_an_older_state_is_not_lost(stage: Stage) -> None:
    stories = [stage.story(number=1), stage.story(number=2)]
    async with stage.display() as display:
        for story in stories:
            display.changed(story.run.id)
            await stage.shows(story, "Queued")
            await stage.is_drawn(story)
        stage.memory.answers.clear()
        for story in stories:
            story.begin()
            display.changed(story.run.id)
        await asyncio.sleep(PACE.interval * 2)
        for story in stories:
            story.aborted()
            display.changed(story.run.id)
        stage.memory.answers.set()
        for story in stories:
            await stage.shows(story, "Aborted by")


async def test_an_unchanged_message_costs_no_call(stage: Stage) -> None:
    story = stage.story()
    async with stage.display() as display:
        display.changed(story.run.id)
        await stage.is_drawn(story)
        for _ in range(3):
            display.changed(story.run.id)
    assert stage.calls("chat.update") == 0


async def test_a_question_gets_its_own_message_and_loses_its_buttons_once_answered(
    stage: Stage,
) -> None:
    story = stage.story()
    async with stage.display() as display:
        story.begin()
        story.open(1)
        story.breaks(1)
        story.asks(1, QuestionKind.FAILURE)
        display.changed(story.run.id)
        asked = await stage.replies(story, "Retry")
        assert "the server said 503" in asked.shown
        assert "Retry" in stage.text(story)
        story.answered(Choice.RETRY)
        story.does(1)
        display.changed(story.run.id)
        await soon(
            lambda: "answered at" in (stage.slack.current(asked) or asked).shown, "the answer"
        )
        current = stage.slack.current(asked)
        assert current is not None
        assert BEN.mention in current.shown
        assert not [b for b in current.blocks or [] if b["type"] == "actions"]


async def test_an_answer_that_came_before_the_question_was_drawn_is_only_told(
    stage: Stage,
) -> None:
    story = stage.story()
    story.begin()
    story.open(1)
    story.breaks(1)
    story.asks(1, QuestionKind.FAILURE)
    story.answered(Choice.RETRY)
    async with stage.display() as display:
        display.changed(story.run.id)
        told = await stage.replies(story, "answered Retry")
    assert not [b for b in told.blocks or [] if b["type"] == "actions"]
    assert len(stage.thread(story)) == 1


async def test_a_429_is_obeyed_and_the_newest_state_is_what_goes_out(stage: Stage) -> None:
    story = stage.story()
    async with stage.display() as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
        stage.slack.faults.ratelimited("chat.update", retry_after=1)
        story.begin()
        display.changed(story.run.id)
        await soon(lambda: stage.calls("chat.update") == 1, "the refused update")
        story.aborted()
        display.changed(story.run.id)
        await stage.shows(story, "Aborted by")
    first, second = (call.at for call in stage.slack.calls_of("chat.update"))
    assert second - first >= 0.99
    assert stage.calls("chat.update") == 2


@pytest.mark.parametrize("trouble", ["server_error", "no_answer", "lost_answer"])
async def test_a_first_message_whose_answer_is_lost_is_posted_once(
    stage: Stage, trouble: str
) -> None:
    story = stage.story()
    getattr(stage.slack.faults, trouble)("chat.postMessage")
    async with stage.display(answers_within=0.3) as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
    assert len(stage.slack.messages(stage.channel)) == 1


@pytest.mark.parametrize("trouble", ["server_error", "no_answer", "lost_answer"])
async def test_the_summary_is_posted_once_whatever_becomes_of_its_answer(
    stage: Stage, trouble: str
) -> None:
    story = stage.story()
    async with stage.display(answers_within=0.3) as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
        getattr(stage.slack.faults, trouble)("chat.postMessage")
        for move in _whole(story):
            move()
        display.changed(story.run.id)
        await stage.replies(story, "Completed in")
        await stage.is_drawn(story)
    assert len(stage.thread(story)) == 1


async def test_one_silent_message_does_not_hold_up_another(stage: Stage) -> None:
    slow, quick = stage.story(number=1), stage.story(number=2)
    async with stage.display(answers_within=20, grace=0.1) as display:
        for story in (slow, quick):
            display.changed(story.run.id)
            await stage.shows(story, "Queued")
            await stage.is_drawn(story)
        stage.slack.faults.no_answer("chat.update")
        slow.begin()
        display.changed(slow.run.id)
        await soon(lambda: not stage.slack.faults._planned["chat.update"], "the silence")
        quick.begin()
        display.changed(quick.run.id)
        await stage.shows(quick, "Running")
        assert "Queued" in stage.text(slow)


async def test_who_is_waited_for_goes_first_when_the_budget_is_short(stage: Stage) -> None:
    stories = [stage.story(number=n) for n in range(1, 7)]
    pace = Pace(interval=0.05, per_minute=240, burst=1, log_interval=60)
    async with stage.display(pace=pace, grace=0) as display:
        for story in stories:
            display.changed(story.run.id)
        for story in stories:
            await stage.shows(story, "Queued")
        for story in stories:
            story.begin()
        stories[-1].aborted()
        for story in stories:
            display.changed(story.run.id)
        await stage.shows(stories[-1], "Aborted")
        drawn = [s for s in stories[:-1] if "Running" in stage.text(s)]
    assert len(drawn) <= 1


async def test_ends_are_shown_at_once_although_ordinary_redraws_have_used_up_their_budget(
    stage: Stage,
) -> None:
    stories = [stage.story(number=n) for n in range(1, 14)]
    # What it grants in a minute is a single one: nobody here could wait for that.
    pace = Pace(interval=0.05, per_minute=1, log_interval=60)
    async with stage.display(pace=pace, grace=0) as display:
        for story in stories:
            display.changed(story.run.id)
        for story in stories:
            await stage.is_drawn(story)
        for story in stories:
            story.begin()
            display.changed(story.run.id)
        ordinary = int(pace.burst - pace.reserve)
        await soon(lambda: stage.calls("chat.update") >= ordinary, "the ordinary redraws")
        behind = [story for story in stories if not stage.memory.is_drawn(story.run.id)]
        assert len(behind) >= len(stories) - ordinary - 1
        for story in behind:
            story.aborted()
            display.changed(story.run.id)
        for story in behind:
            await stage.shows(story, "Aborted by")


async def test_a_question_that_was_answered_leaves_the_screen_at_once(stage: Stage) -> None:
    """Also with nothing left for ordinary redraws: its buttons stand there, and do nothing."""
    story = stage.story("Look", "Ask", number=1)
    pace = Pace(interval=0.05, per_minute=1, burst=1, reserve=1, log_interval=60)
    async with stage.display(pace=pace, grace=0) as display:
        display.changed(story.run.id)
        await stage.is_drawn(story)
        story.begin()
        story.open(1)
        story.asks(1, QuestionKind.MANUAL)
        display.changed(story.run.id)
        await stage.shows(story, "Waiting for")
        story.answered(Choice.DONE)
        display.changed(story.run.id)
        await stage.shows(story, "Running, step 2")


async def test_with_more_to_redraw_than_slack_takes_each_run_gets_its_turn(stage: Stage) -> None:
    stories = [stage.story(*("Step",) * 30, number=n) for n in range(1, 5)]
    pace = Pace(interval=0.01, per_minute=1200, burst=3, reserve=2, log_interval=60)
    async with stage.display(pace=pace, grace=0) as display:
        for story in stories:
            display.changed(story.run.id)
        for story in stories:
            await stage.is_drawn(story)
            story.begin()
        for number in range(1, 11):
            for story in stories:
                story.does(number)
                display.changed(story.run.id)
            count = stage.calls("chat.update") + 1
            await soon(partial(stage.called, "chat.update", count), "a redraw")
    counts = Counter(call.arguments["ts"] for call in stage.slack.calls_of("chat.update"))
    assert len(counts) == len(stories)
    assert max(counts.values()) - min(counts.values()) <= 1


async def test_a_fault_of_the_display_is_told_and_does_not_end_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    story = stage.story()
    stage.memory.faults = 1
    async with stage.display(pace=Pace(interval=0.05, retry=0.05)) as display:
        display.changed(story.run.id)
        await soon(lambda: "The display met a fault" in caplog.text, "the fault in the log")
        story.begin()
        display.changed(story.run.id)
        await stage.shows(story, "Running")


async def test_a_restart_takes_up_what_was_not_drawn(stage: Stage) -> None:
    story = stage.story()
    async with stage.display() as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
    for move in _whole(story):
        move()
    async with stage.display():
        await stage.shows(story, "Completed in")
        await stage.replies(story, "Completed in")
    assert len(stage.thread(story)) == 1


async def test_a_restart_after_unrecorded_posts_doubles_none_of_them(stage: Stage) -> None:
    story = stage.story()
    async with stage.display() as display:
        story.begin()
        story.does(1)
        story.open(2)
        story.breaks(2)
        story.asks(2, QuestionKind.FAILURE)
        display.changed(story.run.id)
        asked = await stage.replies(story, "Retry")
        await stage.is_drawn(story)
        before = len(stage.thread(story))
    # As after a crash between the posts and their record.
    stage.memory.places.clear()
    stage.memory.told.clear()
    stage.memory.revisions.clear()
    story.pause_asked()
    async with stage.display() as display:
        await stage.is_drawn(story)
        assert len(stage.thread(story)) == before
        assert "Pause asked by" in stage.text(story)
        story.answered(Choice.SKIP, note="not needed")
        display.changed(story.run.id)
        await soon(
            lambda: "not needed" in (stage.slack.current(asked) or asked).shown, "the answer"
        )
    assert len(stage.slack.messages(stage.channel)) == 1


async def test_a_deleted_message_is_posted_anew_with_its_question(stage: Stage) -> None:
    story = stage.story()
    async with stage.display() as display:
        story.begin()
        story.open(1)
        story.breaks(1)
        story.asks(1, QuestionKind.FAILURE)
        display.changed(story.run.id)
        await stage.replies(story, "Retry")
        await _delete(stage, story)
        story.pause_asked()
        display.changed(story.run.id)
        await stage.shows(story, "Pause asked by")
        await stage.replies(story, "Retry")


async def _delete(stage: Stage, story: Story) -> None:
    place = stage.memory.places[story.run.id]
    client = web_client(stage.slack.bot_token, base_url=stage.slack.api_url)
    await client.chat_delete(channel=place.channel, ts=place.ts)


async def test_closing_draws_the_last_state_without_waiting_for_its_turn(stage: Stage) -> None:
    story = stage.story()
    async with stage.display(pace=Pace(interval=60, log_interval=60)) as display:
        display.changed(story.run.id)
        await stage.shows(story, "Queued")
        story.begin()
        story.does(1)
        display.changed(story.run.id)
    assert "step 2 of 2" in stage.text(story)
    assert stage.thread(story)
