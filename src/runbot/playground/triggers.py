"""What an interaction hands to the app: a trigger_id for a modal, a response_url for answers."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from runbot.playground.limits import most
from runbot.playground.refusals import Refusal

_KEPT = 10_000


@dataclass(slots=True)
class Trigger:
    """Who did what makes a modal possible."""

    user: str
    issued: float
    view_id: str | None = None
    """The modal in which the interaction happened, on top of which one may push."""
    used: bool = False


class Triggers:
    """Each trigger_id opens one modal, within a few seconds."""

    def __init__(self, lifetime: float | None = None) -> None:
        self.lifetime: float = most("trigger.seconds") if lifetime is None else lifetime
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        """A new trigger_id."""
        number = secrets.randbelow(10**12)
        trigger_id = f"{number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, time.monotonic(), view_id)
        while len(self._issued) > _KEPT:
            del self._issued[next(iter(self._issued))]
        return trigger_id

    def redeem(self, trigger_id: str) -> Trigger:
        """Use a trigger_id up; Refusal when it's unknown, used or too old."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - trigger.issued > self.lifetime:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """What a response_url answers to."""

    channel: str
    user: str
    message_ts: str | None
    thread_ts: str | None
    issued: float = field(default_factory=time.monotonic)
    uses: int = 0


class ResponseUrls:
    """Each response_url takes a few answers within half an hour."""

    def __init__(self) -> None:
        self.lifetime: float = most("response_url.seconds")
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self,
        *,
        channel: str,
        user: str,
        message_ts: str | None = None,
        thread_ts: str | None = None,
    ) -> str:
        """The secret last part of a new URL."""
        token = secrets.token_urlsafe(18)
        self._issued[token] = ResponseUrl(channel, user, message_ts, thread_ts)
        while len(self._issued) > _KEPT:
            del self._issued[next(iter(self._issued))]
        return token

    def find(self, token: str) -> ResponseUrl | None:
        """What a URL answers to, used up or not; None when it's unknown."""
        return self._issued.get(token)

    def use(self, token: str) -> ResponseUrl:
        """Count one use; Refusal when the URL is unknown, used up or too old."""
        url = self._issued.get(token)
        if url is None:
            raise Refusal("invalid_url")
        if time.monotonic() - url.issued > self.lifetime:
            raise Refusal("expired_url")
        if url.uses >= most("response_url.uses"):
            raise Refusal("used_url")
        url.uses += 1
        return url
