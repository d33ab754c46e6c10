"""What the verbs need to know about people and channels, from whichever surface has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol, TypeVar

from runbot.domain.access import Actor, ActorKind

T = TypeVar("T")


class Directory(Protocol):
    """People and channels of a workspace."""

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:
        """Whether the user is in the channel now."""
        ...

    async def is_open(self, workspace: str, channel: str) -> bool:
        """Whether every full member may read the channel."""
        ...

    async def in_channel(self, workspace: str, channel: str) -> frozenset[str]:
        """The ids of everybody in the channel; nobody's where there is no such channel."""
        ...

    async def in_group(self, workspace: str, group: str) -> frozenset[str]:
        """The ids of the members of a user group; nobody's where there is no such group."""
        ...

    async def full_members(self, workspace: str) -> Mapping[str, bool]:
        """Every active full member's id, and whether they administer the workspace."""
        ...

    async def named(self, workspace: str, typed: Collection[str]) -> Mapping[str, str]:
        """The ids of people and groups ("@ben") and channels ("#ops") by what was typed.

        A name that nobody has, or several people, isn't there.
        """
        ...


class Everywhere:
    """A directory for callers without channels: everything is open, everybody is in."""

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:  # noqa: ARG002 - the protocol's names
        """True, always: there are no channels to be in."""
        return True

    async def is_open(self, workspace: str, channel: str) -> bool:  # noqa: ARG002 - the protocol's names
        """True, always: there are no channels to be closed."""
        return True

    async def in_channel(self, workspace: str, channel: str) -> frozenset[str]:  # noqa: ARG002 - the protocol's names
        """Nobody: there are no channels whose members could be listed."""
        return frozenset()

    async def in_group(self, workspace: str, group: str) -> frozenset[str]:  # noqa: ARG002 - the protocol's names
        """Nobody: there are no groups."""
        return frozenset()

    async def full_members(self, workspace: str) -> Mapping[str, bool]:  # noqa: ARG002 - the protocol's names
        """Nobody who could be listed."""
        return {}

    async def named(self, workspace: str, typed: Collection[str]) -> Mapping[str, str]:  # noqa: ARG002 - the protocol's names
        """Nobody: there are no names."""
        return {}


class Sight:
    """What an actor may see: what belongs to no channel, to an open one, or to one of theirs.

    Whatever was written or run in a private channel or a direct message stays among those
    who are in it.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def sees(self, actor: Actor, channel: str) -> bool:
        """Whether the actor may see what belongs to this channel."""
        if not channel or actor.kind is ActorKind.SYSTEM:
            return True
        if await self._directory.is_open(actor.workspace, channel):
            return True
        return await self._directory.is_member(actor.workspace, channel, actor.id)

    async def is_closed(self, workspace: str, channel: str) -> bool:
        """Whether only those who are in this channel see what belongs to it."""
        return bool(channel) and not await self._directory.is_open(workspace, channel)

    async def only(
        self, actor: Actor, items: Iterable[T], channel_of: Callable[[T], str]
    ) -> list[T]:
        """The items that the actor may see; each channel is asked about once."""
        kept = list(items)
        channels = sorted({channel_of(item) for item in kept})
        seen = await asyncio.gather(*(self.sees(actor, channel) for channel in channels))
        allowed = {channel for channel, yes in zip(channels, seen, strict=True) if yes}
        return [item for item in kept if channel_of(item) in allowed]
