"""Reactions: which name one may have, and how many a message and a person may."""

from __future__ import annotations

import re

from runbot.playground.limits import LIMITS, most
from runbot.playground.messages import Message

_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?\Z")


def reaction_name(given: str) -> str | None:
    """An emoji's name without colons; None for what can be none.

    Which names there are is the page's business: here any that is shaped like one is taken.
    """
    name = given.strip().strip(":")
    return name if _NAME.match(name) else None


def one_too_many(message: Message, name: str, user: str) -> str | None:
    """The error where a further reaction is over a limit."""
    names = [known for known, _ in message.reactions]
    if name not in names and len(names) >= most("message.emoji"):
        return LIMITS["message.emoji"].error
    own = sum(user in users for _, users in message.reactions)
    if own >= most("person.reactions"):
        return LIMITS["person.reactions"].error
    return None
