"""The three formats of an exported run. Each makes text from the same document, and nothing else.

Whatever people and the world wrote is escaped for the format: it can't become a heading, a
formula or another line.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from runbot.operations.exporting.document import Document, Done, Told, Who


class Format(StrEnum):
    """How a run's record is written."""

    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


SUFFIXES: Final = {Format.MARKDOWN: "md", Format.JSON: "json", Format.CSV: "csv"}
# What CommonMark lets a backslash take the meaning from, as far as it has one within a line.
# https://spec.commonmark.org/0.31.2/#backslash-escapes
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>()#+\-.!|~&$^=:@\"']")
_SPACES: Final = re.compile(r"\s+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]+)>")
# Spreadsheets take what begins like this for a formula, the signs at full width included.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\uff1d", "\uff0b", "\uff0d", "\uff20"),
)
CSV_COLUMNS: Final = (
    "run",
    "runbook",
    "version",
    "line",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "surface",
    "event",
    "step",
    "instruction",
    "attempt",
    "executor",
    "arguments",
    "detail",
    "outcome",
    "hash",
)


def rendered(document: Document, form: Format) -> str:
    """The document in this format."""
    match form:
        case Format.MARKDOWN:
            return as_markdown(document)
        case Format.JSON:
            return as_json(document)
        case Format.CSV:
            return as_csv(document)


def as_json(document: Document) -> str:
    """JSON with the fields of `Document`, "schema" first."""
    plain = document.model_dump(mode="json", by_alias=True)
    return json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(document: Document) -> str:
    """One row per line of the timeline. A cell that could be a formula begins with "'"."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(CSV_COLUMNS)
    for told in document.timeline:
        rows.writerow([cell(value) for value in _row(document, told)])
    return written.getvalue()


def _row(document: Document, told: Told) -> Iterator[object]:
    step = document.steps[told.step - 1] if told.step else None
    tries = {attempt.number: attempt for attempt in step.attempts} if step else {}
    tried = tries.get(told.attempt or 0)
    yield from (document.number, document.runbook, told.version, told.seq, _iso(told.at))
    yield from (told.actor.kind, told.actor.id, told.actor.name, told.actor.surface, told.event)
    yield from (told.step, step.instruction if step else "", told.attempt)
    yield tried.executor if tried else ""
    yield json.dumps(told.arguments, ensure_ascii=False) if told.arguments else ""
    yield from (told.detail, told.outcome, told.hash)


def cell(value: object) -> object:
    """A value as a spreadsheet may read it: text without control marks that is no formula."""
    if not isinstance(value, str):
        return value
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", value.replace("\r\n", "\n"))
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_markdown(document: Document) -> str:
    """A page to read: what it was, its steps, its timeline, who did what, what was kept."""
    names = _names(document)

    def safe(text: str) -> str:
        return _safe(_MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", text))

    parts = [
        f"# Run {document.number} of {safe(document.runbook)}, version {document.version}",
        _facts(document, safe_outcome=safe(document.outcome)),
        "## Steps",
        _table(
            ("Step", "Instruction", "Status", "Tries", "What came of it"),
            [
                _step_cells(step, safe(step.instruction), safe(_came(step)))
                for step in document.steps
            ],
        ),
        "## Timeline",
        _table(
            ("Line", "When (UTC)", "Who", "What", "Step", "Arguments", "Detail", "Outcome"),
            [
                (
                    str(told.seq),
                    _when(told.at),
                    safe(_by(told.actor)),
                    safe(told.event),
                    str(told.step or ""),
                    safe(json.dumps(told.arguments, ensure_ascii=False) if told.arguments else ""),
                    safe(told.detail),
                    safe(told.outcome),
                )
                for told in document.timeline
            ],
        ),
    ]
    if document.artefacts:
        kept = [
            (safe(one.name), str(one.size), safe(one.media_type), one.sha256)
            for one in document.artefacts
        ]
        parts += ["## Kept", _table(("Name", "Bytes", "Kind", "SHA-256"), kept)]
    head = document.timeline[-1].hash if document.timeline else ""
    if head:
        parts.append(f"The last line's hash is `{head}`.")
    return "\n\n".join(parts) + "\n"


def _facts(document: Document, *, safe_outcome: str) -> str:
    said = f"{document.status}: {safe_outcome}" if safe_outcome else document.status
    values = ", ".join(f"{name}={value}" for name, value in document.values.items())
    facts = [
        ("Outcome", said),
        ("Started by", f"{_safe(_by(document.started_by))} ({_safe(document.trigger)})"),
        ("Started", _when(document.started_at or document.created_at)),
        ("Ended", _when(document.ended_at) if document.ended_at else "not yet"),
        ("Took", f"{document.seconds:.1f} s"),
        ("Of that, waiting for people", f"{document.seconds_waiting_for_people:.1f} s"),
        ("Of that, paused", f"{document.seconds_paused:.1f} s"),
        ("Values", _safe(values)),
        ("Goes on from", _safe(document.continues)),
        ("Part of", _safe(document.parent)),
    ]
    return "\n".join(f"- {name}: {value}" for name, value in facts if value)


def _step_cells(step: Done, instruction: str, came: str) -> tuple[str, ...]:
    tries = str(len(step.attempts)) if step.attempts else ""
    return (str(step.number), instruction, step.status, tries, came)


def _came(step: Done) -> str:
    if step.reason and step.reason not in step.summary:
        return f"{step.summary}: {step.reason}" if step.summary else step.reason
    return step.summary


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _safe(text: str) -> str:
    """Text from outside on one line, in which nothing means anything to Markdown."""
    bare = _SPACES.sub(" ", _CONTROLS.sub(" ", text)).strip()
    return _SPECIAL.sub(r"\\\g<0>", bare)


def _names(document: Document) -> dict[str, str]:
    actors = [document.started_by, *(told.actor for told in document.timeline)]
    return {actor.id: actor.name for actor in actors if actor.name}


def _by(who: Who) -> str:
    name = who.name or who.id
    return f"{name} ({who.surface})" if who.surface else name


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
