"""What another version does differently, in lines for whoever saw the earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from runbot.agent.rules.conducting import phrases
from runbot.agent.rules.settings import setting_words, written
from runbot.surfaces.slack.views import text
from runbot.surfaces.slack.views.drafts import preview_line, unsaid
from runbot.surfaces.slack.views.shapes import Card

SHOWN: Final = 8


def changes(before: Card, now: Card) -> list[str]:
    """One line per difference, the first few of them; none where only the number differs."""
    found = [*_parameters(before, now), *_steps(before, now), *_cleanup(before, now)]
    found += _conduct(before, now)
    if len(found) > SHOWN:
        return [*found[:SHOWN], f"• and {text.counted(len(found) - SHOWN, 'more difference')}"]
    return found


def _parameters(before: Card, now: Card) -> Iterator[str]:
    had = {parameter.name: parameter for parameter in before.version.content.parameters}
    has = {parameter.name: parameter for parameter in now.version.content.parameters}
    for name in dict.fromkeys([*has, *had]):
        shown = f"`{text.line(name, 70)}`"
        if name not in had:
            yield f"• The parameter {shown} is new."
        elif name not in has:
            yield f"• The parameter {shown} is gone."
        elif had[name] != has[name]:
            yield f"• The parameter {shown} has changed."


def _steps(before: Card, now: Card) -> Iterator[str]:
    had, has = before.version.content.steps, now.version.content.steps
    for number, (old, new) in enumerate(zip_longest(had, has), 1):
        if new is None:
            yield f"• Step {number} is gone."
        elif old is None:
            yield f"• Step {number} is new: {_step(now, number)}"
        elif old.instruction == new.instruction and setting_words(old) != setting_words(new):
            yield f"• Step {number} is now set: {_set(setting_words(new))}"
        elif old != new:
            yield f"• Step {number} is now: {_step(now, number)}"


def _cleanup(before: Card, now: Card) -> Iterator[str]:
    had, has = before.version.content.cleanup, now.version.content.cleanup
    for number, (old, new) in enumerate(zip_longest(had, has), 1):
        if new is None:
            yield f"• Clean-up step {number} is gone."
        elif old != new:
            word = "new" if old is None else "now"
            yield f"• Clean-up step {number} is {word}: {text.settings(written(new), 300)}"


def _conduct(before: Card, now: Card) -> Iterator[str]:
    had, has = before.version.content.conduct, now.version.content.conduct
    if had != has:
        yield f"• It is now set: {_set(' · '.join(phrases(has)))}"


def _set(said: str) -> str:
    return text.settings(said, 300) if said else "nothing any more."


def _step(card: Card, number: int) -> str:
    step = card.version.content.steps[number - 1]
    said = text.written(step.instruction, 150)
    preview = next((one for one in card.previews if one.number == number), None)
    parts = [said, preview_line(preview, step.plan) if preview else ""]
    parts.append(text.settings(setting_words(step), 300))
    if preview and (more := unsaid(preview, step)):
        parts.append(more)
    return " ".join(part for part in parts if part)
