"""`runbot check --live` in the playground: what it does there, says of it, and leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from runbot.bootstrap import manifest
from runbot.check import Finding
from runbot.check.live import live
from runbot.cli import main
from runbot.playground import Playground
from runbot.settings import Settings
from runbot.surfaces.slack.views.gallery import Sample, samples
from unit.configured import in_playground

FEW = list(samples())[:3]
WRONG = Sample(
    "a wrong one", "modal", {"type": "modal", "blocks": [{"type": "section", "colour": "red"}]}
)


async def tried(
    playground: Playground, channel: str = "ops", *, seconds: float = 5, views: Any = FEW
) -> list[Finding]:
    findings: list[Finding] = []
    await live(in_playground(playground), channel, findings.append, seconds=seconds, views=views)
    return findings


def shown(playground: Playground, channel: str = "ops") -> list[str]:
    return [m.shown for m in playground.person("ana").reads(channel) if "being checked" in m.shown]


async def test_it_posts_changes_deletes_and_has_every_view_judged(playground: Playground) -> None:
    findings = await tried(playground, views=None)
    assert [f.sentence for f in findings if not f.ok] == []
    assert [f.what for f in findings] == [
        "Live chat.postMessage",
        "Live chat.update",
        "Live chat.delete",
        "Live blocks.validate",
    ]
    assert all(" ms" in f.sentence for f in findings)
    assert f"All {len(list(samples()))} kinds of view" in findings[-1].sentence
    assert shown(playground) == []


async def test_a_refused_view_is_named_with_place_and_reason(playground: Playground) -> None:
    findings = await tried(playground, views=[FEW[0], WRONG])
    wrong = [f for f in findings if not f.ok]
    assert any("/blocks/0" in f.sentence and "colour" in f.sentence for f in wrong)
    assert {f.what for f in wrong[:-1]} == {"Live view “a wrong one”"}
    assert "refuses 1 of 2 kinds of view" in wrong[-1].sentence


# --- What is in the way ---


async def said(playground: Playground, channel: str = "ops", *, seconds: float = 5) -> str:
    """The only finding, which is a bad one."""
    (finding,) = await tried(playground, channel, seconds=seconds)
    assert not finding.ok
    assert shown(playground) == []
    return finding.sentence


async def test_a_channel_that_is_not_there_is_told(playground: Playground) -> None:
    assert "no channel called #nowhere" in await said(playground, "#nowhere")
    assert "no such channel" in await said(playground, "C0NOWHERE")
    assert playground.calls_of("chat.postMessage") == []


async def test_a_channel_that_runbot_is_not_in_is_told(playground: Playground) -> None:
    channel = playground.workspace.channel("ops")
    channel.members.remove(playground.workspace.bot.user_id)
    assert "/invite @Runbot" in await said(playground)
    assert playground.calls_of("chat.postMessage") == []


async def test_a_channel_that_is_archived_is_told(playground: Playground) -> None:
    channel = playground.workspace.channel("ops")
    channel.is_archived = True
    assert "archived" in await said(playground, channel.id)


async def test_a_missing_scope_is_told() -> None:
    poorer = json.loads(json.dumps(manifest()))
    poorer["oauth_config"]["scopes"]["bot"].remove("chat:write")
    playground = Playground(manifest=poorer)
    await playground.start()
    try:
        assert "without a permission" in await said(playground)
    finally:
        await playground.stop()


async def test_a_slack_that_never_answers_is_given_up(playground: Playground) -> None:
    playground.faults.no_answer("auth.test")
    assert "does not answer" in await said(playground, seconds=0.3)


async def test_without_a_token_nothing_is_tried() -> None:
    findings: list[Finding] = []
    await live(Settings(_env_file=None), "ops", findings.append, seconds=1)
    (finding,) = findings
    assert "Nothing was tried. SLACK_BOT_TOKEN is not set" in finding.sentence


# --- Slack's trouble ---


async def test_a_429_is_obeyed_and_every_view_judged_all_the_same(playground: Playground) -> None:
    playground.faults.ratelimited("blocks.validate", retry_after=0.2, times=3)
    findings = await tried(playground)
    assert [f.sentence for f in findings if not f.ok] == []
    calls = playground.calls_of("blocks.validate")
    assert len(calls) == len(FEW) + 3
    # As Slack sees it, which a slow machine makes longer and never shorter.
    assert all(later.at - refused.at >= 0.2 for refused, later in pairwise(calls[:4]))


async def test_a_slack_that_keeps_asking_to_wait_ends_the_judging(playground: Playground) -> None:
    playground.faults.ratelimited("blocks.validate", retry_after=0.01, times=50)
    last = (await tried(playground))[-1]
    assert not last.ok
    assert last.sentence.startswith("0 of 3 views were judged. ")


async def test_a_post_whose_answer_is_lost_is_found_and_deleted(playground: Playground) -> None:
    playground.faults.lost_answer("chat.postMessage")
    findings = await tried(playground)
    assert all(f.ok for f in findings)
    assert shown(playground) == []
    assert len(playground.calls_of("chat.postMessage")) == 1


async def test_a_message_that_can_t_be_deleted_is_named_and_the_next_check_deletes_it(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    playground.faults.server_error("chat.delete", times=50)
    findings = await tried(playground, seconds=0.2)
    named = [f.sentence for f in findings if "delete it there" in f.sentence]
    (left,) = (m for m in playground.messages("ops") if "being checked" in m.shown)
    assert left.ts in named[0]
    playground.faults.clear()

    (refused,) = await tried(playground)
    assert "Another check is at work in ops" in refused.sentence
    assert left.ts.replace(".", "") in refused.sentence  # its address

    monkeypatch.setattr("runbot.check.live.BUSY_SECONDS", 0)
    findings = await tried(playground)
    assert all(f.ok for f in findings)
    assert "Deleted 1" in findings[0].sentence
    assert shown(playground) == []


# --- Cut short ---


async def test_what_was_posted_is_deleted_when_the_check_is_cancelled(
    playground: Playground,
) -> None:
    playground.faults.no_answer("chat.update", times=9)
    findings: list[Finding] = []
    work = live(in_playground(playground), "ops", findings.append, seconds=60, views=FEW)
    task = asyncio.create_task(work)
    await playground.until(lambda: playground.calls_of("chat.update"), what="a change")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shown(playground) == []
    assert findings[-1] == Finding("Live", ok=True, sentence="What was posted has been deleted.")


async def test_a_post_that_was_on_its_way_is_deleted_too(playground: Playground) -> None:
    playground.faults.switch("slow", method="chat.postMessage", seconds=0.5)
    findings: list[Finding] = []
    work = live(in_playground(playground), "ops", findings.append, seconds=60, views=FEW)
    task = asyncio.create_task(work)
    await playground.until(lambda: shown(playground), what="the message")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shown(playground) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
async def test_the_command_cleans_up_when_it_is_interrupted(
    playground: Playground, tmp_path: Path, number: signal.Signals
) -> None:
    playground.faults.no_answer("chat.update", times=9)
    environment = {
        **os.environ,
        "SLACK_BOT_TOKEN": playground.bot_token,
        "SLACK_APP_TOKEN": playground.app_token,
        "SLACK_API_URL": playground.api_url,
        "RUNBOT_SMTP_URL": "",
        "DATABASE_URL": "",
        "RUNBOT_DATA_DIR": str(tmp_path),
    }
    # More patience than any machine is slow: it must not give Slack up before the signal comes.
    code = "import sys; from runbot import cli; cli.SECONDS = 300; sys.exit(cli.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "check", "--json", "--live", "ops"]
    running = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        await playground.until(
            lambda: playground.calls_of("chat.update"), timeout=60, what="the change"
        )
        running.send_signal(number)
        out, err = await asyncio.wait_for(running.communicate(), 60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
    assert running.returncode == 1
    assert shown(playground) == []
    findings = json.loads(out)
    assert findings[-1]["sentence"] == "What was posted has been deleted."
    assert b"Stopped before everything was looked at." in err
    assert b"Traceback" not in err


def test_the_command_without_a_channel_is_told_how_it_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "--live"])
    assert ended.value.code == 2
    assert "CHANNEL" in capsys.readouterr().err
