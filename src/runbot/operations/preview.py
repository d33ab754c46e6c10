"""A step's plan in words: what it will do, before it does it."""

from __future__ import annotations

from collections.abc import Mapping

from runbot.domain.runbook import AgentPlan, Content, ManualPlan, RunbookPlan, Step, ToolPlan
from runbot.operations.answers import StepPreview

_TELLING = ("to", "channel", "url", "source", "name", "duration", "until")


def preview(content: Content, risks: Mapping[str, str]) -> tuple[StepPreview, ...]:
    """One preview per step; `risks` gives each tool's risk by name."""
    return tuple(_step(number, step, risks) for number, step in enumerate(content.steps, 1))


def _step(number: int, step: Step, risks: Mapping[str, str]) -> StepPreview:
    match step.plan:
        case ToolPlan() as plan:
            return StepPreview(number, _call(plan), risks.get(plan.tool, "unknown"))
        case ManualPlan() as plan:
            who = f"by <@{plan.assignee}>" if plan.assignee else "by a person"
            return StepPreview(number, who, "person", plan.why)
        case AgentPlan() as plan:
            tools = ", ".join(plan.tools) or "no tools"
            return StepPreview(number, f"by the agent with {tools}", "write")
        case RunbookPlan() as plan:
            return StepPreview(number, f"runs {plan.runbook}", "write")


def _call(plan: ToolPlan) -> str:
    arguments = plan.arguments
    telling = [f"{arguments[key]}" for key in _TELLING if arguments.get(key)]
    wanted = []
    if plan.expect and plan.expect.status:
        wanted.append(f"expects {plan.expect.status}")
    if plan.expect and plan.expect.contains:
        wanted.append(f'expects "{plan.expect.contains}"')
    words = " · ".join([*telling[:3], *wanted])
    return f"{plan.tool} → {words}" if words else plan.tool
