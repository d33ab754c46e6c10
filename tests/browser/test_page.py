"""The page as a person meets it, over the real server, its protocols, and a real Bolt app."""

from __future__ import annotations

import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib
import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs, picture
from browser.page_app import add_listeners, card
from browser.talk import composer, messages, say
from playground.bolt_apps import ConnectedApp, connected_app
from runbot.playground import Playground, Timing

SLACKS_OWN = Timing()


@pytest.fixture
def bot(app: ConnectedApp, playground: Playground) -> ConnectedApp:
    """The app with its listeners."""
    add_listeners(app.bolt, playground.workspace.channel("general").id)
    return app


async def ask_for_card(page: Page) -> Locator:
    await say(page, "@runbot a card, please")
    found = messages(page).filter(has_text="A card ·")
    await found.wait_for()
    return found


async def test_what_one_person_says_the_other_reads_at_once(page_as: PageAs) -> None:
    """Two people in two tabs: the message arrives without a reload, its markup drawn."""
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "It is *down*, see `db-3` <now>\n> since noon :eyes:")
    seen = messages(ben).last
    await expect(seen).to_contain_text("Ana Ortiz")
    await expect(seen.locator("b", has_text="down")).to_be_visible()
    await expect(seen.locator("code")).to_have_text("db-3")
    await expect(seen.locator("blockquote")).to_contain_text("since noon")
    await expect(seen).to_contain_text("<now>")
    await expect(composer(ana)).to_have_value("")


async def test_what_looks_like_html_stays_text(page_as: PageAs) -> None:
    page = await page_as("ana")
    hostile = (
        '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    )
    await say(page, hostile)
    await expect(messages(page).last).to_contain_text(hostile)
    assert await messages(page).last.locator("img, script").count() == 0
    assert await page.title() != "owned"


async def test_only_web_and_mail_links_are_links(page_as: PageAs, bot: ConnectedApp) -> None:
    """A script's address is shown as its words; a real link opens elsewhere, without its opener."""
    page = await page_as("ana")
    text = "<javascript:alert(1)|press> and <https://example.com/a?b=1&amp;c=2|the graph>"
    await bot.client.chat_postMessage(channel="#general", text=text)
    shown = messages(page).last
    await expect(shown).to_contain_text("press and the graph")
    links = shown.get_by_role("link")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    await expect(links).to_have_attribute("rel", re.compile("noopener"))
    await expect(links).to_have_attribute("target", "_blank")


@pytest.mark.usefixtures("bot")
async def test_a_mention_is_completed_and_answered(page_as: PageAs) -> None:
    """Typing @run offers the app; what is sent reaches it as a mention."""
    page = await page_as("ana")
    await composer(page).press_sequentially("@run")
    await expect(page.get_by_role("option", name="@runbot")).to_be_visible()
    await composer(page).press("Tab")
    await composer(page).press_sequentially("good morning")
    await composer(page).press("Enter")
    answer = messages(page).last
    await expect(answer).to_contain_text("@ana said: @runbot good morning")
    await expect(answer.get_by_text("APP")).to_be_visible()
    await expect(page.locator("[aria-live=polite]")).to_contain_text("runbot: ")


@pytest.mark.usefixtures("bot")
async def test_a_button_redraws_its_message_in_place(page_as: PageAs) -> None:
    """It changes for everyone, not marked as edited; the pressed button keeps the focus."""
    ana, ben = await page_as("ana"), await page_as("ben")
    shown = await ask_for_card(ana)
    await shown.get_by_role("button", name="Pause").click()
    await expect(messages(ana).filter(has_text="A card · paused")).to_be_visible()
    redrawn = messages(ben).filter(has_text="A card · paused")
    await expect(redrawn).to_be_visible()
    await expect(redrawn).not_to_contain_text("(edited)")
    await expect(messages(ana).get_by_role("button", name="Pause")).to_be_focused()


async def test_changed_and_deleted_words_are_followed(page_as: PageAs, bot: ConnectedApp) -> None:
    """A changed text says that it was edited; a deleted message goes."""
    page = await page_as("ana")
    posted = await bot.client.chat_postMessage(channel="#general", text="Noon")
    message = {"channel": posted["channel"], "ts": posted["ts"]}
    await expect(messages(page).last).to_contain_text("Noon")
    await bot.client.chat_update(**message, text="One o'clock")
    await expect(messages(page).last).to_contain_text("One o'clock(edited)")
    await bot.client.chat_delete(**message)
    await expect(messages(page)).to_have_count(0)


@pytest.mark.usefixtures("bot")
async def test_a_confirm_question_is_asked_first(page_as: PageAs) -> None:
    """Declining sends nothing; Esc declines; agreeing sends the click."""
    page = await page_as("ana")
    shown = await ask_for_card(page)
    question = page.get_by_role("dialog", name="Abort it?")
    for decline in ("Keep running", "Escape"):
        await shown.get_by_role("button", name="Abort").click()
        await expect(question).to_contain_text("What runs will be cut off.")
        if decline == "Escape":
            await page.keyboard.press("Escape")
        else:
            await question.get_by_role("button", name=decline).click()
        await expect(question).to_have_count(0)
        await expect(shown.get_by_role("button", name="Abort")).to_be_focused()
    await expect(messages(page).filter(has_text="Aborted by")).to_have_count(0)
    await shown.get_by_role("button", name="Abort").click()
    await question.get_by_role("button", name="Abort").click()
    await expect(messages(page).filter(has_text="Aborted by @ana")).to_be_visible()


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("timing", [SLACKS_OWN])
async def test_an_unanswered_click_says_so_beside_the_button(page_as: PageAs) -> None:
    """The button is disabled while the click is under way, then the sentence stands there."""
    page = await page_as("ana")
    button = (await ask_for_card(page)).get_by_role("button", name="Ignore me")
    await button.click()
    await expect(button).to_be_disabled()
    await expect(page.get_by_role("alert")).to_contain_text("Ignore me: The app didn't answer")
    await expect(button).to_be_enabled()


@pytest.mark.usefixtures("bot")
async def test_an_overflow_menu_works_from_the_keyboard(page_as: PageAs) -> None:
    page = await page_as("ana")
    await (await ask_for_card(page)).get_by_role("button", name="More actions").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Timeline")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(messages(page).last).to_contain_text("Chose timeline")


@pytest.mark.usefixtures("bot")
async def test_choices_in_a_message_act_at_once(page_as: PageAs, playground: Playground) -> None:
    """What is picked reaches the app as Slack sends it; a moment is read in the person's zone."""
    page = await page_as("ben")
    await say(page, "@runbot give me choices")
    await messages(page).get_by_label("Colour").select_option("Green")
    await expect(messages(page).last).to_contain_text("colour is green")
    await messages(page).get_by_label("Person").select_option("Mia Chen")
    mia = playground.person("mia").id
    await expect(messages(page).last).to_contain_text(f"person is {mia}")
    await messages(page).get_by_label("Day").fill("2026-12-24")
    await expect(messages(page).last).to_contain_text("day is 2026-12-24")
    await messages(page).locator('[data-action-id="moment"]').fill("2026-07-01T08:00")
    await expect(messages(page).last).to_contain_text("moment is 1782907200")
    await messages(page).get_by_label("Right").check()
    await expect(messages(page).last).to_contain_text("side is right")
    await expect(messages(page).get_by_label("Colour")).to_have_value("green")


@pytest.mark.usefixtures("bot")
async def test_a_modal_shows_errors_at_their_inputs_and_then_saves(page_as: PageAs) -> None:
    """Opened empty and filled, left blank, refused by the app, accepted: nothing typed is lost."""
    page = await page_as("ana")
    shown = await ask_for_card(page)
    await shown.get_by_role("button", name="Edit").click()
    modal = page.get_by_role("dialog", name="New runbook")
    await expect(modal.get_by_label("Name")).to_be_focused()
    await modal.get_by_role("button", name="Save").click()
    await expect(modal.locator('[data-block-id="name"]').get_by_role("alert")).to_be_visible()

    await modal.get_by_label("Name").fill("restart api")
    await modal.get_by_label("Steps").fill("1. Stop it.\n2. Start it.")
    await modal.get_by_label("Kind").select_option("Manual")
    await modal.get_by_label("Due").fill("2026-12-24")
    await modal.get_by_label("Chat").check()
    await modal.get_by_role("button", name="Save").click()
    await expect(modal.get_by_text("A name has no spaces.")).to_be_visible()
    await expect(modal.get_by_label("Name")).to_be_focused()
    await picture(page, "modal-with-an-error")

    await modal.get_by_label("Name").fill("restart-api")
    await modal.get_by_role("button", name="Save").click()
    await expect(modal).to_have_count(0)
    await expect(messages(page).last).to_contain_text(
        "Saved restart-api: '1. Stop it.\\n2. Start it.', manual, 2026-12-24, chat"
    )
    await expect(shown.get_by_role("button", name="Edit")).to_be_focused()


@pytest.mark.usefixtures("bot")
async def test_modals_stack_and_keep_what_was_typed(page_as: PageAs) -> None:
    """The app sees what is typed so far; its update and a modal on top leave that alone."""
    page = await page_as("ana")
    await (await ask_for_card(page)).get_by_role("button", name="Edit").click()
    first = page.get_by_role("dialog", name="New runbook")
    await first.get_by_label("Name").fill("restart-api")
    await first.get_by_role("button", name="Check").click()
    await expect(first.get_by_text("Checked restart-api.")).to_be_visible()
    await expect(first.get_by_label("Name")).to_have_value("restart-api")
    await first.get_by_role("button", name="Tools…").click()
    second = page.get_by_role("dialog", name="Tools")
    await expect(second).to_contain_text("send_email, wait")
    await expect(page.get_by_label("Name")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(second).to_have_count(0)
    await expect(first.get_by_label("Name")).to_have_value("restart-api")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.usefixtures("bot")
async def test_a_command_is_answered_to_its_person_alone(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "/runbook list all")
    answer = messages(ana).last
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("You ran list all.")
    await say(ana, "all read this")
    await expect(messages(ben).last).to_contain_text("all read this")
    await expect(messages(ben).filter(has_text="You ran")).to_have_count(0)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("timing", [SLACKS_OWN])
async def test_a_command_that_fails_comes_back_into_the_composer(page_as: PageAs) -> None:
    """Slack's sentence stands over it, and what the workspace knows is offered while one types."""
    page = await page_as("ana")
    await say(page, "/runbook hang")
    await expect(page.get_by_role("alert")).to_contain_text("operation_timeout")
    await expect(composer(page)).to_have_value("/runbook hang")
    await composer(page).fill("/inv")
    await composer(page).press_sequentially("i")
    await expect(page.get_by_role("option", name="/invite @name")).to_be_visible()


@pytest.mark.usefixtures("bot")
async def test_an_ephemeral_message_is_seen_by_one(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "@runbot tell me a secret")
    await expect(messages(ana).last).to_contain_text("Only visible to you")
    await expect(messages(ana).last.locator("b", has_text="it works")).to_be_visible()
    await expect(messages(ben).last).to_contain_text("tell me a secret")


@pytest.mark.usefixtures("bot")
async def test_a_thread_is_opened_answered_and_counted(page_as: PageAs) -> None:
    """Replies stay in the thread; commands are refused there with Slack's sentence."""
    page = await page_as("ana")
    await say(page, "What happened here?")
    root = messages(page).last
    await root.hover()
    await root.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("region", name="Thread")
    reply = thread.get_by_role("combobox", name="Reply…")
    await expect(reply).to_be_focused()
    await reply.fill("@runbot any idea?")
    await reply.press("Enter")
    await expect(thread.get_by_text("In the thread")).to_be_visible()
    await expect(root.get_by_role("button", name="2 replies")).to_be_visible()
    await expect(messages(page)).to_have_count(1)
    await reply.fill("/runbook list")
    await reply.press("Enter")
    await expect(thread.get_by_role("alert")).to_have_text(
        re.compile("/runbook is not supported in threads. Sorry!")
    )


async def test_a_thread_shows_that_the_app_is_thinking(page_as: PageAs, bot: ConnectedApp) -> None:
    page = await page_as("ana")
    await say(page, "Look into it")
    root = messages(page).last
    await expect(root).to_be_visible()
    channel, ts = await root.get_attribute("data-channel"), await root.get_attribute("data-ts")
    assert channel
    assert ts
    await bot.client.assistant_threads_setStatus(
        channel_id=channel, thread_ts=ts, status="is thinking…"
    )
    await expect(page.get_by_text("is thinking…")).to_be_visible()
    await bot.client.chat_postMessage(channel=channel, thread_ts=ts, text="Done.")
    await expect(page.get_by_text("is thinking…")).to_have_count(0)


@pytest.mark.usefixtures("bot")
async def test_home_is_published_and_redrawn(page_as: PageAs) -> None:
    page = await page_as("ana")
    await page.get_by_role("navigation").get_by_role("button", name="runbot").click()
    home = page.get_by_role("region", name="runbot, Home")
    await expect(home).to_contain_text("Nothing runs.")
    await home.get_by_role("button", name="Refresh").click()
    await expect(home).to_contain_text("One is running.")


async def test_mail_arrives_live(page_as: PageAs, playground: Playground) -> None:
    """A badge counts it; reading shows its text, and an HTML part never becomes markup."""
    page = await page_as("ana")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bot@example.com", "oncall@example.com", "Wake up"
    mail.set_content("<p>The <b>database</b> is down.</p>", subtype="html")
    smtp = urlsplit(playground.smtp_url)
    await aiosmtplib.send(mail, hostname=smtp.hostname, port=smtp.port)
    mailbox = page.get_by_role("navigation").get_by_role("button", name="Mailbox")
    await expect(mailbox).to_contain_text("1")
    await mailbox.click()
    await expect(mailbox.locator(".badge")).to_have_count(0)
    await page.get_by_role("button", name="Wake up").click()
    await expect(page.get_by_role("article", name="Wake up")).to_contain_text(
        "The database is down."
    )


async def test_unread_marks_come_and_go(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben", path="#incidents")
    await say(ben, "Something is on fire")
    entry = ana.get_by_role("navigation").get_by_role("button", name="incidents")
    await expect(entry).to_contain_text("1")
    await entry.click()
    await expect(messages(ana).last).to_contain_text("Something is on fire")
    await expect(entry.locator(".badge")).to_have_count(0)


async def test_the_first_sentence_is_offered_until_one_has_spoken(page_as: PageAs) -> None:
    page = await page_as("ana")
    offer = page.get_by_role("button", name="Try this")
    await offer.click()
    await expect(composer(page)).to_have_value("@runbot say hello to #general")
    await expect(composer(page)).to_be_focused()
    await composer(page).press("Enter")
    await expect(messages(page).last).to_contain_text("@runbot say hello to #general")
    await expect(offer).to_have_count(0)


async def test_the_page_says_when_the_app_is_away(page_as: PageAs, playground: Playground) -> None:
    page = await page_as("ana")
    away = page.get_by_text("runbot isn’t connected, so it won’t answer until it is.")
    await expect(away).to_be_visible()
    async with connected_app(playground):
        await expect(away).to_have_count(0)
    await expect(away).to_be_visible()


async def test_the_page_says_that_the_server_is_gone_and_comes_back(
    page_as: PageAs, playground: Playground
) -> None:
    page = await page_as("ana")
    await say(page, "before")
    await expect(messages(page).last).to_contain_text("before")
    port = urlsplit(playground.url).port
    assert port
    await composer(page).fill("Half a sen")
    await playground.stop()
    await expect(page.get_by_text("The server is gone; trying again…")).to_be_visible()
    await composer(page).press("Enter")
    await expect(page.get_by_text("The server can't be reached.")).to_be_visible()
    await expect(composer(page)).to_have_value("Half a sen")
    again = Playground()
    await again.start(port=port)
    try:
        await expect(page.get_by_text("The server is gone; trying again…")).to_have_count(0)
        await say(page, "after")
        await expect(messages(page).last).to_contain_text("after")
        await expect(messages(page)).to_have_count(1)
    finally:
        await page.close()
        await again.stop()


async def test_a_redraw_each_second_moves_nothing(page_as: PageAs, bot: ConnectedApp) -> None:
    """Someone who reads further up stays there; someone at the end stays at the end."""
    page = await page_as("ana", viewport={"width": 1100, "height": 560})
    for number in range(12):
        await bot.client.chat_postMessage(
            channel="#general", text=f"Line {number}\nand more\nof it"
        )
    posted = await bot.client.chat_postMessage(
        channel="#general", text="A card", blocks=card("at 0")
    )
    await expect(messages(page)).to_have_count(13)
    log = page.get_by_role("log")
    end = log.locator(".list-end")  # 14 pixels high, and a part of one may be cut off
    for place in ("end", "top"):
        if place == "top":
            await log.evaluate("e => { e.scrollTop = 40 }")
        for number in range(1, 4):
            await bot.client.chat_update(
                channel=posted["channel"], ts=posted["ts"], text="A card",
                blocks=card(f"{place} {number}" + "\nlonger" * number),
            )  # fmt: skip
            await expect(messages(page).last).to_contain_text(f"{place} {number}")
        if place == "end":
            await expect(end).to_be_in_viewport(ratio=0.9)
        else:
            assert await log.evaluate("e => e.scrollTop") == 40
    await bot.client.chat_postMessage(channel="#general", text="One more")
    await page.get_by_role("button", name="New messages").click()
    await expect(end).to_be_in_viewport(ratio=0.9)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_narrow_screen_shows_one_pane_at_a_time(page_as: PageAs, scheme: str) -> None:
    """At 375 pixels nothing is cut off sideways, and every place can be reached."""
    page = await page_as("ana", viewport={"width": 375, "height": 740}, color_scheme=scheme)
    shown = await ask_for_card(page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    await shown.get_by_role("button", name="Edit").click()
    modal = page.get_by_role("dialog", name="New runbook")
    await expect(modal.get_by_role("button", name="Save")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Conversations").click()
    await expect(composer(page)).to_be_hidden()
    await page.get_by_role("navigation").get_by_role("button", name="incidents").click()
    await expect(page.get_by_role("heading", name="#incidents")).to_be_visible()


async def test_switching_the_person_changes_who_speaks(page_as: PageAs) -> None:
    page = await page_as("ana")
    await page.get_by_role("navigation", name="Act as").get_by_role("link", name="ben").click()
    await expect(page).to_have_url(re.compile(r"as=ben"))
    await say(page, "Ben here")
    await expect(messages(page).last).to_contain_text("Ben Adler")


async def test_a_permalink_leads_to_its_message(
    page_as: PageAs, bot: ConnectedApp, playground: Playground
) -> None:
    """A link to a message of this workspace is followed in place, and the message stands out."""
    page = await page_as("ana", path="#incidents")
    posted = await bot.client.chat_postMessage(channel="#general", text="The one")
    link = await bot.client.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])
    await say(page, f"See {link['permalink']}")
    await messages(page).last.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="#general")).to_be_visible()
    await expect(page.locator(".highlit")).to_contain_text("The one")
    assert link["permalink"].startswith(playground.url)
