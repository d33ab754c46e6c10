"""What happens to a question while it is open: votes, reminders, and other hands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import JsonValue

from runbot.domain.access import Actor
from runbot.domain.approvals import digest
from runbot.domain.errors import NotAllowed, Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepMove
from runbot.domain.progress.moves import describe, last_attempt, step_event, with_step
from runbot.domain.reminding import next_reminder
from runbot.domain.run import Attempt, AttemptStatus, Change, EventKind, Question, Run, Vote


def still_open(run: Run, question_id: str) -> Question:
    """The run's question, as long as it can be answered; `Refused` with who was first."""
    question = run.question
    other = question is None or question.id != question_id or question.answer is not None
    if question is None or other or run.status is not RunStatus.WAITING:
        raise Refused(_too_late(run, question, question_id))
    return question


def _too_late(run: Run, question: Question | None, question_id: str) -> str:
    if run.ended:
        return f"Run {run.number} {describe(run)}, so nothing was changed."
    if question and question.id == question_id and question.answered_by and question.answer:
        who = question.answered_by.mention
        return f"{who} has answered this already: {question.answer.value}. Nothing was changed."
    return f"Run {run.number} has gone on since this was asked. Nothing was changed."


def kept_out(run: Run, question: Question, user: str) -> bool:
    """Whether four eyes keep this person from agreeing: their own run, or their own action."""
    terms = question.terms
    return terms.four_eyes and (user == run.started_by.id or user in terms.kept_out)


def agreed(
    run: Run, question: Question, by: Actor, at: datetime, *, void: Collection[str] = ()
) -> Question:
    """The question with one more vote; nobody's counts twice, nor the starter's where forbidden.

    `void` are the ids of people who voted earlier and may not any more: theirs are dropped.
    """
    terms = question.terms
    if kept_out(run, question, by.id):
        own = f"You started run {run.number}"
        if by.id != run.started_by.id:
            own = f"What step {question.step} of run {run.number} would do comes from you"
        raise NotAllowed(
            f"{own}, and somebody else has to approve its step {question.step}.",
            means="Nothing was changed.",
        )
    kept = tuple(vote for vote in terms.votes if vote.by.id not in void)
    if any(vote.by.id == by.id for vote in kept):
        raise Refused("You have approved this already; it needs others as well.")
    votes = (*kept, Vote(by=by, at=at))
    return question.model_copy(update={"terms": terms.model_copy(update={"votes": votes})})


def remind(run: Run, question_id: str, *, at: datetime) -> Change:
    """People are reminded of the question. Missed reminders are made up for by a single one."""
    question = still_open(run, question_id)
    terms = question.terms.model_copy(
        update={
            "remind_at": next_reminder(question, at),
            "reminders": question.terms.reminders + 1,
        }
    )
    reminded = question.model_copy(update={"terms": terms})
    event = step_event(run, EventKind.REMINDED, question.step, at, question.kind.value)
    return Change(run=run.model_copy(update={"question": reminded}), events=(event,))


def hand_over(run: Run, question_id: str, to: str, *, by: Actor, at: datetime) -> Change:
    """Another person or group is to do the manual step. `to` is their Slack id."""
    question = still_open(run, question_id)
    if question.kind is not QuestionKind.MANUAL:
        raise Refused("Only a step that a person does can be handed over.")
    if question.terms.who == (to,):
        raise Refused(f"Step {question.step} of run {run.number} is theirs already.")
    terms = question.terms.model_copy(update={"who": (to,)})
    handed = question.model_copy(update={"terms": terms})
    event = step_event(run, EventKind.HANDED_OVER, question.step, at, to, by)
    return Change(run=run.model_copy(update={"question": handed}), events=(event,))


def good(run: Run, number: int, *, at: datetime) -> bool:
    """Whether what was approved is still good: for this very action, and not run out.

    A pause can lie between the approval and its use, and may be long.
    """
    question, attempt = run.question, run.step(number).attempts[-1]
    return (
        question is not None
        and question.answer is Choice.APPROVE
        and at < question.expires_at
        and question.terms.digest in {"", digest(attempt.executor, attempt.arguments)}
    )


def propose_again(
    run: Run,
    number: int,
    *,
    nonce: str,
    executor: str,
    arguments: Mapping[str, JsonValue],
    at: datetime,
) -> Change:
    """What was approved isn't good any more, so it isn't done: people are asked anew."""
    step = run.step(number)
    attempt = step.attempts[-1] if step.attempts else None
    if attempt is None or attempt.status is not AttemptStatus.PROPOSED or good(run, number, at=at):
        raise Refused(f"Step {number} of run {run.number} needs no other approval.")
    why = "what was approved had run out before it was used, so it is asked anew"
    gone = last_attempt(step, status=AttemptStatus.CANCELLED, summary=why, ended_at=at)
    anew = Attempt(
        number=attempt.number + 1,
        nonce=nonce,
        status=AttemptStatus.PROPOSED,
        executor=executor,
        arguments=dict(arguments),
        started_at=at,
    )
    after = with_step(run, number, StepMove.START, attempts=(*gone, anew), summary="")
    return Change(run=after, events=(step_event(run, EventKind.NOTED, number, at, why),))
