"""The same promises where Slack sends requests: the real app.py in HTTP mode."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.signature import SignatureVerifier

from runbot.bootstrap import manifest
from runbot.playground import Envelope, Playground

from .test_control import published, started
from .test_startup import STOPS_WITHIN, quiet, stopped
from .world import START_DEADLINE, RunbotProcess, Site, World, free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def runbot(tmp_path: Path) -> AsyncIterator[RunbotProcess]:
    """Runbot in HTTP mode, not started yet."""
    port, site = free_port(), Site()
    playground = Playground(manifest=manifest("http"), app_url=f"http://127.0.0.1:{port}")
    await site.start()
    await playground.start()
    process = RunbotProcess(playground, site, tmp_path, port=port)
    yield process
    if process.process is not None and process.process.returncode is None:
        process.process.kill()
        await process.process.wait()
    await playground.stop()
    await site.stop()


async def test_written_published_run_paused_resumed_and_done(http_world: World) -> None:
    world = http_world
    ana, ben = world.person("ana"), world.person("ben")
    hits = len(world.site.hits)
    await published(
        world,
        ana,
        "by-request",
        f"Use web_fetch to get {world.site.url}/health",
        "Look at the dashboard",
        f"Use web_fetch to get {world.site.url}/logs",
    )
    run = await started(world, ana, "by-request")
    await world.shows(run, "*Look at the dashboard* · waiting")
    await ben.clicks(run, "Pause")
    await world.shows(run, "Pause asked by")
    await ana.clicks(run, "Done")
    await world.shows(run, "Paused")
    await ana.clicks(run, "Resume")
    await world.shows(run, "Completed")
    assert world.site.hits[hits:] == ["/health", "/logs"]
    assert all(e.url.endswith("/slack/events") for e in world.playground.envelopes)


async def test_aborted_from_the_command_and_forms_work(http_world: World) -> None:
    world = http_world
    ana = world.person("ana")
    await published(world, ana, "to-abort", "Look at the dashboard")
    await ana.runs_command("/runbook", "run to-abort", channel="ops")
    run = await world.run_message(ana, "to-abort", channel="ops")
    await world.shows(run, "waiting")
    await ana.clicks(run, "Skip…")
    form = await world.modal(ana, "Skip")
    refused = await ana.submits(form, {})
    assert refused.errors
    await ana.closes(form)
    await ana.clicks(run, "Abort")
    await world.shows(run, "Aborted")


async def test_killed_in_mid_run_it_goes_on_from_its_place(own_http_world: World) -> None:
    world = own_http_world
    ana = world.person("ana")
    site = world.site.url
    await published(
        world,
        ana,
        "sturdy",
        f"Use web_fetch to get {site}/health",
        "Look at the dashboard",
        f"Use web_fetch to get {site}/logs",
    )
    run = await started(world, ana, "sturdy")
    await world.shows(run, "*Look at the dashboard* · waiting")
    await world.runbot.kill()
    await world.runbot.start()
    await ana.clicks(run, "Done")
    await world.shows(run, "Completed")
    assert world.site.hits == ["/health", "/logs"]


async def test_a_message_sent_while_it_was_away_is_taken_by_a_retry(own_http_world: World) -> None:
    world = own_http_world
    await world.runbot.kill()
    ana = world.person("ana")
    await ana.says("@runbot help run", channel="ops")
    await world.playground.until(
        lambda: any(e.trouble == "connection_failed" for e in world.playground.envelopes),
        what="the attempt that failed",
    )
    await world.runbot.start()
    mentions = [e for e in world.playground.envelopes if e.type == "events_api"]
    # Slack's second retry comes a minute later; what it carries is sent now, as it would be then.
    await world.playground.platform.delivery.deliver(
        "events_api", mentions[-1].payload, retry=2, reason="connection_failed"
    )
    await ana.sees("asks for the values that are missing", channel="ops")


async def test_what_comes_twice_is_done_once(http_world: World) -> None:
    world = http_world
    ana = world.person("ana")
    world.playground.faults.double_events(2)
    await ana.says(
        "@runbot create a runbook called only-once with these steps: 1. Look around", channel="ops"
    )
    await ana.sees("*only-once*", channel="ops")

    def sent() -> list[Envelope]:
        events = (e for e in world.playground.envelopes if e.type == "events_api")
        said = (e for e in events if e.payload["event"].get("user") == ana.id)
        return [e for e in said if "only-once" in str(e.payload["event"].get("text"))]

    await world.playground.until(
        lambda: len(sent()) == 4 and all(e.acked_at for e in sent()), what="both events, twice"
    )
    # A third time, as a retry whose first answer was lost.
    for envelope in sent()[:2]:
        again = await world.playground.platform.delivery.deliver(
            "events_api", envelope.payload, retry=1, reason="http_timeout"
        )
        assert again.status == 200
    await ana.says("@runbot help run", channel="ops")
    await ana.sees("asks for the values that are missing", channel="ops")
    cards = [m for m in world.playground.messages("ops") if "*only-once*" in m.shown]
    assert len(cards) == 1


def signed(world: World, body: str, *, age: int = 0, secret: str = "") -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    verifier = SignatureVerifier(secret or world.playground.signing_secret)
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(verifier.generate_signature(timestamp=timestamp, body=body)),
    }


async def test_bad_requests_are_refused_and_nothing_is_done(http_world: World) -> None:
    world = http_world
    ana = world.person("ana")
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": world.playground.workspace.team_id,
            "event_id": "EvForged",
            "event": {
                "type": "message",
                "channel": ana.im,
                "channel_type": "im",
                "user": ana.id,
                "text": "create a runbook called forged with these steps: 1. Look around",
                "ts": "1700000000.000100",
            },
        }
    )
    plain = {"Content-Type": "application/json"}
    cases: list[tuple[str, dict[str, str], int]] = [
        (body, plain, 401),
        (body, signed(world, body, secret="another"), 401),
        (body, signed(world, body, age=301), 401),
        (body + " ", signed(world, body), 401),
        (body, signed(world, body) | {"Content-Type": "text/plain"}, 415),
        ("{", signed(world, "{"), 400),
    ]
    async with aiohttp.ClientSession() as http:
        for content, headers, status in cases:
            async with http.post(
                f"{world.runbot.url}/slack/events", data=content, headers=headers
            ) as answer:
                assert answer.status == status
        for path in ("/docs", "/openapi.json", "/slack/install"):
            async with http.get(world.runbot.url + path) as answer:
                assert answer.status == 404
        async with http.get(f"{world.runbot.url}/readyz") as answer:
            assert answer.status == 200
    await ana.runs_command("/runbook", "list", channel="ops")
    listed = await ana.sees("unbook", channel="ops")
    assert "forged" not in listed.shown
    assert world.playground.signing_secret not in world.runbot.log


async def test_until_slack_takes_the_token_it_is_alive_and_not_ready(
    runbot: RunbotProcess,
) -> None:
    runbot.playground.faults.no_answer("auth.test")
    await runbot.launch()
    await runbot.says("Listening for Slack at")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{runbot.url}/healthz") as answer:
            assert answer.status == 200
        async with http.get(f"{runbot.url}/readyz") as answer:
            assert answer.status == 503
            assert "token" in (await answer.json())["problems"][0]
    ana = runbot.playground.person("ana")
    with pytest.raises(Exception, match="http_error"):
        await ana.runs_command("/runbook", "help run", channel="ops")
    await stopped(runbot)


async def test_a_refused_token_ends_it_with_a_sentence(runbot: RunbotProcess) -> None:
    runbot.environment["SLACK_BOT_TOKEN"] = "xoxb-of-nobody"
    await runbot.launch()
    assert await runbot.ends() == 1
    assert "SLACK_BOT_TOKEN: Slack refuses this token: Slack doesn't know it." in runbot.log
    quiet(runbot)


async def test_a_wrong_signing_secret_is_told_in_the_log_once(runbot: RunbotProcess) -> None:
    runbot.environment["SLACK_SIGNING_SECRET"] = "of-another-app"
    await runbot.launch()
    await runbot.says("is SLACK_SIGNING_SECRET this app's")
    assert not runbot.playground.platform.transport.connected
    await stopped(runbot)
    assert runbot.log.count("is SLACK_SIGNING_SECRET this app's") == 1
    assert "of-another-app" not in runbot.log


async def test_a_port_that_is_taken_ends_it_with_a_sentence(runbot: RunbotProcess) -> None:
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", runbot.port
    )
    async with server:
        await runbot.launch()
        assert await runbot.ends() == 1
    assert f"Port {runbot.port} on 127.0.0.1 can't be used" in runbot.log
    assert "RUNBOT_PORT" in runbot.log
    quiet(runbot)


async def test_a_stop_lets_what_was_acknowledged_be_done(runbot: RunbotProcess) -> None:
    await runbot.start()
    assert runbot.process is not None
    ana = runbot.playground.person("ana")
    runbot.playground.faults.switch("slow", method="chat.postEphemeral", seconds=0.5)
    await ana.runs_command("/runbook", "help run", channel="ops")
    runbot.process.send_signal(signal.SIGTERM)
    await ana.sees("asks for the values that are missing", channel="ops")
    assert await asyncio.wait_for(runbot.process.wait(), STOPS_WITHIN) == 0
    quiet(runbot)
    assert "ERROR" not in runbot.log


async def test_the_playground_can_be_tried_over_http(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("env", "-u", "SLACK_BOT_TOKEN", "-u", "SLACK_APP_TOKEN"),
        *(f"RUNBOT_DATA_DIR={tmp_path / 'data'}", "RUNBOT_PORT=0"),
        *(_runbot(), "playground", "--http"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(START_DEADLINE):
        while not said or "Ready for Slack's requests" not in said[-1]:
            line = (await process.stdout.readline()).decode()
            assert line, "".join(said)
            said.append(line)
    page = next(line for line in said if "in your browser" in line).split()[1]
    headers = {"X-Playground": "1"}
    async with aiohttp.ClientSession(headers=headers) as http, asyncio.timeout(START_DEADLINE):
        while True:
            async with http.get(f"{page}/people/api/boot") as answer:
                if (await answer.json())["bot"]["connected"]:
                    break
            await asyncio.sleep(0.05)
        command = {"command": "/runbook", "text": "help run", "channel": await _general(http, page)}
        async with http.post(f"{page}/people/api/ana/command", json=command) as answer:
            assert answer.status == 200, await answer.text()
    process.send_signal(signal.SIGINT)
    rest = (await asyncio.wait_for(process.stdout.read(), STOPS_WITHIN)).decode()
    assert await process.wait() == 0
    assert "Traceback" not in rest


async def _general(http: aiohttp.ClientSession, page: str) -> str:
    async with http.get(f"{page}/people/api/ana/conversations") as answer:
        return next(str(c["id"]) for c in await answer.json() if c["name"] == "general")


def _runbot() -> str:
    return str(Path(sys.executable).with_name("runbot"))
