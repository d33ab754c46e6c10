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
        "message.channels": ("channels:history",),
        "message.groups": ("groups:history",),
        "message.im": ("im:history",),
    }
)
FEATURES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"slash_commands": ("commands",), "agent_view": ("assistant:write",)}
)


def needed() -> tuple[str, ...]:
    """Every scope that Runbot uses, and no other."""
    tables = (METHODS, EVENTS, FEATURES)
    return tuple(sorted({scope for t in tables for scopes in t.values() for scope in scopes}))
