"""Column types that behave the same on SQLite and on Postgres."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

_NUL: Final = "\x00"
_SUBSTITUTE: Final = "\ufffd"
# An escaped NUL in JSON, told from an escaped backslash that is followed by "u0000".
_ESCAPED_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def storable(text: str) -> str:
    """The text without what Postgres can't hold: NUL and halves of surrogate pairs.

    Both databases get the same, so that nothing is stored on one and refused on the other.
    """
    if text.isascii():
        return text.replace(_NUL, _SUBSTITUTE) if _NUL in text else text
    whole = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return whole.replace(_NUL, _SUBSTITUTE)


def dump_json(value: object) -> str:
    """JSON of plain values and of pydantic models within them, without what can't be stored."""
    try:
        text = to_json(value, inf_nan_mode="null").decode()
    except (PydanticSerializationError, UnicodeEncodeError):
        # Half a surrogate pair somewhere: rare enough to look at every text only then.
        text = to_json(_encodable(value), inf_nan_mode="null").decode()
    return _ESCAPED_NUL.sub(rf"\1{_SUBSTITUTE}", text) if "\\u0000" in text else text


def _encodable(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case BaseModel():
            return _encodable(value.model_dump())
        case Mapping():
            return {_encodable(key): _encodable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_encodable(inner) for inner in value]
        case _:
            return value


def load_json(text: str | bytes) -> Any:
    """What `dump_json` wrote, as plain values."""
    return from_json(text)


class Words(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Leave out what can't be stored."""
        return None if value is None else storable(value)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept and given back in UTC. A naive one is refused: it names no moment."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone, so what it keeps is UTC by agreement."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone can't be stored.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC, whatever the session's time zone is."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A document, given back as it was written. None is NULL.

    Plain JSON on Postgres too: JSONB forgets the order of keys, and people see arguments
    in the order in which they were planned. Nothing asks for a part of a document.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True
