"""blocks.validate: what is wrong with blocks, a message or a view, without posting it."""

from __future__ import annotations

from typing import Any

from runbot.playground.api_method import Call, Method
from runbot.playground.blocks import findings
from runbot.playground.refusals import Refusal

_ERRORS = {"blocks": "invalid_blocks", "view": "invalid_view", "message": "invalid_message"}


def validate(call: Call) -> dict[str, Any]:
    """blocks.validate: exactly one of `blocks`, `view`, `message`; each finding says where.

    The schema is the one by which messages and views are taken. What a message's blocks come to
    together (their text, their Markdown, their tables) is no part of it: chat.postMessage refuses
    that. https://docs.slack.dev/reference/methods/blocks.validate
    """
    given = {kind: call.arguments[kind] for kind in _ERRORS if call.arguments.get(kind) is not None}
    if len(given) != 1:
        raise Refusal(
            "invalid_arguments",
            messages=["must provide exactly one of `blocks`, `view`, or `message`"],
        )
    found = findings(**given)
    if found:
        (kind,) = given
        raise Refusal(_ERRORS[kind], errors=[finding.to_slack() for finding in found.found])
    return {}


BLOCKS_METHODS: dict[str, Method] = {"blocks.validate": Method(validate, public=True)}
