"""Home: the runs going on, with their controls, and every runbook."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    DividerBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from runbot.domain.access import Verb
from runbot.domain.law import RunMove, may
from runbot.domain.runbook import RunbookStatus
from runbot.surfaces.slack.views import budget, controls, lists, text
from runbot.surfaces.slack.views.controls import button
from runbot.surfaces.slack.views.shapes import Listed, RunLine

NEW: Final = "home.new"
NEXT: Final = "home.next"
PREVIOUS: Final = "home.previous"
MENU: Final = "home.menu"
PAUSE: Final = "run.pause"
RESUME: Final = "run.resume"
ABORT: Final = "run.abort"
TIMELINE: Final = "run.timeline"

WAITING: Final = "*Waiting for you*"
PAGE_SIZE: Final = 40  # of Home's 100 blocks
RUNS_SHOWN: Final = 15
_ALL: Final = frozenset(Verb)


def home(
    going_on: Sequence[RunLine],
    listed: Sequence[Listed],
    *,
    offset: int = 0,
    more: bool = False,
    verbs: Collection[Verb] = _ALL,
    waiting: Sequence[str] = (),
) -> View:
    """The Home tab, with what somebody who may do this can use.

    `more` tells that there are runbooks beyond these; `waiting` are the lines about what
    waits for whoever looks at it.
    """
    blocks: list[Block] = [HeaderBlock(text="Runbooks")]
    if Verb.AUTHOR in verbs:
        blocks.append(_top())
    if waiting:
        blocks += [*budget.sections([WAITING, *waiting]), DividerBlock()]
    if going_on:
        blocks.append(budget.section("*Going on now*"))
        for line in going_on[:RUNS_SHOWN]:
            said = text.clip(lists.run_line(line), 2900)
            blocks += [budget.section(said), _controls(line, verbs)]
        if (left := len(going_on) - RUNS_SHOWN) > 0:
            blocks.append(budget.section(f"… and {left} more: `/runbook status`"))
        blocks.append(DividerBlock())
    if listed:
        blocks += [_runbook(one, verbs) for one in listed]
    else:
        blocks.append(
            budget.section(
                "There are no runbooks yet. Press *New runbook*, or tell me in a channel what "
                "it is called and what its steps are."
                if Verb.AUTHOR in verbs
                else "There are no runbooks yet."
            )
        )
    if pages := _pages(offset, more=more):
        blocks.append(pages)
    return View(type="home", blocks=blocks, private_metadata="")


def closed(why: str) -> View:
    """Home for somebody who may not see the runbooks."""
    return View(type="home", blocks=[budget.section(text.plain(why, 2900))])


def _top() -> ActionsBlock:
    return ActionsBlock(elements=[button("New runbook", NEW, "new", style="primary")])


def _controls(line: RunLine, verbs: Collection[Verb]) -> ActionsBlock:
    elements: list[InteractiveElement] = []
    if Verb.CONTROL in verbs:
        elements += _moves(line)
    elements.append(button("Timeline", TIMELINE, line.id))
    return ActionsBlock(block_id=f"home.{line.id}", elements=elements)


def _moves(line: RunLine) -> list[InteractiveElement]:
    """What the law allows to be done with the run."""
    elements: list[InteractiveElement] = []
    if line.pausing:
        elements.append(button("Keep going", RESUME, line.id))
    elif may(line.status, RunMove.REQUEST_PAUSE):
        elements.append(button("Pause", PAUSE, line.id))
    if may(line.status, RunMove.RESUME):
        elements.append(button("Resume", RESUME, line.id, style="primary"))
    if may(line.status, RunMove.ABORT):
        confirm = controls.confirm(
            f"Abort run {line.number}?",
            "What it is doing now is cut off, and no step follows.",
            "Abort",
            "Go back",
        )
        elements.append(button("Abort", ABORT, line.id, style="danger", confirm=confirm))
    return elements


def _runbook(listed: Listed, verbs: Collection[Verb]) -> SectionBlock:
    runbook = listed.runbook
    published = runbook.published is not None and runbook.status is RunbookStatus.PUBLISHED
    there = (
        ("Run", Verb.RUN, published),
        ("Publish", Verb.AUTHOR, not published),
        ("Show", Verb.READ, True),
        ("Edit", Verb.AUTHOR, True),
        ("History", Verb.READ, True),
        ("Archive", Verb.AUTHOR, runbook.status is not RunbookStatus.ARCHIVED),
    )
    words = [word for word, verb, fits in there if fits and verb in verbs]
    options = [
        Option(
            text=PlainTextObject(text=word),
            value=f"{word.lower()}:{controls.seen(runbook.id, runbook.latest)}",
        )
        for word in words
    ]
    return SectionBlock(
        text=MarkdownTextObject(text=text.clip(lists.runbook_line(listed), 2900), verbatim=True),
        accessory=OverflowMenuElement(action_id=MENU, options=options),
    )


def _pages(offset: int, *, more: bool) -> ActionsBlock | None:
    elements: list[InteractiveElement] = []
    if offset:
        elements.append(button("Previous", PREVIOUS, str(max(offset - PAGE_SIZE, 0))))
    if more:
        elements.append(button("Next", NEXT, str(offset + PAGE_SIZE)))
    return ActionsBlock(elements=elements) if elements else None
