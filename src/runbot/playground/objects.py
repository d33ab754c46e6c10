"""What elements are made of: confirm dialogs, options, filters.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

from __future__ import annotations

from runbot.playground.schema import (
    Check,
    Shape,
    boolean,
    items,
    one_of,
    plain,
    shape,
    string,
    text,
)

CONFIRM: Check = shape(
    {
        "title": plain("confirm.title"),
        "text": text("confirm.text"),
        "confirm": plain("confirm.button"),
        "deny": plain("confirm.button"),
    },
    style=one_of("primary", "danger"),
)
OPTION: Check = shape(
    {"text": text("option.text"), "value": string("option.value")},
    description=text("option.description"),
)
MENU_OPTION: Check = shape(
    {"text": plain("option.text"), "value": string("option.value")},
    description=plain("option.description"),
)
OVERFLOW_OPTION: Check = shape(
    {"text": plain("option.text"), "value": string("option.value")},
    description=plain("option.description"),
    url=string("option.url"),
)
OPTION_GROUP: Check = shape(
    {"label": plain("option_group.label"), "options": items(MENU_OPTION, "select.options")}
)
DISPATCH: Check = shape(
    trigger_actions_on=items(
        one_of("on_enter_pressed", "on_character_entered"), "dispatch.triggers"
    )
)
FILTER: Check = shape(
    include=items(one_of("im", "mpim", "private", "public")),
    exclude_external_shared_channels=boolean,
    exclude_bot_users=boolean,
)
SLACK_FILE: Check = Shape({"id": string(), "url": string()}, one_of=("id", "url")).check
WORKFLOW: Check = shape(
    {
        "trigger": shape(
            {"url": string()},
            customizable_input_parameters=items(shape({"name": string(), "value": string()})),
        )
    }
)
FEEDBACK: Check = shape(
    {"text": plain("feedback_button.text"), "value": string("feedback_button.value")},
    accessibility_label=string("accessibility_label"),
)
