"""What an agent shows beside its messages: prompts to start from, and names of threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runbot.playground.changes import Changes
from runbot.playground.workspace import Workspace

_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Sentences to send by a click, under a heading."""

    title: str
    prompts: tuple[dict[str, str], ...]

    def to_page(self) -> dict[str, Any]:
        """As the page draws them."""
        return {"title": self.title, "prompts": list(self.prompts)}


class AgentSurface:
    """Kept until the playground ends; an app sets it anew when somebody comes."""

    def __init__(self, workspace: Workspace, changes: Changes) -> None:
        self._workspace = workspace
        self._changes = changes
        self._suggestions: dict[str, Suggestions] = {}
        self._titles: dict[tuple[str, str], str] = {}

    def suggest(self, channel: str, title: str, prompts: list[dict[str, str]]) -> None:
        """Show prompts in a conversation, in the place of any that were there."""
        suggestions = self._suggestions[channel] = Suggestions(title, tuple(prompts))
        self._announce("suggested_prompts", channel, suggestions.to_page())

    def suggestions(self, channel: str) -> Suggestions | None:
        """The prompts that a conversation shows."""
        return self._suggestions.get(channel)

    def name(self, channel: str, thread_ts: str, title: str) -> None:
        """Give a thread its title."""
        self._titles[channel, thread_ts] = title
        while len(self._titles) > _KEPT:
            del self._titles[next(iter(self._titles))]
        self._announce("thread_title", channel, {"thread_ts": thread_ts, "title": title})

    def title(self, channel: str, thread_ts: str) -> str:
        """A thread's title; empty when it has none."""
        return self._titles.get((channel, thread_ts), "")

    def _announce(self, kind: str, channel: str, what: dict[str, Any]) -> None:
        audience = self._workspace.audience(self._workspace.channels[channel])
        self._changes.announce({"type": kind, "channel": channel, **what}, audience)
