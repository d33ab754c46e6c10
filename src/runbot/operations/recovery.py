"""After a failure: a try with other arguments, or a run that goes on where one ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from runbot.domain import continuing, progress
from runbot.domain.access import Actor, Verb
from runbot.domain.errors import InvalidInput, Refused
from runbot.domain.law import FINAL_RUN, QuestionKind
from runbot.domain.run import Part, Run, Trigger
from runbot.domain.runbook import ToolPlan
from runbot.engine.engine import Engine
from runbot.engine.ledger import Ledger
from runbot.operations.admission import admit, conducts_of, restricted_since
from runbot.operations.recording import recorded
from runbot.operations.rights import Rights
from runbot.operations.runs import MAX_GOING_ON, Runs
from runbot.store import runs as rows
from runbot.store.database import Database
from runbot.tools.toolbox import ArgumentDescription, Toolbox


@dataclass(frozen=True, slots=True)
class Changeable:
    """A step that failed, with the arguments that it was tried with and those its tool takes."""

    run: Run
    step: int
    arguments: Mapping[str, JsonValue]
    takes: tuple[ArgumentDescription, ...]


class Recovery:
    """The verbs on what failed. A reference is a run's id or its number."""

    def __init__(
        self,
        *,
        runs: Runs,
        database: Database,
        ledger: Ledger,
        engine: Engine,
        toolbox: Toolbox,
        rights: Rights,
        clock: Callable[[], datetime],
    ) -> None:
        self._runs = runs
        self._database = database
        self._ledger = ledger
        self._engine = engine
        self._toolbox = toolbox
        self._rights = rights
        self._clock = clock

    async def changeable(self, actor: Actor, question_id: str) -> Changeable:
        """What can be changed before another try; refused where the question isn't open."""
        await self._rights.require(actor, Verb.ANSWER)
        run = await self._runs.asked(actor, question_id)
        await self._rights.require(actor, Verb.ANSWER, channel=await self._runs.place(actor, run))
        question = run.question
        if (
            question is None
            or question.id != question_id
            or question.answer is not None
            or question.kind is not QuestionKind.FAILURE
            or run.ended
        ):
            raise Refused(
                f"Run {run.number} has gone on since this was asked.", means="Nothing was changed."
            )
        plan = run.planned(question.step).plan
        if not isinstance(plan, ToolPlan):
            raise Refused("No tool does this step, so there is nothing to change.")
        arguments = run.step(question.step).attempts[-1].arguments
        return Changeable(run, question.step, arguments, self._takes(plan.tool))

    def _takes(self, tool: str) -> tuple[ArgumentDescription, ...]:
        described = (one for one in self._toolbox.describe() if one.name == tool)
        return next((one.arguments for one in described), ())

    @recorded("answer")
    async def change_and_retry(
        self, actor: Actor, question_id: str, arguments: Mapping[str, JsonValue]
    ) -> Run:
        """Try the failed step again with these arguments, all of them, after its tool took them.

        `InvalidInput` has a problem for each that the tool refuses; then nothing is changed.
        """
        found = await self.changeable(actor, question_id)
        plan = found.run.planned(found.step).plan
        tool = plan.tool if isinstance(plan, ToolPlan) else ""
        if problems := self._toolbox.refusals(tool, arguments):
            raise InvalidInput("Nothing was changed.", problems=problems)
        if not progress.differing(found.arguments, arguments):
            raise InvalidInput(
                "Nothing is different from what failed, so nothing was done.",
                do="Change something, or press Retry to do the same again.",
            )
        after = await self._ledger.change(
            found.run.id,
            lambda run: progress.change_and_retry(
                run, question_id, arguments, by=actor, at=self._clock()
            ),
        )
        await self._engine.wake_asked(after.id, question_id)
        return after

    @recorded("continue")
    async def continue_run(self, actor: Actor, reference: str, trigger: Trigger) -> Run:
        """Go on from where a run that failed or was aborted came to, in a new run.

        Continuing it twice starts one run; who comes second is told its number. Also where the
        runbook has been archived meanwhile: what was begun can be brought to its end, with the
        version that it began with. Who may run it, and where, is as that version says and as the
        one that is published now does. Raises before anything starts.
        """
        await self._rights.require(actor, Verb.RUN)
        old = await self._runs.find(actor, reference)
        await self._rights.require(actor, Verb.RUN, channel=old.channel)
        continuing.require_continuable(old)
        conducts = await self._database.read(lambda s: conducts_of(s, old))
        now = await self._database.read(lambda s: restricted_since(s, old))
        for held in (conducts, now):
            await admit(self._rights, actor, held, channel=old.channel)
        await self._alone(old)
        run = continuing.continuation(
            old,
            id_=continuing.continuation_id(old),
            by=actor,
            trigger=trigger,
            at=self._clock(),
            safe=self._toolbox.safe,
        )
        stored, fresh = await self._ledger.start(run, most=MAX_GOING_ON)
        if not fresh:
            raise _continued_by(old, stored.number, ended=stored.ended)
        await self._engine.start(stored)
        return stored

    async def _alone(self, old: Run) -> None:
        """Refuse where another run goes on from this one, or still cleans up after it."""
        for line in await self._database.read(lambda s: rows.followers(s, old.id)):
            if line.part is Part.MAIN:
                raise _continued_by(old, line.number, ended=line.status in FINAL_RUN)
            if line.status not in FINAL_RUN:
                raise Refused(
                    f"Run {line.number} is still cleaning up after run {old.number}.",
                    means="Nothing was started.",
                    do="Wait until it has ended, or abort it.",
                )


def _continued_by(old: Run, number: int, *, ended: bool) -> Refused:
    if ended:
        return Refused(
            f"Run {number} has continued run {old.number} already.",
            means="Nothing was started.",
            do=f"Where that one didn't come to its end, continue it: /runbook continue {number}.",
        )
    return Refused(
        f"Run {number} continues run {old.number} already, and is going on.",
        means="Nothing was started.",
    )
