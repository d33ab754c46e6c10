"""The one writer of run messages: latest state wins, everybody gets a turn, nothing is lost.

`changed` only notes that a run's message is behind. A single dispatcher decides which
message is brought up to date next: where somebody is waited for first, then whoever has
waited longest, each at most once per `interval`, all of a workspace within its budget of
`chat.update`. What was drawn is recorded, so a restart takes up what was left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runbot.domain.errors import NotFound, RunbotError
from runbot.surfaces.slack.drawing import Drawing, PostThrottled
from runbot.surfaces.slack.picture import URGENT, Records, Standing
from runbot.surfaces.slack.refusals import Declined, Throttled
from runbot.surfaces.slack.sending import Sender

_LOG = logging.getLogger(__name__)
_LOOKED_AT: Final = 50  # candidates whose state is looked up to find who goes first
_RETRY_MOST: Final = 30.0  # seconds between tries while Slack has trouble
_DECLINED_MOST: Final = 300.0  # … while it says no, which rarely changes by itself
_NEVER: Final = float("inf")


@dataclass(slots=True)
class _Turn:
    """When a run's message may be touched next. Times are the loop's."""

    drawing: Drawing
    log_at: float
    behind: bool = False
    owes_log: bool = False
    busy: bool = False
    since: float = 0.0
    not_before: float = 0.0
    peek_at: float = 0.0
    held_until: float = 0.0  # by Slack or by a failure; no hurry shortens this
    failures: int = 0
    workspace: str = ""
    changes: int = 0
    # How the run stood when it was looked at; None where it may have changed since.
    seen: Standing | None = None
    # Whether its message shows what people have acted on by now: a question, a pause.
    asking: bool = False

    @property
    def urgent(self) -> bool:
        """Whether somebody may be waiting to see it; of one that isn't known, that may be so."""
        return self.asking or self.seen is None or self.seen.urgent


@dataclass(slots=True)
class _Budget:
    """How many changes of messages a workspace still has: a bucket that refills."""

    per_second: float
    most: float
    level: float
    at: float
    frozen_until: float = 0.0

    def ready_at(self, now: float, *, reserve: float) -> float:
        """When the next one may go that leaves a reserve to others."""
        self.level = min(self.most, self.level + (now - self.at) * self.per_second)
        self.at = now
        missing = max(0.0, 1 + min(reserve, self.most - 1) - self.level)
        return max(now + missing / self.per_second, self.frozen_until)


@dataclass(slots=True)
class Pace:
    """How fast the display goes; the defaults follow Slack's published limits.

    https://docs.slack.dev/apis/web-api/rate-limits: chat.update is in the tier of 50 and
    more a minute, with short bursts; posts are about one a second and channel. Of a
    burst, `reserve` is kept for what somebody waits to see: an end, a question, a pause.
    Those may also go `ahead` of the budget, within what Slack grants for the minute, and
    ordinary redraws then wait until it is paid back.
    """

    interval: float = 1.0
    per_minute: float = 50.0
    burst: float = 10.0
    reserve: float = 6.0
    ahead: float = 20.0
    log_interval: float = 3.0
    retry: float = 1.0
    at_once: int = 4


def _waits(turn: _Turn) -> bool:
    return turn.behind or turn.owes_log


class Display:
    """Draws runs into Slack. `clock` gives aware UTC times, to know runs older than itself."""

    def __init__(
        self,
        records: Records,
        sender: Sender,
        *,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        self._records = records
        self._sender = sender
        self._clock = clock
        self._born = clock()
        self._pace = pace or Pace()
        self._turns: dict[str, _Turn] = {}
        self._budgets: dict[str, _Budget] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._dispatcher: asyncio.Task[None] | None = None
        self._flushing = False
        self._closed = False

    def changed(self, run_id: str) -> None:
        """Note that a run has changed. Quick, never raises; call it on the loop."""
        if self._closed:
            return
        now = asyncio.get_running_loop().time()
        turn = self._turns.get(run_id)
        if turn is None:
            turn = _Turn(Drawing(run_id, self._born), log_at=now + self._pace.log_interval)
            self._turns[run_id] = turn
        if not turn.behind:
            turn.behind, turn.since = True, now
        turn.changes += 1
        turn.seen = None
        self._wake.set()

    async def gone(self, workspace: str, channel: str, ts: str | None) -> None:
        """Look after the runs that are shown in a channel, or by one message there.

        Their messages are drawn again even where nothing of them changed: it may have been
        deleted, the channel archived, or Runbot removed from it.
        """
        for run_id in await self._records.shown_in(workspace, channel, ts):
            self.changed(run_id)
            if turn := self._turns.get(run_id):
                turn.drawing.last = None

    async def start(self) -> None:
        """Take up every run whose message is behind, and draw from now on."""
        for run_id in await self._records.undrawn():
            self.changed(run_id)
        self._dispatcher = asyncio.create_task(self._dispatch(), name="display")

    async def close(self, *, grace: float = 5.0) -> None:
        """Draw what is behind, without waiting for anybody's turn, and stop within the grace.

        What could not be drawn stays recorded as such, and is drawn at the next start.
        """
        self._flushing = True
        self._idle.clear()
        self._wake.set()
        if self._dispatcher:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._idle.wait()
        self._closed = True
        tasks = [*self._tasks, *([self._dispatcher] if self._dispatcher else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _unfinished(self) -> bool:
        # One that keeps failing would only use up the grace.
        return any(t.busy or (_waits(t) and not t.failures) for t in self._turns.values())

    async def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            try:
                next_at = await self._hand_out(loop.time())
            except Exception:  # noqa: BLE001 - the boundary: nothing would ever be drawn again
                _LOG.exception("The display met a fault; it goes on in %s s", _RETRY_MOST)
                next_at = loop.time() + _RETRY_MOST
            if not self._unfinished():
                self._idle.set()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if next_at == _NEVER else next_at):
                    await self._wake.wait()

    async def _hand_out(self, now: float) -> float:
        """Give turns to whoever may have one; tell when the next may come."""
        free = self._pace.at_once - sum(t.busy for t in self._turns.values())
        if free <= 0:
            return _NEVER  # whoever finishes wakes the dispatcher
        waiting = [t for t in self._turns.values() if _waits(t) and not t.busy]
        next_peek = await self._peek([t for t in waiting if self._due_at(t) > now], now)
        next_at = min((at for t in waiting if (at := self._due_at(t)) > now), default=_NEVER)
        next_at = min(next_at, next_peek)
        due = [turn for turn in waiting if self._due_at(turn) <= now]
        await self._look(due)
        for turn in sorted(due, key=lambda t: (not t.urgent, t.since)):
            if free == 0:
                return _NEVER
            # A first message isn't a change of one, so it costs nothing.
            if turn.seen and turn.seen.posted:
                budget = self._budget_of(turn.workspace, now)
                reserve = -self._pace.ahead if turn.urgent else self._pace.reserve
                if (ready := budget.ready_at(now, reserve=reserve)) > now:
                    next_at = min(next_at, ready)
                    continue
                budget.level -= 1
            free -= 1
            self._begin(turn)
        return next_at

    def _due_at(self, turn: _Turn) -> float:
        last_word = turn.seen is not None and turn.seen.ended
        if self._flushing or last_word:
            return turn.held_until
        own = turn.not_before if turn.behind else max(turn.not_before, turn.log_at)
        return max(own, turn.held_until)

    async def _peek(self, early: list[_Turn], now: float) -> float:
        """See whether a run has ended before its next turn: an end is shown at once.

        No later change can follow it, so the interval is broken once a run at most.
        """
        unknown = [t for t in early if t.behind and t.seen is None and t.held_until <= now]
        ready = [turn for turn in unknown if turn.peek_at <= now]
        await self._look(ready)
        for turn in ready:
            turn.peek_at = now + self._pace.interval / 4
        return min((turn.peek_at for turn in unknown if turn.peek_at > now), default=_NEVER)

    async def _look(self, due: list[_Turn]) -> None:
        """Learn how those stand of whom it isn't known, all at once, to see who is waited for."""
        unknown = sorted((t for t in due if t.seen is None), key=lambda t: t.since)[:_LOOKED_AT]
        if not unknown:
            return
        asked = [(turn, turn.changes) for turn in unknown]
        try:
            found = await self._records.standings([turn.drawing.run_id for turn in unknown])
        except RunbotError:
            return  # drawing them meets the same trouble, and tells it
        for turn, changes in asked:
            # What changed while it was being read may stand otherwise by now.
            if changes == turn.changes and (standing := found.get(turn.drawing.run_id)):
                turn.seen, turn.workspace = standing, standing.workspace

    def _budget_of(self, workspace: str, now: float) -> _Budget:
        pace = self._pace
        fresh = _Budget(pace.per_minute / 60, pace.burst, pace.burst, now)
        return self._budgets.setdefault(workspace, fresh)

    def _begin(self, turn: _Turn) -> None:
        turn.behind, turn.owes_log, turn.busy, turn.seen = False, False, True, None
        task = asyncio.create_task(self._draw(turn), name=f"draw {turn.drawing.run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _draw(self, turn: _Turn) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._draw_once(turn)
        except NotFound:
            self._turns.pop(turn.drawing.run_id, None)
        except PostThrottled as throttled:
            self._again(turn, loop.time() + throttled.retry_after)
        except Throttled as throttled:
            until = loop.time() + throttled.retry_after
            self._budget_of(turn.workspace, loop.time()).frozen_until = until
            self._again(turn, until)
        except RunbotError as trouble:
            self._failed(turn, trouble.sentence, permanent=isinstance(trouble, Declined))
        except Exception:  # noqa: BLE001 - the boundary: one run's fault mustn't stop the others
            if not turn.failures:
                _LOG.exception("Run %s: drawing it met a fault", turn.drawing.run_id)
            self._failed(turn, "", permanent=True)
        finally:
            turn.busy = False
            turn.not_before = loop.time() + self._pace.interval
            self._wake.set()

    async def _draw_once(self, turn: _Turn) -> None:
        loop = asyncio.get_running_loop()
        run_id = turn.drawing.run_id
        picture = await self._records.picture(run_id, since=turn.drawing.since)
        turn.workspace = picture.run.workspace
        log_now = self._flushing or loop.time() >= turn.log_at
        turn.owes_log = not await turn.drawing.draw(
            picture, self._records, self._sender, log_now=log_now
        )
        turn.asking = picture.run.status in URGENT
        if picture.run.parent and picture.message is None:
            # The message whose step it is shows where this one stands now.
            self.changed(picture.run.parent.run_id)
        if turn.failures:
            _LOG.info("Run %s: its message is up to date again", run_id)
            turn.failures = 0
        if not turn.owes_log:
            turn.log_at = loop.time() + self._pace.log_interval
            if picture.run.ended and not turn.behind:
                self._turns.pop(run_id, None)

    def _again(self, turn: _Turn, at: float) -> None:
        if not turn.behind:
            turn.behind, turn.since = True, asyncio.get_running_loop().time()
        turn.held_until = at

    def _failed(self, turn: _Turn, sentence: str, *, permanent: bool) -> None:
        if not turn.failures and sentence:
            _LOG.warning("Run %s: its message is behind: %s", turn.drawing.run_id, sentence)
        most = _DECLINED_MOST if permanent else _RETRY_MOST
        pause = min(self._pace.retry * 2 ** min(turn.failures, 10), most)
        turn.failures += 1
        self._again(turn, asyncio.get_running_loop().time() + pause)
