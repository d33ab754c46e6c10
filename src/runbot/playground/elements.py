"""The interactive elements that blocks hold: fields, lengths, and where each may stand.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

import re
from typing import Any

from runbot.playground.limits import most
from runbot.playground.objects import (
    CONFIRM,
    DISPATCH,
    FEEDBACK,
    FILTER,
    MENU_OPTION,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    SLACK_FILE,
    WORKFLOW,
)
from runbot.playground.rich_text import RICH_TEXT
from runbot.playground.schema import (
    Check,
    Findings,
    Shape,
    boolean,
    integer,
    items,
    one_of,
    plain,
    string,
    typed,
)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")


def _matching(pattern: re.Pattern[str], sentence: str) -> Check:
    def check(value: object, pointer: str, found: Findings) -> None:
        if not isinstance(value, str) or not pattern.match(value):
            found.add(sentence, pointer)

    return check


def _decimal(value: object, pointer: str, found: Findings) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        found.add("must provide a number as a string", pointer)


_ID = {"action_id": string("id")}
_ASKING: dict[str, Check] = {**_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU: dict[str, Check] = {**_ASKING, "placeholder": plain("placeholder")}
_TYPING: dict[str, Check] = {
    **_ID,
    "placeholder": plain("placeholder"),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
}
_STATIC: dict[str, Check] = {
    "options": items(MENU_OPTION, "select.options"),
    "option_groups": items(OPTION_GROUP, "select.groups"),
}
_MANY: dict[str, Check] = {"max_selected_items": integer(1)}
_TEXT_INPUT: dict[str, Check] = {
    **_TYPING,
    "initial_value": string("plain_text_input.max_length", least=0),
}

ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        {
            **_ID,
            "text": plain("button.text"),
            "url": string("button.url"),
            "value": string("button.value", least=0),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string("accessibility_label"),
            "visible_to_user_ids": items(string(), least=0),
            "agent_prompt": string("button.agent_prompt"),
            "agent_prompt_display": string(),
        },
        ("text",),
    ),
    "workflow_button": Shape(
        {
            **_ID,
            "text": plain("workflow_button.text"),
            "workflow": WORKFLOW,
            "style": one_of("primary", "danger"),
            "accessibility_label": string("accessibility_label"),
        },
        ("text", "workflow"),
    ),
    "overflow": Shape(
        {**_ID, "confirm": CONFIRM, "options": items(OVERFLOW_OPTION, "overflow.options")},
        ("options",),
    ),
    "static_select": Shape(
        {**_MENU, **_STATIC, "initial_option": OPTION}, one_of=("options", "option_groups")
    ),
    "multi_static_select": Shape(
        {**_MENU, **_MANY, **_STATIC, "initial_options": items(OPTION)},
        one_of=("options", "option_groups"),
    ),
    "external_select": Shape({**_MENU, "initial_option": OPTION, "min_query_length": integer(0)}),
    "multi_external_select": Shape(
        {**_MENU, **_MANY, "initial_options": items(OPTION), "min_query_length": integer(0)}
    ),
    "users_select": Shape({**_MENU, "initial_user": string()}),
    "multi_users_select": Shape({**_MENU, **_MANY, "initial_users": items(string())}),
    "conversations_select": Shape(
        {
            **_MENU,
            "initial_conversation": string(),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        }
    ),
    "multi_conversations_select": Shape(
        {
            **_MENU,
            **_MANY,
            "initial_conversations": items(string()),
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        }
    ),
    "channels_select": Shape(
        {**_MENU, "initial_channel": string(), "response_url_enabled": boolean}
    ),
    "multi_channels_select": Shape({**_MENU, **_MANY, "initial_channels": items(string())}),
    "datepicker": Shape({**_MENU, "initial_date": _matching(_DATE, "must be YYYY-MM-DD")}),
    "timepicker": Shape(
        {**_MENU, "initial_time": _matching(_TIME, "must be HH:mm"), "timezone": string()}
    ),
    "datetimepicker": Shape(
        {**_ASKING, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    ),
    "checkboxes": Shape(
        {
            **_ASKING,
            "options": items(OPTION, "choices.options"),
            "initial_options": items(OPTION, "choices.options"),
        },
        ("options",),
    ),
    "radio_buttons": Shape(
        {**_ASKING, "options": items(OPTION, "choices.options"), "initial_option": OPTION},
        ("options",),
    ),
    "plain_text_input": Shape(
        {
            **_TEXT_INPUT,
            "multiline": boolean,
            "min_length": integer(0, most("plain_text_input.max_length")),
            "max_length": integer(1, most("plain_text_input.max_length")),
        }
    ),
    "email_text_input": Shape(_TEXT_INPUT),
    "url_text_input": Shape(_TEXT_INPUT),
    "number_input": Shape(
        {
            **_TYPING,
            "is_decimal_allowed": boolean,
            "initial_value": _decimal,
            "min_value": _decimal,
            "max_value": _decimal,
        },
        ("is_decimal_allowed",),
    ),
    "rich_text_input": Shape(
        {
            **_TYPING,
            "initial_value": typed({"rich_text": RICH_TEXT}),
            "min_lines": integer(1, most("rich_text_input.lines")),
            "max_lines": integer(1, most("rich_text_input.lines")),
        }
    ),
    "file_input": Shape(
        {
            **_ID,
            "filetypes": items(string()),
            "max_files": integer(1, most("file_input.max_files")),
        }
    ),
    "image": Shape(
        {
            "image_url": string("image.url"),
            "slack_file": SLACK_FILE,
            "alt_text": string("image.alt"),
        },
        ("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "feedback_buttons": Shape(
        {**_ID, "positive_button": FEEDBACK, "negative_button": FEEDBACK},
        ("positive_button", "negative_button"),
    ),
    "icon_button": Shape(
        {
            **_ID,
            "icon": string(),
            "text": plain("button.text"),
            "value": string("button.value", least=0),
            "confirm": CONFIRM,
            "accessibility_label": string("accessibility_label"),
            "visible_to_user_ids": items(string(), "icon_button.viewers", least=0),
        },
        ("icon", "text"),
    ),
}

_CHOICES = [
    "static_select",
    "multi_static_select",
    "external_select",
    "multi_external_select",
    "users_select",
    "multi_users_select",
    "conversations_select",
    "multi_conversations_select",
    "channels_select",
    "multi_channels_select",
    "datepicker",
    "timepicker",
    "checkboxes",
    "radio_buttons",
]
_ACCESSORIES = ("button", "workflow_button", "overflow", "image", *_CHOICES)
_ACTIONS = ("button", "workflow_button", "overflow", "datetimepicker", "rich_text_input", *_CHOICES)
_INPUTS = (
    "datetimepicker",
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
    *_CHOICES,
)


def _those(kinds: tuple[str, ...]) -> Check:
    by_type = typed({kind: ELEMENTS[kind] for kind in kinds})

    def check(value: Any, pointer: str, found: Findings) -> None:
        before = len(found.found)
        by_type(value, pointer, found)
        if len(found.found) == before:
            _agrees_with_itself(value, pointer, found)

    return check


def _agrees_with_itself(element: dict[str, Any], pointer: str, found: Findings) -> None:
    """Checks across the fields of an element that is well-formed."""
    if "options" in element and "option_groups" in element:
        found.add("only one of `options` and `option_groups` is allowed", pointer)
    if "options" in element or "option_groups" in element:
        _initial_is_offered(element, pointer, found)
    for low, high in (("min_length", "max_length"), ("min_lines", "max_lines")):
        if low in element and high in element and element[low] > element[high]:
            found.add(f"`{low}` must be less than `{high}`", pointer)


def _initial_is_offered(element: dict[str, Any], pointer: str, found: Findings) -> None:
    groups = [element, *element.get("option_groups", [])]
    values = {option["value"] for group in groups for option in group.get("options", [])}
    chosen = [element["initial_option"]] if "initial_option" in element else []
    for option in [*chosen, *element.get("initial_options", [])]:
        if option["value"] not in values:
            found.add("initial option isn't among the options", pointer)


ACCESSORY: Check = _those(_ACCESSORIES)
ACTION: Check = _those(_ACTIONS)
INPUT: Check = _those(_INPUTS)
CONTEXT_ACTION: Check = _those(("feedback_buttons", "icon_button"))
BUTTON: Check = _those(("button",))
IMAGE: Shape = ELEMENTS["image"]
