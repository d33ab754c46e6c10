"""What Slack must grant for what Runbot calls, hears and offers. The manifests follow it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# By the client's method names; https://docs.slack.dev/reference/methods names each one's scopes.
METHODS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "blocks_validate": (),
        # Only the message that `runbot check --live` has posted itself.
        "chat_delete": ("chat:write",),
        "chat_getPermalink": (),
        "chat_postEphemeral": ("chat:write",),
        # Public channels that nobody invited Runbot to are posted to as well.
        "chat_postMessage": ("chat:write", "chat:write.public"),
        "chat_update": ("chat:write",),
        # A post whose answer was lost is looked for before it is made again.
        "conversations_history": ("channels:history", "groups:history", "im:history"),
        "conversations_replies": ("channels:history", "groups:history", "im:history"),
        "conversations_info": ("channels:read", "groups:read", "im:read"),
        "conversations_list": ("channels:read", "groups:read"),
        "conversations_members": ("channels:read", "groups:read", "im:read"),
        "usergroups_users_list": ("usergroups:read",),
        # A run's record, as a file in its thread.
        "files_getUploadURLExternal": ("files:write",),
        "files_completeUploadExternal": ("files:write",),
        "users_info": ("users:read",),
        "users_list": ("users:read",),
        "views_open": (),
        "views_publish": (),
        "views_update": (),
    }
)
# By their names in a manifest. All messages come to one listener, whatever they were said in.
EVENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "app_home_opened": (),
        "app_mention": ("app_mentions:read",),
        # Whether the channels in which runs are shown are still there for Runbot.
        "channel_archive": ("channels:read",),
        "channel_left": ("channels:read",),
        "group_archive": ("groups:read",),
        "group_left": ("groups:read",),
        "message.channels": ("channels:history",),
        "message.groups": ("groups:history",),
        "message.im": ("im:history",),
    }
)
FEATURES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"slash_commands": ("commands",), "agent_view": ("assistant:write",)}
)


# Why a workspace is asked for each; docs/slack-permissions.md says the same, and a test holds it.
SCOPE_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "app_mentions:read": "Hear people who write to @runbot in a channel.",
        "assistant:write": "Stand among the workspace's agents, with suggestions of what to say.",
        "channels:history": "Hear answers in a draft's thread; find a post whose answer was lost, "
        "so that it isn't posted twice.",
        "channels:read": "Know who is in a channel: only its members control the runs shown there. "
        "Find a channel by the name that a runbook has.",
        "chat:write": "Post drafts, runs, questions and answers, and redraw them in place.",
        "chat:write.public": "Post where a runbook says so, in public channels that nobody has "
        "invited Runbot to.",
        "commands": "Offer /runbook.",
        "files:write": "Put a run's exported record into its thread.",
        "groups:history": "The same as channels:history, in private channels that Runbot is in.",
        "groups:read": "The same as channels:read, in private channels that Runbot is in.",
        "im:history": "Hear what people write to Runbot in a direct message.",
        "im:read": "Know whose direct message it is.",
        "usergroups:read": "Know who is in a user group that was given a role, or is asked to "
        "approve.",
        "users:read": "Tell full members from guests, apps and people of other workspaces; find a "
        "person by name.",
    }
)
EVENT_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "app_home_opened": "Draw somebody's Home tab when they open it.",
        "app_mention": "Do what somebody asks of @runbot in a channel.",
        "channel_archive": "Go on with the runs shown there in their starters' direct messages.",
        "channel_left": "The same where somebody removes Runbot from a channel.",
        "group_archive": "The same as channel_archive, of private channels that Runbot is in.",
        "group_left": "The same as channel_left, of private channels.",
        "message.channels": "Take answers in the threads of drafts and runs, without a mention.",
        "message.groups": "The same in private channels that Runbot is in.",
        "message.im": "Do what somebody asks in a direct message.",
    }
)


def needed() -> tuple[str, ...]:
    """Every scope that Runbot uses, and no other."""
    tables = (METHODS, EVENTS, FEATURES)
    return tuple(sorted({scope for t in tables for scopes in t.values() for scope in scopes}))
