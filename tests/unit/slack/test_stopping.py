"""What people still ask for while Runbot stops is done after its next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbot.bootstrap import running
from runbot.domain.law import Choice, RunStatus
from runbot.domain.run import Trigger
from unit.slack.office import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_comes_in_while_the_engine_stops_waits_for_the_next_start(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as office:
        ana, desk = await office.actor("ana"), office.application.desk
        channel = office.playground.workspace.channel("ops").id
        await office.publishes(office.person("ana"), "late", "Look around", "Look again")
        await office.person("ana").says("@runbot run late", channel="ops")
        shown = await office.person("ana").sees("Waiting for a person", channel="ops")
        (first,) = await desk.runs.going_on(ana)
        await office.application.engine.close()
        await desk.runs.answer(ana, f"{first.id}.1.1.manual", Choice.DONE)
        second = await desk.runs.start(ana, "late", {}, channel=channel, trigger=Trigger.CHAT)
        assert second.status is RunStatus.QUEUED
        async with running(office.application.settings):
            await office.shows(shown, "step 2 of 2", "*Look again* · waiting")
            await office.person("ana").sees(
                f"Step 1 of run {second.number}: Look around", channel="ops"
            )
