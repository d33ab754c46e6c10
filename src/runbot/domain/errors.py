"""What can go wrong, in sentences for the person who asked.

    RunbotError
    ├── InvalidInput        what was given can't be taken; nothing was changed
    ├── NotFound            there is no such thing, or it isn't yours to see
    ├── NotAllowed          you may not do this here
    ├── Refused             the law says no: stale, doubled or too late
    ├── Conflict            somebody else was first
    └── Unavailable         something outside doesn't answer; trying again can help

Each says what happened, what it means, and what to do. Surfaces show `sentence`
to the person as it is; nothing in it may hold a secret or a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field, such as a parameter or a step ("steps.3")."""

    field: str
    sentence: str


class RunbotError(Exception):
    """The root of all errors that are meant to be shown."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, what: str, *, means: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.means = means
        self.do = do
        self.recorded = False  # whether the audit log has it already

    @property
    def sentence(self) -> str:
        """What happened, what it means and what to do, in that order."""
        return " ".join(part for part in (self.what, self.means, self.do) if part)


class InvalidInput(RunbotError):  # noqa: N818 - an outcome a person reads, not a failure of the program
    """Refused before anything was changed; `problems` names each field that is wrong."""

    code = "invalid_input"

    def __init__(
        self, what: str, *, means: str = "", do: str = "", problems: tuple[Problem, ...] = ()
    ) -> None:
        super().__init__(what, means=means, do=do)
        self.problems = problems

    @property
    def sentence(self) -> str:
        """The error's own sentence, followed by one for each problem it doesn't already say."""
        said = super().sentence
        return " ".join([said, *(p.sentence for p in self.problems if p.sentence not in said)])


class NotFound(RunbotError):  # noqa: N818 - see InvalidInput
    """No such thing in this workspace."""

    code = "not_found"


class NotAllowed(RunbotError):  # noqa: N818 - see InvalidInput
    """The actor may not do this."""

    code = "not_allowed"


class Refused(RunbotError):  # noqa: N818 - see InvalidInput
    """The law does not allow this command in this state; it says what happened instead."""

    code = "refused"


class Conflict(RunbotError):  # noqa: N818 - see InvalidInput
    """Somebody else changed or took it meanwhile; nothing of theirs was overwritten."""

    code = "conflict"


class Unavailable(RunbotError):  # noqa: N818 - see InvalidInput
    """Something that Runbot needs does not answer."""

    code = "unavailable"
    retryable = True
