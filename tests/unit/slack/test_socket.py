"""The connection to Slack is made anew when it breaks or only looks alive, and ends whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from runbot.domain.errors import InvalidInput
from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.app import single_workspace, slack_app
from runbot.surfaces.slack.connection import Socket
from runbot.surfaces.slack.sending import web_client
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def app_of(office: Office) -> AsyncApp:
    made = office.application
    token = SecretStr(office.playground.bot_token)
    auth_test = await tokens.bot_token(token, api_url=office.playground.api_url)
    return slack_app(
        client=made.client, desk=made.desk, authorize=single_workspace(made.client, auth_test)
    )


async def socket_of(office: Office, *, token: str = "") -> Socket:
    return Socket(
        await app_of(office),
        app_token=SecretStr(token or office.playground.app_token),
        client=office.application.client,
    )


class DeafSlack:
    """Takes connections, says hello, and never answers a ping."""

    def __init__(self, *, greets: bool = True) -> None:
        self.url = ""
        self.taken = 0
        self.asked = 0
        self._greets = greets

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DeafSlack]:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._ticket)
        app.router.add_get("/link", self._line)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"127.0.0.1:{runner.addresses[0][1]}"
        yield self
        await runner.cleanup()

    async def _ticket(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.json_response({"ok": True, "url": f"ws://{self.url}/link"})

    async def _line(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(autoping=False, timeout=0.1)
        await line.prepare(request)
        if not self._greets:
            await line.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await line.close()
            return line
        await line.send_json({"type": "hello"})
        self.taken += 1
        async for message in line:
            assert message.type is WSMsgType.PING
        return line

    def socket(self, app: AsyncApp, *, ping_seconds: float = 10) -> Socket:
        client = web_client("xoxb-1", base_url=f"http://{self.url}/api/")
        return Socket(app, app_token=SecretStr("xapp-1"), client=client, ping_seconds=ping_seconds)


async def soon(condition: Callable[[], object], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + 10
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never came: {what}"
        await asyncio.sleep(0.01)


async def test_a_connection_that_hears_no_answer_to_its_pings_is_replaced(office: Office) -> None:
    async with DeafSlack().open() as slack:
        socket = slack.socket(await app_of(office), ping_seconds=0.1)
        await socket.open()
        try:
            await soon(lambda: slack.taken >= 3, "two more connections")
        finally:
            await socket.close()


async def test_closing_ends_everything_that_opening_began(office: Office) -> None:
    async with DeafSlack().open() as slack:
        app = await app_of(office)
        before = asyncio.all_tasks()
        connected = slack.socket(app)
        await connected.open()
        await connected.close()
        reconnecting = slack.socket(app, ping_seconds=0.1)
        await reconnecting.open()
        await soon(lambda: slack.asked >= 3, "a second connection of the second socket")
        await reconnecting.close()
        await soon(lambda: not _of_socket(asyncio.all_tasks() - before), "the end of every task")


def _of_socket(tasks: set[asyncio.Task[object]]) -> list[str]:
    return [said for task in tasks if "runbot.surfaces" in (said := repr(task))]


async def test_closing_amid_the_first_try_is_clean(office: Office) -> None:
    async with DeafSlack(greets=False).open() as slack:
        socket = slack.socket(await app_of(office))
        opening = asyncio.create_task(socket.open())
        await soon(lambda: slack.asked, "the first try")
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await socket.close()
        assert socket._session is not None
        assert socket._session.closed


async def test_a_connection_that_slack_does_not_greet_is_tried_again_and_said_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async with DeafSlack(greets=False).open() as slack:
        socket = slack.socket(await app_of(office))
        opening = asyncio.create_task(socket.open())
        await soon(lambda: slack.asked >= 2, "a second try")
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await socket.close()
    said = [r.getMessage() for r in caplog.records if "too_many_websockets" in r.getMessage()]
    assert len(said) == 1


async def test_a_token_that_slack_refuses_opens_nothing(office: Office) -> None:
    socket = await socket_of(office, token="xapp-of-nobody")
    with pytest.raises(InvalidInput, match="SLACK_APP_TOKEN: Slack refuses this token"):
        await socket.open()
    await socket.close()


async def test_after_slack_drops_the_connection_people_are_answered_again(office: Office) -> None:
    ben = office.person("ben")
    office.playground.faults.drop_sockets()
    await office.playground.until(
        lambda: not office.playground.platform.sockets.connected, what="the drop"
    )
    await office.playground.until_connected(timeout=30)
    await ben.runs_command("/runbook", "help run", channel="ops")
    await ben.sees("asks for the values that are missing", channel="ops")


async def test_where_slack_asks_for_another_connection_people_notice_nothing(
    office: Office,
) -> None:
    ben = office.person("ben")
    before = len(office.playground.calls_of("apps.connections.open"))
    await office.playground.platform.sockets.disconnect()
    asked = 0
    while len(office.playground.calls_of("apps.connections.open")) == before or asked < 2:
        assert office.playground.platform.sockets.connected
        await ben.runs_command("/runbook", "help run", channel="ops")
        asked += len(office.playground.calls_of("apps.connections.open")) > before
    commands = [e for e in office.playground.envelopes if e.type == "slash_commands"]
    assert all(envelope.acked_at is not None for envelope in commands)
