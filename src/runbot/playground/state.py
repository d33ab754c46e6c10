"""What people have put into the inputs of a message or a view: Slack's `state.values`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Entries = dict[str, dict[str, Any]]
Block = dict[str, Any]
Element = dict[str, Any]

# For each stateful element: the key of its value in the state, and of its initial value.
STATE_KEYS: dict[str, tuple[str, str]] = {
    "static_select": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "external_select": ("selected_option", "initial_option"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "checkboxes": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),  # Slack has no initial one
}
MANY = {
    "files",
    "selected_options",
    "selected_users",
    "selected_conversations",
    "selected_channels",
}


def inner_blocks(block: Block) -> list[Block]:
    """The blocks that a block holds: a container's children, a carousel's cards."""
    held = {"container": "child_blocks", "carousel": "elements"}.get(block.get("type", ""))
    return block.get(held, []) if held else []


def elements_of(block: Block) -> Iterator[Element]:
    """A block's interactive elements."""
    kind = block.get("type")
    if kind in {"actions", "context_actions"}:
        yield from block.get("elements", [])
    elif kind == "section" and "accessory" in block:
        yield block["accessory"]
    elif kind == "input":
        yield block["element"]
    elif kind == "card":
        yield from block.get("actions", [])
    for child in inner_blocks(block):
        yield from elements_of(child)


def interactive(blocks: list[Block]) -> Iterator[tuple[Block, Element]]:
    """Every block with each of its elements that has an action_id, top to bottom."""
    for block in blocks:
        for holder in inner_blocks(block) or [block]:
            for element in elements_of(holder):
                if "action_id" in element:
                    yield holder, element


def initial_entry(element: Element) -> dict[str, Any]:
    """The state of an element that nobody has touched."""
    key, initial = STATE_KEYS[element["type"]]
    empty: Any = [] if key in MANY else None
    return {"type": element["type"], key: element.get(initial, empty)}


def state_values(blocks: list[Block], entries: Entries) -> Entries:
    """`state.values`: what was put in, over what stood there at first."""
    values: Entries = {}
    for block, element in interactive(blocks):
        if element["type"] in STATE_KEYS:
            block_id, action_id = block["block_id"], element["action_id"]
            entry = entries.get(block_id, {}).get(action_id) or initial_entry(element)
            values.setdefault(block_id, {})[action_id] = entry
    return values
