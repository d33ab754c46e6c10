"""A run's own chain: what never changes of its row, and then each event of its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from runbot.domain.chain import EMPTY, linked
from runbot.store.columns import dump_json, load_json, storable

# What a run is from its start on. `unchained` tells how many events were there before the
# chain began; NULL where it began with the run.
_FIXED: Final = (
    "id",
    "workspace",
    "number",
    "runbook_id",
    "name",
    "version",
    "parameter_values",
    "trigger",
    "started_by",
    "part",
    "parent_id",
    "parent_step",
    "root_id",
    "continues",
    "created_at",
    "unchained",
)
_EVENT: Final = (
    "run_id",
    "seq",
    "workspace",
    "at",
    "actor",
    "kind",
    "step",
    "attempt",
    "detail",
    "arguments",
)


def beginning(run: Mapping[Any, Any]) -> str:
    """The hash from which a run's chain goes on, of its row's columns by name."""
    return linked(EMPTY, _line(run, _FIXED))


def after_event(previous: str, event: Mapping[Any, Any]) -> str:
    """The hash of an event that follows the one with this hash, of its row's columns by name."""
    return linked(previous, _line(event, _EVENT))


def digest(content: Any) -> str:
    """The hash of what a version holds, as it is stored."""
    return linked(EMPTY, {"content": as_stored(content)})


def as_stored(value: Any) -> Any:
    """A value of a row as it will be read back, so that its hash is the same then."""
    match value:
        case None | bool() | int() | datetime():
            return value
        case str():
            return storable(value)
        case BaseModel() | Mapping() | list() | tuple():
            return load_json(dump_json(value))
        case _:
            raise TypeError(f"{type(value).__name__} can't stand in a chained line.")


def _line(row: Mapping[Any, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: as_stored(row[name]) for name in columns}
