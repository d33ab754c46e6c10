"""The tables. Every row carries its workspace; times are aware; constraints have names."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, cast

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from runbot.store.columns import Json, Moment, Words

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class _Row(SQLModel):
    metadata = METADATA


def _words(**more: Any) -> Any:
    return Field(sa_type=Words, **more)


def _moment(**more: Any) -> Any:
    return Field(sa_type=Moment, **more)


def _json(**more: Any) -> Any:
    return Field(sa_type=Json, **more)


def _of(parent: str, *columns: str, to: tuple[str, ...] = ("id",)) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(columns, [f"{parent}.{column}" for column in to])


class RunbookRow(_Row, table=True):
    """A name in a workspace. `published` is the number of the version that runs take."""

    __tablename__: ClassVar[Any] = "runbook"
    __table_args__ = (UniqueConstraint("workspace", "name"),)

    id: str = _words(primary_key=True)
    workspace: str = _words()
    name: str = _words()
    status: str = _words()
    latest: int
    published: int | None = None
    created_by: dict[str, Any] = _json()
    created_at: datetime = _moment()
    channel: str = _words()


class VersionRow(_Row, table=True):
    """One saved state, never changed. `description` and `steps` repeat its content for lists."""

    __tablename__: ClassVar[Any] = "version"
    __table_args__ = (_of("runbook", "runbook_id"),)

    runbook_id: str = _words(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    workspace: str = _words()
    content: dict[str, Any] = _json()
    description: str = _words()
    steps: int
    created_by: dict[str, Any] = _json()
    created_at: datetime = _moment()
    agent: str = _words()


class RunRow(_Row, table=True):
    """One run. Its content is its version's, which never changes, or its `part` of it.

    `last_event` is the sequence number of its newest event and `head` that one's hash,
    `unchained` how many events there were before events had one. What the display keeps
    (`message_…`, `drawn`, `told`) is no part of the run and doesn't touch `revision`.
    """

    __tablename__: ClassVar[Any] = "run"
    __table_args__ = (
        UniqueConstraint("workspace", "number"),
        _of("version", "runbook_id", "version", to=("runbook_id", "number")),
        Index(None, "runbook_id", "number"),
        Index(None, "status", "workspace"),
        Index(None, "ended_at"),
        Index(None, "parent_id"),
        Index(None, "root_id"),
        Index(None, "continues"),
        Index(None, "message_channel", "message_ts"),
        Index(
            "ix_run_undrawn",
            "id",
            sqlite_where=text("revision > drawn"),
            postgresql_where=text("revision > drawn"),
        ),
    )

    id: str = _words(primary_key=True)
    workspace: str = _words()
    number: int
    runbook_id: str = _words()
    name: str = _words()
    version: int
    parameter_values: dict[str, str] = _json()
    channel: str = _words()
    trigger: str = _words()
    started_by: dict[str, Any] = _json()
    agent: str = _words()
    status: str = _words()
    pause_requested_by: dict[str, Any] | None = _json(nullable=True)
    pauses: int
    question_id: str | None = _words(nullable=True)
    outcome: str = _words()
    part: str = _words()
    parent_id: str | None = _words(nullable=True)
    parent_step: int | None = None
    root_id: str | None = _words(nullable=True)
    continues: str = _words()
    pins: dict[str, Any] = _json()
    locks: list[str] = _json()
    created_at: datetime = _moment()
    started_at: datetime | None = _moment(nullable=True)
    ended_at: datetime | None = _moment(nullable=True)
    revision: int
    last_event: int
    head: str = _words()
    unchained: int | None = None
    message_channel: str | None = _words(nullable=True)
    message_ts: str | None = _words(nullable=True)
    message_thread: str | None = _words(nullable=True)
    message_why: str | None = _words(nullable=True)
    drawn: int
    told: int


class RunStepRow(_Row, table=True):
    """One step of a run as it stands."""

    __tablename__: ClassVar[Any] = "run_step"
    __table_args__ = (_of("run", "run_id"),)

    run_id: str = _words(primary_key=True)
    step: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    workspace: str = _words()
    status: str = _words()
    summary: str = _words()
    reason: str = _words()
    overrides: dict[str, Any] = _json()
    changed_by: list[str] = _json()
    started_at: datetime | None = _moment(nullable=True)
    ended_at: datetime | None = _moment(nullable=True)


class AttemptRow(_Row, table=True):
    """One try of a step. `nonce` tells which execution opened it."""

    __tablename__: ClassVar[Any] = "attempt"
    __table_args__ = (_of("run_step", "run_id", "step", to=("run_id", "step")),)

    run_id: str = _words(primary_key=True)
    step: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    attempt: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    workspace: str = _words()
    nonce: str = _words()
    status: str = _words()
    executor: str = _words()
    arguments: dict[str, Any] = _json()
    summary: str = _words()
    done_by: dict[str, Any] | None = _json(nullable=True)
    deadline: datetime | None = _moment(nullable=True)
    child: str = _words()
    started_at: datetime = _moment()
    ended_at: datetime | None = _moment(nullable=True)


class AttemptOutputRow(_Row, table=True):
    """The whole output of one try, apart from the run so that reading a run stays cheap."""

    __tablename__: ClassVar[Any] = "attempt_output"
    __table_args__ = (_of("run", "run_id"),)

    run_id: str = _words(primary_key=True)
    step: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    attempt: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    workspace: str = _words()
    output: str = _words()
    sources: list[Any] = _json()
    facts: dict[str, Any] = _json()


class QuestionRow(_Row, table=True):
    """Something that a run asked; its run's `question_id` names the newest."""

    __tablename__: ClassVar[Any] = "question"
    __table_args__ = (_of("run", "run_id"), Index(None, "run_id"))

    id: str = _words(primary_key=True)
    run_id: str = _words()
    workspace: str = _words()
    step: int
    attempt: int
    kind: str = _words()
    text: str = _words()
    asked_at: datetime = _moment()
    expires_at: datetime = _moment()
    answer: str | None = _words(nullable=True)
    note: str = _words()
    answered_by: dict[str, Any] | None = _json(nullable=True)
    answered_at: datetime | None = _moment(nullable=True)
    terms: dict[str, Any] = _json()


class EventRow(_Row, table=True):
    """One line of a run's timeline, never changed. `hash` chains it to the one before."""

    __tablename__: ClassVar[Any] = "event"
    __table_args__ = (_of("run", "run_id"),)

    run_id: str = _words(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    workspace: str = _words()
    at: datetime = _moment()
    actor: dict[str, Any] = _json()
    kind: str = _words()
    step: int | None = None
    attempt: int | None = None
    detail: str = _words()
    arguments: dict[str, Any] = _json()
    hash: str = _words()


class AuditRow(_Row, table=True):
    """One line of a workspace's audit log, never changed; `previous` is the hash before it."""

    __tablename__: ClassVar[Any] = "audit"
    __table_args__ = (Index(None, "workspace", "object"),)

    workspace: str = _words(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = _moment()
    actor: dict[str, Any] = _json()
    verb: str = _words()
    object: str = _words()
    detail: str = _words()
    facts: dict[str, Any] = _json()
    outcome: str = _words()
    previous: str = _words()
    hash: str = _words()


class AuditEndRow(_Row, table=True):
    """Where a workspace's audit log ends: the newest line's number and hash."""

    __tablename__: ClassVar[Any] = "audit_end"

    workspace: str = _words(primary_key=True)
    seq: int
    hash: str = _words()


class LockRow(_Row, table=True):
    """What one run holds, so that no other run of the workspace does the same meanwhile."""

    __tablename__: ClassVar[Any] = "lock"
    __table_args__ = (_of("run", "run_id"), Index(None, "run_id"))

    workspace: str = _words(primary_key=True)
    name: str = _words(primary_key=True)
    run_id: str = _words()
    since: datetime = _moment()


class GrantRow(_Row, table=True):
    """A role that was given to a principal in chat, or (`given` false) taken from it."""

    __tablename__: ClassVar[Any] = "grant"

    workspace: str = _words(primary_key=True)
    principal: str = _words(primary_key=True)
    role: str = _words(primary_key=True)
    given: bool
    by: dict[str, Any] = _json()
    at: datetime = _moment()


class ArtefactRow(_Row, table=True):
    """What a tool or a person saved with a run."""

    __tablename__: ClassVar[Any] = "artefact"
    __table_args__ = (
        _of("run", "run_id"),
        Index(None, "run_id"),
        Index(None, "workspace", "name", "created_at"),
    )

    id: str = _words(primary_key=True)
    workspace: str = _words()
    run_id: str = _words()
    run_number: int
    name: str = _words()
    media_type: str = _words()
    source: str = _words()
    size: int = Field(sa_type=BigInteger)
    sha256: str = _words()
    created_at: datetime = _moment()
    content: bytes = Field(sa_type=LargeBinary)


class CounterRow(_Row, table=True):
    """How many runs a workspace has had: the number of the newest."""

    __tablename__: ClassVar[Any] = "counter"

    workspace: str = _words(primary_key=True)
    runs: int


class SeenEventRow(_Row, table=True):
    """A delivery that was taken, so that its repetition is not."""

    __tablename__: ClassVar[Any] = "seen_event"
    __table_args__ = (Index(None, "at"),)

    workspace: str = _words(primary_key=True)
    key: str = _words(primary_key=True)
    at: datetime = _moment()


class OwedRow(_Row, table=True):
    """A request that was taken and not answered yet. `said` is what was asked, for the person."""

    __tablename__: ClassVar[Any] = "owed"
    __table_args__ = (Index(None, "at"),)

    workspace: str = _words(primary_key=True)
    key: str = _words(primary_key=True)
    user: str = _words()
    channel: str = _words()
    thread: str = _words()
    said: str = _words()
    at: datetime = _moment()


class ThreadRow(_Row, table=True):
    """A message whose thread is about a runbook."""

    __tablename__: ClassVar[Any] = "thread"
    __table_args__ = (_of("runbook", "runbook_id"), Index(None, "runbook_id", "ts"))

    workspace: str = _words(primary_key=True)
    channel: str = _words(primary_key=True)
    ts: str = _words(primary_key=True)
    runbook_id: str = _words()


class AskingRow(_Row, table=True):
    """A thread in which somebody asked for a runbook and something is still missing.

    `thread` is empty for a direct message. `said` is the request and the answers so far.
    """

    __tablename__: ClassVar[Any] = "asking"
    __table_args__ = (Index(None, "at"),)

    workspace: str = _words(primary_key=True)
    channel: str = _words(primary_key=True)
    thread: str = _words(primary_key=True)
    said: list[str] = _json()
    at: datetime = _moment()


def _table(model: type[SQLModel]) -> Table:
    # SQLModel makes the attribute but doesn't declare it.
    return cast("Table", vars(model)["__table__"])


RUNBOOK: Final = _table(RunbookRow)
VERSION: Final = _table(VersionRow)
RUN: Final = _table(RunRow)
RUN_STEP: Final = _table(RunStepRow)
ATTEMPT: Final = _table(AttemptRow)
ATTEMPT_OUTPUT: Final = _table(AttemptOutputRow)
QUESTION: Final = _table(QuestionRow)
EVENT: Final = _table(EventRow)
AUDIT: Final = _table(AuditRow)
AUDIT_END: Final = _table(AuditEndRow)
LOCK: Final = _table(LockRow)
GRANT: Final = _table(GrantRow)
ARTEFACT: Final = _table(ArtefactRow)
COUNTER: Final = _table(CounterRow)
SEEN_EVENT: Final = _table(SeenEventRow)
OWED: Final = _table(OwedRow)
THREAD: Final = _table(ThreadRow)
ASKING: Final = _table(AskingRow)
