"""The record under the two databases: chained as it is written, and whatever changes is found."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.audit import Outcome, deed
from runbot.domain.errors import Refused
from runbot.domain.law import Choice
from runbot.domain.run import Change, EventKind, Run
from runbot.store import audit, runs
from runbot.store.database import Database
from runbot.store.tables import AUDIT, AUDIT_END, EVENT, RUN
from runbot.store.verifying import Fault, Head, Verification, verify
from store_samples import ANA, BEN, CLEO, NOON, after, question, run, stored_run, stored_version

Told = Callable[[Run], Change]


async def changed(database: Database, how: Told, run_id: str = "run_1") -> Run:
    return await database.write(lambda s: runs.change(s, run_id, how))


async def told(database: Database, workspace: str = "T1") -> list[audit.Entry]:
    return await database.read(lambda s: audit.entries(s, workspace))


async def verified(database: Database, *kept: Head) -> Verification:
    return await database.read(lambda s: verify(s, kept=kept))


async def tampered(database: Database, statement: Any) -> Verification:
    await database.write(lambda s: s.execute(statement))
    return await verified(database)


async def a_whole_run(database: Database) -> None:
    """A run of one step that a person does: five lines of its own, three of the log."""
    await stored_run(database, steps=1)
    await changed(database, lambda r: progress.begin(r, at=NOON))
    await changed(
        database,
        lambda r: progress.open_attempt(
            r, 1, nonce="n", executor="manual", arguments={"url": "x"}, at=after(1)
        ),
    )
    await changed(database, lambda r: progress.ask(r, question(), at=after(2)))
    await changed(
        database,
        lambda r: progress.answer(r, "run_1:1", Choice.DONE, by=BEN, note="ok", at=after(3)),
    )
    await changed(database, lambda r: progress.complete(r, at=after(4)))


async def test_a_run_s_beginning_what_people_did_and_its_end_stand_in_the_log(
    database: Database,
) -> None:
    await a_whole_run(database)
    lines = [entry.deed for entry in await told(database)]
    assert [(d.verb, d.actor.id, d.object, d.outcome) for d in lines] == [
        ("start", "UANA", "run_1", Outcome.DONE),
        ("answer", "UBEN", "run_1", Outcome.DONE),
        ("end", "runbot", "run_1", Outcome.DONE),
    ]
    assert lines[1].detail == "Run 1 of restart-api, step 1: done: ok"
    assert lines[2].facts["events"] == 6
    found = await verified(database)
    assert (found.ok, found.runs, found.events, found.lines) == (True, 1, 6, 3)
    assert found.heads == [Head("T1", 3, (await told(database))[-1].hash)]


async def test_what_fails_writes_no_line(database: Database) -> None:
    await stored_run(database)

    def fails(session: Any) -> None:
        audit.note(session, deed(ANA, "edit", "rb_1", at=NOON))
        raise Refused("No.")

    with pytest.raises(Refused):
        await database.write(fails)
    assert len(await told(database)) == 1


async def test_each_workspace_has_a_chain_of_its_own(database: Database) -> None:
    await stored_run(database)
    await stored_run(database, "run_2", by=CLEO)
    assert [entry.seq for entry in await told(database)] == [1]
    assert [entry.seq for entry in await told(database, "T2")] == [1]
    assert [(head.workspace, head.line) for head in (await verified(database)).heads] == [
        ("T1", 1),
        ("T2", 1),
    ]


async def test_many_at_once_make_one_chain(database: Database, database_url: str) -> None:
    first = await stored_version(database)
    other = Database(database_url)  # another replica
    try:
        await asyncio.gather(
            *(
                (other if n % 2 else database).write(
                    lambda s, n=n: runs.start(s, run(first, f"run_{n}"))  # type: ignore[misc]
                )
                for n in range(20)
            )
        )
        await asyncio.gather(
            *(
                (other if n % 2 else database).write(
                    lambda s, n=n: runs.change(  # type: ignore[misc]
                        s, f"run_{n}", lambda r: progress.abort(r, by=BEN, at=NOON)
                    )
                )
                for n in range(20)
            )
        )
    finally:
        await other.close()
    lines = await told(database)
    assert [entry.seq for entry in lines] == list(range(1, 61))
    assert (await verified(database)).faults == []


async def test_a_secret_reaches_neither_the_timeline_nor_the_log(database: Database) -> None:
    first = await stored_version(database)
    secret = "hunter2hunter2"
    with_secret = run(first).model_copy(update={"values": {"db_password": secret, "zone": "eu"}})
    await database.write(lambda s: runs.start(s, with_secret))
    await changed(database, lambda r: progress.begin(r, at=NOON))
    await changed(database, lambda r: progress.fail(r, why=f"{secret} was wrong", at=NOON))
    events = await database.read(lambda s: runs.timeline(s, "run_1"))
    assert events[-1].detail == "•••• was wrong"
    lines = [entry.deed.model_dump_json() for entry in await told(database)]
    assert not any(secret in line for line in lines)
    assert '"zone":"eu"' in lines[0]
    assert (await verified(database)).ok


CHANGES: dict[str, Any] = {
    "at": after(77),
    "actor": {"kind": "person", "id": "UEVE", "workspace": "T1"},
    "detail": "another",
    "hash": "0" * 64,
    "workspace": "T9",
}


@pytest.mark.parametrize("column", [*CHANGES, "kind", "step", "attempt", "arguments"])
async def test_a_changed_event_is_named(database: Database, column: str) -> None:
    await a_whole_run(database)
    more = {"kind": "noted", "step": 7, "attempt": 7, "arguments": {"url": "y"}}
    found = await tampered(
        database,
        update(EVENT).where(EVENT.c.seq == 2).values({column: {**CHANGES, **more}[column]}),
    )
    assert [(fault.run, fault.line) for fault in found.faults] == [(1, 2)]


@pytest.mark.parametrize(
    "column", [*CHANGES, "verb", "object", "facts", "outcome", "previous", "seq"]
)
async def test_a_changed_line_of_the_log_is_named(database: Database, column: str) -> None:
    await a_whole_run(database)
    more = {
        "verb": "resume",
        "object": "run_9",
        "facts": {},
        "outcome": "refused",
        "previous": "0" * 64,
        "seq": 9,
    }
    found = await tampered(
        database,
        update(AUDIT).where(AUDIT.c.seq == 2).values({column: {**CHANGES, **more}[column]}),
    )
    named = {(fault.workspace, fault.line) for fault in found.faults if fault.run is None}
    # A line that was moved away leaves its gap before the next one.
    assert named & {("T1", 2), ("T1", 3), ("T9", 2)}


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (delete(EVENT).where(EVENT.c.seq == 3), 3),
        (delete(EVENT).where(EVENT.c.seq == 6), 5),
        (delete(EVENT), 0),
        (update(RUN).values(version=1, name="other"), 1),
        (update(RUN).values(unchained=0), 1),
        (update(RUN).values(unchained=6), 1),
        (update(RUN).values(head=""), 6),
        (update(RUN).values(last_event=7), 6),
        (update(RUN).values(status="failed"), 6),
    ],
)
async def test_what_is_cut_from_a_run_is_named(database: Database, what: Any, line: int) -> None:
    await a_whole_run(database)
    found = await tampered(database, what)
    assert [(fault.run, fault.line) for fault in found.faults] == [(1, line)]


async def test_a_line_put_in_is_named(database: Database) -> None:
    await a_whole_run(database)
    row = {
        "run_id": "run_1",
        "seq": 7,
        "workspace": "T1",
        "at": NOON,
        "actor": ANA,
        "kind": EventKind.NOTED.value,
        "detail": "all is well",
        "arguments": {},
        "hash": "f" * 64,
    }
    found = await tampered(database, insert(EVENT).values(**row))
    assert [(fault.run, fault.line) for fault in found.faults] == [(1, 7)]


async def test_a_log_that_is_cut_at_its_end_is_found_by_the_runs(database: Database) -> None:
    await a_whole_run(database)
    second = (await told(database))[1]
    # Somebody who knows where the end is noted cuts there, too.
    await tampered(database, delete(AUDIT).where(AUDIT.c.seq == 3))
    found = await tampered(database, update(AUDIT_END).values(seq=2, hash=second.hash))
    assert found.faults == [Fault("T1", 1, 6, "it has ended, and the audit log doesn't tell that")]
    await tampered(database, delete(AUDIT))
    found = await tampered(database, delete(AUDIT_END))
    assert [fault.run for fault in found.faults] == [1]


async def test_a_head_that_was_kept_elsewhere_tells_a_chain_that_was_written_anew(
    database: Database,
) -> None:
    await stored_run(database)
    kept = (await verified(database)).heads[0]
    await changed(database, lambda r: progress.begin(r, at=NOON))
    assert (await verified(database, kept)).ok
    assert [f.line for f in (await verified(database, Head("T1", 1, "0" * 64))).faults] == [1]
    assert [f.line for f in (await verified(database, Head("T1", 9, "0" * 64))).faults] == [9]


async def test_the_chain_of_a_run_from_before_begins_with_its_next_event(
    database: Database,
) -> None:
    await stored_run(database)
    await changed(database, lambda r: progress.begin(r, at=NOON))
    # As the upgrade leaves it: no line has a hash, and nothing is in the log.
    await tampered(database, update(EVENT).values(hash=""))
    await tampered(database, update(RUN).values(head="", unchained=1))
    await tampered(database, delete(AUDIT))
    found = await tampered(database, delete(AUDIT_END))
    assert (found.ok, found.before) == (True, 1)
    await changed(database, lambda r: progress.abort(r, by=BEN, at=after(1)))
    assert (await verified(database)).faults == []
    rows = await database.read(lambda s: s.execute(select(EVENT.c.hash)).scalars().all())
    assert [bool(one) for one in rows] == [False, True]
    found = await tampered(database, update(EVENT).where(EVENT.c.seq == 2).values(detail="no"))
    assert [(fault.run, fault.line) for fault in found.faults] == [(1, 2)]


async def test_somebody_of_another_surface_is_told_apart(database: Database) -> None:
    await stored_run(database)
    by_button = BEN.model_copy(update={"surface": "button"})
    await changed(database, lambda r: progress.abort(r, by=by_button, at=NOON))
    events = await database.read(lambda s: runs.timeline(s, "run_1"))
    assert events[-1].actor == Actor(id="UBEN", workspace="T1", name="ben", surface="button")
    assert (await told(database))[1].deed.actor.surface == "button"


@pytest.mark.parametrize(
    ("column", "held"), [("actor", "{"), ("at", "yesterday"), ("detail", b"\x00"), ("step", "one")]
)
async def test_what_can_no_longer_be_understood_is_named(
    sqlite_url: str, column: str, held: str | bytes
) -> None:
    """SQLite holds anything in any column; Postgres refuses it."""
    database = Database(sqlite_url)
    try:
        await a_whole_run(database)
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as rows:
            rows.execute(f"UPDATE event SET {column} = ? WHERE seq = 2", (held,))  # noqa: S608 - a column's name
        rows.close()
        found = await verified(database)
    finally:
        await database.close()
    assert [(fault.run, fault.line) for fault in found.faults] == [(1, 2)]
    assert f"its {column} can't be read any more" in found.faults[0].what
