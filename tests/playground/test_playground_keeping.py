"""Mail, trouble on purpose, and what outlives a restart."""

from __future__ import annotations

import asyncio
import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
import pytest
from slack_sdk.errors import SlackApiError

from playground.bolt_apps import client_of, refusal_of, section
from runbot.playground import Playground


def a_mail(subject: str = "Page") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Runbot <runbot@example.com>"
    mail["To"] = "oncall@example.com"
    mail["Subject"] = subject
    mail.set_content("The database is down — come quick.")
    mail.add_alternative("<p>The database is down</p>", subtype="html")
    return mail


async def deliver(playground: Playground, mail: EmailMessage) -> None:
    address = urlsplit(playground.smtp_url)
    await aiosmtplib.send(
        mail,
        hostname=address.hostname,
        port=address.port,
        recipients=["oncall@example.com", "hidden@example.com"],
    )


async def test_mail_arrives_over_smtp(playground: Playground) -> None:
    await deliver(playground, a_mail("Page ✓"))
    (mail,) = playground.mail
    assert mail.sender == "Runbot <runbot@example.com>"
    assert mail.to == ["oncall@example.com", "hidden@example.com"]
    assert mail.subject == "Page ✓"
    assert mail.text.strip() == "The database is down — come quick."
    assert mail.html is not None
    assert "<p>" in mail.html
    async with (
        aiohttp.ClientSession(playground.url) as session,
        session.get("/people/api/mail", headers={"X-Playground": "test"}) as answer,
    ):
        (row,) = await answer.json()
    assert row["from"] == mail.sender
    assert row["headers"]["Subject"] == "Page ✓"


async def test_a_workspace_outlives_a_restart(tmp_path: Path) -> None:
    first = Playground(data=tmp_path / "playground.json")
    await first.start()
    ana = first.person("ana")
    said = await ana.says("keep this", channel="general")
    client = client_of(first)
    await client.reactions_add(channel=said.channel, timestamp=said.ts, name="eyes")
    await client.views_publish(
        user_id=ana.id, view={"type": "home", "blocks": [section("at home")]}
    )
    await ana.runs_command("/invite", "@runbot", channel="leads")
    await deliver(first, a_mail())
    await first.stop()

    second = Playground(data=tmp_path / "playground.json")
    await second.start()
    try:
        assert second.messages("general") == [said]
        assert second.messages("general")[0].reactions[0][0] == "eyes"
        assert [mail.subject for mail in second.mail] == ["Page"]
        home = second.person("ana").home
        assert home is not None
        assert "at home" in str(home.blocks)
        assert second.workspace.bot.user_id in second.workspace.channel("leads").members
        later = await second.person("ben").says("later", channel="general")
        assert later.ts > said.ts
    finally:
        await second.stop()


async def test_changes_are_written_while_it_runs(tmp_path: Path) -> None:
    playground = Playground(data=tmp_path / "playground.json")
    await playground.start()
    try:
        await playground.person("ana").says("written soon", channel="general")
        file = tmp_path / "playground.json"
        async with asyncio.timeout(5):
            while not file.exists():  # noqa: ASYNC110 - a file announces nothing
                await asyncio.sleep(0.02)
        assert json.loads(file.read_text())["messages"][0]["text"] == "written soon"
        assert file.stat().st_mode & 0o077 == 0
    finally:
        await playground.stop()


async def test_an_unreadable_file_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "playground.json").write_text("{half")
    playground = Playground(data=tmp_path / "playground.json")
    await playground.start()
    await playground.stop()
    assert (tmp_path / "playground.unreadable.json").read_text() == "{half"


async def test_a_taken_port_is_said(playground: Playground) -> None:
    port = urlsplit(playground.url).port
    assert port is not None
    second = Playground()
    with pytest.raises(OSError, match="address already in use"):
        await second.start(port=port)
    await second.stop()


async def test_planned_faults_meet_the_next_calls_only(playground: Playground, client: Any) -> None:
    def post() -> Any:
        return client.chat_postMessage(channel="#general", text="x")

    playground.faults.ratelimited("chat.postMessage", retry_after=7)
    refused = await refusal_of(post())
    assert refused["error"] == "ratelimited"
    playground.faults.server_error("chat.postMessage")
    with pytest.raises(SlackApiError) as failed:
        await post()
    response: Any = failed.value.response
    assert response.status_code == 500
    assert playground.messages("general") == []
    await post()
    assert len(playground.messages("general")) == 1
    assert [call.status for call in playground.calls_of("chat.postMessage")] == [429, 500, 200]


async def test_a_call_may_never_be_answered(playground: Playground) -> None:
    client = client_of(playground, timeout=1)
    playground.faults.no_answer("chat.postMessage")
    with pytest.raises(TimeoutError):
        await client.chat_postMessage(channel="#general", text="x")
    assert playground.messages("general") == []


async def test_an_answer_may_be_lost_after_the_effect(playground: Playground, client: Any) -> None:
    playground.faults.lost_answer("chat.postMessage")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel="#general", text="x")
    assert len(playground.messages("general")) == 1


async def test_rate_limits_are_held_once_switched_on(playground: Playground, client: Any) -> None:
    posted = await client.chat_postMessage(channel="#general", text="x")
    for n in range(60):
        await client.chat_update(channel=posted["channel"], ts=posted["ts"], text=str(n))
    playground.faults.switch("budgets")
    for n in range(50):
        await client.chat_update(channel=posted["channel"], ts=posted["ts"], text=str(n))
    with pytest.raises(SlackApiError, match="ratelimited") as caught:
        await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="too many")
    response: Any = caught.value
    assert 0 < int(response.response.headers["Retry-After"]) <= 61


async def test_waiting_says_what_never_came(playground: Playground) -> None:
    with pytest.raises(AssertionError, match=r"the card: not within 0\.05 s"):
        await playground.until(lambda: False, timeout=0.05, what="the card")
