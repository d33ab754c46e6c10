"""The setup guide shows what `runbot check` really prints."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from runbot.check import Finding, check
from runbot.check.live import live
from runbot.cli import _line
from runbot.playground import Playground
from unit.configured import in_playground

GUIDE = (Path(__file__).parents[2] / "docs/slack-setup.md").read_text(encoding="utf-8")
SECRET = "0123456789abcdef" * 2


def shown(marker: str) -> list[str]:
    """The lines that the guide shows after a marker."""
    found = re.search(rf"<!-- {re.escape(marker)} -->\n *```text\n(.*?) *```", GUIDE, re.DOTALL)
    assert found is not None
    return [line.strip() for line in found[1].splitlines()]


def printed(findings: list[Finding], folder: Path, playground: Playground) -> list[str]:
    """What is printed, with what differs from machine to machine as the guide has it."""
    mail = playground.smtp_url.removeprefix("smtp://")
    lines = [_line(finding) for finding in findings]
    usual = {
        r"[\d,]+ ms": "84 ms",
        r"[\d.,]+ GiB": "61.4 GiB",
        r"All \d+ kinds": "All 138 kinds",
    }
    for pattern, instead in usual.items():
        lines = [re.sub(pattern, instead, line) for line in lines]
    return [
        line.replace(" in Playground.", " in Example.")
        .replace(mail, "mail.example.com:587")
        .replace(str(folder), "/srv/runbot")
        for line in lines
    ]


def as_it_is(lines: list[str]) -> str:
    return "It should be:\n" + "\n".join(lines)


async def test_the_check_over_socket_mode_prints_what_the_guide_shows(
    playground: Playground, tmp_path: Path
) -> None:
    given = in_playground(playground, tmp_path)
    lines = printed(await check(given), tmp_path, playground)
    assert lines == shown("runbot check, over Socket Mode"), as_it_is(lines)


async def test_the_check_over_http_prints_what_the_guide_shows(
    playground: Playground, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    given = in_playground(
        playground, tmp_path, slack_app_token=None, slack_signing_secret=SECRET, port=free
    )
    lines = printed(await check(given), tmp_path, playground)
    lines = [line.replace(f"127.0.0.1:{free}", "127.0.0.1:3000") for line in lines]
    assert lines == shown("runbot check, over HTTP"), as_it_is(lines)


async def test_the_check_with_live_prints_what_the_guide_shows(
    playground: Playground, tmp_path: Path
) -> None:
    findings: list[Finding] = []
    await live(in_playground(playground, tmp_path), "general", findings.append, seconds=10)
    lines = printed(findings, tmp_path, playground)
    assert lines == shown("runbot check --live"), as_it_is(lines)
