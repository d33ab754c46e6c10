"""Starting against a Slack in trouble, and stopping at any stage, with the real app.py."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from runbot.bootstrap import manifest
from runbot.playground import Playground

from .world import PATIENCE, ROOT, START_DEADLINE, RunbotProcess, Site, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
# What is in a log where something was left behind or nobody thought of what happened.
NOISE = ("Traceback", "Unclosed", "never retrieved", "Event loop is closed", "was destroyed")
STOPS_WITHIN = 60.0  # seconds, which only a stop that hangs takes


@pytest_asyncio.fixture(loop_scope="session")
async def runbot(tmp_path: Path) -> AsyncIterator[RunbotProcess]:
    """Runbot, not started yet, and a Slack that each test spoils in its own way."""
    playground, site = Playground(manifest=manifest()), Site()
    await site.start()
    await playground.start()
    process = RunbotProcess(playground, site, tmp_path)
    yield process
    if process.process is not None and process.process.returncode is None:
        process.process.kill()
        await process.process.wait()
    await playground.stop()
    await site.stop()


async def stopped(runbot: RunbotProcess) -> None:
    """Ask it to stop: it does so in time, in good order, and leaves nothing in its log."""
    assert runbot.process is not None
    runbot.process.send_signal(signal.SIGTERM)
    code = await asyncio.wait_for(runbot.process.wait(), STOPS_WITHIN)
    assert code == 0, runbot.log[-3000:]
    quiet(runbot)


def not_sat_out(runbot: RunbotProcess) -> None:
    """It stopped in the midst of Slack's silence: a silence that ends is told in the log."""
    assert "does not answer" not in runbot.log
    assert "keeps trying" not in runbot.log


def quiet(runbot: RunbotProcess) -> None:
    assert not [noise for noise in NOISE if noise in runbot.log], runbot.log[-5000:]


@pytest.mark.parametrize(
    ("name", "token"),
    [("SLACK_BOT_TOKEN", "xoxb-of-nobody"), ("SLACK_APP_TOKEN", "xapp-of-nobody")],
)
async def test_a_token_that_slack_refuses_is_a_sentence_and_an_exit_code(
    runbot: RunbotProcess, name: str, token: str
) -> None:
    runbot.environment[name] = token
    await runbot.launch()
    assert await runbot.ends() == 1
    assert f"{name}: Slack refuses this token: Slack doesn't know it." in runbot.log
    assert "https://api.slack.com/apps" in runbot.log
    assert token not in runbot.log
    assert "Connected to Slack" not in runbot.log
    quiet(runbot)


async def test_a_slack_that_is_not_there_is_told_and_a_stop_is_heard(
    runbot: RunbotProcess,
) -> None:
    runbot.environment["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
    await runbot.launch()
    await runbot.says("Slack does not answer at http://127.0.0.1:9/api/")
    await stopped(runbot)


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_trouble_that_passes_delays_the_start_and_nobody_is_told_to_reinstall(
    runbot: RunbotProcess, method: str
) -> None:
    runbot.playground.faults.server_error(method)
    runbot.playground.faults.ratelimited(method, retry_after=1)
    await runbot.start()
    ana = runbot.playground.person("ana")
    await ana.runs_command("/runbook", "help run", channel="ops")
    await ana.sees("asks for the values that are missing", channel="ops")
    assert len(runbot.playground.calls_of(method)) == 3
    await runbot.says("Connected to Slack")
    await stopped(runbot)


async def test_who_the_bot_is_is_asked_before_the_first_payload_and_never_again(
    runbot: RunbotProcess,
) -> None:
    await runbot.start()
    runbot.playground.faults.server_error("auth.test", times=9)
    ana = runbot.playground.person("ana")
    await ana.runs_command("/runbook", "help run", channel="ops")
    await ana.sees("asks for the values that are missing", channel="ops")
    assert len(runbot.playground.calls_of("auth.test")) == 1
    await stopped(runbot)


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_stop_while_slack_keeps_it_waiting_is_heard(
    runbot: RunbotProcess, method: str
) -> None:
    runbot.playground.faults.no_answer(method)
    await runbot.launch()
    await runbot.playground.until(
        lambda: runbot.playground.calls_of(method),
        timeout=START_DEADLINE,
        what=f"the call of {method}",
    )
    await stopped(runbot)
    not_sat_out(runbot)


async def test_a_stop_before_anything_is_connected_is_heard(runbot: RunbotProcess) -> None:
    await runbot.launch()
    await _exists(runbot.folder / "data" / "runbot.db")
    await stopped(runbot)


async def _exists(path: Path) -> None:
    deadline = asyncio.get_running_loop().time() + START_DEADLINE
    while not path.exists():
        assert asyncio.get_running_loop().time() < deadline, f"{path} was never made"
        await asyncio.sleep(0.005)


async def test_a_stop_while_connected_is_heard(runbot: RunbotProcess) -> None:
    await runbot.start()
    await stopped(runbot)
    assert "WARNING" not in runbot.log


async def test_a_stop_while_the_connection_is_made_anew_leaves_nothing_behind(
    runbot: RunbotProcess,
) -> None:
    await runbot.start()
    before = len(runbot.playground.calls_of("apps.connections.open"))
    runbot.playground.faults.no_answer("apps.connections.open")
    runbot.playground.faults.drop_sockets()
    await runbot.playground.until(
        lambda: len(runbot.playground.calls_of("apps.connections.open")) > before,
        timeout=START_DEADLINE,
        what="the reconnect",
    )
    await stopped(runbot)
    not_sat_out(runbot)


async def test_a_slack_that_goes_away_for_a_while_is_told_in_a_line(runbot: RunbotProcess) -> None:
    await runbot.start()
    runbot.playground.faults.server_error("apps.connections.open", times=2)
    runbot.playground.faults.drop_sockets()
    await runbot.says("Connected to Slack again")
    await stopped(runbot)
    assert runbot.log.count("Runbot keeps trying") == 1


async def test_a_stop_with_a_run_in_flight_is_heard(runbot: RunbotProcess) -> None:
    await runbot.start()
    world = World(runbot.playground, runbot, runbot.site)
    ana = world.person("ana")
    words = f"1. Run a web_fetch against {runbot.site.url}/slow"
    await ana.says(
        f"@runbot create a runbook called slow-one with these steps:\n{words}", channel="ops"
    )
    card = await ana.sees("*slow-one*", channel="ops")
    await ana.clicks(card, "Publish")
    await world.shows(card, "Published")
    await ana.runs_command("/runbook", "run slow-one", channel="ops")
    await asyncio.wait_for(runbot.site.hanging.wait(), PATIENCE)
    await stopped(runbot)
    assert "Stopping" in runbot.log
    assert runbot.site.cut_off.is_set()


async def test_a_newcomer_reads_the_address_and_nothing_that_looks_like_trouble(
    tmp_path: Path,
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "RUNBOT_"))}
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            env={**environment, "RUNBOT_PORT": "0", "RUNBOT_DATA_DIR": str(tmp_path / "data")},
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        said: list[str] = []
        async with asyncio.timeout(START_DEADLINE):
            while not said or "Connected" not in said[-1]:
                line = (await process.stdout.readline()).decode()
                assert line, "".join(said)
                said.append(line)
        process.send_signal(signal.SIGINT)
        rest = await asyncio.wait_for(process.stdout.read(), STOPS_WITHIN)
        assert await process.wait() == 0
        lines = [line.strip() for line in [*said, *rest.decode().splitlines()] if line.strip()]
        assert re.match(r"Open http://127\.0\.0\.1:\d+ in your browser", lines[0])
        assert len(lines) == 3, lines
        assert all("INFO runbot." in line for line in lines[1:]), lines
