"""A step that fails, and what people decide about it."""

from __future__ import annotations

from playwright.async_api import expect

from browser.conftest import PageAs, picture
from browser.real_app import published, run_of
from browser.talk import say


async def test_a_failed_step_is_retried_and_then_skipped(
    page_as: PageAs, playground_url: str
) -> None:
    """The page that is ill stays ill: it fails again, is skipped with a reason, and all goes on."""
    page = await page_as("ana")
    await published(
        page,
        "check-shop",
        f"1. Check {playground_url}/ill via web_fetch 2. Tell the customer",
    )
    await say(page, "@runbot run check-shop")
    run = run_of(page, "check-shop")
    await expect(run).to_contain_text("Step 1 failed")
    await picture(page, "failed")
    await run.get_by_role("button", name="Retry", exact=True).click()
    await expect(run).to_contain_text("attempt")
    await expect(run.get_by_role("button", name="Retry", exact=True)).to_be_visible()
    await picture(page, "failed-again")
    await run.get_by_role("button", name="Skip").click()
    skip = page.get_by_role("dialog", name="Skip a step")
    await skip.get_by_role("button", name="Skip the step").click()
    await expect(skip.get_by_role("alert")).to_be_visible()
    await skip.get_by_label("Why is it skipped?").fill("known to be ill")
    await picture(page, "skip")
    await skip.get_by_role("button", name="Skip the step").click()
    await expect(run).to_contain_text("skipped by @ana")
    await run.get_by_role("button", name="Done").click()
    await expect(run).to_contain_text("Completed")
    await expect(run).to_contain_text("known to be ill")
    await picture(page, "skipped-and-completed")
