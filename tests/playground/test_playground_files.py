"""Files: the app's uploads by Slack's own SDK, people's by the page, and what can't be done."""

from __future__ import annotations

import asyncio
import io
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground.bolt_apps import ConnectedApp, client_of, refusal_of
from playground.page_client import OWN, Page, frame_of, page_of
from runbot.playground import File, PersonRefusal, Playground
from runbot.playground.file_kinds import kind_of, safe_name
from runbot.playground.limits import LIMITS, Limit

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def upload(page: Page, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
    url = f"/people/api/{page.person.id}/files"
    async with page.session.post(
        url,
        params={"name": name},
        data=io.BytesIO(content),
        headers={"Content-Type": "application/octet-stream"},
    ) as answer:
        return answer.status, await answer.json()


# The app's side


async def test_the_sdk_uploads_a_file_with_a_comment(
    playground: Playground, client: Any, tmp_path: Path
) -> None:
    report = tmp_path / "report.txt"
    report.write_text("all is well\n")
    answer = await client.files_upload_v2(
        channel=playground.workspace.channel("general").id,
        file=str(report),
        title="The report",
        initial_comment="Here it is",
        alt_txt="a report",
    )
    file = answer["file"]
    assert (file["name"], file["title"], file["size"]) == ("report.txt", "The report", 12)
    assert (file["mimetype"], file["filetype"]) == ("text/plain", "text")
    message = await playground.person("ana").sees("Here it is", channel="general")
    (shown,) = playground.platform.message_to_slack(message)["files"]
    assert shown["id"] == file["id"]
    assert "subtype" not in playground.platform.message_to_slack(message)
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {playground.bot_token}"}
        for url in (shown["url_private"], shown["url_private_download"]):
            async with session.get(url, headers=headers) as download:
                assert await download.read() == b"all is well\n"


async def test_the_sdk_uploads_several_files_into_a_thread(
    playground: Playground, client: Any
) -> None:
    root = await playground.person("ana").says("logs?", channel="general")
    answer = await client.files_upload_v2(
        channel=root.channel,
        thread_ts=root.ts,
        file_uploads=[
            {"filename": "a.log", "content": "one"},
            {"filename": "b.png", "file": PNG},
        ],
    )
    assert [file["filetype"] for file in answer["files"]] == ["text", "png"]
    (reply,) = playground.messages("general", root)[1:]
    assert len(reply.files) == 2
    share = {"public": {root.channel: [{"ts": reply.ts}]}}
    info = (await client.files_info(file=answer["files"][0]["id"]))["file"]
    assert (info["shares"], info["channels"], info["is_public"]) == (share, [root.channel], True)


async def test_a_form_is_an_upload_too(playground: Playground, client: Any) -> None:
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    form = aiohttp.FormData()
    form.add_field("note", "not a file")
    form.add_field("filename", b"hello", filename="other.txt")
    async with aiohttp.ClientSession() as session:
        async with session.post(announced["upload_url"], data=form) as answer:
            assert (answer.status, await answer.text()) == (200, "OK - 5")
        async with session.post(announced["upload_url"], data=b"again") as answer:
            assert answer.status == 404
    done = await client.files_completeUploadExternal(files=[{"id": announced["file_id"]}])
    assert done["files"][0]["name"] == "a.txt"
    assert playground.messages("general") == []


@pytest.mark.parametrize("content", [b"four", b"six666", b""])
async def test_an_upload_of_another_length_is_refused_and_may_be_tried_again(
    client: Any, content: bytes
) -> None:
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    files = [{"id": announced["file_id"]}]
    async with aiohttp.ClientSession() as session:
        async with session.post(announced["upload_url"], data=content) as answer:
            assert answer.status == 400
        refused = await refusal_of(client.files_completeUploadExternal(files=files))
        assert refused["error"] == "file_not_found"
        async with session.post(announced["upload_url"], data=b"five5") as answer:
            assert answer.status == 200
    assert (await client.files_completeUploadExternal(files=files))["ok"]


async def test_an_upload_is_announced_within_limits(client: Any) -> None:
    most = LIMITS["file.bytes"].number

    async def refused(**arguments: Any) -> str:
        answer = await refusal_of(client.files_getUploadURLExternal(**arguments))
        return str(answer["error"])

    assert (await client.files_getUploadURLExternal(filename="a", length=most))["ok"]
    assert await refused(filename="a", length=most + 1) == LIMITS["file.bytes"].error
    assert await refused(filename="a", length=0) == "missing_argument"
    assert await refused(filename="a", length=-1) == "invalid_arguments"
    assert await refused(filename="a", length="x") == "invalid_arguments"
    assert await refused(filename="", length=1) == "invalid_arguments"
    long = "x" * LIMITS["file.alt_text"].number
    assert (await client.files_getUploadURLExternal(filename="a", length=1, alt_txt=long))["ok"]
    assert await refused(filename="a", length=1, alt_txt=long + "x") == "alt_txt_too_large"
    snippet = LIMITS["file.snippet_bytes"].number
    fits = {"filename": "a", "length": snippet, "snippet_type": "python"}
    assert (await client.files_getUploadURLExternal(**fits))["ok"]
    assert await refused(**fits | {"length": snippet + 1}) == "snippet_too_large"


async def test_a_wrong_destination_leaves_the_upload_to_be_completed(
    playground: Playground, client: Any
) -> None:
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=1)
    async with aiohttp.ClientSession() as session:
        await session.post(announced["upload_url"], data=b"x")
    files = [{"id": announced["file_id"]}]
    leads = playground.workspace.channel("leads").id
    for channel in ("C0NOWHERE", leads):
        answer = await refusal_of(
            client.files_completeUploadExternal(files=files, channel_id=channel)
        )
        assert answer["error"] == "channel_not_found"
    general = playground.workspace.channel("general").id
    answer = await refusal_of(
        client.files_completeUploadExternal(files=files, channel_id=general, thread_ts="1.1")
    )
    assert answer["error"] == "thread_not_found"
    assert (await client.files_completeUploadExternal(files=files, channel_id=general))["ok"]
    again = client.files_completeUploadExternal(files=files, channel_id=general)
    assert (await refusal_of(again))["error"] == "file_not_found"


async def test_private_addresses_need_the_token_and_its_scope(client: Any) -> None:
    answer = await client.files_upload_v2(filename="a.txt", content="secret")
    url = answer["file"]["url_private"]
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": "Bearer xoxb-other"}, OWN):
            async with session.get(url, headers=headers, allow_redirects=False) as refused:
                assert (refused.status, refused.headers["Location"]) == (302, "/")
            async with session.get(url, headers=headers) as page:
                # What an app without the scope saves in the file's place, at Slack too.
                assert (page.status, page.content_type) == (200, "text/html")
    limited = Playground(manifest={"oauth_config": {"scopes": {"bot": ["files:write"]}}})
    await limited.start()
    answer = await client_of(limited).files_upload_v2(filename="a.txt", content="secret")
    headers = {"Authorization": f"Bearer {limited.bot_token}"}
    async with aiohttp.ClientSession() as session:
        url = answer["file"]["url_private"]
        async with session.get(url, headers=headers, allow_redirects=False) as refused:
            assert refused.status == 302
    missing = await refusal_of(client_of(limited).files_info(file=answer["file"]["id"]))
    assert (missing["error"], missing["needed"]) == ("missing_scope", "files:read")
    await limited.stop()


async def test_the_app_sees_what_is_shared_where_it_is(playground: Playground, client: Any) -> None:
    ana = playground.person("ana")
    private = await ana.uploads("plan.txt", b"for the two of us")
    await ana.says("", channel="leads", files=[private])
    unshared = await ana.uploads("draft.txt", b"not yet")
    open_ = await ana.uploads("open.pdf", b"for all")
    await ana.says("", channel="general", files=[open_])
    for hidden in (private, unshared):
        answer = await refusal_of(client.files_info(file=hidden.id))
        assert answer["error"] == "file_not_found"
    listed = await client.files_list()
    assert [file["id"] for file in listed["files"]] == [open_.id]
    assert listed["paging"] == {"count": 100, "total": 1, "page": 1, "pages": 1}
    assert (await client.files_list(types="images"))["files"] == []
    assert len((await client.files_list(types="pdfs", user=ana.id))["files"]) == 1
    assert (await refusal_of(client.files_list(types="films")))["error"] == "unknown_type"
    assert (await refusal_of(client.files_delete(file=open_.id)))["error"] == "cant_delete_file"


async def test_the_app_deletes_its_own_file(playground: Playground, client: Any) -> None:
    general = playground.workspace.channel("general").id
    answer = await client.files_upload_v2(channel=general, filename="a.txt", content="x")
    file_id = answer["file"]["id"]
    path = playground.platform.files.store.path(file_id)
    assert path.exists()
    await client.files_delete(file=file_id)
    assert not path.exists()
    assert (await refusal_of(client.files_info(file=file_id)))["error"] == "file_deleted"
    (message,) = playground.messages("general")
    shown = playground.platform.message_to_slack(message)["files"]
    assert shown == [{"id": file_id, "mode": "tombstone"}]


# What the app hears


async def test_a_shared_file_reaches_the_app_as_slack_tells_it(
    playground: Playground, app: ConnectedApp
) -> None:
    heard: list[dict[str, Any]] = []

    async def hear(event: dict[str, Any]) -> None:
        heard.append(event)

    for kind in ("message", "file_shared", "app_mention", "file_deleted"):
        app.bolt.event(kind)(hear)
    app.bolt.event({"type": "message", "subtype": "message_deleted"})(hear)
    ana = playground.person("ana")
    file = await ana.uploads("trace.log", b"boom")
    message = await ana.says("@runbot look", channel="general", files=[file])

    def of(kind: str) -> list[dict[str, Any]]:
        return [event for event in heard if event["type"] == kind]

    await playground.until(lambda: len(heard) == 3, what="message, mention and file")
    (posted,), (mention,), (shared,) = of("message"), of("app_mention"), of("file_shared")
    assert posted["subtype"] == "file_share"
    assert "subtype" not in mention
    assert mention["files"] == posted["files"]
    assert posted["files"][0]["url_private"].startswith(playground.url)
    assert (shared["file_id"], shared["file"]) == (file.id, {"id": file.id})
    assert (shared["channel_id"], shared["user_id"]) == (message.channel, ana.id)
    await ana.deletes_file(file)
    await playground.until(lambda: of("file_deleted"), what="the file's end")


async def test_without_subscription_or_membership_the_app_hears_of_no_file() -> None:
    scopes = {"oauth_config": {"scopes": {"bot": ["files:read"]}}}
    playground = Playground(manifest=scopes)
    await playground.start()
    ana = playground.person("ana")
    await ana.says("", channel="general", files=[await ana.uploads("a", b"x")])
    await ana.says("", channel="leads", files=[await ana.uploads("a", b"x")])
    await asyncio.sleep(0)
    assert not playground.envelopes
    assert not playground.platform.sockets._tasks
    await playground.stop()


# People's side


async def test_a_page_uploads_shares_shows_and_downloads(playground: Playground) -> None:
    general = playground.workspace.channel("general").id
    async with page_of(playground, "ana") as page, page_of(playground, "ben") as ben:
        status, answer = await upload(page, "grün & schön.png", PNG)
        assert status == 200
        file = answer["file"]
        assert (file["name"], file["inline"], file["size"]) == ("grün & schön.png", True, len(PNG))
        before = await ben.ask(f"{ben.person.id}/files/{file['id']}")
        assert before[0] == 404
        async with ben.live() as feed:
            await page.does("say", {"channel": general, "text": "", "files": [file["id"]]})
            frame = await frame_of(feed, "message")
        assert frame["message"]["files"] == [file]
        path = f"/people/api/{ben.person.id}/files/{file['id']}"
        async with ben.session.get(path) as download:
            assert await download.read() == PNG
            assert download.headers["Content-Disposition"].startswith("attachment;")
            assert (
                "UTF-8''gr%C3%BCn%20%26%20sch%C3%B6n.png" in download.headers["Content-Disposition"]
            )
            assert download.content_type == "application/octet-stream"
        async with ben.session.get(path, params={"inline": "1"}) as picture:
            assert picture.content_type == "image/png"
            assert picture.headers["Content-Disposition"].startswith("inline;")
            assert picture.headers["X-Content-Type-Options"] == "nosniff"
            assert picture.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("picture.png", b"<html><script>alert(1)</script></html>"),
        ("noname", b"%PDF-1.7"),
    ],
)
async def test_nothing_but_pictures_is_ever_shown(
    playground: Playground, name: str, content: bytes
) -> None:
    async with page_of(playground, "ana") as page:
        _, answer = await upload(page, name, content)
        assert answer["file"]["inline"] is False
        path = f"/people/api/{page.person.id}/files/{answer['file']['id']}?inline=1"
        async with page.session.get(path) as download:
            assert download.content_type == "application/octet-stream"
            assert download.headers["Content-Disposition"].startswith("attachment;")
            assert download.headers["X-Content-Type-Options"] == "nosniff"
            assert await download.read() == content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ana\report.txt", "report.txt"),
        ('a"b\r\nSet-Cookie: x=1;.txt', 'a"bSet-Cookie: x=1;.txt'),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("a\0b\u2028c.txt", "abc.txt"),
        ("..", "untitled"),
        ("/", "untitled"),
        ("\u202e", "untitled"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("y." + "x" * 300, "y." + "x" * 253),
        ("完" * 255, "完" * 255),
    ],
)
async def test_a_name_does_no_harm(playground: Playground, given: str, kept: str) -> None:
    assert safe_name(given) == kept
    async with page_of(playground, "ana") as page:
        status, answer = await upload(page, given, b"content")
        assert (status, answer["file"]["name"]) == (200, kept)
        path = f"/people/api/{page.person.id}/files/{answer['file']['id']}"
        async with page.session.get(path) as download:
            assert await download.read() == b"content"
            assert "Set-Cookie" not in download.headers
    stored = playground.platform.files.store.path(answer["file"]["id"])
    assert stored.name == answer["file"]["id"]


def test_a_picture_is_one_by_its_bytes() -> None:
    assert kind_of("a.txt", PNG).mimetype == "image/png"
    assert kind_of("a", b"\xff\xd8\xff\xe0").filetype == "jpg"
    assert kind_of("a", b"GIF89a").mimetype == "image/gif"
    assert kind_of("a", b"RIFF\0\0\0\0WEBPVP8 ").mimetype == "image/webp"
    assert kind_of("a.jpeg", b"no picture").mimetype == "application/octet-stream"
    assert kind_of("a.mp4", b"").mimetype == "video/mp4"


async def test_a_file_too_large_is_refused_before_and_while_it_comes(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "file.bytes", Limit(2**20, "file_upload_size_restricted", ""))

    async def drop_by_drop(number: int) -> Any:
        for _ in range(number):
            yield b"x" * 2**18

    async with page_of(playground, "ana") as page:
        assert (await upload(page, "fits.bin", b"x" * 2**20))[0] == 200
        status, answer = await upload(page, "one.bin", b"x" * (2**20 + 1))
        assert (status, answer["error"]) == (413, "file_too_large")
        url = f"/people/api/{page.person.id}/files?name=stream.bin"
        headers = {"Content-Type": "application/octet-stream"}
        async with page.session.post(url, data=drop_by_drop(5), headers=headers) as streamed:
            assert streamed.status == 413
    folder = playground.platform.files.store.path("x").parent
    assert sorted(path.stat().st_size for path in folder.iterdir()) == [2**20]


async def test_uploads_that_make_no_sense_are_refused(playground: Playground) -> None:
    async with page_of(playground, "ana") as page:
        assert (await upload(page, "empty.txt", b""))[1]["error"] == "file_empty"
        assert (await upload(page, "", b"x"))[1]["error"] == "invalid_name"
        url = f"/people/api/{page.person.id}/files?name=a"
        for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
            # What another site's form could send without asking.
            async with page.session.post(url, data=b"x", headers={"Content-Type": kind}) as answer:
                assert answer.status == 415
    assert list(playground.platform.files.all()) == []


async def test_people_share_and_delete_only_what_is_theirs(playground: Playground) -> None:
    ana, ben, mia = (playground.person(name) for name in ("ana", "ben", "mia"))
    files = [await ana.uploads(f"{n}.txt", b"x") for n in range(11)]
    with pytest.raises(PersonRefusal, match="at most 10"):
        await ana.says("", channel="ops", files=files)
    message = await ana.says("", channel="ops", files=files[:10])
    assert len(message.files) == 10
    assert ben.file(files[0].id).name == "0.txt"
    for stranger, file in ((mia, files[0]), (ben, files[10])):
        with pytest.raises(PersonRefusal, match="no such file"):
            stranger.file(file.id)
    with pytest.raises(PersonRefusal, match="may share"):
        await ben.says("", channel="general", files=[files[0]])
    with pytest.raises(PersonRefusal, match="may delete"):
        await ben.deletes_file(files[0])
    async with page_of(playground, "ana") as page, page.live() as feed:
        await page.does("files/delete", {"file": files[0].id})
        frame = await frame_of(feed, "message_changed")
        shown = frame["message"]["files"][0]
        assert (shown["id"], shown["deleted"], shown["name"]) == (files[0].id, True, "")
    with pytest.raises(PersonRefusal, match="deleted"):
        ben.file(files[0].id)


async def test_a_deleted_message_takes_the_files_along_that_only_it_showed(
    playground: Playground,
) -> None:
    ana = playground.person("ana")
    once, twice = await ana.uploads("1", b"x"), await ana.uploads("2", b"x")
    message = await ana.says("", channel="general", files=[once, twice])
    await ana.says("", channel="ops", files=[twice])
    playground.platform.conversations.delete(message)
    files = playground.platform.files
    there = {file.id: file.deleted for file in files.those([once.id, twice.id])}
    assert there == {once.id: True, twice.id: False}
    assert not files.store.path(once.id).exists()


# Keeping


async def test_files_outlive_a_restart_and_leftovers_do_not(tmp_path: Path) -> None:
    data = tmp_path / "playground.json"
    first = Playground(data=data)
    await first.start()
    ana = first.person("ana")
    kept, lost, unshared = [await ana.uploads(f"{n}.txt", b"kept") for n in range(3)]
    await ana.says("two files", channel="general", files=[kept, lost])
    await first.stop()
    folder = tmp_path / "playground-files"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    (folder / lost.id).unlink()
    (folder / "F0LEFTOVER.part").write_bytes(b"cut off")
    second = Playground(data=data)
    await second.start()
    assert {path.name for path in folder.iterdir()} == {kept.id}
    again = second.person("ana")
    assert again.file(kept.id).name == "0.txt"
    async with page_of(second, "ben") as page:
        path = f"/people/api/{page.person.id}/files/{kept.id}"
        async with page.session.get(path) as download:
            assert await download.read() == b"kept"
    with pytest.raises(PersonRefusal, match="deleted"):
        again.file(lost.id)
    with pytest.raises(PersonRefusal, match="no such file"):
        again.file(unshared.id)
    await second.stop()


async def test_without_a_data_file_nothing_is_left_behind() -> None:
    playground = Playground()
    await playground.start()
    file: File = await playground.person("ana").uploads("a", b"x")
    path = playground.platform.files.store.path(file.id)
    assert path.exists()
    await playground.stop()
    assert not path.parent.exists()
