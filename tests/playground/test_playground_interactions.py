"""Commands, clicks and answers by response_url."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from playground.bolt_apps import ConnectedApp, actions, button, connected_app, plain, section
from runbot.playground import PersonRefusal, Playground

SELECT = {
    "type": "static_select",
    "action_id": "pick",
    "placeholder": plain("Pick one"),
    "options": [
        {"text": plain("First"), "value": "1"},
        {"text": plain("Second"), "value": "2"},
    ],
}


async def test_a_command_is_answered_by_its_ack(playground: Playground, app: ConnectedApp) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.command("/runbot")
    async def run(ack: Any, command: dict[str, Any]) -> None:
        got.append(command)
        await ack(text="Only for you")

    ana, ben = playground.person("ana"), playground.person("ben")
    await ana.runs_command("/runbot", "list all", channel="general")
    (command,) = got
    assert (command["text"], command["channel_name"], command["user_name"]) == (
        "list all",
        "general",
        "ana",
    )
    (answer,) = ana.reads("general")
    assert (answer.text, answer.ephemeral_to) == ("Only for you", ana.id)
    assert ben.reads("general") == []


async def test_a_command_can_be_answered_in_the_channel(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.command("/runbot")
    async def run(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="For all", response_type="in_channel")

    await playground.person("ana").runs_command("/runbot", channel="general")
    shown = await playground.person("ben").sees("For all", channel="general")
    assert shown.ephemeral_to is None


async def test_a_late_ack_is_lost_and_the_person_is_told(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.command("/slow")
    async def run(ack: Any) -> None:
        await asyncio.sleep(0.4)
        await ack(text="too late")

    ana = playground.person("ana")
    with pytest.raises(
        PersonRefusal, match='/slow failed with the error "operation_timeout"'
    ) as caught:
        await ana.runs_command("/slow", channel="general")
    assert caught.value.error == "operation_timeout"
    await playground.until(lambda: playground.envelopes[-1].late, what="the late ack")
    assert ana.reads("general") == []


async def test_an_ack_that_says_nothing_shows_nothing_and_a_wrong_one_is_told(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.command("/quiet")
    async def quiet(ack: Any) -> None:
        await ack(text="")

    @app.bolt.command("/wrong")
    async def wrong(ack: Any) -> None:
        await ack(text="x", blocks=[{"type": "header", "text": plain("x" * 151)}])

    ana = playground.person("ana")
    await ana.runs_command("/quiet", channel="general")
    with pytest.raises(PersonRefusal, match="invalid_command_response"):
        await ana.runs_command("/wrong", channel="general")
    assert ana.reads("general") == []


async def test_without_an_app_a_command_says_so(playground: Playground) -> None:
    with pytest.raises(PersonRefusal, match="dispatch_failed"):
        await playground.person("ana").runs_command("/runbot", channel="general")


async def test_a_click_carries_the_message_and_its_state(
    playground: Playground, app: ConnectedApp
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.action("go")
    @app.bolt.action("pick")
    async def on_action(ack: Any, body: dict[str, Any]) -> None:
        got.append(body)
        await ack()

    await app.client.chat_postMessage(
        channel="#general",
        text="a card",
        blocks=[actions(SELECT, button("Go", "go", value="42"), block_id="row")],
    )
    (card,) = playground.messages("general")
    ana = playground.person("ana")
    await ana.clicks(card, "pick", option="Second")
    await ana.clicks(card, "Go")
    picked, went = got
    assert picked["actions"][0]["selected_option"]["value"] == "2"
    assert went["actions"][0]["value"] == "42"
    assert went["state"]["values"]["row"]["pick"]["selected_option"]["value"] == "2"
    assert went["message"]["ts"] == card.ts
    assert went["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": card.channel,
        "is_ephemeral": False,
    }
    assert went["user"]["id"] == ana.id
    assert went["trigger_id"] != picked["trigger_id"]


async def test_what_one_person_chose_is_not_anothers(
    playground: Playground, app: ConnectedApp
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.action("go")
    @app.bolt.action("pick")
    async def on_action(ack: Any, body: dict[str, Any]) -> None:
        got.append(body)
        await ack()

    await app.client.chat_postMessage(
        channel="#general", text="x", blocks=[actions(SELECT, button("Go", "go"), block_id="row")]
    )
    (card,) = playground.messages("general")
    await playground.person("ana").clicks(card, "pick", option="2")
    await playground.person("ben").clicks(card, "Go")
    assert got[1]["state"]["values"]["row"]["pick"]["selected_option"] is None


async def test_an_overflow_menu_and_alike_buttons(
    playground: Playground, app: ConnectedApp
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.action("more")
    @app.bolt.action("run")
    async def on_action(ack: Any, action: dict[str, Any]) -> None:
        got.append(action)
        await ack()

    menu = {
        "type": "overflow",
        "action_id": "more",
        "options": [
            {"text": plain("Edit"), "value": "edit"},
            {"text": plain("Delete"), "value": "delete"},
        ],
    }
    await app.client.chat_postMessage(
        channel="#general",
        text="x",
        blocks=[
            section("one", accessory=menu),
            section("two", accessory=button("Run", "run", value="a")),
            section("three", accessory=button("Run", "run", value="b")),
        ],
    )
    (card,) = playground.messages("general")
    ana = playground.person("ana")
    await ana.clicks(card, "more", option="Delete")
    await ana.clicks(card, "Run", value="b")
    assert got[0]["selected_option"]["value"] == "delete"
    assert got[1]["value"] == "b"
    with pytest.raises(PersonRefusal, match="several controls"):
        await ana.clicks(card, "Run")
    with pytest.raises(PersonRefusal, match="isn't in the menu"):
        await ana.clicks(card, "more", option="Archive")


async def test_a_control_that_is_gone_refuses_the_click_but_a_stale_page_still_sends_it(
    playground: Playground, app: ConnectedApp
) -> None:
    clicked: list[str] = []

    @app.bolt.action("go")
    async def on_action(ack: Any, action: dict[str, Any]) -> None:
        clicked.append(action["action_id"])
        await ack()

    await app.client.chat_postMessage(
        channel="#general", text="x", blocks=[actions(button("Go", "go"))]
    )
    (card,) = playground.messages("general")
    await app.client.chat_update(channel=card.channel, ts=card.ts, text="done", blocks=[])
    ana = playground.person("ana")
    with pytest.raises(PersonRefusal, match="no control 'Go'"):
        await ana.clicks(card, "Go")
    assert clicked == []
    await ana.clicks(card, "Go", stale=True)
    assert clicked == ["go"]


async def test_a_click_that_nobody_handles_times_out(
    playground: Playground, app: ConnectedApp
) -> None:
    await app.client.chat_postMessage(
        channel="#general", text="x", blocks=[actions(button("Go", "go"))]
    )
    (card,) = playground.messages("general")
    with pytest.raises(PersonRefusal, match="didn't answer in time"):
        await playground.person("ana").clicks(card, "Go")


async def test_an_ephemeral_message_is_clicked_replaced_and_deleted(
    playground: Playground, app: ConnectedApp
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.action("more")
    async def on_more(ack: Any, body: dict[str, Any], respond: Any) -> None:
        got.append(body)
        await ack()
        await respond(text="replaced", blocks=[actions(button("Done", "done"))],
                      replace_original=True)  # fmt: skip

    @app.bolt.action("done")
    async def on_done(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    ana = playground.person("ana")
    general = playground.workspace.channel("general").id
    await app.client.chat_postEphemeral(
        channel=general, user=ana.id, text="psst", blocks=[actions(button("More", "more"))]
    )
    (psst,) = ana.reads("general")
    await ana.clicks(psst, "More")
    replaced = await ana.sees("replaced", channel="general")
    assert got[0]["container"]["is_ephemeral"] is True
    assert "message" not in got[0]
    assert replaced.ts == psst.ts
    with pytest.raises(PersonRefusal, match="gone"):
        await playground.person("ben").clicks(replaced, "Done")
    await ana.clicks(replaced, "Done")
    await playground.until(lambda: not ana.reads("general"), what="the message's end")


async def test_a_response_url_takes_five_answers(playground: Playground, app: ConnectedApp) -> None:
    urls: list[str] = []

    @app.bolt.command("/runbot")
    async def run(ack: Any, body: dict[str, Any]) -> None:
        urls.append(body["response_url"])
        await ack()

    ana = playground.person("ana")
    await ana.runs_command("/runbot", channel="general")
    hook = AsyncWebhookClient(urls[0])
    answers = [await hook.send(text=f"answer {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5].body
    assert len(ana.reads("general")) == 5
    nowhere = await AsyncWebhookClient(f"{playground.url}/actions/never").send(text="x")
    assert nowhere.status_code == 404


async def test_several_connections_share_the_work_and_one_may_go(
    playground: Playground, app: ConnectedApp
) -> None:
    got: list[str] = []

    def count_as(name: str, connected: ConnectedApp) -> None:
        @connected.bolt.command("/runbot")
        async def run(ack: Any) -> None:
            got.append(name)
            await ack()

    ana = playground.person("ana")
    count_as("first", app)
    async with connected_app(playground) as second:
        count_as("second", second)
        for _ in range(4):
            await ana.runs_command("/runbot", channel="general")
        assert sorted(got) == ["first", "first", "second", "second"]
    await ana.runs_command("/runbot", channel="general")
    assert got[4:] == ["first"]


async def test_a_dropped_socket_is_connected_again_by_the_app(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.command("/runbot")
    async def run(ack: Any) -> None:
        await ack(text="still here")

    playground.faults.drop_sockets()
    await playground.until(
        lambda: not playground.platform.sockets.connected, what="the broken connection"
    )
    await playground.until_connected()
    ana = playground.person("ana")
    await ana.runs_command("/runbot", channel="general")
    assert ana.reads("general")[0].text == "still here"


async def test_slack_may_ask_the_app_to_reconnect(
    playground: Playground, app: ConnectedApp
) -> None:
    del app
    before = len(playground.calls_of("apps.connections.open"))
    await playground.platform.sockets.disconnect()
    await playground.until(
        lambda: len(playground.calls_of("apps.connections.open")) > before, what="a new connection"
    )


async def test_the_frames_of_a_connection_are_shaped_as_slack_shapes_them(
    playground: Playground, client: Any
) -> None:
    """https://docs.slack.dev/apis/events-api/using-socket-mode"""
    answer = await client.apps_connections_open(app_token=playground.app_token)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(str(answer["url"])) as line,
    ):
        hello = await line.receive_json()
        assert hello.keys() == {"type", "connection_info", "num_connections", "debug_info"}
        assert hello["connection_info"] == {"app_id": playground.workspace.bot.app_id}
        assert hello["debug_info"].keys() == {
            "host",
            "started",
            "build_number",
            "approximate_connection_time",
        }
        for reason in ("warning", "refresh_requested"):
            await playground.platform.sockets.disconnect(reason)
            goodbye = await line.receive_json()
            assert (goodbye["type"], goodbye["reason"]) == ("disconnect", reason)
            assert "host" in goodbye["debug_info"]
        await playground.person("ana").says("hello", channel="general")
        first, again = await line.receive_json(), await line.receive_json()
        assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert first["payload"] == again["payload"]
        assert first["accepts_response_payload"] is False


async def test_a_socket_ticket_is_used_once(playground: Playground, app: ConnectedApp) -> None:
    answer = await app.client.apps_connections_open(app_token=playground.app_token)
    url = str(answer["url"])
    session = app.handler.client.aiohttp_client_session
    async with session.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
    async with session.get(url.replace("ws://", "http://")) as again:
        assert again.status == 403


async def test_a_bad_answer_is_refused_where_it_is_sent(
    playground: Playground, app: ConnectedApp
) -> None:
    urls: list[str] = []

    @app.bolt.command("/runbot")
    async def run(ack: Any, body: dict[str, Any]) -> None:
        urls.append(body["response_url"])
        await ack()

    await playground.person("ana").runs_command("/runbot", channel="general")
    answer = await AsyncWebhookClient(urls[0]).send(
        text="x", blocks=[{"type": "header", "text": {"type": "mrkdwn", "text": "wrong kind"}}]
    )
    assert answer.status_code == 400
    assert "unsupported type: mrkdwn" in answer.body
