"""Sending over Slack's own protocol: repeated where safe, looked up where doubtful."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from runbot.domain.errors import Unavailable
from runbot.playground.playground import Playground
from runbot.surfaces.slack.posts import Posts
from runbot.surfaces.slack.refusals import Declined, Throttled
from runbot.surfaces.slack.sending import Sender, web_client
from runbot.surfaces.slack.turns import Turns
from runbot.surfaces.slack.views.budget import Message
from runbot.tools.slack_post import NotPosted

HELLO = Message("hello", [])


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    playground = Playground()
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
def channel(slack: Playground) -> str:
    return slack.workspace.channel("general").id


def sender_to(slack: Playground, *, patience: float = 3) -> Sender:
    client = web_client(slack.bot_token, base_url=slack.api_url)
    return Sender(lambda _: client, patience=patience, timeout=0.3, backoff=0.02)


def said(slack: Playground) -> list[str]:
    return [message.text for message in slack.messages("general")]


@pytest.mark.parametrize("trouble", ["server_error", "no_answer", "lost_answer"])
async def test_a_keyed_post_is_there_once_whatever_became_of_the_answer(
    slack: Playground, channel: str, trouble: str
) -> None:
    getattr(slack.faults, trouble)("chat.postMessage")
    place = await sender_to(slack).post("T1", channel, HELLO, key="k1")
    assert said(slack) == ["hello"]
    assert place.ts == slack.messages("general")[0].ts


async def test_two_keys_are_two_messages_even_where_the_text_is_the_same(
    slack: Playground, channel: str
) -> None:
    sender = sender_to(slack)
    await sender.post("T1", channel, HELLO, key="k1")
    slack.faults.server_error("chat.postMessage")
    await sender.post("T1", channel, HELLO, key="k2")
    assert said(slack) == ["hello", "hello"]


async def test_a_doubtful_post_without_a_key_is_not_repeated(
    slack: Playground, channel: str
) -> None:
    slack.faults.lost_answer("chat.postMessage")
    with pytest.raises(Unavailable) as raised:
        await sender_to(slack).post("T1", channel, HELLO)
    assert not isinstance(raised.value, NotPosted)
    assert said(slack) == ["hello"]


async def test_a_doubtful_post_that_cannot_be_looked_up_is_said_to_be_doubtful(
    slack: Playground, channel: str
) -> None:
    slack.faults.lost_answer("chat.postMessage")
    slack.faults.server_error("conversations.history", times=50)
    with pytest.raises(Unavailable, match="can't be seen") as raised:
        await sender_to(slack, patience=0.3).post("T1", channel, HELLO, key="k1")
    assert not isinstance(raised.value, NotPosted)
    assert len(slack.calls_of("chat.postMessage")) == 1


async def test_retry_after_is_waited_for(slack: Playground, channel: str) -> None:
    slack.faults.ratelimited("chat.postMessage", retry_after=1, times=2)
    await sender_to(slack, patience=5).post("T1", channel, HELLO, key="k1")
    times = [call.at for call in slack.calls_of("chat.postMessage")]
    assert len(times) == 3
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(times))


async def test_a_wait_longer_than_the_patience_is_refused_at_once_and_surely_not_posted(
    slack: Playground, channel: str
) -> None:
    slack.faults.ratelimited("chat.postMessage", retry_after=60)
    with pytest.raises(Throttled) as raised:
        await sender_to(slack).post("T1", channel, HELLO, key="k1")
    assert raised.value.retry_after == 60
    assert said(slack) == []


async def test_slacks_no_becomes_a_sentence_that_says_what_to_do(slack: Playground) -> None:
    with pytest.raises(Declined) as raised:
        await sender_to(slack).post("T1", "C0NOWHERE", HELLO, key="k1")
    assert raised.value.error == "channel_not_found"
    assert "/invite @Runbot" in raised.value.sentence


@pytest.mark.parametrize("code", ["something_new", "restricted_action", "user_not_in_channel"])
def test_a_no_says_what_to_do_and_one_that_is_not_known_also_names_slacks_reason(
    code: str,
) -> None:
    refused = Declined(code)
    assert refused.do
    assert (code in refused.sentence) == (code == "something_new")


async def test_a_slack_that_cannot_be_reached_has_surely_got_nothing() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/api/"
        client = web_client("xoxb-1", base_url=address)
        sender = Sender(lambda _: client, patience=0.1, backoff=0.02)
        with pytest.raises(NotPosted):
            await sender.post("T1", "C1", HELLO, key="k1")


@pytest.mark.parametrize("trouble", ["server_error", "no_answer", "lost_answer"])
async def test_an_update_is_repeated_until_it_is_there(
    slack: Playground, channel: str, trouble: str
) -> None:
    sender = sender_to(slack)
    place = await sender.post("T1", channel, HELLO)
    getattr(slack.faults, trouble)("chat.update")
    await sender.update("T1", place, Message("goodbye", []))
    assert said(slack) == ["goodbye"]


async def test_a_tools_post_goes_to_a_channel_by_name_and_comes_back_with_its_address(
    slack: Playground, channel: str
) -> None:
    async def channel_id(workspace: str, name: str) -> str | None:
        return {("T1", "general"): channel}.get((workspace, name))

    posts = Posts(sender_to(slack), channel_id)
    slack.faults.lost_answer("chat.postMessage")
    posted = await posts.post("T1", "#general", "all is well", key="run_1:4:1")
    assert said(slack) == ["all is well"]
    assert posted.channel == channel
    assert posted.permalink
    with pytest.raises(Declined):
        await posts.post("T1", "#nowhere", "all is well", key="run_1:5:1")


def whispered(slack: Playground) -> list[str]:
    ana = slack.person("ana")
    return [m.text for m in ana.reads("general") if m.ephemeral_to]


@pytest.mark.parametrize("switch", ["ratelimited", "server_error", "no_answer"])
async def test_a_private_word_outlasts_the_trouble(
    slack: Playground, channel: str, switch: str
) -> None:
    ana = slack.person("ana").id
    retry = {"retry_after": 0.1} if switch == "ratelimited" else {}
    slack.faults.switch(switch, **retry)
    saying = asyncio.create_task(sender_to(slack, patience=20).ephemeral("T1", channel, ana, HELLO))
    await slack.until(lambda: slack.faults.met(switch) >= 3, what="three tries")
    assert not saying.done()
    slack.faults.clear()
    await saying
    assert whispered(slack) == ["hello"]


async def test_a_private_word_that_may_have_been_heard_waits_until_slack_answers_again(
    slack: Playground, channel: str
) -> None:
    ana = slack.person("ana").id
    slack.faults.switch("lost_answer")
    saying = asyncio.create_task(sender_to(slack, patience=20).ephemeral("T1", channel, ana, HELLO))
    await slack.until(lambda: len(slack.calls_of("auth.test")) >= 3, what="three looks")
    assert len(whispered(slack)) == 1
    slack.faults.clear()
    await saying
    assert len(whispered(slack)) == 2


async def test_a_private_word_whose_answers_are_all_lost_is_said_a_few_times_at_most(
    slack: Playground, channel: str
) -> None:
    ana = slack.person("ana").id
    slack.faults.switch("lost_answer", method="chat.postEphemeral")
    client = web_client(slack.bot_token, base_url=slack.api_url)
    sender = Sender(lambda _: client, patience=20, timeout=0.3, backoff=0.001)
    with pytest.raises(Unavailable):
        await sender.ephemeral("T1", channel, ana, HELLO)
    assert len(whispered(slack)) == 4


async def test_a_turn_is_waited_for_only_so_long() -> None:
    turns = Turns()
    async with turns.of("cards", "C1"):
        async with turns.after("cards", "C1", seconds=0.01):
            pass
        waiting = asyncio.create_task(_after(turns))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting
    assert not turns.of("cards", "C1").locked()


async def _after(turns: Turns) -> None:
    async with turns.after("cards", "C1", seconds=10):
        assert turns.of("cards", "C1").locked()
