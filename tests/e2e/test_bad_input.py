"""What cannot be taken gets a sentence: what happened, what it means, what to do."""

from __future__ import annotations

import asyncio
import sys

import pytest

from runbot.playground.people import Person

from .test_control import published, started
from .world import ROOT, START_DEADLINE, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def answered(world: World, ana: Person, words: str, expected: str) -> None:
    """Say it, and wait for the answer; whatever it is, no runbook comes of it."""
    before = await names(world, ana)
    await ana.says(f"@runbot {words}", channel="general")
    await ana.sees(expected, channel="general")
    assert await names(world, ana) == before


async def names(world: World, ana: Person) -> str:
    known = len(ana.reads("@runbot"))
    await ana.says("list", channel="@runbot")
    await world.playground.until(lambda: len(ana.reads("@runbot")) >= known + 2, what="the list")
    return ana.reads("@runbot")[-1].shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("create a runbook called lonely", "lonely"),
        ("create a runbook with these steps: 1. Look around", "called"),
        ("create a runbook called 🤷 with these steps: 1. Look around", "name"),
        (
            "create a runbook called big with these steps: "
            + " ".join(f"{n}. Look" for n in range(1, 102)),
            "100 steps",
        ),
        ("create a runbook called long with these steps: 1. " + "look " * 2000, "2,000"),
        ("runn restart-api", "Did you mean"),
        ("run no-such-thing", "no-such-thing"),
        ("abort 99999", "99999"),
    ],
)
async def test_words_that_cannot_be_taken_change_nothing(
    world: World, words: str, expected: str
) -> None:
    await answered(world, world.person("ana"), words, expected)


async def test_a_name_that_is_taken_is_refused(world: World) -> None:
    ana = world.person("ana")
    await published(world, ana, "taken", "Look around", channel="general")
    await answered(world, ana, "create a runbook called taken with these steps: 1. Look", "already")


async def test_markup_in_names_and_steps_is_only_text(world: World) -> None:
    ana = world.person("ana")
    await ana.says(
        "@runbot create a runbook called <script>alert(1)</script> with these steps: 1. Look",
        channel="general",
    )
    await ana.sees("can't be one", channel="general")
    await ana.says(
        "@runbot create a runbook called markup with these steps: "
        "1. Tell <!channel> about <script>alert(1)</script> 2. Look at \u202egnp.exe",
        channel="general",
    )
    card = await ana.sees("markup", channel="general")
    assert "<script" not in card.shown
    assert "&lt;script&gt;" in card.shown
    assert "<!channel>" not in card.shown
    assert "\u202e" not in card.shown


async def test_wrong_and_missing_parameters_start_nothing(world: World) -> None:
    ana = world.person("ana")
    await ana.says(
        "@runbot create a runbook called typed with parameters site (url), retries (integer)=3 "
        "and these steps: 1. Use web_fetch to get {{site}} 2. Try {{retries}} times",
        channel="general",
    )
    card = await ana.sees("typed", channel="general")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    await ana.says("@runbot run typed site=nonsense", channel="general")
    await ana.sees("must be an address", channel="general")
    await ana.says("@runbot run typed site=https://a.example retries=many", channel="general")
    await ana.sees("must be a whole number", channel="general")
    await ana.says("@runbot run typed site=https://a.example color=red", channel="general")
    await ana.sees("no parameter called color", channel="general")
    await ana.says("@runbot history typed", channel="general")
    await ana.sees("There are no runs of", channel="general")


async def test_a_private_address_is_refused_in_a_sentence(world: World) -> None:
    ana = world.person("ana")
    await published(
        world, ana, "private", "Use web_fetch to get http://127.0.0.1:1/secret", channel="general"
    )
    run = await started(world, ana, "private", channel="general")
    shown = await world.shows(run, "RUNBOT_ALLOW_HOSTS")
    await ana.clicks(shown, "Abort")
    await world.shows(run, "Aborted")


async def test_an_unknown_channel_fails_the_step_with_what_to_do(world: World) -> None:
    ana = world.person("ana")
    await published(
        world, ana, "nowhere", 'Post "hello" to #no-such-channel on Slack', channel="general"
    )
    run = await started(world, ana, "nowhere", channel="general")
    shown = await world.shows(run, "no such channel")
    await ana.clicks(shown, "Abort")
    await world.shows(run, "Aborted")


async def test_a_second_server_on_the_same_data_says_so_and_stops(world: World) -> None:
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "app.py"),
        env=world.runbot.env,
        cwd=world.runbot.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(second.communicate(), START_DEADLINE)
    assert second.returncode == 1
    assert b"Another Runbot is using the data" in said
    assert b"Traceback" not in said


@pytest.mark.parametrize("fault", ["throttled", "broken", "silent"])
async def test_slack_in_trouble_delays_the_message_and_loses_nothing(
    world: World, fault: str
) -> None:
    ana = world.person("ana")
    await published(world, ana, f"trouble-{fault}", "Look around", channel="general")
    run = await started(world, ana, f"trouble-{fault}", channel="general")
    await world.shows(run, "waiting")
    faults = world.playground.faults
    match fault:
        case "throttled":
            faults.ratelimited("chat.update", times=2, retry_after=1)
        case "broken":
            faults.server_error("chat.update", times=2)
        case _:
            faults.no_answer("chat.update")
    posts = len(world.playground.messages("general"))
    await ana.clicks(run, "Done")
    await world.shows(run, "Completed", timeout=40)
    assert len(world.playground.messages("general")) == posts
