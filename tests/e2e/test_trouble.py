"""Trouble at the moment that a person acts: it ends in what was asked, or in a sentence."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from runbot.playground.faults import Faults
from runbot.playground.messages import Message
from runbot.playground.people import Person

from .conftest import _world
from .test_control import published, started
from .world import PATIENCE, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
TROUBLES = ["throttled", "broken", "silent", "lost"]
LONG_ENOUGH = 40.0  # seconds: Slack's silence is waited for before it is told


def plan(faults: Faults, method: str, trouble: str) -> None:
    match trouble:
        case "throttled":
            faults.ratelimited(method)
        case "broken":
            faults.server_error(method)
        case "silent":
            faults.no_answer(method)
        case _:
            faults.lost_answer(method)


@pytest_asyncio.fixture(loop_scope="session")
async def faults(world: World) -> AsyncIterator[Faults]:
    yield world.playground.faults
    world.playground.faults.clear()


def shown(world: World, channel: str) -> list[Message]:
    return [m for m in world.playground.messages(channel) if m.bot_id]


async def heard(world: World, person: Person, since: Message) -> Message:
    """What Runbot answered to this, once it has."""

    def found() -> Message | None:
        said = (m for m in person.reads(since.channel) if m.bot_id and m.ts > since.ts)
        return next(said, None)

    answer = await world.playground.until(found, timeout=LONG_ENOUGH, what="an answer")
    assert answer is not None
    return answer


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_draft_is_posted_once_and_a_modal_opens_or_the_person_is_told(
    world: World, faults: Faults, trouble: str
) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    name = f"posted-{trouble}"
    plan(faults, "chat.postMessage", trouble)
    said = await ana.says(
        f"@runbot create a runbook called {name} with these steps: 1. Look", channel="general"
    )
    await world.playground.until(
        lambda: world.calls("chat.postMessage") and not faults.planned("chat.postMessage"),
        what="the fault",
    )
    plan(faults, "views.open", trouble)
    known = len(ben.reads("ops"))
    await ben.runs_command("/runbook", "create", channel="ops")

    def opened_or_told() -> bool:
        return bool(ben.views) or any(m.ephemeral_to for m in ben.reads("ops")[known:])

    await world.playground.until(opened_or_told, timeout=LONG_ENOUGH, what="a modal or a word")
    assert not faults.planned("views.open")
    assert len(ben.views) <= 1
    for view in ben.views:
        await ben.closes(view)
    await heard(world, ana, said)
    asked = await ana.says("list", channel="@runbot")
    assert name in (await heard(world, ana, asked)).shown
    cards = [m for m in shown(world, "general") if name in m.shown]
    assert len(cards) == 1, [m.shown for m in cards]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_who_somebody_is_comes_late_and_the_run_starts_once_or_they_are_told(
    own_world: World, trouble: str
) -> None:
    world = own_world
    ana, ben = world.person("ana"), world.person("ben")
    await published(world, ana, "late", "Look around", channel="general")
    # Neither this person nor the members of these channels were asked for yet.
    for person, channel, method in (
        (ben, "ops", "users.info"),
        (ana, "incidents", "conversations.members"),
    ):
        plan(world.playground.faults, method, trouble)
        said = await person.says("@runbot run late", channel=channel)
        answer = await heard(world, person, said)
        assert not world.playground.faults.planned(method)
        runs = [m for m in shown(world, channel) if "started by" in m.shown]
        assert len(runs) == (0 if answer.ephemeral_to else 1), answer.shown
        if answer.ephemeral_to:
            assert "Slack" in answer.shown


async def test_an_event_that_comes_twice_makes_one_runbook_and_one_run(
    world: World, faults: Faults
) -> None:
    ana = world.person("ana")
    faults.double_events(times=20)
    await ana.says("@runbot create a runbook called twice with these steps: 1. Look", channel="ops")
    card = await ana.sees("twice", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    run = await started(world, ana, "twice")
    await world.shows(run, "waiting")
    asked = await ana.says("@runbot history twice", channel="general")
    history = await heard(world, ana, asked)
    assert len(re.findall(r"\bRun \d+", history.shown)) == 1, history.shown
    assert len([m for m in shown(world, "ops") if "rb_" in m.shown and "twice" in m.shown]) == 1
    assert (
        len([m for m in shown(world, "ops") if "started by" in m.shown and "twice" in m.shown]) == 1
    )
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")


@pytest.mark.parametrize(("length", "sentence"), [(10_000, "2,000"), (39_900, "2,000")])
async def test_a_very_long_message_is_answered_with_what_can_be_taken(
    world: World, length: int, sentence: str
) -> None:
    ana = world.person("ana")
    words = f"@runbot create a runbook called long-{length} with these steps: 1. "
    said = await ana.says(words + "look " * ((length - len(words)) // 5), channel="general")
    assert sentence in (await heard(world, ana, said)).shown


async def test_a_mention_without_words_is_answered_with_what_can_be_said(world: World) -> None:
    ana = world.person("ana")
    said = await ana.says("@runbot", channel="general")
    assert "help" in (await heard(world, ana, said)).shown.lower()


async def test_what_a_parameter_holds_is_no_link_and_no_mention_in_a_post(world: World) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    await ana.says(
        "@runbot create a runbook called careful with parameters thing, who (user) and these "
        'steps: 1. Post "Look at {{thing}}, {{who}}" to #incidents on Slack',
        channel="general",
    )
    card = await ana.sees("careful", channel="general")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    await ana.clicks(card, "Run")
    form = await world.modal(ana, "thing")
    disguised = f"<https://evil.example|https://bank.example> <@{ana.id}> <!channel>"
    await ana.submits(form, {"thing": disguised, "who": ben.id})
    posted = await ana.sees("Look at", channel="incidents")
    assert posted.text == (
        "Look at &lt;https://evil.example|https://bank.example&gt; "
        f"&lt;@{ana.id}&gt; &lt;!channel&gt;, <@{ben.id}>"
    )


class SlowMail:
    """A mail server that falls silent: at the recipient, or after the text to doubt@… was sent."""

    def __init__(self) -> None:
        self.silent: list[str] = []
        self.cut_off = asyncio.Event()
        self.hangs_up = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 slow.example ESMTP\r\n")
        doubtful = False
        try:
            while line := (await reader.readline()).decode().strip():
                if line.startswith("RCPT"):
                    doubtful = "doubt@" in line
                    if not doubtful:
                        break
                writer.write(b"354 go on\r\n" if line == "DATA" else b"250 ok\r\n")
                if line == "DATA":
                    await reader.readuntil(b"\r\n.\r\n")
                    break
            self.silent.append(line)
            waits = [asyncio.create_task(reader.read()), asyncio.create_task(self.hangs_up.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[0].done():
                self.cut_off.set()
            for task in waits:
                task.cancel()
        finally:
            writer.close()


async def test_a_mail_server_that_falls_silent_is_cut_off_by_abort_and_told_for_what_it_is(
    tmp_path: Path,
) -> None:
    mail = SlowMail()
    server = await asyncio.start_server(mail.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asynccontextmanager(_world)(
        tmp_path, RUNBOT_SMTP_URL=f"smtp://127.0.0.1:{port}"
    ) as world:
        ana = world.person("ana")
        for name in ("stuck", "doubt", "abort"):
            await published(world, ana, f"mail-{name}", f"Email {name}@example.com")
        stuck = await started(world, ana, "mail-stuck")
        doubt = await started(world, ana, "mail-doubt")
        await world.playground.until(lambda: len(mail.silent) == 2, what="two silences")
        cut = await started(world, ana, "mail-abort")
        await world.playground.until(lambda: len(mail.silent) == 3, what="a third silence")
        await ana.clicks(cut, "Abort")
        await asyncio.wait_for(mail.cut_off.wait(), PATIENCE)
        await world.shows(cut, "Aborted by")
        assert "· running" in world.now(stuck)
        assert "· running" in world.now(doubt)
        mail.hangs_up.set()
        now = await world.shows(stuck, "Retry")
        assert "It happened" not in now.shown
        now = await world.shows(doubt, "It happened")
        assert "Retry" not in now.shown
    server.close()
    await server.wait_closed()
