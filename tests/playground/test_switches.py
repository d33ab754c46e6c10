"""Trouble that lasts until it is switched off: what an app meets under each switch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError

from playground.bolt_apps import ConnectedApp, client_of
from runbot.playground import Envelope, Playground
from runbot.playground.refusals import PersonRefusal
from runbot.playground.switches import table

OWN = {"X-Playground": "page"}
FAULTS = "/people/api/faults"


async def posts(client: Any, count: int = 1) -> list[str]:
    """What becomes of each post: "ok", or how it failed."""
    outcomes = []
    for number in range(count):
        try:
            await client.chat_postMessage(channel="#general", text=str(number))
        except SlackApiError as error:
            answer: Any = error.response
            outcomes.append(str(getattr(answer, "status_code", None) or answer.status))
        except (TimeoutError, aiohttp.ClientError) as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("ok")
    return outcomes


# The Web API


async def test_what_is_past_the_budget_is_refused_and_another_method_is_not(
    playground: Playground, client: Any
) -> None:
    playground.faults.switch(
        "ratelimited", method="chat.postMessage", per_minute=2, retry_after=1.5
    )
    assert await posts(client, 3) == ["ok", "ok", "429"]
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="#general", text="x")
    response: Any = refused.value.response
    assert response.headers["Retry-After"] == "1.5"
    assert playground.calls[-1].arguments["text"] == "x"
    await client.auth_test()
    assert playground.faults.met("ratelimited") == 2
    playground.faults.switch_off("ratelimited")
    assert await posts(client) == ["ok"]


@pytest.mark.parametrize("status", ["500", "502", "503"])
async def test_each_method_meets_server_errors(
    playground: Playground, client: Any, status: str
) -> None:
    playground.faults.switch("server_error", status=status)
    assert await posts(client, 2) == [status, status]
    assert playground.messages("general") == []


async def test_a_share_meets_the_same_calls_again(playground: Playground, client: Any) -> None:
    def switch(seed: int) -> None:
        playground.faults.switch("server_error", method="chat.postMessage", share=0.5, seed=seed)

    switch(7)
    first = await posts(client, 12)
    switch(7)
    assert await posts(client, 12) == first
    assert set(first) == {"ok", "500"}
    assert playground.faults.met("server_error") == first.count("500")
    switch(8)
    assert await posts(client, 12) != first


async def test_silence_does_nothing_and_a_lost_answer_does_it(playground: Playground) -> None:
    client = client_of(playground, timeout=1)
    playground.faults.switch("no_answer", method="chat.postMessage")
    assert await posts(client) == ["TimeoutError"]
    playground.faults.switch_off()
    assert playground.messages("general") == []
    playground.faults.switch("lost_answer", method="chat.postMessage")
    assert await posts(client) == ["ServerDisconnectedError"]
    assert len(playground.messages("general")) == 1


async def test_a_slow_answer_comes_after_its_effect(playground: Playground, client: Any) -> None:
    playground.faults.switch("slow", seconds=0.4)
    call = asyncio.create_task(client.chat_postMessage(channel="#general", text="soon there"))
    await playground.until(lambda: playground.messages("general"), what="the message")
    assert not call.done()
    assert (await call)["ok"]


async def test_a_response_url_meets_them_too(playground: Playground, app: ConnectedApp) -> None:
    heard: list[int] = []
    twice = asyncio.Event()

    @app.bolt.command("/deploy")
    async def deploy(ack: AsyncAck, respond: Any) -> None:
        await ack()
        heard.append((await respond("done")).status_code)
        if len(heard) == 2:
            twice.set()

    ana = playground.person("ana")
    playground.faults.switch("server_error", method="response_url", status="503")
    await ana.runs_command("/deploy", channel="general")
    await playground.until(lambda: playground.faults.met("server_error"), what="the fault")
    playground.faults.clear()
    await ana.runs_command("/deploy", channel="general")
    await ana.sees("done", channel="general")
    # The app hears of it a moment after people see it.
    await asyncio.wait_for(twice.wait(), 5)
    assert heard == [503, 200]


# The connection


async def asked(playground: Playground) -> str:
    """What a person hears who runs a command."""
    try:
        await playground.person("ana").runs_command("/deploy", channel="general")
    except PersonRefusal as refused:
        return refused.error
    return "ok"


@pytest.fixture
def _answering(app: ConnectedApp) -> None:
    @app.bolt.command("/deploy")
    async def deploy(ack: AsyncAck) -> None:
        await ack()


def gone(playground: Playground) -> bool:
    return not playground.platform.sockets.connected


@pytest.mark.usefixtures("_answering")
async def test_a_dropped_socket_comes_back(playground: Playground) -> None:
    playground.faults.switch("socket_drop")
    assert not playground.faults.is_on("socket_drop")
    await playground.until(lambda: gone(playground), what="the drop")
    await playground.until_connected()
    assert await asked(playground) == "ok"


@pytest.mark.usefixtures("_answering")
async def test_sockets_drop_again_and_again_until_that_is_switched_off(
    playground: Playground,
) -> None:
    playground.faults.switch("socket_drops", every=0.2)
    await playground.until(lambda: playground.faults.met("socket_drops") >= 2, what="two drops")
    playground.faults.switch_off("socket_drops")
    await playground.until_connected()
    assert await asked(playground) == "ok"


async def test_a_quiet_socket_stays_open_and_answers_nothing(playground: Playground) -> None:
    ticket = playground.platform.sockets.ticket()
    async with aiohttp.ClientSession(playground.url) as session:
        address = f"/link/?ticket={ticket}"
        # Its own pings end it, as they would end any line that answers none.
        with_pings = session.ws_connect(address, heartbeat=0.4, autoping=False)
        async with with_pings as line:
            assert (await line.receive_json(timeout=5))["type"] == "hello"
            await line.ping()
            assert (await line.receive(timeout=5)).type is aiohttp.WSMsgType.PONG
            playground.faults.switch("socket_quiet")
            assert await asked(playground) == "operation_timeout"
            assert playground.platform.sockets.connected
            ended = await line.receive(timeout=5)
            assert ended.type in {aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED}
    await playground.until(lambda: gone(playground), what="the end")


async def test_a_quiet_socket_stays_quiet_and_a_new_one_is_as_it_was_chosen(
    playground: Playground,
) -> None:
    async with aiohttp.ClientSession(playground.url) as session:

        def connect() -> Any:
            return session.ws_connect(f"/link/?ticket={playground.platform.sockets.ticket()}")

        async with connect() as old:
            await old.receive_json(timeout=5)
            playground.faults.switch("socket_quiet")
            async with connect() as new:
                assert (await new.receive_json(timeout=5))["type"] == "hello"
            playground.faults.switch("socket_quiet", new_ones=True)
            async with connect() as mute:
                with pytest.raises(TimeoutError):
                    await mute.receive(timeout=0.2)
            playground.faults.switch_off("socket_quiet")
            await old.ping()
            with pytest.raises(TimeoutError):
                await old.receive(timeout=0.2)


@pytest.mark.usefixtures("_answering")
async def test_an_app_that_is_asked_to_reconnect_does(playground: Playground) -> None:
    before = len(playground.calls_of("apps.connections.open"))
    playground.faults.switch("socket_reconnect")
    await playground.until(
        lambda: len(playground.calls_of("apps.connections.open")) > before, what="a new connection"
    )
    await playground.until_connected()
    assert await asked(playground) == "ok"


async def test_new_sockets_are_refused_and_addresses_are_not_given(playground: Playground) -> None:
    sockets = playground.platform.sockets
    async with aiohttp.ClientSession(playground.url) as session:
        playground.faults.switch("socket_refused")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"/link/?ticket={sockets.ticket()}")
        assert refused.value.status == 503
    playground.faults.switch("no_tickets", error="fatal_error")
    client = client_of(playground, token=playground.app_token)
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.apps_connections_open(app_token=playground.app_token)
    playground.faults.switch_off()
    assert (await client.apps_connections_open(app_token=playground.app_token))["ok"]


# Events


@pytest.fixture
def heard(app: ConnectedApp) -> list[tuple[str, str]]:
    """The text and event_id of each message that the app was told of."""
    told: list[tuple[str, str]] = []

    @app.bolt.event("message")
    async def message(body: dict[str, Any]) -> None:
        told.append((body["event"]["text"], body["event_id"]))

    return told


async def says(playground: Playground, *texts: str) -> None:
    for text in texts:
        await playground.person("ana").says(text, channel="general")


@pytest.mark.parametrize(("name", "ids"), [("events_twice", 1), ("events_two_ids", 2)])
async def test_an_event_comes_twice(
    playground: Playground, heard: list[tuple[str, str]], name: str, ids: int
) -> None:
    playground.faults.switch(name)
    await says(playground, "once")
    await playground.until(lambda: len(heard) == 2, what="the second")
    assert len({event_id for _, event_id in heard}) == ids
    assert {text for text, _ in heard} == {"once"}


async def test_later_events_overtake_earlier_ones(
    playground: Playground, heard: list[tuple[str, str]]
) -> None:
    playground.faults.switch("events_disordered", seconds=0.2)
    await says(playground, "one", "two", "three")
    await playground.until(lambda: len(heard) == 3, what="all three")
    sent = [e.payload["event"]["text"] for e in playground.envelopes if e.type == "events_api"]
    assert sent == ["three", "two", "one"]


async def test_an_ack_that_counts_as_late_brings_the_event_again(
    playground: Playground, heard: list[tuple[str, str]]
) -> None:
    playground.faults.switch("events_retried", times=2)
    await says(playground, "again")

    def sent() -> list[Envelope]:
        return [e for e in playground.envelopes if e.type == "events_api"]

    # An app may have heard of the last one before its acknowledgement is here.
    await playground.until(
        lambda: len(heard) == 3 and all(e.acked_at for e in sent()), what="two retries"
    )
    assert len(set(heard)) == 1
    assert [e.retry for e in sent()] == [0, 1, 2]
    assert not any(e.late for e in sent())


async def test_a_late_event_comes_after_what_happened_since(
    playground: Playground, heard: list[tuple[str, str]]
) -> None:
    playground.faults.switch("events_delayed", seconds=0.2)
    await says(playground, "late")
    playground.faults.switch_off()
    await says(playground, "prompt")
    await playground.until(lambda: len(heard) == 2, what="both")
    assert [text for text, _ in heard] == ["prompt", "late"]


# Over HTTP


async def test_the_panel_shows_and_sets_them_and_every_page_hears_of_it(
    playground: Playground,
) -> None:
    async with aiohttp.ClientSession(playground.url, headers=OWN) as session:
        async with session.get(FAULTS) as answer:
            healthy = await answer.json()
        ben = playground.person("ben").id
        async with session.ws_connect(f"/people/live?user={ben}") as feed:
            body = {"name": "slow", "settings": {"method": "chat.update"}}
            async with session.post(FAULTS, json=body) as answer:
                assert answer.status == 200
                now = await answer.json()
            frame = await feed.receive_json(timeout=5)
            assert frame == {"type": "faults", "on": ["slow"], "switches": now["switches"]}
            async with session.get("/people/api/boot") as answer:
                assert (await answer.json())["faults"] == ["slow"]
            async with session.post(FAULTS, json={"on": False}) as answer:
                assert await answer.json() == healthy
            assert (await feed.receive_json(timeout=5))["on"] == []
    assert healthy["on"] == []
    assert {group["name"] for group in healthy["groups"]} == {
        switch["group"] for switch in healthy["switches"]
    }
    slow = next(switch for switch in now["switches"] if switch["name"] == "slow")
    assert slow["on"]
    assert slow["settings"] == {"method": "chat.update", "seconds": 2.5}
    for switch in now["switches"]:
        assert switch["sentence"].endswith(".")
        assert switch["advice"].startswith("A good app ") or switch["name"] == "budgets"
        for parameter in switch["parameters"]:
            assert parameter["type"] in {"choice", "whole", "number", "boolean"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("no json", "isn't JSON"),
        ([], "isn't a JSON object"),
        ({}, "name is missing"),
        ({"name": 5}, "name is missing"),
        ({"name": None, "on": True}, "name is missing"),
        ({"name": "gremlins"}, "no fault 'gremlins'"),
        ({"name": "gremlins", "on": False}, "no fault 'gremlins'"),
        ({"name": "slow", "on": "yes"}, "on is true or false"),
        ({"name": "slow", "settings": []}, "settings is a JSON object"),
        ({"name": "slow", "loud": 1}, "no loud"),
        ({"name": "slow", "settings": {"minutes": 1}}, "takes method, seconds"),
        ({"name": "slow", "settings": {"name": "x", "self": 1}}, "no setting name, self"),
        ({"name": "socket_drop", "settings": {"every": 1}}, "takes no settings"),
        ({"name": "slow", "settings": {"seconds": "2"}}, "a number from 0.1 to 60"),
        ({"name": "slow", "settings": {"seconds": 61}}, "a number from 0.1 to 60"),
        ({"name": "slow", "settings": {"seconds": True}}, "a number from 0.1 to 60"),
        ({"name": "slow", "settings": {"seconds": float("nan")}}, "a number from 0.1 to 60"),
        ({"name": "slow", "settings": {"method": "chat.shout"}}, "method is one of *, "),
        ({"name": "events_retried", "settings": {"times": 1.5}}, "a whole number from 1 to 3"),
        ({"name": "socket_quiet", "settings": {"new_ones": 1}}, "new_ones is true or false"),
    ],
)
async def test_nonsense_is_refused_with_a_sentence_and_changes_nothing(
    playground: Playground, body: object, said: str
) -> None:
    playground.faults.switch("slow", seconds=9)
    before = playground.faults.to_page()
    async with aiohttp.ClientSession(playground.url, headers=OWN) as session:
        text = {"data": body, "headers": {"Content-Type": "application/json"}}
        sent: dict[str, Any] = text if isinstance(body, str) else {"json": body}
        async with session.post(FAULTS, **sent) as answer:
            assert answer.status == 400
            refused = await answer.json()
    assert refused["error"] == "invalid_fault"
    assert said in refused["message"]
    assert playground.faults.to_page() == before


async def test_another_sites_page_switches_nothing(playground: Playground) -> None:
    headers = {**OWN, "Sec-Fetch-Site": "cross-site"}
    async with (
        aiohttp.ClientSession(playground.url, headers=headers) as session,
        session.post(FAULTS, json={"name": "slow"}) as answer,
    ):
        assert answer.status == 403
    assert playground.faults.on == []


async def test_a_restarted_workspace_is_healthy(tmp_path: Path) -> None:
    for _ in range(2):
        playground = Playground(data=tmp_path / "playground.json")
        await playground.start()
        assert playground.faults.on == []
        playground.faults.switch("slow")
        await playground.stop()


def test_every_switch_is_documented_as_the_panel_words_it() -> None:
    document = (Path(__file__).parents[2] / "docs/playground.md").read_text(encoding="utf-8")
    for switch in table(()):
        once = "" if switch.lasting else " (once)"
        assert f"| `{switch.name}`{once} | {switch.sentence} | {switch.advice} |" in document
