"""What Slack sends to the app, in words: commands, clicks, modals, events, and connections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runbot.playground.delivery import Envelope
from runbot.playground.inspector.calls import first_words
from runbot.playground.inspector.lines import (
    Concerns,
    Line,
    Names,
    State,
    join,
    part,
    took,
    word,
)
from runbot.playground.traffic import FileTransfer, MailArrival, SocketMoment

_OK = 200
_RETRIES = {1: "1st", 2: "2nd", 3: "3rd"}


def _event_concerns(event: Any) -> Concerns:
    # A change tells of the message inside it; its own ts is that of the change.
    about = part(event, "message") or event
    ts, thread = word(event, "deleted_ts") or word(about, "ts"), word(about, "thread_ts")
    return Concerns(
        channel=word(event, "channel") or word(event, "item", "channel"),
        ts=(ts,) if ts else (),
        thread_ts="" if thread == ts else thread,
        view=word(event, "view", "id"),
        user=word(event, "user") or word(about, "user"),
    )


def concerns_of(envelope: Envelope) -> Concerns:
    """What a delivery is about."""
    payload = envelope.payload
    if envelope.type == "slash_commands":
        return Concerns(channel=word(payload, "channel_id"), user=word(payload, "user_id"))
    if envelope.type == "events_api":
        return _event_concerns(part(payload, "event"))
    thread = word(payload, "container", "thread_ts") or word(payload, "message", "thread_ts")
    # An ephemeral message isn't sent along, and its container names it all the same.
    ts = word(payload, "container", "message_ts") or word(payload, "message", "ts")
    return Concerns(
        channel=word(payload, "channel", "id") or word(payload, "container", "channel_id"),
        ts=(ts,) if ts else (),
        # A thread's root stands in the channel itself.
        thread_ts="" if thread == ts else thread,
        view=word(payload, "view", "id") or word(payload, "container", "view_id"),
        user=word(payload, "user", "id"),
    )


def _chosen(action: Any, names: Names) -> str:
    """What was pressed or chosen: a button's text, or what stands in the input now."""
    for path in (
        ("text", "text"),
        ("selected_option", "text", "text"),
        ("selected_date",),
        ("selected_time",),
        ("value",),
    ):
        if text := word(action, *path):
            return names.quoted(text)
    return word(action, "action_id")


def _interaction(payload: Any, about: Concerns, names: Names) -> str:
    kind = word(payload, "type")
    title = names.quoted(word(payload, "view", "title", "text"))
    view = word(payload, "view", "type")
    within = names.within(about.channel, about.thread_ts)
    if view:
        within = "in the Home tab" if view == "home" else join("in", title or "a modal")
    by = names.by(about.user)
    if kind == "block_actions":
        return join(_chosen(part(payload, "actions", 0), names), by, within)
    if kind in {"view_submission", "view_closed"}:
        return join(title, by)
    if kind == "block_suggestion":
        typed = names.quoted(word(payload, "value")) or "nothing yet"
        return join("options for", typed, by, within)
    return join(word(payload, "callback_id"), by, within)


def _event(event: Any, about: Concerns, names: Names) -> str:
    name = word(event, "type")
    within = names.within(about.channel, about.thread_ts)
    if name == "app_home_opened":
        tab = "the Home tab" if word(event, "tab") == "home" else "its direct messages"
        return join(tab, names.by(about.user))
    message = part(event, "message") or part(event, "previous_message") or event
    content = names.quoted(word(message, "text")) or first_words(names, part(message, "blocks"))
    return join(content, names.by(about.user), within)


def _outcome(envelope: Envelope) -> tuple[str, State]:
    seconds = envelope.ack_seconds
    again = ""
    if envelope.retry:
        number = _RETRIES.get(envelope.retry, str(envelope.retry))
        again = f"{number} retry ({envelope.retry_reason}): "
    if envelope.late and seconds is not None:
        return f"{again}acknowledged too late, after {took(seconds)}", "unanswered"
    if envelope.trouble:
        status = f", {envelope.status}" if envelope.status else ""
        return f"{again}not acknowledged ({envelope.trouble}{status})", "unanswered"
    if seconds is None:
        return f"{again}no acknowledgement yet", "waiting"
    action = word(envelope.response, "response_action")
    carried = f" with {action}" if action else " with an answer" if envelope.response else ""
    state: State = "refused" if action == "errors" else "ok"
    return f"{again}acknowledged in {took(seconds)}{carried}", state


def envelope_line(envelope: Envelope, names: Names) -> Line:
    """A delivery in words."""
    payload, about = envelope.payload, concerns_of(envelope)
    outcome, state = _outcome(envelope)
    line = Line(
        kind="interaction",
        to_app=True,
        name=envelope.type,
        words="",
        outcome=outcome,
        state=state,
        concerns=about,
    )
    if envelope.type == "slash_commands":
        # One line, however long the text is.
        typed = " ".join(f"{word(payload, 'command')} {word(payload, 'text')}".split())
        shown = join(names.quoted(typed), names.by(about.user), names.within(about.channel))
        return replace(line, name="slash_command", words=shown)
    if envelope.type == "interactive":
        kind = word(payload, "type")
        return replace(line, name=kind, words=_interaction(payload, about, names))
    event = part(payload, "event")
    name = ".".join(t for t in (word(event, "type"), word(event, "subtype")) if t)
    return replace(line, kind="event", name=name, words=_event(event, about, names))


def socket_line(moment: SocketMoment, _names: Names) -> Line:
    """What happened to a connection, in words."""
    now = "1 connection now" if moment.connections == 1 else f"{moment.connections} connections now"
    return Line(
        kind="connection",
        to_app=moment.what == "asked to reconnect",
        name="socket",
        words=moment.what,
        outcome=join(f"{moment.reason}," if moment.reason else "", now),
        state="refused" if moment.what == "refused" else "ok",
        concerns=Concerns(),
        error=moment.reason if moment.what == "refused" else "",
    )


def file_line(file: FileTransfer, names: Names) -> Line:
    """A file's bytes, in words."""
    taken = file.status == _OK
    return Line(
        kind="file",
        to_app=file.fetched,
        name="download" if file.fetched else "upload",
        words=join(names.quoted(file.name) or file.file, f"{file.size:,} bytes" if taken else ""),
        outcome="ok" if taken else str(file.status),
        state="ok" if taken else "refused",
        concerns=Concerns(),
    )


def mail_line(mail: MailArrival, names: Names) -> Line:
    """A mail, in words."""
    return Line(
        kind="mail",
        to_app=False,
        name="mail",
        words=join(names.quoted(mail.subject), "to", ", ".join(mail.to)),
        outcome="delivered",
        state="ok",
        concerns=Concerns(),
    )
