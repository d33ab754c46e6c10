"""The form in which a runbook is written: name, description, parameters, steps as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    PlainTextInputElement,
    PlainTextObject,
)
from slack_sdk.models.views import View

from runbot.agent.rules.conducting import phrases
from runbot.agent.rules.settings import written
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.runbook import MAX_DESCRIPTION, MAX_NAME
from runbot.surfaces.slack import lines
from runbot.surfaces.slack.payloads import private, whole
from runbot.surfaces.slack.views import budget, text
from runbot.surfaces.slack.views.shapes import Card

CALLBACK: Final = "runbook.save"
NAME: Final = "name"
DESCRIPTION: Final = "description"
PARAMETERS: Final = "parameters"
STEPS: Final = "steps"  # steps, steps.2, steps.3 …
SETTINGS: Final = "settings"
CLEANUP: Final = "cleanup"
TYPED: Final = "typed"

INPUT_MOST: Final = 3000  # what one of Slack's text inputs takes
INPUTS_MOST: Final = 60
FORM_MOST: Final = 150_000  # characters: a view may have 250 kB, and some characters take 3 bytes
TITLE_MOST: Final = 24
CHANGES_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form.

    `base` is the version it started from, `was` the name; a new one has neither.
    """

    name: str = ""
    description: str = ""
    parameters: str = ""
    steps: tuple[str, ...] = ()
    settings: str = ""
    cleanup: str = ""
    runbook_id: str | None = None
    base: int | None = None
    was: str = ""
    channel: str = ""


def draft_of(card: Card, *, channel: str) -> Draft:
    """The form's contents for a runbook as it is now.

    Raises `InvalidInput` where the runbook is longer than a form can hold.
    """
    content = card.version.content
    return Draft(
        name=card.runbook.name,
        description=content.description,
        parameters=_fits(lines.parameters_text(content.parameters), card.runbook.name),
        steps=_inputs(list(map(written, content.steps)), card.runbook.name),
        settings=_fits("\n".join(phrases(content.conduct)), card.runbook.name),
        cleanup=_fits(lines.steps_text(list(map(written, content.cleanup))), card.runbook.name),
        runbook_id=card.runbook.id,
        base=card.version.number,
        was=card.runbook.name,
        channel=channel,
    )


def typed(values: Mapping[str, str], kept: Mapping[str, str]) -> Draft:
    """What a person typed into the form, as it came back."""
    count = sum(1 for block in values if block == STEPS or block.startswith(f"{STEPS}."))
    base = kept.get("base")
    return Draft(
        name=values.get(NAME, "").strip(),
        description=values.get(DESCRIPTION, "").strip(),
        parameters=values.get(PARAMETERS, ""),
        steps=tuple(values.get(_steps_id(n), "") for n in range(1, count + 1)),
        settings=values.get(SETTINGS, ""),
        cleanup=values.get(CLEANUP, ""),
        runbook_id=kept.get("runbook"),
        base=whole(base) if base else None,
        was=kept.get("was", ""),
        channel=kept.get("channel", ""),
    )


def runbook_form(draft: Draft, *, notice: str = "") -> View:
    """The form, with a notice above it where something has to be said first."""
    new = draft.runbook_id is None
    blocks: list[Block] = [budget.section(text.clip(notice, 2900))] if notice else []
    blocks += [
        _input(
            NAME,
            "Name",
            draft.name,
            most=MAX_NAME,
            lines_=False,
            hint="Letters, digits and hyphens, for example restart-api.",
        ),
        _input(DESCRIPTION, "Description", draft.description, most=MAX_DESCRIPTION, optional=True),
        _input(
            PARAMETERS,
            "Parameters, one a line",
            draft.parameters,
            optional=True,
            hint="For example: env (choice: staging, prod) = staging — where it runs. "
            "Types: string, text, integer, number, boolean, choice, url, email, date, user, "
            "channel. Write {{env}} in a step to use it.",
        ),
        *_step_inputs(draft.steps),
        _input(
            SETTINGS,
            "Settings, one a line",
            draft.settings,
            optional=True,
            hint="For example: one at a time: queue — locks: prod-db — timeout 2h — "
            "run by @sre in #ops.",
        ),
        _input(
            CLEANUP,
            "Clean-up steps",
            draft.cleanup,
            optional=True,
            hint="Done after a run that failed or was aborted. Written like the steps above.",
        ),
    ]
    kept = {"channel": draft.channel}
    if draft.runbook_id:
        kept |= {"runbook": draft.runbook_id, "base": str(draft.base or 0), "was": draft.was}
    title = "New runbook" if new else f"Edit {draft.was}"
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text.label(title, TITLE_MOST)),
        submit=PlainTextObject(text="Save"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=private(kept),
        blocks=blocks,
    )


def conflicted(mine: Draft, theirs: Card) -> View:
    """The form after somebody else saved first: the person's words, and what the other changed.

    Saving it again goes on top of the other's version, knowingly.
    """
    number, name = theirs.version.number, theirs.runbook.name
    what = f"It was renamed {text.line(name, 100)}"
    if number != mine.base:
        what = f"{text.mention(theirs.version.created_by)} saved version {number}"
    changed = _differences(mine, theirs)
    notice = (
        f"{what} while you were editing. Nothing of yours is lost: it is below, not saved yet. "
        "Saving now replaces theirs with yours.\n"
        + ("\n".join(changed) if changed else "Their version says the same as yours.")
    )
    return runbook_form(replace(mine, base=number, was=name), notice=notice)


def form_problems(refused: InvalidInput, draft: Draft) -> dict[str, str]:
    """A refusal's problems by the input that each stands in."""
    found: dict[str, list[str]] = {}
    for problem in refused.problems or (Problem(NAME, refused.sentence),):
        found.setdefault(_block_of(problem, draft), []).append(problem.sentence)
    return {
        block: text.clip(" ".join([*said, refused.do]).strip(), 2000)
        for block, said in found.items()
    }


def _block_of(problem: Problem, draft: Draft) -> str:
    field, _, rest = problem.field.partition(".")
    if field == STEPS and rest.isdecimal():
        seen = 0
        for number, said in enumerate(draft.steps, 1):
            seen += len(lines.read_steps(said))
            if int(rest) <= seen:
                return _steps_id(number)
    return field if field in {NAME, DESCRIPTION, PARAMETERS, STEPS, SETTINGS, CLEANUP} else NAME


def _differences(mine: Draft, theirs: Card) -> list[str]:
    content = theirs.version.content
    found = []
    if mine.name != theirs.runbook.name:
        found.append(f"• Its name is {text.line(theirs.runbook.name, 100)}.")
    if mine.description != content.description:
        found.append(f"• Its description: {text.line(content.description or 'none', 200)}")
    if lines.read_parameters_quietly(mine.parameters) != content.parameters:
        shown = lines.parameters_text(content.parameters).replace("\n", "; ") or "none"
        found.append(f"• Its parameters: {text.line(shown, 300)}")
    own = [step for said in mine.steps for step in lines.read_steps(said)]
    saved = list(map(written, content.steps))
    for number in range(1, max(len(own), len(saved)) + 1):
        here = saved[number - 1] if number <= len(saved) else None
        if here != (own[number - 1] if number <= len(own) else None):
            said = text.line(here, 200) if here else "isn't there"
            found.append(f"• Step {number} in theirs: {said}")
    for what, here, there in (
        ("settings", mine.settings, "; ".join(phrases(content.conduct))),
        ("clean-up steps", mine.cleanup, lines.steps_text(list(map(written, content.cleanup)))),
    ):
        if _flat(here) != _flat(there):
            found.append(f"• Its {what}: {text.line(there or 'none', 300)}")
    if len(found) > CHANGES_SHOWN:
        more = text.counted(len(found) - CHANGES_SHOWN, "more difference")
        return [*found[:CHANGES_SHOWN], f"• and {more}"]
    return found


def _flat(said: str) -> list[str]:
    """The phrases of settings or the lines of steps, however they were put."""
    return [" ".join(part.split()) for part in said.replace(";", "\n").split("\n") if part.strip()]


def _steps_id(number: int) -> str:
    return STEPS if number == 1 else f"{STEPS}.{number}"


def _step_inputs(steps: Sequence[str]) -> list[Block]:
    shown = list(steps) or [""]
    if len(steps) <= 1 or steps[-1].strip():
        # Room to go on writing where one input is full.
        shown.append("")
    blocks: list[Block] = []
    for number, said in enumerate(shown, 1):
        first = number == 1
        hint = (
            "One instruction each: 1. Page the on-call engineer via send_email. Settings go in "
            "brackets at its end: [approval by @ben; timeout 5m; retry 3 times; "
            "on failure continue]."
        )
        blocks.append(
            _input(
                _steps_id(number),
                "Steps" if first else "More steps",
                said,
                optional=not first,
                hint=hint if first else f"Where {INPUT_MOST:,} characters above aren't enough.",
            )
        )
    return blocks


def _inputs(instructions: Sequence[str], name: str) -> tuple[str, ...]:
    """The steps as numbered lines, in as few inputs as hold them."""
    made: list[str] = []
    for number, instruction in enumerate(instructions, 1):
        line = lines.steps_text([instruction], first=number)
        if made and text.weight(made[-1]) + 1 + text.weight(line) <= INPUT_MOST:
            made[-1] += "\n" + line
        else:
            made.append(_fits(line, name))
    if len(made) > INPUTS_MOST or sum(map(len, made)) > FORM_MOST:
        raise _too_long(name)
    return tuple(made)


def _fits(said: str, name: str) -> str:
    if text.weight(said) > INPUT_MOST:
        raise _too_long(name)
    return said


def _too_long(name: str) -> InvalidInput:
    return InvalidInput(
        f"{name} is longer than one of Slack's forms can hold.",
        means="Nothing was changed.",
        do="Split it into several runbooks that are run one after another.",
    )


def _input(
    block: str,
    label: str,
    value: str,
    *,
    most: int = INPUT_MOST,
    lines_: bool = True,
    optional: bool = False,
    hint: str | None = None,
) -> InputBlock:
    return InputBlock(
        block_id=block,
        label=PlainTextObject(text=label),
        optional=optional,
        hint=PlainTextObject(text=hint) if hint else None,
        element=PlainTextInputElement(
            action_id=TYPED,
            multiline=lines_,
            max_length=most,
            initial_value=value or None,
        ),
    )
