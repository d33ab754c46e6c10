"""The guide: its steps are done by what happens, in any order, and stay done over a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from smtplib import SMTP
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncRespond

from playground.bolt_apps import actions, button, client_of, connected_app, plain, section
from playground.page_client import OWN, Page, frame_of, page_of
from runbot.playground import GuideStep, Playground
from runbot.playground.guide import Insert, MailCame, Offers, Opened, Pressed, Shows, Submitted

STEPS = (
    GuideStep(
        "ask",
        "Ask",
        "Say it.",
        (Offers("ok"),),
        insert=Insert("@runbot ask me at {url}", channel="ops"),
    ),
    GuideStep(
        "answer",
        "Answer",
        "Reply.",
        (Offers("ok", style="primary"), Shows("All is clear")),
        insert=Insert("yes", thread_of="ask"),
    ),
    GuideStep("press", "Press", "Press it.", (Pressed("ok"),), press=("ok",)),
    GuideStep("send", "Send", "Send the form.", (Submitted("form"),), submit="form"),
    GuideStep("mail", "Mail", "Wait.", (MailCame(),)),
    GuideStep(
        "look", "Look", "Open it.", (Opened("mailbox"), Opened("inspector")), place="mailbox"
    ),
)


async def guided(data: Path | None = None) -> Playground:
    playground = Playground(guide=STEPS, data=data)
    await playground.start()
    return playground


async def guide_of(page: Page) -> dict[str, Any]:
    guide: dict[str, Any] = (await page.get("boot"))["guide"]
    return guide


def done(playground: Playground) -> list[str]:
    return [step.name for step in STEPS if step.name in playground.guide.done]


async def asks(client: Any, style: str = "") -> Any:
    more = {"style": style} if style else {}
    blocks = [section("Really?"), actions(button("OK", "ok", **more))]
    return await client.chat_postMessage(channel="#ops", text="Really?", blocks=blocks)


async def post(playground: Playground, body: object) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession(playground.url, headers=OWN) as session,
        session.post("/people/api/guide", json=body) as answer,
    ):
        data: dict[str, Any] = await answer.json()
        return answer.status, data


async def test_the_guide_leads_from_step_to_step_by_what_the_app_shows() -> None:
    playground = await guided()
    client = client_of(playground)
    try:
        async with page_of(playground, "ana") as page, page.live() as feed:
            guide = await guide_of(page)
            ops = playground.workspace.channel("ops").id
            assert (guide["current"], guide["dismissed"]) == ("ask", False)
            assert guide["insert"] == {
                "text": f"@runbot ask me at {playground.url}",
                "channel": ops,
                "thread_ts": "",
            }
            posted = await asks(client)
            guide = (await frame_of(feed, "guide"))["guide"]
            assert guide["current"] == "answer"
            assert guide["insert"] == {"text": "yes", "channel": ops, "thread_ts": posted["ts"]}
            assert [step["done"] for step in guide["steps"]] == [True, *[False] * 5]
            await client.chat_postMessage(channel=ops, thread_ts=posted["ts"], text="All is clear.")
            guide = (await frame_of(feed, "guide"))["guide"]
            assert (guide["current"], guide["press"], guide["insert"]) == ("press", ["ok"], None)
    finally:
        await playground.stop()


async def test_presses_forms_mail_and_places_count_in_any_order() -> None:
    playground = await guided()
    try:
        async with connected_app(playground) as app:
            modal = {
                "type": "modal",
                "title": plain("Form"),
                "submit": plain("Go"),
                "callback_id": "form",
                "blocks": [section("Go?")],
            }

            @app.bolt.action("ok")
            async def ok(ack: AsyncAck, body: dict[str, Any], client: Any) -> None:
                await ack()
                await client.views_open(trigger_id=body["trigger_id"], view=modal)

            @app.bolt.view("form")
            async def form(ack: AsyncAck) -> None:
                await ack()

            assert (await post(playground, {"opened": "inspector"}))[0] == 200
            assert done(playground) == ["look"]
            url = urlsplit(playground.smtp_url)
            await asyncio.to_thread(_send_mail, url.hostname or "", url.port or 0)
            await playground.until(lambda: "mail" in playground.guide.done, what="the mail")
            ana = playground.person("ana")
            await asks(app.client)
            message = await ana.sees("Really?", channel="ops")
            await ana.clicks(message, "OK")
            view = await playground.until(lambda: next(iter(ana.views), None), what="the modal")
            assert done(playground) == ["ask", "press", "mail", "look"]
            await ana.submits(view)
            assert done(playground) == ["ask", "press", "send", "mail", "look"]
            # What a later step did doesn't hide that this one is still to be done.
            async with page_of(playground, "ana") as page:
                assert (await guide_of(page))["current"] == "answer"
            await asks(app.client, style="primary")
            async with page_of(playground, "ana") as page:
                assert (await guide_of(page))["current"] is None
    finally:
        await playground.stop()


def _send_mail(host: str, port: int) -> None:
    with SMTP(host, port) as smtp:
        smtp.sendmail("a@example.com", ["b@example.com"], "Subject: hello\n\nhello")


async def test_only_the_app_shows_and_only_what_was_taken_counts() -> None:
    playground = await guided()
    client = client_of(playground)
    try:
        await playground.person("ana").says("All is clear", channel="ops")
        with pytest.raises(Exception, match="channel_not_found"):
            await client.chat_postMessage(channel="#nowhere", text="All is clear")
        assert done(playground) == []
        async with connected_app(playground) as app:

            @app.bolt.command("/clear")
            async def clear(ack: AsyncAck, respond: AsyncRespond) -> None:
                await ack()
                await respond("All is clear", response_type="in_channel")

            await playground.person("ana").runs_command("/clear", channel="ops")
            await playground.until(lambda: done(playground) == ["answer"], what="the answer")
    finally:
        await playground.stop()


async def test_what_is_done_and_put_away_survives_a_restart_and_can_begin_again(
    tmp_path: Path,
) -> None:
    data = tmp_path / "playground.json"
    playground = await guided(data)
    await asks(client_of(playground))
    assert (await post(playground, {"dismissed": True}))[1]["guide"]["dismissed"]
    await playground.stop()

    playground = await guided(data)
    try:
        async with page_of(playground, "ana") as page:
            guide = await guide_of(page)
            assert (guide["current"], guide["dismissed"]) == ("answer", True)
            # The thread in which to answer is still known.
            assert guide["insert"]["thread_ts"] == playground.messages("ops")[-1].ts
        answer = (await post(playground, {"dismissed": False}))[1]["guide"]
        assert (answer["current"], answer["dismissed"]) == ("answer", False)
        answer = (await post(playground, {"again": True}))[1]["guide"]
        assert answer["current"] == "ask"
    finally:
        await playground.stop()

    playground = await guided(data)
    try:
        assert done(playground) == []
    finally:
        await playground.stop()


async def test_a_workspace_from_before_the_guide_knows_what_was_done(tmp_path: Path) -> None:
    data = tmp_path / "playground.json"
    before = Playground(data=data)
    await before.start()
    await asks(client_of(before), style="primary")
    await before.stop()
    content = data.read_text()
    assert '"guide": {"done": {}' in content
    data.write_text(content.replace('"guide":', '"unknown":'))

    playground = await guided(data)
    try:
        assert done(playground) == ["ask", "answer"]
    finally:
        await playground.stop()


@pytest.mark.parametrize("body", [{}, [], "x", {"opened": 3}, {"dismissed": "yes"}, {"again": 1}])
async def test_nonsense_is_refused_with_a_sentence(playground: Playground, body: object) -> None:
    status, answer = await post(playground, body)
    assert (status, answer["error"]) == (400, "invalid_request")
    assert answer["message"].startswith("Say which")


def test_a_guide_that_names_what_there_isnt_is_refused_at_once() -> None:
    for insert in (Insert("x", channel="nowhere"), Insert("x", thread_of="nothing")):
        with pytest.raises(KeyError):
            Playground(guide=[GuideStep("a", "A", "A.", (MailCame(),), insert=insert)])
