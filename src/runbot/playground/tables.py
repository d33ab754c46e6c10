"""Tables: the plain one, and the one with pages and sorting."""

from __future__ import annotations

from typing import Any

from runbot.playground.limits import most
from runbot.playground.messages import texts_of
from runbot.playground.rich_text import RICH_TEXT
from runbot.playground.schema import (
    Check,
    Findings,
    Shape,
    boolean,
    integer,
    items,
    number,
    one_of,
    shape,
    string,
    typed,
)

CELLS: dict[str, Shape] = {
    "raw_text": Shape({"text": string()}, ("text",)),
    "raw_number": Shape({"value": number, "text": string()}, ("value", "text")),
    "rich_text": RICH_TEXT,
}
COLUMN_SETTINGS: Check = shape(align=one_of("left", "center", "right"), is_wrapped=boolean)

TABLE = Shape(
    {
        "block_id": string("id"),
        "rows": items(items(typed(CELLS), "table.cells"), "table.rows"),
        "column_settings": items(COLUMN_SETTINGS, "table.column_settings", least=0),
    },
    ("rows",),
    surfaces=("message", "home"),
)


def _data_table_agrees(table: dict[str, Any], pointer: str, found: Findings) -> None:
    """Rows of one width, a plain header, an index that is a column, and so much text."""
    rows = table["rows"]
    width = len(rows[0])
    for index, row in enumerate(rows):
        if len(row) != width:
            found.add("all rows must have the same number of cells", f"{pointer}/rows/{index}")
    for index, cell in enumerate(rows[0]):
        if cell["type"] == "rich_text":
            found.add("unsupported type: rich_text", f"{pointer}/rows/0/{index}/type")
    if table.get("row_header_column_index", 0) >= width:
        found.add("must be the index of a column", f"{pointer}/row_header_column_index")
    longest = most("message.data_table_text")
    if sum(len(text) for text in texts_of(rows)) > longest:
        found.add(
            f"must be less than {longest + 1} characters in all",
            f"{pointer}/rows",
            "max_length",
            expected=longest,
        )


# https://docs.slack.dev/reference/block-kit/blocks/data-table-block
DATA_TABLE = Shape(
    {
        "block_id": string("id"),
        "caption": string(),
        "rows": items(items(typed(CELLS), "data_table.cells"), "data_table.rows", least=2),
        "page_size": integer(1, most("data_table.page_size")),
        "row_header_column_index": integer(0),
    },
    ("caption", "rows"),
    surfaces=("message", "home"),
    agrees=_data_table_agrees,
)
