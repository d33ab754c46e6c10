"""A run's message: one, redrawn in place, inside Slack's sizes for 1 to 100 steps.

The steps are lines of text with their status as a word, so that they are read without
a click. Long runs fold what is done and what is far off; what runs, waits, failed, was
skipped or comes next is always there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    MarkdownTextObject,
)

from runbot.domain.continuing import can_continue, stopped_at
from runbot.domain.continuing import doubtful as may_have_taken_effect
from runbot.domain.law import FINAL_RUN, RunMove, RunStatus, StepStatus, may
from runbot.domain.run import Event, Part, Run, RunStep
from runbot.surfaces.slack.views import nested, words
from runbot.surfaces.slack.views.budget import Message, message, section, sections, total_text
from runbot.surfaces.slack.views.controls import button, confirm
from runbot.surfaces.slack.views.nested import ALONE, Nearby
from runbot.surfaces.slack.views.questions import question_blocks
from runbot.surfaces.slack.views.shapes import Follower
from runbot.surfaces.slack.views.text import bold, clip, label, line, link, weight

CONTINUE: Final = "run.continue"
FOLD_FROM: Final = 31
ROOM: Final = 12_000
SMALLEST_ROOM: Final = 3_000
_NO_POSTS: Final[Mapping[int, str]] = MappingProxyType({})
_DONE_BEFORE, _PENDING_AFTER = 3, 5  # how much of a long run shows around where it stands


@dataclass(frozen=True, slots=True)
class _Detail:
    """How many characters a line spends on the instruction and on what came of it."""

    instruction: int
    evidence: int


_DETAILS: Final = tuple(
    _Detail(*sizes) for sizes in ((240, 220), (140, 120), (90, 60), (60, 30), (40, 0), (24, 0))
)


def run_message(
    run: Run,
    *,
    last: Event | None = None,
    room: int = ROOM,
    posts: Mapping[int, str] = _NO_POSTS,
    before: Follower | None = None,
    after: Sequence[Follower] = (),
    links: Mapping[int, str] = _NO_POSTS,
    near: Nearby = ALONE,
    why: str = "",
) -> Message:
    """The message as the run stands. `last` is the latest event, `room` its most characters.

    `why` is why it doesn't stand where it was begun, as a `words.Moved`.

    `before` is the run that this one follows, `after` are those that follow it, `links` the
    addresses of their messages, by their numbers.

    A smaller room gives less detail, never fewer of the steps that matter. `posts` are
    Slack's own addresses of the messages that steps posted, or whose runs they run, by the
    steps' numbers. `near` is what it shows of other runs.
    """
    state = nested.headline(run, near, last)
    name = line(run.name, 100)
    top: list[Block] = [
        section(f"{bold(name)}  v{run.version} · {bold(state)}"),
        _context(_origin(run, near, before, links)),
    ]
    if moved := words.moved(run, why):
        top.append(_context(moved))
    bottom: list[Block] = []
    if said := nested.last_thing(run, near, last):
        bottom.append(_context(said))
    bottom.extend(question_blocks(run, short=True))
    if asking := near.asking:
        bottom.append(_context(f"Run {asking.number} of {line(asking.name, 100)} asks:"))
        bottom.extend(question_blocks(asking, short=True))
    if after:
        bottom.append(_context("\n".join(_followed(one, links) for one in after)))
    bottom.extend(controls(run, after, near))
    used = total_text([block.to_dict() for block in (*top, *bottom)])
    steps = sections(step_lines(run, room=room - used, posts=posts, below=near.below))
    return message(clip(f"{state}: {name} (run {run.number})", 500), [*top, *steps, *bottom])


def _context(text: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=text, verbatim=True)])


def _origin(run: Run, near: Nearby, before: Follower | None, links: Mapping[int, str]) -> str:
    if before is None:
        return nested.origin(run, near)
    how = "cleans up after" if run.part is Part.CLEANUP else "continues"
    return f"{nested.origin(run, near)} · {how} {_numbered(before, links)}"


def _numbered(one: Follower, links: Mapping[int, str]) -> str:
    address = links.get(one.number)
    return link(address, f"run {one.number}") if address else f"run {one.number}"


def _followed(one: Follower, links: Mapping[int, str]) -> str:
    """What became of a run that has ended: "Clean-up: run 1043, running, step 1 of 2"."""
    what = "Clean-up" if one.part is Part.CLEANUP else "Continued"
    place = f", step {one.step} of {one.steps}" if one.step and one.status not in FINAL_RUN else ""
    state = "aborted" if one.status is RunStatus.CANCELLED else one.status.value
    return f"{what}: {_numbered(one, links)}, {state}{place}"


def step_lines(
    run: Run,
    *,
    room: int,
    posts: Mapping[int, str] = _NO_POSTS,
    below: Sequence[Run] = (),
) -> list[str]:
    """One line per step that is shown, one per fold, in order, in so many characters."""
    lines: list[str] = []
    for detail in _DETAILS:
        lines = list(_lines(run, detail, posts, below))
        if sum(weight(text) + 1 for text in lines) <= room:
            return lines
    return _nearest(run, lines, room)


def _nearest(run: Run, lines: list[str], room: int) -> list[str]:
    """The lines around where the run stands, where even the briefest don't all fit."""
    here = run.current.number if run.current else len(run.steps)
    middle = round(here / len(run.steps) * len(lines))
    kept: set[int] = set()
    room -= 120
    for index in sorted(range(len(lines)), key=lambda index: abs(index - middle)):
        room -= weight(lines[index]) + 1
        if room < 0:
            break
        kept.add(index)
    shown = [text for index, text in enumerate(lines) if index in kept]
    return [*shown, f"… {len(lines) - len(shown)} more lines are in the timeline"]


def _lines(
    run: Run, detail: _Detail, posts: Mapping[int, str], below: Sequence[Run]
) -> Iterator[str]:
    shown = _shown(run)
    for hidden, group in groupby(run.steps, key=lambda s: None if s.number in shown else s.status):
        steps = list(group)
        if hidden is None or len(steps) == 1:
            for step in steps:
                yield _line(run, step, detail, posts.get(step.number), below)
        else:
            yield _folded(run, hidden, steps)


def _shown(run: Run) -> frozenset[int]:
    """The numbers of the steps that are not folded away."""
    total = len(run.steps)
    if total < FOLD_FROM:
        return frozenset(range(1, total + 1))
    here = run.current.number if run.current else total + 1
    near = range(here - _DONE_BEFORE, here + _PENDING_AFTER + 1)
    foldable = {StepStatus.COMPLETE, StepStatus.PENDING}
    return frozenset(
        step.number
        for step in run.steps
        if (step.number in near and not run.ended)
        or not (step.status in foldable or _never_begun(step))
    )


def _never_begun(step: RunStep) -> bool:
    return step.status is StepStatus.CANCELLED and not step.attempts


def _folded(run: Run, status: StepStatus, steps: Sequence[RunStep]) -> str:
    first, last = steps[0].number, steps[-1].number
    if status is StepStatus.PENDING and last == len(run.steps):
        return f"… {len(steps)} more pending ({first}-{last})"
    return f"{words.ICONS[status]} {first}-{last} {status}"


def _line(run: Run, step: RunStep, detail: _Detail, post: str | None, below: Sequence[Run]) -> str:
    active = step.status in {StepStatus.RUNNING, StepStatus.WAITING}
    most = detail.instruction * 2 if active else detail.instruction
    told = words.instruction(run, step.number, most)
    nesting = below and step.status is StepStatus.RUNNING
    state = nested.progress(below) if nesting else words.state(run, step)
    # While a question is open its own block tells what happened.
    evidence = (
        "" if step.status is StepStatus.WAITING else words.evidence(run, step, detail.evidence)
    )
    # "skipped by <@U1>: known bad" says the state itself.
    state = "" if evidence.startswith(f"{state} by ") else state
    posted = link(post, "see it") if post and detail.evidence else ""
    parts = [bold(told) if active else told, state, evidence, posted]
    return f"{words.icon(run, step)} {step.number}  " + " · ".join(p for p in parts if p)


def controls(run: Run, after: Sequence[Follower] = (), near: Nearby = ALONE) -> list[Block]:
    """The buttons that the law allows now; the server checks again when one is pressed."""
    buttons: list[ButtonElement] = []
    if may(run.status, RunMove.WITHDRAW_PAUSE) and run.pause_requested_by:
        buttons.append(_button("Keep going", "run.resume", run))
    elif may(run.status, RunMove.REQUEST_PAUSE):
        buttons.append(_button("Pause", "run.pause", run))
    if may(run.status, RunMove.RESUME):
        buttons.append(_button("Resume", "run.resume", run, style="primary"))
    if may(run.status, RunMove.ABORT):
        buttons.append(_abort(run, near))
    if can_continue(run) and not any(one.part is Part.MAIN for one in after):
        buttons.append(_continue(run))
    if run.ended and run.part is Part.MAIN:
        buttons.append(_button("Run again", "run.again", run))
    if run.ended:
        buttons.append(_button("Timeline", "run.timeline", run))
        buttons.append(_button("Export", "run.export", run))
    # The same id in every redraw: a click that was begun before one must still arrive, an
    # Abort whose question is being answered above all.
    return [ActionsBlock(block_id="run.controls", elements=buttons)]


def _button(
    text: str,
    action: str,
    run: Run,
    *,
    style: str | None = None,
    asks_first: ConfirmObject | None = None,
) -> ButtonElement:
    read_as = label(f"{text}: run {run.number} of {run.name}", 75)
    return button(text, action, run.id, style=style, confirm=asks_first, read_as=read_as)


def _continue(run: Run) -> ButtonElement:
    number = stopped_at(run) or 1
    total = len(run.steps)
    steps = f"Steps {number} to {total} are" if number < total else f"Step {number} is"
    says = f"{steps} done in a new run, with the same version and values. "
    if number > 1:
        says += "What was done before stays as it is. "
    if may_have_taken_effect(run):
        says += f"Where nobody knows whether step {number} took effect, you are asked first. "
    if run.content.cleanup:
        says += "What the clean-up has undone isn't done again."
    asks_first = confirm(f"Continue run {run.number}?", says.strip(), "Continue", "Go back")
    text = f"Continue from step {number}…"
    return _button(text, CONTINUE, run, style="primary", asks_first=asks_first)


def _abort(run: Run, near: Nearby) -> ButtonElement:
    if run.status is RunStatus.QUEUED and near.behind:
        leaves = confirm(
            f"Take run {run.number} out of the queue?",
            "It has done nothing yet, and won't do anything.",
            "Leave the queue",
            "Let it wait",
            style="danger",
        )
        return _button("Leave the queue", "run.abort", run, asks_first=leaves)
    means = "No further step will be done."
    if words.cut_off(run) and run.current:
        means = f"Step {run.current.number} is running and will be cut off. {means}"
    if near.root is not None:
        means = f"Run {near.root}, which it belongs to, ends with it. {means}"
    asks_first = confirm(
        f"Abort run {run.number}?",
        f"{means} What was done stays done.",
        "Abort",
        "Let it go on",
        style="danger",
    )
    return _button("Abort", "run.abort", run, style="danger", asks_first=asks_first)
