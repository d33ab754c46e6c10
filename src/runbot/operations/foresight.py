"""A run before it is one: every step resolved as it would be done, with no effect at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from runbot.domain.cleaning import part_of
from runbot.domain.conduct import Approval
from runbot.domain.errors import Problem
from runbot.domain.nesting import locked_runbook
from runbot.domain.parameters import Parameter, fill, read
from runbot.domain.run import Part, Run, RunStep
from runbot.domain.runbook import RunbookPlan, Step
from runbot.operations.answers import Card, StepPreview
from runbot.store.locks import Lock

Resolve: TypeAlias = Callable[[Run, int], tuple[str, Mapping[str, JsonValue]]]
"""A step's executor and arguments in a run that hasn't begun."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one step would do. `step` has its settings, `instruction` the values in its words.

    `arguments` are all that its tool would get; what only a run knows stays as `{{run.…}}`.
    `approval` is what it would wait for first, `why` the reason. `below` are the steps of the
    runbook that it would run, one level deep.
    """

    number: int
    step: Step
    instruction: str
    executor: str
    arguments: Mapping[str, JsonValue]
    risk: str
    approval: Approval | None = None
    why: str = ""
    findings: tuple[str, ...] = ()
    below: tuple[Foreseen, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPreview:
    """A run of the published version with these values, all of it, before it is started.

    `problems` are values that are missing or don't fit, `refused` says why it couldn't be
    started now even with all of them. `locks` are what it would take, each with who has it.
    """

    card: Card
    values: Mapping[str, str]
    problems: tuple[Problem, ...]
    steps: tuple[Foreseen, ...]
    cleanup: tuple[Foreseen, ...]
    locks: tuple[Lock, ...] = ()
    refused: str = ""


def lenient(
    parameters: Sequence[Parameter], given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """The values that fit, and what is wrong with the others; what is missing stays open."""
    declared = {parameter.name: parameter for parameter in parameters}
    values: dict[str, str] = {}
    wrong = [
        Problem(name, f"There is no parameter called {name}.")
        for name in given
        if name not in declared
    ]
    for name, parameter in declared.items():
        typed = given.get(name, "").strip() or parameter.default or ""
        if not typed:
            if parameter.required:
                wrong.append(Problem(name, f"{name} is needed and has no value."))
            else:
                values[name] = ""
            continue
        try:
            values[name] = read(parameter, typed)
        except ValueError as misfit:
            wrong.append(Problem(name, str(misfit)))
    return values, tuple(wrong)


def foreseen(
    run: Run,
    previews: Sequence[StepPreview],
    resolve: Resolve,
    *,
    findings: Mapping[int, tuple[str, ...]] | None = None,
    below: Mapping[str, Card] | None = None,
) -> tuple[Foreseen, ...]:
    """Every step of a run that hasn't begun, as it would be done.

    `below` are the runbooks that its steps run, by name.
    """
    made = []
    for preview in previews:
        number, step = preview.number, run.planned(preview.number)
        executor, arguments = resolve(run, number)
        made.append(
            Foreseen(
                number=number,
                step=step,
                instruction=fill(step.instruction, run.values),
                executor=executor,
                arguments=arguments,
                risk=preview.risk,
                approval=preview.demand.approval if preview.demand else None,
                why=preview.demand.why if preview.demand else "",
                findings=(findings or {}).get(number, ()),
                below=_below(run, step, arguments, below or {}, resolve),
            )
        )
    return tuple(made)


def cleaning(run: Run, previews: Sequence[StepPreview], resolve: Resolve) -> tuple[Foreseen, ...]:
    """Every step of the run that would clean up after this one."""
    after = part_of(run.content, Part.CLEANUP)
    steps = tuple(RunStep(number=number) for number in range(1, len(after.steps) + 1))
    cleanup = run.model_copy(update={"content": after, "steps": steps, "part": Part.CLEANUP})
    return foreseen(cleanup, previews, resolve)


def wanted(names: Sequence[str], listed: Sequence[Lock]) -> tuple[Lock, ...]:
    """The locks that a run would take, each with who holds it now; nobody where it is free."""
    held = {lock.name: lock for lock in listed}
    return tuple(
        held.get(name) or Lock(name=name, of_runbook=False, holder=None, since=None, waiting=())
        for name in names
        if not locked_runbook(name)
    )


def _below(
    run: Run,
    step: Step,
    arguments: Mapping[str, JsonValue],
    below: Mapping[str, Card],
    resolve: Resolve,
) -> tuple[Foreseen, ...]:
    card = below.get(step.plan.runbook) if isinstance(step.plan, RunbookPlan) else None
    if card is None:
        return ()
    return foreseen(_child(run, card, arguments), card.previews, resolve)


def _child(run: Run, card: Card, arguments: Mapping[str, JsonValue]) -> Run:
    given = {key: str(value) for key, value in arguments.items()}
    content = card.version.content
    values = {
        parameter.name: given.get(parameter.name) or parameter.default or ""
        for parameter in content.parameters
        if given.get(parameter.name) or parameter.default or not parameter.required
    }
    steps = tuple(RunStep(number=number) for number in range(1, len(content.steps) + 1))
    return run.model_copy(
        update={"name": card.runbook.name, "content": content, "values": values, "steps": steps}
    )
