"""The main job as a newcomer does it: `python app.py` without a token, and a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from browser.conftest import PageAs, picture
from browser.real_app import RealApp, reply, run_of, thread
from browser.talk import messages, say


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def real_app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealApp]:
    """An application to which nobody has said a word."""
    app = RealApp(tmp_path_factory.mktemp("first"))
    await app.start()
    yield app
    await app.stop()


async def test_the_suggested_sentence_answers_publish_run_and_the_mail(
    page_as: PageAs, playground_url: str
) -> None:
    page = await page_as("ana")
    await page.get_by_role("button", name=re.compile("Try this")).click()
    await page.keyboard.press("Enter")
    card = messages(page).filter(has_text="incident-response-database").last
    await expect(card).to_contain_text("Before it can be published")
    await picture(page, "journey-1-draft")

    await card.hover()
    await card.get_by_role(
        "button", name=re.compile("Reply in thread|thread", re.IGNORECASE)
    ).first.click()
    await reply(page, "1: oncall@example.com")
    await expect(thread(page)).to_contain_text("Still open")
    await reply(page, f"the logs come from {playground_url}/logs and the site is {playground_url}")
    await expect(thread(page)).to_contain_text("Nothing is open any more")
    await picture(page, "journey-2-answers")

    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    await card.get_by_role("button", name="Run").click()
    form = page.get_by_role("dialog")
    await expect(form).to_contain_text("oncall@example.com")
    await picture(page, "journey-3-form")
    await form.get_by_role("button", name="Run").click()

    run = run_of(page, "incident-response-database")
    await expect(run).to_contain_text("Completed")
    await picture(page, "journey-4-run")
    await page.get_by_role("button", name=re.compile("^Mailbox")).click()
    await expect(page.locator("body")).to_contain_text("oncall@example.com")
    await picture(page, "journey-5-mail")


async def test_a_person_pauses_resumes_and_aborts_from_another_tab(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(
        ana,
        "@runbot create a runbook called by-hand with these steps: 1. Look at the dashboard "
        "2. Ask the customer",
    )
    card = messages(ana).filter(has_text="by-hand").last
    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    await say(ana, "@runbot run by-hand")
    run = run_of(ben, "by-hand")
    await expect(run).to_contain_text("Waiting")
    await run.get_by_role("button", name="Pause").click()
    await expect(run).to_contain_text("Pause asked by")
    hers = run_of(ana, "by-hand")
    await hers.get_by_role("button", name="Done").click()
    await expect(run).to_contain_text("Paused")
    await picture(ben, "journey-6-paused")
    await run.get_by_role("button", name="Resume").click()
    await expect(run).to_contain_text("step 2 of 2")
    await run.get_by_role("button", name=re.compile("^Abort")).click()
    await ben.get_by_role("dialog").get_by_role("button", name="Abort").click()
    await expect(hers).to_contain_text("Aborted by")
    await expect(hers).to_contain_text("cancelled")
