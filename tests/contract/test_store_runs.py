from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest

from runbot.domain import progress
from runbot.domain.errors import Conflict, NotFound, Refused
from runbot.domain.law import Choice, RunStatus, StepStatus
from runbot.domain.run import Change, EventKind, Run
from runbot.domain.runbook import ToolPlan
from runbot.store import runbooks, runs
from runbot.store.database import Database
from store_samples import ANA, BEN, CLEO, NOON, after, question, run, stored_run, stored_version
from store_statements import statements

Told = Callable[[Run], Change]


def begun(at: datetime = NOON) -> Told:
    return lambda r: progress.begin(r, at=at)


def opened(step: int) -> Told:
    return lambda r: progress.open_attempt(
        r, step, nonce="n1", executor="web_fetch", arguments={"url": "x", "method": "GET"}, at=NOON
    )


def succeeded(step: int) -> Told:
    return lambda r: progress.succeed(r, step, summary="200 OK", at=after(1))


async def changed(database: Database, how: Told, run_id: str = "run_1") -> Run:
    return await database.write(lambda s: runs.change(s, run_id, how))


async def loaded(database: Database, run_id: str = "run_1") -> Run:
    return await database.read(lambda s: runs.load(s, run_id))


async def test_a_started_run_is_read_back_as_it_was(database: Database) -> None:
    stored = await stored_run(database)
    assert stored.number == 1
    assert await loaded(database) == stored
    assert await database.read(lambda s: runs.by_number(s, "T1", 1)) == stored
    assert await database.read(lambda s: runs.of_workspace(s, "T1", "run_1")) == stored


async def test_arguments_and_values_keep_the_order_they_were_given_in(database: Database) -> None:
    await stored_run(database)
    await changed(database, begun())
    await changed(database, opened(1))
    found = await loaded(database)
    assert list(found.steps[0].attempts[0].arguments) == ["url", "method"]
    assert list(found.values) == ["zone", "base_url"]
    plan = found.content.steps[0].plan
    assert isinstance(plan, ToolPlan)
    assert list(plan.arguments) == ["url", "method"]


async def test_a_second_start_under_one_id_is_the_first(database: Database) -> None:
    first = await stored_version(database)
    stored, fresh = await database.write(lambda s: runs.start(s, run(first)))
    other = run(first).model_copy(update={"started_by": BEN})
    again, second = await database.write(lambda s: runs.start(s, other))
    assert (fresh, second) == (True, False)
    assert again == stored
    following, _ = await database.write(lambda s: runs.start(s, run(first, "run_2")))
    assert following.number == 2


async def test_of_twenty_starts_at_once_under_one_id_one_is_the_first(database: Database) -> None:
    first = await stored_version(database)
    done = await asyncio.gather(
        *(database.write(lambda s: runs.start(s, run(first))) for _ in range(20))
    )
    assert sum(fresh for _, fresh in done) == 1
    assert {stored.number for stored, _ in done} == {1}
    following, _ = await database.write(lambda s: runs.start(s, run(first, "run_2")))
    assert following.number == 2


async def test_twenty_parallel_starts_get_numbers_without_gaps_or_doubles(
    database: Database, database_url: str
) -> None:
    first = await stored_version(database)
    second = Database(database_url)  # another replica
    try:
        done = await asyncio.gather(
            *(
                (database if n % 2 else second).write(
                    lambda s, n=n: runs.start(s, run(first, f"run_{n}"))  # type: ignore[misc]
                )
                for n in range(20)
            )
        )
    finally:
        await second.close()
    assert sorted(stored.number for stored, _ in done) == list(range(1, 21))


async def test_starts_at_once_stay_within_the_limit(database: Database) -> None:
    first = await stored_version(database)
    done = await asyncio.gather(
        *(
            database.write(lambda s, n=n: runs.start(s, run(first, f"run_{n}"), most=5))  # type: ignore[misc]
            for n in range(12)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Refused) for one in done) == 7
    again, fresh = await database.write(lambda s: runs.start(s, run(first, "run_new"), most=6))
    assert (again.number, fresh) == (6, True)


async def test_a_start_that_fails_takes_no_number(database: Database) -> None:
    first = await stored_version(database)

    def fails(s: object) -> None:
        runs.start(s, run(first))  # type: ignore[arg-type]
        raise Refused("Not today.")

    with pytest.raises(Refused):
        await database.write(fails)
    stored, _ = await database.write(lambda s: runs.start(s, run(first, "run_2")))
    assert stored.number == 1


async def test_an_id_of_another_workspace_is_not_given_away(database: Database) -> None:
    await stored_run(database)
    theirs = await stored_version(database, by=CLEO)
    with pytest.raises(Conflict):
        await database.write(lambda s: runs.start(s, run(theirs, by=CLEO)))


async def test_a_change_is_stored_whole_with_its_events_and_one_revision(
    database: Database,
) -> None:
    await stored_run(database)
    made = [
        await changed(database, begun()),
        await changed(database, opened(1)),
        await changed(database, succeeded(1)),
    ]
    assert [r.revision for r in made] == [1, 2, 3]
    assert await loaded(database) == made[-1]
    assert made[-1].steps[0].status is StepStatus.COMPLETE
    lines = await database.read(lambda s: runs.timeline(s, "run_1"))
    assert [line.kind for line in lines] == [
        EventKind.STARTED,
        EventKind.STEP_STARTED,
        EventKind.STEP_COMPLETE,
    ]
    assert lines[0].actor == ANA
    assert lines[2].detail == "200 OK"


async def test_a_change_of_nothing_writes_nothing(database: Database) -> None:
    stored = await stored_run(database)
    await loaded(database)  # its version's content is read once, and kept
    with statements() as sent:
        assert await changed(database, lambda r: Change(run=r)) == stored
    assert [s.split()[0] for s in sent] == ["SELECT", "SELECT"]
    assert (await loaded(database)).revision == 0


async def test_a_refused_change_leaves_everything_as_it_was(database: Database) -> None:
    await stored_run(database)
    before = await changed(database, begun())
    with pytest.raises(Refused):
        await changed(database, begun())
    assert await loaded(database) == before
    assert len(await database.read(lambda s: runs.timeline(s, "run_1"))) == 1


async def test_a_change_costs_few_statements_however_many_steps(database: Database) -> None:
    await stored_run(database, steps=10)
    await changed(database, begun())
    with statements() as sent:
        await changed(database, opened(1))
    assert len(sent) == 6  # run, steps; run, step, attempt, event
    with statements() as sent:
        await loaded(database)
    assert len(sent) == 2


async def test_a_question_and_its_answer_are_kept_with_the_run(database: Database) -> None:
    await stored_run(database)
    await changed(database, begun())
    await changed(database, opened(1))
    asked = await changed(database, lambda r: progress.ask(r, question(), at=NOON))
    assert (await loaded(database)).question == question()
    assert await database.read(lambda s: runs.by_question(s, "T1", "run_1:1")) == asked
    answered = await changed(
        database,
        lambda r: progress.answer(r, "run_1:1", Choice.DONE, by=BEN, note="ok", at=after(2)),
    )
    assert await loaded(database) == answered
    assert answered.question is not None
    assert answered.question.answered_by == BEN
    with pytest.raises(NotFound):
        await database.read(lambda s: runs.by_question(s, "T2", "run_1:1"))


async def test_a_second_attempt_is_added_to_the_first(database: Database) -> None:
    await stored_run(database)
    await changed(database, begun())
    await changed(database, opened(1))
    await changed(
        database, lambda r: progress.end_attempt(r, 1, unknown=False, summary="500", at=after(1))
    )
    await changed(
        database,
        lambda r: progress.again(r, 1, nonce="n2", executor="web_fetch", arguments={}, at=after(2)),
    )
    made = await changed(database, succeeded(1))
    found = await loaded(database)
    assert found == made
    assert [a.status.value for a in found.steps[0].attempts] == ["failed", "succeeded"]


async def test_an_abort_cancels_a_hundred_steps_in_one_change(database: Database) -> None:
    await stored_run(database, steps=100)
    await changed(database, begun())
    await changed(database, opened(1))
    with statements() as sent:
        made = await changed(database, lambda r: progress.abort(r, by=BEN, at=after(3)))
    # Three of them for the line of the audit log, which tells that the run has ended.
    assert len(sent) <= 9
    assert await loaded(database) == made
    assert {step.status for step in made.steps} == {StepStatus.CANCELLED}


async def test_fifty_changes_at_once_of_one_run_come_one_after_the_other(
    database: Database,
) -> None:
    await stored_run(database)
    await changed(database, begun())

    def pauses(r: Run) -> Change:
        return progress.request_pause(r, by=BEN, at=NOON)

    done = await asyncio.gather(
        *(changed(database, pauses) for _ in range(50)), return_exceptions=True
    )
    assert sum(isinstance(one, Run) for one in done) == 1
    assert sum(isinstance(one, Refused) for one in done) == 49
    assert (await loaded(database)).revision == 2


async def test_fifty_counted_changes_at_once_are_all_kept(
    database: Database, database_url: str
) -> None:
    await stored_run(database)
    second = Database(database_url)  # another replica

    def counts(r: Run) -> Change:
        return Change(run=r.model_copy(update={"pauses": r.pauses + 1}))

    try:
        await asyncio.gather(*(changed(database if n % 2 else second, counts) for n in range(50)))
    finally:
        await second.close()
    found = await loaded(database)
    assert (found.pauses, found.revision) == (50, 50)


async def test_fifty_changes_at_once_of_fifty_runs_are_all_kept(database: Database) -> None:
    first = await stored_version(database)
    ids = [f"run_{n}" for n in range(50)]
    for run_id in ids:
        await database.write(lambda s, i=run_id: runs.start(s, run(first, i)))  # type: ignore[misc]
    await asyncio.gather(
        *(
            database.write(lambda s, i=i: runs.change(s, i, begun()), step=True)  # type: ignore[misc]
            for i in ids
        )
    )
    going = await database.read(lambda s: runs.going_on(s, "T1"))
    assert {line.status for line in going} == {RunStatus.RUNNING}
    assert len(going) == 50


async def test_workspaces_never_see_each_other(database: Database) -> None:
    ours = await stored_run(database)
    theirs = await stored_run(database, "run_theirs", by=CLEO)
    assert (ours.number, theirs.number) == (1, 1)
    assert await database.read(lambda s: runs.by_number(s, "T2", 1)) == theirs
    for ask in (
        lambda s: runs.of_workspace(s, "T2", "run_1"),
        lambda s: runs.by_number(s, "T2", 2),
    ):
        with pytest.raises(NotFound):
            await database.read(ask)
    for question_of in (
        lambda s: runs.history(s, "T2", limit=9, offset=0),
        lambda s: runs.going_on(s, "T2"),
    ):
        assert [line.id for line in await database.read(question_of)] == ["run_theirs"]
    history = await database.read(
        lambda s: runs.history(s, "T2", runbook_id=ours.runbook_id, limit=9, offset=0)
    )
    assert history == []


async def test_history_is_newest_first_with_the_current_step(database: Database) -> None:
    first = await stored_version(database)
    for n in range(1, 4):
        await database.write(lambda s, n=n: runs.start(s, run(first, f"run_{n}")))  # type: ignore[misc]
    await changed(database, begun(), "run_3")
    await changed(database, opened(1), "run_3")
    await changed(database, succeeded(1), "run_3")
    await changed(database, lambda r: progress.request_pause(r, by=BEN, at=NOON), "run_3")
    await changed(database, lambda r: progress.abort(r, by=BEN, at=after(9)), "run_2")
    with statements() as sent:
        lines = await database.read(lambda s: runs.history(s, "T1", limit=2, offset=0))
    assert len(sent) == 1
    assert [line.number for line in lines] == [3, 2]
    newest, aborted = lines
    assert (newest.step, newest.pausing, newest.started_at) == (2, True, NOON)
    assert (aborted.step, aborted.status, aborted.ended_at) == (None, RunStatus.CANCELLED, after(9))
    assert aborted.outcome == "aborted by <@UBEN> before it began"
    older = await database.read(lambda s: runs.history(s, "T1", limit=2, offset=2))
    assert [line.number for line in older] == [1]
    going = await database.read(lambda s: runs.going_on(s, "T1"))
    assert [line.number for line in going] == [3, 1]


async def test_at_start_up_every_unfinished_run_is_found_whole(database: Database) -> None:
    ours = await stored_run(database)
    theirs = await stored_run(database, "run_theirs", by=CLEO)
    done = await database.write(
        lambda s: runs.start(s, run(runbooks.version(s, ours.runbook_id, 1), "run_done"))
    )
    await changed(database, lambda r: progress.abort(r, by=ANA, at=after(5)), done[0].id)
    for how in (begun(), opened(1), lambda r: progress.ask(r, question(), at=NOON)):
        ours = await changed(database, how)
    await database.read(runs.unfinished)  # contents of versions are read once, and kept
    with statements() as sent:
        found = await database.read(runs.unfinished)
    assert len(sent) == 3
    assert sorted(found, key=lambda r: r.id) == [ours, theirs]
    assert await database.read(lambda s: runs.ended_since(s, after(5))) == ["run_done"]
    assert await database.read(lambda s: runs.ended_since(s, after(6))) == []


async def test_an_output_is_kept_once_and_cut_where_it_is_too_long(database: Database) -> None:
    await stored_run(database)

    async def keep(text: str) -> None:
        await database.write(
            lambda s: runs.keep_output(
                s,
                "run_1",
                "T1",
                1,
                1,
                output=text,
                sources=[{"url": "https://example.com", "text": "page"}],
                facts={"status": 200},
            )
        )

    await keep("first")
    await keep("a\x00b \ud83d ok")
    kept = await database.read(lambda s: runs.output(s, "run_1", 1, 1))
    assert kept.output.startswith("a\ufffdb ")
    assert kept.facts == {"status": 200}
    assert kept.sources == ({"url": "https://example.com", "text": "page"},)
    await keep("ü" * 200_000)
    long = (await database.read(lambda s: runs.output(s, "run_1", 1, 1))).output
    assert len(long.encode()) <= 256 * 1024
    assert long.endswith("more bytes were not kept.")
    with pytest.raises(NotFound):
        await database.read(lambda s: runs.output(s, "run_1", 1, 2))


async def test_the_display_remembers_its_message_without_changing_the_run(
    database: Database,
) -> None:
    stored = await stored_run(database)
    assert await database.read(lambda s: runs.message_of(s, "run_1")) is None
    assert await database.read(runs.undrawn) == ["run_1"]
    await database.write(lambda s: runs.set_message(s, "run_1", "C1", "17.1"))
    await database.write(lambda s: runs.drawn(s, "run_1", 0))
    assert await database.read(lambda s: runs.message_of(s, "run_1")) == runs.Message(
        "C1", "17.1", "17.1"
    )
    assert await database.read(runs.undrawn) == []
    assert await loaded(database) == stored
    await changed(database, begun())
    assert await database.read(runs.undrawn) == ["run_1"]
    await database.write(lambda s: runs.drawn(s, "run_1", 1))
    await database.write(lambda s: runs.drawn(s, "run_1", 0))  # a late word
    assert await database.read(runs.undrawn) == []
    await database.write(lambda s: runs.set_message(s, "run_1", "C1", "17.2", thread="16.0"))
    moved = await database.read(lambda s: runs.message_of(s, "run_1"))
    assert moved == runs.Message("C1", "17.2", "16.0")


async def test_the_display_remembers_how_far_the_thread_was_told(database: Database) -> None:
    await stored_run(database)
    assert await database.read(lambda s: runs.told_up_to(s, "run_1")) == 0
    for seq in (3, 2):
        await database.write(lambda s, n=seq: runs.told(s, "run_1", n))  # type: ignore[misc]
    assert await database.read(lambda s: runs.told_up_to(s, "run_1")) == 3


async def test_a_missing_run_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        await loaded(database, "run_none")
    with pytest.raises(NotFound):
        await changed(database, begun(), "run_none")
