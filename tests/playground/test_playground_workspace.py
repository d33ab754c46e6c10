"""Archived channels, people who left or are from elsewhere, and groups of people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground.bolt_apps import ConnectedApp, client_of, refusal_of, section
from playground.page_client import frame_of, page_of
from runbot.playground import (
    Bot,
    Channel,
    PersonRefusal,
    Playground,
    User,
    UserGroup,
    Workspace,
)

BOT = Bot("runbot", "U0BOT", "B0BOT", "A0BOT", "xoxb-test", "xapp-test", "secret")
ANA = User("U0ANA", "ana", "Ana Ortiz", is_admin=True)
LEFT = User("U0LEO", "leo", "Leo Lang", deleted=True)
STRANGER = User("U0SAM", "sam", "Sam Shaw", team_id="T0OTHER", is_stranger=True)


def small_workspace() -> Workspace:
    return Workspace(
        team="Small",
        people=[ANA, LEFT, STRANGER],
        bot=BOT,
        channels=[Channel("C0OPS", "ops", "channel", [ANA.id, LEFT.id, BOT.user_id])],
        usergroups=[
            UserGroup("S0CALL", "oncall", "On call", (ANA.id,), "Who answers"),
            UserGroup("S0OLD", "old", "Retired", (LEFT.id,), is_disabled=True),
        ],
    )


# Archived channels


async def test_nothing_is_said_in_an_archived_channel(playground: Playground, client: Any) -> None:
    ana, ops = playground.person("ana"), playground.workspace.channel("ops").id
    said = await ana.says("before", channel="ops")
    posted = await client.chat_postMessage(channel=ops, text="before")
    await ana.runs_command("/archive", channel="ops")
    named = {"channel": ops, "ts": posted["ts"]}
    for method, arguments, error in [
        ("chat.postMessage", {"channel": ops, "text": "x"}, "is_archived"),
        ("chat.postEphemeral", {"channel": ops, "user": ana.id, "text": "x"}, "is_archived"),
        ("chat.update", {**named, "text": "x"}, "is_inactive"),
        ("reactions.add", {"channel": ops, "timestamp": said.ts, "name": "eyes"}, "is_archived"),
        ("conversations.join", {"channel": ops}, "is_archived"),
        ("chat.appendStream", {**named, "markdown_text": "x"}, "is_archived"),
    ]:
        assert (await refusal_of(client.api_call(method, json=arguments)))["error"] == error
    with pytest.raises(PersonRefusal, match="#ops is archived"):
        await ana.says("x", channel="ops")
    info = await client.conversations_info(channel=ops)
    assert info["channel"]["is_archived"] is True
    listed = await client.conversations_list(exclude_archived=True)
    assert ops not in [channel["id"] for channel in listed["channels"]]
    history = await client.conversations_history(channel=ops)
    assert {m["text"] for m in history["messages"]} == {"before"}
    await ana.archives("ops", archived=False)
    await client.chat_update(**named, text="after")


async def test_archiving_is_told_to_pages_and_to_the_app(
    app: ConnectedApp, playground: Playground
) -> None:
    events: list[dict[str, Any]] = []

    @app.bolt.event("channel_archive")
    async def archived(event: dict[str, Any]) -> None:
        events.append(event)

    @app.bolt.event("channel_unarchive")
    async def back(event: dict[str, Any]) -> None:
        events.append(event)

    ana, ops = playground.person("ana"), playground.workspace.channel("ops").id
    async with page_of(playground, "ana") as page, page.live() as feed:
        await page.does("archive", {"channel": ops})
        assert (await frame_of(feed, "conversation"))["conversation"]["archived"] is True
        await page.does("archive", {"channel": ops})  # Once is enough; this tells nobody.
        await page.does("archive", {"channel": ops, "archived": False})
        assert (await frame_of(feed, "conversation"))["conversation"]["archived"] is False
    await playground.until(lambda: len(events) == 2, what="both events")
    assert sorted((e["type"], e["channel"], e["user"]) for e in events) == [
        ("channel_archive", ops, ana.id),
        ("channel_unarchive", ops, ana.id),
    ]


async def test_who_may_archive_what(playground: Playground) -> None:
    ana, mia = playground.person("ana"), playground.person("mia")
    with pytest.raises(PersonRefusal, match="Guests"):
        await mia.archives("incidents")
    with pytest.raises(PersonRefusal, match="general"):
        await ana.archives("general")
    with pytest.raises(PersonRefusal, match="Direct messages"):
        await ana.archives(ana.im)


async def test_an_archived_channel_stays_so_over_a_restart(tmp_path: Path) -> None:
    for first in (True, False):
        playground = Playground(data=tmp_path / "kept.json")
        await playground.start()
        try:
            if first:
                await playground.person("ana").archives("ops")
            assert playground.workspace.channel("ops").is_archived
        finally:
            await playground.stop()


# People and groups


async def test_people_who_left_and_people_from_elsewhere_are_marked() -> None:
    playground = Playground(workspace=small_workspace())
    await playground.start()
    try:
        client = client_of(playground)
        left = (await client.users_info(user=LEFT.id))["user"]
        assert (left["deleted"], left["is_stranger"]) == (True, False)
        stranger = (await client.users_info(user=STRANGER.id))["user"]
        assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0OTHER")
        here = (await client.users_info(user=ANA.id))["user"]
        assert here["team_id"] == playground.workspace.team_id
        refused = await refusal_of(client.conversations_open(users=[LEFT.id]))
        assert refused["error"] == "user_disabled"
        async with page_of(playground, "leo") as page:
            status, answer = await page.post("home", {})
            assert (status, answer["error"]) == (403, "account_inactive")
            people = (await page.get("boot"))["people"]
        assert {p["name"]: (p["deleted"], p["is_stranger"]) for p in people} == {
            "ana": (False, False),
            "leo": (True, False),
            "sam": (False, True),
        }
    finally:
        await playground.stop()


async def test_groups_of_people_can_be_read() -> None:
    playground = Playground(workspace=small_workspace())
    await playground.start()
    try:
        client = client_of(playground)
        (group,) = (await client.usergroups_list(include_users=True, include_count=True))[
            "usergroups"
        ]
        assert (group["id"], group["handle"], group["users"], group["user_count"]) == (
            "S0CALL",
            "oncall",
            [ANA.id],
            1,
        )
        every = (await client.usergroups_list(include_disabled=True))["usergroups"]
        assert [g["id"] for g in every] == ["S0CALL", "S0OLD"]
        assert all("users" not in g for g in every)
        assert (await client.usergroups_users_list(usergroup="S0CALL"))["users"] == [ANA.id]
        for usergroup in ("S0OLD", "S0NONE"):
            refused = await refusal_of(client.usergroups_users_list(usergroup=usergroup))
            assert refused["error"] == "no_such_subteam"
    finally:
        await playground.stop()


# Rich text


async def test_rich_text_is_replaced_by_rich_text_alone(
    client: Any, playground: Playground
) -> None:
    """https://docs.slack.dev/reference/methods/chat.update, block_mismatch."""
    general = playground.workspace.channel("general").id
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    rich = {"type": "rich_text", "elements": [part]}
    posted = await client.chat_postMessage(channel=general, text="x", blocks=[rich])
    named = {"channel": general, "ts": posted["ts"], "text": "y"}
    refused = await refusal_of(client.chat_update(**named, blocks=[section("y")]))
    assert refused["error"] == "block_mismatch"
    await client.chat_update(**named, blocks=[section("y"), rich])
    await client.chat_update(**named, blocks=[])
    await client.chat_update(**named, blocks=[section("y")])
