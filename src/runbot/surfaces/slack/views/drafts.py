"""A runbook's card: what it is, how each step will be done, and what is still to be answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ContextBlock,
    DividerBlock,
    InteractiveElement,
    MarkdownTextObject,
    PlainTextObject,
)
from slack_sdk.models.views import View

from runbot.agent.rules.conducting import phrases
from runbot.agent.rules.settings import setting_words
from runbot.domain.access import Verb
from runbot.domain.lint import Finding
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import (
    AnswerKind,
    Content,
    ManualPlan,
    OpenQuestion,
    Plan,
    Runbook,
    RunbookStatus,
    Step,
)
from runbot.surfaces.slack.views import budget, controls, text
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.controls import button
from runbot.surfaces.slack.views.principals import demand_line
from runbot.surfaces.slack.views.shapes import Card, StepPreview

PUBLISH: Final = "draft.publish"
EDIT: Final = "draft.edit"
RUN: Final = "draft.run"
DISCARD: Final = "draft.discard"
SHOW_ALL: Final = "draft.show_all"

STEPS_ROOM: Final = 6500  # of a message's 13,000, so that everything else always fits
CLEANUP_ROOM: Final = 1500
ALL_CLEANUP_ROOM: Final = 9000
CLEANUP_CLIP: Final = 200
QUESTIONS_SHOWN: Final = 10
FINDINGS_SHOWN: Final = 3
_ALL: Final = frozenset(Verb)
HEAD_SHARE: Final = 0.65  # of a folded card's steps, how many are the first ones
# How much of an instruction is shown, the most generous that fits first.
_CLIPS: Final = (2000, 600, 250, 120)
_ALL_CLIPS: Final = (2000, 1200, 500)

_EXAMPLES: Final = {
    AnswerKind.EMAIL: "oncall@example.com",
    AnswerKind.URL: "https://app.example.com",
    AnswerKind.CHANNEL: "#incidents",
    AnswerKind.SOURCE: "https://logs.example.com/db.txt",
    AnswerKind.TEXT: "your words",
    AnswerKind.DURATION: "10 minutes",
}
RISKS: Final = {
    "read": "only reads",
    "write": "changes something",
    "destructive": "can destroy something",
    "person": "a person does it",
    "unknown": "nobody knows what it changes",
}


def draft_card(card: Card, *, verbs: Collection[Verb] = _ALL) -> Message:
    """The card as a message, inside Slack's limits for 1 to 100 steps.

    `verbs` are what its only reader may do; a card that all see has every button.
    """
    runbook, content = card.runbook, card.version.content
    lines, folded = _steps(card)
    blocks: list[Block] = [budget.section(_headline(card)), _context(card)]
    if (description := text.plain(content.description, 600)).strip():
        blocks.append(budget.section(description))
    if content.parameters:
        blocks.append(budget.section(_parameters(content.parameters)))
    if ways := conduct_line(content):
        blocks.append(budget.section(ways))
    blocks.append(DividerBlock())
    blocks += budget.sections(lines)
    if content.cleanup:
        blocks += budget.sections(cleanup_lines(card, room=CLEANUP_ROOM))
    if general := [f for f in card.findings if f.step is None]:
        blocks += budget.sections([_finding(f) for f in general[:FINDINGS_SHOWN]])
    if content.open_questions:
        blocks.append(budget.section(_questions(content.open_questions)))
    if buttons := _buttons(card, verbs, folded=folded):
        blocks.append(ActionsBlock(block_id="draft.controls", elements=buttons))
    fallback = f"{runbook.name}: {_state(runbook, card.version.number)}, " + text.counted(
        len(content.steps), "step"
    )
    return budget.message(text.line(fallback, 300), blocks)


def whole_card(card: Card) -> View:
    """Every step of a card that was folded, as a modal."""
    for clip in _ALL_CLIPS:
        lines = [_step_line(card, number, clip) for number in _numbers(card)]
        blocks = budget.sections([*lines, *cleanup_lines(card, room=ALL_CLEANUP_ROOM)])
        if len(blocks) < budget.VIEW_BLOCKS:
            break
    else:
        raise budget.OverBudgetError("The steps don't fit a modal.")
    return View(
        type="modal",
        title=PlainTextObject(text="All steps"),
        close=PlainTextObject(text="Close"),
        blocks=[budget.section(_headline(card)), *blocks],
    )


def answered_message(said: Sequence[str], unclear: str | None, card: Card) -> Message:
    """What an answer in the thread changed, and what is still to be asked."""
    lines = [text.written(sentence, 600) for sentence in said]
    if unclear:
        lines.append(text.written(unclear, 600))
    left = card.version.content.open_questions
    if said and not left and not card.blockers:
        lines.append("Nothing is open any more: it can be published.")
    elif said and left:
        lines.append("Still open: " + " ".join(text.written(q.text, 300) for _, q in left[:3]))
    shown = "\n".join(lines) or "Nothing was changed."
    return budget.message(text.clip(shown, 300), [budget.section(text.clip(shown, 2900))])


def settled_message(said: Sequence[str], card: Card) -> Message:
    """What a reply in the thread set, and in which version it is."""
    lines = [text.settings(sentence) for sentence in said]
    if card.runbook.published not in {None, card.version.number}:
        lines.append(f"That is version {card.version.number}: publish it, and runs take it.")
    shown = text.clip("\n".join(lines), 2900)
    return budget.message(text.clip(shown, 300), [budget.section(shown)])


def changed_message(what: str) -> Message:
    """A line for the card's thread: what somebody did with the runbook."""
    return budget.message(what, [budget.section(what)])


def answer_example(questions: Sequence[tuple[int, OpenQuestion]]) -> str:
    """How to answer the first open question: "1: oncall@example.com"."""
    number, question = questions[0]
    return f"{number}: {_EXAMPLES[question.kind]}"


def _headline(card: Card) -> str:
    state = _state(card.runbook, card.version.number)
    return f"{text.bold(text.line(card.runbook.name, 100))}  v{card.version.number} · *{state}*"


def _state(runbook: Runbook, version: int) -> str:
    if runbook.status is RunbookStatus.ARCHIVED:
        return "Archived"
    if runbook.published is None:
        return "Draft"
    if runbook.published == version:
        return "Published"
    return f"Draft, v{runbook.published} is published"


def _context(card: Card) -> ContextBlock:
    version = card.version
    said = " · ".join(
        (
            f"`{card.runbook.id}`",
            text.counted(len(version.content.steps), "step"),
            f"by {text.mention(version.created_by)}",
            f"planned by {text.line(version.agent, 80)}",
            text.day_and_time(version.created_at),
        )
    )
    return ContextBlock(elements=[MarkdownTextObject(text=said)])


def _parameters(parameters: Sequence[Parameter]) -> str:
    lines = ["*Parameters*"]
    for parameter in parameters:
        kind = parameter.type.value
        if parameter.type is ParameterType.CHOICE:
            kind += ": " + ", ".join(parameter.choices)
        needed = "required" if parameter.required else "optional"
        if parameter.default:
            needed = f"{text.line(parameter.default, 60)} by default"
        line = f"`{text.line(parameter.name, 70)}` {text.line(kind, 80)}, {needed}"
        if parameter.description:
            line += f" — {text.line(parameter.description, 60)}"
        lines.append(line)
    return text.clip("\n".join(lines), 2000)


def _numbers(card: Card) -> range:
    return range(1, len(card.version.content.steps) + 1)


def _steps(card: Card) -> tuple[list[str], bool]:
    """The steps' lines, and whether some are folded or cut."""
    longest = max((len(step.instruction) for step in card.version.content.steps), default=0)
    lines: list[str] = []
    for clip in _CLIPS:
        lines = [_step_line(card, number, clip) for number in _numbers(card)]
        if sum(text.weight(line) + 1 for line in lines) <= STEPS_ROOM:
            return lines, longest > clip
    return _folded(lines), True


def _folded(lines: list[str]) -> list[str]:
    """The first and the last lines that fit, with a line for what lies between."""
    room = STEPS_ROOM - 100
    head = _fitting(lines, int(room * HEAD_SHARE))
    tail = _fitting(lines[::-1], room - int(room * HEAD_SHARE))
    first, last = len(head) + 1, len(lines) - len(tail)
    return [*head, f"_… steps {first} to {last}: see Show all_", *reversed(tail)]


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    taken: list[str] = []
    for line in lines:
        room -= text.weight(line) + 1
        if room < 0:
            break
        taken.append(line)
    return taken


def _step_line(card: Card, number: int, clip: int) -> str:
    step = card.version.content.steps[number - 1]
    preview = next((p for p in card.previews if p.number == number), None)
    lines = [f"*{number}*  {text.written(step.instruction, clip)}"]
    if preview:
        lines.append("      " + preview_line(preview, step.plan))
    if said := setting_words(step):
        lines.append("      " + settings_line(said))
    if preview and (more := unsaid(preview, step)):
        lines.append("      " + more)
    found = [f for f in card.findings if f.step == number]
    lines += ["      " + _finding(f) for f in found[:FINDINGS_SHOWN]]
    if len(found) > FINDINGS_SHOWN:
        lines.append(f"      and {text.counted(len(found) - FINDINGS_SHOWN, 'more finding')}")
    return "\n".join(lines)


def settings_line(said: str) -> str:
    """What is set for a step or a runbook, in the words that set it."""
    return f"⚙ {text.settings(said)}"


def conduct_line(content: Content) -> str:
    """What is set for a runbook as a whole; "" where nothing is."""
    said = phrases(content.conduct)
    return settings_line(" · ".join(said)) if said else ""


def cleanup_lines(card: Card, *, room: int) -> list[str]:
    """The steps of the run that cleans up, as many as fit."""
    if not (steps := card.version.content.cleanup):
        return []
    lines = ["*Clean-up, after a run that failed or was aborted*"]
    for step, preview in zip(steps, card.cleanup, strict=False):
        said = [f"*{preview.number}*  {text.written(step.instruction, CLEANUP_CLIP)}"]
        said.append("      " + preview_line(preview, step.plan))
        if chosen := setting_words(step):
            said.append("      " + settings_line(chosen))
        lines.append("\n".join(said))
    shown = _fitting(lines, room)
    if len(shown) < len(lines):
        shown.append(f"_… and {text.counted(len(lines) - len(shown), 'more clean-up step')}_")
    return shown


def assigned(plan: Plan) -> tuple[str, ...]:
    """Who does the step, and so may be named in its line: one person or nobody."""
    assignee = plan.assignee if isinstance(plan, ManualPlan) else None
    return (assignee,) if assignee else ()


def preview_line(preview: StepPreview, plan: Plan) -> str:
    """A step's plan in words: "send_email → oncall@example.com · changes something"."""
    parts = [text.line(preview.action, 200, people=assigned(plan))]
    if preview.risk != "person" and preview.risk in RISKS:
        parts.append(RISKS[preview.risk])
    line = "↳ " + " · ".join(parts)
    return f"{line} — {text.line(preview.why, 150)}" if preview.why else line


def unsaid(preview: StepPreview, step: Step) -> str:
    """The approval that the step needs, where its own settings don't say it already."""
    demand = preview.demand
    return demand_line(demand) if demand and demand.approval != step.approval else ""


def _finding(finding: Finding) -> str:
    mark = "⛔ Error" if finding.severity == "error" else "⚠️ Hint"
    return f"{mark}: {text.line(f'{finding.sentence} {finding.fix}', 300)}"


def _questions(questions: Sequence[tuple[int, OpenQuestion]]) -> str:
    lines = ["*Before it can be published*"]
    lines += [f"• {text.written(q.text, 180)}" for _, q in questions[:QUESTIONS_SHOWN]]
    if (more := len(questions) - QUESTIONS_SHOWN) > 0:
        lines.append(f"• and {text.counted(more, 'more question')}")
    lines.append(f"Reply in this thread, for example: `{answer_example(questions)}`")
    return text.clip("\n".join(lines), 2500)


def _buttons(card: Card, verbs: Collection[Verb], *, folded: bool) -> list[InteractiveElement]:
    runbook = card.runbook
    value = controls.shown(card)
    elements: list[InteractiveElement] = []
    writes = Verb.AUTHOR in verbs
    published = runbook.status is RunbookStatus.PUBLISHED
    if writes and (not published or runbook.published != card.version.number):
        ready = not card.blockers
        elements.append(button("Publish", PUBLISH, value, style="primary" if ready else None))
    if published and Verb.RUN in verbs:
        current = runbook.published == card.version.number
        elements.append(button("Run", RUN, value, style="primary" if current else None))
    if writes:
        elements.append(button("Edit", EDIT, value))
    if folded:
        elements.append(button("Show all", SHOW_ALL, value))
    if writes and runbook.status is RunbookStatus.DRAFT:
        confirm = controls.confirm(
            "Discard this draft?",
            "It is archived: kept and readable, and not runnable.",
            "Discard",
            "Keep it",
        )
        elements.append(button("Discard", DISCARD, value, confirm=confirm))
    return elements
