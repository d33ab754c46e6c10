"""Menus whose options the app gives while one types, and files put into a modal."""

from __future__ import annotations

from typing import Any

import pytest

from playground.bolt_apps import (
    ConnectedApp,
    actions,
    client_of,
    connected_app,
    modal,
    plain,
    refusal_of,
    section,
)
from playground.page_client import page_of
from runbot.playground import Person, PersonRefusal, Playground, View

FRUIT = ("Apple", "Apricot", "Banana")


def option(name: str) -> dict[str, Any]:
    return {"text": plain(name), "value": name.lower()}


def menu(action_id: str = "fruit", **more: Any) -> dict[str, Any]:
    return {"type": "external_select", "action_id": action_id, "min_query_length": 1, **more}


def offering(app: ConnectedApp) -> list[dict[str, Any]]:
    """Let the app offer fruit; what it was asked."""
    asked: list[dict[str, Any]] = []

    @app.bolt.options("fruit")
    async def _offer(ack: Any, body: dict[str, Any]) -> None:
        asked.append(body)
        found = [name for name in FRUIT if name.lower().startswith(body["value"].lower())]
        await ack(options=[option(name) for name in found])

    return asked


async def opened(playground: Playground, app: ConnectedApp, person: Person, *blocks: Any) -> View:
    """A modal with these blocks, on the person's screen."""
    await app.client.views_open(
        trigger_id=playground.platform.triggers.issue(person.id), view=modal(*blocks)
    )
    return person.views[-1]


def pick(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id),
        "element": element,
        **more,
    }


async def test_a_modal_asks_the_app_and_submits_what_it_offered(
    playground: Playground, app: ConnectedApp
) -> None:
    asked = offering(app)
    got: list[dict[str, Any]] = []

    @app.bolt.view("a_modal")
    async def _submitted(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        got.append(view["state"]["values"])

    ana = playground.person("ana")
    many = menu(type="multi_external_select")
    view = await opened(playground, app, ana, pick("one", menu()), pick("some", many))
    assert await ana.asks_options(view, "fruit", "ap", block_id="one") == ["Apple", "Apricot"]
    body = asked[0]
    assert (body["type"], body["block_id"], body["action_id"]) == (
        "block_suggestion",
        "one",
        "fruit",
    )
    assert (body["value"], body["view"]["id"]) == ("ap", view.id)
    assert body["container"] == {"type": "view", "view_id": view.id}
    for typed in ("a", "b"):
        await ana.asks_options(view, "fruit", typed, block_id="some")
    await ana.submits(view, {"one": "Apple", "some": ["Apricot", "Banana"]})
    (values,) = got
    assert values["one"]["fruit"]["selected_option"] == option("Apple")
    assert values["some"]["fruit"]["selected_options"] == [option("Apricot"), option("Banana")]


async def test_a_message_asks_the_app_and_sends_what_was_chosen(
    playground: Playground, app: ConnectedApp
) -> None:
    asked = offering(app)
    clicked: list[dict[str, Any]] = []

    @app.bolt.action("fruit")
    async def _clicked(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        clicked.append(body)

    general = playground.workspace.channel("general").id
    await app.client.chat_postMessage(
        channel=general, text="which?", blocks=[actions(menu(), block_id="b")]
    )
    (message,) = playground.messages("general")
    place = {"channel": general, "ts": message.ts, "block_id": "b", "action_id": "fruit"}
    async with page_of(playground, "ana") as page:
        answer = await page.does("suggest", place | {"value": "ban"})
        assert answer == {"ok": True, "options": [option("Banana")]}
        await page.does("click", place | {"selected_option": option("Banana")})
        status, refused = await page.post("click", place | {"selected_option": option("Apple")})
        assert (status, refused["error"]) == (400, "invalid_value")
    async with page_of(playground, "ben") as page:
        # What was offered to ana wasn't offered to ben.
        status, refused = await page.post("click", place | {"selected_option": option("Banana")})
        assert (status, refused["error"]) == (400, "invalid_value")
    (body,) = clicked
    assert body["actions"][0]["selected_option"] == option("Banana")
    assert "options" not in body["actions"][0]
    assert body["state"]["values"]["b"]["fruit"]["selected_option"] == option("Banana")
    assert asked[0]["message"]["ts"] == message.ts
    assert asked[0]["channel"] == {"id": general, "name": "general"}


@pytest.mark.parametrize(("least", "typed", "asks"), [(None, 3, 2), (0, 0, -1), (5, 5, 4)])
async def test_the_app_is_asked_once_enough_was_typed(
    playground: Playground, app: ConnectedApp, least: int | None, typed: int, asks: int
) -> None:
    asked = offering(app)
    ana = playground.person("ana")
    element = {"type": "external_select", "action_id": "fruit"}
    if least is not None:
        element |= {"min_query_length": least}  # type: ignore[dict-item]
    view = await opened(playground, app, ana, pick("one", element))
    if asks >= 0:
        assert await ana.asks_options(view, "fruit", "x" * asks) == []
        assert asked == []
    await ana.asks_options(view, "fruit", "x" * typed)
    assert [body["value"] for body in asked] == ["x" * typed]


@pytest.mark.parametrize(
    ("answer", "works"),
    [
        ({"options": []}, "taken"),
        ({"options": [option(str(n)) for n in range(100)]}, "taken"),
        ({"options": [option(str(n)) for n in range(101)]}, "refused"),
        ({"options": [option("x" * 75)]}, "taken"),
        ({"options": [option("x" * 76)]}, "refused"),
        ({"options": [{"text": "plain string", "value": "x"}]}, "refused"),
        ({"options": [option("x")], "extra": 1}, "refused"),
        ({"option_groups": [{"label": plain("Fruit"), "options": [option("x")]}]}, "taken"),
        ({"option_groups": [{"options": [option("x")]}]}, "refused"),
        ({"options": [option("x")], "option_groups": []}, "refused"),
        ({"text": "what?"}, "refused"),
        ({}, "refused"),
    ],
)
async def test_only_what_a_menu_can_show_is_taken_from_the_app(
    playground: Playground, app: ConnectedApp, answer: dict[str, Any], works: str
) -> None:
    @app.bolt.options("fruit")
    async def _offer(ack: Any) -> None:
        await ack(answer)

    ana = playground.person("ana")
    view = await opened(playground, app, ana, pick("one", menu()))
    if works == "taken":
        await ana.asks_options(view, "fruit", "x")
    else:
        with pytest.raises(PersonRefusal) as caught:
            await ana.asks_options(view, "fruit", "x")
        assert (caught.value.error, caught.value.status) == ("invalid_options", 502)


async def test_a_group_s_option_can_be_chosen_and_an_initial_one_stays(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.options("fruit")
    async def _offer(ack: Any) -> None:
        await ack(option_groups=[{"label": plain("Fruit"), "options": [option("Cherry")]}])

    got: list[Any] = []

    @app.bolt.view("a_modal")
    async def _submitted(ack: Any, view: dict[str, Any]) -> None:
        await ack(response_action="errors", errors={"one": "again"})
        got.append(view["state"]["values"]["one"]["fruit"]["selected_option"])

    ana = playground.person("ana")
    element = menu(initial_option=option("Apple"))
    view = await opened(playground, app, ana, pick("one", element))
    await ana.submits(view)
    assert await ana.asks_options(view, "fruit", "x") == ["Cherry"]
    await ana.submits(view, {"one": "Cherry"})
    await ana.submits(view, {"one": "Apple"})
    assert got == [option("Apple"), option("Cherry"), option("Apple")]
    with pytest.raises(PersonRefusal, match="no option"):
        await ana.submits(view, {"one": "Banana"})


async def test_an_app_that_does_not_answer_is_told_to_the_person(playground: Playground) -> None:
    ana = playground.person("ana")
    async with connected_app(playground) as app:

        @app.bolt.options("fruit")
        async def _offer() -> None:
            return

        view = await opened(playground, app, ana, pick("one", menu()))
        async with page_of(playground, "ana") as page:
            body = {"view_id": view.id, "block_id": "one", "action_id": "fruit", "value": "x"}
            status, answer = await page.post("suggest", body)
            assert (status, answer["error"]) == (504, "operation_timeout")
            assert (await page.post("suggest", body | {"action_id": "other"}))[0] == 404
    with pytest.raises(PersonRefusal, match="isn't connected"):
        await ana.asks_options(view, "fruit", "x")


# Files in modals


def file_input(**more: Any) -> dict[str, Any]:
    return pick("logs", {"type": "file_input", "action_id": "files", **more}, optional=True)


async def test_a_modal_takes_files_and_the_app_may_read_them(
    playground: Playground, app: ConnectedApp
) -> None:
    got: list[dict[str, Any]] = []

    @app.bolt.view("a_modal")
    async def _submitted(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        got.append(view["state"]["values"]["logs"]["files"])

    async with page_of(playground, "ana") as page:
        ana = page.person
        view = await opened(playground, app, ana, file_input())
        one, two = await ana.uploads("a.log", b"one"), await ana.uploads("b.log", b"two")
        refused = await refusal_of(app.client.files_info(file=one.id))
        assert refused["error"] == "file_not_found"
        entry = {"type": "file_input", "files": [{"id": one.id}, {"id": two.id}]}
        await page.does("view/submit", {"view_id": view.id, "values": {"logs": {"files": entry}}})
    (state,) = got
    assert [file["name"] for file in state["files"]] == ["a.log", "b.log"]
    assert state["type"] == "file_input"
    info = (await app.client.files_info(file=one.id))["file"]
    async with (
        page_of(playground, "ana") as page,
        page.session.get(
            info["url_private"], headers={"Authorization": f"Bearer {playground.bot_token}"}
        ) as download,
    ):
        assert await download.read() == b"one"


async def test_an_untouched_file_input_is_an_empty_list(
    playground: Playground, app: ConnectedApp
) -> None:
    ana = playground.person("ana")
    view = await opened(playground, app, ana, file_input(), section("x"))
    state = playground.platform.view_to_slack(view)["state"]["values"]
    assert state["logs"]["files"] == {"type": "file_input", "files": []}


async def test_files_of_the_wrong_kind_number_or_owner_are_refused(
    playground: Playground, app: ConnectedApp
) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")
    view = await opened(playground, app, ana, file_input(filetypes=["log", ".PDF"], max_files=2))
    logs = [await ana.uploads(f"{n}.log", b"x") for n in range(3)]
    submission = await ana.submits(view, {"logs": logs})
    assert submission.errors == {"logs": "Please add 2 or fewer files."}
    submission = await ana.submits(view, {"logs": [await ana.uploads("a.zip", b"x")]})
    assert submission.errors == {"logs": "Please add only files of these kinds: log, pdf."}
    strange = await ben.uploads("b.log", b"x")
    for files in ([strange], [logs[0], "F0NOWHERE"]):
        with pytest.raises(PersonRefusal) as caught:
            await ana.submits(view, {"logs": files})
        assert caught.value.error == "file_not_found"
    await ana.deletes_file(logs[0])
    with pytest.raises(PersonRefusal):
        await ana.submits(view, {"logs": [logs[0]]})
    client = client_of(playground)
    refused = await refusal_of(client.files_info(file=logs[1].id))
    assert refused["error"] == "file_not_found"
