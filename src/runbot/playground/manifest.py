"""The app's manifest: what it may do, hears of, and offers. Without one, everything goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as the manifest offers it."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False
    url: str = ""
    """Where it is posted to, without Socket Mode."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut as the manifest offers it."""

    name: str
    type: str
    """`global` or `message`."""
    callback_id: str
    description: str = ""


class Manifest:
    """https://docs.slack.dev/reference/app-manifest: the parts that a workspace acts on."""

    def __init__(self, content: dict[str, Any] | None) -> None:
        self.given = content is not None
        content = content or {}
        settings = content.get("settings", {})
        features = content.get("features", {})
        self.scopes: tuple[str, ...] = tuple(
            content.get("oauth_config", {}).get("scopes", {}).get("bot", ())
        )
        self._events = set(settings.get("event_subscriptions", {}).get("bot_events", ()))
        self.socket_mode: bool = settings.get("socket_mode_enabled", True)
        """Whether the app hears over Socket Mode; only an explicit false means HTTP."""
        self.event_url: str = settings.get("event_subscriptions", {}).get("request_url", "")
        interactivity = settings.get("interactivity", {})
        self._interactive = interactivity.get("is_enabled", False)
        self.interactivity_url: str = interactivity.get("request_url", "")
        self.options_url: str = interactivity.get("message_menu_options_url", "")
        self._home_tab = features.get("app_home", {}).get("home_tab_enabled", False)
        self.is_agent = "agent_view" in features
        """Whether the app is declared an agent, and not an assistant of the older kind."""
        self.commands = [
            Command(
                command=row["command"],
                description=row.get("description", ""),
                usage_hint=row.get("usage_hint", ""),
                should_escape=row.get("should_escape", False),
                url=row.get("url", ""),
            )
            for row in features.get("slash_commands", ())
        ]

        # As in Slack, they come with the scope for commands.
        self.shortcuts = [
            Shortcut(row["name"], row["type"], row["callback_id"], row.get("description", ""))
            for row in features.get("shortcuts", ())
            if self.grants("commands")
        ]

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        """A shortcut by its callback_id; without a manifest every one is offered."""
        if not self.given:
            return Shortcut(callback_id, kind, callback_id)
        wanted = (callback_id, kind)
        return next((s for s in self.shortcuts if (s.callback_id, s.type) == wanted), None)

    def command(self, name: str) -> Command | None:
        """A slash command by its name; without a manifest every name is one."""
        if not self.given:
            return Command(name)
        return next((c for c in self.commands if c.command == name), None)

    def subscribes(self, event: str) -> bool:
        """Whether the app asked for an event."""
        return not self.given or event in self._events

    @property
    def interactive(self) -> bool:
        """Whether clicks and modals reach the app."""
        return not self.given or bool(self._interactive)

    @property
    def home_tab(self) -> bool:
        """Whether the app has a Home tab."""
        return not self.given or bool(self._home_tab)

    def grants(self, *any_of: str) -> bool:
        """Whether one of these scopes was granted; none needed is always granted."""
        return not self.given or not any_of or any(scope in self.scopes for scope in any_of)
