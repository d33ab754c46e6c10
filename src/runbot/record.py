"""`runbot audit` and `runbot export`: the record, read from the database beside a server.

Nothing here writes, starts the engine, or asks Slack: whoever can read the database may.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from runbot.bootstrap import database_url
from runbot.domain.errors import InvalidInput, NotFound, Unavailable
from runbot.domain.run import Run
from runbot.engine.ledger import utc_now
from runbot.operations.exporting.exports import exported
from runbot.operations.exporting.formats import Format
from runbot.settings import Settings
from runbot.store import audit, runs
from runbot.store.database import Database
from runbot.store.tables import AUDIT_END, RUN
from runbot.store.upgrade import HEAD, stamped
from runbot.store.verifying import Head, Verification, verify

T = TypeVar("T")
_FAILED = 1
_LINES = 50


def add_commands(commands: Any) -> None:
    """The words of this part of the command line."""
    audited = commands.add_parser("audit", help="the record of who did what").add_subparsers(
        required=True, metavar="ACTION"
    )
    verified = audited.add_parser("verify", help="whether every line is as it was written")
    verified.add_argument("--json", action="store_true", help="print what was found as JSON")
    verified.add_argument(
        "--kept",
        metavar="WORKSPACE:LINE:HASH",
        action="append",
        default=[],
        help="a line that was noted earlier, and must still be there",
    )
    verified.set_defaults(command=_verify)
    listed = audited.add_parser("list", help="the newest lines")
    listed.add_argument("--run", metavar="N", help="only what was done to this run")
    listed.add_argument("--workspace", metavar="ID", help="where there are several")
    listed.add_argument("--limit", type=int, default=_LINES, help=f"how many ({_LINES})")
    listed.add_argument("--json", action="store_true", help="print them as JSON")
    listed.set_defaults(command=_list)
    export = commands.add_parser("export", help="a run's record, as a file's text")
    export.add_argument("run", metavar="RUN", help="its number or id")
    export.add_argument(
        "--format", choices=[form.value for form in Format], default=Format.MARKDOWN.value
    )
    export.add_argument("--workspace", metavar="ID", help="where there are several")
    export.set_defaults(command=_export)


def _verify(settings: Settings, arguments: argparse.Namespace) -> int:
    kept = [_head(text) for text in arguments.kept]
    found = _asked(settings, lambda s: verify(s, kept=kept))
    print(_as_json(_verification(found)) if arguments.json else _told(found))
    return 0 if found.ok else _FAILED


def _head(text: str) -> Head:
    workspace, line, hashed = [*text.split(":"), "", ""][:3]
    if not (workspace and line.isdecimal() and hashed):
        raise InvalidInput(
            f"{text} names no line.", do="Give it as `runbot audit verify` prints it: T1:42:ab12…"
        )
    return Head(workspace, int(line), hashed)


def _verification(found: Verification) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "runs": found.runs,
        "events": found.events,
        "events_before_the_chain": found.before,
        "lines": found.lines,
        "heads": [
            {"workspace": head.workspace, "line": head.line, "hash": head.hash}
            for head in found.heads
        ],
        "faults": [
            {"workspace": one.workspace, "run": one.run, "line": one.line, "what": one.what}
            for one in found.faults
        ],
    }


def _told(found: Verification) -> str:
    said = [
        f"WRONG  {_chain(one.workspace, one.run)}"
        + (f", line {one.line}" if one.line is not None else "")
        + f": {one.what}"
        for one in found.faults
    ]
    looked = f"{found.lines} lines of the audit log and {found.events} of {found.runs} runs"
    said.append(f"{'ok     ' if found.ok else 'looked at '}{looked}")
    if found.before:
        said.append(f"       {found.before} lines of runs are older than the chain")
    # What is worth keeping elsewhere: a chain that was written anew has another one.
    said += [f"head   {head.workspace}:{head.line}:{head.hash}" for head in found.heads]
    return "\n".join(_printable(line) for line in said)


def _chain(workspace: str, run: int | None) -> str:
    return f"audit log of {workspace}" if run is None else f"run {run} of {workspace}"


def _list(settings: Settings, arguments: argparse.Namespace) -> int:
    def look(s: Session) -> list[audit.Entry]:
        workspace = _workspace(s, arguments.workspace)
        about = _about(s, workspace, arguments.run) if arguments.run else None
        return audit.entries(s, workspace, of=about, limit=max(arguments.limit, 1))

    found = _asked(settings, look)
    if arguments.json:
        print(_as_json([_entry(entry) for entry in found]))
    else:
        for entry in found:
            print(_printable(_line(entry)))
    return 0


def _about(s: Session, workspace: str, wanted: str) -> tuple[str, ...]:
    """How lines name a run: by its id, and where something was refused, as people named it."""
    run = _run(s, workspace, wanted)
    return run.id, str(run.number), f"#{run.number}"


def _entry(entry: audit.Entry) -> dict[str, Any]:
    return {
        "line": entry.seq,
        **entry.deed.model_dump(mode="json", exclude={"actor"}),
        "actor": entry.deed.actor.model_dump(
            mode="json", include={"kind", "id", "name", "surface", "workspace"}
        ),
        "hash": entry.hash,
    }


def _line(entry: audit.Entry) -> str:
    deed = entry.deed
    who = deed.actor.name or deed.actor.id
    way = f" ({deed.actor.surface})" if deed.actor.surface else ""
    at = deed.at.strftime("%Y-%m-%d %H:%M:%S")
    return f"{entry.seq}  {at}  {who}{way}  {deed.verb}  {deed.outcome}  {deed.detail}"


def _export(settings: Settings, arguments: argparse.Namespace) -> int:
    def look(s: Session) -> str:
        run = _run(s, _workspace(s, arguments.workspace), arguments.run)
        return exported(s, run.id, Format(arguments.format), now=utc_now()).content

    # Line ends as the format has them, whatever the machine's own are.
    sys.stdout.buffer.write(_asked(settings, look).encode())
    sys.stdout.flush()
    return 0


def _workspace(s: Session, named: str | None) -> str:
    """The workspace that is meant: the one that was named, or the only one."""
    found = union(select(AUDIT_END.c.workspace), select(RUN.c.workspace))
    known = sorted(str(workspace) for workspace in s.execute(found).scalars())
    if named is not None and named in known:
        return named
    if named is None and len(known) == 1:
        return known[0]
    if not known or named is not None:
        raise NotFound("Nothing is recorded" + (f" of {named}." if named else " yet."))
    raise InvalidInput(
        f"There are several workspaces: {', '.join(known)}.", do="Name one with --workspace."
    )


def _run(s: Session, workspace: str, wanted: str) -> Run:
    number = wanted.removeprefix("#")
    if number.isdecimal() and len(number) <= 9:  # noqa: PLR2004 - what a database integer holds
        return runs.by_number(s, workspace, int(number))
    return runs.of_workspace(s, workspace, wanted)


def _asked(settings: Settings, question: Callable[[Session], T]) -> T:
    """The answer to a question, where the database has this Runbot's tables."""

    def current(s: Session) -> T:
        if stamped(s.connection()) != HEAD:
            raise Unavailable(
                "The database isn't at this Runbot's state.",
                means="The record begins with the upgrade.",
                do="Run `runbot db upgrade`, or ask the Runbot that serves it.",
            )
        return question(s)

    async def ask() -> T:
        database = Database(database_url(settings))
        try:
            return await database.read(current)
        finally:
            await database.close()

    return asyncio.run(ask())


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _printable(line: str) -> str:
    # What it quotes comes from elsewhere, and must not look like another line.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
