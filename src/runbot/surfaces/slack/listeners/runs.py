"""The buttons of a run's message, of its questions, and of Home's lines about runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from runbot.domain.law import Choice
from runbot.domain.run import Run
from runbot.operations.exporting.formats import Format
from runbot.operations.runs import Runs
from runbot.surfaces.slack import about_runs, exports, payloads, recovering, screens
from runbot.surfaces.slack.boundary import guarded
from runbot.surfaces.slack.desk import visit, workspace_of
from runbot.surfaces.slack.listeners.home import refreshed
from runbot.surfaces.slack.payloads import Click
from runbot.surfaces.slack.views import (
    approvals,
    changing,
    launch,
    manual,
    questions,
    timeline,
)
from runbot.surfaces.slack.views import run as run_view

_ANSWERS: Final[Mapping[str, Choice]] = MappingProxyType(
    {f"question.{choice}": choice for choice in Choice if choice not in {Choice.SKIP, Choice.DENY}}
)


def register(app: AsyncApp) -> None:
    """One listener per button; the answers that need no words share one."""
    app.action("run.pause")(pause)
    app.action("run.resume")(resume)
    app.action("run.abort")(abort)
    app.action("run.again")(again)
    app.action("run.timeline")(show_timeline)
    app.action("run.export")(export)
    app.action(launch.FILL_IN)(fill_in)
    app.action(launch.PREVIEW)(preview)
    app.action(run_view.CONTINUE)(continue_)
    app.action(questions.CHANGE)(change)
    app.action("question.skip")(skip)
    app.action("question.note")(note)
    app.action(approvals.DENY)(deny)
    app.action(approvals.WHOLE)(whole)
    app.action(manual.HAND_OVER)(hand_over)
    for action in _ANSWERS:
        app.action(action)(answer)


@guarded
async def pause(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Ask for a pause at the next boundary. The run's message shows it."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    await about_runs.decide(guest, Runs.pause, click.value)
    await refreshed(guest, click)


@guarded
async def resume(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Let it go on, or take back a pause that hasn't taken effect."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    await about_runs.decide(guest, Runs.resume, click.value)
    await refreshed(guest, click)


@guarded
async def abort(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """End it at once."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    await about_runs.decide(guest, Runs.abort, click.value)
    await refreshed(guest, click)


@guarded
async def again(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the form with the values of last time; a second click starts no second run."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    run = await guest.desk.runs.find(guest.actor, click.value)
    await about_runs.open_form(guest, run.runbook_id, run.values, channel=run.channel)


@guarded
async def continue_(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Go on from where the run ended, in a new one; a second click is told its number."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    await recovering.going_on(guest, click.value)


@guarded
async def change(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the form with the arguments of the try that failed."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)

    async def build() -> dict[str, Any]:
        found = await guest.desk.recovery.changeable(guest.actor, click.value)
        return changing.change_modal(click.value, found.run, found.arguments, found.takes)

    await screens.opened(context, click.trigger, "Change and retry", build)


@guarded
async def show_timeline(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the run's timeline."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)

    async def build() -> dict[str, Any]:
        return timeline.timeline_modal(*await guest.desk.runs.timeline(guest.actor, click.value))

    await screens.opened(context, click.trigger, "Timeline", build)


@guarded
async def export(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Put the run's record into its thread, as a page to read."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    made = await guest.desk.exports.export(guest.actor, click.value, Format.MARKDOWN)
    await exports.put(guest, made)


@guarded
async def preview(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Show in the form what the run would do with the values as they are typed now."""
    await ack()
    sent = payloads.submission(body, workspace_of(context))
    guest = await visit(context, sent.origin)
    runbook = sent.private["runbook"]
    kept = sent.private.get("channel", "")
    values = launch.given(sent.values)
    found = await guest.desk.runs.preview_run(
        guest.actor, runbook, values, channel=sent.values.get(launch.CHANNEL) or kept
    )
    before = payloads.whole(sent.private["version"])
    notice = ""
    if found.card.version.number != before:
        shown = await guest.desk.runbooks.card_of(found.card.runbook, before)
        notice = launch.superseded(shown, found.card)
    again = launch.run_form(
        found.card, values, channel=kept, channels={}, notice=notice, preview=found
    )
    await screens.shown(context, sent.view, again)


@guarded
async def fill_in(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Open the form for a run that was asked for in words."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    wanted = payloads.kept(click.value)
    guest = await visit(context, click.origin)
    values = payloads.kept(wanted["values"])
    await about_runs.open_form(guest, wanted["runbook"], values, channel=click.origin.channel)


@guarded
async def answer(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Take an answer that needs no words."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    guest = await visit(context, click.origin)
    await about_runs.answer(guest, click.value, _ANSWERS[click.action])


@guarded
async def skip(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Ask why the step is skipped."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    await _ask(context, click, questions.skip_modal)


@guarded
async def note(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Ask for an answer with a note."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    await _ask(context, click, questions.note_modal)


@guarded
async def deny(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Ask why the step is denied."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    await _ask(context, click, approvals.deny_modal)


@guarded
async def whole(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Show the action that an approval is about, all of it."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    await _ask(context, click, approvals.whole_modal)


@guarded
async def hand_over(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Ask who is to do the step now."""
    await ack()
    click = payloads.click(body, workspace_of(context))
    await _ask(context, click, manual.hand_over_modal)


async def _ask(
    context: AsyncBoltContext, click: Click, form: Callable[[str, Run], dict[str, Any]]
) -> None:
    guest = await visit(context, click.origin)

    async def build() -> dict[str, Any]:
        run = await guest.desk.runs.asked(guest.actor, click.value)
        return form(click.value, run)

    await screens.opened(context, click.trigger, "Your answer", build)
