"""A runbook's card in its channel: posted once, redrawn in place, its thread told what changed."""

from __future__ import annotations

import contextlib
from typing import Final

from runbot.domain.errors import Unavailable
from runbot.operations.answers import Card
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.refusals import Declined
from runbot.surfaces.slack.replies import responded
from runbot.surfaces.slack.sending import Place
from runbot.surfaces.slack.views import drafts, text

# Seconds that others wait for a card's place; while Slack is in trouble they go on without.
BEING_POSTED: Final = 5.0


async def placed(visit: Visit, card: Card, channel: str) -> Place:
    """Post the card as a message of its own, whose thread is the talk about the runbook."""
    runbook = card.runbook
    where = channel or visit.actor.id
    # Whoever reads the card can answer before its place is stored: answers wait their turn.
    async with visit.desk.turns.of("cards", where):
        place = await visit.desk.sender.post(
            runbook.workspace,
            where,
            drafts.draft_card(card),
            key=f"card:{runbook.id}:{visit.origin.key}",
        )
        await visit.desk.runbooks.bind(runbook, place.channel, place.ts)
    return place


async def drawn(visit: Visit, runbook_id: str) -> Place | None:
    """Redraw the card as the runbook is now, and give where it stands; None where nowhere."""
    stands = await visit.desk.runbooks.card_place(runbook_id)
    if stands is None:
        # Whoever sees the card can click it before its place is stored, too.
        turns = visit.desk.turns
        async with turns.after("cards", visit.origin.channel, seconds=BEING_POSTED):
            stands = await visit.desk.runbooks.card_place(runbook_id)
    if stands is None:
        return None
    place = Place(*stands)
    async with visit.desk.turns.of("card", runbook_id):
        # Of two changes at once the later one's card may be drawn first: draw what is now.
        newest = await visit.desk.runbooks.show(visit.actor, runbook_id)
        await visit.desk.sender.update(visit.actor.workspace, place, drafts.draft_card(newest))
    return place


async def renewed(visit: Visit, reference: str) -> None:
    """Show the runbook as it is now, on its card and on the copy that was clicked.

    The refusal that follows is what the person needs to hear: where Slack doesn't take the
    drawing, the old one stays, and a click on it is refused once more.
    """
    card = await visit.desk.runbooks.show(visit.actor, reference)
    with contextlib.suppress(Declined, Unavailable):
        place = await drawn(visit, card.runbook.id)
        if visit.origin.message and (place is None or visit.origin.message != place.ts):
            await _copied(visit, card)


async def redrawn(visit: Visit, card: Card, what: str) -> bool:
    """Redraw the card where it stands and say in its thread what changed.

    False where the person sees nothing of that, since the card stands nowhere any more or
    they asked from elsewhere: they still need an answer.
    """
    runbook, sender = card.runbook, visit.desk.sender
    try:
        place = await drawn(visit, runbook.id)
        if place is None:
            return False
        await sender.post(
            runbook.workspace,
            place.channel,
            drafts.changed_message(f"{text.mention(visit.actor)} {what}"),
            thread=place.ts,
            key=f"changed:{runbook.id}:{visit.origin.key}",
        )
    except Declined:
        # The card was deleted or its channel archived; the runbook itself has changed.
        return False
    origin = visit.origin
    if origin.message and origin.message != place.ts:
        await _copied(visit, card)
        return True
    return origin.way in {Way.CLICK, Way.FORM} and origin.channel == place.channel


async def _copied(visit: Visit, card: Card) -> None:
    """Redraw the copy of the card that was clicked, which `show` had given."""
    origin = visit.origin
    if not origin.ephemeral:
        place = Place(origin.channel, origin.message or "")
        await visit.desk.sender.update(origin.workspace, place, drafts.draft_card(card))
    else:
        verbs = await visit.desk.rights.verbs(visit.actor)
        message = drafts.draft_card(card, verbs=verbs)
        await responded(visit.context, message, replace_original=True)
