"""Runbooks that run other runbooks: what each of them takes, and what can't be run at all.

Which version of each a run and everything below it takes is fixed when the outermost run
starts: what is published meanwhile touches later runs only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from runbot.domain.conduct import Overlap
from runbot.domain.errors import InvalidInput, Problem, Refused
from runbot.domain.parameters import PLACEHOLDER, check
from runbot.domain.run import Pin
from runbot.domain.runbook import Content, Runbook, RunbookPlan, RunbookStatus, Step, Version

MAX_DEPTH: Final = 5  # runbooks below the one that was started, one below the other
MAX_BELOW: Final = 100  # … and in all
_OF_A_RUNBOOK: Final = "runbook:"


@dataclass(frozen=True, slots=True)
class Called:
    """A runbook that a step runs, with the version that is published; None where none is."""

    runbook: Runbook
    version: Version | None


def calls(content: Content) -> Iterator[tuple[int, Step, RunbookPlan]]:
    """The steps that run another runbook, with their numbers."""
    for number, step in enumerate(content.steps, 1):
        if isinstance(step.plan, RunbookPlan):
            yield number, step, step.plan


def names(content: Content) -> tuple[str, ...]:
    """The names of the runbooks that these steps run, each once, in order."""
    return tuple(dict.fromkeys(plan.runbook for _, _, plan in calls(content)))


def whole(content: Content) -> Content:
    """The content with the clean-up's steps behind its own: everything that may come to be run."""
    return content.model_copy(update={"steps": (*content.steps, *content.cleanup)})


def pinned(name: str, content: Content, found: Mapping[str, Called]) -> dict[str, Pin]:
    """The version of every runbook that a run of this content takes, by name.

    `found` are the runbooks that the actor can see, by name. Raises `Refused` where one is
    missing, a draft or archived, where they run in a circle, and where they are nested too
    deep or too many; `InvalidInput` where a step gives one of them what it can't take.
    """
    looked = _Look(found)
    looked.below((name,), whole(content))
    return looked.pins


class _Look:
    """One walk over everything that a runbook runs; each runbook is looked into once."""

    def __init__(self, found: Mapping[str, Called]) -> None:
        self._found = found
        self._longest: dict[str, tuple[str, ...]] = {}
        self.pins: dict[str, Pin] = {}

    def below(self, path: tuple[str, ...], content: Content) -> tuple[str, ...]:
        """The longest line of names below the last one of this path."""
        longest: tuple[str, ...] = ()
        for number, step, plan in calls(content):
            line = self._line(path, f"Step {number} of {path[-1]} runs {plan.runbook}", step, plan)
            longest = max(longest, line, key=len)
        return longest

    def _line(
        self, path: tuple[str, ...], where: str, step: Step, plan: RunbookPlan
    ) -> tuple[str, ...]:
        wanted = plan.runbook
        if wanted in path:
            circle = " → ".join((*path[path.index(wanted) :], wanted))
            raise Refused(
                f"These runbooks run each other in a circle: {circle}.",
                do=f"Take the step out that runs {wanted} in {path[-1]}.",
            )
        version = _published(where, self._found.get(wanted))
        _fits(where, step, plan, version.content)
        _shallow((*path, wanted))
        if wanted not in self._longest:
            if len(self.pins) >= MAX_BELOW:
                raise Refused(f"{path[0]} runs more than {MAX_BELOW} other runbooks.")
            self.pins[wanted] = Pin(runbook_id=version.runbook_id, version=version.number)
            self._longest[wanted] = (wanted, *self.below((*path, wanted), version.content))
        _shallow((*path, *self._longest[wanted]))
        return self._longest[wanted]


def _shallow(line: tuple[str, ...]) -> None:
    if len(line) > MAX_DEPTH + 1:
        raise Refused(
            f"{' → '.join(line[: MAX_DEPTH + 2])} is nested too deep: below the runbook that is "
            f"started, {MAX_DEPTH} can run each other.",
            do=f"Put what {line[MAX_DEPTH + 1]} does into {line[MAX_DEPTH]} itself.",
        )


def _published(where: str, called: Called | None) -> Version:
    if called is None:
        raise Refused(
            f"{where}, and there is no runbook of that name.",
            do="Correct the step, or create that runbook first.",
        )
    name = called.runbook.name
    if called.runbook.status is RunbookStatus.ARCHIVED:
        raise Refused(
            f"{where}, which is archived.", do=f"Publish it again: /runbook publish {name}."
        )
    if called.version is None:
        raise Refused(
            f"{where}, which isn't published yet.", do=f"Publish it first: /runbook publish {name}."
        )
    return called.version


def _fits(where: str, step: Step, plan: RunbookPlan, content: Content) -> None:
    """What can be known beforehand: the names, what is missing, and values that are literal."""
    asked = {question.field for question in step.questions}
    declared = {parameter.name: parameter for parameter in content.parameters}
    literal = {
        name: value for name, value in plan.parameters.items() if not PLACEHOLDER.search(value)
    }
    left = [
        parameter
        for name, parameter in declared.items()
        if (name in literal or name not in plan.parameters) and name not in asked
    ]
    unknown = [name for name in plan.parameters if name not in declared]
    try:
        check(left, {**literal, **dict.fromkeys(unknown, "-")})
    except InvalidInput as wrong:
        said = tuple(
            Problem(problem.field, f"{where}: {problem.sentence}") for problem in wrong.problems
        )
        raise InvalidInput(said[0].sentence, do=wrong.do, problems=said) from None


def locks(content: Content, runbook_id: str, below: Mapping[str, Content]) -> tuple[str, ...]:
    """Every lock that a run needs for itself and for all that it runs, each once, in order.

    `below` are the contents of the runbooks that it runs, by their ids. One of which a single
    run is going on at a time is a lock of its own, so that nobody gets around that by running
    it from another.
    """
    wanted: set[str] = set()
    for id_, what in ((runbook_id, content), *below.items()):
        wanted.update(what.conduct.locks)
        if what.conduct.overlap is not Overlap.PARALLEL:
            wanted.add(lock_of(id_))
    return tuple(sorted(wanted))


def lock_of(runbook_id: str) -> str:
    """The lock that a runbook is of which one run is going on at a time."""
    return f"{_OF_A_RUNBOOK}{runbook_id}"


def locked_runbook(lock: str) -> str:
    """The id of the runbook that this lock is; empty where it is one that people named."""
    return lock.removeprefix(_OF_A_RUNBOOK) if lock.startswith(_OF_A_RUNBOOK) else ""
