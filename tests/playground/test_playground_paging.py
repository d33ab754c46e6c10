"""A channel of thousands of messages: read in pages, counted without a walk, kept as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.page_client import Page, page_of
from runbot.playground import Person, Playground
from runbot.playground.timeline import Timeline

KEPT = 5_000


def fill(playground: Playground, channel: str, number: int, **more: Any) -> None:
    who = playground.person("ben").id
    where = playground.workspace.channel(channel).id
    for index in range(number):
        playground.platform.conversations.post(
            channel=where, user=who, text=f"message {index}", **more
        )


async def scrolled(page: Page, query: str) -> list[str]:
    """Every text of a place, read as a page does that scrolls up to its beginning."""
    texts: list[str] = []
    before = ""
    while True:
        answer = await page.get(f"{page.person.id}/messages?{query}{before}")
        texts = [message["text"] for message in answer["messages"]] + texts
        if not answer["has_more"]:
            return texts
        before = f"&before={answer['messages'][0]['ts']}"


async def test_a_channel_of_five_thousand_is_read_to_its_beginning(playground: Playground) -> None:
    fill(playground, "general", KEPT)
    where = playground.workspace.channel("general").id
    async with page_of(playground, "ana") as page:
        assert await scrolled(page, f"channel={where}") == [f"message {n}" for n in range(KEPT)]


async def test_one_message_more_than_is_kept_takes_the_oldest_away(playground: Playground) -> None:
    fill(playground, "general", KEPT + 1)
    where = playground.workspace.channel("general").id
    async with page_of(playground, "ana") as page:
        texts = await scrolled(page, f"channel={where}&limit=200")
    assert (len(texts), texts[0]) == (KEPT, "message 1")


async def test_a_thread_is_read_in_pages_down_to_its_root(playground: Playground) -> None:
    ana = playground.person("ana")
    root = await ana.says("root", channel="general")
    fill(playground, "general", 7, thread_ts=root.ts)
    where = f"channel={root.channel}&thread_ts={root.ts}"
    expected = ["root", *(f"message {n}" for n in range(7))]
    async with page_of(playground, "ana") as page:
        for limit in (3, 4, 7, 8, 200):
            assert await scrolled(page, f"{where}&limit={limit}") == expected


async def test_a_full_page_at_the_very_beginning_says_that_nothing_is_left(
    playground: Playground,
) -> None:
    fill(playground, "general", 5)
    where = playground.workspace.channel("general").id
    async with page_of(playground, "ana") as page:
        whole = await page.get(f"{page.person.id}/messages?channel={where}&limit=5")
        less = await page.get(f"{page.person.id}/messages?channel={where}&limit=4")
    assert (len(whole["messages"]), whole["has_more"]) == (5, False)
    assert (len(less["messages"]), less["has_more"]) == (4, True)


async def test_what_only_one_person_sees_stands_in_its_place_in_the_pages(
    playground: Playground,
) -> None:
    fill(playground, "general", 2)
    bot, ana = playground.workspace.bot, playground.person("ana")
    where = playground.workspace.channel("general").id
    playground.platform.conversations.post(
        channel=where, user=bot.user_id, bot_id=bot.bot_id, text="only ana", ephemeral_to=ana.id
    )
    fill(playground, "general", 2)
    async with page_of(playground, "ana") as page:
        texts = await scrolled(page, f"channel={where}&limit=2")
    assert texts == ["message 0", "message 1", "only ana", "message 0", "message 1"]
    async with page_of(playground, "ben") as page:
        assert len(await scrolled(page, f"channel={where}&limit=2")) == 4


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=soon", "before=1"])
async def test_a_page_that_makes_no_sense_is_refused(playground: Playground, query: str) -> None:
    where = playground.workspace.channel("general").id
    async with page_of(playground, "ana") as page:
        status, answer = await page.ask(f"{page.person.id}/messages?channel={where}&{query}")
    assert (status, answer["error"]) == (400, "invalid_request")


async def test_the_sidebar_counts_what_is_unread_and_who_is_meant(playground: Playground) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")

    def row(person: Person) -> tuple[int, int]:
        channel = playground.workspace.channel("general")
        summary = playground.platform.conversations.summary(channel, person.id)
        return summary["unread"], summary["mentions"]

    await ben.says("hello", channel="general")
    meant = await ben.says("@ana look", channel="general")
    await ben.says("@channel look", channel="general")
    await ben.says("@mia look, in a thread", channel="general", thread=meant)
    assert row(ana) == (3, 2)
    assert row(ben) == (0, 0)
    await ana.opens("general")
    assert row(ana) == (0, 0)
    await ben.says("@ana again", channel="general")
    await ana.says("what is it?", channel="general")
    assert row(ana) == (0, 0)


async def test_a_big_workspace_is_kept_and_read_back_the_same(tmp_path: Path) -> None:
    first = Playground(data=tmp_path / "playground.json")
    await first.start()
    fill(first, "general", 300)
    root = first.messages("general")[0]
    await first.person("ana").says('a "reply" – ünïcode \u2028', channel="general", thread=root)
    changed = first.platform.conversations.change(root, text="changed", blocks=None)
    before = first.platform.messages.in_channel(root.channel)
    await first.stop()
    second = Playground(data=tmp_path / "playground.json")
    await second.start()
    after = second.platform.messages.in_channel(root.channel)
    await second.stop()
    assert after == before
    assert [m.text for m in after] == [m.text for m in before]
    assert after[0] == changed
    assert after[0].text == "changed"


@given(
    st.lists(st.tuples(st.integers(0, 99), st.sampled_from("ab")), unique_by=lambda row: row[0]),
    st.integers(0, 99),
    st.integers(1, 10),
)
def test_a_timeline_counts_and_pages_as_a_plain_walk_would(
    rows: list[tuple[int, str]], at: int, number: int
) -> None:
    line = Timeline()
    for number_, author in rows:
        line.add(f"{number_:03d}", author)
    for number_, author in rows[::3]:
        line.remove(f"{number_:03d}", author)
    kept = sorted((f"{n:03d}", a) for i, (n, a) in enumerate(rows) if i % 3)
    ts = f"{at:03d}"
    assert list(line) == [t for t, _ in kept]
    assert line.before(ts, number) == [t for t, _ in kept if t < ts][-number:]
    assert line.before(None, number) == [t for t, _ in kept][-number:]
    assert line.after(ts) == [t for t, _ in kept if t > ts]
    assert line.others_after(ts, "a") == sum(t > ts and a != "a" for t, a in kept)
    assert set(line.authors) == {a for _, a in kept}
