"""The playground's schema knows each field that Slack's own SDK can send."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from slack_sdk.models.blocks import basic_components, block_elements, blocks

from runbot.playground import elements, objects, rich_text, schema, tables
from runbot.playground.block_kit import BLOCKS, SOURCE

Class = type[Any]

# What the SDK's classes name by inheritance, and Slack's page of the element doesn't have.
NOT_SLACKS: dict[tuple[str, str], str] = {
    **{
        (kind, "alt_text"): "InteractiveElement names it for all; no page of an element has it"
        for kind in (
            "button",
            "overflow",
            "feedback_buttons",
            "icon_button",
            "workflow_button",
        )
    },
    **{
        (kind, "placeholder"): "InputInteractiveElement names it for all; nothing is typed there"
        for kind in ("checkboxes", "radio_buttons", "datetimepicker", "file_input")
    },
    **{
        (kind, "confirm"): "InputInteractiveElement names it for all; text inputs have none"
        for kind in (
            "plain_text_input",
            "email_text_input",
            "url_text_input",
            "number_input",
            "rich_text_input",
            "file_input",
        )
    },
    ("file_input", "focus_on_load"): "InputInteractiveElement names it; the page has none",
    ("mrkdwn", "emoji"): "TextObject names it for both kinds; it is plain_text's alone",
}

# Classes that stand for no one object of their own, or that the playground refuses.
LEFT_OUT: dict[str, str] = {
    "Block": "the base of the blocks",
    "BlockElement": "the base of the elements",
    "InteractiveElement": "a base",
    "InputInteractiveElement": "a base",
    "RichTextElement": "a base",
    "RichTextElementParts": "holds the classes of the parts, which are walked by themselves",
    "TextObject": "the base of plain_text and mrkdwn",
    "TextStyle": "gives no list of its fields; its six are in rich_text.py",
    "AuthProviderBlock": "for user connections, which the playground hasn't; refused as unknown",
    "ConfirmObject": "gives no list of its fields; test_playground_limits tries each",
    "FeedbackButtonObject": "gives no list of its fields; test_playground_limits tries each",
    "Option": "gives no list of its fields; test_playground_limits tries each",
    "OptionGroup": "gives no list of its fields; test_playground_limits tries each",
    "WorkflowTrigger": "names the field that holds it, not its own",
}

OBJECTS: dict[str, schema.Check] = {
    "ConversationFilter": objects.FILTER,
    "DispatchActionConfig": objects.DISPATCH,
    "SlackFile": objects.SLACK_FILE,
    "Workflow": objects.WORKFLOW,
    "TableBlockColumnSettings": tables.COLUMN_SETTINGS,
}


def classes(holder: ModuleType | Class, prefix: str) -> Iterator[Class]:
    for _, value in inspect.getmembers(holder, inspect.isclass):
        if value.__module__ == prefix and value is not holder:
            yield value
            if value.__name__ == "RichTextElementParts":
                yield from classes(value, prefix)


MODULES = (blocks, block_elements, basic_components)
CLASSES = {cls for module in MODULES for cls in classes(module, module.__name__)}
WALKED = sorted((c for c in CLASSES if c.__name__ not in LEFT_OUT), key=lambda c: c.__qualname__)


def fields_of(cls: Class) -> set[str]:
    """The fields that a class of the SDK sends, without `type`."""
    return set(object.__new__(cls).attributes) - {"type"}


def known(cls: Class) -> set[str]:
    """The fields that the playground takes of it."""
    check = OBJECTS.get(cls.__name__)
    if check is not None:
        return set(schema.fields_of(check))
    kind = cls.type
    if issubclass(cls, blocks.Block):
        return set(BLOCKS[kind].fields)
    if cls.__qualname__.startswith("RichTextElementParts."):
        return set(rich_text.PARTS[kind].fields)
    places = (
        elements.ELEMENTS,
        rich_text.GROUPS,
        tables.CELLS,
        schema.TEXTS,
        {"url": SOURCE},
    )
    (shape,) = [place[kind] for place in places if kind in place][:1]
    return set(shape.fields)


@pytest.mark.parametrize("cls", WALKED, ids=lambda cls: str(cls.__qualname__))
def test_each_field_of_the_sdk_is_known(cls: Class) -> None:
    missing = {
        field
        for field in fields_of(cls) - known(cls)
        if (getattr(cls, "type", cls.__name__), field) not in NOT_SLACKS
    }
    assert missing == set()


def test_every_exception_is_needed() -> None:
    """None of the exceptions above outlives its reason."""
    names = {cls.__name__ for cls in CLASSES}
    assert LEFT_OUT.keys() <= names
    needed = {
        (cls.type, field)
        for cls in WALKED
        if cls.__name__ not in OBJECTS
        for field in fields_of(cls) - known(cls)
    }
    assert needed == NOT_SLACKS.keys()
