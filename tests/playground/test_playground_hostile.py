"""Input that was made to do harm: nothing breaks, nothing is lost, nobody gets an error 500."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground.page_client import page_of
from playground.scene import Scene
from runbot.playground import Playground, storage

HALF = "left \ud800 right"
DEEP = "[" * 100_000
KIND = {"Content-Type": "application/json"}


async def test_half_a_character_does_not_keep_the_workspace_from_being_kept(
    tmp_path: Path,
) -> None:
    data = tmp_path / "playground.json"
    first = Playground(data=data)
    await first.start()
    general = first.workspace.channel("general").id
    async with page_of(first, "ana") as page:
        await page.does("say", {"channel": general, "text": HALF})
        headers = {"Authorization": f"Bearer {first.bot_token}"}
        posted = {"channel": general, "text": f"the app: {HALF}"}
        url = f"{first.api_url}chat.postMessage"
        async with page.session.post(url, json=posted, headers=headers) as answer:
            assert (await answer.json())["ok"]
    # What comes neither over HTTP nor from an app is kept as well.
    await first.person("ana").says(f"a test: {HALF}", channel="general")
    await first.stop()
    second = Playground(data=data)
    await second.start()
    said = [message.text for message in second.messages("general")]
    assert said == ["left ? right", "the app: left ? right", f"a test: {HALF}"]
    await second.stop()


async def test_a_workspace_that_could_not_be_kept_once_is_kept_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "playground.json"
    playground = Playground(data=data)
    await playground.start()
    in_the_way = data.with_suffix(".writing")
    in_the_way.mkdir()
    await playground.person("ana").says("worth keeping", channel="general")
    said = asyncio.Event()

    def heard(_record: logging.LogRecord) -> bool:
        said.set()
        return True

    storage.log.addFilter(heard)
    await asyncio.wait_for(said.wait(), 10)
    storage.log.removeFilter(heard)
    assert "can't be kept" in caplog.text
    in_the_way.rmdir()
    await playground.stop()
    assert "worth keeping" in data.read_text()


@pytest.mark.parametrize("path", ["people/api/ana/say", "people/api/faults", "actions/x"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (DEEP.encode(), KIND),
        (b'{"a": "\xff"}', KIND),
        (b"{}", {"Content-Type": "application/json; charset=of-nobody"}),
    ],
)
async def test_a_body_that_says_nothing_is_refused(
    playground: Playground, path: str, body: bytes, headers: dict[str, str]
) -> None:
    async with (
        page_of(playground, "ana") as page,
        page.session.post(f"/{path}", data=body, headers=headers) as answer,
    ):
        assert answer.status == 400


async def test_so_is_an_apps_call(scene: Scene) -> None:
    for headers, body in (
        (KIND, DEEP),
        ({"Content-Type": "application/json; charset=of-nobody"}, "{}"),
    ):
        answer = await scene.sends("chat.postMessage", data=body, headers=headers)
        assert answer["error"] == "invalid_json"
    form = {"channel": scene.general, "blocks": DEEP}
    assert (await scene.sends("chat.postMessage", data=form))["error"] == "invalid_blocks_format"


async def test_a_thread_is_named_by_its_text(scene: Scene) -> None:
    odd: list[Any] = [["1.2"], {"a": 1}, 5, True]
    async with page_of(scene.playground, "ana") as page:
        for thread in odd:
            body = {"channel": scene.general, "text": "x", "thread_ts": thread}
            for act in ("say", "typing"):
                status, answer = await page.post(act, body)
                assert (status, answer["error"]) == (400, "invalid_request")
    for thread in odd:
        url = f"{scene.playground.url}/actions/{scene.response_url()}"
        async with scene.session.post(url, json={"text": "x", "thread_ts": thread}) as refused:
            assert refused.status == 400
            assert (await refused.json())["error"] == "invalid_thread_ts"
    assert scene.playground.messages("general") == []


@pytest.mark.parametrize("limit", ["1" * 5000, "١", "0", "201", "1.0", "-1"])
async def test_a_limit_is_a_number_up_to_its_most(scene: Scene, limit: str) -> None:
    async with page_of(scene.playground, "ana") as page:
        path = f"{page.person.id}/messages?channel={scene.general}&limit={limit}"
        status, answer = await page.ask(path)
        assert (status, answer["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("Host", "[::1", 421), ("Host", "", 421), ("Origin", "http://[", 403)],
)
async def test_addresses_that_are_none_are_kept_out(
    playground: Playground, header: str, value: str, status: int
) -> None:
    async with (
        page_of(playground, "ana") as page,
        page.session.get("/people/api/boot", headers={header: value}) as answer,
    ):
        assert answer.status == status
        assert not (await answer.json())["ok"]


async def test_half_a_character_in_an_apps_answer_is_shown_whole(scene: Scene) -> None:
    url = f"{scene.playground.url}/actions/{scene.response_url()}"
    async with aiohttp.ClientSession() as app, app.post(url, json={"text": HALF}) as answer:
        assert answer.status == 200
    assert [message.text for message in scene.ana.reads("general")] == ["left ? right"]
