"""What the verbs need to know about people and channels, from whichever surface has them."""

from __future__ import annotations

from typing import Protocol


class Directory(Protocol):
    """People and channels of a workspace."""

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:
        """Whether the user is in the channel now."""
        ...


class Everywhere:
    """A directory for callers without channels: everybody is in."""

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:  # noqa: ARG002 - the protocol's names
        """True, always: there are no channels to be in."""
        return True
