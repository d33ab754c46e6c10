"""Roles: the file says who may, an admin gives more in chat, and a restart forgets none of it."""

from __future__ import annotations

import pytest

from runbot.playground.people import Person

from .test_control import published, started
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE = "create a runbook called of-ben with these steps: 1. Ask the team lead"


async def _told(person: Person, words: str, *, said: str) -> str:
    """What Runbot answers a command of theirs in #incidents, once these words are in it."""
    before = {message.ts for message in person.reads("incidents")}
    await person.runs_command("/runbook", said, channel="incidents")

    def found() -> str | None:
        new = (m for m in person.reads("incidents") if m.bot_id and m.ts not in before)
        return next((m.shown for m in new if words in m.shown), None)

    answer = await person.platform.changes.until(found, timeout=15, what=f"{words!r} to {said!r}")
    assert answer is not None
    return answer


async def test_a_viewer_is_refused_until_an_admin_gives_their_group_a_role(
    ruled_world: World,
) -> None:
    world = ruled_world
    ana, ben = world.person("ana"), world.person("ben")
    await published(world, ana, "guarded", "Ask the team lead")

    # Ben may look, and is shown no more than that.
    assert "create [words]" not in await _told(ben, "list [", said="help")
    assert "takes the role editor or admin" in await _told(ben, "You may not", said=CREATE)
    await _told(ben, "takes the role runner", said="run guarded")
    await _told(ben, "takes the role admin", said="grant admin to @ben")
    run = await started(world, ana, "guarded")
    await ben.clicks(run, "Abort")
    await ben.sees("You may not pause, resume or abort runs here", channel="ops")
    await world.shows(run, "Waiting")

    # Ana gives the role in chat, to a group that he is in; it outlives Runbot.
    await ana.says("@runbot grant editor to @oncall", channel="ops")
    await _told(ana, "has the role *editor* now", said="grant editor to @oncall")
    assert "create [words]" in await _told(ben, "list [", said="help")
    await world.runbot.kill()
    await world.runbot.start()
    await ben.clicks(run, "Abort")
    await world.shows(run, "Aborted")
    await ben.says(f"@runbot {CREATE}", channel="ops")
    card = await ben.sees("*of-ben*  v1", channel="ops")

    # What the form had opened before the role was taken is not saved any more.
    await ben.clicks(card, "Edit")
    form = await world.modal(ben, "Steps")
    await _told(ana, "doesn't have the role", said="revoke editor from @oncall")
    sent = await ben.submits(form, {"Steps": "1. Something else"})
    assert "takes the role editor or admin" in str(sent.errors)
    assert "Ask the team lead" in world.now(card)
    await _told(ana, "isn't taken in chat", said="revoke admin from admins")
