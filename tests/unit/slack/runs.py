"""Runs to draw: made by the law itself, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.run import (
    AttemptStatus,
    Change,
    Choice,
    Event,
    Question,
    QuestionKind,
    Run,
    RunStep,
    Trigger,
)
from runbot.domain.runbook import Content, ManualPlan, Step, ToolPlan

START = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA = Actor(id="UANA", workspace="T1", name="ana")
BEN = Actor(id="UBEN", workspace="T1", name="ben")


class Story:
    """A run and its timeline, moved on by the domain's own functions; a second a move."""

    def __init__(
        self,
        instructions: Iterable[str] = ("Page the on-call engineer", "Save the logs", "Tell people"),
        *,
        number: int = 1042,
        name: str = "incident-response-database",
        channel: str = "C1",
        manual: Iterable[int] = (),
        at: datetime = START,
    ) -> None:
        people = set(manual)
        steps = tuple(
            Step(
                instruction=text,
                plan=ManualPlan(assignee="UBEN") if n in people else ToolPlan(tool="send_email"),
            )
            for n, text in enumerate(instructions, 1)
        )
        self.at = at
        self.events: list[Event] = []
        self.run = Run(
            id=f"run_{number}",
            number=number,
            workspace="T1",
            runbook_id="rb1",
            name=name,
            version=3,
            content=Content(steps=steps),
            channel=channel,
            trigger=Trigger.SLASH,
            started_by=ANA,
            agent="rules",
            steps=tuple(RunStep(number=n) for n in range(1, len(steps) + 1)),
            created_at=self.at,
        )

    def tick(self, seconds: float = 1) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at

    def take(self, change: Change) -> Run:
        self.events.extend(change.events)
        self.run = change.run.model_copy(update={"revision": self.run.revision + 1})
        return self.run

    def begin(self) -> Run:
        return self.take(progress.begin(self.run, at=self.tick()))

    def open(self, number: int) -> Run:
        return self.take(
            progress.open_attempt(
                self.run, number, nonce="n", executor="send_email", arguments={}, at=self.tick()
            )
        )

    def succeed(self, number: int, summary: str = "mail accepted") -> Run:
        return self.take(progress.succeed(self.run, number, summary=summary, at=self.tick()))

    def does(self, number: int, summary: str = "mail accepted") -> Run:
        self.open(number)
        return self.succeed(number, summary)

    def breaks(self, number: int, summary: str = "the server said 503") -> Run:
        return self.take(
            progress.end_attempt(self.run, number, unknown=False, summary=summary, at=self.tick())
        )

    def asks(self, number: int, kind: QuestionKind, text: str = "the server said 503") -> Run:
        attempts = self.run.step(number).attempts
        attempt = len(attempts)
        if kind is not QuestionKind.MANUAL and attempts[-1].status is AttemptStatus.RUNNING:
            unknown = kind is QuestionKind.UNKNOWN
            self.take(
                progress.end_attempt(
                    self.run, number, unknown=unknown, summary=text, at=self.tick()
                )
            )
        question = Question(
            id=f"{self.run.id}.{number}.{attempt}.{kind}",
            step=number,
            attempt=attempt,
            kind=kind,
            text=text,
            asked_at=self.tick(),
            expires_at=self.at + timedelta(days=30),
        )
        return self.take(progress.ask(self.run, question, at=self.at))

    def answered(self, choice: Choice, by: Actor = BEN, note: str = "") -> Run:
        asked = self.run.question
        assert asked is not None
        return self.take(
            progress.answer(self.run, asked.id, choice, by=by, note=note, at=self.tick())
        )

    def pause_asked(self, by: Actor = BEN) -> Run:
        return self.take(progress.request_pause(self.run, by=by, at=self.tick()))

    def paused(self) -> Run:
        return self.take(progress.pause(self.run, at=self.tick()))

    def resumed(self, by: Actor = ANA) -> Run:
        return self.take(progress.resume(self.run, by=by, at=self.tick()))

    def aborted(self, by: Actor = ANA) -> Run:
        return self.take(progress.abort(self.run, by=by, at=self.tick()))

    def completed(self) -> Run:
        return self.take(progress.complete(self.run, at=self.tick()))
