"""Whether a step's own tool takes what the plan gives it, as findings beside the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from pydantic import JsonValue

from runbot.domain.errors import InvalidInput, Problem, Refused
from runbot.domain.lint import Finding, Severity, of_cleanup
from runbot.domain.runbook import Content, Step, ToolPlan

Check: TypeAlias = Callable[[str, Mapping[str, JsonValue]], tuple[Problem, ...]]
"""What is wrong with the arguments of a call to the tool of this name; nothing where they fit."""


def misfits(content: Content, check: Check) -> tuple[Finding, ...]:
    """An error for each argument that a step's tool refuses and that nobody was asked for yet."""
    return (
        *(
            finding
            for number, step in enumerate(content.steps, 1)
            if isinstance(step.plan, ToolPlan)
            for finding in _of_step(number, step, step.plan, check)
        ),
        *(
            of_cleanup(number, finding)
            for number, step in enumerate(content.cleanup, 1)
            if isinstance(step.plan, ToolPlan)
            for finding in _of_step(number, step, step.plan, check)
        ),
    )


def unrunnable(wrong: InvalidInput | Refused) -> Finding:
    """An error for a runbook that a step runs and that can't be run as it is."""
    said = wrong.what if wrong.what.endswith(".") else f"{wrong.what}."
    return Finding(code="runbook", step=None, severity=Severity.ERROR, sentence=said, fix=wrong.do)


def _of_step(number: int, step: Step, plan: ToolPlan, check: Check) -> Iterator[Finding]:
    asked = {question.field for question in step.questions}
    for problem in check(plan.tool, plan.arguments):
        # A problem of no argument alone is of what is missing, as long as something is asked.
        if problem.field in asked or (asked and problem.field not in plan.arguments):
            continue
        said = problem.sentence
        if said.startswith(problem.field):
            said = f"{plan.tool}'s {said}"
        yield Finding(
            code="arguments",
            step=number,
            severity=Severity.ERROR,
            sentence=said,
            fix="Edit the step's words.",
        )
