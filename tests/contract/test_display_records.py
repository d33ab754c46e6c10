"""What the display remembers outlives it, on both databases."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from runbot.domain import progress
from runbot.domain.run import Run
from runbot.store import runs
from runbot.store.database import Database
from runbot.surfaces.slack.records import StoredRecords
from runbot.surfaces.slack.sending import Place
from store_samples import ANA, after, run, stored_run, stored_version
from store_statements import statements


async def test_a_run_is_undrawn_until_its_latest_revision_was_shown(database: Database) -> None:
    started = await stored_run(database)
    records = StoredRecords(database)
    await database.write(
        lambda s: runs.change(s, started.id, lambda r: progress.begin(r, at=after(1)))
    )
    picture = await records.picture(started.id)
    assert (picture.message, picture.told, len(picture.events)) == (None, 0, 1)
    assert await records.undrawn() == [started.id]
    await records.set_message(started.id, Place("C1", "1.2"))
    await records.shown(started.id, revision=picture.run.revision, told=1)
    assert await records.undrawn() == []
    await database.write(
        lambda s: runs.change(s, started.id, lambda r: progress.abort(r, by=ANA, at=after(2)))
    )
    assert await records.undrawn() == [started.id]
    # A late word of an earlier revision takes nothing back.
    await records.shown(started.id, revision=0, told=0)
    picture = await records.picture(started.id)
    assert (picture.message, picture.told, len(picture.events)) == (Place("C1", "1.2"), 1, 2)


async def test_many_looks_are_one_statement_and_a_picture_is_three(database: Database) -> None:
    version = await stored_version(database)
    ids = [f"run_{number}" for number in range(12)]
    for run_id in ids:
        await database.write(partial(runs.start, run=run(version, run_id)))
    records = StoredRecords(database)
    await records.set_message(ids[0], Place("C1", "1.2"))
    with statements() as sent:
        found = await records.standings([*ids, "run_of_nobody"])
    assert len(sent) == 1
    assert sorted(found) == sorted(ids)
    assert (found[ids[0]].posted, found[ids[1]].posted) == (True, False)
    await records.picture(ids[0])  # the version's content is read once, and kept
    with statements() as sent:
        await records.picture(ids[0])
    assert len(sent) == 3


def _paused_or_resumed(s: Session, *, run_id: str, number: int) -> Run:
    move = progress.resume if number % 2 else progress.request_pause
    return runs.change(s, run_id, lambda run: move(run, by=ANA, at=after(number)))


async def test_of_a_run_that_moves_on_only_what_was_not_told_is_read(database: Database) -> None:
    started = await stored_run(database)
    records = StoredRecords(database)
    await database.write(
        lambda s: runs.change(s, started.id, lambda r: progress.begin(r, at=after(1)))
    )
    for number in range(2, 6):
        await database.write(partial(_paused_or_resumed, run_id=started.id, number=number))
    whole = await records.picture(started.id, since=0)
    assert whole.count == len(whole.events) == 5
    await records.shown(started.id, revision=0, told=4)
    rest = await records.picture(started.id)
    assert (rest.first, list(rest.events)) == (3, list(whole.events[3:]))
    since = await records.picture(started.id, since=1)
    assert (since.first, list(since.events)) == (1, list(whole.events[1:]))
    await records.shown(started.id, revision=0, told=5)
    assert list((await records.picture(started.id)).events) == [whole.events[-1]]
    await database.write(
        lambda s: runs.change(s, started.id, lambda r: progress.abort(r, by=ANA, at=after(9)))
    )
    assert (await records.picture(started.id)).first == 0
