"""Runs to draw: made by the law itself, step by step, with nothing carried out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.conduct import Conduct
from runbot.domain.law import Choice, QuestionKind
from runbot.domain.run import (
    AttemptStatus,
    Change,
    Event,
    Question,
    Run,
    RunStep,
    Terms,
    Trigger,
)
from runbot.domain.runbook import Content, ManualPlan, Step, ToolPlan

START: Final = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA: Final = Actor(id="UANA", workspace="T1", name="ana")
BEN: Final = Actor(id="UBEN", workspace="T1", name="ben")


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
        retries: int = 0,
        limit: float | None = None,
    ) -> None:
        people = set(manual)
        steps = tuple(
            Step(
                instruction=text,
                plan=ManualPlan(assignee="UBEN") if n in people else ToolPlan(tool="send_email"),
                retries=retries,
                backoff=30,
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
            content=Content(steps=steps, conduct=Conduct(timeout=limit)),
            channel=channel,
            trigger=Trigger.SLASH,
            started_by=ANA,
            agent="rules",
            steps=tuple(RunStep(number=n) for n in range(1, len(steps) + 1)),
            created_at=self.at,
        )

    def tick(self, seconds: float = 1) -> datetime:
        """Let time pass, and say what time it is then."""
        self.at += timedelta(seconds=seconds)
        return self.at

    def take(self, change: Change) -> Run:
        """Make a change of the run, and keep what it adds to the timeline."""
        self.events.extend(change.events)
        self.run = change.run.model_copy(update={"revision": self.run.revision + 1})
        return self.run

    def begin(self) -> Run:
        """The engine takes the run up."""
        return self.take(progress.begin(self.run, at=self.tick()))

    def open(self, number: int) -> Run:
        """An attempt of the step begins."""
        return self.take(
            progress.open_attempt(
                self.run, number, nonce="n", executor="send_email", arguments={}, at=self.tick()
            )
        )

    def succeed(self, number: int, summary: str = "mail accepted") -> Run:
        """The attempt succeeds, and the step with it."""
        return self.take(progress.succeed(self.run, number, summary=summary, at=self.tick()))

    def does(self, number: int, summary: str = "mail accepted") -> Run:
        """The step is done in one attempt."""
        self.open(number)
        return self.succeed(number, summary)

    def breaks(self, number: int, summary: str = "the server said 503") -> Run:
        """The attempt fails; what becomes of the step is not decided yet."""
        return self.take(
            progress.end_attempt(self.run, number, unknown=False, summary=summary, at=self.tick())
        )

    def proposes(self, number: int, terms: Terms | None = None, body: str = "Please look.") -> Run:
        """The step's action is fixed, and people are asked to agree to it."""
        self.take(
            progress.open_attempt(
                self.run,
                number,
                nonce="n",
                executor="send_email",
                arguments={"to": "oncall@example.com", "subject": "down", "body": body},
                at=self.tick(),
                proposed=True,
            )
        )
        return self.asks(number, QuestionKind.APPROVAL, self.run.instruction(number), terms)

    def reminded(self) -> Run:
        """People are reminded of what is asked."""
        return self.take(progress.remind(self.run, self._asked.id, at=self.tick()))

    def handed_over(self, to: str, by: Actor = ANA) -> Run:
        """Somebody hands what is asked over to somebody else."""
        return self.take(progress.hand_over(self.run, self._asked.id, to, by=by, at=self.tick()))

    @property
    def _asked(self) -> Question:
        if self.run.question is None:
            raise ValueError(f"Run {self.run.number} asks nothing.")
        return self.run.question

    def asks(
        self,
        number: int,
        kind: QuestionKind,
        text: str = "the server said 503",
        terms: Terms | None = None,
    ) -> Run:
        """A person is asked about the step; what made that necessary happens first."""
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
            terms=terms or Terms(),
        )
        return self.take(progress.ask(self.run, question, at=self.at))

    def answered(self, choice: Choice, by: Actor = BEN, note: str = "") -> Run:
        """Somebody answers what is asked; `ValueError` where nothing is."""
        if (asked := self.run.question) is None:
            raise ValueError(f"Run {self.run.number} asks nothing.")
        return self.take(
            progress.answer(self.run, asked.id, choice, by=by, note=note, at=self.tick())
        )

    def pause_asked(self, by: Actor = BEN) -> Run:
        """Somebody asks for a pause."""
        return self.take(progress.request_pause(self.run, by=by, at=self.tick()))

    def paused(self) -> Run:
        """The pause takes effect."""
        return self.take(progress.pause(self.run, at=self.tick()))

    def resumed(self, by: Actor = ANA) -> Run:
        """Somebody lets the run go on."""
        return self.take(progress.resume(self.run, by=by, at=self.tick()))

    def aborted(self, by: Actor = ANA) -> Run:
        """Somebody ends the run at once."""
        return self.take(progress.abort(self.run, by=by, at=self.tick()))

    def completed(self) -> Run:
        """Every step is final, and so is the run."""
        return self.take(progress.complete(self.run, at=self.tick()))

    def tries_again(self, number: int) -> Run:
        """The step's own retry: another attempt after one that failed."""
        return self.take(
            progress.again(
                self.run, number, nonce="n", executor="send_email", arguments={}, at=self.tick()
            )
        )

    def lets_pass(self, number: int, seconds: float) -> Run:
        """The open attempt does nothing but let so many seconds pass."""
        deadline = self.at + timedelta(seconds=seconds)
        return self.take(progress.let_pass(self.run, number, deadline=deadline))

    def gives_up(self, number: int, *, stop: bool) -> Run:
        """The step fails for good after an attempt that did; the run goes on, or (`stop`) fails."""
        return self.take(progress.fail_step(self.run, number, stop=stop, at=self.tick()))

    def expired(self) -> Run:
        """Nobody answers in time; `ValueError` where nothing is asked."""
        if (asked := self.run.question) is None:
            raise ValueError(f"Run {self.run.number} asks nothing.")
        return self.take(progress.expire(self.run, asked.id, at=self.tick()))

    def times_out(self, most: str = "2 hours") -> Run:
        """The whole run's time is over."""
        return self.take(progress.time_out(self.run, most=most, at=self.tick()))
