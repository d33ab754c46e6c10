"""What people ask about runs, in words or by clicks: each a request, a verb, an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from slack_sdk.models.views import View

from runbot.domain.access import Actor
from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import ParameterType, check
from runbot.domain.progress import describe
from runbot.domain.run import Run, Trigger
from runbot.operations.answers import Needed
from runbot.operations.runs import Runs
from runbot.store.runs import RunLine
from runbot.surfaces.slack import about_runbooks, screens
from runbot.surfaces.slack.commands import Request, Word, entry_of
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.replies import reply
from runbot.surfaces.slack.views import launch, lists, text, timeline

HISTORY: Final = 41  # one more than a list shows, so that it can say that there are more
NAMED: Final = 5
_TRIGGERS: Final = {Way.COMMAND: Trigger.SLASH, Way.MESSAGE: Trigger.CHAT}
_CONTROLS: Final[Mapping[Word, Callable[[Runs, Actor, str], Awaitable[Run]]]] = {
    Word.PAUSE: Runs.pause,
    Word.RESUME: Runs.resume,
    Word.ABORT: Runs.abort,
}


async def run(visit: Visit, request: Request) -> None:
    """Start at once where every value is there, else ask for what is missing."""
    wanted = about_runbooks.reference(visit, request)
    desk, origin = visit.desk, visit.origin
    needed = await desk.runs.needs(visit.actor, wanted, request.values)
    _refuse_unknown(needed, request.values)
    if not needed.missing:
        await desk.directory.postable(origin.workspace, origin.channel)
        started = await desk.runs.start(
            visit.actor,
            needed.card.runbook.id,
            request.values,
            channel=origin.channel,
            trigger=_TRIGGERS.get(origin.way, Trigger.BUTTON),
            key=origin.key,
        )
        if origin.way is Way.COMMAND:
            await reply(visit, lists.notice(_started(started)))
        return
    if origin.trigger:
        await open_form(visit, needed.card.runbook.id, request.values, channel=origin.channel)
        return
    message = launch.fill_in_message(needed.card, needed.missing, request.values)
    await reply(visit, message)


async def open_form(visit: Visit, runbook: str, values: Mapping[str, str], *, channel: str) -> None:
    """The form that starts a run, with these values in it."""

    async def build() -> View:
        needed = await visit.desk.runs.needs(visit.actor, runbook, values)
        known = {
            p.default: await visit.desk.directory.channel_id(visit.actor.workspace, p.default[1:])
            for p in needed.parameters
            if p.type is ParameterType.CHANNEL and p.default and p.default.startswith("#")
        }
        channels = {name: found for name, found in known.items() if found}
        return launch.run_form(needed.card, values, channel=channel, channels=channels)

    await screens.opened(visit.context, visit.origin.trigger or "", "Run", build)


async def control(visit: Visit, request: Request) -> None:
    """Pause, resume or abort the run that was named, or the only one in this channel."""
    wanted = await which(visit, request)
    after = await _CONTROLS[request.word](visit.desk.runs, visit.actor, wanted)
    await reply(visit, lists.notice(f"Run {after.number} {describe(after)}."))


async def status(visit: Visit, request: Request) -> None:
    """The runs going on, or one of them step by step."""
    here = await _of_this_thread(visit)
    if not request.reference and here is None:
        await reply(visit, lists.status_message(await visit.desk.runs.going_on(visit.actor)))
        return
    wanted = here if here and not request.reference else await which(visit, request)
    found, events = await visit.desk.runs.timeline(visit.actor, wanted)
    await reply(visit, timeline.timeline_message(found, events))


async def history(visit: Visit, request: Request) -> None:
    """Past runs, of one runbook or of all."""
    wanted = request.reference or visit.here
    lines = await visit.desk.runs.history(visit.actor, wanted, limit=HISTORY)
    name = lines[0].name if wanted and lines else request.reference
    await reply(visit, lists.history_message(lines, name=name))


async def which(visit: Visit, request: Request) -> str:
    """The run that is meant: by number, id or runbook, by its thread, or the only one here."""
    said = request.reference
    if said.removeprefix("#").isdecimal() or said.startswith("run_"):
        return said
    if not said and (here := await _of_this_thread(visit)):
        return here
    going_on = await visit.desk.runs.going_on(visit.actor)
    if said:
        meant = [line for line in going_on if line.name == said.lower()]
        if not meant:
            return said
    else:
        meant = [line for line in going_on if line.channel == visit.origin.channel]
    if len(meant) == 1:
        return meant[0].id
    raise InvalidInput(_unclear(request.word, meant), do=_how(request.word, meant))


async def _of_this_thread(visit: Visit) -> str | None:
    origin = visit.origin
    if not origin.threaded or origin.thread is None:
        return None
    return await visit.desk.runs.in_thread(visit.actor, origin.channel, origin.thread)


def _unclear(word: Word, meant: list[RunLine]) -> str:
    if not meant:
        return "No run is going on in this channel."
    named = ", ".join(f"{line.number} ({line.name})" for line in meant[:NAMED])
    return f"Which run should I {word.value}? Going on are {named}."


def _how(word: Word, meant: list[RunLine]) -> str:
    if meant:
        return f"Say its number: /runbook {word.value} {meant[0].number}."
    return f"For one elsewhere say its number: /runbook {entry_of(word).example}."


def _refuse_unknown(needed: Needed, given: Mapping[str, str]) -> None:
    declared = {parameter.name for parameter in needed.parameters}
    if set(given) - declared:
        check(needed.parameters, given)


def _started(run: Run) -> str:
    return f"Run {run.number} of {text.bold(text.line(run.name, 100))} has started in this channel."
