"""The command line: `runbot serve`, `playground`, `check`, `db upgrade`, `audit` and `export`.

Only `serve` and `playground` start the engine; one process at a time per database.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Sequence

from runbot import bootstrap, record
from runbot.check import SECONDS, Finding, check
from runbot.check.live import Report, live
from runbot.domain.errors import RunbotError
from runbot.settings import Settings, load

_FAILED = 1
# Libraries that tell every start and every connection, the mailbox's with addresses in it.
_TALKATIVE = ("alembic.runtime", "mail.log", "slack_bolt", "uvicorn")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 not possible, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        settings = load()
        _log(settings)
        return int(arguments.command(settings, arguments))
    except RunbotError as error:
        print(error.sentence, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="runbot", description="Runbooks in Slack.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve Slack, or the playground without a token")
    serve.set_defaults(command=_serve)
    playground = commands.add_parser("playground", help="a local workspace in the browser")
    playground.add_argument(
        "--http", action="store_true", help="send requests, as Slack does without Socket Mode"
    )
    playground.set_defaults(command=_playground)
    checked = commands.add_parser("check", help="what is missing, and where to get it")
    checked.add_argument("--json", action="store_true", help="print the findings as JSON")
    checked.add_argument(
        "--live",
        metavar="CHANNEL",
        help="also post, change and delete a message there, and have Slack judge every view",
    )
    checked.set_defaults(command=_check)
    database = commands.add_parser("db", help="the database").add_subparsers(
        required=True, metavar="ACTION"
    )
    upgrade = database.add_parser("upgrade", help="bring the tables up to date")
    upgrade.set_defaults(command=_upgrade)
    record.add_commands(commands)
    return parser


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    asyncio.run(bootstrap.serve(settings))
    return 0


def _playground(settings: Settings, arguments: argparse.Namespace) -> int:
    none = dict.fromkeys(("slack_bot_token", "slack_app_token", "slack_signing_secret"))
    alone = settings.model_copy(update=none)
    asyncio.run(bootstrap.serve(alone, http=arguments.http))
    return 0


def _check(settings: Settings, arguments: argparse.Namespace) -> int:
    findings: list[Finding] = []

    def report(finding: Finding) -> None:
        findings.append(finding)
        if not arguments.json:
            print(_line(finding), flush=True)

    stopped = False
    try:
        asyncio.run(_checked(settings, arguments.live, report))
    except (asyncio.CancelledError, KeyboardInterrupt):
        stopped = True  # what was found until then is told, and what was posted is gone
    if arguments.json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2))
    if stopped:
        print("Stopped before everything was looked at.", file=sys.stderr)
    return _FAILED if stopped or not all(finding.ok for finding in findings) else 0


async def _checked(settings: Settings, channel: str | None, report: Report) -> None:
    task = asyncio.current_task()
    if task is not None:
        # As Ctrl-C does it: what was posted is deleted first. Windows has no such handlers.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    for finding in await check(settings):
        report(finding)
    if channel is not None:
        await live(settings, channel, report, seconds=SECONDS)


def _line(finding: Finding) -> str:
    mark = "ok   " if finding.ok else "WRONG"
    line = f"{mark}  {finding.what}: {finding.sentence}"
    # What it quotes may come from elsewhere, and must not look like another finding.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )


def _upgrade(settings: Settings, _: argparse.Namespace) -> int:
    asyncio.run(bootstrap.upgrade(settings))
    print("The database is up to date.")
    return 0


def _log(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
