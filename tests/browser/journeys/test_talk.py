"""What people say to the bot and to each other: directly, in threads, with files, corrected."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from browser.conftest import PageAs, picture
from browser.real_app import choose, go_to, reply, run_of, thread
from browser.talk import composer, messages, say


async def test_the_bot_is_talked_to_directly(page_as: PageAs) -> None:
    page = await page_as("ben")
    await go_to(page, "runbot")
    await page.get_by_role("group", name="App").get_by_role("button", name="Messages").click()
    await say(page, "help")
    answer = page.get_by_role("article").filter(has_text="writes, reviews and runs")
    await expect(answer.last).to_be_visible()
    await picture(page, "direct-help")
    await say(page, "create a runbook called told-directly with these steps: 1. Call the customer")
    card = page.get_by_role("article").filter(has_text="told-directly").last
    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    await picture(page, "direct-card")
    await say(page, "what is the weather")
    await expect(page.get_by_role("article").last).to_contain_text(
        re.compile("help", re.IGNORECASE)
    )
    await picture(page, "direct-unknown")


async def test_a_file_goes_up_and_comes_down_the_same(page_as: PageAs, tmp_path: Path) -> None:
    """A second person downloads, byte for byte, what the first has added to a message."""
    ana, ben = await page_as("ana"), await page_as("ben")
    content = bytes(range(256)) * 40
    source = tmp_path / "core dump (1).bin"
    source.write_bytes(content)
    await ana.get_by_label("Files", exact=True).set_input_files(source)
    await expect(ana.get_by_role("list", name="Files to send")).to_contain_text("10 kB")
    await picture(ana, "file-attached")
    await composer(ana).fill("the dump of last night")
    await composer(ana).press("Enter")
    shown = messages(ben).filter(has_text="the dump of last night")
    async with ben.expect_download() as coming:
        await shown.get_by_role("link", name="Download").click()
    download = await coming.value
    assert download.suggested_filename == "core dump (1).bin"
    assert Path(await download.path()).read_bytes() == content
    await picture(ben, "file-shown")


async def test_words_are_corrected_and_answered_with_an_emoji(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "The databse is down")
    await choose(ana, messages(ana).last, "Edit message")
    await ana.get_by_label("Edit message").fill("The *database* is down")
    await picture(ana, "editing")
    await ana.get_by_label("Edit message").press("Enter")
    seen = messages(ben).last
    await expect(seen).to_contain_text("The database is down(edited)")

    await seen.hover()
    await seen.get_by_role("button", name="Add reaction").click()
    await ben.get_by_label("Search all emoji").fill("eyes")
    await picture(ben, "emoji")
    await ben.get_by_role("button", name=":eyes:", exact=True).click()
    mark = messages(ana).last.get_by_role("button", name=re.compile("^:eyes:, 1"))
    await expect(mark).to_have_attribute("aria-pressed", "false")
    await mark.click()
    await expect(seen.get_by_role("button", name=re.compile("^:eyes:, 2"))).to_be_visible()
    await picture(ben, "reacted")


async def test_a_question_is_answered_in_its_thread(page_as: PageAs) -> None:
    """A manual step's words in the thread, from another person, and the answer with a note."""
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "@runbot create a runbook called asked with these steps: 1. Ask the customer")
    card = messages(ana).filter(has_text="asked").last
    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    read_out = ana.locator("[aria-live=polite]").filter(has_text="@ana published version 1")
    await expect(read_out).to_have_count(1)
    await say(ana, "@runbot run asked")
    run = run_of(ben, "asked")
    await run.get_by_role("button", name=re.compile("repl")).click()
    await expect(thread(ben)).to_contain_text("Ask the customer")
    await reply(ben, "status")
    await picture(ben, "thread-question")
    await thread(ben).get_by_role("button", name="Answer with a note").last.click()
    note = ben.get_by_role("dialog", name="Answer with a note")
    await note.get_by_label("Note").fill("they are fine since 14:00")
    await picture(ben, "thread-note")
    await note.get_by_role("button", name="Answer").click()
    await expect(run_of(ana, "asked")).to_contain_text("Completed")
    await expect(thread(ben)).to_contain_text("they are fine since 14:00")
    await picture(ben, "thread-answered")
