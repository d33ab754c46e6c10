"""Much at once: hundreds of messages, twenty windows, a server that is killed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from browser.conftest import PageAs, picture
from browser.real_app import RealApp, go_to, run_of, thread
from browser.talk import DRAWN, composer, messages, say

SEVERAL = 500
WINDOWS = 20
LOST = re.compile("server is gone")
POST = """async (count) => {
  const headers = {"X-Playground": "page", "Content-Type": "application/json"};
  const {people} = await (await fetch("/people/api/boot", {headers})).json();
  const name = new URL(location.href).searchParams.get("as");
  const me = people.find((one) => one.name === name).id;
  const {channel} = document.querySelector("section[data-channel]").dataset;
  for (let number = 1; number <= count; number += 1) {
    const body = JSON.stringify({channel, text: `message ${number} of many`});
    const answer = await fetch(`/people/api/${me}/say`, {method: "POST", headers, body});
    if (!answer.ok) throw new Error(await answer.text());
  }
}"""


async def test_hundreds_of_messages_scroll_from_the_newest_to_the_oldest(page_as: PageAs) -> None:
    writer = await page_as("ana")
    await go_to(writer, "leads")
    await writer.evaluate(POST, SEVERAL)
    reader = await page_as("ben", path="#leads")
    shown = messages(reader)
    await expect(shown.last).to_contain_text(f"message {SEVERAL} of many")
    await expect(shown.last).to_be_in_viewport()
    await picture(reader, "hundreds")
    first = reader.get_by_text("message 1 of many", exact=True)
    log = reader.get_by_role("log", name="Messages in #leads")
    await log.hover()
    for _ in range(SEVERAL):
        if await first.count() and await log.evaluate("list => list.scrollTop") == 0:
            break
        await reader.mouse.wheel(0, -20_000)
        await reader.evaluate(DRAWN)
        await expect(reader.get_by_text("Loading older messages…")).to_have_count(0)
    await expect(first).to_be_in_viewport()
    await picture(reader, "hundreds-first")
    await say(writer, "one more")
    await expect(first).to_be_in_viewport()
    await reader.get_by_role("button", name="New messages").click()
    await expect(shown.last).to_contain_text("one more")
    await expect(shown.last).to_be_in_viewport()


async def test_twenty_windows_follow_one_run(page_as: PageAs) -> None:
    """What one person does is shown in each window of each person."""
    first = [await page_as(person) for person in ("ana", "ben", "mia")]
    pages = list(first)
    while len(pages) < WINDOWS:
        owner = first[len(pages) % len(first)]
        page = await owner.context.new_page()
        await page.goto(owner.url)
        pages.append(page)
    for page in pages:
        await page.locator(".workspace").wait_for()
    ana, ben = first[:2]
    await say(ana, "@runbot create a runbook called crowd with these steps: 1. Look 2. Tell")
    card = messages(ana).filter(has_text="crowd").last
    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    await say(ben, "@runbot run crowd")
    for step in (1, 2):
        doer = pages[-step]
        run = run_of(doer, "crowd")
        await expect(run).to_contain_text(f"step {step} of 2")
        await run.get_by_role("button", name="Done").first.click()
    for page in pages:
        await expect(run_of(page, "crowd")).to_contain_text("Completed")


class TestKilled:
    """The server dies under the page and comes back."""

    @pytest_asyncio.fixture(loop_scope="session")
    async def real_app(self, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealApp]:
        """A server that may be killed without anybody else missing it."""
        app = RealApp(tmp_path_factory.mktemp("killed"))
        await app.start()
        yield app
        await app.stop()

    async def test_the_page_says_so_and_nothing_that_was_typed_is_lost(
        self, page_as: PageAs, real_app: RealApp
    ) -> None:
        page = await page_as("ana")
        await go_to(page, "incidents")
        await say(page, "@runbot create a runbook called held with these steps: 1. Look 2. Tell")
        card = messages(page).filter(has_text="held").last
        await card.get_by_role("button", name="Publish").click()
        await expect(card).to_contain_text("Published")
        await say(page, "@runbot run held")
        run = run_of(page, "held")
        await expect(run).to_contain_text("step 1 of 2")
        await run.get_by_role("button", name=re.compile("repl")).click()
        await expect(thread(page)).to_contain_text("is for")
        answer = page.get_by_role("combobox", name=re.compile("^Reply"))
        await answer.fill("half an answer")
        await composer(page).fill("typed before")

        await real_app.kept("to do step 1 of 2", "unanswered, the run")
        await real_app.kill()
        await expect(page.get_by_role("alert").filter(has_text=LOST)).to_be_visible()
        await picture(page, "server-gone")
        await composer(page).press("End")
        await page.keyboard.type(", and after")
        await composer(page).press("Enter")
        refusal = page.get_by_role("alert").filter(has_not_text=LOST)
        await expect(refusal).to_be_visible()
        await expect(composer(page)).to_have_value("typed before, and after")
        await run.get_by_role("button", name="Done").first.click()
        await picture(page, "server-gone-refused")

        await real_app.start()
        await expect(page.get_by_role("alert").filter(has_text=LOST)).to_have_count(0)
        await expect(page.get_by_text("isn’t connected")).to_have_count(0)
        await expect(page.get_by_role("heading", name="#incidents")).to_be_visible()
        await expect(thread(page)).to_be_visible()
        await expect(answer).to_have_value("half an answer")
        await expect(composer(page)).to_have_value("typed before, and after")
        await picture(page, "server-back")
        await composer(page).press("Enter")
        await expect(messages(page).last).to_contain_text("typed before, and after")
        for step in (1, 2):
            await expect(run).to_contain_text(f"step {step} of 2")
            await run.get_by_role("button", name="Done").first.click()
        await expect(run).to_contain_text("Completed")
        await picture(page, "server-back-completed")
