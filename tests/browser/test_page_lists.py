"""Long lists, and what in them one hasn't read."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Route, expect

from browser.conftest import PageAs
from browser.talk import DRAWN, composer, entry, messages, say
from playground.bolt_apps import ConnectedApp
from runbot.playground import Playground

MANY = 1_000
PAGE = 200


async def test_a_thousand_messages_are_read_from_the_newest_to_the_first(
    page_as: PageAs, playground: Playground
) -> None:
    """Scrolling up fetches page after page, keeps the place, and draws a fraction of them."""
    ben = playground.person("ben")
    for number in range(MANY):
        await ben.says(f"Number {number}", channel="general")
    page = await page_as("ana")
    await expect(messages(page).last).to_contain_text(f"Number {MANY - 1}")
    fetched: list[str] = []
    page.on("request", lambda asked: fetched.append(asked.url))
    log = page.get_by_role("log")
    first = page.get_by_text("Number 0", exact=True)
    await log.hover()
    for _ in range(200):
        if await first.count():
            break
        await page.mouse.wheel(0, -2_000)
        await page.evaluate(DRAWN)
        await expect(page.get_by_text("Loading older messages…")).to_have_count(0)
    await expect(first).to_be_visible()
    await expect(page.get_by_text("This is the start of #general.")).to_be_visible()
    assert len([url for url in fetched if "before=" in url]) == MANY // PAGE - 1
    assert await page.get_by_role("article").count() < MANY / 5
    await say(page, "Down again")
    await expect(messages(page).last).to_be_in_viewport()


async def test_a_page_of_older_messages_moves_nothing(
    page_as: PageAs, playground: Playground
) -> None:
    """What one reads stays where it is while the page before it comes."""
    ben = playground.person("ben")
    for number in range(300):
        await ben.says(f"Number {number}", channel="general")
    page = await page_as("ana")
    await expect(messages(page).last).to_contain_text("Number 299")
    answer = asyncio.Event()

    async def hold(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    await page.route(re.compile("before="), hold)
    log = page.get_by_role("log")
    await log.evaluate("e => { e.scrollTop = 700 }")
    await expect(page.get_by_text("Loading older messages…")).to_be_visible()
    await expect(page.get_by_text("Number 100", exact=True)).to_have_count(1)
    await page.evaluate(DRAWN)
    top = await log.evaluate("e => e.getBoundingClientRect().top")
    seen = await messages(page).evaluate_all(
        "(all, top) => all.find(e => e.getBoundingClientRect().top > top).dataset.ts", top
    )
    where = f"""document.querySelector('[data-ts="{seen}"]').getBoundingClientRect().top"""
    before = await page.evaluate(where)
    answer.set()
    await expect(page.get_by_text("Number 99", exact=True)).to_have_count(1)
    await page.evaluate(DRAWN)
    assert abs(await page.evaluate(where) - before) < 3


async def test_a_line_stands_where_one_left_off(page_as: PageAs) -> None:
    """A name, a count and the line; marking it unread brings them back, Esc reads it all."""
    ana, ben = await page_as("ana"), await page_as("ben", path="#incidents")
    await say(ben, "Something is on fire")
    await say(ben, "@ana come")
    await expect(entry(ana, "incidents").locator(".badge")).to_have_text("2")
    await expect(entry(ana, "incidents").locator(".badge.quiet")).to_have_count(0)
    await expect(ana).to_have_title(re.compile(r"^\(2\)"))
    await entry(ana, "incidents").click()
    line = ana.get_by_role("separator").filter(has_text="New")
    await expect(line).to_have_count(1)
    row = ana.locator(".row").filter(has=line)
    await expect(row).to_contain_text("Something is on fire")
    second = messages(ana).filter(has_text="come")
    await second.hover()
    await second.get_by_role("button", name="More for this message").click()
    await ana.get_by_role("menuitem", name="Mark unread").click()
    await expect(row).to_contain_text("come")
    await expect(entry(ana, "incidents")).to_contain_text("1")
    await ana.reload()
    await expect(entry(ana, "incidents")).to_be_visible()
    await expect(line).to_have_count(1)
    await composer(ana).press("Escape")
    await expect(line).to_have_count(0)


async def test_ones_threads_are_listed_with_what_is_new(
    page_as: PageAs, playground: Playground
) -> None:
    page = await page_as("ana")
    ana, ben = playground.person("ana"), playground.person("ben")
    root = await ana.says("Who looks at db-3?", channel="incidents")
    await ben.says("Nobody's business", channel="general")
    await entry(page, "incidents").click()
    await expect(messages(page).last).to_contain_text("db-3")
    await ben.says("I do", channel="incidents", thread=root.ts)
    await expect(entry(page, "Threads").locator(".badge")).to_have_text("1")
    await entry(page, "Threads").click()
    card = page.get_by_role("region", name="A thread")
    await expect(card).to_have_count(1)
    await expect(card).to_contain_text("I do")
    await card.get_by_role("button", name="Open").click()
    await expect(page.get_by_role("region", name="Thread", exact=True)).to_contain_text("I do")
    await expect(entry(page, "Threads").locator(".badge")).to_have_count(0)
    await page.reload()
    await expect(entry(page, "Threads")).to_be_visible()
    await expect(entry(page, "Threads").locator(".badge")).to_have_count(0)


async def test_streamed_words_grow_and_can_be_stopped(page_as: PageAs, app: ConnectedApp) -> None:
    page = await page_as("ana")
    await say(page, "Tell me")
    root = messages(page).last
    ts = await root.get_attribute("data-ts")
    channel = await root.get_attribute("data-channel")
    assert ts is not None
    assert channel is not None
    people = (await app.client.users_list())["members"]
    ana = next(one["id"] for one in people if one["name"] == "ana")
    stream = await app.client.chat_startStream(
        channel=channel, thread_ts=ts, markdown_text="One ", recipient_user_id=ana,
        recipient_team_id=(await app.client.auth_test())["team_id"],
    )  # fmt: skip
    await root.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("region", name="Thread", exact=True)
    growing = thread.locator("article.streaming")
    await expect(growing).to_contain_text("One")
    await app.client.chat_appendStream(channel=channel, ts=stream["ts"], markdown_text="**two**")
    await expect(growing.locator("b", has_text="two")).to_be_visible()
    await thread.get_by_role("button", name="Stop").click()
    await expect(growing).to_have_count(0)
    await expect(thread.get_by_role("button", name="Stop")).to_have_count(0)
