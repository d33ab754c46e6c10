"""What the display knows of a run before it draws, and where it reads and remembers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from runbot.domain.law import FINAL_RUN, RunStatus
from runbot.domain.run import Event, Run
from runbot.store.runs import Follower
from runbot.surfaces.slack.sending import Place
from runbot.surfaces.slack.views.nested import ALONE, Nearby

# Somebody may be waiting for these to be seen; they go before what merely moves on.
URGENT: Final = FINAL_RUN | {RunStatus.WAITING, RunStatus.PAUSED}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands, as far as it decides whose message is drawn first.

    `held` tells that a run that belongs to it waits for people, or is paused.
    """

    status: RunStatus
    workspace: str
    posted: bool
    held: bool = False

    @property
    def ended(self) -> bool:
        """Whether no change can follow."""
        return self.status in FINAL_RUN

    @property
    def urgent(self) -> bool:
        """Whether somebody may be waiting to see it."""
        return self.status in URGENT or self.held or not self.posted


@dataclass(frozen=True, slots=True)
class Picture:
    """A run and what is known of its display, read at one moment.

    `events` are its timeline without the `first` ones, and at least all that its thread
    hasn't been told; `told` counts those that it has. `posts` are the addresses of the
    messages that steps posted, by the steps' numbers, `children` the places of the messages of
    runs that steps run. `thread` is the outermost run's message where this one is
    a step's, and the ended run's where this one cleans up after it.
    `before` is the run that this one follows, `after` are those that follow it.
    """

    run: Run
    events: Sequence[Event]
    message: Place | None
    told: int
    first: int = 0
    why: str = ""
    posts: Mapping[int, str] = field(default_factory=dict)
    before: Follower | None = None
    after: Sequence[Follower] = ()
    children: Mapping[int, Place] = field(default_factory=dict)
    near: Nearby = ALONE
    thread: Place | None = None

    @property
    def count(self) -> int:
        """How many events the whole timeline has."""
        return self.first + len(self.events)


class Records(Protocol):
    """What the display reads and remembers. Nothing here changes a run."""

    async def standings(self, run_ids: Sequence[str]) -> dict[str, Standing]:
        """How these runs stand; unknown ones are left out."""
        ...

    async def picture(self, run_id: str, *, since: int | None = None) -> Picture:
        """The run as it stands, with its events from number `since` on, counted from 0.

        There are always the latest one and those that the thread hasn't been told; of a run
        whose status is `URGENT`, all of them.
        """
        ...

    async def set_message(
        self, run_id: str, place: Place, *, thread: str | None = None, why: str = ""
    ) -> None:
        """Remember where its message is, `thread` where it is a reply; `why` where it moved."""
        ...

    async def shown(self, run_id: str, *, revision: int, told: int) -> None:
        """Its message shows this revision, and its thread so many events; both only grow."""
        ...

    async def shown_in(self, workspace: str, channel: str, ts: str | None) -> list[str]:
        """Runs that go on and whose message stands in this channel; that one alone with `ts`."""
        ...

    async def undrawn(self) -> list[str]:
        """Runs whose message is behind, oldest first."""
        ...

    async def artefacts(self, run_id: str) -> list[str]:
        """The names of what was kept with the run."""
        ...
