"""What is written or run in a closed channel stays among those who are in it."""

from __future__ import annotations

import pytest

from runbot.domain.access import Actor
from runbot.domain.errors import NotAllowed, NotFound
from runbot.domain.law import Choice
from runbot.domain.run import Run, Trigger
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def secret_run(office: Office, name: str) -> tuple[Actor, Actor, Run]:
    """Ana writes and starts a runbook in her own conversation with Runbot."""
    ana, ben = await office.actor("ana"), await office.actor("ben")
    desk = office.application.desk
    where = office.person("ana").im
    card = await desk.runbooks.create(
        ana,
        name=name,
        description="",
        parameters=(),
        instructions=("Look at the dashboard",),
        channel=where,
    )
    await desk.runbooks.publish(ana, card.runbook.id)
    started = await desk.runs.start(ana, name, {}, channel=where, trigger=Trigger.CHAT)
    return ana, ben, started


async def test_neither_lists_nor_names_tell_of_it(office: Office) -> None:
    ana, ben, started = await secret_run(office, "secret-one")
    runbooks, runs = office.application.desk.runbooks, office.application.desk.runs
    assert "secret-one" in [one.runbook.name for one in await runbooks.listing(ana)]
    assert "secret-one" not in [one.runbook.name for one in await runbooks.listing(ben)]
    assert started.id in [line.id for line in await runs.going_on(ana)]
    assert started.id not in [line.id for line in await runs.going_on(ben)]
    assert started.id not in [line.id for line in await runs.history(ben, None)]
    with pytest.raises(NotFound) as refused:
        await runbooks.show(ben, "secret-on")
    assert "secret-one" not in refused.value.sentence
    with pytest.raises(NotFound) as offered:
        await runbooks.show(ana, "secret-on")
    assert "secret-one" in offered.value.sentence


async def test_outsiders_can_neither_see_change_nor_answer_it(office: Office) -> None:
    _, ben, started = await secret_run(office, "secret-two")
    runbooks, runs = office.application.desk.runbooks, office.application.desk.runs
    for reference in (started.id, str(started.number)):
        with pytest.raises(NotFound):
            await runs.timeline(ben, reference)
        with pytest.raises(NotFound):
            await runs.abort(ben, reference)
    with pytest.raises(NotFound):
        await runs.answer(ben, f"{started.id}.1.1.manual", Choice.DONE)
    for act in (runbooks.publish, runbooks.archive):
        with pytest.raises(NotFound):
            await act(ben, started.runbook_id)
    with pytest.raises(NotFound):
        await runs.start(ben, "secret-two", {}, channel="", trigger=Trigger.CHAT)


async def test_nobody_writes_a_runbook_into_a_channel_they_are_not_in(office: Office) -> None:
    ben = await office.actor("ben")
    with pytest.raises(NotAllowed):
        await office.application.desk.runbooks.create(
            ben,
            name="planted",
            description="",
            parameters=(),
            instructions=("Look",),
            channel=office.person("ana").im,
        )


async def test_who_started_a_run_can_end_it_after_runbot_was_removed_from_its_channel(
    office: Office,
) -> None:
    ana, ben = await office.actor("ana"), await office.actor("ben")
    application, workspace = office.application, office.playground.workspace
    leads = workspace.channel("leads")
    leads.members.append(workspace.bot.user_id)
    card = await application.desk.runbooks.create(
        ana,
        name="left-alone",
        description="",
        parameters=(),
        instructions=("Look at the dashboard",),
        channel="",
    )
    await application.desk.runbooks.publish(ana, card.runbook.id)
    runs = application.desk.runs
    started = await runs.start(ana, "left-alone", {}, channel=leads.id, trigger=Trigger.CHAT)
    await office.playground.until(
        lambda: any("left-alone" in m.shown for m in office.playground.messages("leads")),
        what="the run's message",
    )
    await office.person("ben").runs_command("/remove", "@runbot", channel="leads")
    await runs.pause(await moved(office, ana, started), started.id)
    with pytest.raises(NotFound):
        await runs.abort(ben, started.id)
    await runs.abort(ana, started.id)


async def moved(office: Office, ana: Actor, run: Run) -> Actor:
    """Wait until the run's message stands in ana's direct message."""
    im = office.person("ana").im
    await office.playground.until(
        lambda: any(f"Run {run.number} " in m.shown for m in office.playground.messages(im)),
        what="the run in the direct message",
    )
    return ana
