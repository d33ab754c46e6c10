"""Slack's own judgement of what Runbot shows: `blocks.validate`, which posts nothing.

https://docs.slack.dev/reference/methods/blocks.validate
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from runbot.surfaces.slack.views.gallery import Sample

_REFUSED: Final = frozenset({"invalid_blocks", "invalid_message", "invalid_view"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What Slack has against a view. `pointer` is a JSON pointer to where it stands."""

    pointer: str
    message: str


async def faults(client: AsyncWebClient, sample: Sample) -> list[Fault]:
    """What Slack has against a view, nothing where it takes it; one call, not repeated.

    Raises what the SDK and the network raise where Slack gave no judgement.
    """
    kind = "message" if sample.surface == "message" else "view"
    # Of a message, Slack judges the blocks: its text has no schema.
    given = {"blocks": sample.payload["blocks"]} if kind == "message" else sample.payload
    try:
        # In the body: the client's own method puts it into the address, where a long view
        # doesn't fit.
        await client.api_call("blocks.validate", data={kind: json.dumps(given)})
    except SlackApiError as refused:
        data = refused.response.data if isinstance(refused.response.data, dict) else {}
        if data.get("error") not in _REFUSED:
            raise
        found = [_fault(error) for error in data.get("errors") or ()]
        return found or [Fault("", str(data["error"]))]
    return []


def _fault(error: Mapping[str, Any] | str) -> Fault:
    if isinstance(error, str):
        return Fault("", error)
    return Fault(str(error.get("pointer", "")), str(error.get("message") or error.get("code", "")))
