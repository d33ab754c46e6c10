"""People start runs, control them and answer for them, in words and by clicks."""

from __future__ import annotations

import asyncio

import pytest

from runbot.playground import Message
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEP = "Ask the team lead whether {{env}} may be changed"
WITH = "with parameters env (choice: staging, prod), who (email)"
MAIL = "Email {{who}} that it is done"


def runs(office: Office, name: str, channel: str = "ops") -> list[Message]:
    return [m for m in office.playground.messages(channel) if f"*{name}*  v1 · *" in m.shown
            and "Run " in m.shown]  # fmt: skip


async def test_before_anything_has_run_the_lists_say_so(office: Office) -> None:
    ana = office.person("ana")
    await ana.runs_command("/runbook", "history", channel="general")
    await ana.sees("There are no runs yet", channel="general")
    await ana.runs_command("/runbook", "status", channel="general")
    await ana.sees("No run is going on", channel="general")


async def test_values_on_the_command_line_start_the_run_at_once(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "by-line", STEP, MAIL, more=WITH)
    await ana.runs_command("/runbook", "run by-line env=staging who=x@example.com", channel="ops")
    run = await ana.sees("*by-line*  v1 · *Waiting", channel="ops")
    assert "Ask the team lead whether staging may be changed" in run.shown
    await ana.clicks(run, "question.done")
    await office.shows(run, "Completed", "2", "complete")
    mail = office.playground.mail[0]
    assert mail.to == ["x@example.com"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("env=mars who=x@example.com", "env must be one of: staging, prod"),
        ("env=prod who=nobody", "who must be an email address"),
        ("env=prod who=x@example.com colour=red", "no parameter called colour"),
        ("env=prod env=prod", "env is given twice"),
        ("env=prod who=x@example.com stray words", '"stray words" is not a value'),
    ],
)
async def test_wrong_values_are_refused_before_anything_starts(
    office: Office, values: str, sentence: str
) -> None:
    ana = office.person("ana")
    if "by-line" not in "".join(m.shown for m in office.playground.messages("ops")):
        await office.publishes(ana, "by-line", STEP, MAIL, more=WITH)
    before = len(runs(office, "by-line"))
    await ana.runs_command("/runbook", f"run by-line {values}", channel="ops")
    refused = await ana.sees(sentence, channel="ops")
    assert "The run was not started" in refused.shown
    assert len(runs(office, "by-line")) == before


async def test_missing_values_are_asked_for_in_a_form_with_typed_inputs(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "by-form", STEP, MAIL, more=WITH)
    await ana.runs_command("/runbook", "run by-form env=prod", channel="ops")
    form = await office.modal(ana, "What will be done")
    kinds = {b["block_id"]: b["element"]["type"] for b in form.blocks if b["type"] == "input"}
    assert kinds == {"value.env": "static_select", "value.who": "email_text_input"}
    assert "send_email" in str(form.blocks)
    sent = await ana.submits(form, {"who": "x@example.com"})
    assert sent.response_action is None
    run = await ana.sees("*by-form*  v1 · *Waiting", channel="ops")
    assert "whether prod may be changed" in run.shown


async def test_a_form_that_is_sent_twice_starts_one_run(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "sent-twice", STEP, MAIL, more=WITH)
    await ana.runs_command("/runbook", "run sent-twice", channel="ops")
    form = await office.modal(ana, "What will be done")
    values: dict[str, object] = {"who": "x@example.com", "env": "prod"}
    await asyncio.gather(
        ana.submits(form, values), ana.submits(form, values), return_exceptions=True
    )
    await ana.sees("*sent-twice*  v1 · *Waiting", channel="ops")
    lines = await office.application.desk.runs.going_on(await office.actor("ana"))
    assert sum(line.name == "sent-twice" for line in lines) == 1


async def test_words_get_a_button_that_opens_the_form(office: Office) -> None:
    ben = office.person("ben")
    await office.publishes(ben, "by-words", STEP, MAIL, more=WITH)
    root = await ben.says("@runbot run by-words env=prod", channel="ops")
    asked = await ben.sees("needs `who`", channel="ops", thread=root)
    await ben.clicks(asked, "Fill in and run")
    form = await office.modal(ben, "What will be done")
    await ben.submits(form, {"who": "x@example.com"})
    run = await ben.sees("*by-words*  v1 · *Waiting", channel="ops")
    assert "whether prod may be changed" in run.shown


async def test_a_run_is_found_by_number_by_name_or_as_the_only_one_here(office: Office) -> None:
    ana = office.person("ana")
    card = await office.publishes(ana, "found", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run found", channel="general")
    run = await ana.sees("*found*  v1 · *Waiting", channel="general")
    await ana.runs_command("/runbook", "pause", channel="general")
    await ana.sees("is pausing", channel="general")
    await ana.runs_command("/runbook", "resume found", channel="general")
    await ana.sees("is waiting for an answer", channel="general")
    number = run.shown.partition("Run ")[2].split()[0]
    await ana.says(f"@runbot abort #{number}", channel="ops", thread=card)
    await office.shows(run, "Aborted by")


async def test_where_several_runs_go_on_it_asks_which(office: Office) -> None:
    ben = office.person("ben")
    await office.publishes(ben, "one-of-two", "Ask ana to have a look")
    await ben.runs_command("/runbook", "run one-of-two", channel="incidents")
    await ben.runs_command("/runbook", "run one-of-two", channel="incidents")
    await office.playground.until(
        lambda: len(runs(office, "one-of-two", "incidents")) == 2, what="two runs"
    )
    await ben.runs_command("/runbook", "abort", channel="incidents")
    asked = await ben.sees("Which run should I abort?", channel="incidents")
    assert asked.shown.count("(one-of-two)") >= 2


async def test_a_guest_who_clicks_is_refused_and_nothing_happens(office: Office) -> None:
    ana, mia = office.person("ana"), office.person("mia")
    await office.publishes(ana, "hands-off", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run hands-off", channel="general")
    run = await ana.sees("*hands-off*  v1 · *Waiting", channel="general")
    await mia.clicks(run, "Abort")
    await mia.sees("Guests may not", channel="general")
    await mia.clicks(run, "question.done")
    await mia.sees("Guests may not answer", channel="general")
    assert "Waiting" in (await office.shows(run, "hands-off")).shown


async def test_a_stale_button_says_what_happened_instead(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    await office.publishes(ana, "stale", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run stale", channel="ops")
    run = await ana.sees("*stale*  v1 · *Waiting", channel="ops")
    await ana.clicks(run, "Abort")
    await office.shows(run, "Aborted by")
    await ben.clicks(run, "Pause", stale=True)
    refused = await ben.sees("so it can't be paused", channel="ops")
    assert refused.ephemeral_to == ben.id


async def test_skipping_asks_for_the_reason(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "skipped", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run skipped", channel="ops")
    run = await ana.sees("*skipped*  v1 · *Waiting", channel="ops")
    await ana.clicks(run, "question.skip")
    form = await office.modal(ana, "Why is it skipped?")
    await ana.submits(form, {"reason": "ben is away"})
    await office.shows(run, "Completed", "skipped", "ben is away")


async def test_a_manual_step_takes_an_answer_with_a_note(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "noted", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run noted", channel="ops")
    run = await ana.sees("*noted*  v1 · *Waiting", channel="ops")
    await ana.clicks(run, "question.note")
    form = await office.modal(ana, "How did it go?")
    await ana.submits(form, {"choice": "done", "note": "he saw nothing odd"})
    await office.shows(run, "Completed", "he saw nothing odd")


async def test_run_again_opens_the_form_with_the_values_of_last_time(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "once-more", STEP, more="with parameter env")
    await ana.runs_command("/runbook", "run once-more env=staging", channel="ops")
    run = await ana.sees("*once-more*  v1 · *Waiting", channel="ops")
    await ana.clicks(run, "question.done")
    await office.shows(run, "Completed")
    await ana.clicks(run, "Run again")
    form = await office.modal(ana, "What will be done")
    assert form.blocks[0]["element"]["initial_value"] == "staging"
    await ana.submits(form)
    await office.playground.until(lambda: len(runs(office, "once-more")) == 2, what="a second run")


async def test_the_timeline_and_the_history_tell_who_and_how_long(office: Office) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "told", "Ask ben to have a look")
    await ana.runs_command("/runbook", "run told", channel="ops")
    run = await ana.sees("*told*  v1 · *Waiting", channel="ops")
    await ana.clicks(run, "question.done")
    await office.shows(run, "Completed")
    await ana.clicks(run, "Timeline")
    timeline = await office.modal(ana, "Step 1 complete")
    assert ana.id in str(timeline.blocks)
    await ana.runs_command("/runbook", "history told", channel="ops")
    history = await ana.sees("*Runs of told*", channel="ops")
    assert "Completed in" in history.shown
    assert f"started by <@{ana.id}>" in history.shown
    assert "agent built-in rules" in history.shown
