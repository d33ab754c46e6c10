"""An app without Socket Mode hears over HTTP, signed and retried as Slack does it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
import trustme
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from playground.bolt_apps import actions, button, client_of, modal, section, text_input
from playground.conftest import FAST
from runbot.playground import PersonRefusal, Playground

Answer = web.Response | Callable[[web.Request], Awaitable[web.StreamResponse]]

MANIFEST: dict[str, Any] = {
    "features": {
        "slash_commands": [
            {"command": "/runbot", "url": "https://app.example.com/slack/commands"},
        ],
        "app_home": {"home_tab_enabled": True},
    },
    "oauth_config": {
        "scopes": {"bot": ["chat:write", "commands", "channels:history", "app_mentions:read"]}
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": ["message.channels", "app_mention", "message.im"],
            "request_url": "https://app.example.com/slack/events",
        },
        "interactivity": {
            "is_enabled": True,
            "request_url": "https://app.example.com/slack/interactive",
            "message_menu_options_url": "https://app.example.com/slack/options",
        },
        "socket_mode_enabled": False,
    },
}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


class Receiver:
    """The app's side: keeps what comes, and answers what it was told to."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.got: list[tuple[str, dict[str, str], str]] = []
        self.answers: list[Answer] = []
        self.challenges = 0
        self._runner: web.AppRunner | None = None

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        if request.content_type == "application/json":
            content = json.loads(body)
            if content["type"] == "url_verification":
                self.challenges += 1
                return web.json_response({"challenge": content["challenge"]})
        self.got.append((request.path, dict(request.headers), body))
        answer = self.answers.pop(0) if self.answers else web.Response()
        return await answer(request) if callable(answer) else answer


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.open()
    yield one
    await one.close()


@asynccontextmanager
async def told_at(url: str) -> AsyncIterator[Playground]:
    playground = Playground(manifest=MANIFEST, timing=FAST, app_url=url)
    await playground.start()
    try:
        yield playground
    finally:
        await playground.stop()


def acked(playground: Playground) -> bool:
    """Whether there is a newest envelope, and the app has taken it."""
    return bool(playground.envelopes) and playground.envelopes[-1].acked_at is not None


def troubled(playground: Playground) -> bool:
    return bool(playground.envelopes) and bool(playground.envelopes[-1].trouble)


@pytest.fixture
async def playground(receiver: Receiver) -> AsyncIterator[Playground]:
    async with told_at(receiver.url) as playground:
        yield playground


async def test_events_come_signed_as_json_after_the_challenge(
    playground: Playground, receiver: Receiver
) -> None:
    said = await playground.person("ana").says("hello", channel="general")
    await playground.until(lambda: acked(playground), what="the ack")
    assert receiver.challenges >= 1
    (path, headers, body), *more = receiver.got
    assert not more
    assert path == "/slack/events"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["event"]["ts"] == said.ts
    assert SignatureVerifier(playground.signing_secret).is_valid_request(body, headers)
    assert "X-Slack-Retry-Num" not in headers
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)


async def test_the_record_has_the_request_and_never_the_secret(
    playground: Playground, receiver: Receiver
) -> None:
    await playground.person("ana").says("hello", channel="general")
    await playground.until(lambda: acked(playground), what="the ack")
    envelope = playground.envelopes[-1]
    assert envelope.url == f"{receiver.url}/slack/events"
    assert envelope.status == 200
    assert envelope.headers["X-Slack-Signature"].startswith("v0=")
    assert playground.signing_secret not in repr(envelope)
    assert playground.signing_secret not in repr(playground.workspace.bot)


async def test_a_failed_event_is_sent_again_with_the_reason(
    playground: Playground, receiver: Receiver
) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response()

    receiver.answers = [web.Response(status=503), slow, web.Response(status=404)]
    await playground.person("ana").says("hello", channel="general")
    await playground.until(lambda: acked(playground), what="the fourth attempt")
    marks = [
        (h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for _, h, _ in receiver.got
    ]
    assert marks == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_timeout"),
        ("3", "http_error"),
    ]
    assert len({json.loads(body)["event_id"] for _, _, body in receiver.got}) == 1
    assert [e.trouble for e in playground.envelopes] == [
        "http_error",
        "http_timeout",
        "http_error",
        "",
    ]


async def test_after_three_more_attempts_an_event_is_given_up(
    playground: Playground, receiver: Receiver
) -> None:
    receiver.answers = [web.Response(status=500) for _ in range(9)]
    ana = playground.person("ana")
    await ana.says("hello", channel="general")
    await playground.until(lambda: len(playground.envelopes) == 4, what="four attempts")
    await playground.until(lambda: troubled(playground), what="the last one's end")
    receiver.answers.clear()
    await ana.says("and now?", channel="general")
    await playground.until(lambda: acked(playground), what="the next event")
    assert len(receiver.got) == 5


async def test_an_app_can_ask_not_to_be_sent_it_again(
    playground: Playground, receiver: Receiver
) -> None:
    receiver.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    ana = playground.person("ana")
    await ana.says("never mind", channel="general")
    await playground.until(lambda: troubled(playground), what="the refusal")
    await ana.says("another", channel="general")
    await playground.until(lambda: acked(playground), what="the next event")
    assert len(receiver.got) == 2


async def test_two_redirects_are_followed_for_events_and_a_third_is_too_many(
    playground: Playground, receiver: Receiver
) -> None:
    def elsewhere(number: int) -> web.Response:
        return web.Response(status=302, headers={"Location": f"/moved/{number}"})

    receiver.answers = [elsewhere(1), elsewhere(2), web.Response()]
    await playground.person("ana").says("hello", channel="general")
    await playground.until(lambda: acked(playground), what="the ack")
    assert [path for path, _, _ in receiver.got] == ["/slack/events", "/moved/1", "/moved/2"]
    assert len({body for _, _, body in receiver.got}) == 1
    receiver.answers = [elsewhere(number) for number in (1, 2, 3)]
    await playground.person("ana").says("hello again", channel="general")
    await playground.until(
        lambda: acked(playground) and playground.envelopes[-1].retry == 1,
        what="the retry",
    )
    assert playground.envelopes[-1].headers["X-Slack-Retry-Reason"] == "too_many_redirects"


async def test_an_app_that_is_not_there_is_told_of_once_it_is() -> None:
    receiver = Receiver()
    async with told_at(receiver.url) as playground:
        ana = playground.person("ana")
        assert not playground.platform.transport.connected
        await ana.says("anyone?", channel="general")
        await playground.until(
            lambda: len(playground.envelopes) == 4 and troubled(playground),
            what="four attempts",
        )
        assert {e.trouble for e in playground.envelopes} == {"connection_failed"}
        with pytest.raises(PersonRefusal, match="dispatch_failed"):
            await ana.runs_command("/runbot", channel="general")
        await receiver.open()
        try:
            await playground.until_connected()
            assert receiver.got == []
        finally:
            await receiver.close()
        await playground.until(
            lambda: not playground.platform.transport.connected, what="the app's end"
        )


async def test_a_wrong_answer_to_the_challenge_lets_no_event_flow(receiver: Receiver) -> None:
    async def wrong(request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response({"challenge": "something else"})

    receiver._take = wrong  # type: ignore[method-assign]
    await receiver.close()
    await receiver.open()
    async with told_at(receiver.url) as playground:
        await playground.person("ana").says("hello", channel="general")
        await playground.until(
            lambda: len(playground.envelopes) == 4 and troubled(playground),
            what="four attempts",
        )
        assert {e.trouble for e in playground.envelopes} == {"http_error"}
        assert not any(e.headers for e in playground.envelopes)
        assert not playground.platform.transport.connected


async def test_a_certificate_that_nobody_vouches_for_is_an_ssl_error() -> None:
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    await receiver.open(context)
    try:
        async with told_at(receiver.url.replace("http:", "https:")) as playground:
            await playground.person("ana").says("hello", channel="general")
            await playground.until(
                lambda: len(playground.envelopes) == 4 and troubled(playground),
                what="four attempts",
            )
            assert {e.trouble for e in playground.envelopes} == {"ssl_error"}
    finally:
        await receiver.close()


async def test_commands_come_as_forms_and_the_answer_is_shown(
    playground: Playground, receiver: Receiver
) -> None:
    receiver.answers = [
        web.json_response({"response_type": "in_channel", "text": "For all"}),
        web.Response(text="Just words"),
    ]
    ana = playground.person("ana")
    await ana.runs_command("/runbot", "a=1&b=<x>", channel="general")
    path, headers, body = receiver.got[0]
    assert path == "/slack/commands"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert SignatureVerifier(playground.signing_secret).is_valid_request(body, headers)
    form = parse_qs(body)
    assert form["command"] == ["/runbot"]
    assert form["text"] == ["a=1&amp;b=&lt;x&gt;"]
    assert ana.reads("general")[-1].text == "For all"
    await ana.runs_command("/runbot", channel="general")
    assert ana.reads("general")[-1].text == "Just words"
    assert ana.reads("general")[-1].ephemeral_to == ana.id


async def test_each_kind_of_interaction_has_its_address(
    playground: Playground, receiver: Receiver
) -> None:
    options = {"options": [section("one")]}
    receiver.answers = [web.json_response(options), web.Response()]
    deliver = playground.platform.delivery.deliver
    asked = await deliver("interactive", {"type": "block_suggestion", "value": "o"})
    clicked = await deliver("interactive", {"type": "block_actions"})
    assert [path for path, _, _ in receiver.got] == ["/slack/options", "/slack/interactive"]
    assert asked.response == options
    assert clicked.response is None
    assert json.loads(parse_qs(receiver.got[0][2])["payload"][0])["type"] == "block_suggestion"


@pytest.mark.parametrize("status", [201, 302, 404, 500])
async def test_any_other_status_than_200_is_told_to_the_person(
    playground: Playground, receiver: Receiver, status: int
) -> None:
    receiver.answers = [web.Response(status=status, headers={"Location": "/moved"})]
    with pytest.raises(PersonRefusal, match='/runbot failed with the error "http_error"'):
        await playground.person("ana").runs_command("/runbot", channel="general")
    assert len(receiver.got) == 1
    assert playground.envelopes[-1].status == status


async def test_an_answer_after_the_deadline_is_lost(
    playground: Playground, receiver: Receiver
) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response(text="too late")

    receiver.answers = [slow]
    ana = playground.person("ana")
    with pytest.raises(PersonRefusal, match="operation_timeout"):
        await ana.runs_command("/runbot", channel="general")
    assert ana.reads("general") == []


async def test_an_app_without_socket_mode_is_let_on_no_socket(playground: Playground) -> None:
    client = client_of(playground)
    answer = await client.apps_connections_open(app_token=playground.app_token)

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(str(answer["url"])) as line,
    ):
        said = await line.receive_json()
    assert said["type"] == "disconnect"
    assert said["reason"] == "link_disabled"


@asynccontextmanager
async def bolt_app() -> AsyncIterator[tuple[Playground, AsyncApp]]:
    """A real Bolt app behind a server of its own, with the playground's signing secret."""
    port = free_port()
    async with told_at(f"http://127.0.0.1:{port}") as playground:
        bolt = AsyncApp(client=client_of(playground), signing_secret=playground.signing_secret)

        async def take(request: web.Request) -> web.StreamResponse:
            return await to_aiohttp_response(
                await bolt.async_dispatch(await to_bolt_request(request))
            )

        app = web.Application()
        app.router.add_post("/{path:.*}", take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            await playground.until_connected()
            yield playground, bolt
        finally:
            await runner.cleanup()


async def test_a_bolt_app_needs_no_change_for_http() -> None:
    async with bolt_app() as (playground, bolt):

        @bolt.event("app_mention")
        async def heard(event: dict[str, Any], say: Any) -> None:
            await say(
                text=f"Heard: {event['text']}",
                blocks=[section("Heard"), actions(button("Open", "open"))],
            )

        @bolt.action("open")
        async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(
                trigger_id=body["trigger_id"], view=modal(text_input("Name", "name"))
            )

        @bolt.view("a_modal")
        async def sent(ack: Any, view: dict[str, Any]) -> None:
            name = view["state"]["values"]["name"]["value"]["value"]
            if name == "taken":
                await ack(response_action="errors", errors={"name": "It is taken."})
            else:
                await ack()

        ana = playground.person("ana")
        await ana.says("@runbot hello", channel="general")
        message = await ana.sees("Heard", channel="general")
        await ana.clicks(message, "Open")
        await playground.until(lambda: ana.views, what="the modal")
        refused = await ana.submits(ana.views[-1], {"Name": "taken"})
        assert refused.errors == {"name": "It is taken."}
        assert (await ana.submits(ana.views[-1], {"Name": "free"})).response_action is None
        assert ana.views == []
