"""What a Web API method is given, and the checks that many of them share."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from runbot.playground.platform import Platform
from runbot.playground.refusals import Refusal
from runbot.playground.workspace import Channel

_T = TypeVar("_T")
_TRUE = {True, "1", "true", "True"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call's platform and arguments, and how to read an argument."""

    platform: Platform
    method: str
    arguments: dict[str, Any]

    def text(self, name: str) -> str:
        """A required argument."""
        value = self.optional(name)
        if value is None:
            raise Refusal("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def optional(self, name: str) -> str | None:
        """An argument as text; None when it is missing or empty."""
        value = self.arguments.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, dict | list):
            raise Refusal("invalid_arguments", messages=[f"[ERROR] {name} must be a string"])
        return str(value)

    def flag(self, name: str) -> bool:
        """A boolean argument, in any of the spellings that clients send."""
        return self.arguments.get(name) in _TRUE

    def whole(self, name: str) -> int:
        """A whole number; 0 when it is missing or empty."""
        value = self.optional(name) or "0"
        try:
            return int(value)
        except ValueError as error:
            raise Refusal(
                "invalid_arguments", messages=[f"[ERROR] {name} must be an integer"]
            ) from error

    def with_channel(self, channel: str) -> Call:
        """The same call, for a channel that stands in another argument."""
        return replace(self, arguments={**self.arguments, "channel": channel})

    def number(self, name: str, default: int, most: int) -> int:
        """A count from 1 to `most`; `invalid_limit` otherwise."""
        value = self.arguments.get(name, default)
        try:
            number = int(value)
        except (TypeError, ValueError) as error:
            raise Refusal("invalid_limit") from error
        if not 1 <= number <= most:
            raise Refusal("invalid_limit")
        return number

    def channel(self) -> Channel:
        """The channel that the call names; the app must know it."""
        given = self.optional("channel")
        if given is None:
            raise Refusal("channel_not_found")
        return self.platform.workspace.channel_for_bot(given)

    def needs(self, *any_of: str) -> None:
        """Refuse unless one of these scopes was granted (where the scope depends on arguments)."""
        manifest = self.platform.manifest
        if not manifest.grants(*any_of):
            raise Refusal(
                "missing_scope", needed=",".join(any_of), provided=",".join(manifest.scopes)
            )

    def page(self, rows: Sequence[_T], *, default: int, most: int) -> tuple[list[_T], str]:
        """One page of rows by `limit` and `cursor`, and the next cursor."""
        limit = self.number("limit", default, most)
        start = 0
        cursor = self.optional("cursor")
        if cursor is not None:
            try:
                start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("row:"))
            except (binascii.Error, ValueError) as error:
                raise Refusal("invalid_cursor") from error
        after = start + limit
        following = base64.b64encode(f"row:{after}".encode()).decode() if after < len(rows) else ""
        return list(rows[start:after]), following


@dataclass(frozen=True, slots=True)
class Method:
    """One Web API method: what it does, and any of which scopes lets it."""

    perform: Callable[[Call], dict[str, Any]]
    scopes: tuple[str, ...] = ()
    app_token: bool = False
    public: bool = False
    """Whether it answers those who give no token, too."""


def scope_by_kind(channel: Channel, right: str) -> str:
    """The scope for one kind of conversation, as in channels:read or im:history."""
    family = {"channel": "channels", "private": "groups", "im": "im"}[channel.kind]
    return f"{family}:{right}"
