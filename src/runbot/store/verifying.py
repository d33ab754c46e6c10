"""Whether the record is as it was written: both kinds of chains, walked from their beginning.

It only reads, in one state of the database, beside a running server. JSON and times are read
as text, so that even what can no longer be understood is found, and no reason to stop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.domain.audit import END, START, Outcome
from runbot.domain.chain import EMPTY
from runbot.domain.law import FINAL_RUN
from runbot.store.audit import hash_of
from runbot.store.chains import after_event, beginning, digest
from runbot.store.raw_rows import Row, raw, read
from runbot.store.tables import AUDIT, AUDIT_END, EVENT, RUN, VERSION

MOST_FAULTS: Final = 100
_RUNS_AT_ONCE: Final = 200
_LINES_AT_ONCE: Final = 1000
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_FINAL: Final = frozenset(status.value for status in FINAL_RUN)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first line of a chain that doesn't fit. `run` is None in the workspace's own chain."""

    workspace: str
    run: int | None
    line: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a workspace's chain ends: worth keeping elsewhere."""

    workspace: str
    line: int
    hash: str


@dataclass(slots=True)
class Verification:
    """What was looked at and what was found; `faults` holds at most `MOST_FAULTS`."""

    runs: int = 0
    events: int = 0
    lines: int = 0
    before: int = 0
    heads: list[Head] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every line fits."""
        return not self.faults

    def blame(self, workspace: str, run: int | None, line: int | None, what: str) -> None:
        """Note a fault, as long as there is room for it."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(workspace, run, line, what))


@dataclass(slots=True)
class _Told:
    """What the workspace's chain says of one run."""

    workspace: str
    number: int | None = None
    head: str | None = None
    end: Mapping[str, Any] | None = None


@dataclass(slots=True)
class _All:
    """What the workspaces' chains say: of runs by id, and of versions by runbook and number."""

    runs: dict[str, _Told] = field(default_factory=dict)
    versions: dict[tuple[str, int], Row] = field(default_factory=dict)


def verify(s: Session, *, kept: Sequence[Head] = ()) -> Verification:
    """Walk every chain. `kept` are heads noted earlier, elsewhere: they must still be there."""
    found = Verification()
    told = _walk_audit(s, found, kept)
    _walk_versions(s, found, told.versions)
    _walk_runs(s, found, told.runs)
    for run_id, one in told.runs.items():
        found.blame(
            one.workspace, one.number, None, f"the audit log tells of {run_id}, which is gone"
        )
    return found


def _walk_audit(s: Session, found: Verification, kept: Sequence[Head]) -> _All:
    ends = {row.workspace: row for row in s.execute(select(AUDIT_END))}
    wanted = {(head.workspace, head.line): head.hash for head in kept}
    told = _All()
    seen: dict[str, Row] = {}
    broken: set[str] = set()
    lines = s.execute(
        raw(AUDIT).order_by(AUDIT.c.workspace, AUDIT.c.seq),
        execution_options={"yield_per": _LINES_AT_ONCE},
    )
    for line in lines.mappings():
        row, unread = read(line, AUDIT)
        workspace = row["workspace"]
        before = seen.get(workspace)
        found.lines += 1
        seen[workspace] = row
        if workspace not in broken and (wrong := unread or _wrong_line(row, before)):
            broken.add(workspace)
            found.blame(workspace, None, row["seq"], wrong)
        if wanted.pop((workspace, row["seq"]), row["hash"]) != row["hash"]:
            found.blame(workspace, None, row["seq"], "its hash isn't the one that was kept")
        if not unread:
            _remember(told, row)
    for workspace, end in ends.items():
        last = seen.get(workspace, {"seq": 0, "hash": EMPTY})
        if (end.seq, end.hash) != (last["seq"], last["hash"]) and workspace not in broken:
            found.blame(workspace, None, last["seq"] + 1, _cut(end.seq, last["seq"]))
    for workspace, last in seen.items():
        if workspace not in ends:
            found.blame(workspace, None, last["seq"], "the note of where the chain ends is gone")
        found.heads.append(Head(workspace, last["seq"], last["hash"]))
    for workspace, number in wanted:
        found.blame(workspace, None, number, "this line was kept elsewhere, and is gone")
    return told


def _wrong_line(row: Row, before: Row | None) -> str:
    seq, previous = (before["seq"], before["hash"]) if before else (0, EMPTY)
    if row["seq"] != seq + 1:
        return f"line {seq + 1} is missing before it"
    if row["previous"] != previous:
        return "it doesn't follow from the line before: one of the two was changed"
    return "" if row["hash"] == hash_of(row) else "it was changed"


def _cut(noted: int, last: int) -> str:
    if noted > last:
        return f"the chain ends before it, and {noted} lines were written"
    return "the note of where the chain ends was changed, or lines were added"


def _remember(told: _All, row: Row) -> None:
    """What a line says of a version, or of a run's beginning or end, to compare it with those."""
    facts = row["facts"]
    if row["outcome"] != Outcome.DONE or not isinstance(facts, dict):
        return
    if "sha256" in facts:
        told.versions[row["object"], facts.get("version") or 0] = row
    if row["verb"] not in {START, END} or not isinstance(facts.get("run"), int):
        return
    one = told.runs.setdefault(row["object"], _Told(row["workspace"]))
    one.number = facts["run"]
    if row["verb"] == START:
        one.head = facts.get("head")
    else:
        one.end = facts


def _walk_versions(s: Session, found: Verification, told: Mapping[tuple[str, int], Row]) -> None:
    left = dict(told)
    versions = s.execute(raw(VERSION), execution_options={"yield_per": _LINES_AT_ONCE})
    for one in versions.mappings():
        line = left.pop((one["runbook_id"], one["number"]), None)
        if line is None:
            continue  # saved before the log was kept
        row, unread = read(one, VERSION)
        if unread or digest(row["content"]) != line["facts"]["sha256"]:
            _blame_version(found, line, "isn't what was saved")
    for line in left.values():
        _blame_version(found, line, "is gone")


def _blame_version(found: Verification, line: Row, what: str) -> None:
    facts = line["facts"]
    said = f"version {facts['version']} of {facts['runbook']}, which it tells of, {what}"
    found.blame(line["workspace"], None, line["seq"], said)


def _walk_runs(s: Session, found: Verification, told: dict[str, _Told]) -> None:
    last = ""
    while True:
        page = (
            s.execute(raw(RUN).where(RUN.c.id > last).order_by(RUN.c.id).limit(_RUNS_AT_ONCE))
            .mappings()
            .all()
        )
        if not page:
            return
        last = page[-1]["id"]
        events = _events(s, [row["id"] for row in page])
        for one in page:
            row, unread = read(one, RUN)
            found.runs += 1
            lines = events.pop(row["id"], [])
            found.events += len(lines)
            found.before += row["unchained"] or 0
            about = told.pop(row["id"], None)
            wrong = (None, unread) if unread else _wrong_run(row, lines, about)
            if wrong:
                found.blame(row["workspace"], row["number"], *wrong)


def _events(s: Session, run_ids: Sequence[str]) -> dict[str, list[tuple[Row, str]]]:
    found: defaultdict[str, list[tuple[Row, str]]] = defaultdict(list)
    rows = s.execute(
        raw(EVENT).where(EVENT.c.run_id.in_(run_ids)).order_by(EVENT.c.run_id, EVENT.c.seq)
    )
    for one in rows.mappings():
        found[one["run_id"]].append(read(one, EVENT))
    return dict(found)


def _wrong_run(
    run: Row, events: Sequence[tuple[Row, str]], told: _Told | None
) -> tuple[int | None, str] | None:
    """The first thing about a run that doesn't fit, with the number of its line."""
    begins = beginning(run)
    before = run["unchained"] or 0
    hashes = {0: begins}
    head = begins
    for seq, (event, unread) in enumerate(events, 1):
        if event["seq"] != seq:
            return seq, "this line is missing"
        if seq <= before:
            if event["hash"] != EMPTY:
                return seq, "it is from before the chain, and has a hash"
            continue
        if unread:
            return seq, unread
        head = hashes[seq] = after_event(head, event)
        if event["workspace"] != run["workspace"] or event["hash"] != head:
            return seq, "it was changed, or the run's own row was"
    return _wrong_end(run, events, hashes, told)


def _wrong_end(
    run: Row, events: Sequence[tuple[Row, str]], hashes: Mapping[int, str], told: _Told | None
) -> tuple[int | None, str] | None:
    before, count = run["unchained"] or 0, len(events)
    if run["last_event"] != count:
        return count, f"{run['last_event']} lines were written, and there are {count}"
    # Of a run from before the chain that had no event since, nothing was written down.
    untouched = run["unchained"] is not None and count == before
    if not untouched and run["head"] != hashes[count if count > before else 0]:
        return count, "the run's row doesn't hold the hash of its last line"
    if (told.head if told else None) != (hashes[0] if run["unchained"] is None else None):
        return None, "the audit log doesn't tell that it started as its row says"
    # One that had ended before the chain began can still be told something.
    since = run["unchained"] is None or (
        not untouched and events[before][0]["at"] <= (run["ended_at"] or _NEVER)
    )
    return _wrong_anchor(run, count, hashes, told.end if told else None, needed=since)


def _wrong_anchor(
    run: Row, count: int, hashes: Mapping[int, str], end: Mapping[str, Any] | None, *, needed: bool
) -> tuple[int | None, str] | None:
    """Whether the run stands as the audit log says that it ended."""
    if end is None:
        ended = run["status"] in _FINAL and needed
        return (count, "it has ended, and the audit log doesn't tell that") if ended else None
    if end.get("status") != run["status"]:
        return count, f"the audit log tells that it ended {end.get('status')}"
    if hashes.get(end.get("events") or 0) != end.get("head"):
        return count, "the audit log tells of another last line"
    return None
