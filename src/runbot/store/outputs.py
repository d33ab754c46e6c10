"""The whole output of attempts, kept apart from the runs and capped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.domain.errors import NotFound
from runbot.store.columns import storable
from runbot.store.sql import insert_or_update
from runbot.store.tables import ATTEMPT_OUTPUT

MAX_OUTPUT: Final = 256 * 1024  # bytes of UTF-8 kept of one attempt's output


@dataclass(frozen=True, slots=True)
class Output:
    """What one attempt gave: `sources` say where evidence can be looked at."""

    output: str
    sources: tuple[dict[str, Any], ...]
    facts: dict[str, Any]


def keep_output(
    s: Session,
    run_id: str,
    workspace: str,
    step: int,
    attempt: int,
    *,
    output: str,
    sources: Sequence[Mapping[str, JsonValue] | BaseModel],
    facts: Mapping[str, JsonValue],
) -> None:
    """Keep what an attempt gave, its text cut to `MAX_OUTPUT`. Keeping again replaces it."""
    s.execute(
        insert_or_update(s, ATTEMPT_OUTPUT),
        {
            "run_id": run_id,
            "step": step,
            "attempt": attempt,
            "workspace": workspace,
            "output": capped(output),
            "sources": list(sources),
            "facts": dict(facts),
        },
    )


def output(s: Session, run_id: str, step: int, attempt: int) -> Output:
    """What this attempt gave, or `NotFound` where nothing was kept."""
    row = s.execute(
        select(ATTEMPT_OUTPUT).where(
            ATTEMPT_OUTPUT.c.run_id == run_id,
            ATTEMPT_OUTPUT.c.step == step,
            ATTEMPT_OUTPUT.c.attempt == attempt,
        )
    ).first()
    if row is None:
        raise NotFound(f"Nothing was kept of attempt {attempt} of step {step}.")
    return Output(row.output, tuple(row.sources), row.facts)


def first_sources(s: Session, run_id: str, steps: Collection[int]) -> dict[int, str]:
    """Of these steps that have one, the address where their latest try's evidence stands."""
    kept = select(ATTEMPT_OUTPUT.c.step, ATTEMPT_OUTPUT.c.sources).where(
        ATTEMPT_OUTPUT.c.run_id == run_id, ATTEMPT_OUTPUT.c.step.in_(steps)
    )
    rows = s.execute(kept.order_by(ATTEMPT_OUTPUT.c.step, ATTEMPT_OUTPUT.c.attempt))
    return {row.step: row.sources[0]["url"] for row in rows if row.sources}


def capped(text: str) -> str:
    """The text, or its beginning and a line that says how much was cut."""
    whole = storable(text).encode()
    if len(whole) <= MAX_OUTPUT:
        return whole.decode()
    # The note is short of 80 bytes; a character cut in two at the end is left out.
    kept = whole[: MAX_OUTPUT - 80].decode("utf-8", "ignore")
    left_out = len(whole) - len(kept.encode())
    return f"{kept}\n… {left_out:,} more bytes were not kept."
