"""What was refused goes into the audit log, too: one line, whichever way somebody tried.

What was done is noted by the store and the verbs themselves, in the transaction that does it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from pydantic import JsonValue
from sqlalchemy.orm import Session

from runbot.domain.access import Actor
from runbot.domain.audit import Outcome, deed
from runbot.domain.errors import Conflict, NotAllowed, NotFound, Refused
from runbot.domain.runbook import Runbook, Version
from runbot.store.audit import note
from runbot.store.chains import digest
from runbot.store.database import Database


class _Verbs(Protocol):
    """What a class of verbs has."""

    _database: Database
    _clock: Callable[[], datetime]


S = TypeVar("S", bound=_Verbs)
P = ParamSpec("P")
T = TypeVar("T")


def recorded(
    verb: str,
) -> Callable[
    [Callable[Concatenate[S, Actor, P], Awaitable[T]]],
    Callable[Concatenate[S, Actor, P], Coroutine[Any, Any, T]],
]:
    """Have each refusal of this verb written into the audit log, and then raised as it was.

    Of the method's arguments after the actor, the first text is what the person named. What is
    only missing or ill-formed (`InvalidInput`) is asked for again, which is no refusal; where
    the database doesn't answer, that is what is raised.
    """

    def of(
        method: Callable[Concatenate[S, Actor, P], Awaitable[T]],
    ) -> Callable[Concatenate[S, Actor, P], Coroutine[Any, Any, T]]:
        @wraps(method)
        async def tried(self: S, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await method(self, actor, *args, **kwargs)
            except (Conflict, NotAllowed, NotFound, Refused) as no:
                if not no.recorded:
                    line = deed(
                        actor,
                        verb,
                        _named(args, kwargs),
                        at=self._clock(),
                        detail=no.sentence,
                        outcome=Outcome.REFUSED,
                    )
                    await self._database.write(lambda s: note(s, line))
                    no.recorded = True
                raise

        return tried

    return of


def note_version(
    s: Session, actor: Actor, verb: str, runbook: Runbook, version: Version, *, at: datetime
) -> None:
    """Have it written down, together with the change that it tells, what became of a runbook.

    The line holds the hash of what the version holds, so that another content is noticed.
    """
    facts: dict[str, JsonValue] = {
        "runbook": runbook.name,
        "version": version.number,
        "sha256": digest(version.content),
    }
    detail = f"{runbook.name}, version {version.number}"
    note(s, deed(actor, verb, runbook.id, at=at, detail=detail, facts=facts))


def _named(args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    texts = [value for value in (*args, kwargs.get("name")) if isinstance(value, str)]
    return texts[0] if texts else ""
