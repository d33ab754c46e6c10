"""What the display remembers outlives it, on both databases."""

from __future__ import annotations

from runbot.domain import progress
from runbot.store import runs
from runbot.store.database import Database
from runbot.surfaces.slack.records import StoredRecords
from runbot.surfaces.slack.sending import Place
from store_samples import ANA, after, stored_run


async def test_a_run_is_undrawn_until_its_latest_revision_was_shown(database: Database) -> None:
    run = await stored_run(database)
    records = StoredRecords(database)
    await database.write(lambda s: runs.change(s, run.id, lambda r: progress.begin(r, at=after(1))))
    picture = await records.picture(run.id)
    assert (picture.message, picture.told, len(picture.events)) == (None, 0, 1)
    assert await records.undrawn() == [run.id]
    await records.set_message(run.id, Place("C1", "1.2"))
    await records.shown(run.id, revision=picture.run.revision, told=1)
    assert await records.undrawn() == []
    await database.write(
        lambda s: runs.change(s, run.id, lambda r: progress.abort(r, by=ANA, at=after(2)))
    )
    assert await records.undrawn() == [run.id]
    # A late word of an earlier revision takes nothing back.
    await records.shown(run.id, revision=0, told=0)
    picture = await records.picture(run.id)
    assert (picture.message, picture.told, len(picture.events)) == (Place("C1", "1.2"), 1, 2)
