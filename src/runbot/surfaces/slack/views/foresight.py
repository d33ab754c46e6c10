"""A whole run before it is started: what each step would do, with every argument."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import JsonValue
from slack_sdk.models.blocks import Block

from runbot.agent.rules import approving
from runbot.agent.rules.settings import settings_of, words
from runbot.surfaces.slack.views import budget, text
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.drafts import RISKS, conduct_line, settings_line
from runbot.surfaces.slack.views.shapes import Foreseen, Lock, RunPreview

ROOM: Final = 11_500  # of a message's 13,000
MODAL_ROOM: Final = 60_000
# How much of an instruction and of an argument is shown, the most generous that fits first.
_CLIPS: Final = (600, 200, 80)
_IN: Final = "      "


def preview_message(preview: RunPreview) -> Message:
    """The preview as a message, inside Slack's limits for 1 to 100 steps."""
    name = text.line(preview.card.runbook.name, 100)
    shown = budget.sections([_headline(preview), *preview_lines(preview, room=ROOM)])
    return budget.message(f"What a run of {name} would do", shown)


def preview_blocks(preview: RunPreview, *, room: int) -> list[Block]:
    """The preview as at most so many blocks of a form."""
    return budget.sections(preview_lines(preview, room=MODAL_ROOM))[:room]


def preview_lines(preview: RunPreview, *, room: int) -> list[str]:
    """What is wrong, what it takes, and its steps, as many of them as there is room for."""
    head = _head(preview)
    left = room - sum(text.weight(line) + 1 for line in head) - text.weight(_END) - 100
    steps: list[str] = []
    for clip in _CLIPS:
        steps = [line for step in preview.steps for line in _step(step, clip)]
        if preview.cleanup:
            steps.append("*Clean-up, after a run that failed or was aborted*")
            steps += [line for step in preview.cleanup for line in _step(step, clip)]
        if sum(text.weight(line) + 1 for line in steps) <= left:
            return [*head, *steps, _END]
    return [*head, *_fitting(steps, left), _END]


_END: Final = "_This is a preview: nothing was opened, sent or stored._"


def _headline(preview: RunPreview) -> str:
    card = preview.card
    given = [f"`{text.line(name, 70)}` {_value(value, 200)}" for name, value in _given(preview)]
    with_them = f" with {', '.join(given)}" if given else ""
    name = text.bold(text.line(card.runbook.name, 100))
    return text.clip(f"What a run of {name} v{card.version.number} would do{with_them}", 2900)


def _given(preview: RunPreview) -> list[tuple[str, str]]:
    return [(name, value) for name, value in preview.values.items() if value]


def _head(preview: RunPreview) -> list[str]:
    lines = [f"⛔ {text.line(problem.sentence, 300)}" for problem in preview.problems]
    if preview.refused:
        lines.append(f"⛔ It couldn't be started now: {text.settings(preview.refused)}")
    if ways := conduct_line(preview.card.version.content):
        lines.append(ways)
    if preview.locks:
        lines.append("🔒 " + " · ".join(_lock(lock) for lock in preview.locks))
    return lines


def _lock(lock: Lock) -> str:
    name = text.line(lock.name, 70)
    if lock.holder is None:
        return f"{name} is free"
    since = f" since {text.when(lock.since)}" if lock.since else ""
    return f"{name} is held by run {lock.holder.number}{since}"


def _step(step: Foreseen, clip: int, *, deeper: str = "") -> list[str]:
    """A step in a few lines, each short enough for a section."""
    said = text.written(step.instruction, clip)
    lines = [f"{deeper}*{step.number}*  {said}", f"{deeper}{_IN}↳ {_doing(step)}"]
    arguments = " · ".join(_arguments(step.arguments, clip))
    if arguments:
        lines.append(f"{deeper}{_IN}{_IN}{text.clip(arguments, 2500)}")
    if step.approval:
        asked = text.settings(approving.words(step.approval), 400)
        why = f" — {text.line(step.why, 150)}" if step.why else ""
        lines.append(f"{deeper}{_IN}✋ waits for {asked}{why}")
    if chosen := words(replace(settings_of(step.step), approval=None)):
        lines.append(f"{deeper}{_IN}{settings_line(chosen)}")
    lines += [f"{deeper}{_IN}⚠️ {text.line(finding, 200)}" for finding in step.findings[:3]]
    for below in step.below:
        lines += _step(below, min(clip, 200), deeper=deeper + _IN)
    return lines


def _doing(step: Foreseen) -> str:
    who = "a person" if step.risk == "person" else text.line(step.executor, 120)
    if step.risk == "runbook":
        return f"the runbook {who}"
    risk = RISKS.get(step.risk, "") if step.risk != "person" else ""
    return f"{who} · {risk}" if risk else who


def _arguments(arguments: Mapping[str, JsonValue], clip: int) -> list[str]:
    return [
        f"`{text.line(name, 70)}` {_value(value, clip)}"
        for name, value in arguments.items()
        if value not in (None, "")
    ]


def _value(value: JsonValue, most: int) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.line(shown, most)


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    taken: list[str] = []
    for line in lines:
        room -= text.weight(line) + 1
        if room < 0:
            return [*taken, "_… and more: the form shows the rest of it_"]
        taken.append(line)
    return taken
