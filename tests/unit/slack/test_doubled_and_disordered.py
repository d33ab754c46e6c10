"""What Slack delivers twice, in another order, or not at all: each request is done once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from runbot.playground import Message
from runbot.playground.faults import Faults
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def faults(office: Office) -> AsyncIterator[Faults]:
    yield office.playground.faults
    office.playground.faults.clear()


def shown(office: Office, *words: str, channel: str = "ops") -> list[Message]:
    said = office.playground.messages(channel)
    return [m for m in said if m.bot_id and all(word in m.shown for word in words)]


def event(office: Office, kind: str, text: str, *, ts: str, **more: Any) -> None:
    """Tell Runbot of a message by one of the two events that Slack has for it."""
    workspace = office.playground.workspace
    channel = workspace.channel("ops").id
    office.playground.platform.delivery.deliver_event(
        {
            "team_id": workspace.team_id,
            "type": "event_callback",
            "event_id": f"Ev{time.monotonic_ns()}",
            "event": {
                "type": kind,
                "channel": channel,
                "channel_type": "channel",
                "user": office.person("ana").id,
                "text": f"<@{workspace.bot.user_id}> {text}",
                "ts": ts,
                "event_ts": ts,
                **more,
            },
        }
    )


def moment() -> str:
    return f"{time.time():.6f}"


async def taken(office: Office, before: int) -> None:
    """Wait until Runbot has acknowledged every event since then and done what it asked."""

    def acknowledged() -> bool:
        delivered = list(office.playground.envelopes)
        return len(delivered) > before and all(e.acked_at for e in delivered)

    await office.playground.until(acknowledged, what="the acks")
    await office.application.desk.finish(grace=5)


@pytest.mark.parametrize(
    "kinds", [["message"], ["app_mention"], ["message", "app_mention"], ["app_mention", "message"]]
)
async def test_either_event_of_a_mention_is_enough_and_both_are_one(
    office: Office, kinds: list[str]
) -> None:
    name = "either-" + "-".join(kinds).replace("_", "-")
    ts, before = moment(), len(office.playground.envelopes)
    for kind in kinds:
        event(office, kind, f"create a runbook called {name} with these steps: 1. Look", ts=ts)
    await office.person("ana").sees(f"*{name}*", channel="ops")
    await taken(office, before)
    assert len(shown(office, f"*{name}*")) == 1


async def test_an_edit_before_its_message_does_nothing_and_the_message_is_done_as_it_was_said(
    office: Office,
) -> None:
    ts, before = moment(), len(office.playground.envelopes)
    words = "create a runbook called edited-first with these steps: 1. Look"
    message = {"type": "message", "ts": ts, "user": office.person("ana").id, "text": words}
    event(
        office, "message", "", ts=moment(), subtype="message_changed", message=message, hidden=True
    )
    await taken(office, before)
    assert not shown(office, "edited-first")
    event(office, "app_mention", words, ts=ts)
    await office.person("ana").sees("*edited-first*", channel="ops")
    await office.application.desk.finish(grace=5)
    assert len(shown(office, "*edited-first*")) == 1


async def test_the_second_of_two_messages_may_arrive_first(office: Office, faults: Faults) -> None:
    ana = office.person("ana")
    await office.publishes(ana, "swapped", "Look around")
    faults.switch("events_disordered", seconds=0.3)
    await ana.says("@runbot run swapped", channel="ops")
    second = await ana.says("@runbot abort", channel="ops")
    faults.clear()
    run = await ana.sees("started by", channel="ops")
    await office.shows(run, "waiting")
    told = await office.playground.until(
        lambda: (
            [m for m in ana.reads("ops") if m.bot_id and m.thread_ts == second.ts]
            or [m for m in ana.reads("ops") if m.ephemeral_to and m.ts > second.ts]
        ),
        what="an answer to the word that came too early",
    )
    assert "No run is going on" in told[0].shown
    await ana.clicks(run, "Abort")
    await office.shows(run, "Aborted")


async def test_an_answer_in_a_thread_that_comes_three_times_is_taken_once(
    office: Office, faults: Faults
) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, "asked-twice", "Page the on-call engineer via send_email")
    faults.switch("events_twice")
    faults.switch("events_two_ids")
    await ana.says("oncall@example.com", channel="ops", thread=card)
    await office.shows(card, "oncall@example.com")

    def replies() -> list[Message]:
        thread = office.playground.messages("ops", card)
        return [m for m in thread if m.bot_id and m.ts != card.ts]

    await office.playground.until(replies, what="a reply")
    await taken(office, 0)
    assert len(replies()) == 1, [m.shown for m in replies()]


@pytest.mark.parametrize("copies", [2, 3])
async def test_a_click_that_arrives_again_publishes_and_runs_once(
    office: Office, copies: int
) -> None:
    ana = office.person("ana")
    card = await office.drafts(ana, f"clicked-{copies}", "Look around")
    await asyncio.gather(*(ana.clicks(card, "Publish", stale=True) for _ in range(copies)))
    await office.shows(card, "Published")
    await office.application.desk.finish(grace=5)
    told = [m for m in office.playground.messages("ops", card) if "published version" in m.shown]
    assert len(told) == 1, [m.shown for m in told]
    await ana.says(f"@runbot run clicked-{copies}", channel="ops")
    run = await ana.sees(f"*clicked-{copies}*  v1 · *Waiting", channel="ops")
    waiting = await office.shows(run, "Done")
    await asyncio.gather(*(ana.clicks(waiting, "Done", stale=True) for _ in range(copies)))
    await office.shows(run, "Completed")
    await office.application.desk.finish(grace=5)
    done = [m for m in office.playground.messages("ops", run) if "answered" in m.shown]
    assert len(done) == 1, [m.shown for m in done]
