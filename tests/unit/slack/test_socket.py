"""The connection to Slack is made anew when it breaks or only looks alive."""

from __future__ import annotations

import pytest

from runbot.surfaces.slack.app import Socket, single_workspace, slack_app
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_connection_that_hears_no_answer_to_its_pings_is_replaced(office: Office) -> None:
    made = office.application
    app = slack_app(client=made.client, desk=made.desk, authorize=single_workspace(made.client))
    token = office.playground.app_token
    socket = Socket(app, app_token=token, client=made.client, stale_seconds=0.2, watch_seconds=0.05)
    before = len(office.playground.calls_of("apps.connections.open"))
    await socket.open()
    try:
        await office.playground.until(
            lambda: len(office.playground.calls_of("apps.connections.open")) >= before + 3,
            what="two more connections",
        )
    finally:
        await socket.close()
    ana = office.person("ana")
    await ana.runs_command("/runbook", "help run", channel="ops")
    await ana.sees("asks for the values that are missing", channel="ops")


async def test_after_slack_drops_the_connection_people_are_answered_again(office: Office) -> None:
    ben = office.person("ben")
    office.playground.faults.drop_sockets()
    await office.playground.until(
        lambda: not office.playground.platform.sockets.connected, what="the drop"
    )
    await office.playground.until_connected(timeout=30)
    await ben.runs_command("/runbook", "help run", channel="ops")
    await ben.sees("asks for the values that are missing", channel="ops")
