"""What a rich_text block is made of: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from __future__ import annotations

from typing import Any

from runbot.playground.limits import most
from runbot.playground.schema import (
    Check,
    Shape,
    boolean,
    integer,
    items,
    one_of,
    shape,
    string,
    typed,
)

_STYLE: Check = shape(
    bold=boolean,
    italic=boolean,
    strike=boolean,
    code=boolean,
    underline=boolean,
    highlight=boolean,
    client_highlight=boolean,
    unlink=boolean,
)
_STYLED: dict[str, Check] = {"style": _STYLE}

PARTS: dict[str, Shape] = {
    "text": Shape({**_STYLED, "text": string()}, ("text",)),
    "link": Shape({**_STYLED, "url": string(), "text": string(), "unsafe": boolean}, ("url",)),
    "user": Shape({**_STYLED, "user_id": string()}, ("user_id",)),
    "usergroup": Shape({**_STYLED, "usergroup_id": string()}, ("usergroup_id",)),
    "channel": Shape({**_STYLED, "channel_id": string()}, ("channel_id",)),
    "team": Shape({**_STYLED, "team_id": string()}, ("team_id",)),
    "emoji": Shape(
        {**_STYLED, "name": string(), "unicode": string(), "skin_tone": integer(1, 6)}, ("name",)
    ),
    "date": Shape(
        {
            **_STYLED,
            "timestamp": integer(),
            "format": string(),
            "url": string(),
            "fallback": string(),
        },
        ("timestamp", "format"),
    ),
    "broadcast": Shape({**_STYLED, "range": one_of("here", "channel", "everyone")}, ("range",)),
    "color": Shape({**_STYLED, "value": string()}, ("value",)),
}
_PART: Check = typed(PARTS)
_PLAIN_PART: Check = typed({kind: PARTS[kind] for kind in ("text", "link")})
_BORDER: dict[str, Check] = {"border": integer(0, 1)}
_SECTION = Shape({"elements": items(_PART, least=0)}, ("elements",))

GROUPS: dict[str, Shape] = {
    "rich_text_section": _SECTION,
    "rich_text_list": Shape(
        {
            **_BORDER,
            "elements": items(typed({"rich_text_section": _SECTION})),
            "style": one_of("bullet", "ordered"),
            "indent": integer(0, most("rich_text.indent")),
            "offset": integer(0),
        },
        ("style", "elements"),
    ),
    "rich_text_preformatted": Shape(
        {**_BORDER, "elements": items(_PLAIN_PART, least=0), "language": string()}, ("elements",)
    ),
    "rich_text_quote": Shape({**_BORDER, "elements": items(_PART, least=0)}, ("elements",)),
}
RICH_TEXT = Shape({"block_id": string("id"), "elements": items(typed(GROUPS))}, ("elements",))


def is_rich_text(blocks: list[dict[str, Any]] | None) -> bool:
    """Whether any of the blocks is rich text."""
    return any(block.get("type") == "rich_text" for block in blocks or [])
