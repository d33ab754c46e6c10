"""The forms: a runbook is saved, a run is started, a question is answered with words."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from runbot.domain.errors import Conflict, InvalidInput
from runbot.domain.law import Choice
from runbot.domain.run import Run, Trigger
from runbot.operations.answers import Card
from runbot.surfaces.slack import (
    about_runbooks,
    about_runs,
    cards,
    lines,
    payloads,
    recovering,
    screens,
)
from runbot.surfaces.slack.boundary import Listener, guarded
from runbot.surfaces.slack.desk import Visit, remember_view, visit, workspace_of
from runbot.surfaces.slack.payloads import Submission
from runbot.surfaces.slack.views import (
    approvals,
    budget,
    changing,
    forms,
    launch,
    manual,
    notices,
    text,
)
from runbot.surfaces.slack.views.forms import Draft

# Slack gives up on a form after three seconds; some of them go by on the way.
ACKNOWLEDGE_WITHIN: Final = 1.8

T = TypeVar("T")


def register(app: AsyncApp) -> None:
    """One listener per form."""
    for callback, listener in _LISTENERS.items():
        app.view(callback)(listener)


def known(callback: str) -> bool:
    """Whether there is a listener for this form."""
    return callback in _LISTENERS


class Late:
    """Acknowledges a form once its work is done, or in time with a notice that it goes on."""

    def __init__(self, ack: AsyncAck, context: AsyncBoltContext, view: str) -> None:
        self._ack = ack
        self._context = context
        self._view = view
        self._waiting = False
        self._deadline = asyncio.get_running_loop().time() + ACKNOWLEDGE_WITHIN

    async def work(self, doing: Coroutine[Any, Any, T]) -> T:
        """The work's result; Slack is told to wait where it takes long."""
        task = asyncio.ensure_future(doing)
        left = max(0.0, self._deadline - asyncio.get_running_loop().time())
        done, _ = await asyncio.wait({task}, timeout=None if self._waiting else left)
        if not done:
            self._waiting = True
            remember_view(self._context, self._view)
            await self._ack(
                response_action="update", view=budget.modal(notices.loading("One moment"))
            )
        return await task

    async def close(self) -> None:
        """It is done: the form goes away, or says so where it had to wait."""
        if self._waiting:
            await screens.shown(self._context, self._view, notices.said("Done", "It is done."))
        else:
            await self._ack()

    async def problems(self, found: dict[str, str], again: View | dict[str, Any]) -> None:
        """Show problems beside their inputs, or the form once more where it had to wait."""
        if self._waiting:
            await screens.shown(self._context, self._view, again)
        else:
            await self._ack(response_action="errors", errors=found)

    async def replace(self, view: View) -> None:
        """Show another form in this one's place."""
        if self._waiting:
            await screens.shown(self._context, self._view, view)
        else:
            await self._ack(response_action="update", view=budget.modal(view))


@guarded
async def save(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Save a runbook. What is wrong stands beside its input; nothing typed is ever lost."""
    sent = payloads.submission(body, workspace_of(context))
    draft = forms.typed(sent.values, sent.private)
    late = Late(ack, context, sent.view)
    guest = await late.work(visit(context, sent.origin))
    try:
        card = await late.work(_saved(guest, draft))
    except InvalidInput as refused:
        said = text.plain(refused.sentence, 2000)
        again = forms.runbook_form(draft, notice=said)
        await late.problems(forms.form_problems(refused, draft), again)
        return
    except Conflict as taken:
        await _conflicted(guest, late, draft, taken)
        return
    await late.close()
    await _announced(guest, draft, card)


async def _saved(guest: Visit, draft: Draft) -> Card:
    runbooks = guest.desk.runbooks
    parameters = lines.read_parameters(draft.parameters)
    steps = tuple(step for written in draft.steps for step in lines.read_steps(written))
    if draft.runbook_id is None:
        workspace = guest.actor.workspace
        await guest.desk.directory.postable(workspace, draft.channel, listening=True)
        return await runbooks.create(
            guest.actor,
            name=draft.name,
            description=draft.description,
            parameters=parameters,
            instructions=steps,
            settings=draft.settings,
            cleanup=lines.read_steps(draft.cleanup),
            channel=draft.channel,
        )
    return await runbooks.edit(
        guest.actor,
        draft.runbook_id,
        base=draft.base or 0,
        was=draft.was,
        name=draft.name,
        description=draft.description,
        parameters=parameters,
        instructions=steps,
        settings=draft.settings,
        cleanup=lines.read_steps(draft.cleanup),
    )


async def _conflicted(guest: Visit, late: Late, draft: Draft, taken: Conflict) -> None:
    if draft.runbook_id is not None:
        theirs = await guest.desk.runbooks.show(guest.actor, draft.runbook_id)
        if theirs.version.number != draft.base or theirs.runbook.name != draft.was:
            await late.replace(forms.conflicted(draft, theirs))
            return
    again = forms.runbook_form(draft, notice=text.plain(taken.sentence, 2000))
    await late.problems({forms.NAME: text.clip(taken.sentence, 2000)}, again)


async def _announced(guest: Visit, draft: Draft, card: Card) -> None:
    number = card.version.number
    if number == draft.base and card.runbook.name == draft.was:
        return
    if draft.runbook_id is not None and await guest.desk.runbooks.card_place(card.runbook.id):
        await about_runbooks.changed(guest, card, f"saved version {number}.")
        return
    await cards.placed(guest, card, draft.channel)


@guarded
async def start(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Start a run with the values of the form; a wrong one is refused beside its input."""
    sent = payloads.submission(body, workspace_of(context))
    late = Late(ack, context, sent.view)
    guest = await late.work(visit(context, sent.origin))
    channel = sent.values.get(launch.CHANNEL) or sent.private.get("channel", "")
    try:
        await late.work(_started(guest, sent, channel))
    except InvalidInput as refused:
        runbook = sent.private["runbook"]
        values = launch.given(sent.values)
        needed = await guest.desk.runs.needs(guest.actor, runbook, values)
        beside = launch.run_problems(refused, needed.card)
        if not beside:
            raise
        again = launch.run_form(needed.card, values, channel=channel, channels={})
        await late.problems(beside, again)
        return
    except Conflict:
        await late.replace(await late.work(_superseded(guest, sent, channel)))
        return
    await late.close()


async def _superseded(guest: Visit, sent: Submission, channel: str) -> View:
    """The form with what is published now, and what that changes on top."""
    runbook = sent.private["runbook"]
    values = launch.given(sent.values)
    needed = await guest.desk.runs.needs(guest.actor, runbook, values)
    before = await guest.desk.runbooks.card_of(needed.card.runbook, _version(sent))
    return launch.run_form(
        needed.card,
        values,
        channel=channel,
        channels={},
        notice=launch.superseded(before, needed.card),
    )


def _version(sent: Submission) -> int:
    """The version whose steps the form showed."""
    return payloads.whole(sent.private["version"])


async def _started(guest: Visit, sent: Submission, channel: str) -> Run:
    if not channel:
        raise InvalidInput(
            "A run is shown in a channel, and none was chosen, so nothing was started.",
            do="Open the form in a channel, or choose one in it.",
        )
    await guest.desk.directory.postable(guest.actor.workspace, channel)
    return await guest.desk.runs.start(
        guest.actor,
        sent.private["runbook"],
        launch.given(sent.values),
        channel=channel,
        trigger=Trigger.BUTTON,
        key=sent.origin.key,
        version=_version(sent),
    )


@guarded
async def skip(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Skip a step, with the reason."""
    sent = payloads.submission(body, workspace_of(context))
    await _answered(ack, context, sent, Choice.SKIP, sent.values.get("reason", ""))


@guarded
async def deny(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Deny a step, with the reason."""
    sent = payloads.submission(body, workspace_of(context))
    await _answered(ack, context, sent, Choice.DENY, sent.values.get(approvals.REASON, ""))


@guarded
async def hand_over(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Give a manual step to somebody else."""
    sent = payloads.submission(body, workspace_of(context))
    late = Late(ack, context, sent.view)
    guest = await late.work(visit(context, sent.origin))
    to = sent.values.get(manual.PERSON, "")
    await late.work(guest.desk.runs.hand_over(guest.actor, sent.private.get("id", ""), to))
    await late.close()


@guarded
async def note(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Answer a manual step, with a note."""
    sent = payloads.submission(body, workspace_of(context))
    choice = payloads.one_of(Choice, sent.values.get("choice", ""))
    await _answered(ack, context, sent, choice, sent.values.get("note", ""))


@guarded
async def change(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Try a failed step again with other arguments; what its tool refuses stands beside each."""
    sent = payloads.submission(body, workspace_of(context))
    late = Late(ack, context, sent.view)
    guest = await late.work(visit(context, sent.origin))
    question = sent.private["id"]
    try:
        await late.work(recovering.change_and_retry(guest, question, sent.values))
    except InvalidInput as refused:
        found = await guest.desk.recovery.changeable(guest.actor, question)
        said = {problem.field: problem.sentence for problem in refused.problems}
        beside = changing.problems(said or {"": refused.sentence}, sent.values)
        if not beside:
            raise
        again = changing.change_modal(
            question,
            found.run,
            found.arguments,
            found.takes,
            typed=sent.values,
            notice=text.plain(" ".join(beside.values()), 2000),
        )
        await late.problems(beside, again)
        return
    await late.close()


async def _answered(
    ack: AsyncAck, context: AsyncBoltContext, sent: Submission, choice: Choice, words: str
) -> None:
    late = Late(ack, context, sent.view)
    guest = await late.work(visit(context, sent.origin))
    await late.work(about_runs.answer(guest, sent.private.get("id", ""), choice, note=words))
    await late.close()


_LISTENERS: Final[Mapping[str, Listener]] = MappingProxyType(
    {
        forms.CALLBACK: save,
        launch.CALLBACK: start,
        "question.skip": skip,
        "question.note": note,
        changing.CALLBACK: change,
        approvals.DENY: deny,
        manual.HAND_OVER: hand_over,
    }
)
