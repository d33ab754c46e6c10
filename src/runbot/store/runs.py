"""Runs: started once, changed by one function, read whole.

A run's content is its version's, which never changes: it is parsed once and kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from runbot.domain import audit
from runbot.domain.cleaning import cleanup_of
from runbot.domain.errors import Conflict, NotFound, Refused
from runbot.domain.redaction import recordable
from runbot.domain.run import Change, Event, Part, Run
from runbot.store import locks
from runbot.store.audit import note
from runbot.store.chains import after_event, beginning
from runbot.store.contents import content_of
from runbot.store.following import Follower, followed, followers
from runbot.store.outputs import Output, keep_output, output
from runbot.store.run_display import (
    Message,
    Shown,
    Standing,
    drawn,
    message_of,
    numbers,
    of_message,
    set_message,
    shown_from,
    shown_in,
    standings,
    told,
    told_up_to,
    undrawn,
)
from runbot.store.run_lines import UNFINISHED, RunLine, going_on, history
from runbot.store.run_rows import (
    AnyRow,
    Record,
    attempt_row,
    changeable,
    event_from,
    event_row,
    new_run,
    question_row,
    run_from,
    select_run,
    select_steps,
    step_row,
)
from runbot.store.sql import insert_or_leave, insert_or_update
from runbot.store.tables import ATTEMPT, COUNTER, EVENT, QUESTION, RUN, RUN_STEP

__all__ = [
    "Follower",
    "Message",
    "Output",
    "RunLine",
    "Shown",
    "Standing",
    "by_number",
    "by_question",
    "change",
    "drawn",
    "ended_since",
    "followed",
    "followers",
    "going_on",
    "history",
    "keep_output",
    "load",
    "load_shown",
    "message_of",
    "numbers",
    "of_message",
    "of_workspace",
    "output",
    "set_message",
    "shown_in",
    "standings",
    "start",
    "timeline",
    "told",
    "told_up_to",
    "undrawn",
    "unfinished",
]

_BY_ID: Final = select_run().where(RUN.c.id == bindparam("run_id"))
# Two changes of one run come one after the other; rows that refer to it aren't held up.
_LOCKED: Final = _BY_ID.with_for_update(of=RUN, key_share=True)
_STEPS: Final = select_steps().where(RUN_STEP.c.run_id == bindparam("run_id"))
_QUESTION: Final = select(QUESTION).where(QUESTION.c.id == bindparam("question_id"))
_COUNTER: Final = select(COUNTER.c.runs).where(COUNTER.c.workspace == bindparam("workspace"))
_UNENDED: Final = (
    select(func.count())
    .select_from(RUN)
    .where(
        RUN.c.workspace == bindparam("workspace"),
        RUN.c.status.in_(UNFINISHED),
        RUN.c.parent_id.is_(None),
    )
)
_UPDATE: Final = update(RUN).where(RUN.c.id == bindparam("run_id"))
_UPDATE_STEP: Final = update(RUN_STEP).where(
    RUN_STEP.c.run_id == bindparam("of_run"), RUN_STEP.c.step == bindparam("of_step")
)


def start(s: Session, run: Run, *, most: int | None = None) -> tuple[Run, bool]:
    """Store a new run under the workspace's next number.

    Where a run with this id exists, nothing is stored: that one comes back, and False.
    Where `most` runs of the workspace haven't ended, nothing is stored either: `Refused`. A run
    and all that belong to it count as one.
    """
    count = hold_numbers(s, run.workspace)
    if (found := s.execute(_BY_ID, {"run_id": run.id}).first()) is not None:
        if found.workspace != run.workspace:
            raise Conflict("Another run has this id.", means="Nothing was started.")
        return _whole(s, found), False
    if most is not None and s.execute(_UNENDED, {"workspace": run.workspace}).scalar_one() >= most:
        raise Refused(
            f"{most} runs are going on in this workspace, which is the limit.",
            means="Nothing was started.",
            do="Wait for some to end, or abort those that aren't needed: /runbook status.",
        )
    stored = run.model_copy(update={"number": count + 1})
    s.execute(
        update(COUNTER).where(COUNTER.c.workspace == run.workspace).values(runs=stored.number)
    )
    row = new_run(stored)
    row["head"] = beginning(row)
    s.execute(insert(RUN), row)
    note(s, audit.started(stored, head=row["head"]))
    if stored.steps:
        s.execute(insert(RUN_STEP), [step_row(stored, step) for step in stored.steps])
    locks.hand_over(s, stored)
    tries = [(step, attempt) for step in stored.steps for attempt in step.attempts]
    if tries:  # it goes on from another run's call, of which nobody knows how it ended
        s.execute(insert(ATTEMPT), [attempt_row(stored, step, attempt) for step, attempt in tries])
    return stored, True


def hold_numbers(s: Session, workspace: str) -> int:
    """How many runs the workspace has had; nobody else starts one before this transaction ends.

    So of two starts under one id the second finds the first, and no number is taken for nothing.
    """
    count: int | None = s.execute(_COUNTER.with_for_update(), {"workspace": workspace}).scalar()
    if count is None:
        s.execute(insert_or_leave(s, COUNTER), {"workspace": workspace, "runs": 0})
        count = s.execute(_COUNTER.with_for_update(), {"workspace": workspace}).scalar_one()
    return count


def load(s: Session, run_id: str) -> Run:
    """The run as it stands, or `NotFound`. For callers that know that it is theirs to see."""
    row = s.execute(_BY_ID, {"run_id": run_id}).first()
    if row is None:
        raise NotFound("There is no such run.")
    return _whole(s, row)


def load_shown(s: Session, run_id: str) -> tuple[Run, Shown]:
    """The run as it stands and what Slack shows of it, from its one row, or `NotFound`."""
    row = s.execute(_BY_ID, {"run_id": run_id}).first()
    if row is None:
        raise NotFound("There is no such run.")
    return _whole(s, row), shown_from(row)


def of_workspace(s: Session, workspace: str, run_id: str) -> Run:
    """The run, or `NotFound` where this workspace has none with this id."""
    row = s.execute(_BY_ID, {"run_id": run_id}).first()
    if row is None or row.workspace != workspace:
        raise NotFound("There is no run with this id.", do="Look at /runbook history.")
    return _whole(s, row)


def by_number(s: Session, workspace: str, number: int) -> Run:
    """The run that people call "Run 1042", or `NotFound`."""
    row = s.execute(
        select_run().where(RUN.c.workspace == workspace, RUN.c.number == number)
    ).first()
    if row is None:
        raise NotFound(f"There is no run {number}.", do="Look at /runbook history.")
    return _whole(s, row)


def by_question(s: Session, workspace: str, question_id: str) -> Run:
    """The run that asked this, whether it is still open or not, or `NotFound`."""
    run_id = s.execute(
        select(QUESTION.c.run_id).where(
            QUESTION.c.id == question_id, QUESTION.c.workspace == workspace
        )
    ).scalar()
    if run_id is None:
        raise NotFound("There is no such question.", means="Nothing was changed.")
    return load(s, run_id)


def change(s: Session, run_id: str, how: Callable[[Run], Change]) -> Run:
    """Apply a pure change to the run as it stands, and return what it became.

    Changes of one run come one after the other. What `how` raises leaves everything as
    it was; a change that alters nothing and tells nothing writes nothing. Otherwise
    `revision` grows by one, and the events follow the ones that are there, without what a
    record must not hold, each chained to the one before.
    """
    row = s.execute(_LOCKED, {"run_id": run_id}).first()
    if row is None:
        raise NotFound("There is no such run.")
    before = _whole(s, row)
    made = how(before)
    if made.run == before and not made.events:
        return before
    if made.run.owes_cleanup and not before.ended:
        # Here, so that whoever kills the process finds both or neither.
        start(s, cleanup_of(made.run))
    after = made.run.model_copy(update={"revision": before.revision + 1})
    events = _chained(row, after, made.events)
    last_event = row.last_event + len(events)
    head = events[-1]["hash"] if events else row.head
    s.execute(
        _UPDATE, {"run_id": run_id, **changeable(after), "last_event": last_event, "head": head}
    )
    _write_steps(s, before, after)
    if after.question is not None and after.question != before.question:
        s.execute(insert_or_update(s, QUESTION), question_row(after, after.question))
    if events:
        s.execute(insert(EVENT), events)
    note(s, *audit.done_to(after, made.events))
    if after.ended and not before.ended:
        note(s, audit.ended(after, events=last_event, head=head))
        if after.locks or after.part is Part.CLEANUP:
            locks.ended(s, after)
    return after


def timeline(s: Session, run_id: str, *, after: int = 0) -> list[Event]:
    """What happened to the run after event number `after`, oldest first: the first one is 1."""
    rows = s.execute(
        select(EVENT).where(EVENT.c.run_id == run_id, EVENT.c.seq > after).order_by(EVENT.c.seq)
    )
    return [event_from(row) for row in rows]


def unfinished(s: Session) -> list[Run]:
    """Every run of every workspace that hasn't ended: three statements, and one a version."""
    rows = s.execute(
        select_run().where(RUN.c.status.in_(UNFINISHED)).order_by(RUN.c.created_at)
    ).all()
    ids = select(RUN.c.id).where(RUN.c.status.in_(UNFINISHED))
    steps: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for step in s.execute(select_steps().where(RUN_STEP.c.run_id.in_(ids))):
        steps[step.run_id].append(step)
    asked = select(RUN.c.question_id).where(RUN.c.status.in_(UNFINISHED))
    questions = {q.id: q for q in s.execute(select(QUESTION).where(QUESTION.c.id.in_(asked)))}
    return [
        run_from(
            row,
            content_of(s, row.runbook_id, row.version, Part(row.part)),
            steps[row.id],
            questions.get(row.question_id),
        )
        for row in rows
    ]


def ended_since(s: Session, moment: datetime) -> list[str]:
    """The ids of the runs of every workspace that ended at this moment or later."""
    return list(s.execute(select(RUN.c.id).where(RUN.c.ended_at >= moment)).scalars())


def _whole(s: Session, row: AnyRow) -> Run:
    steps = s.execute(_STEPS, {"run_id": row.id}).all()
    question = None
    if row.question_id is not None:
        question = s.execute(_QUESTION, {"question_id": row.question_id}).first()
    content = content_of(s, row.runbook_id, row.version, Part(row.part))
    return run_from(row, content, steps, question)


def _chained(row: AnyRow, run: Run, events: Sequence[Event]) -> list[Record]:
    """The rows of these events, after those that the run has."""
    head = row.head or beginning(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way
    chained = []
    for seq, event in enumerate(events, row.last_event + 1):
        line = event_row(run, seq, recordable(run, event))
        head = line["hash"] = after_event(head, line)
        chained.append(line)
    return chained


def _write_steps(s: Session, before: Run, after: Run) -> None:
    steps = []
    attempts = []
    for old, new in zip(before.steps, after.steps, strict=True):
        if old is new or old == new:
            continue
        if old.model_copy(update={"attempts": new.attempts}) != new:
            row = step_row(after, new)
            steps.append({"of_run": row.pop("run_id"), "of_step": row.pop("step"), **row})
        known = {attempt.number: attempt for attempt in old.attempts}
        attempts += [
            attempt_row(after, new, attempt)
            for attempt in new.attempts
            if known.get(attempt.number) != attempt
        ]
    if steps:
        s.execute(_UPDATE_STEP, steps)
    if attempts:
        s.execute(insert_or_update(s, ATTEMPT), attempts)
