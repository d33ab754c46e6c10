"""Slack's requests over HTTP: what isn't Slack's, or can't be read, never reaches the app."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from runbot.surfaces.slack.requests import PATH, Requests
from runbot.surfaces.web import WebServer, web_app

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
CHALLENGE = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"})


@dataclass
class Door:
    """Runbot's address, what got through to Bolt, and a stranger's hand to knock with."""

    url: str
    http: aiohttp.ClientSession
    requests: Requests
    taken: list[Any] = field(default_factory=list)

    async def knock(self, body: str | bytes, headers: dict[str, str]) -> tuple[int, str]:
        async with self.http.post(self.url + PATH, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


def signed(
    body: str | bytes, kind: str = JSON, *, secret: str = SECRET, age: int = 0
) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(signature),
    }


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    requests = Requests(SecretStr(SECRET))
    server = WebServer(web_app([requests.router], []), host="127.0.0.1", port=0)
    await server.open()
    async with aiohttp.ClientSession() as http:
        door = Door(server.url, http, requests)
        app = AsyncApp(token="xoxb-1", signing_secret=SECRET)

        async def see(body: dict[str, Any], next_: Any) -> None:
            door.taken.append(body)
            await next_()

        app.use(see)
        requests.open(app)
        yield door
    await server.close()


async def test_the_challenge_is_answered(door: Door) -> None:
    status, body = await door.knock(CHALLENGE, signed(CHALLENGE))
    assert status == 200
    assert json.loads(body) == {"challenge": "abc"}


def forged(name: str) -> dict[str, str]:
    good = signed(CHALLENGE)
    changes: dict[str, dict[str, str]] = {
        "another secret": signed(CHALLENGE, secret="another"),
        "six minutes old": signed(CHALLENGE, age=360),
        "from the future": signed(CHALLENGE, age=-360),
        "another body": signed(CHALLENGE + " "),
        "no signature": {k: v for k, v in good.items() if k != "X-Slack-Signature"},
        "no timestamp": {k: v for k, v in good.items() if k != "X-Slack-Request-Timestamp"},
        "nothing": {"Content-Type": JSON},
        "an empty signature": good | {"X-Slack-Signature": ""},
        "another version": good | {"X-Slack-Signature": "v1" + good["X-Slack-Signature"][2:]},
        "a signature of letters": good | {"X-Slack-Signature": "v0=\u00fc\u00fc"},
        "a timestamp of letters": good | {"X-Slack-Request-Timestamp": "now"},
        "a timestamp with a sign": good | {"X-Slack-Request-Timestamp": "-1"},
        "a timestamp without end": good | {"X-Slack-Request-Timestamp": "9" * 5000},
    }
    return changes[name]


@pytest.mark.parametrize(
    "name",
    [
        "another secret",
        "six minutes old",
        "from the future",
        "another body",
        "no signature",
        "no timestamp",
        "nothing",
        "an empty signature",
        "another version",
        "a signature of letters",
        "a timestamp of letters",
        "a timestamp with a sign",
        "a timestamp without end",
    ],
)
async def test_what_slack_did_not_sign_is_refused(door: Door, name: str) -> None:
    assert await door.knock(CHALLENGE, forged(name)) == (401, "This request was not taken.")
    assert door.taken == []


async def test_a_request_from_four_minutes_ago_is_still_slacks(door: Door) -> None:
    status, _ = await door.knock(CHALLENGE, signed(CHALLENGE, age=240))
    assert status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_another_content_type_is_refused(door: Door, kind: str) -> None:
    status, _ = await door.knock(CHALLENGE, signed(CHALLENGE, kind))
    assert status == 415
    assert door.taken == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", JSON),
        ("{", JSON),
        ("[]", JSON),
        ('"text"', JSON),
        ("null", JSON),
        ("[" * 100_000, JSON),
        ("", FORM),
        ("payload=", FORM),
        (urlencode({"payload": "{"}), FORM),
        (urlencode({"payload": "[1]"}), FORM),
    ],
)
async def test_a_body_that_can_t_be_read_is_refused(door: Door, body: str, kind: str) -> None:
    status, _ = await door.knock(body, signed(body, kind))
    assert status == 400
    assert door.taken == []


async def test_bytes_that_are_no_text_are_refused(door: Door) -> None:
    status, _ = await door.knock(b"\xff\xfe", signed(CHALLENGE))
    assert status == 401


async def test_before_the_app_is_there_slack_is_asked_to_come_again() -> None:
    requests = Requests(SecretStr(SECRET))
    server = WebServer(web_app([requests.router], []), host="127.0.0.1", port=0)
    await server.open()
    try:
        async with aiohttp.ClientSession() as http:
            door = Door(server.url, http, requests)
            assert not requests.ready
            assert await door.knock(CHALLENGE, signed(CHALLENGE)) == (503, "Runbot is starting.")
            assert (await door.knock(CHALLENGE, forged("another secret")))[0] == 401
    finally:
        await server.close()


async def test_a_refusal_is_logged_once_without_what_was_sent(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(5):
        await door.knock("hunter2", signed("hunter2", secret="another"))
    told = [r.getMessage() for r in caplog.records if r.name == "runbot.surfaces.slack.requests"]
    assert len(told) == 1
    assert "SLACK_SIGNING_SECRET" in told[0]
    assert "hunter2" not in caplog.text
    assert SECRET not in caplog.text
