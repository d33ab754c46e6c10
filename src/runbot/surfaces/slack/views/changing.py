"""A failed step's arguments, to be changed before it is tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue
from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.redaction import HIDDEN, redacted, secret_values
from runbot.domain.run import Run
from runbot.surfaces.slack.payloads import private
from runbot.surfaces.slack.views import words
from runbot.surfaces.slack.views.budget import modal, section
from runbot.surfaces.slack.views.shapes import Argument
from runbot.surfaces.slack.views.text import bold, clip, label, line, weight

CALLBACK: Final = "question.change"
PREFIX: Final = "argument."
MOST: Final = 3000  # what Slack's text input takes
_INPUTS: Final = 80
_ROOM: Final = 120_000  # bytes of all that is filled in; escaping may double them
_FRAME: Final = 1000  # … and what each input has around it
_LINE: Final = 60  # characters that fit on one line of a form
_TEXT: Final = "text"


@dataclass(frozen=True, slots=True)
class _Field:
    """One argument as the form shows it; `held` is None where it isn't there now.

    `secrets` are texts that nobody is shown, whoever may change the argument.
    """

    name: str
    kind: str
    description: str
    required: bool
    held: JsonValue
    secrets: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What stands in its input, without what is secret."""
        if self.held is None:
            return ""
        (shown,) = redacted({self.name: self.held}, self.secrets).values()
        if isinstance(shown, str):
            return shown
        return json.dumps(shown, ensure_ascii=shown == self.held)

    def read(self, said: str) -> JsonValue:
        """What somebody wrote, as the tool takes it; None where it is left out."""
        if said == self.shown:
            return self.held
        if not said:
            return None
        if HIDDEN in said:
            kept = f"A secret is hidden as {HIDDEN} in it. Write it out, or leave it all as it was."
            raise InvalidInput(
                "Nothing was changed.", problems=(Problem(field=self.name, sentence=kept),)
            )
        if self.kind == _TEXT or isinstance(self.held, str):
            return said
        try:
            read: JsonValue = json.loads(said)
        except (ValueError, RecursionError):
            return said  # the tool says what is wrong with it
        return read


def change_modal(
    question_id: str,
    run: Run,
    arguments: Mapping[str, JsonValue],
    takes: Sequence[Argument],
    *,
    typed: Mapping[str, str] | None = None,
    notice: str = "",
) -> dict[str, Any]:
    """One input for each argument of the tool, with what the failed try had in it.

    `typed` is what somebody wrote already, by block, `notice` is said on top.
    """
    asked = run.question
    number = asked.step if asked and asked.id == question_id else 1
    told = words.instruction(run, number, 800)
    why = line(run.step(number).summary, 500, people=words.people(run))
    head = f"Step {number} of run {run.number}, {line(run.name, 100)}:\n{told}"
    lines = [clip(notice, 2000)] if notice else []
    lines.append(head + (f"\n{bold('It failed:')} {why}" if why else ""))
    lines.append("What you write is taken as it stands: nothing is filled in.")
    blocks: list[Block] = [section(text) for text in lines]
    fields = list(_fields(arguments, takes, secret_values(run.values)))
    shown = _fitting(fields)
    blocks += [_input(field, (typed or {}).get(PREFIX + field.name)) for field in shown]
    if long := [line(field.name, 60) for field in fields if field not in shown]:
        said = f"Too long to be changed here, and kept as it is: {', '.join(long)}."
        blocks.append(section(clip(said, 2000)))
    return modal(
        View(
            type="modal",
            callback_id=CALLBACK,
            private_metadata=private({"id": question_id}),
            title="Change and retry",
            submit="Try again",
            close="Go back",
            blocks=blocks,
        )
    )


def changed(
    run: Run,
    arguments: Mapping[str, JsonValue],
    takes: Sequence[Argument],
    values: Mapping[str, str],
) -> dict[str, JsonValue]:
    """All arguments as the sent form has them; what no input was shown for stays.

    `InvalidInput` where a value was changed around a secret that the form doesn't show.
    """
    read = {
        field.name: field.read(values[PREFIX + field.name])
        if PREFIX + field.name in values
        else field.held
        for field in _fields(arguments, takes, secret_values(run.values))
    }
    return {name: value for name, value in read.items() if value is not None}


def problems(found: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong by the input that it stands beside; the first input takes the rest."""
    blocks = [block for block in values if block.startswith(PREFIX)]
    beside: dict[str, str] = {}
    for name, sentence in found.items():
        block = PREFIX + name if PREFIX + name in blocks else next(iter(blocks), "")
        if block:
            beside[block] = clip(f"{beside.get(block, '')} {sentence}".strip(), 2000)
    return beside


def _fields(
    arguments: Mapping[str, JsonValue], takes: Sequence[Argument], secrets: tuple[str, ...]
) -> Iterator[_Field]:
    known = {one.name for one in takes}
    for one in takes:
        held = arguments.get(one.name)
        yield _Field(one.name, one.kind, one.description, one.required, held, secrets)
    for name, held in arguments.items():
        if name not in known:
            kind = _TEXT if isinstance(held, str) else "value"
            yield _Field(name, kind, "", required=False, held=held, secrets=secrets)


def _fitting(fields: Sequence[_Field]) -> list[_Field]:
    """Those that a form can hold, in order: each by itself, and all of them together."""
    fitting: list[_Field] = []
    room = _ROOM
    for field in fields:
        room -= _FRAME + len(field.shown.encode())
        if weight(field.shown) <= MOST and room >= 0 and len(fitting) < _INPUTS:
            fitting.append(field)
    return fitting


def _input(field: _Field, typed: str | None) -> InputBlock:
    held = field.shown if typed is None else typed
    hint = label(
        ". ".join(part for part in (field.description.rstrip("."), field.kind) if part), 300
    )
    return InputBlock(
        block_id=PREFIX + field.name,
        label=PlainTextObject(text=label(field.name, 100)),
        hint=PlainTextObject(text=hint) if hint else None,
        optional=not field.required,
        element=PlainTextInputElement(
            action_id="value",
            initial_value=held or None,
            multiline="\n" in held or len(held) > _LINE,
            max_length=MOST,
        ),
    )
