"""The run that cleans up after one that failed or was aborted."""

from __future__ import annotations

from runbot.domain.continuing import follower_id
from runbot.domain.law import RunStatus
from runbot.domain.run import Part, Run, RunStep, Trigger
from runbot.domain.runbook import Content, OnFailure, Step


def part_of(content: Content, part: Part) -> Content:
    """The content as a run of this part has it: a clean-up's steps are the version's `cleanup`.

    There a step that fails is passed over, where it doesn't say that it stops: nobody waits
    for an answer, and the steps after it clean up other things.
    """
    if part is Part.MAIN:
        return content
    steps = tuple(_passed_over(step) for step in content.cleanup)
    return content.model_copy(update={"steps": steps, "cleanup": ()})


def _passed_over(step: Step) -> Step:
    if step.on_failure is not OnFailure.ASK:
        return step
    return step.model_copy(update={"on_failure": OnFailure.CONTINUE})


def cleanup_id(run_id: str) -> str:
    """The id of the run that cleans up after this one."""
    return follower_id(run_id, "cleanup")


def cleanup_of(run: Run) -> Run:
    """The clean-up that a run owes, to be started in the transaction that ends the run.

    It has the run's version, values, pins and locks, and nobody's but its own time. Whoever
    started the run counts as having started this, so that four eyes stay four eyes.
    """
    content = part_of(run.content, Part.CLEANUP)
    return run.model_copy(
        update={
            "id": cleanup_id(run.id),
            "number": 0,
            "content": content,
            "part": Part.CLEANUP,
            "trigger": Trigger.CLEANUP,
            "continues": run.id,
            "status": RunStatus.QUEUED,
            "pause_requested_by": None,
            "pauses": 0,
            "steps": tuple(RunStep(number=n) for n in range(1, len(content.steps) + 1)),
            "question": None,
            "outcome": "",
            "created_at": run.ended_at or run.created_at,
            "started_at": None,
            "ended_at": None,
            "revision": 0,
        }
    )
