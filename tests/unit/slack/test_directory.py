"""People and channels as Slack knows them, asked rarely and followed soon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from runbot.domain.errors import InvalidInput, NotFound, Unavailable
from runbot.playground import Playground
from runbot.surfaces.slack.directory import PROFILE_SECONDS, Directory
from runbot.surfaces.slack.sending import web_client


@dataclass
class World:
    playground: Playground
    now: float = 0.0
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        client = web_client(self.playground.bot_token, base_url=self.playground.api_url)
        self.directory = Directory(lambda _: client, clock=lambda: self.now)
        self.team = self.playground.workspace.team_id

    def asked(self, method: str) -> int:
        return len(self.playground.calls_of(method))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    playground = Playground()
    await playground.start()
    try:
        yield World(playground)
    finally:
        await playground.stop()


async def test_a_person_is_asked_for_once_a_minute(world: World) -> None:
    ana = world.playground.person("ana")
    first = await world.directory.actor(world.team, ana.id)
    assert (first.id, first.guest, first.external, first.bot) == (ana.id, False, False, False)
    await world.directory.actor(world.team, ana.id)
    assert world.asked("users.info") == 1
    world.now += PROFILE_SECONDS + 1
    await world.directory.actor(world.team, ana.id)
    assert world.asked("users.info") == 2


async def test_guests_bots_and_strangers_are_told_apart(world: World) -> None:
    mia = world.playground.person("mia")
    assert (await world.directory.actor(world.team, mia.id)).guest
    bot = world.playground.workspace.bot.user_id
    assert (await world.directory.actor(world.team, bot)).bot
    assert (await world.directory.actor("T0ELSEWHERE", mia.id)).external


async def test_somebody_who_slack_does_not_know_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.directory.actor(world.team, "U0NOBODY")


async def test_somebody_who_has_just_joined_is_seen_at_once(world: World) -> None:
    ana, mia = world.playground.person("ana"), world.playground.person("mia")
    ops = world.playground.workspace.channel("ops").id
    assert await world.directory.is_member(world.team, ops, ana.id)
    assert not await world.directory.is_member(world.team, ops, mia.id)
    await ana.runs_command("/invite", "@mia", channel="ops")
    assert await world.directory.is_member(world.team, ops, mia.id)


async def test_a_channel_that_runbot_cannot_see_has_no_members(world: World) -> None:
    ana = world.playground.person("ana")
    assert not await world.directory.is_member(world.team, "C0NOWHERE", ana.id)


async def test_channels_are_found_by_name_or_id(world: World) -> None:
    ops = world.playground.workspace.channel("ops").id
    assert await world.directory.channel(world.team, "#ops") == ops
    assert await world.directory.channel(world.team, ops) == ops
    assert await world.directory.channel_id(world.team, "nowhere") is None
    with pytest.raises(NotFound, match="#nowhere"):
        await world.directory.channel(world.team, "#nowhere")


async def test_where_nothing_could_be_posted_is_refused_with_what_to_do(world: World) -> None:
    channel = world.playground.workspace.channel
    await world.directory.postable(world.team, channel("ops").id)
    with pytest.raises(InvalidInput) as refused:
        await world.directory.postable(world.team, channel("leads").id)
    assert "/invite" in refused.value.do


async def test_a_public_channel_without_runbot_can_be_posted_to_but_not_listened_to(
    world: World,
) -> None:
    ops = world.playground.workspace.channel("ops")
    ops.members.remove(world.playground.workspace.bot.user_id)
    await world.directory.postable(world.team, ops.id)
    with pytest.raises(InvalidInput, match="would not hear"):
        await world.directory.postable(world.team, ops.id, listening=True)


async def test_a_busy_slack_is_asked_again_and_a_broken_one_given_up(world: World) -> None:
    ana = world.playground.person("ana")
    world.playground.faults.ratelimited("users.info", retry_after=0, times=2)
    assert (await world.directory.actor(world.team, ana.id)).id == ana.id
    world.directory.forget()
    world.playground.faults.server_error("users.info", times=3)
    with pytest.raises(Unavailable) as trouble:
        await world.directory.actor(world.team, ana.id)
    assert "Try again" in trouble.value.sentence


async def test_many_questions_at_once_are_one(world: World) -> None:
    ana = world.playground.person("ana")
    await asyncio.gather(*(world.directory.actor(world.team, ana.id) for _ in range(20)))
    assert world.asked("users.info") == 1
