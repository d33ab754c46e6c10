"""Behind the page: what passes between Slack and the app, trouble on purpose, and the guide."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect
from slack_sdk.errors import SlackApiError

from browser.conftest import PageAs, picture
from browser.page_app import add_listeners
from browser.talk import DRAWN, messages, say
from browser.test_page_axe import grave
from playground.bolt_apps import ConnectedApp, plain, section
from runbot.playground import Playground


@pytest.fixture
def bot(app: ConnectedApp, playground: Playground) -> ConnectedApp:
    """The app with its listeners."""
    add_listeners(app.bolt, playground.workspace.channel("general").id)
    return app


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary")


def lines(page: Page) -> Locator:
    return panel(page).get_by_role("list", name="Exchanges").get_by_role("button")


async def open_inspector(page: Page) -> None:
    await page.get_by_role("button", name="Inspector", exact=True).click()
    await panel(page).wait_for()


# The inspector


async def test_exchanges_come_up_as_they_happen_and_a_click_leads_to_its_calls(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana")
    await open_inspector(page)
    await say(page, "@runbot a card, please")
    card = messages(page).filter(has_text="A card ·")
    await card.get_by_role("button", name="Pause").click()
    click = lines(page).filter(has_text="block_actions").filter(has_text="“Pause” by @ana")
    await expect(click).to_contain_text(re.compile(r"acknowledged in [\d.]+ m?s"))
    await picture(page, "inspector-list")
    await click.click()
    detail = page.get_by_role("region", name="One exchange")
    await expect(detail).to_contain_text("A person pressed a button or chose something.")
    chain = detail.locator(".log-chain")
    await expect(chain).to_contain_text("app_mention")
    await expect(chain).to_contain_text("chat.update")
    await expect(chain.locator("[aria-current]")).to_contain_text("Pause")
    await expect(detail.get_by_role("link", name="Slack’s page")).to_have_attribute(
        "href", re.compile(r"^https://docs\.slack\.dev/.*block_actions")
    )
    await chain.get_by_role("button").filter(has_text="chat.update").first.click()
    await expect(detail.get_by_role("heading", level=3)).to_contain_text("chat.update")
    await page.get_by_role("button", name="All exchanges").click()
    await expect(lines(page).filter(has_text="app_mention")).to_have_count(1)
    assert bot.client is not None


async def test_refusals_stand_out_with_slacks_words_and_filters_find_them(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana")
    await open_inspector(page)
    blocks = [{"type": "header", "text": plain("x" * 151)}]
    with pytest.raises(SlackApiError):
        await bot.client.chat_postMessage(channel="#general", text="x", blocks=blocks)
    await panel(page).get_by_label("Only refusals").check()
    await expect(lines(page)).to_have_count(1)
    await expect(lines(page)).to_contain_text("refused")
    await lines(page).click()
    detail = page.get_by_role("region", name="One exchange")
    await expect(detail.get_by_role("note")).to_contain_text("invalid_blocks")
    await expect(detail.get_by_role("note")).to_contain_text("must be less than 151 characters")
    await expect(detail.get_by_role("link", name="What Slack says")).to_be_visible()
    await picture(page, "inspector-refusal")
    await page.get_by_role("button", name="All exchanges").click()
    await panel(page).get_by_label("Only refusals").uncheck()
    await bot.client.users_list()
    await panel(page).get_by_label("Search the exchanges").fill("USERS.list")
    await expect(lines(page).first).to_contain_text("users.list")
    await expect(lines(page).filter(has_text="chat.")).to_have_count(0)
    await panel(page).get_by_label("Search the exchanges").fill("")
    await panel(page).get_by_label("Kind").select_option("Connection")
    await expect(lines(page)).to_have_text([re.compile("socket connected")])


async def test_a_paused_list_holds_still_and_a_cleared_one_begins_anew(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana")
    await open_inspector(page)
    await panel(page).get_by_label("Kind").select_option("Calls")
    await panel(page).get_by_role("button", name="Clear").click()
    await expect(lines(page)).to_have_count(0)
    await panel(page).get_by_role("button", name="Pause").click()
    await bot.client.chat_postMessage(channel="#general", text="held back")
    await expect(messages(page).last).to_contain_text("held back")
    await expect(panel(page).get_by_role("button", name=re.compile(r"Go on \(\d"))).to_be_visible()
    await expect(lines(page)).to_have_count(0)
    await panel(page).get_by_role("button", name="Go on").click()
    await expect(lines(page).filter(has_text="held back")).to_have_count(1)


async def test_a_view_that_is_cleared_before_its_first_look_stays_empty(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana")
    await open_inspector(page)
    await bot.client.users_list()
    await expect(lines(page).filter(has_text="users.list")).to_have_count(1)
    answer = asyncio.Event()

    async def hold(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    look = re.compile(r"/log\?kind=")
    await page.route(look, hold)
    async with page.expect_response(look):
        await panel(page).get_by_label("Kind").select_option("Calls")
        await panel(page).get_by_role("button", name="Clear").click()
        answer.set()
    await page.evaluate(DRAWN)
    await expect(lines(page)).to_have_count(0)
    await bot.client.auth_test()
    await expect(lines(page)).to_have_text([re.compile(r"auth\.test")])


async def test_a_payload_is_searched_opened_copied_and_drawn_in_part(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana", permissions=["clipboard-read", "clipboard-write"])
    await open_inspector(page)
    payload = {"rows": [{"number": number, "name": f"row {number}"} for number in range(5_000)]}
    metadata = {"event_type": "big", "event_payload": payload}
    # An unknown argument is a payload like any other.
    with pytest.raises(SlackApiError):
        await bot.client.api_call("chat.nonsense", json={"metadata": metadata, "long": "y" * 9_000})
    await lines(page).filter(has_text="chat.nonsense").click()
    detail = page.get_by_role("region", name="One exchange")
    arguments = detail.get_by_role("region", name="Arguments")
    await expect(arguments).to_contain_text("all 9,000 characters")
    await arguments.get_by_role("button", name="event_payload").click()
    await arguments.get_by_role("button", name="rows").click()
    await expect(arguments.get_by_role("button", name="4900 more")).to_be_visible()
    assert await arguments.locator("li").count() < 600
    await arguments.get_by_label("Search in arguments").fill("row 4")
    await expect(arguments.get_by_role("status")).to_have_text("200 or more found")
    await arguments.get_by_label("Search in arguments").fill("row 123")
    await expect(arguments.get_by_role("status")).to_have_text("11 found")
    await expect(arguments.locator(".json-hit").first).to_contain_text("row 123")
    await expect(arguments.locator(".json-hit").first).to_be_in_viewport()
    await arguments.get_by_role("button", name="Copy arguments").click()
    copied: Any = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert copied["metadata"] == metadata


async def test_hostile_payloads_stay_text(page_as: PageAs, bot: ConnectedApp) -> None:
    page = await page_as("ana")
    await open_inspector(page)
    evil = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
    await bot.client.chat_postMessage(channel="#general", text=evil, blocks=[section(evil)])
    await lines(page).filter(has_text="chat.postMessage").click()
    arguments = page.get_by_role("region", name="Arguments")
    await expect(arguments.locator(".json-string").filter(has_text="<img src=x")).to_be_visible()
    assert await page.locator(".panel img, .panel script").count() == 0
    assert await page.title() != "hit"


async def test_the_panel_opens_by_key_is_sized_docked_and_remembered(page_as: PageAs) -> None:
    page = await page_as("ana")
    await page.keyboard.press("Control+.")
    edge = panel(page).get_by_role("separator", name="Size of the panel")
    box = await panel(page).bounding_box()
    assert box is not None
    before = box["width"]
    await edge.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(panel(page)).to_have_css("width", f"{before + 40:g}px")
    await panel(page).get_by_role("button", name="Dock at the bottom").click()
    await expect(panel(page)).to_have_css("width", "1280px")
    box = await panel(page).bounding_box()
    assert box is not None
    await page.reload()
    await expect(panel(page)).to_have_css("width", "1280px")
    await expect(panel(page)).to_have_css("height", f"{box['height']:g}px")
    await panel(page).get_by_label("Search the exchanges").focus()
    await page.keyboard.press("Escape")
    await expect(panel(page)).to_have_count(0)
    await expect(page.get_by_role("combobox", name="Message #general")).to_be_focused()
    await page.reload()
    await page.locator(".workspace").wait_for()
    await expect(panel(page)).to_have_count(0)


async def test_blocks_of_a_message_a_modal_and_home_are_shown(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana")
    await say(page, "@runbot a card, please")
    card = messages(page).filter(has_text="A card ·")
    await card.hover()
    await card.get_by_role("button", name="More for this message").click()
    await page.get_by_role("menuitem", name="Show blocks").click()
    blocks = panel(page).get_by_role("region", name="Blocks as they are now")
    await expect(blocks).to_contain_text('block_id: "controls"')
    await expect(panel(page).locator(".log-subject")).to_contain_text("chat.postMessage")
    # It follows the message as it changes.
    await card.get_by_role("button", name="Pause").click()
    await expect(panel(page).locator(".log-subject")).to_contain_text("block_actions “Pause”")
    await blocks.get_by_label("Search in blocks as they are now").fill("paused")
    await expect(blocks.get_by_role("status")).not_to_have_text("0 found")

    await card.get_by_role("button", name="Edit").click()
    modal = page.locator("form.modal")
    await modal.get_by_role("button", name="Show blocks").click()
    dialog = page.get_by_role("dialog", name="Blocks")
    await expect(dialog).to_contain_text("views.open")
    await expect(dialog).to_contain_text('type: "input"')
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await modal.get_by_role("button", name="Close").click()

    await page.get_by_role("navigation").get_by_role("button", name="runbot").click()
    home = page.get_by_role("region", name="runbot Home")
    await home.get_by_role("button", name="Show blocks").click()
    await expect(panel(page)).to_contain_text("views.publish")
    assert bot.client is not None


# Trouble on purpose


async def test_trouble_is_switched_in_the_panel_and_shown_on_every_page(
    page_as: PageAs, playground: Playground, bot: ConnectedApp
) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await ana.get_by_role("button", name="Trouble", exact=True).click()
    switch = panel(ana).get_by_role("switch", name="Too many requests")
    await expect(switch).to_have_attribute("aria-checked", "false")
    row = panel(ana).get_by_role("listitem").filter(has_text="Too many requests")
    await row.get_by_role("combobox", name="Method").select_option("chat.postMessage")
    await row.get_by_label("Retry-After").fill("7")
    await switch.click()
    banner = ben.get_by_role("status").filter(has_text="Trouble on purpose")
    await expect(banner).to_contain_text("Too many requests")
    with pytest.raises(SlackApiError) as refused:
        await bot.client.chat_postMessage(channel="#general", text="x")
    answer: Any = refused.value.response
    assert answer.headers["Retry-After"] == "7"
    await expect(row).to_contain_text("met 1×")
    await picture(ana, "trouble-on")
    # Set anew while it is on; nonsense is answered with a sentence, and changes nothing.
    await row.get_by_label("Retry-After").fill("9")
    await expect(row).to_contain_text("met 0×")
    await row.get_by_label("Retry-After").fill("99999999")
    await expect(row.get_by_role("alert")).to_be_visible()
    await banner.get_by_role("button", name="Switch off").click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await expect(banner).to_have_count(0)
    assert playground.faults.on == []


async def test_what_happens_once_is_pressed_and_everything_goes_off_at_once(
    page_as: PageAs, playground: Playground, bot: ConnectedApp
) -> None:
    page = await page_as("ana")
    await page.get_by_role("button", name="Trouble", exact=True).click()
    for name in ("slow", "events_twice"):
        playground.faults.switch(name)
    banner = page.get_by_role("status").filter(has_text="Trouble on purpose")
    await expect(banner).to_contain_text("Slow answers, ")
    connections = len(playground.calls_of("apps.connections.open"))
    once = panel(page).get_by_role("listitem").filter(has_text="Every Socket Mode connection")
    await once.get_by_role("button", name="Do it now").click()
    await playground.until(
        lambda: len(playground.calls_of("apps.connections.open")) > connections,
        what="a new connection",
    )
    await panel(page).get_by_role("button", name="Everything off").click()
    await expect(banner).to_have_count(0)
    assert playground.faults.on == []
    # A page that comes later, and one that was away, both know.
    playground.faults.switch("slow")
    await page.reload()
    await expect(banner).to_be_visible()
    assert bot.client is not None


# The guide


async def test_the_guide_is_put_away_brought_back_and_done_by_what_happens(
    page_as: PageAs, playground: Playground, bot: ConnectedApp
) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    guide = ana.get_by_role("region", name="Guide")
    await expect(guide).to_contain_text("Say hello. Send the sentence.")
    await expect(ana.locator("[data-guided]")).to_contain_text("Try this")
    await guide.get_by_role("button", name="Put the guide away").click()
    await expect(guide).to_have_count(0)
    await expect(ana.locator("[data-guided], .suggestion")).to_have_count(0)
    await expect(ben.get_by_role("region", name="Guide")).to_have_count(0)
    await ana.reload()
    await ana.get_by_role("button", name="First steps").click()
    await expect(guide).to_contain_text("0 of 1")
    # Somewhere else, the way there is outlined.
    await ana.get_by_role("navigation").get_by_role("button", name="incidents").click()
    await expect(ana.locator("[data-guided]")).to_have_text("general")
    await guide.get_by_role("button", name="Take me there").click()
    await expect(ana.locator("[data-guided]")).to_contain_text("Try this")
    # Another way than the offered one counts as well.
    await bot.client.chat_postMessage(channel="#ops", text="Hello to you")
    await expect(guide).to_contain_text("That was all.")
    await guide.get_by_role("button", name="All steps").click()
    await expect(guide.get_by_role("listitem")).to_contain_text("(done)")
    await guide.get_by_role("button", name="From the beginning").click()
    await expect(guide).to_contain_text("0 of 1")
    assert list(playground.guide.done) == []


# All of it, for those who can't see it well or have little room


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious_behind_the_page(
    page_as: PageAs, playground: Playground, bot: ConnectedApp, scheme: str
) -> None:
    page = await page_as("ana", color_scheme=scheme)
    playground.faults.switch("server_error", method="chat.postMessage")
    with pytest.raises(SlackApiError):
        await bot.client.chat_postMessage(channel="#general", text="x")
    await open_inspector(page)
    await lines(page).first.wait_for()
    await page.get_by_role("region", name="Guide").get_by_role("button", name="All steps").click()
    assert await grave(page) == []
    await lines(page).filter(has_text="chat.postMessage").click()
    await page.get_by_role("region", name="Arguments").wait_for()
    assert await grave(page) == []
    await panel(page).get_by_role("button", name="Trouble").click()
    await panel(page).get_by_role("switch").first.wait_for()
    assert await grave(page) == []


async def test_a_narrow_screen_shows_one_thing_at_a_time(
    page_as: PageAs, bot: ConnectedApp
) -> None:
    page = await page_as("ana", viewport={"width": 375, "height": 720})
    await expect(page.get_by_role("region", name="Guide")).to_be_visible()
    await page.keyboard.press("Control+.")
    await expect(panel(page)).to_have_css("width", "375px")
    box = await panel(page).bounding_box()
    assert box == {"x": 0, "y": 0, "width": 375, "height": 720}
    await bot.client.auth_test()
    await lines(page).filter(has_text="auth.test").last.click()
    await expect(page.get_by_role("region", name="One exchange")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    await panel(page).get_by_role("button", name="Close the panel").click()
    await expect(panel(page)).to_have_count(0)
