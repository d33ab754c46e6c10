"""The law under any sequence of commands, in any order, from anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.errors import NotAllowed, Refused
from runbot.domain.law import (
    CHOICES,
    FINAL_RUN,
    FINAL_STEP,
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    Choice,
    QuestionKind,
    RunMove,
    RunStatus,
    StepStatus,
    may,
)
from runbot.domain.run import (
    AttemptStatus,
    Change,
    Event,
    EventKind,
    Question,
    Run,
    RunStep,
    Terms,
    Trigger,
)
from runbot.domain.runbook import Content, ManualPlan, Step

MAX_STEPS = 4
PEOPLE = st.sampled_from([Actor(id=id_, workspace="T1") for id_ in ("U1", "U2", "U3")])
# Stray commands name any step, question or choice; most are those that fit, to get far.
STRAY = st.integers(0, 9).map(lambda n: n == 0)
NUMBERS = st.one_of(st.none(), st.none(), st.none(), st.integers(1, MAX_STEPS))
FITTING = {
    AttemptStatus.PROPOSED: QuestionKind.APPROVAL,
    AttemptStatus.RUNNING: QuestionKind.MANUAL,
    AttemptStatus.FAILED: QuestionKind.FAILURE,
    AttemptStatus.UNKNOWN: QuestionKind.UNKNOWN,
}
RUN_AFTER = {before: set[RunStatus]() for before in RunStatus}
for (before_, _move), after_ in RUN_TRANSITIONS.items():
    RUN_AFTER[before_].add(after_)
STEP_AFTER = {before: set[StepStatus]() for before in StepStatus}
for (step_before, _step_move), step_after in STEP_TRANSITIONS.items():
    STEP_AFTER[step_before].add(step_after)


def reachable(start: StepStatus) -> set[StepStatus]:
    """Every state that a step can come to, its own included."""
    found = {start}
    while more := {after for state in found for after in STEP_AFTER[state]} - found:
        found |= more
    return found


class Law(RuleBasedStateMachine):
    """A run that takes every command at any time; each is done by the law or refused."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.run: Run
        self.events: tuple[Event, ...] = ()
        self.asked = 0
        self.pause_asked = 0

    @initialize(steps=st.integers(1, MAX_STEPS), taken_up=STRAY.map(lambda rare: not rare))
    def queued(self, steps: int, taken_up: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        self.run = Run(
            id="r",
            number=1,
            workspace="T1",
            runbook_id="b",
            name="x",
            version=1,
            content=Content(
                steps=tuple(
                    Step(instruction=f"step {n}", plan=ManualPlan()) for n in range(1, steps + 1)
                )
            ),
            trigger=Trigger.CHAT,
            started_by=Actor(id="U1", workspace="T1"),
            created_at=self.now,
            steps=tuple(RunStep(number=n) for n in range(1, steps + 1)),
        )
        if taken_up:
            self.begin()

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def command(self, do: Callable[[], Change]) -> Change | None:
        """Do it, or check that a refusal says why; either way the old run is as it was."""
        before = self.run
        frozen = before.model_dump_json()
        try:
            change = do()
        except (NotAllowed, Refused):
            assert before.model_dump_json() == frozen
            return None
        assert before.model_dump_json() == frozen
        self.check_moves(before, change.run)
        self.run = change.run
        self.events += change.events
        return change

    def check_moves(self, before: Run, after: Run) -> None:
        assert not before.ended, "a final run was changed"
        if after.status is not before.status:
            assert after.status in RUN_AFTER[before.status]
        for old, new in zip(before.steps, after.steps, strict=True):
            assert new.status in reachable(old.status)
            if old.status in FINAL_STEP:
                assert new == old, "a final step was changed"
            assert new.attempts[: len(old.attempts)] or not old.attempts
            assert [a.number for a in new.attempts] == list(range(1, len(new.attempts) + 1))

    def named(self, number: int | None) -> int:
        return self.current() if number is None else min(number, len(self.run.steps))

    def current(self) -> int:
        return self.run.current.number if self.run.current else len(self.run.steps)

    @rule()
    def begin(self) -> None:
        self.command(lambda: progress.begin(self.run, at=self.tick()))

    @rule(by=PEOPLE)
    def request_pause(self, by: Actor) -> None:
        pending = self.run.pause_requested_by
        allowed = may(self.run.status, RunMove.REQUEST_PAUSE) and pending is None
        change = self.command(lambda: progress.request_pause(self.run, by=by, at=self.tick()))
        assert (change is not None) == allowed
        if change:
            assert self.run.pause_requested_by == by
            self.pause_asked += 1
        else:
            assert self.run.pause_requested_by == pending

    @rule()
    def pause(self) -> None:
        asked = self.run.pause_requested_by
        change = self.command(lambda: progress.pause(self.run, at=self.tick()))
        if change:
            assert asked is not None
            assert self.run.status is RunStatus.PAUSED

    @rule(by=PEOPLE)
    def resume(self, by: Actor) -> None:
        was = self.run.status
        asked = self.run.pause_requested_by
        change = self.command(lambda: progress.resume(self.run, by=by, at=self.tick()))
        if change:
            assert was is RunStatus.PAUSED or asked is not None
            assert self.run.pause_requested_by is None

    @rule(number=NUMBERS, proposed=st.booleans())
    def open_attempt(self, number: int | None, proposed: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        at_step = self.named(number)
        self.command(
            lambda: progress.open_attempt(
                self.run,
                at_step,
                nonce="n",
                executor="person",
                arguments={},
                at=self.tick(),
                proposed=proposed,
            )
        )

    @precondition(lambda self: self.run.status is RunStatus.RUNNING)
    @rule(
        terms=st.builds(Terms, needed=st.integers(1, 2), four_eyes=st.booleans()),
        people=st.permutations(["U1", "U2", "U3"]),
        nobody=STRAY,
    )
    def propose_and_agree(self, terms: Terms, people: list[str], nobody: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """All the way to what was agreed to, which by chance alone hardly ever happens."""
        self.open_attempt(None, proposed=True)
        self.ask(QuestionKind.APPROVAL, stray=False, terms=terms)
        for id_ in () if nobody else people:
            self.answer(Choice.APPROVE, Actor(id=id_, workspace="T1"), stray=False, nth=0)
        self.begin_attempt(None)

    @rule(number=NUMBERS)
    def begin_attempt(self, number: int | None) -> None:
        at_step, before = self.named(number), self.run
        if self.command(
            lambda: progress.begin_attempt(self.run, at_step, nonce="m", at=self.tick())
        ):
            asked = before.question
            assert asked is not None
            assert asked.answer is Choice.APPROVE
            assert (asked.step, asked.attempt) == (at_step, len(before.step(at_step).attempts))
            voters = [vote.by.id for vote in asked.terms.votes]
            assert len(set(voters)) == len(voters) >= asked.terms.needed
            assert not (asked.terms.four_eyes and before.started_by.id in voters)

    @rule()
    def again(self) -> None:
        self.command(
            lambda: progress.again(
                self.run, self.current(), nonce="n", executor="x", arguments={}, at=self.tick()
            )
        )

    @rule(number=NUMBERS)
    def succeed(self, number: int | None) -> None:
        at_step = self.named(number)
        self.command(lambda: progress.succeed(self.run, at_step, summary="ok", at=self.tick()))

    @rule(number=NUMBERS, unknown=st.booleans())
    def end_attempt(self, number: int | None, unknown: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        at_step = self.named(number)
        self.command(
            lambda: progress.end_attempt(
                self.run, at_step, unknown=unknown, summary="no", at=self.tick()
            )
        )

    @rule(number=NUMBERS, stop=st.booleans())
    def fail_step(self, number: int | None, stop: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        at_step = self.named(number)
        self.command(lambda: progress.fail_step(self.run, at_step, stop=stop, at=self.tick()))

    @rule(
        kind=st.sampled_from(QuestionKind),
        stray=STRAY,
        terms=st.builds(Terms, needed=st.integers(1, 2), four_eyes=st.booleans()),
    )
    def ask(self, kind: QuestionKind, stray: bool, terms: Terms) -> None:  # noqa: FBT001 - drawn by Hypothesis
        number = self.current()
        attempts = self.run.step(number).attempts
        if attempts and not stray:
            kind = FITTING.get(attempts[-1].status, kind)
        at = self.tick()
        question = Question(
            id=f"q{self.asked}",
            step=number,
            attempt=len(self.run.step(number).attempts),
            kind=kind,
            text="?",
            asked_at=at,
            expires_at=at + timedelta(days=1),
            terms=terms,
        )
        if self.command(lambda: progress.ask(self.run, question, at=at)):
            self.asked += 1
            assert self.run.status is RunStatus.WAITING

    @rule(choice=st.sampled_from(Choice), by=PEOPLE, stray=STRAY, nth=st.integers(0, 2))
    def answer(self, choice: Choice, by: Actor, stray: bool, nth: int) -> None:  # noqa: FBT001 - drawn by Hypothesis
        before = self.run
        question = before.question
        id_ = "q-other" if stray or question is None else question.id
        if question is not None and not stray:
            choice = CHOICES[question.kind][nth % len(CHOICES[question.kind])]
        open_ = question is not None and question.answer is None and question.id == id_
        chosen = choice
        change = self.command(
            lambda: progress.answer(self.run, id_, chosen, by=by, note="n" * nth, at=self.tick())
        )
        if change is None:
            return
        assert open_, "a closed question was answered"
        assert question is not None
        assert choice in CHOICES[question.kind]
        if choice is Choice.ABORT:
            assert self.run.status is RunStatus.CANCELLED
        elif choice is Choice.APPROVE and self.run.question and not self.run.question.answer:
            assert len(self.run.question.terms.votes) < question.terms.needed
            assert self.run.status is RunStatus.WAITING
        elif before.pause_requested_by:
            assert self.run.status is RunStatus.PAUSED
        else:
            assert self.run.status is RunStatus.RUNNING

    @rule(rarely=STRAY)
    def expire(self, rarely: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        question = self.run.question
        id_ = question.id if question else "q"
        if rarely and self.command(lambda: progress.expire(self.run, id_, at=self.tick())):
            assert self.run.status is RunStatus.FAILED

    @rule()
    def complete(self) -> None:
        if self.command(lambda: progress.complete(self.run, at=self.tick())):
            assert all(step.status in FINAL_STEP for step in self.run.steps)

    @rule(rarely=STRAY)
    def fail(self, rarely: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        if rarely:
            self.command(lambda: progress.fail(self.run, why="no", at=self.tick()))

    @rule(by=PEOPLE, rarely=STRAY)
    def abort(self, by: Actor, rarely: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """Nearly every time it is only tried on the side, so that runs live to see more."""
        if not rarely:
            if not self.run.ended:
                gone = progress.abort(self.run, by=by, at=self.tick()).run
                assert gone.status is RunStatus.CANCELLED
                assert all(step.status in FINAL_STEP for step in gone.steps)
            return
        was_final = self.run.ended
        change = self.command(lambda: progress.abort(self.run, by=by, at=self.tick()))
        assert (change is None) == was_final

    @invariant()
    def at_most_one_step_is_under_way(self) -> None:
        under_way = [
            step
            for step in self.run.steps
            if step.status in {StepStatus.RUNNING, StepStatus.WAITING}
        ]
        assert len(under_way) <= 1

    @invariant()
    def steps_before_the_current_one_are_final(self) -> None:
        current = self.current()
        assert all(step.status in FINAL_STEP for step in self.run.steps[: current - 1])
        assert all(
            step.status in {StepStatus.PENDING} | (FINAL_STEP if self.run.ended else frozenset())
            for step in self.run.steps[current:]
        )

    @invariant()
    def pauses_are_neither_lost_nor_doubled(self) -> None:
        kinds = [event.kind for event in self.events]
        paused, withdrawn = kinds.count(EventKind.PAUSED), kinds.count(EventKind.PAUSE_WITHDRAWN)
        assert self.run.pauses == paused
        assert kinds.count(EventKind.PAUSE_REQUESTED) == self.pause_asked
        open_ = self.run.pause_requested_by is not None
        if not self.run.ended:
            assert self.pause_asked == paused + withdrawn + open_
        assert not (open_ and self.run.status is RunStatus.PAUSED)

    @invariant()
    def an_ended_run_has_nothing_open(self) -> None:
        if not self.run.ended:
            assert self.run.ended_at is None
            return
        assert self.run.status in FINAL_RUN
        assert self.run.ended_at is not None
        assert self.run.pause_requested_by is None
        assert all(step.status in FINAL_STEP for step in self.run.steps)
        assert all(
            attempt.status not in {AttemptStatus.PROPOSED, AttemptStatus.RUNNING}
            for step in self.run.steps
            for attempt in step.attempts
        )

    @invariant()
    def a_waiting_run_has_an_open_question_about_a_waiting_step(self) -> None:
        question = self.run.question
        if self.run.status is RunStatus.WAITING:
            assert question is not None
            assert question.answer is None
            assert self.run.step(question.step).status is StepStatus.WAITING

    @invariant()
    def what_was_proposed_is_begun_by_an_approval_alone(self) -> None:
        for step in self.run.steps:
            proposed = [a.status is AttemptStatus.PROPOSED for a in step.attempts]
            assert not any(proposed[:-1]), "another try was made beside one that was proposed"
            if any(proposed):
                assert step.status in {StepStatus.RUNNING, StepStatus.WAITING}

    @invariant()
    def events_are_in_the_order_of_time(self) -> None:
        times = [event.at for event in self.events]
        assert times == sorted(times)


TestLaw = Law.TestCase
TestLaw.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)


def test_no_state_but_the_final_ones_is_without_abort() -> None:
    assert {status for status in RunStatus if not may(status, RunMove.ABORT)} == FINAL_RUN
