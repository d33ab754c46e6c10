"""What each kind of exchange is in Slack's protocol: a sentence, and the page that says more."""

from __future__ import annotations

from typing import NamedTuple

from runbot.playground.error_codes import ERROR_CODES
from runbot.playground.inspector.lines import Line
from runbot.playground.limits import LIMITS

_DOCS = "https://docs.slack.dev/"
_METHOD = _DOCS + "reference/methods/"
_EVENT = _DOCS + "reference/events/"
_INTERACTION = _DOCS + "reference/interaction-payloads/"


class Lesson(NamedTuple):
    """What an exchange is, and the address where Slack says more; empty where it says nothing."""

    sentence: str
    url: str


_METHODS: dict[str, str] = {
    "api.test": "The app asks whether the Web API answers at all.",
    "apps.connections.open": (
        "With its app-level token the app asks for the address of a new Socket Mode connection. "
        "It is good for one use."
    ),
    "assistant.threads.setStatus": (
        "The app shows “is thinking…” under a thread until it posts there."
    ),
    "assistant.threads.setSuggestedPrompts": (
        "The app offers sentences to begin with, in a thread of its pane."
    ),
    "assistant.threads.setTitle": "The app names a thread of its pane.",
    "auth.test": "The app asks who it is: its team, its user, and whether its token is good.",
    "blocks.validate": "The app asks whether blocks would be taken, without posting them.",
    "bots.info": "The app looks a bot up by its id.",
    "chat.appendStream": "The app adds to a message that it is still writing.",
    "chat.delete": "The app takes away a message that it posted.",
    "chat.getPermalink": "The app asks for a message's lasting address.",
    "chat.postEphemeral": (
        "The app shows a message to one person. It can't be changed by its ts, and is gone after "
        "a reload in Slack."
    ),
    "chat.postMessage": (
        "The app posts a message. The answer's ts is its id from now on, in this channel."
    ),
    "chat.startStream": "The app begins a message that people see being written.",
    "chat.stopStream": "The app ends a message that it was writing; blocks may follow its text.",
    "chat.update": (
        "The app changes a message that it posted, by channel and ts. People aren't notified."
    ),
    "conversations.history": "The app reads a conversation's messages, the newest first, in pages.",
    "conversations.info": "The app looks a conversation up by its id.",
    "conversations.join": "The app joins a public channel by itself.",
    "conversations.list": "The app lists the conversations that it may know of, in pages.",
    "conversations.members": "The app lists who is in a conversation, in pages.",
    "conversations.open": "The app opens direct messages with somebody, or finds them open.",
    "conversations.replies": "The app reads a thread: its root first, and then the replies.",
    "reactions.add": "The app adds an emoji to a message.",
    "files.completeUploadExternal": (
        "The app says that its upload is done, and where the file is to be shared."
    ),
    "files.delete": "The app takes away a file that it uploaded.",
    "files.getUploadURLExternal": (
        "The app announces a file by name and length, and gets the address for its bytes."
    ),
    "files.info": "The app looks a file up by its id.",
    "files.list": "The app lists the files that it may see, in pages.",
    "reactions.get": "The app reads which emoji stand under a message, and by whom.",
    "reactions.list": "The app lists what somebody reacted to.",
    "reactions.remove": "The app takes its emoji off a message.",
    "team.info": "The app looks the workspace up.",
    "usergroups.list": "The app lists the groups of people that one can mention.",
    "usergroups.users.list": "The app lists who is in a group of people.",
    "users.info": "The app looks a person up by their id.",
    "users.list": "The app lists the people of the workspace, in pages.",
    "views.open": (
        "The app opens a modal. The trigger_id of what the person did lets it, for three seconds "
        "and once."
    ),
    "views.publish": "The app sets what one person sees in its Home tab, whole.",
    "views.push": "The app lays a modal on top of the one that is open; three at most.",
    "views.update": "The app changes a modal or Home tab that is shown, by its view_id.",
}
_INTERACTIONS: dict[str, Lesson] = {
    "slash_command": Lesson(
        "A person ran a slash command. The app acknowledges within three seconds; what the "
        "acknowledgement carries is shown as its answer.",
        _DOCS + "interactivity/implementing-slash-commands",
    ),
    "block_actions": Lesson(
        "A person pressed a button or chose something. The app acknowledges within three seconds, "
        "and then answers by calls, or by the response_url.",
        _INTERACTION + "block_actions-payload",
    ),
    "view_submission": Lesson(
        "A person pressed a modal's submit button. The acknowledgement decides what becomes of "
        "the modal: it closes, shows errors, changes, or another is pushed.",
        _INTERACTION + "view-interactions-payload",
    ),
    "view_closed": Lesson(
        "A person closed a modal that asked to be told of it.",
        _INTERACTION + "view-interactions-payload",
    ),
    "block_suggestion": Lesson(
        "A person typed into a select whose options the app gives, in the acknowledgement.",
        _INTERACTION + "block_suggestion-payload",
    ),
    "shortcut": Lesson(
        "A person used a global shortcut. Its trigger_id lets the app open a modal.",
        _INTERACTION + "shortcuts-interaction-payload",
    ),
    "message_action": Lesson(
        "A person used a shortcut on a message, which comes along.",
        _INTERACTION + "shortcuts-interaction-payload",
    ),
}
_EVENTS: dict[str, str] = {
    "app_home_opened": "A person opened the app's Home tab or its direct messages.",
    "app_mention": "Somebody mentioned the app. The message comes as an event of its own as well.",
    "assistant_thread_started": "A person opened the app's pane and began a thread there.",
    "file_shared": "A file was shared where the app is.",
    "member_joined_channel": "Somebody joined a channel in which the app is.",
    "message": "Somebody wrote where the app is. The app's own messages come back to it too.",
    "reaction_added": "Somebody added an emoji to a message.",
    "reaction_removed": "Somebody took an emoji off a message.",
}
_SUBTYPES: dict[str, str] = {
    "message_changed": "A message was changed; both versions come along.",
    "message_deleted": "A message was taken away; its last version comes along.",
}
_REST: dict[str, Lesson] = {
    "response_url": Lesson(
        "The app answers a command or a click at the address that came with it: no token is "
        "needed, five times at most, within half an hour.",
        _DOCS + "interactivity/handling-user-interaction#message_responses",
    ),
    "connection": Lesson(
        "Socket Mode is a WebSocket that the app opens. All that Slack has for the app comes on "
        "it, and is acknowledged by its envelope_id.",
        _DOCS + "apis/events-api/using-socket-mode",
    ),
    "file": Lesson(
        "The bytes of a file go their own way: up to the address that files.getUploadURLExternal "
        "gave, down from the file's url_private with the bot's token.",
        _DOCS + "messaging/working-with-files",
    ),
    "mail": Lesson(
        "Mail isn't Slack's. The playground has a mailbox of its own, so that nothing leaves this "
        "machine.",
        "",
    ),
}
_EVENT_ADVICE = (
    " An event that isn't acknowledged within three seconds is sent up to three times more."
)


def lesson(line: Line) -> Lesson:
    """What an exchange of this kind is, and Slack's page about it."""
    if line.kind == "call":
        absent = "The app calls a method that the playground doesn't have."
        return Lesson(_METHODS.get(line.name, absent), _METHOD + line.name)
    if line.kind == "interaction":
        unknown = Lesson("A person did something with the app.", _INTERACTION.rstrip("/"))
        return _INTERACTIONS.get(line.name, unknown)
    if line.kind == "event":
        name, _, subtype = line.name.partition(".")
        said = _SUBTYPES.get(subtype) or _EVENTS.get(name) or "Something happened in the workspace."
        return Lesson(said + _EVENT_ADVICE, _EVENT + name)
    return _REST[line.kind]


def why_refused(line: Line) -> Lesson | None:
    """What the error code means, and Slack's page about it; None for a code that isn't Slack's."""
    if known := ERROR_CODES.get(line.error):
        return Lesson(known.why, known.doc)
    limit = next((limit for limit in LIMITS.values() if limit.error == line.error), None)
    return Lesson("One of Slack's limits is passed.", limit.doc) if limit and line.error else None
