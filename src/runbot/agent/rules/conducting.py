"""A runbook's own settings in words, a phrase a line: read and written.

`one at a time: queue`, `locks: prod-db`, `timeout 2h`, `run by <@U1>`, `run in <#C1>`.
"""

from __future__ import annotations

import re
from typing import Final

from runbot.agent.rules import whom
from runbot.agent.rules.amounts import spoken
from runbot.agent.rules.phrases import Phrase, Reader, Scan
from runbot.agent.rules.whom import Names
from runbot.domain.conduct import Conduct, Overlap

EXAMPLE: Final = "one at a time: queue"
_LOCK: Final = re.compile(r"[\"'`]?([\w.-]*\w)[\"'`]?")
_AND: Final = re.compile(r"\s*(?:,\s*(?:and\b)?|\band\b|\s)\s*", re.IGNORECASE)
_OVERLAPS: Final = {
    Overlap.QUEUE: r"queue(?:d|s)?(?:\s+(?:the\s+)?(?:others?|rest|them))?|wait(?:s|ing)?",
    Overlap.REFUSE: r"refuse(?:d|s)?(?:\s+(?:the\s+)?(?:others?|rest|them|a\s+second(?:\s+run)?))?",
    Overlap.PARALLEL: r"(?:in\s+)?parallel",
}
_ANYWHERE: Final = r"(?:any(?:\s+channel|where)?|every\s+channel|all\s+channels)\b"


def read(text: str, names: Names, so_far: Conduct = Conduct()) -> Conduct:  # noqa: B008 - frozen
    """The settings with what a text says; `ValueError` with a sentence where it can't be read."""
    return _READER.read(text, names, so_far)


def is_settings(text: str) -> bool:
    """Whether every phrase of a text begins as a runbook's setting does."""
    phrases = list(_READER.phrases(text))
    return bool(phrases) and all(_READER.begins(phrase) for phrase in phrases)


def phrases(conduct: Conduct) -> tuple[str, ...]:
    """The settings as phrases: `read` gives the same ones. Nothing where nothing is set."""
    said = []
    if conduct.overlap is not Overlap.PARALLEL:
        said.append(f"one at a time: {conduct.overlap}")
    if conduct.locks:
        said.append(f"locks: {', '.join(conduct.locks)}")
    if conduct.timeout is not None:
        said.append(f"timeout {spoken(conduct.timeout)}")
    if conduct.runners:
        said.append(f"run by {whom.listed(conduct.runners)}")
    if conduct.channels:
        said.append(f"run in {whom.listed(conduct.channels)}")
    return tuple(said)


def _set(so_far: Conduct, **changes: object) -> Conduct:
    return so_far.model_copy(update=changes)


def _one_at_a_time(scan: Scan, _: re.Match[str], so_far: Conduct) -> Conduct | None:
    if not scan.left:
        return _set(so_far, overlap=Overlap.QUEUE)
    return _overlap(scan, _, so_far)


def _overlap(scan: Scan, _: re.Match[str], so_far: Conduct) -> Conduct | None:
    scan.take(r"[:=,]|is\b")
    way = next((way for way, said in _OVERLAPS.items() if scan.take(rf"(?:{said})\b")), None)
    return None if way is None else _set(so_far, overlap=way)


def _locks(scan: Scan, _: re.Match[str], so_far: Conduct) -> Conduct | None:
    said = scan.left.strip("[] ")
    scan.at = len(scan.text)
    if said.lower() in {"none", "nothing"}:
        return _set(so_far, locks=())
    names = [name for name in _AND.split(said) if name]
    read = [found[1].lower() for name in names if (found := _LOCK.fullmatch(name))]
    return (
        _set(so_far, locks=tuple(dict.fromkeys(read))) if read and len(read) == len(names) else None
    )


def _timeout(scan: Scan, _: re.Match[str], so_far: Conduct) -> Conduct | None:
    span = scan.span()
    return None if span is None else _set(so_far, timeout=span)


def _runners(scan: Scan, _: re.Match[str], so_far: Conduct) -> Conduct | None:
    if scan.take(r"any(?:one|body)\b(?!\s+in\b)"):
        so_far = _set(so_far, runners=())
    else:
        who = scan.who(whom.principals)
        if not who:
            return None
        so_far = _set(so_far, runners=who)
    return _channels(scan, _, so_far) if scan.take(r",?\s*(?:only\s+)?in\b") else so_far


def _channels(scan: Scan, _: re.Match[str], so_far: Conduct) -> Conduct | None:
    if scan.take(_ANYWHERE):
        return _set(so_far, channels=())
    found = scan.who(whom.channels)
    return _set(so_far, channels=found) if found else None


_READER: Final = Reader[Conduct](
    (
        Phrase(r"(?:only\s+)?one\s+(?:run\s+)?at\s+a\s+time\b", EXAMPLE, _one_at_a_time),
        Phrase(
            r"(?:overlap(?:ping)?|concurren(?:cy|t))(?:\s+runs)?\b", "overlap: refuse", _overlap
        ),
        Phrase(
            r"(?:runs?\s+)?(?:in\s+)?parallel\b(?:\s+runs)?(?:\s+(?:are\s+)?allowed)?",
            "in parallel",
            lambda _s, _f, so_far: _set(so_far, overlap=Overlap.PARALLEL),
        ),
        Phrase(
            r"(?:no|without(?:\s+any)?)\s+locks?\b",
            "no locks",
            lambda _s, _f, so_far: _set(so_far, locks=()),
        ),
        Phrase(
            r"(?:(?:it\s+)?(?:takes?|holds?|needs?)\s+(?:the\s+)?)?locks?\b\s*[:=]?",
            "locks: prod-db",
            _locks,
        ),
        Phrase(
            r"(?:no|without)\s+(?:an?\s+)?time-?out\b",
            "no timeout",
            lambda _s, _f, so_far: _set(so_far, timeout=None),
        ),
        Phrase(
            r"(?:with\s+)?(?:an?\s+)?time-?out\b\s*(?:of\b|after\b|is\b|in\b|:|=)?",
            "timeout 2h",
            _timeout,
        ),
        Phrase(
            r"(?:(?:may|can)\s+(?:only\s+)?be\s+|only\s+)?run\s+(?:only\s+)?by\b\s*:?"
            r"|(?:who\s+may\s+run(?:\s+it)?|runners?)\s*[:=]",
            "run by @sre in #ops",
            _runners,
        ),
        Phrase(
            r"(?:(?:may|can)\s+(?:only\s+)?be\s+|only\s+)?run\s+(?:only\s+)?in\b\s*:?(?!\s*parallel)"
            r"|(?:in\s+)?channels?\s*[:=]",
            "run in #ops",
            _channels,
        ),
    ),
    splits=r"[;\n]|\.\s+",
)
