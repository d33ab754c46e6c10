"""What strangers type: too much of it, and markup and scripts wherever there is room for words."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Page, expect

from browser.conftest import PageAs, picture
from browser.real_app import go_to, run_of
from browser.talk import composer, messages, say

MOST = 40_000
HOSTILE = (
    "<img src=x onerror=\"window.owned=1\"><script>window.owned=2</script><svg onload='owned=3'>"
    '<a href="javascript:window.owned=4">x</a>{{7*7}}</textarea>\'"'
)


async def nothing_ran(page: Page) -> None:
    assert await page.evaluate("window.owned") is None
    for selector in ("#page script", "#page img[src=x]", "#page [onerror]", "#page [onload]"):
        assert await page.locator(selector).count() == 0, selector
    assert await page.locator("#page a[href^='javascript']").count() == 0


async def test_a_message_as_long_as_slack_takes_is_shown_and_a_longer_one_is_kept(
    page_as: PageAs,
) -> None:
    """One character too many is refused with a sentence; what was typed is still there."""
    page = await page_as("ben")
    await go_to(page, "ops")
    longest = "x" * (MOST - 4) + " end"
    await composer(page).fill(longest + "s")
    await composer(page).press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("40,000")
    await expect(composer(page)).to_have_value(longest + "s")
    await picture(page, "too-long")
    await composer(page).press("End")
    await composer(page).press("Backspace")
    await composer(page).press("Enter")
    await expect(messages(page).last).to_contain_text("x end")
    await expect(composer(page)).to_have_value("")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await picture(page, "longest")


async def test_hostile_words_in_messages_and_file_names_stay_words(
    page_as: PageAs, tmp_path: Path
) -> None:
    page, other = await page_as("ana"), await page_as("ben")
    await go_to(page, "incidents")
    await go_to(other, "incidents")
    await say(page, f"{HOSTILE} *{HOSTILE}* `{HOSTILE}`\n> {HOSTILE}")
    source = tmp_path / "<img src=x onerror=window.owned=5>.html"
    source.write_text(f"<html><body>{HOSTILE}</body></html>")
    await page.get_by_label("Files", exact=True).set_input_files(source)
    await expect(page.get_by_role("list", name="Files to send")).to_contain_text("onerror")
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await composer(page).press("Enter")
    shown = messages(other).last
    await expect(shown.get_by_role("figure")).to_contain_text("<img src=x onerror")
    await expect(messages(other).nth(-2)).to_contain_text(HOSTILE)
    await picture(other, "hostile-message")
    for one in (page, other):
        await nothing_ran(one)
    async with other.expect_download() as coming:
        await shown.get_by_role("link", name="Download").click()
    assert HOSTILE in Path(await (await coming.value).path()).read_text()


async def test_hostile_words_in_a_runbook_its_values_and_its_mail_stay_words(
    page_as: PageAs,
) -> None:
    """A name keeps letters and hyphens only; description, step, value and mail are as typed."""
    page = await page_as("ana")
    await go_to(page, "incidents")
    await say(page, "/runbook create")
    form = page.get_by_role("dialog", name="New runbook")
    name = form.get_by_label("Name", exact=True)
    await name.fill(HOSTILE[:60])
    await form.get_by_label("Description").fill(HOSTILE)
    await form.get_by_label("Parameters").fill("words (text)")
    await form.get_by_label("Steps", exact=True).fill(
        "1. Send an email to oncall@example.com saying {{words}} via send_email\n"
        f"2. Ask the customer about {HOSTILE} and {{{{words}}}}"
    )
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    card = messages(page).filter(has_text="img-src-x").last
    await expect(card).to_contain_text("<script>window.owned=2</script>")
    await picture(page, "hostile-card")
    await nothing_ran(page)
    await card.get_by_role("button", name="Publish").click()
    await card.get_by_role("button", name="Run").click()
    run_form = page.get_by_role("dialog", name=re.compile("^Run img"))
    await run_form.get_by_label("words").fill(HOSTILE)
    await run_form.get_by_role("button", name="Run").click()
    await expect(run_form).to_have_count(0)
    run = run_of(page, "img-src-x")
    await expect(run).to_contain_text("step 2 of 2")
    await expect(run).to_contain_text(f"and {HOSTILE}")
    await picture(page, "hostile-run")
    await nothing_ran(page)
    await go_to(page, "Mailbox")
    await page.get_by_role("list", name="Mail").get_by_role("button").first.click()
    await expect(page.get_by_role("article")).to_contain_text(HOSTILE)
    await picture(page, "hostile-mail")
    await nothing_ran(page)
    await go_to(page, "runbot")
    await expect(page.get_by_role("region", name="runbot, Home")).to_contain_text("onerror")
    await picture(page, "hostile-home")
    await nothing_ran(page)
