"""The main job as a newcomer does it: `python app.py` without a token, and a browser."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs, picture

ROOT = Path(__file__).parents[2]
READY_WITHIN = 30


async def _app(folder: Path) -> tuple[asyncio.subprocess.Process, str]:
    """The application as `make run` starts it, and the address that it prints."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "RUNBOT_"))}
    with (folder / "runbot.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            cwd=folder,
            env={**mine, "RUNBOT_PORT": "0", "RUNBOT_DISPLAY_INTERVAL": "0.2"},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    async with asyncio.timeout(READY_WITHIN):
        while line := (await process.stdout.readline()).decode():
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                return process, found[0]
    raise AssertionError("it ended without printing its address")


@pytest_asyncio.fixture(loop_scope="session")
async def playground_url(tmp_path: Path) -> AsyncIterator[str]:
    process, address = await _app(tmp_path)
    yield address
    process.terminate()
    code = await asyncio.wait_for(process.wait(), 30)
    log = (tmp_path / "runbot.log").read_text()
    assert code == 0, log[-3000:]
    assert "Traceback" not in log, log[-3000:]


def channel(page: Page) -> Locator:
    return page.get_by_role("log", name=re.compile("^Messages in #")).get_by_role("article")


async def say(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name=re.compile("^Message "))
    await box.fill(text)
    await box.press("Enter")


async def reply(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name=re.compile("^Reply"))
    await box.fill(text)
    await box.press("Enter")


async def test_the_suggested_sentence_answers_publish_run_and_the_mail(
    page_as: PageAs, playground_url: str
) -> None:
    page = await page_as("ana")
    await page.get_by_role("button", name=re.compile("Try this")).click()
    await page.keyboard.press("Enter")
    card = channel(page).filter(has_text="incident-response-database").last
    await expect(card).to_contain_text("Before it can be published", timeout=15_000)
    await picture(page, "journey-1-draft")

    await card.hover()
    await card.get_by_role(
        "button", name=re.compile("Reply in thread|thread", re.IGNORECASE)
    ).first.click()
    await reply(page, "1: oncall@example.com")
    await expect(page.get_by_role("region", name="Thread")).to_contain_text("Still open")
    await reply(page, f"the logs come from {playground_url}/logs and the site is {playground_url}")
    await expect(page.get_by_role("region", name="Thread")).to_contain_text("can be published")
    await picture(page, "journey-2-answers")

    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    await card.get_by_role("button", name="Run").click()
    form = page.get_by_role("dialog")
    await expect(form).to_contain_text("oncall@example.com")
    await picture(page, "journey-3-form")
    await form.get_by_role("button", name="Run").click()

    run = channel(page).filter(has_text="Run 1")
    await expect(run).to_contain_text("Completed", timeout=15_000)
    await picture(page, "journey-4-run")
    await page.get_by_text("Mailbox").click()
    await expect(page.locator("body")).to_contain_text("oncall@example.com")
    await picture(page, "journey-5-mail")


async def test_a_person_pauses_resumes_and_aborts_from_another_tab(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(
        ana,
        "@runbot create a runbook called by-hand with these steps: 1. Look at the dashboard "
        "2. Ask the customer",
    )
    card = channel(ana).filter(has_text="by-hand").last
    await card.get_by_role("button", name="Publish").click()
    await expect(card).to_contain_text("Published")
    await say(ana, "@runbot run by-hand")
    run = channel(ben).filter(has_text="Run 1")
    await expect(run).to_contain_text("Waiting", timeout=15_000)
    await run.get_by_role("button", name="Pause").click()
    await expect(run).to_contain_text("Pause asked by")
    hers = channel(ana).filter(has_text="Run 1")
    await hers.get_by_role("button", name="Done").click()
    await expect(run).to_contain_text("Paused")
    await picture(ben, "journey-6-paused")
    await run.get_by_role("button", name="Resume").click()
    await expect(run).to_contain_text("step 2 of 2")
    await run.get_by_role("button", name=re.compile("^Abort")).click()
    await ben.get_by_role("dialog").get_by_role("button", name="Abort").click()
    await expect(hers).to_contain_text("Aborted by")
    await expect(hers).to_contain_text("cancelled")
