"""Events API: which events an app subscribed to, and how Slack wraps one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from runbot.playground.files import File
from runbot.playground.ids import fresh_id
from runbot.playground.manifest import Manifest
from runbot.playground.messages import Message, Messages
from runbot.playground.workspace import Channel, Workspace

_MESSAGE_EVENT = {"channel": "message.channels", "private": "message.groups", "im": "message.im"}


class Events:
    """Tells the app what happens, as far as it subscribed and may see it."""

    def __init__(
        self,
        workspace: Workspace,
        messages: Messages,
        manifest: Manifest,
        deliver: Callable[[dict[str, Any]], None],
    ) -> None:
        self._workspace = workspace
        self._messages = messages
        self._manifest = manifest
        self._deliver = deliver

    def _tell(self, subscription: str, event: dict[str, Any]) -> None:
        if not self._manifest.subscribes(subscription):
            return
        bot = self._workspace.bot
        self._deliver(
            {
                "token": "playground",
                "team_id": self._workspace.team_id,
                "api_app_id": bot.app_id,
                "event": event,
                "type": "event_callback",
                "event_id": fresh_id("Ev"),
                "event_time": int(time.time()),
                "authorizations": [
                    {
                        "enterprise_id": None,
                        "team_id": self._workspace.team_id,
                        "user_id": bot.user_id,
                        "is_bot": True,
                        "is_enterprise_install": False,
                    }
                ],
                "is_ext_shared_channel": False,
                "event_context": f"4-{fresh_id('E')}",
            }
        )

    def _in_channel(self, message: Message) -> Channel | None:
        """The message's channel, if the app is in it."""
        channel = self._workspace.channels[message.channel]
        return channel if self._workspace.bot.user_id in channel.members else None

    def _slack(self, message: Message) -> dict[str, Any]:
        return self._messages.to_slack(
            message, team=self._workspace.team_id, app=self._workspace.bot.app_id
        )

    def message_posted(self, message: Message) -> None:
        """`message`, and `app_mention` besides where the app is mentioned outside its own DM."""
        channel = self._in_channel(message)
        if channel is None or message.ephemeral_to is not None:
            return
        event = self._slack(message) | {
            "channel": channel.id,
            "event_ts": message.ts,
        }
        as_message = event | {"channel_type": channel.event_type}
        if message.files:
            # Only the event has this subtype; in the history it is a plain message.
            as_message["subtype"] = "file_share"
        self._tell(_MESSAGE_EVENT[channel.kind], as_message)
        for file_id in message.files:
            self._file_event("file_shared", message.user, file_id, {"channel_id": channel.id})
        mention = f"<@{self._workspace.bot.user_id}>"
        by_person = message.bot_id is None and message.subtype is None
        if channel.kind != "im" and by_person and mention in message.text:
            self._tell("app_mention", event | {"type": "app_mention"})

    def message_changed(self, message: Message, before: Message) -> None:
        """`message` with the subtype message_changed, and both versions."""
        channel = self._in_channel(message)
        if channel is None or message.ephemeral_to is not None:
            return
        ts = self._messages.clock.next_ts()
        self._tell(
            _MESSAGE_EVENT[channel.kind],
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": channel.id,
                "channel_type": channel.event_type,
                "ts": ts,
                "event_ts": ts,
                "message": self._slack(message),
                "previous_message": self._slack(before),
            },
        )

    def message_deleted(self, message: Message) -> None:
        """`message` with the subtype message_deleted, and the last version."""
        channel = self._in_channel(message)
        if channel is None or message.ephemeral_to is not None:
            return
        ts = self._messages.clock.next_ts()
        self._tell(
            _MESSAGE_EVENT[channel.kind],
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": channel.id,
                "channel_type": channel.event_type,
                "ts": ts,
                "event_ts": ts,
                "deleted_ts": message.ts,
                "previous_message": self._slack(message),
            },
        )

    def reaction(self, message: Message, name: str, user: str, *, added: bool) -> None:
        """`reaction_added` or `reaction_removed`, to an app that may read reactions."""
        channel = self._in_channel(message)
        if channel is None or not self._manifest.grants("reactions:read"):
            return
        kind = "reaction_added" if added else "reaction_removed"
        self._tell(
            kind,
            {
                "type": kind,
                "user": user,
                "reaction": name,
                "item": {"type": "message", "channel": channel.id, "ts": message.ts},
                "item_user": message.user,
                "event_ts": self._messages.clock.next_ts(),
            },
        )

    def _file_event(self, kind: str, user: str, file_id: str, more: dict[str, Any]) -> None:
        """As in Slack, only the id comes along: files.info tells the rest."""
        if self._manifest.grants("files:read"):
            ts = self._messages.clock.next_ts()
            event = {"type": kind, "file_id": file_id, "user_id": user, "event_ts": ts}
            self._tell(kind, event | {"file": {"id": file_id}} | more)

    def file_deleted(self, file: File) -> None:
        """`file_deleted`, where the app is a member of a channel that showed the file."""
        bot = self._workspace.bot.user_id
        places = [self._workspace.channels[channel] for channel, _ in file.shares]
        if any(bot in channel.members for channel in places):
            self._file_event("file_deleted", file.user, file.id, {})

    def session_stopped(
        self, user: str, channel: str, thread_ts: str, streaming: list[str]
    ) -> None:
        """`agent_session_stopped`: https://docs.slack.dev/reference/events/agent_session_stopped."""
        self._tell(
            "agent_session_stopped",
            {
                "type": "agent_session_stopped",
                "user": user,
                "channel": channel,
                "thread_ts": thread_ts,
                "streaming_message_ts": streaming,
                "event_ts": self._messages.clock.next_ts(),
            },
        )

    def channel_archived(self, channel: Channel, user: str) -> None:
        """`channel_archive` or `channel_unarchive`; of a private channel, `group_…`."""
        if channel.kind == "private" and self._workspace.bot.user_id not in channel.members:
            return
        family = "channel" if channel.kind == "channel" else "group"
        kind = f"{family}_{'archive' if channel.is_archived else 'unarchive'}"
        self._tell(
            kind,
            {
                "type": kind,
                "channel": channel.id,
                "user": user,
                "event_ts": self._messages.clock.next_ts(),
            },
        )

    def removed(self, channel: Channel, by: str) -> None:
        """`channel_left`, of a private channel `group_left`: the app was taken out of it."""
        kind = "channel_left" if channel.kind == "channel" else "group_left"
        at = self._messages.clock.next_ts()
        self._tell(kind, {"type": kind, "channel": channel.id, "actor_id": by, "event_ts": at})

    def home_opened(self, user: str, tab: str, view: dict[str, Any] | None) -> None:
        """`app_home_opened`, for either tab; `view` is what the Home tab shows already."""
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": user,
            "channel": self._workspace.im(user, self._workspace.bot.user_id).id,
            "tab": tab,
            "event_ts": self._messages.clock.next_ts(),
        }
        if view is not None:
            event["view"] = view
        self._tell("app_home_opened", event)

    def member_joined(self, user: str, channel: Channel, inviter: str) -> None:
        """`member_joined_channel`."""
        self._tell(
            "member_joined_channel",
            {
                "type": "member_joined_channel",
                "user": user,
                "channel": channel.id,
                "channel_type": "C" if channel.kind == "channel" else "G",
                "team": self._workspace.team_id,
                "inviter": inviter,
                "event_ts": self._messages.clock.next_ts(),
            },
        )
