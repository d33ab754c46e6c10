"""What each person has read: threads they are in, and what they mark unread again."""

from __future__ import annotations

from typing import Any

from playground.bolt_apps import ConnectedApp, connected_app
from playground.page_client import Page, page_of
from runbot.playground import Playground


async def threads(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await page.get(f"{page.person.id}/threads"))["threads"]
    return found


async def row(page: Page, channel: str) -> dict[str, Any]:
    rows = await page.get(f"{page.person.id}/conversations")
    found: dict[str, Any] = next(one for one in rows if one["id"] == channel)
    return found


async def test_threads_are_those_one_wrote_in_or_was_named_in(playground: Playground) -> None:
    """The newest first, each with its last three replies and how many of them are new."""
    ana, ben, mia = (playground.person(name) for name in ("ana", "ben", "mia"))
    roots = [await ben.says(f"Root {number}", channel="general") for number in range(4)]
    for number in range(5):
        await ana.says(f"{number}", channel="general", thread=roots[0])
    await mia.says("Not for her", channel="general", thread=roots[1])
    await ben.says("Look, @ana", channel="general", thread=roots[2])
    async with page_of(playground, "ana") as page:
        found = await threads(page)
        assert [one["root"]["text"] for one in found] == ["Root 2", "Root 0"]
        assert [reply["text"] for reply in found[1]["replies"]] == ["2", "3", "4"]
        assert [one["unread"] for one in found] == [1, 0]
        where = {"channel": roots[2].channel, "thread_ts": roots[2].ts}
        await page.does("open", where)
        assert [one["unread"] for one in await threads(page)] == [0, 0]


async def test_threads_of_a_private_channel_stay_among_its_members(playground: Playground) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")
    leads = playground.workspace.channel("leads")
    outside = next(
        one for one in (ana, ben, playground.person("mia")) if one.id not in leads.members
    )
    inside = next(one for one in (ana, ben) if one.id in leads.members)
    root = await inside.says(f"About <@{outside.id}>", channel="leads")
    await inside.says("More", channel="leads", thread=root)
    async with page_of(playground, outside.user.name) as page:
        assert await threads(page) == []
        status, answer = await page.post("unread", {"channel": root.channel, "ts": root.ts})
        assert (status, answer["error"]) == (404, "channel_not_found")


async def test_what_is_marked_unread_is_unread_from_there(playground: Playground) -> None:
    ben = playground.person("ben")
    said = [await ben.says(f"{number}", channel="general") for number in range(3)]
    general = said[0].channel
    async with page_of(playground, "ana") as page:
        await page.does("open", {"channel": general})
        assert (await row(page, general))["unread"] == 0
        await page.does("unread", {"channel": general, "ts": said[1].ts})
        now = await row(page, general)
        assert (now["unread"], now["read"]) == (2, said[0].ts)
        await page.does("unread", {"channel": general, "ts": said[0].ts})
        assert (await row(page, general))["unread"] == 3


async def test_what_the_app_offers_to_start_from_is_told(playground: Playground) -> None:
    async with connected_app(playground) as app, page_of(playground, "ana") as page:
        await offers(app, page)


async def offers(app: ConnectedApp, page: Page) -> None:
    im = (await app.client.conversations_open(users=page.person.id))["channel"]["id"]
    assert (await row(page, im))["prompts"] is None
    prompts = [{"title": "Hello", "message": "Say hello"}]
    await app.client.assistant_threads_setSuggestedPrompts(
        channel_id=im, title="Try", prompts=prompts
    )
    assert (await row(page, im))["prompts"] == {"title": "Try", "prompts": prompts}
