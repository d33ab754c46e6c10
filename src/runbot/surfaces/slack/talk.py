"""Words become deeds: one grammar for commands, mentions, direct messages and threads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from runbot.surfaces.slack import about_runbooks, about_runs, commands
from runbot.surfaces.slack.commands import Request, Unknown, Word
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.replies import reply
from runbot.surfaces.slack.views import lists, text


async def obey(visit: Visit, words: str) -> None:
    """Do what the words ask for, or say what was not understood and what would be."""
    asked = commands.parse(words)
    if isinstance(asked, Request):
        await _DEEDS[asked.word](visit, asked)
        return
    if visit.desk.understands(words):
        await about_runbooks.create_from(visit, words)
        return
    if visit.here and await about_runbooks.answer(visit, visit.here, words):
        return
    said = _not_understood(asked)
    if visit.origin.channel.startswith("D") and not visit.here:
        said += "\nTo answer what a draft still asks, reply in the thread under its card."
    await reply(visit, lists.notice(said))


async def _help(visit: Visit, request: Request) -> None:
    if request.text in set(Word):
        await reply(visit, lists.word_message(commands.entry_of(Word(request.text))))
        return
    entries = commands.allowed(visit.actor)
    await reply(visit, lists.help_message(entries, asked=request.text))


async def _tools(visit: Visit, request: Request) -> None:  # noqa: ARG001 - every deed takes both
    await reply(visit, lists.tools_message(visit.desk.tools))


_DEEDS: Final[Mapping[Word, Callable[[Visit, Request], Awaitable[None]]]] = MappingProxyType(
    {
        Word.HELP: _help,
        Word.TOOLS: _tools,
        Word.CREATE: about_runbooks.create,
        Word.LIST: about_runbooks.listing,
        Word.SHOW: about_runbooks.show,
        Word.EDIT: about_runbooks.edit,
        Word.PUBLISH: about_runbooks.publish,
        Word.ARCHIVE: about_runbooks.archive,
        Word.RUN: about_runs.run,
        Word.STATUS: about_runs.status,
        Word.HISTORY: about_runs.history,
        Word.PAUSE: about_runs.control,
        Word.RESUME: about_runs.control,
        Word.ABORT: about_runs.control,
    }
)


def _not_understood(asked: Unknown) -> str:
    said = text.line(asked.said, 80)
    if asked.near:
        entry = commands.entry_of(asked.near)
        return (
            f"I don't know “{said}”. Did you mean `/runbook {text.escape(entry.usage)}`? "
            "`/runbook help` shows everything."
        )
    example = text.escape(commands.entry_of(Word.CREATE).example)
    return (
        f"I don't know what to do with “{said}”. Say `help` for everything that I understand, "
        f"or write a runbook: `{example}`"
    )
