"""A run's record as a file: into the run's thread, and where that can't be, to whoever asked."""

from __future__ import annotations

from typing import Final

from runbot.domain.errors import InvalidInput
from runbot.operations.exporting.exports import Export
from runbot.operations.exporting.formats import Format
from runbot.surfaces.slack import about_runs
from runbot.surfaces.slack.commands import Request, entry_of
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.refusals import NOWHERE, Declined
from runbot.surfaces.slack.replies import reply
from runbot.surfaces.slack.sending import Place
from runbot.surfaces.slack.views import lists, text

_UNSAID: Final = Format.MARKDOWN


async def asked(visit: Visit, request: Request) -> None:
    """Export the run that was named, that of this thread, or a runbook's latest."""
    form = Format(request.text) if request.text else _UNSAID
    made = await visit.desk.exports.export(visit.actor, await _which(visit, request), form)
    place = await put(visit, made)
    here = (visit.origin.channel, visit.origin.thread)
    if visit.origin.way is Way.MESSAGE and here == (place.channel, place.ts):
        return  # they see the file where they asked for it
    where = "in its thread" if _in_thread(made, place) else "in your direct messages with Runbot"
    link = text.link(await visit.desk.sender.permalink(visit.origin.workspace, place), where)
    await reply(visit, lists.notice(f"The record of run {made.run.number} is {link}."))


async def put(visit: Visit, made: Export) -> Place:
    """Upload the file; give back the message whose thread it stands in."""
    sender, workspace = visit.desk.sender, visit.origin.workspace
    comment = (
        f"The record of run {made.run.number} ({text.line(made.run.name, 100)}), "
        f"exported by {visit.actor.mention}."
    )
    if made.place is not None:
        place = Place(*made.place)
        try:
            await sender.upload(workspace, place, made.name, made.content, comment=comment)
        except Declined as no:
            if no.error not in NOWHERE:
                raise
        else:
            return place
    # A message to a person opens their conversation with Runbot.
    said = f"Run {made.run.number} has no thread that Runbot can write to, so its record is here."
    place = await sender.post(workspace, visit.actor.id, lists.notice(said))
    await sender.upload(workspace, place, made.name, made.content, comment=comment)
    return place


def _in_thread(made: Export, place: Place) -> bool:
    return made.place == (place.channel, place.ts)


async def _which(visit: Visit, request: Request) -> str:
    """The run's number or id."""
    wanted = request.reference or await about_runs.of_this_thread(visit)
    if not wanted:
        raise InvalidInput(
            "Which run should I export?",
            do=f"Give its number, for example: /runbook {entry_of(request.word).example}.",
        )
    if about_runs.names_run(wanted):
        return wanted
    lines = await visit.desk.runs.history(visit.actor, wanted, limit=1)
    if not lines:
        raise InvalidInput(f"{wanted} has not been run yet.")
    return lines[0].id
