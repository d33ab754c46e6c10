"""What a workspace's runs ask people at this moment, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from runbot.domain.law import QuestionKind, RunStatus
from runbot.domain.run import Terms
from runbot.store.run_lines import LINE, RunLine, line_from
from runbot.store.tables import QUESTION, RUN

MOST: Final = 500  # as many runs as can go on, and then some


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question, its run, and the run's message (`ts` is None where it has none yet)."""

    id: str
    kind: QuestionKind
    step: int
    text: str
    asked_at: datetime
    expires_at: datetime
    terms: Terms
    run: RunLine
    channel: str | None
    ts: str | None


def asked(s: Session, workspace: str) -> list[Asked]:
    """Every open question of the workspace, the oldest first."""
    wanted: Select[Any] = (
        select(
            *LINE,
            RUN.c.message_channel,
            RUN.c.message_ts,
            QUESTION.c.id.label("question"),
            QUESTION.c.kind,
            QUESTION.c.step,
            QUESTION.c.text,
            QUESTION.c.asked_at,
            QUESTION.c.expires_at,
            QUESTION.c.terms,
        )
        .join(QUESTION, QUESTION.c.id == RUN.c.question_id)
        .where(
            RUN.c.workspace == workspace,
            RUN.c.status == RunStatus.WAITING.value,
            QUESTION.c.answer.is_(None),
        )
        .order_by(QUESTION.c.asked_at, QUESTION.c.id)
        .limit(MOST)
    )
    return [
        Asked(
            id=row.question,
            kind=QuestionKind(row.kind),
            step=row.step,
            text=row.text,
            asked_at=row.asked_at,
            expires_at=row.expires_at,
            terms=Terms.model_validate(row.terms),
            run=line_from(row),
            channel=row.message_channel,
            ts=row.message_ts,
        )
        for row in s.execute(wanted)
    ]
