"""What the engine decides, from a run's row alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runbot.domain import progress
from runbot.domain.access import Actor
from runbot.domain.errors import Refused
from runbot.domain.law import Choice, QuestionKind, RunStatus, StepStatus
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.run import Change, Run, RunStep, Trigger
from runbot.domain.runbook import Content, ManualPlan, OnFailure, Step, ToolPlan
from runbot.engine import decide as deciding
from runbot.engine.decide import WAIT_FOR_PEOPLE, Decision, End, Perform, Wait

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ANA = Actor(id="U1", workspace="T1", name="ana")
TOOL = Step(
    instruction="Fetch {{url}}", plan=ToolPlan(tool="web_fetch", arguments={"url": "{{url}}"})
)
MANUAL = Step(instruction="Look at {{url}}", plan=ManualPlan())


def a_run(*steps: Step) -> Run:
    return Run(
        id="run_1",
        number=7,
        workspace="T1",
        runbook_id="rb_1",
        name="x",
        version=1,
        content=Content(steps=steps),
        values={"url": "https://a.example/{{run.id}}"},
        trigger=Trigger.CHAT,
        started_by=ANA,
        created_at=NOW,
        steps=tuple(RunStep(number=n) for n in range(1, len(steps) + 1)),
    )


def markup_of(tool: str) -> tuple[str, ...]:
    return ("text",) if tool == "slack_post" else ()


def decide(run: Run, *, nonce: str, now: datetime) -> Decision:
    return deciding.decide(run, deciding.Bearings(nonce, now, markup_of))


def settle(run: Run, *, nonce: str, now: datetime) -> tuple[Change, Perform | Wait | End]:
    return deciding.settle(run, deciding.Bearings(nonce, now, markup_of))


def settled(run: Run, *, now: datetime = NOW) -> Run:
    """The run after every write that the engine wants to make."""
    return settle(run, nonce="n1", now=now)[0].run


def failed(run: Run, number: int = 1, *, unknown: bool = False) -> Run:
    return progress.end_attempt(run, number, unknown=unknown, summary="503", at=NOW).run


def test_a_tool_step_opens_an_attempt_with_its_arguments_filled_in_once_as_data() -> None:
    run = settled(a_run(TOOL))
    attempt = run.step(1).attempts[0]
    assert run.status is RunStatus.RUNNING
    assert attempt.nonce == "n1"
    assert attempt.arguments == {"url": "https://a.example/{{run.id}}"}
    assert decide(run, nonce="n2", now=NOW) == Perform(1)


def test_values_in_slacks_markup_are_only_text_but_for_checked_people_and_channels() -> None:
    post = ToolPlan(
        tool="slack_post",
        arguments={
            "channel": "{{where}}",
            "text": "<!here> {{url}} {{who}} {{where}} {{run.started_by}}",
        },
    )
    run = a_run(Step(instruction="Post it", plan=post))
    run = run.model_copy(
        update={
            "content": run.content.model_copy(
                update={
                    "parameters": (
                        Parameter(name="url"),
                        Parameter(name="who", type=ParameterType.USER),
                        Parameter(name="where", type=ParameterType.CHANNEL),
                    )
                }
            ),
            "started_by": ANA.model_copy(update={"id": "U0ANA"}),
            "values": {
                "url": "<https://evil.example|https://bank.example> <@U2> <!channel> &lt;",
                "who": "U0BEN",
                "where": "C0OPS",
            },
        }
    )
    assert settled(run).step(1).attempts[0].arguments == {
        "channel": "C0OPS",
        "text": "<!here> &lt;https://evil.example|https://bank.example&gt; &lt;@U2&gt; "
        "&lt;!channel&gt; &amp;lt; <@U0BEN> <#C0OPS> <@U0ANA>",
    }


def test_deciding_again_after_a_crash_writes_nothing_twice() -> None:
    run = settled(a_run(TOOL))
    assert settled(run) == run


def test_a_manual_step_asks_with_its_words_filled_in() -> None:
    run = settled(a_run(MANUAL))
    assert run.status is RunStatus.WAITING
    assert run.question is not None
    assert run.question.kind is QuestionKind.MANUAL
    assert run.question.text == "Look at https://a.example/{{run.id}}"
    waiting = decide(run, nonce="n1", now=NOW)
    assert isinstance(waiting, Wait)
    assert waiting.seconds == WAIT_FOR_PEOPLE.total_seconds()


def test_an_unanswered_question_fails_the_run_when_its_time_is_over() -> None:
    run = settled(settled(a_run(MANUAL)), now=NOW + WAIT_FOR_PEOPLE)
    assert run.status is RunStatus.FAILED
    assert isinstance(decide(run, nonce="n1", now=NOW), End)


def test_a_failed_attempt_is_asked_about_and_retry_opens_another() -> None:
    run = settled(failed(settled(a_run(TOOL))))
    assert run.question is not None
    assert run.question.kind is QuestionKind.FAILURE
    run = progress.answer(run, run.question.id, Choice.RETRY, by=ANA, note="", at=NOW).run
    run = settled(run)
    assert len(run.step(1).attempts) == 2
    assert run.step(1).status is StepStatus.RUNNING


def test_a_steps_own_retries_come_before_any_question() -> None:
    run = settled(a_run(TOOL.model_copy(update={"retries": 1, "backoff": 0})))
    run = settled(failed(run))
    assert [a.number for a in run.step(1).attempts] == [1, 2]
    assert run.status is RunStatus.RUNNING
    assert settled(failed(run)).status is RunStatus.WAITING


@pytest.mark.parametrize(
    ("policy", "status"),
    [(OnFailure.STOP, RunStatus.FAILED), (OnFailure.CONTINUE, RunStatus.COMPLETED)],
)
def test_without_asking_a_failure_stops_the_run_or_is_passed_over(
    policy: OnFailure, status: RunStatus
) -> None:
    run = settled(failed(settled(a_run(TOOL.model_copy(update={"on_failure": policy})))))
    if policy is OnFailure.CONTINUE:
        assert run.outcome == "1 step failed"
    assert run.status is status
    assert run.step(1).status is StepStatus.FAILED


def test_an_unknown_outcome_is_always_asked_about_even_with_retries_left() -> None:
    careless = TOOL.model_copy(update={"retries": 5, "on_failure": OnFailure.CONTINUE})
    run = settled(failed(settled(a_run(careless)), unknown=True))
    assert run.question is not None
    assert run.question.kind is QuestionKind.UNKNOWN


def test_a_manual_step_that_failed_asks_what_to_do() -> None:
    run = settled(a_run(MANUAL))
    assert run.question is not None
    run = progress.answer(run, run.question.id, Choice.FAILED, by=ANA, note="down", at=NOW).run
    run = settled(run)
    assert run.question is not None
    assert run.question.kind is QuestionKind.FAILURE
    assert run.question.text == "<@U1> said that it failed: down"


def test_a_pause_is_taken_at_the_boundary_and_only_resume_ends_it() -> None:
    run = settled(a_run(TOOL, TOOL))
    run = progress.request_pause(run, by=ANA, at=NOW).run
    assert decide(run, nonce="n1", now=NOW) == Perform(1)
    run = progress.succeed(run, 1, summary="200", at=NOW).run
    run = settled(run)
    assert run.status is RunStatus.PAUSED
    assert run.step(2).status is StepStatus.PENDING
    topics = set()
    for pause in (1, 2):
        waiting = decide(run, nonce="n1", now=NOW)
        assert isinstance(waiting, Wait)
        topics.add(waiting.topic)
        run = progress.resume(run, by=ANA, at=NOW).run
        if pause == 1:
            run = settled(progress.request_pause(run, by=ANA, at=NOW).run)
    assert len(topics) == 2
    assert settled(run).step(2).status is StepStatus.RUNNING


def test_a_pause_asked_while_a_question_is_open_is_taken_with_the_answer() -> None:
    run = settled(a_run(MANUAL, TOOL))
    run = progress.request_pause(run, by=ANA, at=NOW).run
    assert run.question is not None
    run = progress.answer(run, run.question.id, Choice.DONE, by=ANA, note="", at=NOW).run
    assert run.status is RunStatus.PAUSED
    assert run.step(1).status is StepStatus.COMPLETE


def test_a_wait_is_over_when_its_noted_deadline_is() -> None:
    waits = Step(instruction="Wait", plan=ToolPlan(tool="wait", arguments={"duration": "1 minute"}))
    run = settled(a_run(waits))
    later = NOW + timedelta(minutes=1)
    run = progress.let_pass(run, 1, deadline=later).run
    waiting = decide(run, nonce="n1", now=NOW)
    assert isinstance(waiting, Wait)
    assert waiting.seconds == 60
    assert settled(run, now=later).step(1).status is StepStatus.COMPLETE


def test_an_ended_run_gets_no_further_decision_and_no_late_result() -> None:
    run = progress.abort(settled(a_run(TOOL)), by=ANA, at=NOW).run
    assert isinstance(decide(run, nonce="n1", now=NOW), End)
    assert "may have taken effect" in run.outcome
    with pytest.raises(Refused):
        progress.succeed(run, 1, summary="200", at=NOW)


def test_an_abort_says_what_may_have_taken_effect_and_only_that() -> None:
    """After a manual step, in a call; in a wait; in a manual step; with an outcome in doubt."""
    run = settled(a_run(MANUAL, TOOL))
    assert "taken effect" not in progress.abort(run, by=ANA, at=NOW).run.outcome
    assert run.question is not None
    run = progress.answer(run, run.question.id, Choice.DONE, by=ANA, note="", at=NOW).run
    run = settled(run)
    outcome = progress.abort(run, by=ANA, at=NOW).run.outcome
    assert "step 2 was cut off and may have taken effect" in outcome
    doubtful = settled(progress.end_attempt(run, 2, unknown=True, summary="?", at=NOW).run)
    assert "step 2 may have taken effect" in progress.abort(doubtful, by=ANA, at=NOW).run.outcome
    waits = progress.let_pass(run, 2, deadline=NOW + timedelta(minutes=1)).run
    assert "taken effect" not in progress.abort(waits, by=ANA, at=NOW).run.outcome
