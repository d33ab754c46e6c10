"""What a version may hold: each limit, with what to say where something breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from runbot.domain.conduct import (
    LOCK,
    MAX_APPROVALS,
    MAX_LOCKS,
    MAX_PRINCIPALS,
    MAX_WAIT,
    Approval,
    Conduct,
    is_principal,
)
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.parameters import MAX_PARAMETERS, NAME, Parameter, pattern_problem, read
from runbot.domain.runbook import (
    MAX_DESCRIPTION,
    MAX_INSTRUCTION,
    MAX_RETRIES,
    MAX_STEPS,
    MAX_TIMEOUT,
    Content,
    ManualPlan,
    Step,
)

MAX_CLEANUP: Final = 20
CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{2,}")
_ASSIGNABLE: Final = re.compile(r"[UWS][A-Z0-9]{1,}")


def check_content(content: Content) -> Content:
    """The same content, or `InvalidInput` with one problem per field that breaks a limit."""
    problems: list[Problem] = []
    if not content.steps:
        problems.append(Problem("steps", "A runbook needs at least one step."))
    if len(content.steps) > MAX_STEPS:
        problems.append(
            Problem(
                "steps",
                f"A runbook can have {MAX_STEPS} steps and this has {len(content.steps)}: "
                "split it into runbooks that are run one after another.",
            )
        )
    if len(content.description) > MAX_DESCRIPTION:
        problems.append(
            Problem("description", f"A description can have {MAX_DESCRIPTION} characters.")
        )
    if len(content.cleanup) > MAX_CLEANUP:
        problems.append(
            Problem("cleanup", f"Cleaning up can take {MAX_CLEANUP} steps: keep it short.")
        )
    for number, step in enumerate(content.steps, 1):
        problems.extend(_step_problems(f"steps.{number}", f"Step {number}", step))
    for number, step in enumerate(content.cleanup, 1):
        problems.extend(_step_problems(f"cleanup.{number}", f"Clean-up step {number}", step))
    problems.extend(_conduct_problems(content.conduct))
    problems.extend(_parameter_problems(content.parameters))
    if problems:
        raise InvalidInput("Nothing was saved.", problems=tuple(problems))
    return content


def _step_problems(field: str, name: str, step: Step) -> list[Problem]:
    if not step.instruction.strip():
        return [Problem(field, f"{name} is empty.")]
    found = []
    if len(step.instruction) > MAX_INSTRUCTION:
        found.append(
            f"has {len(step.instruction):,} characters; a step can have {MAX_INSTRUCTION:,}."
        )
    if not 0 <= step.retries <= MAX_RETRIES:
        found.append(f"can be tried again 0 to {MAX_RETRIES} times.")
    if step.timeout is not None and not 0 < step.timeout <= MAX_TIMEOUT:
        found.append("can take up to 24 hours, and more than nothing.")
    if not 0 < step.backoff <= MAX_TIMEOUT:
        found.append("can wait up to 24 hours before it is tried again, and more than nothing.")
    if isinstance(step.plan, ManualPlan):
        found.extend(_manual_problems(step.plan))
    if step.approval:
        found.extend(_approval_problems(step.approval))
    return [Problem(field, f"{name} {said}") for said in found]


def _manual_problems(plan: ManualPlan) -> Iterator[str]:
    if plan.due is not None and not 0 < plan.due <= MAX_WAIT:
        yield "can be due within 30 days, and not at once."
    assignee = plan.assignee
    if assignee and not assignee.startswith("{{") and not _ASSIGNABLE.fullmatch(assignee):
        yield f"can be assigned to a person or a group, and {assignee} is neither."


def _approval_problems(approval: Approval) -> Iterator[str]:
    if not 1 <= approval.count <= MAX_APPROVALS:
        yield f"can wait for 1 to {MAX_APPROVALS} approvals, not for {approval.count}."
    if not 0 < approval.expires <= MAX_WAIT:
        yield "can wait for an approval up to 30 days, and longer than nothing."
    yield from _principal_problems("can be approved by", approval.who)
    people = set(approval.who)
    if people and all(who[:1] in {"U", "W"} for who in people) and approval.count > len(people):
        yield f"needs {approval.count} approvals and names {len(people)} who may give one."
    if approval.channel and not CHANNEL_ID.fullmatch(approval.channel):
        yield f"can't be asked about in {approval.channel}: that is no channel."


def _principal_problems(verb: str, who: tuple[str, ...]) -> Iterator[str]:
    if len(who) > MAX_PRINCIPALS:
        yield f"{verb} up to {MAX_PRINCIPALS} people and groups, not {len(who)}: name a group."
    for one in who:
        if not is_principal(one):
            yield f"{verb} people, groups and roles, and {one} is none of these."


def _conduct_problems(conduct: Conduct) -> list[Problem]:
    found = []
    if conduct.timeout is not None and not 0 < conduct.timeout <= MAX_WAIT:
        found.append("A run can take up to 30 days, and more than nothing.")
    if len(conduct.locks) > MAX_LOCKS:
        found.append(f"A runbook can take {MAX_LOCKS} locks, not {len(conduct.locks)}.")
    found += [
        f"{lock} can't be a lock's name: use up to 63 letters, digits, dots, hyphens and _."
        for lock in conduct.locks
        if not LOCK.fullmatch(lock)
    ]
    found += _principal_problems("It can be run by", conduct.runners)
    if len(conduct.channels) > MAX_PRINCIPALS:
        found.append(f"It can be run in up to {MAX_PRINCIPALS} channels; name none for all.")
    found += [
        f"It can't be run in {channel}: that is no channel."
        for channel in conduct.channels
        if not CHANNEL_ID.fullmatch(channel)
    ]
    return [Problem("settings", said) for said in found]


def _parameter_problems(parameters: tuple[Parameter, ...]) -> list[Problem]:
    found = []
    if len(parameters) > MAX_PARAMETERS:
        found.append(Problem("parameters", f"A runbook can have {MAX_PARAMETERS} parameters."))
    seen: set[str] = set()
    for parameter in parameters:
        field = f"parameters.{parameter.name}"
        if not NAME.fullmatch(parameter.name):
            found.append(
                Problem(
                    field,
                    f'"{parameter.name}" is not a parameter\'s name: use lower-case letters, '
                    "digits and underscores, a letter first.",
                )
            )
        if parameter.name in seen:
            found.append(Problem(field, f"{parameter.name} is declared twice."))
        seen.add(parameter.name)
        if parameter.pattern and (problem := pattern_problem(parameter.pattern)):
            found.append(Problem(field, problem))
        elif parameter.default:
            try:
                read(parameter, parameter.default)
            except ValueError as wrong:
                found.append(Problem(field, f"The default can't be used: {wrong}"))
    return found
