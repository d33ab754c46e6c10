"""People talk to Runbot in channels, threads, direct messages and with /runbook."""

from __future__ import annotations

import pytest

from runbot.playground import Message, PersonRefusal
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEP = "Ask the team lead whether the release may go on"
PAGE = "Page the on-call engineer via send_email"


def said_last(office: Office, channel: str, words: str) -> Message:
    return [m for m in office.playground.messages(channel) if words in m.text][-1]


async def test_a_sentence_in_a_channel_becomes_a_draft_with_its_card(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "restart-api", "Email oncall@example.com", STEP)
    assert "Draft" in card.shown
    assert "rb_" in card.shown
    assert "send_email → oncall@example.com" in card.shown
    assert "by a person" in card.shown
    assert card.thread_ts is None


async def test_an_event_that_slack_delivers_twice_makes_one_card(office: Office) -> None:
    ana = office.person("ana")
    office.playground.faults.double_events(4)
    card = await office.drafts(ana, "only-once", STEP)
    await ana.says("@runbot show only-once", channel="ops")
    await ana.sees("only-once", channel="ops", thread=said_last(office, "ops", "show only-once"))
    cards = [m for m in office.playground.messages("ops") if "*only-once*" in m.shown]
    assert [m.ts for m in cards] == [card.ts]


async def test_an_answer_in_the_cards_thread_fills_the_open_question(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "page-oncall", PAGE)
    assert "Before it can be published" in card.shown
    await ana.says("1: oncall@example.com", channel="ops", thread=card)
    await office.shows(card, "send_email → oncall@example.com", "v2")
    told = await ana.sees("Nothing is open any more", channel="ops", thread=card)
    assert told.ephemeral_to is None


async def test_talk_in_a_drafts_thread_that_answers_nothing_is_answered_quietly(
    office: Office,
) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "page-quietly", PAGE)
    await ana.says("looks good to me", channel="ops", thread=card)
    hint = await ana.sees("needs an email address", channel="ops", thread=card)
    assert hint.ephemeral_to == ana.id
    assert office.playground.current(card) == card


async def test_talk_about_a_draft_that_asks_nothing_is_left_alone(office: Office) -> None:
    ana, mia = office.person("ana"), office.person("mia")
    await ana.says(
        f"@runbot create a runbook called quiet with steps: 1. {STEP}", channel="general"
    )
    card = await ana.sees("*quiet*", channel="general")
    asked_of_slack = len(office.playground.calls_of("users.info"))
    office.application.desk.directory.forget()
    await mia.says("looks good to me", channel="general", thread=card)
    await ana.says("to me too", channel="general", thread=card)
    await ana.says("@runbot help pause", channel="general", thread=card)
    await ana.sees("Hold a run before its next step", channel="general", thread=card)
    thread = office.playground.messages("general", card)
    assert [m for m in thread if m.ephemeral_to] == []
    assert not [m for m in mia.reads("general") if "Guests may not" in m.shown]
    # Only whoever spoke to Runbot was looked up.
    assert len(office.playground.calls_of("users.info")) == asked_of_slack + 1


async def test_what_a_steps_own_tool_refuses_is_said_before_it_is_published(
    office: Office,
) -> None:
    ana = office.person("ana")
    step = 'Save the page https://example.com/logs to the data store as "my logs"'
    card = await office.drafts(ana, "refused-by-tool", STEP, step)
    assert "⛔ Error: data_store's name must be" in card.shown
    await ana.clicks(card, "Publish")
    refused = await ana.sees("refused-by-tool can't be published yet", channel="ops")
    assert "Step 2: data_store's name must be" in refused.shown
    assert "Step 2: Step 2" not in refused.shown


async def test_what_is_asked_for_is_not_also_called_an_error(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "only-asked", "Snapshot the database logs to the data store")
    assert "where do the database logs come from" in card.shown
    assert "Error" not in card.shown
    assert card.shown.count("Step 1: ") == 1


async def test_a_time_without_a_zone_is_shown_as_what_it_means(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(
        ana, "zoned", "Wait until 14:00", "Wait until 14:00+02:00", "Wait until 2030-01-31"
    )
    assert "wait → 14:00 UTC" in card.shown
    assert "wait → 14:00+02:00 ·" in card.shown
    assert "wait → 2030-01-31 UTC" in card.shown


async def test_publishing_with_an_open_question_is_refused_with_the_question(
    office: Office,
) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "page-unknown", PAGE)
    await ana.clicks(card, "Publish")
    refused = await ana.sees("page-unknown can't be published yet", channel="ops")
    assert refused.ephemeral_to == ana.id
    assert "Step 1" in refused.shown


async def test_a_mention_in_the_cards_thread_needs_no_name(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "nameless", STEP)
    await ana.says("@runbot publish", channel="ops", thread=card)
    await office.shows(card, "Published")
    await ana.says("@runbot run", channel="ops", thread=card)
    run = await ana.sees("*nameless*  v1 · *Waiting", channel="ops")
    assert run.thread_ts is None


async def test_words_in_a_thread_elsewhere_lead_to_the_card(office: Office) -> None:
    ana = office.person("ana")
    root = await ana.says("the api is down again", channel="ops")
    words = f"@runbot create a runbook called from-thread with these steps: 1. {STEP}"
    await ana.says(words, channel="ops", thread=root)
    await ana.sees("The draft is", channel="ops", thread=root)
    assert [m for m in office.playground.messages("ops") if "*from-thread*" in m.shown]


async def test_a_direct_message_understands_the_same_words(office: Office) -> None:
    ben = office.person("ben")
    words = f"Create a runbook called by-ben with these steps: 1. {STEP}"
    await ben.says(words, channel="@runbot")
    card = await ben.sees("*by-ben*", channel="@runbot")
    await ben.clicks(card, "Publish")
    await office.shows(card, "Published")
    await ben.says("list", channel="@runbot")
    listed = await ben.sees("*Runbooks*", channel="@runbot")
    assert "*by-ben* · Published · 1 step" in listed.shown
    assert "Never run" in listed.shown


async def test_words_that_are_half_understood_are_asked_about(office: Office) -> None:
    ana = office.person("ana")
    root = await ana.says("@runbot create a runbook called stepless", channel="ops")
    await ana.sees("What are the steps", channel="ops", thread=root)
    await ana.runs_command("/runbook", "show stepless", channel="ops")
    await ana.sees("no runbook called stepless", channel="ops")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("", "writes, reviews and runs runbooks"),
        ("help run", "asks for the values that are missing"),
        ("help nonsense", "nothing called “nonsense”"),
        ("lst", "Did you mean `/runbook list"),
        ("frobnicate the widget", "I don't know what to do with “frobnicate the widget”"),
        ("show <script>alert(1)</script>", "There is no runbook called"),
        ("tools", "`send_email` (write)"),
        ("history nothing", "There is no runbook called nothing"),
        ("pause", "No run is going on in this channel"),
        ("abort 4711", "There is no run 4711"),
        ("run", "Which runbook should I run?"),
        ("publish", "Which runbook should I publish?"),
        ("create " + "x" * 10_000, "What"),
    ],
)
async def test_every_command_is_answered(office: Office, words: str, answer: str) -> None:
    ben = office.person("ben")
    await ben.runs_command("/runbook", words, channel="general")
    shown = await ben.sees(answer, channel="general")
    assert shown.ephemeral_to == ben.id
    assert "<script" not in shown.shown


async def test_a_digit_that_is_no_number_names_no_run(office: Office) -> None:
    ben = office.person("ben")
    await ben.runs_command("/runbook", "status ²", channel="ops")
    await ben.sees("There is no run", channel="ops")


async def test_a_name_that_shouts_pings_nobody(office: Office) -> None:
    ben = office.person("ben")
    root = await ben.says("@runbot show <!channel> @everyone", channel="general")
    reply = await ben.sees("There is no runbook", channel="general", thread=root)
    assert "<!channel>" not in reply.shown
    assert "@everyone" not in reply.shown


async def test_guests_are_told_that_they_may_not(office: Office) -> None:
    mia = office.person("mia")
    await mia.runs_command("/runbook", f"create called x with steps: 1. {STEP}", channel="general")
    await mia.sees("Guests may not write or change runbooks", channel="general")
    await mia.runs_command("/runbook", "help", channel="general")
    await mia.sees("Only full members", channel="general")


async def test_where_runbot_is_not_in_nothing_is_begun(office: Office) -> None:
    ana = office.person("ana")
    words = f"create a runbook called in-leads with these steps: 1. {STEP}"
    await ana.runs_command("/runbook", words, channel="leads")
    await ana.sees("Invite it with /invite", channel="leads")
    await ana.runs_command("/runbook", "show in-leads", channel="leads")
    await ana.sees("no runbook called in-leads", channel="leads")


async def test_once_invited_it_works_at_once(office: Office) -> None:
    ana = office.person("ana")
    words = f"create a runbook called after-invite with these steps: 1. {STEP}"
    await ana.runs_command("/invite", "@runbot", channel="leads")
    await ana.runs_command("/runbook", words, channel="leads")
    await ana.sees("*after-invite*", channel="leads")


async def test_a_command_is_acknowledged_while_slack_is_slow_to_answer(office: Office) -> None:
    ben = office.person("ben")
    office.playground.faults.ratelimited("chat.postMessage", retry_after=1)
    try:
        words = f"create a runbook called slowly with these steps: 1. {STEP}"
        await ben.runs_command("/runbook", words, channel="ops")
    except PersonRefusal as refused:
        pytest.fail(f"the command was not acknowledged: {refused}")
    await ben.sees("*slowly*", channel="ops")
