"""An approval that is asked for: the exact action, why, of whom, how many, until when."""

from __future__ import annotations

from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
)
from slack_sdk.models.views import View

from runbot.domain.law import Choice
from runbot.domain.run import Attempt, Event, EventKind, Question, Run
from runbot.domain.runbook import RunbookPlan
from runbot.surfaces.slack.views import actions, words
from runbot.surfaces.slack.views.budget import (
    CONFIRM_TEXT,
    VIEW_BLOCKS,
    Message,
    message,
    modal,
    section,
    text_input,
)
from runbot.surfaces.slack.views.controls import button, confirm
from runbot.surfaces.slack.views.principals import among, one_of
from runbot.surfaces.slack.views.text import (
    bold,
    channel,
    clip,
    day_and_time,
    label,
    line,
    link,
    mention,
    plain,
    when,
)

DENY: Final = "question.deny"
WHOLE: Final = "question.whole"
REASON: Final = "reason"
_VALUE, _SHORT_VALUE = 700, 160
_MOST, _SHORT_MOST = 2900, 900
_WHOLE_MOST: Final = 100_000


def approval_blocks(run: Run, asked: Question, *, place: str) -> list[Block]:
    """The open approval's blocks. `place` is "run" (short), "thread" or "channel"."""
    short = place == "run"
    tried = run.step(asked.step).attempts[asked.attempt - 1]
    shown = actions.action(
        tried.executor,
        tried.arguments,
        value=_SHORT_VALUE if short else _VALUE,
        most=_SHORT_MOST if short else _MOST,
        does=_does(run, asked.step),
    )
    head = f"Step {asked.step} needs approval before it is done."
    told = words.instruction(run, asked.step, 300)
    blocks: list[Block] = [section(f"{bold(head)}\n> {told}"), actions.section(shown)]
    blocks.append(section("\n".join(terms_lines(run, asked))))
    if not short:
        blocks.append(_context(until(asked)))
    elements = [_approve(run, asked, tried), button("Deny…", DENY, asked.id, style="danger")]
    if not shown.whole:
        elements.append(button("Whole action", WHOLE, asked.id))
    blocks.append(
        ActionsBlock(block_id=clip(f"question.{place}.{asked.id}", 255), elements=elements)
    )
    return blocks


def terms_lines(run: Run, asked: Question) -> list[str]:
    """Who may approve, how many have to, who has, why it is asked, and what it covers."""
    terms = asked.terms
    who = among(terms.who, terms.within)
    lines = [f"To be approved by {who}" + (f", {terms.needed} of them" * (terms.needed > 1)) + "."]
    if terms.four_eyes:
        out = [mention(run.started_by), *(f"<@{user}>" for user in terms.kept_out)]
        names = " and ".join(dict.fromkeys(out))
        lines[0] += f" {names} can't: it takes somebody else."
    if terms.why:
        lines.append(f"Why: {line(terms.why, 200)}.")
    if terms.votes:
        said = ", ".join(f"{mention(vote.by)} at {when(vote.at)}" for vote in terms.votes)
        lines.append(f"{len(terms.votes)} of {terms.needed} have approved: {said}.")
    if (tries := run.planned(asked.step).retries + 1) > 1:
        lines.append(f"It covers this action only, up to {tries} tries.")
    return lines


def until(asked: Question) -> str:
    """Until when it can be answered, and what happens if nobody does."""
    return (
        f"Until {day_and_time(asked.expires_at)}; not approved by then, it isn't done and "
        "the run fails."
    )


def _does(run: Run, number: int) -> str:
    """What carries the step out, as a word: a tool, or another runbook."""
    nested = isinstance(run.planned(number).plan, RunbookPlan)
    return actions.RUNBOOK if nested else actions.TOOL


def _context(text: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=text, verbatim=True)])


def _approve(run: Run, asked: Question, tried: Attempt) -> ButtonElement:
    """The button, with the action once more before it counts."""
    does, most = _does(run, asked.step), CONFIRM_TEXT - 40
    brief = actions.action(tried.executor, tried.arguments, value=60, most=most, does=does).text
    asks_first = confirm(
        f"Approve step {asked.step} of run {run.number}?", brief, "Approve", "Go back"
    )
    read_as = label(f"Approve step {asked.step} of run {run.number}", 75)
    return button(
        words.CHOICE_LABELS[Choice.APPROVE],
        f"question.{Choice.APPROVE}",
        asked.id,
        style="primary",
        confirm=asks_first,
        read_as=read_as,
    )


def approval_copy(run: Run, asked: Question, address: str | None) -> Message:
    """The approval as it is asked in its own channel; `address` is where the run is shown."""
    name = f"{bold(line(run.name, 100))}  v{run.version}, run {run.number}"
    where = f"in {channel(run.channel)}" if run.channel else ""
    at = link(address, "see the run") if address else ""
    said = [f"started by {mention(run.started_by)}", where, at]
    head = section(f"{name}\n{' · '.join(part for part in said if part)}")
    told = f"Step {asked.step} of run {run.number} needs approval by {one_of(asked.terms.who)}"
    return message(clip(told, 900), [head, *approval_blocks(run, asked, place="channel")])


def unasked_message(asked: Question, why: str) -> Message:
    """For the run's thread: the approval's own channel couldn't be told of it."""
    said = (
        f"Step {asked.step}: this couldn't be asked in {channel(asked.terms.channel)}. "
        f"{plain(why, 600)} It can be approved here."
    )
    return message(clip(said, 900), [section(said)])


def decided_message(run: Run, asked: Event, closed: Event) -> Message:
    """An approval that needs no answer any more: the action, and who decided what of it."""
    number = asked.step or 1
    said = _decided(closed)
    tries = run.step(number).attempts
    shown: list[Block] = []
    if 0 < (asked.attempt or 0) <= len(tries):
        tried = tries[(asked.attempt or 1) - 1]
        shown = [
            actions.section(
                actions.action(
                    tried.executor,
                    tried.arguments,
                    value=_VALUE,
                    most=_MOST,
                    does=_does(run, number),
                )
            )
        ]
    told = f"Step {number}: {words.instruction(run, number, 400)}\n{bold(said)}"
    fallback = clip(f"{said} Step {number} of run {run.number}.", 1000)
    return message(fallback, [*shown, section(told)])


def _decided(closed: Event) -> str:
    who, at = mention(closed.actor), when(closed.at)
    match closed.kind:
        case EventKind.ANSWERED:
            choice, _, note = closed.detail.partition(": ")
            done = "Approved" if choice == Choice.APPROVE else "Denied"
            return f"{done} by {who} at {at}" + (f": {line(note, 600)}" if note else ".")
        case EventKind.EXPIRED:
            return "Nobody approved it in time, so it was not done and the run failed."
        case EventKind.ABORTED:
            return f"No approval is needed: {who} aborted the run at {at}."
        case _:
            return "No approval is needed: the run has ended."


def deny_modal(question_id: str, run: Run) -> dict[str, Any]:
    """Asks why a step is denied. Its state: block and action "reason"."""
    asked = run.question
    blocks: list[Block] = []
    if asked is not None and asked.id == question_id:
        told = words.instruction(run, asked.step, 1500)
        blocks.append(section(f"Step {asked.step} of run {run.number}:\n{told}"))
    blocks.append(text_input(REASON, "Why is it denied?"))
    return modal(
        View(
            type="modal",
            callback_id=DENY,
            private_metadata=question_id,
            title="Deny a step",
            submit="Deny",
            close="Go back",
            blocks=blocks,
        )
    )


def whole_modal(question_id: str, run: Run) -> dict[str, Any]:
    """The action in full."""
    asked = run.question
    blocks: list[Block] = [section("This isn't asked any more.")]
    if asked is not None and asked.id == question_id:
        tried = run.step(asked.step).attempts[asked.attempt - 1]
        head = section(bold(f"Step {asked.step} of run {run.number} would do exactly this"))
        whole = actions.whole_sections(
            tried.executor, tried.arguments, most=_WHOLE_MOST, does=_does(run, asked.step)
        )
        blocks = [head, *whole][:VIEW_BLOCKS]
    return modal(View(type="modal", title="The whole action", close="Close", blocks=blocks))
