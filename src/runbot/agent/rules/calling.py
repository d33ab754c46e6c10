"""Steps that run another runbook: "Run the runbook restart-api with env=prod".

Only where the word runbook says so, or where backticks name a runbook that there is:
"run `make`" is a command.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from runbot.agent.rules.calls import Doubt
from runbot.domain.errors import InvalidInput
from runbot.domain.runbook import RunbookPlan, slug

_VERB: Final = r"(?:re-?)?(?:run|execute|start|invoke|trigger|launch)\s+"
_NOUN: Final = r"(?:run|play)[ -]?book\b"
_NAME: Final = (
    r"(?:[`\"“'*_]+(?P<{0}_quoted>[A-Za-z0-9][\w -]*)[`\"”'*_]+|(?P<{0}>[A-Za-z0-9][\w-]*))"
    r"(?=[\s.,;:!]|$)"
)
_NO_NAME: Final = (
    r"(?!(?:for|with|in|again|below|above|to|from|that|which|on|at|and|of|once|now|until|by|is|as"
    r"|called|named|it|there|here|if|when|unless|the|an?|our|this|your|their|other|another)(?![\w-]))"
)
_NAMED: Final = re.compile(
    rf"{_VERB}(?:the\s+|our\s+)?(?:published\s+)?(?:{_NOUN}\s*:?\s+(?:(?:called|named)\s+)?"
    rf"{_NO_NAME}{_NAME.format('after')}|{_NO_NAME}{_NAME.format('before')}\s+{_NOUN})",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(rf"{_VERB}(?:the\s+)?`(?P<name>[A-Za-z0-9][\w -]*)`", re.IGNORECASE)
_WITH: Final = re.compile(
    r"[\s,;:]*(?:\(\s*)?(?:(?:with|using|for|where)\b\s*)?(?:(?:the\s+)?(?:parameters?|values?)\b\s*:?)?\s*",
    re.IGNORECASE,
)
_PAIR: Final = re.compile(
    r"(?P<key>[A-Za-z][\w-]*)\s*=\s*"
    r"(?P<value>\"[^\"\n]*\"|“[^”\n]*”|'[^'\n]*'|`[^`\n]*`|<[^<>\n]*>"
    r"|(?:\{\{[^{}\n]*\}\}|[^\s,;{}])+)(?:\s*[,;]\s*(?:and\s+)?|\s+and\s+|\s+|(?=\)|$))",
    re.IGNORECASE,
)
_END: Final = re.compile(r"[\s.!)]*\Z")


def quoted(text: str) -> str | None:
    """The name in backticks of what a step says to run, which may be a runbook's."""
    found = _QUOTED.match(text)
    return _slug(found["name"]) if found else None


def read(text: str, runbooks: Collection[str]) -> RunbookPlan | Doubt | None:
    """The runbook that a step's words run. `runbooks` are the names of those that there are.

    `text` has no polite words before its verb.
    """
    found = _NAMED.match(text)
    name = _slug(next(filter(None, found.groups()), "")) if found else None
    if name is None:
        found, name = _QUOTED.match(text), quoted(text)
        if name not in runbooks:
            return None
    if found is None or name is None:
        return None
    values = _values(text, found.end())
    if values is None:
        return Doubt(f"what it gives {name} can't be read: write each value as name=value")
    return RunbookPlan(runbook=name, parameters=values)


def _values(text: str, at: int) -> dict[str, str] | None:
    """What follows the name as values by name; None where anything else follows it."""
    if _END.match(text, at):
        return {}
    opened = _WITH.match(text, at)
    at = opened.end() if opened else at
    values: dict[str, str] = {}
    while pair := _PAIR.match(text, at):
        values[pair["key"].lower().replace("-", "_")] = _bare(pair["value"])
        at = pair.end()
    end = _END.match(text, at)
    return values if values and end else None


def _bare(value: str) -> str:
    if len(value) > 1 and value[0] in "\"“'`" and value[-1] in "\"”'`":
        return value[1:-1]
    return value.rstrip(".!)")


def _slug(name: str) -> str | None:
    try:
        return slug(name)
    except InvalidInput:
        return None
