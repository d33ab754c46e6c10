"""JSON that others sent, as text that can be kept and sent on."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

# Half of a surrogate pair, spelled as JSON spells it. No UTF-8 has a place for one.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parsed(text: str) -> Any:
    """What the JSON says, with a `?` for each half character; ValueError where it says nothing."""
    try:
        value = json.loads(text)
        if _HALF.search(text):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    return value


async def body_of(request: web.Request) -> Any:
    """A request's JSON body; ValueError where it is none, or in no known encoding."""
    try:
        return parsed(await request.text())
    except LookupError:
        raise ValueError("The body's encoding isn't known.") from None
