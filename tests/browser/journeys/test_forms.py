"""Runbooks written, changed, found and run by forms alone."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs, picture
from browser.real_app import go_to, published, run_of
from browser.talk import messages, say

PARAMETERS = """\
env (choice: staging, prod) — where it runs
level (number) — from 1 to 9
day (date)
lead (user) — who decides
room (channel)"""


def form(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def problem_at(shown: Locator, block: str) -> Locator:
    return shown.locator(f'[data-block-id="{block}"]').get_by_role("alert")


async def test_a_runbook_is_written_in_the_form_and_its_mistakes_stand_at_their_fields(
    page_as: PageAs,
) -> None:
    page = await page_as("ana")
    await say(page, "/runbook create")
    new = form(page, "New runbook")
    name = new.get_by_label("Name", exact=True)
    await expect(name).to_be_focused()
    await picture(page, "form-new")
    await name.fill("!!!")
    await new.get_by_label("Parameters").fill("env (colour)")
    await new.get_by_label("Steps", exact=True).fill("1. Look at the dashboard\n2. Restart it")
    await new.get_by_role("button", name="Save").click()
    await expect(problem_at(new, "parameters")).to_contain_text("is not a type")
    await picture(page, "form-new-problem")
    await new.get_by_label("Parameters").fill("env (choice: staging, prod) = staging")
    await new.get_by_role("button", name="Save").click()
    await expect(problem_at(new, "name")).to_be_visible()
    await expect(problem_at(new, "parameters")).to_have_count(0)
    await picture(page, "form-new-name")
    await name.fill("restart-by-form")
    await new.get_by_role("button", name="Save").click()
    await expect(new).to_have_count(0)
    card = messages(page).filter(has_text="restart-by-form").last
    await expect(card).to_contain_text("Look at the dashboard")
    await picture(page, "form-saved")

    await card.get_by_role("button", name="Edit").click()
    edit = form(page, "Edit restart-by-form")
    steps = edit.get_by_label("Steps", exact=True)
    await expect(steps).to_have_value(re.compile("^1. Look at the dashboard"))
    await steps.fill("1. Look at the dashboard\n2. Restart it in {{env}}\n3. Tell the customer")
    await edit.get_by_role("button", name="Save").click()
    await expect(edit).to_have_count(0)
    changed = messages(page).filter(has_text="restart-by-form").last
    await expect(changed).to_contain_text("Tell the customer")
    await picture(page, "form-changed")


async def test_a_run_asks_for_each_value_in_its_own_kind_of_field(page_as: PageAs) -> None:
    """A wrong value is told at its field before anything starts; then it runs with all of them."""
    page = await page_as("ana")
    await say(page, "/runbook create")
    new = form(page, "New runbook")
    await new.get_by_label("Name", exact=True).fill("typed")
    await new.get_by_label("Parameters").fill(PARAMETERS)
    await new.get_by_label("Steps", exact=True).fill(
        "1. Ask {{lead}} and all of {{room}} if {{env}} is at {{level}} on {{day}}"
    )
    await new.get_by_role("button", name="Save").click()
    await expect(new).to_have_count(0)
    card = messages(page).filter(has_text="typed").last
    await card.get_by_role("button", name="Publish").click()
    await card.get_by_role("button", name="Run").click()
    run = form(page, "Run typed")
    await run.get_by_label("env").select_option("prod")
    await run.get_by_label("level").fill("high")
    await run.get_by_label("day").fill("2026-12-24")
    await run.get_by_label("lead").select_option("Ben Adler")
    await run.get_by_label("room").select_option("#general")
    await picture(page, "run-form")
    await run.get_by_role("button", name="Run").click()
    await expect(problem_at(run, "value.level")).to_be_visible()
    await expect(run.get_by_label("level")).to_be_focused()
    await picture(page, "run-form-wrong")
    await run.get_by_label("level").fill("4.5")
    await run.get_by_role("button", name="Run").click()
    await expect(run).to_have_count(0)
    shown = run_of(page, "typed")
    await expect(shown).to_contain_text("prod is at 4.5 on")
    await expect(shown).to_contain_text("#general")
    await expect(shown).to_contain_text("@ben")
    await picture(page, "run-typed")


async def test_home_finds_a_runbook_and_runs_it(page_as: PageAs) -> None:
    page = await page_as("ana")
    await published(page, "from-home", "1. Ask the customer")
    await go_to(page, "runbot")
    home = page.get_by_role("region", name="runbot, Home")
    line = home.locator(".block").filter(has_text="from-home")
    await expect(line.first).to_be_visible()
    await picture(page, "home")
    await line.get_by_role("button").click()
    await page.get_by_role("menuitem", name="Run", exact=True).click()
    run = form(page, "Run from-home")
    await run.get_by_label("Channel").select_option("#general")
    await picture(page, "home-run")
    await run.get_by_role("button", name="Run").click()
    await expect(run).to_have_count(0)
    await go_to(page, "general")
    shown = run_of(page, "from-home")
    await shown.get_by_role("button", name="Done").first.click()
    await expect(shown).to_contain_text("Completed")
    await go_to(page, "runbot")
    await expect(line.first).to_contain_text("Completed")
    await picture(page, "home-after")
