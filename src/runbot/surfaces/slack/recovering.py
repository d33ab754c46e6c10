"""What people do after a failure: change and retry, continue, run the same again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from runbot.domain.errors import InvalidInput, Refused
from runbot.domain.law import RunMove, may
from runbot.domain.run import Run, Trigger
from runbot.operations.runs import Runs
from runbot.surfaces.slack import about_runs, given
from runbot.surfaces.slack.commands import Request
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.replies import reply
from runbot.surfaces.slack.views import changing, launch, lists, questions, text, words

_TRIGGERS: Final = {Way.COMMAND: Trigger.SLASH, Way.MESSAGE: Trigger.CHAT}


async def continue_(visit: Visit, request: Request) -> None:
    """Go on from where a run ended. What is merely paused is resumed: it is meant so, too."""
    wanted = await about_runs.which(visit, request)
    run = await visit.desk.runs.find(visit.actor, wanted)
    if not run.ended and (may(run.status, RunMove.RESUME) or run.pause_requested_by):
        after = await about_runs.decide(visit, Runs.resume, run.id)
        await reply(visit, lists.notice(words.decided(after)))
        return
    started = await going_on(visit, run.id)
    said = f"{text.bold(f'Run {started.number}')} continues run {run.number}"
    step = started.current.number if started.current else 1
    await reply(visit, lists.notice(f"{said} from step {step}."))


async def going_on(visit: Visit, wanted: str) -> Run:
    """The run that continues one that has ended."""
    trigger = _TRIGGERS.get(visit.origin.way, Trigger.BUTTON)
    return await visit.desk.recovery.continue_run(visit.actor, wanted, trigger)


async def again(visit: Visit, request: Request) -> None:
    """Run the same runbook with the values of an earlier run, but for those that are given."""
    if not request.reference and not visit.origin.threaded:
        raise InvalidInput(
            "Which run should be done again?", do="Say its number, for example: again 1042."
        )
    desk, origin = visit.desk, visit.origin
    old = await desk.runs.find(visit.actor, await about_runs.which(visit, request))
    needed = await desk.runs.needs(visit.actor, old.runbook_id, request.values)
    changed = await given.understood(visit, needed.parameters, request.values)
    values = same_values(old, tuple(p.name for p in needed.parameters), changed)
    needed = await desk.runs.needs(visit.actor, old.runbook_id, values)
    if needed.missing:
        if origin.trigger:
            await about_runs.open_form(visit, old.runbook_id, values, channel=origin.channel)
        else:
            message = launch.fill_in_message(needed.card, needed.missing, values)
            await reply(visit, message)
        return
    await desk.directory.postable(origin.workspace, origin.channel)
    started = await desk.runs.start(
        visit.actor,
        old.runbook_id,
        values,
        channel=origin.channel,
        trigger=_TRIGGERS.get(origin.way, Trigger.BUTTON),
        key=origin.key,
    )
    if origin.way is Way.COMMAND:
        name = text.bold(text.line(started.name, 100))
        said = f"Run {started.number} of {name} has started, with the values of run {old.number}"
        await reply(visit, lists.notice(f"{said}."))


def same_values(old: Run, declared: tuple[str, ...], changed: Mapping[str, str]) -> dict[str, str]:
    """A run's values that the runbook still takes, with those that are given in their place."""
    return {**{n: v for n, v in old.values.items() if n in declared and v}, **changed}


async def change_and_retry(visit: Visit, question_id: str, values: Mapping[str, str]) -> Run:
    """Try a failed step again with the arguments of the form. Who comes too late is told so."""
    recovery = visit.desk.recovery
    try:
        found = await recovery.changeable(visit.actor, question_id)
        arguments = changing.changed(found.run, found.arguments, found.takes, values)
        return await recovery.change_and_retry(visit.actor, question_id, arguments)
    except Refused as late:
        run = await visit.desk.runs.asked(visit.actor, question_id)
        _, events = await visit.desk.runs.timeline(visit.actor, run.id)
        first = questions.first_answer(run, events, question_id)
        raise about_runs.told_first(late, first) from late
