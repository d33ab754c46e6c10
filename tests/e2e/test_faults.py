"""Trouble that lasts: nobody is left without an answer, and nothing happens twice."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from runbot.playground import Timing
from runbot.playground.faults import Faults
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.refusals import PersonRefusal

from .conftest import _world
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Slack's second repetition of an event comes after a minute; here trouble lasts seconds.
TIMING = Timing(ack_deadline=1.0, event_retry_delays=(0.3, 4.0, 8.0))
LONG_ENOUGH = 45.0
TROUBLES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "refused-for-a-while": ("ratelimited", {"retry_after": 0.7}),
    "failing": ("server_error", {"status": "503"}),
    "silent": ("no_answer", {}),
    "slow": ("slow", {"seconds": 2.5}),
    "dropping": ("socket_drops", {"every": 0.4}),
    "half-open": ("socket_quiet", {}),
    "half-open-for-new-ones-too": ("socket_quiet", {"new_ones": True}),
    "twice": ("events_twice", {"after": 0.3}),
    "under-two-ids": ("events_two_ids", {}),
    "out-of-order": ("events_disordered", {"seconds": 0.4}),
    "acknowledged-late": ("events_retried", {"times": 1}),
    "delayed": ("events_delayed", {"seconds": 1}),
    # The last: what may have been heard is said again a while later.
    "answers-lost": ("lost_answer", {}),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def troubled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world for trouble that Runbot outlives."""
    folder = tmp_path_factory.mktemp("troubled")
    async for one in _world(folder, timing=TIMING, RUNBOT_PING_SECONDS="0.5"):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def faults(troubled: World) -> AsyncIterator[Faults]:
    yield troubled.playground.faults
    troubled.playground.faults.clear()
    await troubled.playground.until_connected(timeout=LONG_ENOUGH)


async def asks(person: Person, words: str, *, channel: str) -> str:
    """Ask by the command; what Slack says where it could not be delivered, else nothing."""
    try:
        await person.runs_command("/runbook", words, channel=channel)
    except PersonRefusal as refused:
        return refused.error
    return ""


def since(person: Person, channel: str, ts: str) -> list[Message]:
    return [m for m in person.reads(channel) if m.bot_id and m.ts > ts]


def cards(world: World, name: str, channel: str) -> list[Message]:
    shown = world.playground.messages(channel)
    return [m for m in shown if m.bot_id and f"*{name}*" in m.shown and "`rb_" in m.shown]


def runs(world: World, name: str, channel: str) -> list[Message]:
    shown = world.playground.messages(channel)
    return [m for m in shown if m.bot_id and f"*{name}*" in m.shown and "started by" in m.shown]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_who_asks_amid_trouble_is_answered_once_at_the_latest_when_it_is_over(
    troubled: World, faults: Faults, trouble: str
) -> None:
    world, (switch, chosen) = troubled, TROUBLES[trouble]
    ana, ben = world.person("ana"), world.person("ben")
    began = time.monotonic()
    faults.switch(switch, **chosen)
    said = await ana.says(
        f"@runbot create a runbook called {trouble} with these steps: 1. Look", channel="ops"
    )
    undelivered = await asks(ben, "help run", channel="incidents")

    def met() -> bool:
        if faults.switches[switch].group != "web_api":
            return faults.met(switch) > 0
        # The last that is tried for a person, after all else that they are waiting for.
        return any(
            call.method in {"chat.postEphemeral", "chat.postMessage"} and call.at > began
            for call in list(world.playground.calls)
        )

    await world.playground.until(met, timeout=LONG_ENOUGH, what="the trouble")
    faults.clear()

    def told() -> list[Message]:
        return since(ben, "incidents", said.ts)

    def answered() -> bool:
        heard = since(ana, "ops", said.ts)
        return bool(heard and (undelivered or told()))

    await world.playground.until(answered, timeout=LONG_ENOUGH, what="both answers")
    await ana.says(f"@runbot show {trouble}", channel="general")
    shown = await ana.sees(trouble, channel="general")
    made = cards(world, trouble, "ops")
    refused = [m for m in since(ana, "ops", said.ts) if m.ephemeral_to]
    assert len(made) == (0 if "no runbook" in shown.shown else 1), [m.shown for m in made]
    assert made or refused
    # A private word can't be looked up: it may be heard a second time, and no more often.
    assert len(told()) <= (2 if trouble == "answers-lost" else 1)
