"""Runs, their steps, attempts, questions and timelines, moved on by the law alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runbot.domain.access import Actor
from runbot.domain.law import FINAL_RUN, FINAL_STEP, Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.runbook import Content, Step


class Trigger(StrEnum):
    """What started a run."""

    CHAT = "chat"
    SLASH = "slash"
    BUTTON = "button"
    SCHEDULE = "schedule"
    API = "api"
    WEBHOOK = "webhook"
    MCP = "mcp"
    WORKFLOW = "workflow"
    REACTION = "reaction"
    PARENT = "parent"
    CLEANUP = "cleanup"


class Part(StrEnum):
    """Which of a version's steps a run carries out."""

    MAIN = "main"
    CLEANUP = "cleanup"


class AttemptStatus(StrEnum):
    """How one try of a step stands.

    `proposed`: its action is fixed, and people have to agree before it is begun.
    `unknown`: it may or may not have taken effect.
    """

    PROPOSED = "proposed"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Attempt(_Frozen):
    """One try. `arguments` are resolved and hold no secret; the whole output is kept apart.

    `deadline` is when a try that only lets time pass is over. `child` is the id of the run
    that this try started, where it runs another runbook.
    """

    number: int
    nonce: str
    status: AttemptStatus = AttemptStatus.RUNNING
    executor: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    summary: str = ""
    by: Actor | None = None
    deadline: datetime | None = None
    child: str = ""
    started_at: datetime
    ended_at: datetime | None = None


class RunStep(_Frozen):
    """One step of a run, numbered from 1. `reason` is why a person skipped it.

    `overrides` are arguments that people changed before another try, by name, `changed_by` the
    ids of those people.
    """

    number: int
    status: StepStatus = StepStatus.PENDING
    attempts: tuple[Attempt, ...] = ()
    summary: str = ""
    reason: str = ""
    overrides: dict[str, JsonValue] = Field(default_factory=dict)
    changed_by: tuple[str, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Vote(_Frozen):
    """One person's yes to an approval that needs several."""

    by: Actor
    at: datetime


class Terms(_Frozen):
    """What a question asks beyond its words: of whom, how many, until when they are reminded.

    `who` are principals; nobody in particular where empty. Where `within` isn't empty, they have
    to be among these principals as well. `needed` is how many have to say
    yes, `votes` who did. `four_eyes` keeps out whoever started the run, and the people with the
    ids `kept_out`. `digest` is that of the action that is asked about: an approval is good for
    no other. `channel` is where it is asked besides the run's thread. `remind_at` is when they
    are reminded next, `due_at` when a manual step is due, `evidence` the links and files that
    came with the answer.
    """

    who: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    needed: int = 1
    four_eyes: bool = False
    kept_out: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    digest: str = ""
    channel: str = ""
    why: str = ""
    due_at: datetime | None = None
    remind_at: datetime | None = None
    reminders: int = 0
    evidence: tuple[str, ...] = ()


class Question(_Frozen):
    """Something a run needs a person for; `answer` is None while it is open."""

    id: str
    step: int
    attempt: int
    kind: QuestionKind
    text: str
    asked_at: datetime
    expires_at: datetime
    answer: Choice | None = None
    note: str = ""
    answered_by: Actor | None = None
    answered_at: datetime | None = None
    terms: Terms = Terms()


class EventKind(StrEnum):
    """What a line of the timeline tells."""

    STARTED = "run started"
    PAUSE_REQUESTED = "pause requested"
    PAUSE_WITHDRAWN = "pause withdrawn"
    PAUSED = "run paused"
    RESUMED = "run resumed"
    STEP_STARTED = "step started"
    STEP_COMPLETE = "step complete"
    STEP_FAILED = "step failed"
    STEP_SKIPPED = "step skipped"
    ATTEMPT_FAILED = "attempt failed"
    ATTEMPT_UNKNOWN = "attempt outcome unknown"
    ASKED = "question asked"
    ANSWERED = "question answered"
    APPROVED = "step approved"
    DENIED = "step denied"
    REMINDED = "people reminded"
    HANDED_OVER = "question handed over"
    EXPIRED = "question expired"
    QUEUED = "run queued"
    CHILD_STARTED = "other run started"
    NOTED = "noted"
    COMPLETED = "run completed"
    FAILED = "run failed"
    ABORTED = "run aborted"


class Event(_Frozen):
    """One immutable line of a run's timeline; `detail` is a sentence's worth of text.

    `arguments` are those of the action that it tells, secrets left out.
    """

    at: datetime
    actor: Actor
    kind: EventKind
    step: int | None = None
    attempt: int | None = None
    detail: str = ""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class Pin(_Frozen):
    """The version of another runbook that a run takes, fixed when the outermost run starts."""

    runbook_id: str
    version: int


class Parent(_Frozen):
    """Whose step a run is: `root_id` is the outermost run of them all."""

    run_id: str
    step: int
    root_id: str


class Run(_Frozen):
    """One execution of one version.

    `revision` grows by one with each change and belongs to the store. At most one
    question is open at a time, since steps run one after another. `content` holds the steps
    of this run's `part` of the version. `continues` is the id of the run that this one goes
    on from. `pins` are the versions of every runbook that it and its children run, by name,
    `locks` what it holds for itself and all of them.
    """

    id: str
    number: int
    workspace: str
    runbook_id: str
    name: str
    version: int
    content: Content
    values: dict[str, str] = Field(default_factory=dict)
    channel: str = ""
    trigger: Trigger
    started_by: Actor
    agent: str = ""
    status: RunStatus = RunStatus.QUEUED
    pause_requested_by: Actor | None = None
    pauses: int = 0
    steps: tuple[RunStep, ...] = ()
    question: Question | None = None
    outcome: str = ""
    part: Part = Part.MAIN
    parent: Parent | None = None
    continues: str = ""
    pins: dict[str, Pin] = Field(default_factory=dict)
    locks: tuple[str, ...] = ()
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in FINAL_RUN

    @property
    def current(self) -> RunStep | None:
        """The first step that isn't final, or None."""
        return next((s for s in self.steps if s.status not in FINAL_STEP), None)

    def step(self, number: int) -> RunStep:
        """The step with this number, counted from 1."""
        return self.steps[number - 1]

    def instruction(self, number: int) -> str:
        """The step's words, parameters not filled in."""
        return self.planned(number).instruction

    def planned(self, number: int) -> Step:
        """The step as the version has it, counted from 1."""
        return self.content.steps[number - 1]

    @property
    def owes_cleanup(self) -> bool:
        """Whether it ended in a way after which its clean-up runs, and takes over what it holds."""
        return (
            bool(self.content.cleanup)
            and self.parent is None
            and self.started_at is not None
            and self.status in {RunStatus.FAILED, RunStatus.CANCELLED}
        )

    @property
    def root_id(self) -> str:
        """The id of the outermost run that this one belongs to; its own where it has no parent."""
        return self.parent.root_id if self.parent else self.id


class Change(_Frozen):
    """What a change made of a run, and the lines it adds to the timeline."""

    run: Run
    events: tuple[Event, ...] = ()
