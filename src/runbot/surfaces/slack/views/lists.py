"""Lists: runbooks, runs, words and tools, each as a message inside Slack's limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from runbot.domain.law import RunStatus
from runbot.domain.runbook import Runbook, RunbookStatus
from runbot.surfaces.slack.commands import Entry
from runbot.surfaces.slack.views import budget, text
from runbot.surfaces.slack.views.budget import Message
from runbot.surfaces.slack.views.shapes import Listed, Lock, RunLine, ToolLine

ROOM: Final = 11_000  # of a message's 13,000, so that the heading and the tail always fit
SHOWN: Final = 40
WAITING: Final = 10  # runs that are named beside a lock

# What can be run comes first; archived ones are listed only where they are asked for.
ORDER: Final = (RunbookStatus.PUBLISHED, RunbookStatus.DRAFT)

T = TypeVar("T")

_STATES: Final = {
    RunStatus.QUEUED: "Queued",
    RunStatus.RUNNING: "Running",
    RunStatus.PAUSED: "Paused",
    RunStatus.WAITING: "Waiting for an answer",
    RunStatus.COMPLETED: "Completed",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Aborted",
}


def runbooks_message(listed: Sequence[Listed], *, wanted: str = "") -> Message:
    """Every runbook: name, description, steps, status, last run and how it ended."""
    if not listed and wanted:
        return notice(
            f"No runbook matches “{text.line(wanted, 80)}”. `/runbook list` shows all of them."
        )
    if not listed:
        return notice(
            "There are no runbooks yet. Write one: `/runbook create`, or tell me in your own words."
        )
    narrower = f"/runbook list {wanted} WORD" if wanted else "/runbook list WORD"
    shown = f"`{text.line(narrower, 120)}` narrows it"
    return _list("*Runbooks*", listed, runbook_line, narrower=shown)


def runbook_line(listed: Listed) -> str:
    """One runbook on two or three lines."""
    runbook = listed.runbook
    parts = [
        text.bold(text.line(runbook.name, 100)),
        runbook_status(listed),
        text.counted(listed.steps, "step"),
    ]
    lines = [" · ".join(parts)]
    if listed.description:
        lines.append(text.line(listed.description, 150))
    lines.append(last_run(listed.last_run))
    return "\n".join(lines)


def runbook_status(listed: Listed) -> str:
    """Draft, Published or Archived, and whether a newer version waits to be published."""
    runbook = listed.runbook
    if runbook.status is RunbookStatus.PUBLISHED and runbook.published != runbook.latest:
        return f"Published v{runbook.published}, v{runbook.latest} is a draft"
    return runbook.status.value.capitalize()


def last_run(line: RunLine | None) -> str:
    """The last run and its outcome, as a sentence."""
    if line is None:
        return "Never run"
    return (
        f"Last run {line.number}: {run_state(line)}, {text.day_and_time(line.created_at)}"
        f" by {text.mention(line.started_by)}"
    )


def run_state(line: RunLine) -> str:
    """A run's state in words: "Running, step 3", "Completed in 1:12, 1 step failed"."""
    if line.pausing:
        return f"Pausing after step {line.step}" if line.step else "Pausing"
    said = _STATES[line.status]
    if line.ended_at is None:
        return f"{said}, step {line.step}" if line.step else said
    took = text.between(line.started_at, line.ended_at)
    if took:
        said += f" in {took}"
    if line.outcome and line.status is not RunStatus.CANCELLED:
        said += f", {text.line(line.outcome, 150)}"
    return said


def run_line(line: RunLine) -> str:
    """One run: number, runbook, state, duration, who started it, which agent executed it."""
    parts = [
        f"*Run {line.number}*",
        f"{text.line(line.name, 100)} v{line.version}",
        run_state(line),
        f"started by {text.mention(line.started_by)}",
        text.day_and_time(line.created_at),
    ]
    if line.agent:
        parts.append(f"agent {text.line(line.agent, 80)}")
    if line.channel:
        parts.append(text.channel(line.channel))
    return " · ".join(parts)


def history_message(lines: Sequence[RunLine], *, name: str = "") -> Message:
    """Past and present runs, newest first."""
    of = f" of {text.line(name, 100)}" if name else ""
    if not lines:
        return notice(f"There are no runs{of} yet.")
    narrower = "older ones are in Home" if name else "`/runbook history NAME` narrows it"
    return _list(f"*Runs{of}*, newest first", lines, run_line, narrower=narrower)


def history_modal(lines: Sequence[RunLine]) -> View:
    """The runs of a runbook as a modal."""
    shown = [run_line(line) for line in lines[:SHOWN]] or ["It has never been run."]
    return View(
        type="modal",
        title=PlainTextObject(text="History"),
        close=PlainTextObject(text="Close"),
        blocks=budget.sections(shown, joined_by="\n\n"),
    )


def status_message(lines: Sequence[RunLine], *, before: Sequence[str] = ()) -> Message:
    """The runs that are going on; `before` are lines that stand above them."""
    if not lines and not before:
        return notice("No run is going on.")
    above = budget.sections(before)
    if not lines:
        return budget.message(text.clip(before[0], 300), above)
    made = _list(
        "*Going on now*",
        lines,
        run_line,
        narrower="`/runbook status NAME` narrows it",
        room=ROOM - sum(text.weight(line) + 1 for line in before),
    )
    said = text.clip(before[0] if before else made.text, 300)
    return Message(said, [*budget.blocks_of(above), *made.blocks])


def locks_message(locks: Sequence[Lock]) -> Message:
    """Who holds which lock since when, and who waits for it, the first one first."""
    if not locks:
        return notice("No run holds a lock, and none waits for one.")
    heading = "*Locks*. Of the runs that need the same one, a single one is going on at a time."
    return _list(heading, locks, _lock_line, narrower="`/runbook status` has the runs")


def _lock_line(lock: Lock) -> str:
    what = f"{text.bold(text.line(lock.name, 100))}" + (
        " (one at a time)" if lock.of_runbook else ""
    )
    since = f" since {text.day_and_time(lock.since)}" if lock.since else ""
    if lock.holder:
        holder = f"held by {_short(lock.holder)}{since}"
    elif lock.since:
        holder = f"held by a run in a channel that you aren't in{since}"
    else:
        holder = "held by nobody yet"
    shown = [_short(line) for line in lock.waiting[:WAITING]]
    if (left := len(lock.waiting) - WAITING) > 0:
        shown.append(f"{left} more")
    waiting = f" · waiting: {', '.join(shown)}" if shown else ""
    return f"{what} · {holder}{waiting}"


def _short(line: RunLine) -> str:
    return f"run {line.number} ({text.line(line.name, 100)})"


def runs_of_message(runbook: Runbook, lines: Sequence[RunLine]) -> Message:
    """The runs of one runbook that are going on, or that it has never been run."""
    name = text.line(runbook.name, 100)
    if not lines:
        return notice(f"{text.bold(name)} has never been run.")
    heading = f"*Runs of {name} going on now*"
    return _list(heading, lines, run_line, narrower="`/runbook status NUMBER` shows one")


def help_message(entries: Sequence[Entry], *, before: str) -> Message:
    """What somebody may ask for, a line each. `before` stands before a word where they are."""
    if not entries:
        return notice("Only full members of this workspace can use Runbot. Ask one of them.")
    heading = (
        "*Runbot writes, reviews and runs runbooks with you.* The same words work after "
        "`/runbook`, when you mention me, in a direct message and in threads."
    )
    often = [entry for entry in entries if not entry.rare]
    lines = [f"• `{text.escape(before + entry.usage)}`  {entry.says}" for entry in often]
    if rare := [f"`{text.escape(before + entry.usage)}`" for entry in entries if entry.rare]:
        lines.append(f"• And {', '.join(rare)}")
    more = f"`{before}help run` tells more about one of them."
    blocks = [budget.section(heading), *budget.sections([*lines, more])]
    return budget.message(text.clip(heading, 300), blocks)


def word_said(entry: Entry, *, before: str) -> str:
    """One word explained."""
    also = f"\nAlso: {', '.join(entry.also)}." if entry.also else ""
    return (
        f"`{text.escape(before + entry.usage)}`\n{entry.says}\n"
        f"For example: `{text.escape(before + entry.example)}`{also}"
    )


def tools_message(tools: Sequence[ToolLine]) -> Message:
    """What steps can be done with."""
    heading = "*Tools.* Name one in a step, and the step is done by it; else a person does it."
    lines = [
        f"• `{text.line(tool.name, 80)}` ({tool.risk})  {text.line(tool.description, 300)}"
        for tool in tools
    ]
    return _message(heading, lines, len(lines), "`/runbook help` has the words")


def notice(said: str) -> Message:
    """A few sentences of Runbot's own as a message; anything from outside is escaped before."""
    return budget.message(text.clip(said, 2900), [budget.section(text.clip(said, 2900))])


def _list(
    heading: str,
    items: Sequence[T],
    shown: Callable[[T], str],
    *,
    narrower: str,
    room: int = ROOM,
) -> Message:
    lines = [shown(item) for item in items[:SHOWN]]
    return _message(heading, lines, len(items), narrower, room)


def _message(
    heading: str, lines: Sequence[str], total: int, narrower: str, room: int = ROOM
) -> Message:
    """A message with as many lines as fit, and how many of `total` are left out."""
    fitting: list[str] = []
    for line in lines:
        room -= text.weight(line) + 2
        if room < 0:
            break
        fitting.append(line)
    if left := total - len(fitting):
        fitting.append(f"… and {left} more: {narrower}.")
    blocks = [budget.section(heading), *budget.sections(fitting, joined_by="\n\n")]
    return budget.message(text.clip(heading, 300), blocks)
