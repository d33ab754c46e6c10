"""Slack's payloads, parsed once. Nothing past this module indexes what Slack sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from runbot.domain.errors import InvalidInput

Payload = Mapping[str, Any]

# Edits, joins, bot posts and the like aren't people talking to Runbot; these two are.
_SPOKEN: Final = frozenset({None, "thread_broadcast", "file_share"})
_APPS: Final = frozenset({"USLACKBOT"})  # posts like a person, without a bot's id
_COUNT: Final = re.compile(r"[0-9]{1,9}")
E = TypeVar("E", bound=StrEnum)


class Way(StrEnum):
    """How somebody reached Runbot, which decides how they are answered."""

    COMMAND = "command"
    CLICK = "click"
    FORM = "form"
    MESSAGE = "message"
    HOME = "home"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked, and where an answer to them belongs.

    `channel` is empty where there is none (Home, most forms). `thread` is the root of
    the thread they were in; for a message outside of threads it is that message, so
    that an answer starts its thread, except in a direct message. `key` is the same for
    every delivery of the same request; `threaded` tells whether they spoke in a thread.
    `message` is the one that was clicked, and `ephemeral` whether only they see it; `home`
    tells a click in their Home.
    """

    way: Way
    workspace: str
    user: str
    channel: str = ""
    thread: str | None = None
    trigger: str | None = None
    view: str | None = None
    key: str = ""
    threaded: bool = False
    message: str | None = None
    ephemeral: bool = False
    home: bool = False

    @property
    def surface(self) -> str:
        """The way they came, in the words of the record."""
        return "home" if self.home else _SURFACES[self.way]


_SURFACES: Final[Mapping[Way, str]] = {
    Way.COMMAND: "slash",
    Way.CLICK: "button",
    Way.FORM: "form",
    Way.MESSAGE: "chat",
    Way.HOME: "home",
    Way.OTHER: "slack",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. `trigger` opens one modal, within three seconds."""

    origin: Origin
    text: str
    trigger: str


@dataclass(frozen=True, slots=True)
class Click:
    """A button, menu or picker that was used.

    `view` is the modal or Home tab it stands in, `modal` tells which.
    """

    origin: Origin
    action: str
    value: str
    trigger: str
    view: str | None = None
    modal: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent: its values by block id, and what Runbot had put into it."""

    origin: Origin
    callback: str
    view: str
    values: Mapping[str, str]
    private: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """Something a person said. `text` is without the mention of Runbot."""

    origin: Origin
    text: str
    ts: str
    mentions: bool
    direct: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """Something that an app, a workflow or Slackbot said to Runbot. `app` tells which."""

    origin: Origin
    app: str


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at Runbot's Home (`home`) or its conversation with them (`messages`)."""

    origin: Origin
    tab: str


def private(values: Mapping[str, str]) -> str:
    """What a form keeps for itself, as `Submission.private` gives it back."""
    return json.dumps(dict(values), separators=(",", ":"))


def kept(text: str) -> Mapping[str, str]:
    """What `private` made, or a bare id under "id".

    Raises `InvalidInput` where it is neither; so does asking it for what it doesn't hold.
    """
    if not text.startswith("{"):
        return _Kept({"id": text} if text else {})
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise _of_another_version() from None
    return _Kept({str(key): str(value) for key, value in values.items()})


class _Kept(dict[str, str]):
    """What an element holds for Runbot. An older one may hold less than this one looks for."""

    def __missing__(self, key: str) -> str:
        raise _of_another_version()


def whole(text: str) -> int:
    """A count that Runbot had put into an element; `InvalidInput` where it is none."""
    if not _COUNT.fullmatch(text):
        raise _of_another_version()
    return int(text)


def one_of(kind: type[E], text: str) -> E:
    """One of a few words that Runbot had put into an element; `InvalidInput` for another."""
    try:
        return kind(text)
    except ValueError:
        raise _of_another_version() from None


def _of_another_version() -> InvalidInput:
    return InvalidInput(
        "This button or form is from another version of Runbot, so nothing was done.",
        do="Open it anew: /runbook status and /runbook list show how things stand.",
    )


def command(body: Payload, workspace: str) -> Command:
    """A slash command's payload."""
    return Command(origin(body, workspace), body.get("text") or "", body.get("trigger_id") or "")


def click(body: Payload, workspace: str) -> Click:
    """A `block_actions` payload; Slack sends one action in each."""
    action = body["actions"][0]
    view = body.get("view") or {}
    return Click(
        origin=origin(body, workspace),
        action=action.get("action_id") or "",
        value=_value(action),
        trigger=body.get("trigger_id") or "",
        view=view.get("id"),
        modal=view.get("type") == "modal",
    )


def submission(body: Payload, workspace: str) -> Submission:
    """A `view_submission` payload."""
    view = body["view"]
    return Submission(
        origin=origin(body, workspace),
        callback=view.get("callback_id") or "",
        view=view["id"],
        values=entered(body),
        private=kept(view.get("private_metadata") or ""),
    )


def message(body: Payload, workspace: str, bot: str) -> Message | None:
    """An `app_mention` or `message` event, or None where no person said anything."""
    event = body["event"]
    by_app = event.get("bot_id") or event.get("user") in _APPS
    if event.get("subtype") not in _SPOKEN or by_app or not event.get("user"):
        return None
    mention = _mention(bot)
    said = event.get("text") or ""
    return Message(
        origin=origin(body, workspace),
        text=mention.sub(" ", said).strip(),
        ts=event["ts"],
        mentions=bool(mention.search(said)),
        direct=event.get("channel_type") == "im",
    )


def posted(body: Payload, workspace: str, bot: str) -> Posted | None:
    """An event in which an app that is not `bot` itself mentions it; None for any other."""
    event = body["event"]
    app = event.get("bot_id") or (event.get("user") if event.get("user") in _APPS else "")
    if event.get("subtype") not in {*_SPOKEN, "bot_message"} or not app or event.get("user") == bot:
        return None
    if not _mention(bot).search(event.get("text") or ""):
        return None
    return Posted(origin(body, workspace), app)


def _mention(bot: str) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(bot)}(?:\|[^>]*)?>")


def room(body: Payload) -> str:
    """The channel that an event is about."""
    return str(body["event"].get("channel") or "")


def deleted(body: Payload) -> str | None:
    """Which message an event tells to be deleted, or None where it tells something else.

    One with replies is changed into a tombstone. Of others that are Runbot's own, Bolt lets
    nothing pass: it takes them for Runbot's own events.
    """
    event = body["event"]
    now = event.get("message") or {}
    if event.get("subtype") == "message_changed" and now.get("subtype") == "tombstone":
        return str(now.get("ts"))
    return event.get("deleted_ts") if event.get("subtype") == "message_deleted" else None


def home_opened(body: Payload, workspace: str) -> HomeOpened:
    """An `app_home_opened` event."""
    return HomeOpened(origin(body, workspace), body["event"].get("tab") or "home")


def origin(body: Payload, workspace: str) -> Origin:
    """Who asked and where, for any payload at all: the error boundary needs it for all."""
    if "command" in body:
        return Origin(
            Way.COMMAND,
            workspace,
            body.get("user_id") or "",
            body.get("channel_id") or "",
            trigger=body.get("trigger_id"),
            key=f"command:{body.get('trigger_id')}",
        )
    if isinstance(body.get("event"), Mapping):
        return _event_origin(body["event"], workspace)
    user = (body.get("user") or {}).get("id") or ""
    view = body.get("view") or {}
    trigger = body.get("trigger_id")
    if body.get("type") in {"view_submission", "view_closed"}:
        channel = _kept_channel(view)
        # One view is submitted once: a second submission of it is the first one repeated.
        return Origin(
            Way.FORM,
            workspace,
            user,
            channel,
            trigger=trigger,
            view=view.get("id"),
            key=f"view:{view.get('id')}",
        )
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    return Origin(
        Way.CLICK if body.get("type") == "block_actions" else Way.OTHER,
        workspace,
        user,
        channel or _kept_channel(view),
        thread=(body.get("message") or {}).get("thread_ts") or container.get("thread_ts"),
        trigger=trigger,
        view=view.get("id") if view.get("type") == "modal" else None,
        key=f"click:{trigger}",
        message=container.get("message_ts"),
        ephemeral=bool(container.get("is_ephemeral")),
        home=view.get("type") == "home",
    )


def asked(body: Payload, bot: str) -> str | None:
    """What a person asks by this payload, as they would name it; None where they ask nothing."""
    if "command" in body:
        return f"{body['command']} {body.get('text') or ''}".strip()
    if isinstance(body.get("event"), Mapping):
        if body["event"].get("type") not in {"app_mention", "message"}:
            return None
        said = message(body, "", bot)
        return said.text if said and (said.direct or said.mentions) else None
    if body.get("type") == "view_submission":
        return str(((body.get("view") or {}).get("title") or {}).get("text") or "a form")
    actions = body.get("actions") or ()
    if actions and actions[0].get("type") in {"button", "overflow"}:
        return str((actions[0].get("text") or {}).get("text") or "a menu")
    return None


def _event_origin(event: Payload, workspace: str) -> Origin:
    user = event.get("user") or ""
    channel = event.get("channel") or ""
    if event.get("type") == "app_home_opened":
        return Origin(Way.HOME, workspace, user, channel)
    direct = event.get("channel_type") == "im"
    thread = event.get("thread_ts") or (None if direct else event.get("ts"))
    # A mention is delivered twice under different event ids (as app_mention and as
    # message.channels), and either is repeated when an acknowledgement got lost.
    key = f"message:{channel}:{event.get('ts')}"
    threaded = bool(event.get("thread_ts"))
    return Origin(Way.MESSAGE, workspace, user, channel, thread, key=key, threaded=threaded)


def _kept_channel(view: Payload) -> str:
    try:
        return kept(view.get("private_metadata") or "").get("channel", "")
    except InvalidInput:
        return ""  # whoever reads the form says so; here only a place to answer is sought


def entered(body: Payload) -> Mapping[str, str]:
    """What a sent form's inputs hold, by block id."""
    state = (body["view"].get("state") or {}).get("values") or {}
    return {
        block: _value(element) for block, elements in state.items() for element in elements.values()
    }


def _value(element: Payload) -> str:
    """What an element holds, as text; an empty one holds the empty text."""
    for key in (
        "value",
        "selected_date",
        "selected_user",
        "selected_channel",
        "selected_conversation",
    ):
        if element.get(key) is not None:
            return str(element[key])
    option = element.get("selected_option")
    return str(option["value"]) if option else ""
