"""Asking the app in a person's name, and what the person reads where it doesn't answer."""

from __future__ import annotations

from typing import Any

from runbot.playground.delivery import Envelope, EnvelopeType
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal

# What a delivery's trouble is called to a person, with the status that the page gets.
_TROUBLES = {
    "timeout": ("operation_timeout", 504),
    "http_timeout": ("operation_timeout", 504),
    "connection_failed": ("dispatch_failed", 502),
    "ssl_error": ("dispatch_failed", 502),
}
_NOT_TAKEN = ("http_error", 502)
_WHY = {
    "operation_timeout": "The app didn't answer in time (operation_timeout).",
    "dispatch_failed": "The app isn't connected (dispatch_failed).",
    "http_error": "The app's answer was an error (http_error).",
}


async def ask(
    platform: Platform, kind: EnvelopeType, payload: dict[str, Any], sentence: str = ""
) -> Envelope:
    """Send it and wait; without an ack, PersonRefusal with the sentence, else with the why.

    A `{}` in the sentence stands for the error's name.
    """
    if kind == "interactive" and not platform.manifest.interactive:
        raise PersonRefusal(
            "interactivity_off", "The app's manifest doesn't switch interactivity on."
        )
    envelope = await platform.delivery.deliver(kind, payload)
    if envelope.trouble:
        error, status = _TROUBLES.get(envelope.trouble, _NOT_TAKEN)
        shown = sentence.format(error) if sentence else _WHY[error]
        raise PersonRefusal(error, shown, status=status)
    return envelope
