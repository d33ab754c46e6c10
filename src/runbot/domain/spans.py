"""How long a run waited for people, and how long it was held, by its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from runbot.domain.run import Event, EventKind

_ENDS: Final = frozenset({EventKind.COMPLETED, EventKind.FAILED, EventKind.ABORTED})
_ANSWERS: Final = _ENDS | {EventKind.ANSWERED, EventKind.EXPIRED}
_RESUMES: Final = _ENDS | {EventKind.RESUMED}


def waited(events: Sequence[Event], *, until: datetime) -> timedelta:
    """How long questions were open, those that still are until this moment."""
    return _between(events, EventKind.ASKED, _ANSWERS, until)


def held(events: Sequence[Event], *, until: datetime) -> timedelta:
    """How long it was paused, a pause that lasts until this moment."""
    return _between(events, EventKind.PAUSED, _RESUMES, until)


def _between(
    events: Sequence[Event], begins: EventKind, ends: frozenset[EventKind], until: datetime
) -> timedelta:
    total, since = timedelta(), None
    for event in events:
        if event.kind is begins and since is None:
            since = event.at
        elif event.kind in ends and since is not None:
            total, since = total + max(event.at - since, timedelta()), None
    return total + (max(until - since, timedelta()) if since else timedelta())
