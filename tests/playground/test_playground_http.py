"""The page's API: a person acts over HTTP and sees over the live feed; other sites can't."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from playground.bolt_apps import (
    ConnectedApp,
    actions,
    button,
    connected_app,
    modal,
    section,
    text_input,
)
from playground.page_client import OWN, Page, frame_of
from runbot.playground import Playground

SELECT = {
    "type": "static_select",
    "action_id": "pick",
    "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}],
}


@pytest_asyncio.fixture
async def page(playground: Playground) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession(playground.url, headers=OWN) as session:
        yield Page(session, playground.person("ana"))


@pytest.fixture
def general(playground: Playground) -> str:
    return playground.workspace.channel("general").id


async def test_the_page_boots_with_people_bot_and_commands() -> None:
    manifest = {
        "features": {
            "slash_commands": [
                {"command": "/runbot", "description": "Do it", "usage_hint": "[name]"}
            ]
        }
    }
    playground = Playground(manifest=manifest)
    await playground.start()
    try:
        async with aiohttp.ClientSession(playground.url, headers=OWN) as session:
            boot = await Page(session, playground.person("ana")).get("boot")
    finally:
        await playground.stop()
    assert [p["name"] for p in boot["people"]] == ["ana", "ben", "mia"]
    assert boot["people"][0]["initials"] == "AO"
    assert boot["bot"]["connected"] is False
    assert boot["commands"][0] == {
        "command": "/runbot",
        "description": "Do it",
        "usage_hint": "[name]",
    }
    assert boot["guide"] is None


async def test_what_is_said_is_listed_and_seen_live(
    playground: Playground, page: Page, general: str
) -> None:
    async with page.live() as feed:
        status, answer = await page.post("say", {"channel": general, "text": "hello <b>"})
        assert status == 200
        frame = await frame_of(feed, "message")
    assert frame["message"]["ts"] == answer["ts"]
    listed = (await page.get(f"{page.person.id}/messages?channel={general}"))["messages"]
    assert listed == [frame["message"]]
    assert listed[0]["text"] == "hello &lt;b&gt;"
    ben = playground.person("ben")
    unread = {c["name"]: c["unread"] for c in await page.get(f"{ben.id}/conversations")}
    assert unread["general"] == 1
    page.person = ben
    await page.post("open", {"channel": general})
    unread = {c["name"]: c["unread"] for c in await page.get(f"{ben.id}/conversations")}
    assert unread["general"] == 0


async def test_each_person_has_their_own_sidebar(playground: Playground, page: Page) -> None:
    async def names(who: str) -> set[str]:
        rows = await page.get(f"{playground.person(who).id}/conversations")
        return {row["name"] for row in rows}

    assert await names("ana") == {
        "general", "incidents", "ops", "leads", "ben", "mia", "runbot"
    }  # fmt: skip
    assert await names("mia") == {"general", "incidents", "ana", "ben", "runbot"}


async def test_replies_are_listed_in_their_thread_and_counted(page: Page, general: str) -> None:
    _, root = await page.post("say", {"channel": general, "text": "root"})
    async with page.live() as feed:
        await page.post("say", {"channel": general, "text": "re", "thread_ts": root["ts"]})
        changed = await frame_of(feed, "message_changed")
    assert changed["message"]["reply_count"] == 1
    who = page.person.id
    thread = await page.get(f"{who}/messages?channel={general}&thread_ts={root['ts']}")
    assert [m["text"] for m in thread["messages"]] == ["root", "re"]
    top = await page.get(f"{who}/messages?channel={general}")
    assert [m["text"] for m in top["messages"]] == ["root"]


async def test_a_click_and_a_modal_over_http(page: Page, app: ConnectedApp, general: str) -> None:
    submitted: list[dict[str, Any]] = []

    @app.bolt.action("open")
    async def on_open(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        view = modal(
            text_input("Name", "name"), actions(SELECT, button("More", "more"), block_id="row")
        )
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.bolt.action("more")
    async def on_more(ack: Any, body: dict[str, Any]) -> None:
        submitted.append(body["view"])
        await ack()

    @app.bolt.view("a_modal")
    async def on_submit(ack: Any, view: dict[str, Any]) -> None:
        submitted.append(view)
        await ack(response_action="errors", errors={"name": "Taken."})

    blocks = [actions(button("Open", "open"), block_id="b")]
    posted = await app.client.chat_postMessage(channel=general, text="x", blocks=blocks)
    async with page.live() as feed:
        click = {"channel": general, "ts": posted["ts"], "block_id": "b", "action_id": "open"}
        assert await page.post("click", click) == (200, {"ok": True})
        view = (await frame_of(feed, "view_opened"))["view"]
        typed = {"name": {"value": {"type": "plain_text_input", "value": "deploy"}}}
        more = {"view_id": view["id"], "block_id": "row", "action_id": "more", "values": typed}
        assert (await page.post("click", more))[0] == 200
        _, empty = await page.post("view/submit", {"view_id": view["id"], "values": {
            "name": {"value": {"type": "plain_text_input", "value": ""}}}})  # fmt: skip
        assert "complete" in empty["errors"]["name"]
        _, taken = await page.post("view/submit", {"view_id": view["id"], "values": typed})
        assert (taken["response_action"], taken["errors"]) == ("errors", {"name": "Taken."})
        assert await page.post("view/close", {"view_id": view["id"]}) == (200, {"ok": True})
        assert (await frame_of(feed, "view_closed"))["view_id"] == view["id"]
    states = [v["state"]["values"]["name"]["value"]["value"] for v in submitted]
    assert states == ["deploy", "deploy"]


async def test_what_cannot_be_done_is_said_in_a_sentence(
    page: Page, app: ConnectedApp, general: str
) -> None:
    blocks = [actions(button("Go", "go"), SELECT, block_id="b")]
    posted = await app.client.chat_postMessage(channel=general, text="x", blocks=blocks)
    card = {"channel": general, "ts": posted["ts"], "block_id": "b"}
    cases: list[tuple[str, dict[str, Any], int, str]] = [
        ("say", {"channel": general}, 400, "invalid_request"),
        ("say", {"channel": "C0", "text": "x"}, 404, "channel_not_found"),
        ("say", {"channel": general, "text": "x", "thread_ts": "1.1"}, 404, "thread_not_found"),
        ("click", card | {"action_id": "nothing"}, 404, "element_gone"),
        ("click", card | {"ts": "1.1", "action_id": "go"}, 404, "message_gone"),
        ("click", card | {"action_id": "go"}, 504, "operation_timeout"),
        (
            "click",
            card | {"action_id": "pick", "selected_option": {"value": "9"}},
            400,
            "invalid_value",
        ),
        ("command", {"channel": general, "command": "/x"}, 504, "operation_timeout"),
        ("view/submit", {"view_id": "V0", "values": {}}, 404, "view_gone"),
        ("view/submit", {"view_id": "V0", "values": []}, 404, "view_gone"),
    ]
    for path, body, status, error in cases:
        got, answer = await page.post(path, body)
        assert (got, answer["error"], answer["ok"]) == (status, error, False)
        assert answer["message"].strip()


async def test_home_over_http(page: Page, app: ConnectedApp) -> None:
    @app.bolt.event("app_home_opened")
    async def on_home(event: dict[str, Any], client: Any) -> None:
        view = {"type": "home", "blocks": [section("at home")]}
        await client.views_publish(user_id=event["user"], view=view)

    async with page.live() as feed:
        assert await page.post("home", {}) == (200, {"ok": True, "view": None})
        frame = await frame_of(feed, "home")
    _, again = await page.post("home", {})
    assert again["view"]["id"] == frame["view"]["id"]


async def test_ephemeral_messages_and_status_are_live_for_those_concerned(
    playground: Playground, page: Page, app: ConnectedApp, general: str
) -> None:
    ben = playground.person("ben")
    asked = await ben.says("think", channel="general")
    async with page.live() as feed:
        await app.client.chat_postEphemeral(channel=general, user=ben.id, text="for Ben")
        await app.client.assistant_threads_setStatus(
            channel_id=general, thread_ts=asked.ts, status="is thinking…"
        )
        first = await feed.receive_json(timeout=5)
    assert first["type"] == "thread_status"
    bens = await page.get(f"{ben.id}/messages?channel={general}")
    assert [m["ephemeral"] for m in bens["messages"]] == [False, True]
    mine = await page.get(f"{page.person.id}/messages?channel={general}")
    assert [m["ephemeral"] for m in mine["messages"]] == [False]


async def test_the_page_hears_when_the_app_comes_and_goes(
    playground: Playground, page: Page
) -> None:
    async with page.live() as feed:
        async with connected_app(playground):
            assert (await frame_of(feed, "bot"))["connected"] is True
        assert (await frame_of(feed, "bot"))["connected"] is False


async def test_other_sites_are_kept_out(playground: Playground, page: Page, general: str) -> None:
    say = f"/people/api/{page.person.id}/say"
    body = {"channel": general, "text": "forged"}
    own = playground.url
    async with page.session.post(say, json=body, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421
    async with page.session.post(say, json=body, headers={"Origin": "http://evil"}) as answer:
        assert answer.status == 403
    async with page.session.post(say, data=body) as answer:
        assert answer.status == 415
    async with page.session.post(say, data=str(body), headers={"Origin": "null"}) as answer:
        assert answer.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await page.session.ws_connect(
            f"/people/live?user={page.person.id}", headers={"Origin": "http://evil"}
        )
    assert refused.value.status == 403
    token = {"token": playground.bot_token, "channel": general, "text": "forged"}
    async with page.session.post(
        "/api/chat.postMessage", data=token, headers={"Origin": "http://evil"}
    ) as answer:
        assert answer.status == 403
    assert playground.messages("general") == []
    async with page.session.post(say, json=body, headers={"Origin": own}) as answer:
        assert answer.status == 200


async def test_a_page_of_another_site_can_do_nothing_by_an_address(
    playground: Playground, page: Page, general: str
) -> None:
    forged = {"token": playground.bot_token, "channel": general, "text": "forged"}
    async with page.session.get("/api/chat.postMessage", params=forged) as answer:
        assert answer.status == 405
    async with page.session.get("/api/users.list", params=forged) as answer:
        assert (await answer.json())["error"] == "not_authed"
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Authorization": f"Bearer {playground.bot_token}"}
        for path in ("/api/users.list", "/people/api/boot", "/people/live?user=ana", "/link/"):
            async with page.session.get(path, headers=headers) as answer:
                assert answer.status == 403, path
        async with page.session.post(
            "/api/chat.postMessage", data=forged, headers=headers
        ) as answer:
            assert answer.status == 403
    assert playground.messages("general") == []
    headers = {"Authorization": f"Bearer {playground.bot_token}"}
    async with page.session.get("/api/users.list", headers=headers) as answer:
        assert (await answer.json())["ok"] is True


async def test_the_tokens_are_new_at_every_start(playground: Playground) -> None:
    other = Playground()
    assert other.bot_token != playground.bot_token
    assert other.app_token != playground.app_token
    assert playground.bot_token not in repr(playground.workspace.bot)


async def test_whoever_only_fetches_addresses_reads_the_samples_and_no_conversation(
    playground: Playground, page: Page, general: str
) -> None:
    await playground.person("ana").says("between us", channel="general")
    ana = page.person.id
    private = ("boot", "mail", f"{ana}/conversations", f"{ana}/messages?channel={general}")
    async with aiohttp.ClientSession(playground.url) as tool:
        for path in private:
            async with tool.get(f"/people/api/{path}") as answer:
                assert answer.status == 403
                assert "between us" not in await answer.text()
            async with tool.head(f"/people/api/{path}") as answer:
                assert answer.status == 403
            async with tool.get(
                f"/people/api/{path}", headers={"Sec-Fetch-Site": "same-origin"}
            ) as answer:
                assert answer.status == 200
        async with tool.post(f"/people/api/{ana}/home", json={}) as answer:
            assert answer.status == 403
        for path, status in (("/health", 200), ("/ill", 503), ("/logs", 200), ("/", 200)):
            async with tool.get(path, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
                assert answer.status == status


@pytest.mark.parametrize("path", ["/page/%00", "/page/a%00.js", f"/page/{'a' * 5000}"])
async def test_a_name_that_no_file_can_have_is_not_found(page: Page, path: str) -> None:
    async with page.session.get(URL(path, encoded=True)) as answer:
        assert answer.status == 404


async def test_the_page_and_its_files_come_with_their_types(
    playground: Playground, page: Page
) -> None:
    async with page.session.get("/") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with page.session.get("/page/app.js") as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for outside in ("/page/../server.py", "/page/%2e%2e/server.py", "/page/nothing.js"):
        async with page.session.get(outside) as answer:
            assert answer.status == 404
    said = await playground.person("ana").says("x", channel="general")
    link = f"/archives/{said.channel}/p{said.ts.replace('.', '')}"
    async with page.session.get(link, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/?channel={said.channel}&ts={said.ts}"
