"""What people ask about runbooks, in words or by clicks: each a request, a verb, an answer."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock
from slack_sdk.models.views import View

from runbot.domain.access import Verb
from runbot.domain.errors import Conflict, InvalidInput
from runbot.operations.answers import Ask, Card
from runbot.surfaces.slack import cards, commands, screens
from runbot.surfaces.slack.commands import Request, Word
from runbot.surfaces.slack.desk import Visit
from runbot.surfaces.slack.payloads import Way
from runbot.surfaces.slack.replies import privately, reply
from runbot.surfaces.slack.views import budget, controls, drafts, forms, home, lists, text
from runbot.surfaces.slack.views.forms import Draft

LISTED = 1000  # read to be counted; more runbooks than this are told as so many


async def create(visit: Visit, request: Request) -> None:
    """From words where there are some, else in the form."""
    if request.text:
        await create_from(visit, request.text)
        return
    if visit.origin.trigger:
        await screens.opened(
            visit.context, visit.origin.trigger, "New runbook", lambda: blank(visit)
        )
        return
    entry = commands.entry_of(Word.CREATE)
    said = (
        "Tell me what it is called and what its steps are, for example: "
        f"`{text.escape(entry.example)}`. Or write it in a form."
    )
    await reply(visit, _with_button(said, "Open the form", home.NEW, "new"))


async def create_from(visit: Visit, words: str) -> None:
    """A draft from a person's words, its card in the channel; what is unclear is asked."""
    origin, desk = visit.origin, visit.desk
    await desk.directory.postable(origin.workspace, origin.channel, listening=True)
    made = await desk.runbooks.create_from_text(
        visit.actor, words, channel=origin.channel, thread=_asked_in(visit)
    )
    await _shown(visit, made)


async def completes(visit: Visit, words: str) -> bool:
    """Take an answer to what a new runbook lacks; False where nothing is asked here."""
    thread = _asked_in(visit)
    if thread is None:
        return False
    made = await visit.desk.runbooks.completed(
        visit.actor, words, channel=visit.origin.channel, thread=thread
    )
    if made is not None:
        await _shown(visit, made)
    return made is not None


def _asked_in(visit: Visit) -> str | None:
    """Where an answer to a question would come: the thread, or the direct message itself."""
    return (visit.origin.thread or "") if visit.origin.way is Way.MESSAGE else None


async def _shown(visit: Visit, made: Card | Ask) -> None:
    origin, desk = visit.origin, visit.desk
    if isinstance(made, Ask):
        people = text.people_in(made.question)
        await reply(visit, lists.notice(text.plain(made.question, 2500, people=people)))
        return
    place = await cards.placed(visit, made, origin.channel)
    if origin.threaded:
        # The card's own thread is where it is talked about, so it can't stand in another.
        address = await desk.sender.permalink(origin.workspace, place)
        await reply(visit, lists.notice(f"The draft is {text.link(address, 'here')}."))


async def listing(visit: Visit, request: Request) -> None:
    """The runbooks, all or those asked for."""
    runbooks, status = visit.desk.runbooks, request.status
    found = await runbooks.listing(visit.actor, status=status, text=request.text, limit=LISTED)
    # What is archived is out of the way until it is asked for; what can be run comes first.
    order = lists.ORDER if status is None else (status,)
    listed = [one for wanted in order for one in found if one.runbook.status is wanted]
    wanted = " ".join(part for part in (status or "", request.text) if part)
    await reply(visit, lists.runbooks_message(listed, wanted=wanted))


async def show(visit: Visit, request: Request) -> None:
    """A runbook's card; one that only the person sees has the buttons that are of use to them."""
    card = await visit.desk.runbooks.show(visit.actor, reference(visit, request))
    if visit.origin.way is Way.MESSAGE:
        await reply(visit, drafts.draft_card(card))
        return
    verbs = await visit.desk.rights.verbs(visit.actor)
    await reply(visit, drafts.draft_card(card, verbs=verbs))


async def edit(visit: Visit, request: Request) -> None:
    """The form at once where Slack lets one be opened, else a button that opens it."""
    wanted = reference(visit, request)
    if visit.origin.trigger:
        await open_editor(visit, wanted)
        return
    card = await visit.desk.runbooks.show(visit.actor, wanted)
    said = f"{text.bold(text.line(card.runbook.name, 100))} opens in a form."
    await reply(visit, _with_button(said, "Edit", drafts.EDIT, controls.shown(card)))


async def open_editor(visit: Visit, wanted: str) -> None:
    """The form with the runbook as it is now."""

    async def build() -> View:
        await visit.desk.rights.require(visit.actor, Verb.AUTHOR)
        card = await visit.desk.runbooks.show(visit.actor, wanted)
        return forms.runbook_form(forms.draft_of(card, channel=visit.origin.channel))

    await screens.opened(visit.context, visit.origin.trigger or "", "Edit", build)


async def publish(visit: Visit, request: Request, *, shown: int | None = None) -> None:
    """Publish the latest version, or the `shown` one as long as it is that."""
    wanted = reference(visit, request)
    try:
        card = await visit.desk.runbooks.publish(visit.actor, wanted, version=shown)
    except Conflict:
        await cards.renewed(visit, wanted)
        raise
    await changed(visit, card, f"published version {card.version.number}.")


async def archive(visit: Visit, request: Request) -> None:
    """Take it out of use."""
    card = await visit.desk.runbooks.archive(visit.actor, reference(visit, request))
    await changed(visit, card, "archived it. It can be published again at any time.")


async def answer(visit: Visit, runbook_id: str, words: str) -> bool:
    """Take words in a draft's thread as answers to its open questions.

    False where the draft asks nothing, so that the words aren't for Runbot.
    """
    desk = visit.desk
    card = await desk.runbooks.show(visit.actor, runbook_id)
    if not card.version.content.open_questions:
        return False
    answered = await desk.runbooks.answer(visit.actor, runbook_id, words)
    message = drafts.answered_message(answered.said, answered.unclear, answered.card)
    if not answered.said:
        # People talk among themselves in the thread, too: only the writer sees this.
        me = f"<@{bot}>" if (bot := visit.context.bot_user_id) else "me"
        hint = f"{message.text}\nFor anything else than an answer, begin with {me}."
        await privately(visit.context, visit.origin, lists.notice(hint))
        return True
    await cards.drawn(visit, runbook_id)
    await reply(visit, message)
    return True


async def settle(visit: Visit, runbook_id: str, words: str) -> None:
    """Set what words in a runbook's thread say, and show what that changed."""
    answered = await visit.desk.runbooks.settle(visit.actor, runbook_id, words)
    await cards.drawn(visit, runbook_id)
    await reply(visit, drafts.settled_message(answered.said, answered.card))


def reference(visit: Visit, request: Request) -> str:
    """The runbook that was named, or the one whose thread this is."""
    wanted = request.reference or visit.here
    if not wanted:
        entry = commands.entry_of(request.word)
        raise InvalidInput(
            f"Which runbook should I {request.word.value}?",
            do=f"Name it, for example: /runbook {entry.example}. /runbook list shows all.",
        )
    return wanted


async def changed(visit: Visit, card: Card, what: str) -> None:
    """Show a change: on the card, in its thread, and to whoever made it from elsewhere."""
    if await cards.redrawn(visit, card, what):
        return
    name = text.bold(text.line(card.runbook.name, 100))
    say = f"{name}: {text.mention(visit.actor)} {what}"
    if visit.origin.way is not Way.MESSAGE:
        say = f"{name}: you {what}"
    await reply(visit, lists.notice(say))


async def blank(visit: Visit) -> View:
    """The form for a new runbook, for whoever may write one."""
    await visit.desk.rights.require(visit.actor, Verb.AUTHOR)
    return forms.runbook_form(Draft(channel=visit.origin.channel))


def _with_button(said: str, label: str, action: str, value: str) -> budget.Message:
    opens = controls.button(label, action, value)
    return budget.message(said, [budget.section(said), ActionsBlock(elements=[opens])])
