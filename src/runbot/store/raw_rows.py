"""Rows as the text that is stored, for whoever can't trust that they can be understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Table, Text, cast, select

from runbot.store.columns import Json, Moment, load_json

Row = dict[str, Any]


def raw(table: Table) -> Any:
    """A table's columns by name, documents and times as the text that is stored."""
    columns: Iterator[ColumnElement[Any]] = (
        cast(column, Text).label(column.name)
        if isinstance(column.type, (Json, Moment))
        else column.label(column.name)
        for column in table.c
    )
    return select(*columns)


def read(found: Mapping[Any, Any], table: Table) -> tuple[Row, str]:
    """The row with its documents and times, and what can't be read of it."""
    row = dict(found)
    for column in table.c:
        held = row[column.name]
        if held is None and column.nullable:
            continue
        try:
            row[column.name] = _value(held, column.type)
        except (TypeError, ValueError):
            return row, f"its {column.name} can't be read any more"
    return row, ""


def _value(held: object, kind: object) -> Any:
    """What a column holds. SQLite holds anything anywhere, and somebody may have made use of it."""
    if isinstance(kind, Integer):
        if isinstance(held, int):
            return held
    elif isinstance(held, str):
        if isinstance(kind, Json):
            return load_json(held)
        return _moment(held) if isinstance(kind, Moment) else held
    raise TypeError(f"{type(held).__name__} in a column of another kind")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    # SQLite's have no zone: what it keeps is UTC by agreement.
    return found if found.tzinfo else found.replace(tzinfo=UTC)
