"""Starting a run: one typed input per parameter, and what each step will do, before it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConversationFilter,
    ConversationSelectElement,
    DatePickerElement,
    DividerBlock,
    EmailInputElement,
    InputBlock,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticSelectElement,
    UrlInputElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from runbot.agent.rules.settings import setting_words
from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import MAX_VALUE, Parameter, ParameterType, read
from runbot.surfaces.slack.payloads import private
from runbot.surfaces.slack.views import budget, text
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.changes import changes
from runbot.surfaces.slack.views.controls import button
from runbot.surfaces.slack.views.drafts import (
    CLEANUP_ROOM,
    cleanup_lines,
    conduct_line,
    preview_line,
    settings_line,
    unsaid,
)
from runbot.surfaces.slack.views.foresight import preview_blocks
from runbot.surfaces.slack.views.shapes import Card, RunPreview

CALLBACK: Final = "run.start"
FILL_IN: Final = "run.fill_in"
PREVIEW: Final = "run.preview"
CHANNEL: Final = "channel"
VALUE: Final = "value"
PREFIX: Final = "value."
TITLE_MOST: Final = 24
OPTIONS_MOST: Final = 100
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
STEPS_SHOWN: Final = 100
INSTRUCTION_SHOWN: Final = 200
_CHANNELS: Final = ConversationFilter(include=["public", "private"], exclude_bot_users=True)


def run_form(
    card: Card,
    values: Mapping[str, str],
    *,
    channel: str,
    channels: Mapping[str, str],
    notice: str = "",
    preview: RunPreview | None = None,
) -> View:
    """The form that starts a run; without a channel it asks for one.

    `values` are filled in already; `channels` gives the ids of channels that defaults
    name as "#incidents", since Slack's picker takes ids only. `notice` is said on top.
    With a `preview` each step is shown as it would be done with the values.
    """
    content = card.version.content
    blocks: list[Block] = [budget.section(text.clip(notice, 2900))] if notice else []
    if (description := text.plain(content.description, 600)).strip():
        blocks.append(budget.section(description))
    if not channel:
        blocks.append(_channel_input())
    blocks += [_input(p, values.get(p.name, ""), channels) for p in content.parameters]
    said = "*With these values*" if preview else "*What will be done, step by step*"
    again = "Preview again" if preview else "Preview"
    # The button is of the form, so that it has the values as they are typed now.
    pressed = button(again, PREVIEW, card.runbook.id)
    blocks += [DividerBlock(), ActionsBlock(elements=[pressed]), budget.section(said)]
    room = budget.VIEW_BLOCKS - len(blocks)
    blocks += preview_blocks(preview, room=room) if preview else _preview(card, room=room)
    kept = {
        "runbook": card.runbook.id,
        "version": str(card.version.number),
        "channel": channel,
    }
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text.label(f"Run {card.runbook.name}", TITLE_MOST)),
        submit=PlainTextObject(text="Run"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=private(kept),
        blocks=blocks,
    )


def given(values: Mapping[str, str]) -> dict[str, str]:
    """The parameter values of a submitted form; what was left empty is left out."""
    return {
        block.removeprefix(PREFIX): value
        for block, value in values.items()
        if block.startswith(PREFIX) and value
    }


def superseded(before: Card, now: Card) -> str:
    """What the form shown anew says on top: that it shows another version, and what changed."""
    said = (
        f"Version {now.version.number} was published while this form showed version "
        f"{before.version.number}. Nothing was started: look at what it does now, and press Run."
    )
    return "\n".join([said, *changes(before, now)])


def run_problems(refused: InvalidInput, card: Card) -> dict[str, str]:
    """A refusal's problems by the input that each stands beside; the rest is left out."""
    names = {parameter.name for parameter in card.version.content.parameters}
    return {
        PREFIX + problem.field: text.clip(problem.sentence, 2000)
        for problem in refused.problems
        if problem.field in names
    }


def fill_in_message(card: Card, missing: Sequence[str], values: Mapping[str, str]) -> Message:
    """A card with a button that opens the form: words in a channel can't open one themselves."""
    name = text.line(card.runbook.name, 100)
    wanted = ", ".join(f"`{text.line(one, 70)}`" for one in missing)
    said = f"{text.bold(name)} needs {wanted} before it can run."
    value = _carried(card.runbook.id, values)
    fill_in = button("Fill in and run", FILL_IN, value, style="primary")
    return budget.message(
        f"{name} needs values before it can run.",
        [budget.section(text.clip(said, 2900)), ActionsBlock(elements=[fill_in])],
    )


def _carried(runbook: str, values: Mapping[str, str]) -> str:
    """What the button keeps: those values that fit; others are typed again in the form."""
    kept: dict[str, str] = {}
    for name, value in values.items():
        more = {**kept, name: value}
        if len(_button_value(runbook, more)) <= budget.BUTTON_VALUE:
            kept = more
    return _button_value(runbook, kept)


def _button_value(runbook: str, values: Mapping[str, str]) -> str:
    return private({"runbook": runbook, "values": private(values)})


def _preview(card: Card, *, room: int) -> list[Block]:
    steps = card.version.content.steps
    lines = []
    for preview in list(card.previews)[:STEPS_SHOWN]:
        step = steps[preview.number - 1]
        said = text.written(step.instruction, INSTRUCTION_SHOWN)
        line = f"*{preview.number}*  {said}\n      {preview_line(preview, step.plan)}"
        if chosen := setting_words(step):
            line += f"\n      {settings_line(chosen)}"
        if more := unsaid(preview, step):
            line += f"\n      {more}"
        lines.append(line)
    if ways := conduct_line(card.version.content):
        lines.append(ways)
    lines += cleanup_lines(card, room=CLEANUP_ROOM)
    return budget.sections(lines)[:room]


def _channel_input() -> InputBlock:
    return InputBlock(
        block_id=CHANNEL,
        label=PlainTextObject(text="Channel"),
        hint=PlainTextObject(text="Where the run is shown, and whose members may control it."),
        element=ConversationSelectElement(
            action_id=VALUE,
            default_to_current_conversation=True,
            filter=_CHANNELS,
        ),
    )


def _input(parameter: Parameter, value: str, channels: Mapping[str, str]) -> InputBlock:
    optional = not parameter.required or bool(parameter.default)
    return InputBlock(
        block_id=PREFIX + parameter.name,
        label=PlainTextObject(text=parameter.name),
        hint=_hint(parameter),
        optional=optional,
        element=_element(parameter, value or parameter.default or "", channels),
    )


def _hint(parameter: Parameter) -> PlainTextObject | None:
    said = [parameter.description] if parameter.description else []
    if parameter.choices and not _pickable(parameter):
        said.append("One of: " + ", ".join(parameter.choices))
    if parameter.pattern:
        said.append(f"It must match {parameter.pattern}")
    if parameter.default:
        said.append(f"Left empty, it is {parameter.default}")
    shown = text.label(". ".join(part.rstrip(".") for part in said), 600)
    return PlainTextObject(text=shown) if shown else None


def _pickable(parameter: Parameter) -> bool:
    return 0 < len(parameter.choices) <= OPTIONS_MOST and all(
        len(choice) <= OPTION_VALUE and text.label(choice, OPTION_TEXT)
        for choice in parameter.choices
    )


def _element(
    parameter: Parameter, value: str, channels: Mapping[str, str]
) -> InputInteractiveElement:
    """The element for the parameter's type, holding a value that fits it, or nothing."""
    try:
        held = read(parameter, value) if value else ""
    except ValueError:
        held = ""
    if _pickable(parameter):
        options = [_option(choice, choice) for choice in parameter.choices]
        chosen = next((o for o in options if o.value == held), None)
        return StaticSelectElement(action_id=VALUE, options=options, initial_option=chosen)
    match parameter.type:
        case ParameterType.BOOLEAN:
            options = [_option("Yes", "true"), _option("No", "false")]
            chosen = next((o for o in options if o.value == held), None)
            return RadioButtonsElement(action_id=VALUE, options=options, initial_option=chosen)
        case ParameterType.USER:
            return UserSelectElement(action_id=VALUE, initial_user=held or None)
        case ParameterType.CHANNEL:
            known = channels.get(held) or (held if not held.startswith("#") else "")
            return ConversationSelectElement(
                action_id=VALUE, initial_conversation=known or None, filter=_CHANNELS
            )
        case ParameterType.DATE:
            return DatePickerElement(action_id=VALUE, initial_date=held or None)
        case _:
            return _typed(parameter, held)


def _typed(parameter: Parameter, held: str) -> InputInteractiveElement:
    match parameter.type:
        case ParameterType.INTEGER | ParameterType.NUMBER:
            return NumberInputElement(
                action_id=VALUE,
                is_decimal_allowed=parameter.type is ParameterType.NUMBER,
                initial_value=held or None,
            )
        case ParameterType.URL:
            return UrlInputElement(action_id=VALUE, initial_value=held or None)
        case ParameterType.EMAIL:
            return EmailInputElement(action_id=VALUE, initial_value=held or None)
        case _:
            return PlainTextInputElement(
                action_id=VALUE,
                multiline=parameter.type is ParameterType.TEXT,
                max_length=MAX_VALUE,
                initial_value=held or None,
            )


def _option(shown: str, value: str) -> Option:
    return Option(text=PlainTextObject(text=text.label(shown, OPTION_TEXT)), value=value)
