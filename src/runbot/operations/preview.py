"""A step's plan in words: what it will do, before it does it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from runbot.agent.rules.whom import written
from runbot.domain.approvals import NO_POLICY, ApprovalPolicy, demanded
from runbot.domain.runbook import AgentPlan, ManualPlan, RunbookPlan, Step, ToolPlan
from runbot.operations.answers import StepPreview
from runbot.tools.send_email import SendEmail
from runbot.tools.wait import Wait

_TELLING: Final = ("to", "channel", "url", "source", "name", "duration", "until")
_OWN_SUBJECT: Final = re.compile(r"Run \{\{run\.number\}\}[,:]")
_SHOWN: Final = 80  # of each text; the version shows all of it
_ZONED: Final = re.compile(r"(?:UTC|GMT|Z|:\d{2}\S*[+-]\d{2}(?::?\d{2})?|\}\})$", re.IGNORECASE)


def preview(
    steps: Sequence[Step], risks: Mapping[str, str], policy: ApprovalPolicy = NO_POLICY
) -> tuple[StepPreview, ...]:
    """One preview per step; `risks` gives each tool's risk by name.

    `policy` is what the workspace always has approved.
    """
    return tuple(
        replace(_step(number, step, risks), demand=demanded(step, policy, risks))
        for number, step in enumerate(steps, 1)
    )


def _step(number: int, step: Step, risks: Mapping[str, str]) -> StepPreview:
    match step.plan:
        case ToolPlan() as plan:
            return StepPreview(number, _call(plan), risks.get(plan.tool, "unknown"))
        case ManualPlan() as plan:
            return StepPreview(number, _person(plan.assignee), "person", plan.why)
        case AgentPlan() as plan:
            tools = ", ".join(plan.tools) or "no tools"
            return StepPreview(number, f"by the agent with {tools}", "write")
        case RunbookPlan() as plan:
            given = ", ".join(f"{name}={_brief(value)}" for name, value in plan.parameters.items())
            with_them = f" with {given}" if given else ""
            return StepPreview(number, f"runs the runbook {plan.runbook}{with_them}", "runbook")


def _call(plan: ToolPlan) -> str:
    arguments = plan.arguments
    telling = [f"{arguments[key]}" for key in _TELLING if arguments.get(key)]
    if plan.tool == Wait.name and (until := arguments.get("until")):
        telling = [_moment(str(until))]
    wanted = _said(plan)
    if plan.expect and plan.expect.status:
        wanted.append(f"expects {plan.expect.status}")
    if plan.expect and plan.expect.contains:
        wanted.append(f'expects "{plan.expect.contains}"')
    words = " · ".join([*telling[:3], *wanted])
    return f"{plan.tool} → {words}" if words else plan.tool


def _said(plan: ToolPlan) -> list[str]:
    """The words that go out, but for a subject that only repeats them."""
    arguments = plan.arguments
    texts = [str(arguments.get(key) or "") for key in ("subject", "text", "body")]
    quoted = [f"“{_brief(said)}”" for said in texts if said and not _OWN_SUBJECT.match(said)]
    if plan.tool == SendEmail.name and not arguments.get("body"):
        quoted.append("which run asks, at which step, and its state")
    if arguments.get("status"):
        quoted.append("with the run's state and link")
    return quoted


def _brief(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"


def _person(assignee: str | None) -> str:
    return f"by {written(assignee)}" if assignee else "by a person"


def _moment(until: str) -> str:
    """A time as it is meant: one without a zone is UTC, which people have to know beforehand."""
    return until if _ZONED.search(until) else f"{until} UTC"
