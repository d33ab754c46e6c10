"""One attempt of one step: the only place where a run touches the world, or starts another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from runbot.domain import progress, timing
from runbot.domain.errors import InvalidInput, Refused
from runbot.domain.run import Attempt, AttemptStatus, Change, Run
from runbot.domain.runbook import Expectation, RunbookPlan, Step, ToolPlan, Version
from runbot.engine.children import child_of
from runbot.engine.ledger import Ledger
from runbot.engine.patience import patiently
from runbot.tools.contract import Repeat, ToolContext, ToolResult
from runbot.tools.toolbox import Toolbox

STEP_TIMEOUT = 120.0  # seconds, where the step says nothing else


class Performer:
    """Makes attempts, and knows from their nonce whether one may have been made before."""

    def __init__(self, ledger: Ledger, toolbox: Toolbox, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._toolbox = toolbox
        self._clock = clock

    async def perform(self, run_id: str, number: int, *, opened_by: str, execution: str) -> None:
        """Make the open attempt and record what came of it; a recorded one is left alone.

        `opened_by` is the execution that journaled the attempt. Where it isn't this one,
        an earlier execution got this far and the call may have been made: it is made
        again only if that is safe, else its outcome is unknown and people are asked.
        """
        run = await patiently(lambda: self._ledger.load(run_id), f"Run {run_id}")
        if run.ended or not (attempts := run.step(number).attempts):
            return
        attempt = attempts[-1]
        if attempt.status is not AttemptStatus.RUNNING or attempt.deadline is not None:
            return
        step = run.planned(number)
        if isinstance(step.plan, RunbookPlan):
            await self._start_below(run, number, step.plan.runbook)
            return
        if not isinstance(step.plan, ToolPlan):
            return
        if await self._waits(run, number, attempt):
            return
        if opened_by != execution and self._repeat(step.plan) is Repeat.NEVER:
            await self._record(run, number, _unknown(step.plan, attempt))
            return
        result = await self._call(run, number, step.plan, attempt)
        await self._record(run, number, _judged(result, step))

    async def _call(self, run: Run, number: int, plan: ToolPlan, attempt: Attempt) -> ToolResult:
        """Call the tool, for as long as the step may take and the run has time left."""
        most = run.planned(number).timeout or STEP_TIMEOUT
        over = timing.deadline(run)
        left = (over - self._clock()).total_seconds() if over else most
        if left <= 0:
            return ToolResult(ok=False, summary="It wasn't begun: the run's time was over.")
        return await self._toolbox.call(
            plan.tool, attempt.arguments, _context(run, number, attempt), min(most, left)
        )

    async def _start_below(self, run: Run, number: int, called: str) -> None:
        """Start the run that the step runs. Starting it again finds the one that was started."""
        now = self._clock()

        def make(parent: Run, version: Version, earlier: Run | None) -> Run:
            return child_of(
                parent, number, version, earlier, called=called, at=now, safe=self._toolbox.safe
            )

        try:
            await patiently(
                lambda: self._ledger.start_below(run.id, number, make, now), f"Run {run.number}"
            )
        except InvalidInput as wrong:
            await self._record(run, number, ToolResult(ok=False, summary=wrong.sentence[:300]))
        except Refused:
            # The run has ended meanwhile, or an earlier execution got as far as this.
            current = await patiently(lambda: self._ledger.load(run.id), f"Run {run.number}")
            attempt = current.step(number).attempts[-1]
            if attempt.status is AttemptStatus.RUNNING and not attempt.child:
                raise

    def _repeat(self, plan: ToolPlan) -> Repeat:
        tool = self._toolbox.get(plan.tool)
        # A tool that is no longer installed can't be called again, so nothing is known.
        return tool.repeat if tool else Repeat.NEVER

    async def _waits(self, run: Run, number: int, attempt: Attempt) -> bool:
        """Whether the tool only lets time pass: then its deadline is noted, to wait durably."""
        try:
            deadline = self._toolbox.deadline(attempt.executor, attempt.arguments, self._clock())
        except InvalidInput as wrong:
            await self._record(run, number, ToolResult(ok=False, summary=wrong.sentence[:300]))
            return True
        if deadline is None:
            return False
        await patiently(
            lambda: self._ledger.change(
                run.id, lambda r: progress.let_pass(r, number, deadline=deadline), step=True
            ),
            f"Run {run.number}",
        )
        return True

    async def _record(self, run: Run, number: int, result: ToolResult) -> None:
        now = self._clock()

        def how(current: Run) -> Change:
            if result.ok:
                return progress.succeed(current, number, summary=result.summary, at=now)
            return progress.end_attempt(
                current, number, unknown=result.unknown, summary=result.summary, at=now
            )

        try:
            await patiently(
                lambda: self._ledger.record(run, number, result, how), f"Run {run.number}"
            )
        except Refused:
            # Aborted while the call was under way, or recorded by a try whose answer was lost:
            # the row says so already.
            current = await patiently(lambda: self._ledger.load(run.id), f"Run {run.number}")
            attempt = current.step(number).attempts[len(run.step(number).attempts) - 1]
            if attempt.status is AttemptStatus.RUNNING:
                raise

    async def doubt(self, run: Run) -> None:
        """Nobody knows how far the open attempt got: ask, unless it may be made again."""
        step = run.current
        attempt = step.attempts[-1] if step and step.attempts else None
        if step is None or attempt is None or attempt.status is not AttemptStatus.RUNNING:
            return
        plan = run.planned(step.number).plan
        if isinstance(plan, ToolPlan) and self._repeat(plan) is Repeat.NEVER:
            await self._record(run, step.number, _unknown(plan, attempt))


def _unknown(plan: ToolPlan, attempt: Attempt) -> ToolResult:
    target = next(
        (
            str(attempt.arguments[key])
            for key in ("to", "channel", "url")
            if key in attempt.arguments
        ),
        "",
    )
    words = f"{plan.tool} to {target}" if target else plan.tool
    return ToolResult(
        ok=False,
        unknown=True,
        summary=f"{words} was under way when Runbot stopped. It may have taken effect.",
    )


def _judged(result: ToolResult, step: Step) -> ToolResult:
    """The result against the step's expectation: hard facts decide, whatever the tool said."""
    expect = step.plan.expect if isinstance(step.plan, ToolPlan) else None
    if expect is None or result.unknown:
        return result
    if wrong := _missed(result, expect):
        return result.model_copy(
            update={"ok": False, "summary": f"{result.summary}; {wrong}"[:300]}
        )
    if expect.status is not None and result.facts.get("status") == expect.status:
        return result.model_copy(update={"ok": True})
    return result


def _missed(result: ToolResult, expect: Expectation) -> str:
    status = result.facts.get("status")
    if expect.status is not None and status is not None and status != expect.status:
        return f"expected {expect.status}"
    if expect.contains is not None and expect.contains not in result.output:
        return f'expected "{expect.contains}" in it'
    return ""


def _context(run: Run, number: int, attempt: Attempt) -> ToolContext:
    return ToolContext(
        key=f"{run.id}:{number}:{attempt.number}",
        workspace=run.workspace,
        channel=run.channel,
        run_id=run.id,
        run_number=run.number,
        runbook=run.name,
        step=number,
        state=f"running, step {number} of {len(run.steps)}",
        started_by=run.started_by.mention,
    )
