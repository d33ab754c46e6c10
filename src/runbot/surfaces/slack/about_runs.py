"""What people ask about runs, in words or by clicks: each a request, a verb, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from slack_sdk.models.views import View

from runbot.domain.access import Actor, ActorKind
from runbot.domain.errors import InvalidInput, NotFound, Refused, RunbotError
from runbot.domain.law import Choice, RunStatus
from runbot.domain.parameters import ParameterType
from runbot.domain.run import Event, EventKind, Run, Trigger
from runbot.domain.runbook import Runbook
from runbot.operations.runs import Runs
from runbot.store.asked import Asked
from runbot.store.runs import RunLine
from runbot.surfaces.slack import about_runbooks, given, screens
from runbot.surfaces.slack.commands import Request, Word, entry_of
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.replies import reply
from runbot.surfaces.slack.sending import Place
from runbot.surfaces.slack.views import (
    foresight,
    launch,
    lists,
    questions,
    text,
    timeline,
    waiting,
    words,
)

HISTORY: Final = 41  # one more than a list shows, so that it can say that there are more
NAMED: Final = 5
_TRIGGERS: Final = {Way.COMMAND: Trigger.SLASH, Way.MESSAGE: Trigger.CHAT}
Move: TypeAlias = Callable[[Runs, Actor, str], Awaitable[Run]]
_CONTROLS: Final[Mapping[Word, Move]] = {
    Word.PAUSE: Runs.pause,
    Word.RESUME: Runs.resume,
    Word.ABORT: Runs.abort,
}
# By how a run stands, what a person may have done to bring it there.
_DECIDED: Final[Mapping[RunStatus, tuple[EventKind, ...]]] = {
    RunStatus.PAUSED: (EventKind.PAUSED,),
    RunStatus.RUNNING: (EventKind.RESUMED, EventKind.PAUSE_WITHDRAWN),
    RunStatus.WAITING: (EventKind.RESUMED, EventKind.PAUSE_WITHDRAWN),
    RunStatus.CANCELLED: (EventKind.ABORTED,),
}
_FIRST: Final[Mapping[EventKind, str]] = {
    EventKind.PAUSED: "paused",
    EventKind.RESUMED: "resumed",
    EventKind.PAUSE_WITHDRAWN: "took the pause back",
    EventKind.ABORTED: "aborted",
}


async def run(visit: Visit, request: Request) -> None:
    """Start at once where every value is there, else ask for what is missing."""
    wanted = about_runbooks.reference(visit, request)
    if request.preview:
        await _previewed(visit, wanted, request.values)
        return
    desk, origin = visit.desk, visit.origin
    needed = await desk.runs.needs(visit.actor, wanted, request.values)
    values = await given.understood(visit, needed.parameters, request.values)
    if not needed.missing:
        await desk.directory.postable(origin.workspace, origin.channel)
        started = await desk.runs.start(
            visit.actor,
            needed.card.runbook.id,
            values,
            channel=origin.channel,
            trigger=_TRIGGERS.get(origin.way, Trigger.BUTTON),
            key=origin.key,
        )
        if origin.way is Way.COMMAND:
            said = f"Run {started.number} of {text.bold(text.line(started.name, 100))} has started"
            await reply(visit, lists.notice(f"{said} in {_place(visit)}."))
        return
    if origin.trigger:
        await open_form(visit, needed.card.runbook.id, values, channel=origin.channel)
        return
    message = launch.fill_in_message(needed.card, needed.missing, values)
    await reply(visit, message)


async def _previewed(visit: Visit, wanted: str, typed: Mapping[str, str]) -> None:
    """The run as it would be, to whoever asks: nothing is started, opened or stored."""
    runs = visit.desk.runs
    needed = await runs.needs(visit.actor, wanted, typed)
    values = await given.people(visit, needed.parameters, typed)
    found = await runs.preview_run(
        visit.actor, needed.card.runbook.id, values, channel=visit.origin.channel
    )
    await reply(visit, foresight.preview_message(found))


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
    after = await decide(visit, _CONTROLS[request.word], await which(visit, request))
    await reply(visit, lists.notice(words.decided(after)))


async def decide(visit: Visit, move: Move, wanted: str) -> Run:
    """Pause, resume or abort. Who comes too late is told who was first."""
    runs = visit.desk.runs
    try:
        return await move(runs, visit.actor, wanted)
    except Refused as late:
        run, events = await runs.timeline(visit.actor, wanted)
        kinds = _DECIDED.get(run.status, ())
        first = next((event for event in reversed(events) if event.kind in kinds), None)
        raise told_first(late, first) from late


async def answer(
    visit: Visit,
    question_id: str,
    choice: Choice,
    *,
    note: str = "",
    evidence: tuple[str, ...] = (),
) -> Run:
    """Answer a run's question. Who comes too late is told who was first."""
    runs = visit.desk.runs
    try:
        return await runs.answer(visit.actor, question_id, choice, note=note, evidence=evidence)
    except Refused as late:
        run = await runs.asked(visit.actor, question_id)
        try:
            _, events = await runs.timeline(visit.actor, run.id)
        except NotFound:
            raise late from None  # asked from outside of the run's closed channel
        raise told_first(late, questions.first_answer(run, events, question_id)) from late


def told_first(late: Refused, first: Event | None) -> Refused:
    """The refusal with who was first, where a person was and it doesn't say so."""
    if first is None or first.actor.kind is not ActorKind.PERSON:
        return late
    if first.actor.mention in late.sentence:
        return late
    done = _FIRST.get(first.kind) or words.answered_words(first.detail.partition(": ")[0])
    return Refused(late.what, means=f"{first.actor.mention} was first: {done}.", do=late.do)


async def status(visit: Visit, request: Request) -> None:
    """The runs going on, those of one runbook, or one of them step by step."""
    runs = visit.desk.runs
    wanted = request.reference or await of_this_thread(visit)
    if not wanted:
        mine = await runs.waiting_for(visit.actor)
        shown = await links(visit, mine)
        going_on = await runs.going_on(visit.actor)
        await reply(visit, waiting.status_message(mine, shown, going_on))
        return
    if not names_run(wanted):
        runbook = await visit.desk.runbooks.find(visit.actor, wanted)
        lines = await _of_runbook(visit, runbook) or await runs.history(
            visit.actor, runbook.id, limit=1
        )
        if len(lines) != 1:
            await reply(visit, lists.runs_of_message(runbook, lines))
            return
        wanted = lines[0].id
    found, events = await runs.timeline(visit.actor, wanted)
    await reply(visit, timeline.timeline_message(found, events))


async def links(visit: Visit, asked: Sequence[Asked]) -> dict[str, str]:
    """Where the runs' messages stand that ask the first few of these, by the questions' ids."""
    sender, workspace = visit.desk.sender, visit.origin.workspace

    async def address(one: Asked) -> tuple[str, str]:
        if one.channel is None or one.ts is None:
            return one.id, ""
        try:
            return one.id, await sender.permalink(workspace, Place(one.channel, one.ts))
        except RunbotError:
            return one.id, ""  # deleted, or Slack has trouble: the line says the same without

    found = await asyncio.gather(*(address(one) for one in asked[: waiting.SHOWN]))
    return {question: link for question, link in found if link}


async def history(visit: Visit, request: Request) -> None:
    """Past runs, of one runbook or of all."""
    wanted = request.reference or visit.here
    lines = await visit.desk.runs.history(visit.actor, wanted, limit=HISTORY)
    name = lines[0].name if wanted and lines else request.reference
    await reply(visit, lists.history_message(lines, name=name))


async def locks(visit: Visit, _: Request) -> None:
    """Who holds what, and who waits for it."""
    await reply(visit, lists.locks_message(await visit.desk.runs.locks(visit.actor)))


async def which(visit: Visit, request: Request) -> str:
    """The run that is meant: by number, id or runbook, by its thread, or the only one here."""
    said = request.reference
    if said and names_run(said):
        return said
    if not said and (here := await of_this_thread(visit)):
        return here
    where = f"in {_place(visit)}"
    if said:
        runbook = await visit.desk.runbooks.find(visit.actor, said)
        meant, where = await _of_runbook(visit, runbook), f"of {runbook.name}"
    else:
        going_on = await visit.desk.runs.going_on(visit.actor)
        meant = [line for line in going_on if line.channel == visit.origin.channel]
    if len(meant) == 1:
        return meant[0].id
    raise InvalidInput(_unclear(request.word, meant, where), do=_how(request.word, meant))


def names_run(said: str) -> bool:
    """Whether these words name a run itself, by its number or its id."""
    return said.removeprefix("#").isdecimal() or said.startswith("run_")


async def _of_runbook(visit: Visit, runbook: Runbook) -> list[RunLine]:
    going_on = await visit.desk.runs.going_on(visit.actor, parts=True)
    return [line for line in going_on if line.runbook_id == runbook.id]


def _place(visit: Visit) -> str:
    return "this direct message" if visit.origin.channel.startswith("D") else "this channel"


async def of_this_thread(visit: Visit) -> str | None:
    """The id of the run whose thread they are in, if any."""
    origin = visit.origin
    if not origin.threaded or origin.thread is None:
        return None
    return await visit.desk.runs.in_thread(visit.actor, origin.channel, origin.thread)


def _unclear(word: Word, meant: list[RunLine], where: str) -> str:
    if not meant:
        return f"No run is going on {where}."
    named = ", ".join(f"{line.number} ({line.name})" for line in meant[:NAMED])
    return f"Which run should I {word.value}? Going on are {named}."


def _how(word: Word, meant: list[RunLine]) -> str:
    if meant:
        return f"Say its number: /runbook {word.value} {meant[0].number}."
    return f"For one elsewhere say its number: /runbook {entry_of(word).example}."
