"""Who is no full member is told so on every way into Runbot, and nothing is done for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import pytest
import pytest_asyncio

from runbot.domain.access import ActorKind
from runbot.playground import Message
from runbot.playground.people import Person
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUEST, ABROAD, GONE = (
    "Guests may not",
    "People from other workspaces may not",
    "deactivated may not",
)
# https://docs.slack.dev/reference/objects/user-object
OUTSIDERS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = MappingProxyType(
    {
        "a guest of several channels": (GUEST, {"is_guest": True}),
        "a guest of one channel": (GUEST, {"is_guest": True, "is_single_channel_guest": True}),
        "of a workspace that shares a channel": (ABROAD, {"team_id": "T0OTHER"}),
        "a stranger": (ABROAD, {"is_stranger": True}),
        "of another workspace of the grid": (
            ABROAD,
            {"team_id": "T0OTHER", "grid_teams": ("T0OTHER",)},
        ),
        "deactivated": (GONE, {"deleted": True}),
    }
)


@dataclass(frozen=True)
class Place:
    """What stands in #general for people to try: a run that waits, and a draft that asks."""

    office: Office
    run: Message
    draft: Message
    published: Message

    async def become(self, **what: Any) -> Person:
        """Mia, as Slack tells who she is from now on."""
        workspace = self.office.playground.workspace
        mia = replace(
            workspace.person("mia"),
            **{
                "is_guest": False,
                "is_single_channel_guest": False,
                "team_id": "",
                "grid_teams": (),
                "is_stranger": False,
                "deleted": False,
                **what,
            },
        )
        workspace.people[mia.id] = mia
        self.office.application.desk.directory.forget()
        return self.office.person("mia")

    async def hears(self, person: Person, words: str, known: set[str], channel: str) -> None:
        """Wait until Runbot tells the person something new with these words in it."""

        def found() -> bool:
            return any(words in m.shown for m in read(person, channel) if m.ts not in known)

        await self.office.playground.until(found, what=f"{words!r} in {channel}")


def read(person: Person, channel: str) -> list[Message]:
    """What they see of Runbot's in a channel, and in its threads."""
    there = person.reads(channel)
    roots = [message for message in there if message.ephemeral_to is None]
    threads = [message for root in roots for message in person.reads(channel, root)]
    every = {message.ts: message for message in (*there, *threads) if message.bot_id}
    return list(every.values())


async def _command(place: Place, mia: Person) -> str:
    del place
    await mia.runs_command("/runbook", "tools", channel="general")
    return "general"


async def _mention(place: Place, mia: Person) -> str:
    del place
    await mia.says("@runbot list", channel="general")
    return "general"


async def _direct(place: Place, mia: Person) -> str:
    del place
    await mia.says("status", channel="@runbot")
    return "@runbot"


async def _thread(place: Place, mia: Person) -> str:
    await mia.says("1: mia@example.com", channel="general", thread=place.draft)
    return "general"


async def _click(place: Place, mia: Person) -> str:
    await mia.clicks(place.run, "Abort")
    return "general"


Try = Callable[[Place, Person], Awaitable[str]]
ENTRIES: Final[Mapping[str, Try]] = MappingProxyType(
    {
        "command": _command,
        "mention": _mention,
        "direct message": _direct,
        "thread": _thread,
        "click": _click,
    }
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(office: Office) -> AsyncIterator[Place]:
    ana = office.person("ana")
    published = await office.publishes(ana, "kept-apart", "Ask the team lead")
    await ana.runs_command("/runbook", "run kept-apart", channel="general")
    run = await ana.sees("*kept-apart*  v1 · *Waiting", channel="general")
    words = "@runbot create a runbook called asks-much with these steps: 1. Email the on-call"
    await ana.says(words, channel="general")
    draft = await ana.sees("*asks-much*  v1", channel="general")
    yield Place(office, run, draft, published)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("who", OUTSIDERS)
async def test_an_outsider_is_refused_with_a_sentence(place: Place, who: str, entry: str) -> None:
    sentence, what = OUTSIDERS[who]
    mia = await place.become(**what)
    where = "@runbot" if entry == "direct message" else "general"
    known = {message.ts for message in read(mia, where)}

    channel = await ENTRIES[entry](place, mia)

    await place.hears(mia, sentence, known, channel)
    await place.office.shows(place.run, "Waiting")
    await place.office.shows(place.draft, "asks-much*  v1")


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_home_is_closed_to_an_outsider(place: Place, who: str) -> None:
    sentence, what = OUTSIDERS[who]
    await _home(place, await place.become(), "kept-apart")
    mia = await place.become(**what)
    await _home(place, mia, sentence)
    assert mia.home is not None
    assert "kept-apart" not in str(mia.home.blocks)


async def _home(place: Place, mia: Person, words: str) -> None:
    await mia.opens_home()
    await place.office.playground.until(
        lambda: mia.home is not None and words in str(mia.home.blocks), what=f"Home with {words!r}"
    )


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_a_form_that_they_opened_as_a_member_starts_nothing(place: Place, who: str) -> None:
    sentence, what = OUTSIDERS[who]
    mia = await place.become()
    await mia.runs_command("/runbook", "edit kept-apart", channel="general")
    form = await place.office.modal(mia, "Ask the team lead")
    mia = await place.become(**what)

    sent = await mia.submits(form, {"Steps": "1. Ask mia"})

    assert sentence in str(sent.errors)
    await mia.closes(form)
    await place.office.shows(place.published, "v1", "Ask the team lead")


async def test_a_member_of_the_grid_s_workspace_is_a_full_member(place: Place) -> None:
    ours = place.office.playground.workspace.team_id
    mia = await place.become(team_id="T0OTHER", grid_teams=("T0OTHER", ours))
    known = {message.ts for message in read(mia, "general")}
    await mia.runs_command("/runbook", "list", channel="general")
    await place.hears(mia, "kept-apart", known, "general")


@pytest.mark.parametrize(
    ("app", "subtype"),
    [
        ("B0WORKFLOW", "bot_message"),  # a workflow's or a webhook's post
        ("B0ALERTS", None),  # an app's, under its own name
    ],
)
async def test_what_an_app_or_a_workflow_asks_is_refused_once_and_not_done(
    place: Place, app: str, subtype: str | None
) -> None:
    office = place.office
    bot = office.playground.workspace.bot.user_id
    ana = office.person("ana")
    asked = {
        office.playground.platform.conversations.post(
            channel=office.playground.workspace.channel("incidents").id,
            user=ana.id,
            text=f"<@{bot}> run kept-apart {number}",
            bot_id=app,
            subtype=subtype,
        ).ts
        for number in (1, 2)
    }

    def refused() -> list[str | None]:
        said = [m for m in read(ana, "incidents") if "Apps, bots and workflows can't" in m.shown]
        return [message.thread_ts for message in said if message.thread_ts in asked]

    await office.playground.until(lambda: bool(refused()), what="the refusal")
    root = await ana.says("@runbot list", channel="incidents")
    await ana.sees("kept-apart", channel="incidents", thread=root)
    assert len(refused()) == 1
    going_on = await office.application.desk.runs.going_on(await office.actor("ana"))
    assert [line.channel for line in going_on if line.name == "kept-apart"] == [place.run.channel]


async def test_slackbot_is_an_app_though_slack_does_not_say_so(place: Place) -> None:
    workspace = place.office.playground.workspace
    workspace.people["USLACKBOT"] = replace(
        workspace.person("ben"), id="USLACKBOT", name="slackbot"
    )
    actor = await place.office.application.desk.directory.actor(workspace.team_id, "USLACKBOT")
    del workspace.people["USLACKBOT"]
    assert (actor.kind, actor.bot) == (ActorKind.PERSON, True)
