from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.orm import Session

from runbot.domain import progress
from runbot.domain.errors import Conflict, NotFound
from runbot.domain.law import RunStatus
from runbot.domain.runbook import Content, RunbookStatus, Step, ToolPlan, Version
from runbot.store import artefacts, inbox, runbooks, runs, threads
from runbot.store.database import Database
from store_samples import (
    ANA,
    BEN,
    CLEO,
    NOON,
    after,
    content,
    run,
    runbook,
    stored_run,
    stored_version,
    version,
)
from store_statements import statements


async def saved(database: Database, of: Version, *, expected: int | None, steps: int) -> Version:
    return await database.write(
        lambda s: runbooks.add_version(
            s,
            "T1",
            of.runbook_id,
            content(steps),
            by=BEN,
            agent="rules",
            at=after(60),
            expected_latest=expected,
        )
    )


async def test_a_runbook_is_read_back_as_it_was(database: Database) -> None:
    first = await stored_version(database)
    book = runbook()
    assert await database.read(lambda s: runbooks.by_id(s, "T1", book.id)) == book
    assert await database.read(lambda s: runbooks.by_name(s, "T1", "restart-api")) == book
    assert await database.read(lambda s: runbooks.version(s, book.id, 1)) == first


async def test_what_postgres_cannot_hold_is_replaced_on_both(database: Database) -> None:
    odd = Content(
        description="nul \x00 half \ud83d whole 😀 \\u0000",
        steps=(
            Step(
                instruction="RTL \u202eabc",
                plan=ToolPlan(tool="t", arguments={"a": "x\x00y", "b": "\ud83d"}),
            ),
        ),
    )
    await stored_version(database, what=odd)
    found = await database.read(lambda s: runbooks.version(s, runbook().id, 1))
    assert found.content.description.startswith("nul \ufffd half ")
    assert found.content.description.endswith(" whole 😀 \\u0000")
    assert found.content.steps[0].instruction == "RTL \u202eabc"
    plan = found.content.steps[0].plan
    assert isinstance(plan, ToolPlan)
    assert plan.arguments["a"] == "x\ufffdy"


async def test_a_name_is_taken_once_in_a_workspace(database: Database) -> None:
    await stored_version(database)
    double = runbook().model_copy(update={"id": "rb_other"})
    with pytest.raises(Conflict, match="There is a runbook called restart-api already"):
        await database.write(lambda s: runbooks.create(s, double, version(double)))
    await stored_version(database, by=CLEO)
    names = await database.read(lambda s: runbooks.listing(s, "T2", limit=9, offset=0))
    assert [(one.runbook.name, one.runbook.workspace) for one in names] == [("restart-api", "T2")]


async def test_of_ten_creations_at_once_one_gets_the_name(database: Database) -> None:
    def create(n: int) -> object:
        book = runbook().model_copy(update={"id": f"rb_{n}"})
        return database.write(lambda s: runbooks.create(s, book, version(book)))

    done = await asyncio.gather(*(create(n) for n in range(10)), return_exceptions=True)  # type: ignore[call-overload]
    assert sum(one is None for one in done) == 1
    assert sum(isinstance(one, Conflict) for one in done) == 9


async def test_versions_are_numbered_on_and_none_is_lost(database: Database) -> None:
    first = await stored_version(database)
    done = await asyncio.gather(
        *(saved(database, first, expected=None, steps=n) for n in range(1, 11))
    )
    assert sorted(v.number for v in done) == list(range(2, 12))
    kept = await database.read(lambda s: runbooks.versions(s, first.runbook_id))
    assert kept == [first, *sorted(done, key=lambda v: v.number)]
    latest = await database.read(lambda s: runbooks.by_id(s, "T1", first.runbook_id))
    assert latest.latest == 11


async def test_a_stale_save_is_told_who_saved(database: Database) -> None:
    first = await stored_version(database)
    await saved(database, first, expected=1, steps=2)
    with pytest.raises(Conflict) as refused:
        await saved(database, first, expected=1, steps=5)
    assert "<@UBEN> saved version 2 of restart-api meanwhile" in str(refused.value)
    assert len(await database.read(lambda s: runbooks.versions(s, first.runbook_id))) == 2


async def test_of_two_saves_at_once_on_one_base_one_is_kept(database: Database) -> None:
    first = await stored_version(database)
    done = await asyncio.gather(
        *(saved(database, first, expected=1, steps=n) for n in (2, 3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Version"]


async def test_publishing_archiving_and_restoring(database: Database) -> None:
    first = await stored_version(database)
    book = first.runbook_id
    archived = await database.write(lambda s: runbooks.archive(s, "T1", book))
    assert archived.status is RunbookStatus.ARCHIVED
    restored = await database.write(lambda s: runbooks.restore(s, "T1", book))
    assert restored.status is RunbookStatus.DRAFT
    published = await database.write(lambda s: runbooks.publish(s, "T1", book, 1))
    assert (published.status, published.published) == (RunbookStatus.PUBLISHED, 1)
    await database.write(lambda s: runbooks.archive(s, "T1", book))
    again = await database.write(lambda s: runbooks.restore(s, "T1", book))
    assert again == published
    with pytest.raises(NotFound, match="no version 7"):
        await database.write(lambda s: runbooks.publish(s, "T1", book, 7))


async def test_a_run_keeps_its_version_when_the_runbook_goes_on(database: Database) -> None:
    stored = await stored_run(database, steps=3)
    first = await database.read(lambda s: runbooks.version(s, stored.runbook_id, 1))
    await saved(database, first, expected=1, steps=7)
    found = await database.read(lambda s: runs.load(s, "run_1"))
    assert len(found.content.steps) == 3


async def test_a_rename_is_refused_where_the_name_is_taken(database: Database) -> None:
    first = await stored_version(database)
    await stored_version(database, "other")
    renamed = await database.write(lambda s: runbooks.rename(s, "T1", first.runbook_id, "new"))
    assert renamed.name == "new"
    with pytest.raises(Conflict, match="called other already"):
        await database.write(lambda s: runbooks.rename(s, "T1", first.runbook_id, "other"))


async def test_a_name_is_found_in_its_own_workspace_only(database: Database) -> None:
    await stored_version(database, "restart-api", by=CLEO)
    with pytest.raises(NotFound, match="no runbook called restart-api"):
        await database.read(lambda s: runbooks.by_name(s, "T1", "restart-api"))


async def test_another_workspaces_runbook_can_be_neither_seen_nor_changed(
    database: Database,
) -> None:
    book = (await stored_version(database)).runbook_id
    attempts = (
        lambda s: runbooks.by_id(s, "T2", book),
        lambda s: runbooks.publish(s, "T2", book, 1),
        lambda s: runbooks.archive(s, "T2", book),
        lambda s: runbooks.restore(s, "T2", book),
        lambda s: runbooks.rename(s, "T2", book, "mine"),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            await database.write(attempt)
    assert await database.read(lambda s: runbooks.by_id(s, "T1", book)) == runbook()


async def test_a_list_costs_one_statement_however_many_runbooks(database: Database) -> None:
    for n in range(12):
        first = await stored_version(database, f"book-{n:02}")
        for again in range(2):
            run_id = f"run_{n}_{again}"
            await database.write(
                lambda s, v=first, i=run_id, n=n: runs.start(  # type: ignore[misc]
                    s, run(v, i, name=f"book-{n:02}")
                )
            )
    await database.write(
        lambda s: runs.change(s, "run_3_1", lambda r: progress.abort(r, by=ANA, at=NOON))
    )
    with statements() as sent:
        page = await database.read(lambda s: runbooks.listing(s, "T1", limit=10, offset=2))
    assert len(sent) == 1
    assert [one.runbook.name for one in page] == [f"book-{n:02}" for n in range(2, 12)]
    third = page[1]
    assert third.last_run is not None
    assert (third.last_run.id, third.last_run.status) == ("run_3_1", RunStatus.CANCELLED)
    assert (third.steps, third.description) == (3, "What to do when the API hangs.")


async def test_a_list_is_searched_in_names_and_descriptions(database: Database) -> None:
    await stored_version(database, "alpha", what=content(1, "Wenn die ÜBERSICHT fehlt, 100%"))
    await stored_version(database, "beta", what=content(1, "under_score"))
    await stored_version(database, "gamma", what=content(1, ""))
    await database.write(lambda s: runbooks.publish(s, "T1", runbook("gamma").id, 1))

    async def found(text: str, status: RunbookStatus | None = None) -> list[str]:
        lines = await database.read(
            lambda s: runbooks.listing(s, "T1", status=status, text=text, limit=9, offset=0)
        )
        return [one.runbook.name for one in lines]

    assert await found("") == ["alpha", "beta", "gamma"]
    assert await found("übersicht ALPHA") == ["alpha"]
    assert await found("100%") == ["alpha"]
    assert await found("_") == ["beta"]
    assert await found("", RunbookStatus.PUBLISHED) == ["gamma"]
    assert await found("", RunbookStatus.ARCHIVED) == []


async def test_a_list_shows_the_version_that_runs_take(database: Database) -> None:
    first = await stored_version(database)
    await database.write(lambda s: runbooks.publish(s, "T1", first.runbook_id, 1))
    await saved(database, first, expected=1, steps=9)
    listed = (await database.read(lambda s: runbooks.listing(s, "T1", limit=9, offset=0)))[0]
    assert (listed.steps, listed.runbook.latest, listed.last_run) == (3, 2, None)


async def test_a_thread_is_about_the_runbook_it_was_last_bound_to(database: Database) -> None:
    first = await stored_version(database)
    other = await stored_version(database, "other")

    def bound(s: Session) -> None:
        threads.bind(s, "T1", "C1", "1700000001.000100", other.runbook_id)
        threads.bind(s, "T1", "C1", "1700000001.000100", first.runbook_id)
        threads.bind(s, "T1", "C2", "1700000002.000100", first.runbook_id)

    await database.write(bound)
    of = await database.read(lambda s: threads.runbook_of(s, "T1", "C1", "1700000001.000100"))
    assert of == first.runbook_id
    elsewhere = await database.read(
        lambda s: threads.runbook_of(s, "T2", "C1", "1700000001.000100")
    )
    assert elsewhere is None
    newest = await database.read(lambda s: threads.thread_of(s, first.runbook_id))
    assert newest == ("C2", "1700000002.000100")
    assert await database.read(lambda s: threads.thread_of(s, other.runbook_id)) is None


async def test_a_delivery_is_taken_once_until_it_is_forgotten(database: Database) -> None:
    done = await asyncio.gather(
        *(database.write(lambda s: inbox.first_time(s, "T1", "Ev1", NOON)) for _ in range(10))
    )
    assert sorted(done) == [False] * 9 + [True]
    assert await database.write(lambda s: inbox.first_time(s, "T2", "Ev1", NOON))
    assert await database.write(lambda s: inbox.forget_before(s, NOON)) == 0
    assert await database.write(lambda s: inbox.forget_before(s, after(1))) == 2
    assert await database.write(lambda s: inbox.first_time(s, "T1", "Ev1", NOON))


async def test_an_artefact_is_saved_once_per_run_name_and_content(database: Database) -> None:
    await stored_run(database)

    async def put(name: str, data: bytes | str, at: float = 0) -> artefacts.Artefact:
        return await database.write(
            lambda s: artefacts.put(
                s,
                workspace="T1",
                run_id="run_1",
                run_number=1,
                name=name,
                content=data,
                media_type="text/plain",
                source="https://example.com/logs",
                at=after(at),
            )
        )

    first = await put("logs", b"\x00\xffraw")
    assert await put("logs", b"\x00\xffraw", at=5) == first
    other = await put("logs", "text ü", at=6)
    assert (first.size, other.size) == (5, 7)
    got = await database.read(lambda s: artefacts.content(s, "T1", first.id))
    assert got == b"\x00\xffraw"
    assert await database.read(lambda s: artefacts.get(s, "T1", other.id)) == other
    assert await database.read(lambda s: artefacts.by_name(s, "T1", "logs")) == other
    assert await database.read(lambda s: artefacts.listing(s, "T1")) == [other, first]
    assert await database.read(lambda s: artefacts.listing(s, "T1", run_id="none")) == []
    for ask in (
        lambda s: artefacts.get(s, "T2", first.id),
        lambda s: artefacts.content(s, "T2", first.id),
        lambda s: artefacts.by_name(s, "T2", "logs"),
    ):
        with pytest.raises(NotFound):
            await database.read(ask)
    assert await database.read(lambda s: artefacts.listing(s, "T2")) == []
