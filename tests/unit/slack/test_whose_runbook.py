"""A runbook is run by those, and there, where its own settings say: by words, forms and again."""

from __future__ import annotations

import pytest

from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_isn_t_named_is_refused_by_words_and_by_the_form(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    card = await office.drafts(ana, "only-ana", "Ask the team lead")
    await ana.clicks(card, "Edit")
    form = await office.modal(ana, "Ask the team lead")
    await ana.submits(form, {"settings": "run by @ana; run in #ops"})
    card = await office.shows(card, "v2")
    await ana.clicks(card, "Publish")
    card = await office.shows(card, "Published")

    await ben.runs_command("/runbook", "run only-ana", channel="ops")
    refused = await ben.sees("only-ana is run by", channel="ops")
    assert f"<@{ana.id}> only. Nothing was started." in (refused.text or "")
    await ben.clicks(card, "Run")
    await office.modal(ben, "only-ana is run by")

    await ana.runs_command("/runbook", "run only-ana", channel="incidents")
    await ana.sees("only-ana is run in", channel="incidents")
    assert not await office.application.desk.runs.going_on(await office.actor("ana"))

    await ana.runs_command("/runbook", "run only-ana", channel="ops")
    run = await ana.sees("*only-ana*  v2 · *Waiting", channel="ops")
    await ben.clicks(run, "Abort")
    await office.shows(run, "Aborted")
    number = run.shown.partition("Run ")[2].split()[0]
    before = len(ben.reads("ops"))
    await ben.runs_command("/runbook", f"continue {number}", channel="ops")
    await office.playground.until(
        lambda: any("only-ana is run by" in m.shown for m in ben.reads("ops")[before:]),
        what="the refusal to continue it",
    )
