"""Trouble that lasts: nobody is left without an answer, and nothing happens twice."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runbot.playground.faults import Faults
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.refusals import PersonRefusal

from .test_control import published
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

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


async def test_a_run_that_ends_while_its_message_is_refused_shows_its_end(
    troubled: World, faults: Faults
) -> None:
    world, ana = troubled, troubled.person("ana")
    await published(world, ana, "ends-unseen", f"Use web_fetch to get {world.site.url}/health")
    faults.switch("ratelimited", method="chat.update", retry_after=0.6)
    before = len(world.site.hits)
    await ana.says("@runbot run ends-unseen", channel="ops")
    run = await world.run_message(ana, "ends-unseen", channel="ops")
    await world.playground.until(lambda: faults.met("ratelimited") >= 2, what="two refusals")
    assert "Completed" not in world.now(run)
    faults.clear()
    await world.shows(run, "Completed")
    assert len(world.site.hits) == before + 1
    assert len(runs(world, "ends-unseen", "ops")) == 1


async def test_a_run_whose_first_message_meets_silence_is_shown_once(
    troubled: World, faults: Faults
) -> None:
    world, ana = troubled, troubled.person("ana")
    await published(world, ana, "unheard", f"Use web_fetch to get {world.site.url}/health")
    before = len(world.site.hits)
    faults.switch("no_answer", method="chat.postMessage")
    await ana.says("@runbot run unheard", channel="ops")

    def met() -> bool:
        posts = world.playground.calls_of("chat.postMessage")
        # What was published is told in the card's thread about now, too.
        return any(not call.status and ".message" in str(call.arguments) for call in posts)

    await world.playground.until(met, what="the silence")
    faults.clear()
    run = await world.run_message(ana, "unheard", channel="ops", timeout=LONG_ENOUGH)
    await world.shows(run, "Completed")
    assert len(world.site.hits) == before + 1
    assert len(runs(world, "unheard", "ops")) == 1


async def test_a_person_works_while_every_answer_takes_two_and_a_half_seconds(
    troubled: World, faults: Faults
) -> None:
    world, ana = troubled, troubled.person("ana")
    faults.switch("slow", seconds=2.5)
    await ana.says(
        "@runbot create a runbook called unhurried with these steps: 1. Look", channel="ops"
    )
    card = await ana.sees("*unhurried*", channel="ops", timeout=LONG_ENOUGH)
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published", timeout=LONG_ENOUGH)
    # A form's trigger lives for three seconds, of which who asks may take the most.
    for _ in range(2):
        await ana.clicks(card, "Run")
        opened = await world.playground.until(
            lambda: ana.views or since(ana, "ops", card.ts)[-1:], what="the form or a word"
        )
        if ana.views and opened:
            break
    form = await world.modal(ana, "Look")
    await ana.submits(form)
    run = await world.run_message(ana, "unhurried", channel="ops", timeout=LONG_ENOUGH)
    await world.shows(run, "waiting", timeout=LONG_ENOUGH)
    await ana.clicks(run, "Done")
    await world.shows(run, "Completed", timeout=LONG_ENOUGH)
    assert len(cards(world, "unhurried", "ops")) == 1
    assert len(runs(world, "unhurried", "ops")) == 1


async def amid(world: World, condition: Callable[[], object], what: str) -> bool:
    """Whether it comes while the trouble lasts."""
    try:
        await world.playground.until(condition, timeout=2, what=what)
    except AssertionError:
        return False
    return True


async def has_it(
    world: World, person: Person, words: str, found: Callable[[], list[Message]]
) -> None:
    """Say it, and once more where one is told that it can't be done just now.

    The trouble ends when the person has waited for two seconds; then it has to be answered.
    """
    said = await person.says(words, channel="ops")

    def answered() -> bool:
        told = [m for m in since(person, "ops", said.ts) if m.ephemeral_to]
        return bool(found() or told)

    if not await amid(world, answered, "an answer amid trouble"):
        world.playground.faults.clear()
    await world.playground.until(answered, timeout=LONG_ENOUGH, what="an answer")
    if not found():
        world.playground.faults.clear()
        await world.playground.until_connected(timeout=LONG_ENOUGH)
        await person.says(words, channel="ops")
        await world.playground.until(found, timeout=LONG_ENOUGH, what="what was asked for")


async def clicked(world: World, person: Person, card: Message, button: str, shows: str) -> None:
    """Click, and again where Slack says that it could not be delivered."""
    with contextlib.suppress(PersonRefusal):
        await person.clicks(card, button)
    if await amid(world, lambda: shows in world.now(card), shows):
        return
    world.playground.faults.clear()
    await world.playground.until_connected(timeout=LONG_ENOUGH)
    if not await amid(world, lambda: shows in world.now(card), shows):
        await person.clicks(card, button)
    await world.shows(card, shows, timeout=LONG_ENOUGH)


# Silence takes ten seconds each time, and has its own tests.
MIXED = sorted(TROUBLES.keys() - {"silent", "half-open-for-new-ones-too"})
NAMES = itertools.count(1)


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each example takes seconds: one that fails is told as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    chosen=st.sets(st.sampled_from(MIXED), min_size=1, max_size=3),
    share=st.sampled_from([0.4, 1.0]),
    seed=st.integers(0, 1000),
)
async def test_whatever_is_switched_on_each_thing_is_there_once_in_the_end(
    troubled: World, chosen: set[str], share: float, seed: int
) -> None:
    world, ana, faults = troubled, troubled.person("ana"), troubled.playground.faults
    name = f"mixed-{next(NAMES)}"
    hits = len(world.site.hits)
    for trouble in sorted(chosen):
        switch, always = TROUBLES[trouble]
        some = {"share": share, "seed": seed} if "share" in _settings(faults, switch) else {}
        # A private word whose answer is lost is heard twice; what everybody sees must not be.
        where = {"method": "chat.postMessage"} if trouble == "answers-lost" else {}
        faults.switch(switch, **always, **some, **where)
    step = f"1. Use web_fetch to get {world.site.url}/health 2. Email {name}@example.com"
    words = f"@runbot create a runbook called {name} with these steps: {step}"
    await has_it(world, ana, words, lambda: cards(world, name, "ops"))
    await clicked(world, ana, cards(world, name, "ops")[0], "Publish", "Published")
    await has_it(world, ana, f"@runbot run {name}", lambda: runs(world, name, "ops"))
    faults.clear()
    run = await world.run_message(ana, name, channel="ops", timeout=LONG_ENOUGH)
    await world.shows(run, "Completed", timeout=LONG_ENOUGH)
    assert len(cards(world, name, "ops")) == 1
    assert len(runs(world, name, "ops")) == 1
    assert len(world.site.hits) == hits + 1
    mail = [m for m in world.playground.mail if f"{name}@example.com" in str(m.to_page())]
    assert len(mail) == 1


def _settings(faults: Faults, switch: str) -> set[str]:
    return {parameter.name for parameter in faults.switches[switch].parameters}


async def test_a_stop_amid_trouble_is_clean_though_an_answer_is_still_owed(
    own_world: World,
) -> None:
    world, ana = own_world, own_world.person("ana")
    world.playground.faults.switch("server_error")
    await ana.says("@runbot list", channel="ops")
    await world.playground.until(
        lambda: world.calls("chat.postEphemeral"), timeout=LONG_ENOUGH, what="a word that fails"
    )
    assert await world.runbot.stop() == 0
    assert "Task was destroyed" not in world.runbot.log
    assert "never awaited" not in world.runbot.log


async def test_who_was_not_answered_before_a_kill_is_told_at_the_next_start_and_once(
    own_world: World,
) -> None:
    world, ana, ben = own_world, own_world.person("ana"), own_world.person("ben")
    await ana.says("@runbot list", channel="general")
    await ana.sees("no runbook", channel="general")
    world.playground.faults.switch("no_answer", method="users.info")
    assert not await asks(ben, "juggle", channel="ops")
    await ben.says("@runbot status, please", channel="@runbot")

    def acknowledged() -> bool:
        sent = list(world.playground.envelopes)
        return any(e.acked_at and "status, please" in str(e.payload) for e in sent)

    await world.playground.until(acknowledged, what="the ack")
    await world.runbot.kill()
    world.playground.faults.clear()
    for _ in range(2):
        await world.runbot.start()
        await ben.sees("stopped before it had answered “/runbook juggle”", channel="ops")
        await ben.sees("stopped before it had answered “status, please”", channel="@runbot")
        assert not [m for m in ana.reads("general") if "stopped before" in m.shown]
        await world.runbot.kill()
    for channel in ("ops", "@runbot"):
        assert len([m for m in ben.reads(channel) if "stopped before" in m.shown]) == 1
