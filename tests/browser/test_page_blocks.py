"""Blocks that ask the app, take files, or are leafed through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import expect

from browser.conftest import PageAs
from browser.talk import messages
from playground.bolt_apps import ConnectedApp

Body = dict[str, Any]
TOWNS = ["Paris", "Parma", "Porto", "Pisa"]


def text(words: str) -> Body:
    return {"type": "plain_text", "text": words}


def option(words: str) -> Body:
    return {"text": text(words), "value": words.lower()}


def offer_towns(app: ConnectedApp) -> None:
    @app.bolt.options("town")
    async def on_options(ack: Any, payload: Body) -> None:
        found = [name for name in TOWNS if name.lower().startswith(payload["value"].lower())]
        await ack(options=[option(name) for name in found])

    @app.bolt.action("town")
    async def on_town(ack: Any, action: Body, say: Any) -> None:
        await ack()
        await say(f"Chose {action['selected_option']['text']['text']}")


def town(**more: Any) -> Body:
    return {
        "type": "external_select", "action_id": "town", "placeholder": text("Town"),
        "min_query_length": 2, **more,
    }  # fmt: skip


async def test_an_external_select_asks_the_app_while_one_types(
    page_as: PageAs, app: ConnectedApp
) -> None:
    offer_towns(app)
    blocks = [{"type": "actions", "block_id": "where", "elements": [town()]}]
    await app.client.chat_postMessage(channel="#general", text="Where?", blocks=blocks)
    page = await page_as("ana")
    field = messages(page).get_by_role("combobox", name="Town")
    await field.press_sequentially("p")
    await expect(page.get_by_text("Type 2 letters or more to search.")).to_be_visible()
    await field.press_sequentially("x")
    await expect(page.get_by_text("No results")).to_be_visible()
    await field.fill("pa")
    await expect(page.get_by_role("option")).to_have_text(["Paris", "Parma"])
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(messages(page).last).to_contain_text("Chose Parma")


async def test_a_form_takes_files_and_options_of_the_app(
    page_as: PageAs, app: ConnectedApp, tmp_path: Path
) -> None:
    """What arrives at the app is what was chosen; what is missing is said at its input."""
    offer_towns(app)
    got: list[Body] = []

    @app.bolt.action("open")
    async def on_open(ack: Any, body: Body) -> None:
        await ack()
        view = {
            "type": "modal", "callback_id": "form", "title": text("Form"), "submit": text("Send"),
            "blocks": [
                {"type": "input", "block_id": "towns", "label": text("Towns"),
                 "element": {**town(), "type": "multi_external_select"}},
                {"type": "input", "block_id": "files", "label": text("Logs"),
                 "element": {"type": "file_input", "action_id": "logs", "filetypes": ["txt"],
                             "max_files": 2}},
            ],
        }  # fmt: skip
        await app.client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.bolt.view("form")
    async def on_form(ack: Any, view: Body) -> None:
        await ack()
        got.append(view["state"]["values"])

    button = {"type": "button", "text": text("Open"), "action_id": "open"}
    blocks = [{"type": "actions", "elements": [button]}]
    await app.client.chat_postMessage(channel="#general", text="A form", blocks=blocks)
    page = await page_as("ana")
    await messages(page).get_by_role("button", name="Open").click()
    modal = page.get_by_role("dialog", name="Form")
    await modal.get_by_role("button", name="Send").click()
    await expect(modal.locator('[data-block-id="files"]').get_by_role("alert")).to_be_visible()
    for name in ("po", "pi"):
        await modal.get_by_role("combobox", name="Towns").fill(name)
        await expect(modal.get_by_role("option")).to_have_count(1)
        await modal.get_by_role("option").click()
    await expect(modal.get_by_role("button", name="Remove Porto")).to_be_visible()
    (tmp_path / "app.txt").write_text("all is well", encoding="utf-8")
    await modal.get_by_label("Logs").set_input_files(tmp_path / "app.txt")
    await expect(modal.get_by_role("button", name="Remove app.txt")).to_be_visible()
    await modal.get_by_role("button", name="Send").click()
    await expect(modal).to_have_count(0)
    values = got[0]
    chosen = values["towns"]["town"]["selected_options"]
    assert [one["value"] for one in chosen] == ["porto", "pisa"]
    assert [one["name"] for one in values["files"]["logs"]["files"]] == ["app.txt"]


async def test_a_data_table_is_sorted_and_leafed_through(
    page_as: PageAs, app: ConnectedApp
) -> None:
    rows: list[list[Body]] = [[{"type": "raw_text", "text": head} for head in ("Run", "Steps")]]
    for number in range(7):
        name: Body = {"type": "raw_text", "text": f"Run {number}"}
        steps = (number * 3) % 7
        rows.append([name, {"type": "raw_number", "value": steps, "text": str(steps)}])
    table = {"type": "data_table", "caption": "Runs", "rows": rows, "page_size": 4}
    await app.client.chat_postMessage(channel="#general", text="Runs", blocks=[table])
    page = await page_as("ana")
    shown = messages(page).last.get_by_role("table", name="Runs")
    cells = shown.get_by_role("cell")
    await expect(shown.get_by_role("row")).to_have_count(1 + 4)
    await shown.get_by_role("button", name="Steps").click()
    await expect(cells).to_have_text(["0", "1", "2", "3"])
    await shown.get_by_role("button", name="Steps").click()
    await expect(cells).to_have_text(["6", "5", "4", "3"])
    await messages(page).last.get_by_role("button", name="Next").click()
    await expect(cells).to_have_text(["2", "1", "0"])
    await expect(messages(page).last.get_by_text("Page 2 of 2")).to_be_visible()


async def test_what_comes_from_elsewhere_is_named_and_linked(
    page_as: PageAs, app: ConnectedApp
) -> None:
    """A video is a picture's place and a link: nothing of another site is loaded into the page."""
    video = {
        "type": "video", "title": text("How to restart"), "alt_text": "A terminal",
        "video_url": "https://v.example/embed/1", "thumbnail_url": "https://v.example/1.png",
    }  # fmt: skip
    words = {"type": "text", "text": "loud", "style": {"bold": True, "underline": True}}
    section = {"type": "rich_text_section", "elements": [words]}
    rich = {"type": "rich_text", "elements": [section]}
    picture = {"type": "markdown", "text": "![A graph](https://a.example/x.png) <b>raw</b>"}
    await app.client.chat_postMessage(channel="#general", text="x", blocks=[video, rich, picture])
    page = await page_as("ana")
    shown = messages(page).last
    await expect(shown.get_by_role("link", name="Watch the video")).to_be_visible()
    await expect(shown.get_by_role("img", name="A terminal")).to_be_visible()
    assert await shown.locator("iframe, video, .markdown img, .markdown b").count() == 0
    await expect(shown.locator("b u, u b")).to_have_text("loud")
    await expect(shown.get_by_role("link", name="A graph")).to_have_attribute(
        "href", "https://a.example/x.png"
    )
