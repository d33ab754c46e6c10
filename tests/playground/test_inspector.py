"""The inspector's record: what passed, in words, whole, filtered, followed, and as a chain."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.errors import SlackApiError

from playground.bolt_apps import (
    ConnectedApp,
    actions,
    button,
    client_of,
    plain,
    refusal_of,
    section,
    text_input,
)
from playground.page_client import Page, page_of
from runbot.playground import Playground
from runbot.playground.error_codes import ERROR_CODES
from runbot.playground.inspector.lessons import lesson, why_refused
from runbot.playground.inspector.lines import KINDS, Concerns, Line, Names
from runbot.playground.inspector.telling import line_of, sections_of
from runbot.playground.limits import LIMITS
from runbot.playground.traffic import ApiCall, Traffic
from runbot.playground.web_api import METHODS


async def told(page: Page, query: str = "") -> list[str]:
    """The log's lines, oldest first, with the times taken out."""
    answer = await page.get(f"log?{query}")
    lines = [f"{e['name']} {e['words']} → {e['outcome']}" for e in reversed(answer["entries"])]
    return [re.sub(r"\d+(\.\d+)? m?s\b", "…", line) for line in lines]


async def entry_named(page: Page, name: str, query: str = "") -> dict[str, Any]:
    """The newest entry of a name, whole."""
    entries = (await page.get(f"log?{query}"))["entries"]
    number = next(e["id"] for e in entries if e["name"] == name)
    whole: dict[str, Any] = await page.get(f"log/{number}")
    return whole


async def pressed(playground: Playground, app: ConnectedApp) -> dict[str, Any]:
    """A posted message whose button Ana pressed; the app answered it by a change of it."""
    done: list[str] = []

    @app.bolt.action("go")
    async def go(ack: AsyncAck, body: dict[str, Any], client: Any) -> None:
        await ack()
        place = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**place, text="Gone", blocks=[section("Gone")])
        await client.chat_postMessage(channel=place["channel"], thread_ts=place["ts"], text="Why")
        done.append("yes")

    blocks = [section("Shall we?"), actions(button("Publish", "go"))]
    posted: Any = await app.client.chat_postMessage(channel="#ops", text="Shall we?", blocks=blocks)
    ana = playground.person("ana")
    message = await ana.sees("Shall we?", channel="ops")
    await ana.clicks(message, "Publish")
    await playground.until(lambda: done, what="the app's answer")
    return dict(posted.data)


async def test_each_exchange_is_told_in_words(playground: Playground, app: ConnectedApp) -> None:
    await pressed(playground, app)
    async with page_of(playground, "ana") as page:
        lines = await told(page)
    assert "block_actions “Publish” by @ana in #ops → acknowledged in …" in lines
    assert "chat.postMessage “Shall we?” in #ops → ok, …" in lines
    assert "chat.update “Gone” in #ops → ok, …" in lines
    assert "chat.postMessage “Why” in a thread of #ops → ok, …" in lines
    assert "message.message_changed “Gone” by @runbot in #ops → acknowledged in …" in lines
    assert "socket connected → 1 connection now" in lines


async def test_a_command_its_answer_and_what_was_typed_are_told(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.command("/deploy")
    async def deploy(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond("Deployed")

    ana = playground.person("ana")
    await ana.runs_command("/deploy", "shop\nnow", channel="ops")
    await ana.sees("Deployed", channel="ops")
    async with page_of(playground, "ana") as page:
        lines = await told(page)
        answer = await entry_named(page, "response_url")
    assert [line for line in lines if "auth.test" not in line][-2:] == [
        "slash_command “/deploy shop now” by @ana in #ops → acknowledged in …",
        "response_url “Deployed” in #ops → ok, …",
    ]
    assert answer["sections"][0]["value"]["text"] == "Deployed"
    assert [row["entry"]["name"] for row in answer["chain"]] == ["slash_command", "response_url"]
    assert answer["chain"][1]["why"] == "its response_url"


async def test_a_click_leads_to_all_that_followed_from_it(
    playground: Playground, app: ConnectedApp
) -> None:
    await pressed(playground, app)
    await playground.until(
        lambda: sum(e.type == "events_api" for e in playground.envelopes) >= 3, what="the events"
    )
    async with page_of(playground, "ana") as page:
        click = await entry_named(page, "block_actions")
        update = await entry_named(page, "chat.update")
    chain = [(row["depth"], row["entry"]["name"], row["why"]) for row in click["chain"]]
    assert chain[0] == (0, "chat.postMessage", "")
    assert (1, "message", "what the app did") in chain
    assert (1, "block_actions", "the message that it posted") in chain
    assert (2, "chat.update", "the same message, shortly before") in chain
    assert (3, "message.message_changed", "what the app did") in chain
    assert (2, "chat.postMessage", "the same thread, shortly before") in chain
    assert update["chain"] == click["chain"]


async def test_a_modal_comes_from_its_trigger_and_its_submission_from_the_modal(
    playground: Playground, app: ConnectedApp
) -> None:
    modal = {
        "type": "modal",
        "title": plain("Ask"),
        "submit": plain("Send"),
        "callback_id": "ask",
        "blocks": [text_input("Why?", "why")],
    }

    @app.bolt.command("/ask")
    async def ask(ack: AsyncAck, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal)

    @app.bolt.view("ask")
    async def asked(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"why": "Say more."})

    ana = playground.person("ana")
    await ana.runs_command("/ask", channel="ops")
    view = await playground.until(lambda: next(iter(ana.views), None), what="the modal")
    await ana.submits(view, {"Why?": "so"})
    async with page_of(playground, "ana") as page:
        submission = await entry_named(page, "view_submission")
        of_view = await told(page, f"view={view.id}")
    assert [(r["depth"], r["entry"]["name"], r["why"]) for r in submission["chain"]] == [
        (0, "slash_command", ""),
        (1, "views.open", "its trigger_id"),
        (2, "view_submission", "the view that it opened"),
    ]
    assert submission["entry"]["state"] == "refused"
    acknowledged = submission["sections"][-1]
    assert acknowledged["value"]["errors"] == {"why": "Say more."}
    assert of_view == [
        "views.open “Ask” → ok, …",
        "view_submission “Ask” by @ana → acknowledged in … with errors",
    ]


async def test_a_refusal_has_slacks_words_and_its_page(playground: Playground, client: Any) -> None:
    blocks = [{"type": "header", "text": plain("x" * 151)}]
    refused = await refusal_of(client.chat_postMessage(channel="#ops", text="x", blocks=blocks))
    async with page_of(playground, "ana") as page:
        entry = await entry_named(page, "chat.postMessage", "refused=1")
        assert await told(page, "refused=1&kind=event") == []
    assert entry["refusal"]["code"] == refused["error"] == "invalid_blocks"
    assert entry["refusal"]["messages"] == refused["response_metadata"]["messages"]
    assert entry["refusal"]["url"].startswith("https://docs.slack.dev/")
    assert entry["entry"]["state"] == "refused"


async def test_trouble_on_purpose_is_named_with_its_retry_after(
    playground: Playground, client: Any
) -> None:
    playground.faults.ratelimited("chat.postMessage", retry_after=3)
    playground.faults.server_error("auth.test")
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="#ops", text="x")
    with pytest.raises(SlackApiError):
        await client.auth_test()
    playground.faults.lost_answer("reactions.add")
    with pytest.raises(aiohttp.ClientError):
        await client.reactions_add(channel="C1", timestamp="1.1", name="x")
    async with page_of(playground, "ana") as page:
        entries = list(reversed((await page.get("log?refused=1"))["entries"]))
        whole = await page.get(f"log/{entries[0]['id']}")
    assert [(e["name"], e["fault"], e["state"]) for e in entries] == [
        ("chat.postMessage", "ratelimited", "refused"),
        ("auth.test", "server_error", "refused"),
        ("reactions.add", "lost_answer", "refused"),
    ]
    assert "to be tried again after 3 s" in entries[0]["outcome"]
    headers = next(s for s in whole["sections"] if s["title"] == "Headers of the answer")
    assert headers["value"] == {"Retry-After": "3"}
    assert whole["refusal"]["url"].endswith("rate-limits")


async def test_what_the_app_leaves_unanswered_is_told_and_late_acks_are_seen(
    playground: Playground, app: ConnectedApp
) -> None:
    playground.faults.switch("socket_quiet")
    await playground.person("ana").says("anyone?", channel="ops")
    await playground.until(lambda: len(playground.envelopes) == 4, what="all retries")
    await playground.until(lambda: playground.envelopes[-1].trouble, what="the last's trouble")
    async with page_of(playground, "ana") as page:
        lines = await told(page, "kind=event&refused=1")
        entry = await entry_named(page, "message")
    assert lines[0] == "message “anyone?” by @ana in #ops → not acknowledged (timeout)"
    assert lines[1].endswith("→ 1st retry (timeout): not acknowledged (timeout)")
    assert [row["why"] for row in entry["chain"]] == ["", *["it is sent again"] * 3]
    assert app.client is not None


async def test_the_log_is_paged_and_filtered(playground: Playground, client: Any) -> None:
    for number in range(7):
        await client.chat_postMessage(channel="#ops", text=f"number {number}")
    ops = playground.workspace.channel("ops").id
    ts = playground.messages("ops")[3].ts
    async with page_of(playground, "ana") as page:
        first = await page.get("log?kind=call&limit=3")
        assert [e["words"][8:9] for e in first["entries"]] == ["6", "5", "4"]
        assert first["has_more"]
        assert first["last"] == playground.traffic.last
        older = await page.get(f"log?kind=call&limit=100&before={first['entries'][-1]['id']}")
        assert len(older["entries"]) == 4
        assert not older["has_more"]
        newer = await page.get(f"log?kind=call&after={first['entries'][1]['id']}")
        assert [e["id"] for e in newer["entries"]] == [first["entries"][0]["id"]]
        assert len(await told(page, "text=NUMBER+5&kind=call")) == 1
        assert await told(page, f"ts={ts}&channel={ops}&kind=call") == [
            "chat.postMessage “number 3” in #ops → ok, …"
        ]
        assert await told(page, f"ts={ts}&channel=C0") == []
        for wrong in ("kind=nothing", "limit=0", "limit=1000", "before=x", "after=-1"):
            status, answer = await page.ask(f"log?{wrong}")
            assert (status, answer["error"]) == (400, "invalid_request"), wrong
        status, answer = await page.ask("log/999999")
        assert (status, answer["error"]) == (404, "entry_gone")


async def test_whoever_follows_is_told_of_new_entries_and_of_what_becomes_known(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.event("message")
    async def listens() -> None:
        """Bolt acknowledges what somebody listens for."""

    async with page_of(playground, "ana") as page:
        before = (await page.get("log"))["last"]
        await app.client.auth_test()
        follow = page.session.ws_connect(f"/people/live/log?after={before}&kind=call&kind=event")
        async with follow as feed:
            frame = await feed.receive_json(timeout=5)
            # What came between the first look and the feed isn't lost.
            assert [e["name"] for e in frame["entries"]] == ["auth.test"]
            await playground.person("ana").says("hello", channel="ops")
            seen: dict[int, dict[str, Any]] = {}
            while not any(e["name"] == "message" and e["state"] == "ok" for e in seen.values()):
                frame = await feed.receive_json(timeout=5)
                seen |= {e["id"]: e for e in frame["entries"]}
            assert next(iter(seen.values()))["name"] == "message"


async def test_no_token_ever_stands_in_the_log(playground: Playground, app: ConnectedApp) -> None:
    bot = playground.workspace.bot
    planted = [
        bot.bot_token,
        bot.app_token,
        bot.signing_secret,
        "xoxb-1-real-LOOKING",
        "xapp-1-A-2",
    ]
    ts = (await app.client.chat_postMessage(channel="#ops", text="x"))["ts"]
    ops = playground.workspace.channel("ops").id
    await app.client.chat_update(
        channel=ops,
        ts=ts,
        text=" ".join(planted),
        metadata={"event_type": "e", "event_payload": {"token": planted[0], planted[3]: planted}},
    )
    strange = client_of(playground, token=planted[3])
    await refusal_of(strange.api_call("auth.test", params={"token": planted[3], "x": planted[4]}))
    with pytest.raises(SlackApiError):
        await app.client.api_call("no.such", json={"deep": [{"Authorization": planted[0]}]})
    async with page_of(playground, "ana") as page:
        follow = page.session.ws_connect("/people/live/log?after=0")
        async with follow as feed:
            told_live = await feed.receive_str(timeout=5)
        numbers = [entry["id"] for entry in (await page.get("log"))["entries"]]
        everything = [told_live, *[json.dumps(await page.get(f"log/{n}")) for n in numbers]]
    whole = "\n".join(everything)
    assert "[not shown]" in whole
    assert "ticket=[not shown]" in whole
    for secret in planted:
        assert secret not in whole
    assert "token" not in playground.calls_of("auth.test")[-1].arguments


async def test_other_sites_may_not_read_the_log(playground: Playground) -> None:
    async with aiohttp.ClientSession(playground.url) as session:
        async with session.get("/people/api/log") as answer:
            assert answer.status == 403
        foreign = {"X-Playground": "x", "Sec-Fetch-Site": "cross-site"}
        async with session.get("/people/api/log", headers=foreign) as answer:
            assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect("/people/live/log", headers={"Origin": "http://evil.example"})


# The record itself


def test_the_record_is_bounded_by_count_and_by_bytes() -> None:
    traffic = Traffic(most=3, most_bytes=100)
    kept = [object() for _ in range(6)]
    for what in kept[:4]:
        traffic.record(what, size=10)
    assert [e.what for e in traffic] == kept[1:4]
    assert traffic.bytes == 30
    traffic.record(kept[4], size=85)
    assert [e.what for e in traffic] == [kept[3], kept[4]]
    traffic.changed(kept[4], size=40)
    # The newest stays, however big it is.
    assert [e.what for e in traffic] == [kept[4]]
    traffic.changed(kept[0], size=1_000)
    assert traffic.bytes == 125
    assert (traffic.last, len(traffic)) == (5, 1)


def test_recording_copies_nothing() -> None:
    traffic = Traffic()
    big = {"blocks": [{"type": "divider"}] * 1_000}
    call = ApiCall("chat.update", big, 200, {"ok": True}, at=0, seconds=0)
    assert traffic.record(call).what is call
    assert traffic.of(ApiCall)[0].arguments is big


def test_mentions_are_told_as_people_read_them(playground_workspace: Any) -> None:
    ana = playground_workspace.person("ana").id
    ops = playground_workspace.channel("ops").id
    text = f"<@{ana}> see <#{ops}|ops>, <@UNOBODY> and <!here>"
    call = ApiCall("chat.postMessage", {"text": text}, 200, {"ok": True}, at=0, seconds=0)
    line = line_of(call, Names(playground_workspace))
    assert line.words == "“@ana see #ops, UNOBODY and <!here>”"


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": 5, "blocks": "no", "view": [], "channel": {"a": 1}, "ts": None},
        {"view": {"title": "no"}, "user_id": 7, "thread_ts": []},
        {"blocks": [None, 3, {"text": {"text": {"text": 4}}}], "name": {"x": 1}},
    ],
)
@pytest.mark.parametrize("method", ["chat.update", "views.open", "views.publish", "x", ""])
def test_whatever_an_app_sends_can_be_told(
    playground_workspace: Any, method: str, arguments: dict[str, Any]
) -> None:
    call = ApiCall(method, arguments, 200, {"ok": False, "error": "invalid"}, at=0, seconds=0)
    line = line_of(call, Names(playground_workspace))
    assert line.state == "refused"
    assert sections_of(call)[0] == ("Arguments", arguments)


def _line(kind: str, name: str, error: str = "") -> Line:
    known: Any = kind
    return Line(
        kind=known,
        to_app=True,
        name=name,
        words="",
        outcome="",
        state="ok",
        concerns=Concerns(),
        error=error,
    )


def test_every_kind_and_every_method_has_a_lesson_with_a_page() -> None:
    for method in METHODS:
        sentence, url = lesson(_line("call", method))
        assert "doesn't have" not in sentence, method
        assert url == f"https://docs.slack.dev/reference/methods/{method}"
    for kind in KINDS:
        assert lesson(_line(kind, "message")).sentence


def test_every_error_code_of_the_tables_is_explained() -> None:
    codes = {*ERROR_CODES, *(limit.error for limit in LIMITS.values())} - {""}
    for code in codes:
        why = why_refused(_line("call", "chat.update", code))
        assert why is not None, code
        assert why.sentence, code
        assert why.url.startswith("https://"), code
    assert why_refused(_line("call", "chat.update", "no_such_code")) is None
    assert why_refused(_line("call", "chat.update")) is None
