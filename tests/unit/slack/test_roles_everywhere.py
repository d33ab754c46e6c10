"""A role counts on every way into Runbot: commands, mentions, messages, clicks, forms, Home."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runbot.playground import Message
from runbot.playground.people import Person
from unit.slack.office import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDITORS = "takes the role editor or admin"
RUNNERS = "takes the role runner or editor or admin"
CREATE = "create a runbook called by-a-viewer with these steps: 1. Ask the team lead"


async def told(office: Office, person: Person, words: str, *, channel: str = "ops") -> None:
    """Wait until the person reads these words from Runbot."""

    def found() -> bool:
        said = person.reads(channel)
        threads = [m for root in said if not root.ephemeral_to for m in person.reads(channel, root)]
        return any(m.bot_id and words in m.shown for m in [*said, *threads])

    await office.playground.until(found, what=f"{words!r} for {person.user.name} in {channel}")


async def manages(office: Office, words: str, answer: str) -> None:
    ana = office.person("ana")
    await ana.runs_command("/runbook", words, channel="ops")
    await told(office, ana, answer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def card(office: Office) -> AsyncIterator[Message]:
    """A published runbook of Ana's, after which Ben and everybody may only look."""
    card = await office.publishes(office.person("ana"), "guarded", "Ask the team lead")
    await manages(office, "revoke editor from everyone", "any full member doesn't have the role")
    yield card


async def test_a_viewer_sees_and_is_refused_the_rest_wherever_they_try(
    office: Office, card: Message
) -> None:
    ben = office.person("ben")
    await ben.runs_command("/runbook", "show guarded", channel="incidents")
    await told(office, ben, "Ask the team lead", channel="incidents")

    await ben.runs_command("/runbook", CREATE, channel="incidents")
    await told(office, ben, EDITORS, channel="incidents")
    await ben.runs_command("/runbook", "run guarded", channel="incidents")
    await told(office, ben, RUNNERS, channel="incidents")
    await ben.says(f"@runbot {CREATE}", channel="general")
    await told(office, ben, EDITORS, channel="general")
    await ben.says("run guarded", channel="@runbot")
    await told(office, ben, RUNNERS, channel="@runbot")
    await ben.clicks(card, "Run")
    await office.modal(ben, RUNNERS)
    await ben.closes(ben.views[-1])
    await ben.clicks(card, "Edit")
    await office.modal(ben, EDITORS)
    await ben.closes(ben.views[-1])
    assert office.playground.messages("incidents") == []


async def test_home_and_help_show_a_viewer_what_they_may_do(office: Office, card: Message) -> None:
    del card
    ben, ana = office.person("ben"), office.person("ana")
    await ben.opens_home()
    await office.playground.until(
        lambda: ben.home is not None and "guarded" in str(ben.home.blocks), what="Home"
    )
    assert ben.home is not None
    words = str(ben.home.blocks)
    assert "New runbook" not in words
    assert [word for word in ("'Run'", "'Edit'", "'Archive'") if word in words] == []
    assert "'History'" in words

    await ben.runs_command("/runbook", "help", channel="ops")
    await told(office, ben, "list [draft|published|archived]")
    said = next(m for m in reversed(ben.reads("ops")) if "list [draft" in m.shown)
    assert "create [words]" not in said.shown
    assert "grant" not in said.shown
    await ana.runs_command("/runbook", "help", channel="ops")
    await told(office, ana, "grant ROLE to WHO")


async def test_a_form_that_was_open_when_the_role_was_taken_saves_nothing(
    office: Office, card: Message
) -> None:
    ben = office.person("ben")
    await manages(office, "grant editor to @ben", "has the role *editor* now")
    await ben.clicks(card, "Edit")
    form = await office.modal(ben, "Description")
    await manages(office, "revoke editor from @ben", f"<@{ben.id}> doesn't have the role")

    sent = await ben.submits(form, {"Steps": "1. Something else"})

    assert EDITORS in str(sent.errors)
    await office.shows(card, "Ask the team lead")


async def test_roles_are_shown_to_everybody_and_given_by_admins_alone(
    office: Office, card: Message
) -> None:
    del card
    ben = office.person("ben")
    await ben.runs_command("/runbook", "roles", channel="ops")
    await told(office, ben, "Your roles: viewer, approver")
    await told(office, ben, "*admin* (may see runbooks and runs")
    await ben.runs_command("/runbook", "grant admin to @ben", channel="ops")
    await told(office, ben, "takes the role admin")


async def test_words_that_name_no_role_or_nobody_change_nothing(
    office: Office, card: Message
) -> None:
    del card
    await manages(office, "grant owner to everyone", "There is no role called owner")
    await manages(office, "grant editor to @nobody-at-all", "Nobody here is called @nobody-at-all")
    await manages(office, "revoke admin from admins", "Nobody would be an admin any more")
