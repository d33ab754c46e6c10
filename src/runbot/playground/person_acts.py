"""What a page may ask in a person's name: each act takes the request's JSON body.

POST /people/api/{user}/{act}   {"ok": true, …} or {"ok": false, "error", "message"}

say           {channel, text, thread_ts?, files?: ids}                {ts}
edit          {channel, ts, text}                                    {}
delete        {channel, ts}                                          {}
react         {channel, ts, name, on: true or false}                 {}
typing        {channel, thread_ts?}                                  {}
files/delete  {file}                                                 {}
command       {channel, command, text}                               {}
shortcut      {callback_id; channel, ts: of a message's own one}     {}
click         {view_id | channel, ts; block_id, action_id, …chosen, values?}   {}
suggest       {view_id | channel, ts; block_id, action_id, value}    {options | option_groups}
view/submit   {view_id, values}                 {response_action, errors?, view?}
view/close    {view_id}                                              {}
home          {}                                                     {view}
open          {channel, came?, thread_ts?}                           {}
unread        {channel, ts}                                          {}
stop          {channel, thread_ts}                                   {}
archive       {channel, archived?}                                   {}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from runbot.playground.interactions import find_element
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.refusals import PersonRefusal
from runbot.playground.state import Entries
from runbot.playground.views import View

Body = dict[str, Any]
Act = Callable[[Person, Body], Awaitable[dict[str, Any]]]


def _field(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise PersonRefusal("invalid_request", f"The request lacks {name}.")
    return value


def _thread(body: Body) -> str | None:
    thread = body.get("thread_ts") or None
    if thread is not None and not isinstance(thread, str):
        raise PersonRefusal("invalid_request", "`thread_ts` isn't a message's timestamp.")
    return thread


def _entries(body: Body) -> Entries:
    values = body.get("values") or {}
    if not isinstance(values, dict) or not all(
        isinstance(block, dict) and all(isinstance(entry, dict) for entry in block.values())
        for block in values.values()
    ):
        raise PersonRefusal("invalid_request", "The values aren't shaped as a view's state.")
    return values


def _view(person: Person, body: Body) -> View:
    view = person.platform.views.get(_field(body, "view_id"))
    if view is None or view.user != person.id:
        raise PersonRefusal("view_gone", "That view is closed.", status=404)
    return view


async def _say(person: Person, body: Body) -> dict[str, Any]:
    files = body.get("files") or []
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        raise PersonRefusal("invalid_request", "The files aren't a list of ids.")
    message = await person.says(
        str(body.get("text") or "") if files else _field(body, "text"),
        channel=_field(body, "channel"),
        thread=_thread(body),
        files=files,
    )
    return {"ts": message.ts}


async def _delete_file(person: Person, body: Body) -> dict[str, Any]:
    await person.deletes_file(_field(body, "file"))
    return {}


def _message(person: Person, body: Body) -> Message:
    return person.message(_field(body, "channel"), _field(body, "ts"))


async def _edit(person: Person, body: Body) -> dict[str, Any]:
    await person.edits(_message(person, body), str(body.get("text") or ""))
    return {}


async def _delete(person: Person, body: Body) -> dict[str, Any]:
    await person.deletes(_message(person, body))
    return {}


async def _react(person: Person, body: Body) -> dict[str, Any]:
    on = body.get("on")
    if not isinstance(on, bool):
        raise PersonRefusal("invalid_request", "The request lacks on: true or false.")
    await person.reacts(_message(person, body), _field(body, "name"), on=on)
    return {}


async def _typing(person: Person, body: Body) -> dict[str, Any]:
    await person.types(channel=_field(body, "channel"), thread=_thread(body))
    return {}


async def _shortcut(person: Person, body: Body) -> dict[str, Any]:
    on = _message(person, body) if body.get("ts") else None
    await person.uses_shortcut(_field(body, "callback_id"), on=on)
    return {}


async def _command(person: Person, body: Body) -> dict[str, Any]:
    await person.runs_command(
        _field(body, "command"), str(body.get("text") or ""), channel=_field(body, "channel")
    )
    return {}


async def _click(person: Person, body: Body) -> dict[str, Any]:
    block_id, action_id = _field(body, "block_id"), _field(body, "action_id")
    interactions = person.interactions
    if body.get("view_id"):
        view = _view(person, body)
        block, element = find_element(view.blocks, block_id, action_id)
        await interactions.click_view(view, block, element, body, _entries(body))
        return {}
    message = _message(person, body)
    block, element = find_element(message.blocks or [], block_id, action_id)
    await interactions.click_message(person.id, message, block, element, body)
    return {}


async def _suggest(person: Person, body: Body) -> dict[str, Any]:
    place = _view(person, body) if body.get("view_id") else _message(person, body)
    block, element = find_element(
        place.blocks or [], _field(body, "block_id"), _field(body, "action_id")
    )
    typed = str(body.get("value") or "")
    return await person.interactions.suggestions.ask(person.id, place, block, element, typed)


async def _submit(person: Person, body: Body) -> dict[str, Any]:
    submission = await person.interactions.submit(_view(person, body), _entries(body))
    answer: dict[str, Any] = {"response_action": submission.response_action}
    if submission.errors:
        answer["errors"] = submission.errors
    if submission.view is not None:
        answer["view"] = person.platform.view_to_slack(submission.view)
    return answer


async def _close(person: Person, body: Body) -> dict[str, Any]:
    await person.closes(_view(person, body))
    return {}


async def _home(person: Person, _body: Body) -> dict[str, Any]:
    home = await person.opens_home()
    return {"view": None if home is None else person.platform.view_to_slack(home)}


async def _open(person: Person, body: Body) -> dict[str, Any]:
    channel = person.readable(_field(body, "channel"))
    thread = body.get("thread_ts")
    if isinstance(thread, str):
        person.platform.conversations.mark_thread_read(person.id, channel, thread)
    elif body.get("came") is False:
        # Read where one already is: an app that greets whoever opens its messages isn't told.
        person.platform.conversations.mark_read(person.id, channel)
    else:
        person.interactions.open_conversation(person.id, channel)
    return {}


async def _unread(person: Person, body: Body) -> dict[str, Any]:
    message = person.message(_field(body, "channel"), _field(body, "ts"))
    person.platform.conversations.mark_unread(person.id, message.channel, message.ts)
    return {}


async def _stop(person: Person, body: Body) -> dict[str, Any]:
    await person.presses_stop(_field(body, "channel"), _field(body, "thread_ts"))
    return {}


async def _archive(person: Person, body: Body) -> dict[str, Any]:
    await person.archives(_field(body, "channel"), archived=body.get("archived") is not False)
    return {}


ACTS: dict[str, Act] = {
    "say": _say,
    "files/delete": _delete_file,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "typing": _typing,
    "shortcut": _shortcut,
    "command": _command,
    "click": _click,
    "suggest": _suggest,
    "view/submit": _submit,
    "view/close": _close,
    "home": _home,
    "open": _open,
    "unread": _unread,
    "stop": _stop,
    "archive": _archive,
}
