"""Words become deeds: one grammar for commands, mentions, direct messages and threads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from runbot.agent.rules.setting_replies import is_meant
from runbot.domain.access import Verb
from runbot.surfaces.slack import (
    about_roles,
    about_runbooks,
    about_runs,
    commands,
    courtesies,
    exports,
    recovering,
)
from runbot.surfaces.slack.commands import Request, Unknown, Word
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.replies import reply
from runbot.surfaces.slack.views import lists, text


async def obey(visit: Visit, words: str) -> None:
    """Do what the words ask for, or say what was not understood and what would be."""
    if visit.here and is_meant(words):
        # First: "retry step 2 3 times" and "stop if step 3 fails" begin like commands.
        await about_runbooks.settle(visit, visit.here, words)
        return
    await _obey(visit, words)


async def _obey(visit: Visit, words: str) -> None:
    asked = commands.parse(words)
    if isinstance(asked, Request):
        await _DEEDS[asked.word](visit, asked)
        return
    if wanted := _runbook_in(visit, asked):
        await about_runbooks.create_from(visit, wanted)
        return
    if await about_runbooks.completes(visit, words):
        return
    meant = courtesies.meant(words, before=_before(visit))
    if isinstance(meant, Request):
        await _DEEDS[meant.word](visit, meant)
        return
    if meant is not None:
        await reply(visit, lists.notice(meant))
        return
    if visit.here and await about_runbooks.answer(visit, visit.here, words):
        return
    said = _not_understood(asked, _before(visit))
    if visit.origin.channel.startswith("D") and not visit.here:
        said += "\nTo answer what a draft still asks, reply in the thread under its card."
    await reply(visit, lists.notice(said))


async def overheard(visit: Visit, words: str) -> None:
    """Take what is said in a runbook's thread, not to Runbot by name: a word, or an answer.

    Nobody is disturbed who talks to others about a runbook that asks nothing.
    """
    if visit.here is None:
        await about_runbooks.completes(visit, words)
        return
    if is_meant(words):
        await about_runbooks.settle(visit, visit.here, words)
        return
    asked = commands.alone(words)
    if asked is not None and await _about(visit, visit.here, asked):
        await _DEEDS[asked.word](visit, asked)
    elif await visit.desk.runbooks.asks(visit.actor.workspace, visit.here):
        await about_runbooks.answer(visit, visit.here, words)


async def _about(visit: Visit, runbook_id: str, asked: Request) -> bool:
    """Whether it is about this runbook: no other name follows the word."""
    if not asked.reference:
        return not asked.text
    here = await visit.desk.runbooks.find(visit.actor, runbook_id)
    return asked.reference.lower() in {here.name, here.id}


def _runbook_in(visit: Visit, asked: Unknown) -> str:
    """The words where they ask for a runbook, a slip of one letter in their verb mended."""
    if visit.desk.understands(asked.said):
        return asked.said
    slipped = asked.near is Word.CREATE and asked.slip
    return asked.corrected if slipped and visit.desk.understands(asked.corrected) else ""


def _before(visit: Visit) -> str:
    """What stands before a word where the person is: nothing where they just talk."""
    return "/runbook " if visit.origin.way is Way.COMMAND else ""


async def _help(visit: Visit, request: Request) -> None:
    before = _before(visit)
    allowed = commands.allowed(await visit.desk.rights.verbs(visit.actor))
    if request.text in set(Word):
        entry = commands.entry_of(Word(request.text))
        await visit.desk.rights.require(visit.actor, entry.needs)
        await reply(visit, lists.notice(lists.word_said(entry, before=before)))
    elif request.text and allowed:
        said = text.line(request.text, 80)
        everything = f"`{before}help` shows what there is."
        await reply(visit, lists.notice(f"There is nothing called “{said}”. {everything}"))
    else:
        await reply(visit, lists.help_message(allowed, before=before))


async def _tools(visit: Visit, request: Request) -> None:  # noqa: ARG001 - every deed takes both
    await visit.desk.rights.require(visit.actor, Verb.READ)
    await reply(visit, lists.tools_message(visit.desk.tools))


_DEEDS: Final[Mapping[Word, Callable[[Visit, Request], Awaitable[None]]]] = MappingProxyType(
    {
        Word.HELP: _help,
        Word.TOOLS: _tools,
        Word.ROLES: about_roles.listing,
        Word.GRANT: about_roles.grant,
        Word.REVOKE: about_roles.revoke,
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
        Word.CONTINUE: recovering.continue_,
        Word.AGAIN: recovering.again,
        Word.ABORT: about_runs.control,
        Word.EXPORT: exports.asked,
        Word.LOCKS: about_runs.locks,
    }
)


def _not_understood(asked: Unknown, before: str) -> str:
    said = text.line(asked.said, 80)
    if asked.near:
        meant = text.plain(f"{before}{asked.corrected}".strip().replace("`", "'"), 1500)
        shown = f"```{meant}```" if "\n" in meant else f"`{meant}`"
        return f"I don't know “{said}”. Did you mean {shown}? `{before}help` shows everything."
    example = text.escape(before + commands.entry_of(Word.CREATE).example)
    return (
        f"I don't know what to do with “{said}”. Say `{before}help` for everything that I "
        f"understand, or write a runbook: `{example}`"
    )
