"""Runbooks, lines of lists and tools to draw, with example values up to their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from runbot.domain.access import Actor, Role
from runbot.domain.approvals import Demand
from runbot.domain.checks import MAX_CLEANUP
from runbot.domain.conduct import MAX_LOCKS, Approval, Conduct, Overlap
from runbot.domain.errors import Problem
from runbot.domain.law import QuestionKind, RunStatus
from runbot.domain.lint import Finding, Severity
from runbot.domain.parameters import MAX_VALUE, Parameter, ParameterType
from runbot.domain.run import Terms
from runbot.domain.runbook import (
    MAX_DESCRIPTION,
    AnswerKind,
    Content,
    ManualPlan,
    OnFailure,
    OpenQuestion,
    Runbook,
    RunbookStatus,
    Step,
    ToolPlan,
    Version,
)
from runbot.surfaces.slack.views.gallery.story import ANA, BEN, START

DESCRIPTION: Final = ("What to do when <the database> & its replicas disagree. " * 20)[
    :MAX_DESCRIPTION
]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a step will do, as `shapes.StepPreview` has it."""

    number: int
    action: str
    risk: str
    why: str = ""
    demand: Demand | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A runbook with a version, as `shapes.Card` has it."""

    runbook: Runbook
    version: Version
    findings: Sequence[Finding] = ()
    previews: Sequence[Preview] = ()
    blockers: Sequence[str] = ()
    cleanup: Sequence[Preview] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """A principal with a role, as `shapes.Held` has it."""

    role: Role
    principal: str
    by: Actor | None = None


HELD: Final = (
    Holder(Role.ADMIN, "admins"),
    Holder(Role.APPROVER, "SLEADS", ANA),
    Holder(Role.EDITOR, "UBEN", ANA),
    Holder(Role.RUNNER, "COPS"),
    Holder(Role.RUNNER, "everyone"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A run in a list, as `shapes.RunLine` has it."""

    id: str
    number: int
    status: RunStatus
    name: str = "incident-response-database"
    version: int = 3
    outcome: str = ""
    started_by: Actor = ANA
    agent: str = "built-in rules"
    created_at: datetime = START
    started_at: datetime | None = START
    ended_at: datetime | None = None
    channel: str = "C0123ABCDE"
    pausing: bool = False
    step: int | None = None


_DUE: Final = Terms(due_at=START + timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Waited:
    """A question that waits for somebody, as `shapes.Waiting` has it."""

    id: str
    kind: QuestionKind
    run: Line
    step: int = 2
    text: str = "Look whether <the dashboard> & @here agree. " * 8
    asked_at: datetime = START
    expires_at: datetime = START + timedelta(days=1)
    terms: Terms = _DUE


@dataclass(frozen=True, slots=True)
class Entry:
    """A runbook in a list, as `shapes.Listed` has it."""

    runbook: Runbook
    description: str = ""
    steps: int = 4
    last_run: Line | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool in a list, as `shapes.ToolLine` has it."""

    name: str
    description: str
    risk: str


TOOLS: Final = (
    Tool("send_email", "Sends a mail to one or several addresses.", "write"),
    Tool("web_fetch", "Fetches an address, and checks the answer's status and words.", "read"),
)


def runbook(
    name: str = "incident-response-database",
    status: RunbookStatus = RunbookStatus.DRAFT,
    *,
    latest: int = 1,
    published: int | None = None,
) -> Runbook:
    """A runbook by its name and state."""
    return Runbook(
        id="rb_0123456789abcdef",
        workspace="T1",
        name=name,
        status=status,
        latest=latest,
        published=published,
        created_by=ANA,
        created_at=START,
        channel="C0123ABCDE",
    )


def card(
    content: Content,
    of: Runbook | None = None,
    *,
    number: int = 1,
    findings: Sequence[Finding] = (),
    by: Actor = ANA,
) -> Drawn:
    """A card of this content; its open questions and errors keep it from being published."""
    shown = of or runbook(latest=number)
    version = Version(
        runbook_id=shown.id,
        number=number,
        content=content,
        created_by=by,
        created_at=START,
        agent="built-in rules",
    )
    asked = [question.text for _, question in content.open_questions]
    wrong = [found.sentence for found in findings if found.severity is Severity.ERROR]
    previews = [_preview(n, step) for n, step in enumerate(content.steps, 1)]
    after = [_preview(n, step) for n, step in enumerate(content.cleanup, 1)]
    return Drawn(shown, version, findings, previews, [*asked, *wrong], after)


def _preview(number: int, step: Step) -> Preview:
    if isinstance(step.plan, ManualPlan):
        who = f"by <@{step.plan.assignee}>" if step.plan.assignee else "by a person"
        return Preview(number, who, "person", step.plan.why)
    risk = ("write", "read", "destructive")[number % 3]
    asked = None
    if risk == "destructive":
        asked_of = (BEN.id, "S0123LEADS", "role:approver")
        approval = Approval(who=asked_of, count=2, channel="C0123ABCDE")
        asked = Demand(approval=approval, why="send_email is destructive")
    return Preview(number, "send_email → oncall@example.com", risk, demand=asked)


def content(
    steps: Sequence[str],
    *,
    description: str = "",
    parameters: Sequence[Parameter] = (),
    asks: Sequence[AnswerKind] = (),
) -> Content:
    """Steps in turn for a tool and for a person; the first ones have a question each."""
    made = []
    for number, words in enumerate(steps):
        kind = asks[number] if number < len(asks) else None
        asked = (OpenQuestion(field="to", kind=kind, text=f"Which {kind}?"),) if kind else ()
        by_tool = kind or number % 2 == 0
        plan = (
            ToolPlan(tool="send_email")
            if by_tool
            else ManualPlan(why="no tool does", assignee=BEN.id)
        )
        made.append(Step(instruction=words, plan=plan, questions=asked))
    return Content(description=description, parameters=tuple(parameters), steps=tuple(made))


def parameter(kind: ParameterType) -> Parameter:
    """An optional parameter of a type, described at length."""
    return Parameter(
        name=f"a_{kind.value}",
        type=kind,
        description="Where it is looked at, <b>&</b> who is told. " * 5,
        required=False,
        choices=("staging", "production & <more>") if kind is ParameterType.CHOICE else (),
    )


def settled(made: Content, *, who: int = 2) -> Content:
    """The content with everything set that can be, for so many people; and with a clean-up."""
    people = tuple(f"U0{number:09}" for number in range(who))
    approval = Approval(who=people, count=2, four_eyes=False, expires=5400, channel="C0123ABCDE")
    steps = tuple(
        step.model_copy(
            update={
                "approval": approval,
                "timeout": 300.0,
                "retries": 3,
                "backoff": 10.0,
                "on_failure": OnFailure.CONTINUE,
            }
        )
        for step in made.steps
    )
    conduct = Conduct(
        overlap=Overlap.QUEUE,
        locks=tuple(f"prod-db-{number}" for number in range(MAX_LOCKS)),
        timeout=7200,
        runners=(*people, "S0123ABCDE"),
        channels=("C0123ABCDE",),
    )
    cleanup = steps[:MAX_CLEANUP]
    return made.model_copy(update={"steps": steps, "cleanup": cleanup, "conduct": conduct})


PARAMETERS: Final = tuple(parameter(kind) for kind in ParameterType)
VALUES: Final = {
    "a_string": "v" * MAX_VALUE,
    "a_text": "several\nlines of <text> & more",
    "a_integer": "3",
    "a_number": "0.5",
    "a_boolean": "true",
    "a_choice": "staging",
    "a_url": "https://app.example.com/health?a=1&b=2",
    "a_email": "oncall@example.com",
    "a_date": "2026-03-02",
    "a_user": BEN.id,
    "a_channel": "C0123ABCDE",
}


def lines(*, ended: bool) -> list[Line]:
    """Runs in every state that is, or isn't, an end."""
    ends = {RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED}
    return [
        Line(
            id=f"run_{number}",
            number=number,
            status=status,
            outcome="1 step failed" if status is RunStatus.COMPLETED else "",
            ended_at=START + timedelta(seconds=72) if ended else None,
            step=None if ended or status is RunStatus.QUEUED else 2,
            pausing=number % 2 == 1 and status is RunStatus.RUNNING,
        )
        for number, status in enumerate(RunStatus, 1001)
        if (status in ends) is ended
    ]


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock, as `shapes.Lock` has it."""

    name: str
    holder: Line | None = None
    since: datetime | None = None
    of_runbook: bool = False
    waiting: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Ahead:
    """One step of a run that nobody started, as `shapes.Foreseen` has it."""

    number: int
    step: Step
    instruction: str
    executor: str
    arguments: Mapping[str, JsonValue]
    risk: str
    approval: Approval | None = None
    why: str = ""
    findings: Sequence[str] = ()
    below: Sequence[Ahead] = ()


@dataclass(frozen=True, slots=True)
class Beforehand:
    """A run that nobody started, as `shapes.RunPreview` has it."""

    card: Drawn
    values: Mapping[str, str]
    problems: Sequence[Problem]
    steps: Sequence[Ahead]
    cleanup: Sequence[Ahead]
    locks: Sequence[Locked] = ()
    refused: str = ""


def beforehand(of: Drawn, *, wrong: bool = False) -> Beforehand:
    """A run of this card before it is one; where something is wrong, all that can be."""
    content = of.version.content
    below = [_foreseen(number, step) for number, step in enumerate(content.steps[:2], 1)]
    return Beforehand(
        card=of,
        values=VALUES,
        problems=[Problem("env", "env must be one of <staging>, prod.")] if wrong else [],
        steps=[
            _foreseen(number, step, below if number == 1 else ())
            for number, step in enumerate(content.steps, 1)
        ],
        cleanup=[_foreseen(number, step) for number, step in enumerate(content.cleanup, 1)],
        locks=[Locked("prod-db", lines(ended=False)[0], START), Locked("dns")],
        refused="It is run by <@UBEN> only." if wrong else "",
    )


def _foreseen(number: int, step: Step, below: Sequence[Ahead] = ()) -> Ahead:
    return Ahead(
        number=number,
        step=step,
        instruction=step.instruction,
        executor="send_email",
        arguments={"to": "oncall@example.com", "body": "Run {{run.number}} & <more>", "n": [1, 2]},
        risk="runbook" if below else "write",
        approval=step.approval,
        why="the runbook asks for it",
        findings=("It says <soon>, which is not a time. Say when.",),
        below=below,
    )
