"""What a new runbook still lacks can be answered where it was asked."""

from __future__ import annotations

import pytest

from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_name_that_was_asked_for_is_answered_in_the_thread(office: Office) -> None:
    ana = office.person("ana")
    said = await ana.says(
        "@runbot create a runbook with these steps: 1. Look around 2. Ask the customer",
        channel="ops",
    )
    await ana.sees("be called?", channel="ops", thread=said)
    await ana.says("call it disk-full", channel="ops", thread=said)
    card = await ana.sees("*disk-full*", channel="ops")
    assert "Ask the customer" in card.shown


async def test_steps_that_were_asked_for_are_answered_by_somebody_else(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    said = await ana.says("@runbot create a runbook called cache-flush", channel="ops")
    await ana.sees("What are the steps of cache-flush", channel="ops", thread=said)
    await ben.says("1. Flush the cache 2. Tell the team", channel="ops", thread=said)
    card = await ben.sees("*cache-flush*", channel="ops")
    assert "Tell the team" in card.shown


async def test_a_direct_message_is_answered_in_the_conversation_itself(office: Office) -> None:
    ben = office.person("ben")
    await ben.says("create a runbook called by-myself", channel="@runbot")
    await ben.sees("What are the steps of by-myself", channel="@runbot")
    await ben.says("1. Look around 2. Go home", channel="@runbot")
    await ben.sees("*by-myself*", channel="@runbot")
    await ben.says("list", channel="@runbot")
    await ben.sees("by-myself", channel="@runbot")


async def test_a_thread_in_which_nothing_is_asked_is_left_alone(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    said = await ana.says("Lunch?", channel="ops")
    await ben.says("1. Pizza 2. Soup", channel="ops", thread=said)
    await ana.says("@runbot help", channel="ops")
    await ana.sees("create", channel="ops")
    assert not [m for m in office.playground.messages("ops", said) if m.bot_id]
