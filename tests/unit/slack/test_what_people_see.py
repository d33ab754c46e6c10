"""What newcomers try, and what they see of it, in channels, threads and direct messages."""

from __future__ import annotations

import asyncio

import pytest

from runbot.playground import Message
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEP = "Ask the team lead whether the release may go on"


async def waiting(office: Office, name: str, *steps: str, channel: str = "ops") -> Message:
    """A run of a new runbook whose first step waits for a person."""
    ana = office.person("ana")
    await office.publishes(ana, name, *(steps or (STEP,)))
    await ana.runs_command("/runbook", f"run {name}", channel=channel)
    return await ana.sees(f"*{name}*  v1 · *Waiting", channel=channel)


def number(run: Message) -> str:
    return run.shown.partition("Run ")[2].split()[0]


async def answers(office: Office, words: str) -> Message:
    """What Runbot says to words in ben's direct messages with it."""
    ben = office.person("ben")
    before = len(ben.reads("@runbot"))
    await ben.says(words, channel="@runbot")
    said = await office.playground.until(
        lambda: ben.reads("@runbot")[before + 1 :], what=f"an answer to {words!r}"
    )
    assert said
    return said[-1]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("hi", "I write, review and run runbooks with you: say `help`"),
        ("Hello there!", "say `help`"),
        ("thanks", "You're welcome."),
        ("what can you do?", "writes, reviews and runs runbooks"),
        ("what is running?", "No run is going on"),
        ("how do I run restart-api?", "Say `run restart-api`."),
        ("how can I create a runbook?", "For example: `create a runbook called"),
        ("help frobnicate", "There is nothing called “frobnicate”. `help` shows"),
        ("lst published", "Did you mean `list published`?"),
    ],
)
async def test_talk_gets_a_short_friendly_answer(office: Office, words: str, answer: str) -> None:
    said = await answers(office, words)
    assert answer in said.shown
    assert len(said.shown.splitlines()) <= 20


async def test_help_fits_a_screen_and_says_the_words_as_they_are_typed_there(
    office: Office,
) -> None:
    said = (await answers(office, "help")).shown
    assert len(said.splitlines()) <= 20
    assert "`run NAME" in said
    assert "`/runbook run" not in said
    ana = office.person("ana")
    await ana.runs_command("/runbook", "help", channel="general")
    assert "`/runbook run NAME" in (await ana.sees("tells more", channel="general")).shown


async def test_a_verb_with_one_wrong_letter_is_taken(office: Office) -> None:
    ana = office.person("ana")
    words = f"@runbot crate a runbook called mistyped with these steps: 1. {STEP}"
    await ana.says(words, channel="ops")
    await ana.sees("*mistyped*  v1", channel="ops")


async def test_a_verb_with_more_wrong_letters_is_offered_with_the_whole_sentence(
    office: Office,
) -> None:
    said = await answers(office, f"crreeate a runbook called offered with steps: 1. {STEP}")
    assert f"Did you mean `create a runbook called offered with steps: 1. {STEP}`?" in said.shown


async def test_people_in_a_step_are_shown_by_name_on_the_card(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "by-name", "Ask @ben to call @mia", "Tell @mia about it")
    assert f"Ask <@{ben.id}> to call <@{office.person('mia').id}>" in card.shown
    assert f"@{ben.id}" not in card.shown.replace(f"<@{ben.id}>", "")


async def test_a_person_in_a_question_about_the_name_is_shown_by_name(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    root = await ana.says(
        "@runbot create a runbook with these steps: 1. Ask @ben 2. Wait", channel="ops"
    )
    asked = await ana.sees("be called?", channel="ops", thread=root)
    assert f"Ask <@{ben.id}>" in asked.shown


async def test_a_persons_name_is_taken_for_a_parameter_that_wants_a_person(
    office: Office,
) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    await office.publishes(
        ana, "owned", "Ask {{owner}} to look at {{env}}", more="with parameters owner (user), env"
    )
    for typed in ("owner=@ben", "owner=ben", f"owner=<@{ben.id}>"):
        await ana.says(f"@runbot run owned {typed} env=qa", channel="ops")
        run = await ana.sees("*owned*  v1 · *Waiting", channel="ops")
        assert f"Ask <@{ben.id}> to look at qa" in run.shown
        await ana.says(f"@runbot abort {number(run)}", channel="ops")
        await office.shows(run, "Aborted by")
    await ana.runs_command("/runbook", "run owned owner=@benn env=qa", channel="ops")
    refused = await ana.sees("nobody here is called @benn", channel="ops")
    assert refused.ephemeral_to == ana.id


async def test_what_is_wrong_is_named_before_what_is_missing(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(
        ana, "picky", "Change {{env}} for {{who}}", more="with parameters env (choice: a, b), who"
    )
    said = (await answers(office, "run picky env=qa")).shown
    assert said.index("env must be one of: a, b") < said.index("It also needs who")


async def test_the_list_has_published_ones_first_and_archived_ones_on_demand(
    office: Office,
) -> None:
    ana = office.person("ana")
    await office.drafts(ana, "zz-a-draft", STEP)
    await office.publishes(ana, "zz-b-published", STEP)
    archived = await office.drafts(ana, "zz-c-archived", STEP)
    await ana.says("@runbot archive", channel="ops", thread=archived)
    await office.shows(archived, "Archived")
    await ana.runs_command("/runbook", "list zz", channel="general")
    listed = (await ana.sees("*zz-b-published*", channel="general")).shown
    assert listed.index("zz-b-published") < listed.index("zz-a-draft")
    assert "zz-c-archived" not in listed
    await ana.runs_command("/runbook", "list archived zz", channel="general")
    await ana.sees("*zz-c-archived* · Archived", channel="general")
    await ana.runs_command("/runbook", "list drafts zz", channel="general")

    def only_drafts() -> bool:
        lists = [m.shown for m in ana.reads("general") if "*zz-a-draft*" in m.shown]
        return any("zz-b-published" not in shown for shown in lists)

    await office.playground.until(only_drafts, what="a list of drafts without published ones")


async def test_status_of_a_runbook_shows_its_run_or_its_last_one(office: Office) -> None:
    ana = office.person("ana")
    run = await waiting(office, "looked-at")
    await ana.runs_command("/runbook", "status looked-at", channel="general")
    shown = await ana.sees("*looked-at*  v1 · Waiting", channel="general")
    assert "people were asked" in shown.shown
    await ana.clicks(run, "question.done")
    await office.shows(run, "Completed")
    await ana.runs_command("/runbook", "status looked-at", channel="general")
    await ana.sees("*looked-at*  v1 · Completed", channel="general")
    await office.publishes(ana, "never-begun", STEP)
    await ana.runs_command("/runbook", "status never-begun", channel="general")
    await ana.sees("*never-begun* has never been run", channel="general")


async def test_an_abort_in_words_names_the_run_and_the_step_it_ended_at(office: Office) -> None:
    ana = office.person("ana")
    run = await waiting(office, "worded")
    root = await ana.says(f"@runbot abort {number(run)}", channel="ops")
    told = await ana.sees("(worded) has ended: it was aborted", channel="ops", thread=root)
    assert f"at step 1: {STEP}" in told.shown


async def test_nothing_of_what_is_said_after_a_name_is_ignored(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "strict", STEP)
    await ana.runs_command("/runbook", "run strict please", channel="ops")
    refused = await ana.sees("no runbook called strict-please", channel="ops")
    assert "Did you mean strict?" in refused.shown
    await ana.runs_command("/runbook", "abort 12 13", channel="ops")
    await ana.sees('"13" after 12 is not something I can read', channel="ops")


async def test_a_word_alone_in_the_cards_thread_is_about_that_runbook(office: Office) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "spoken-to", STEP)
    await ana.says("publish", channel="ops", thread=card)
    await office.shows(card, "Published")
    await ana.says("run it by ben first", channel="ops", thread=card)
    await ana.says("run", channel="ops", thread=card)
    await ana.sees("*spoken-to*  v1 · *Waiting", channel="ops")
    thread = [m.shown for m in ana.reads("ops", card)]
    assert not [said for said in thread if "no runbook called" in said]


async def test_other_talk_under_an_open_question_gets_one_hint_for_its_writer(
    office: Office,
) -> None:
    ana = office.person("ana")
    bot = office.playground.workspace.bot.user_id
    card = await office.drafts(ana, "chatted", "Page the on-call engineer via send_email")
    await ana.says("shall we have lunch?", channel="ops", thread=card)
    hint = await ana.sees(f"For anything else than an answer, begin with <@{bot}>", channel="ops",
                          thread=card)  # fmt: skip
    assert hint.ephemeral_to == ana.id


async def test_the_second_of_two_people_is_told_who_was_first(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    run = await waiting(office, "raced", STEP, "Ask the customer")
    await asyncio.gather(
        ana.clicks(run, "question.done", stale=True), ben.clicks(run, "question.done", stale=True)
    )

    def told() -> list[Message]:
        return [
            m
            for who, other in ((ana, ben), (ben, ana))
            for m in who.reads("ops")
            if m.ephemeral_to == who.id
            and other.id in m.shown
            and ("was first" in m.shown or "answered this already" in m.shown)
        ]

    await office.playground.until(told, what="a word to the second one")


async def test_who_aborts_too_late_is_told_who_was_first(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    run = await waiting(office, "gone")
    await ana.clicks(run, "Abort")
    await office.shows(run, "Aborted by")
    await ben.clicks(run, "Abort", stale=True)
    refused = await ben.sees(f"<@{ana.id}> was first: aborted", channel="ops")
    assert refused.ephemeral_to == ben.id


async def test_a_persons_answer_is_told_once_in_the_thread_and_summed_up_with_names(
    office: Office,
) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    run = await waiting(office, "told-once", STEP, "Ask the customer")
    await ben.clicks(run, "question.note")
    form = await office.modal(ben, "How did it go?")
    await ben.submits(form, {"choice": "done", "note": "checked, all fine"})
    await office.shows(run, f"done by <@{ben.id}>: checked, all fine", "*Waiting")
    await ana.clicks(run, "question.skip")
    form = await office.modal(ana, "Why is it skipped?")
    await ana.submits(form, {"reason": "known bad"})
    await office.shows(run, f"skipped by <@{ana.id}>: known bad", "Completed")
    summary = await ana.sees(f"<@{ana.id}> skipped step 2.", channel="ops", thread=run)
    assert f"<@{ben.id}> did step 1." in summary.shown
    thread = [m for m in office.playground.messages("ops", run)[1:] if m.ts != summary.ts]
    said = "\n".join(str(m.blocks) for m in thread)
    assert (said.count("checked, all fine"), said.count("known bad")) == (1, 1)
    # What was skipped, and why, is what the summary is read for.
    summed_up = str(summary.blocks)
    assert (summed_up.count("checked, all fine"), summed_up.count("known bad")) == (0, 1)


async def test_a_direct_message_is_called_so_in_lists(office: Office) -> None:
    ben = office.person("ben")
    await office.publishes(ben, "in-private", STEP)
    await ben.says("run in-private", channel="@runbot")
    await ben.sees("*in-private*  v1 · *Waiting", channel="@runbot")
    await ben.says("history in-private", channel="@runbot")
    said = (await ben.sees("*Runs of in-private*", channel="@runbot")).shown
    assert "direct message" in said
    assert ben.im not in said


async def test_a_posts_line_leads_to_the_message(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "posting", 'Post "all is well" to #ops')
    await ana.runs_command("/runbook", "run posting", channel="ops")
    run = await ana.sees("*posting*  v1 · *Completed", channel="ops")
    post = await ana.sees("all is well", channel="ops")
    await office.shows(run, f"/p{post.ts.replace('.', '')}|see it>")
