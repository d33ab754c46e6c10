"""The Web API answers as Slack does, to what is right and to what isn't."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from playground.bolt_apps import client_of, refusal_of, section
from runbot.playground import Playground


@pytest.fixture
def general(playground: Playground) -> str:
    return playground.workspace.channel("general").id


async def test_auth_test_says_who_the_bot_is(playground: Playground, client: Any) -> None:
    answer = await client.auth_test()
    bot = playground.workspace.bot
    assert (answer["user_id"], answer["bot_id"], answer["user"]) == (
        bot.user_id,
        bot.bot_id,
        "runbot",
    )
    assert answer["team_id"].startswith("T")


async def test_tokens_are_checked(playground: Playground) -> None:
    assert (await refusal_of(client_of(playground, token="").auth_test()))["error"] == "not_authed"
    wrong = client_of(playground, token="xoxb-wrong")
    assert (await refusal_of(wrong.auth_test()))["error"] == "invalid_auth"
    client = client_of(playground)
    assert (await refusal_of(client.api_call("chat.nonsense")))["error"] == "unknown_method"
    refused = await refusal_of(client.apps_connections_open(app_token=playground.bot_token))
    assert refused["error"] == "not_allowed_token_type"


async def test_a_message_is_posted_updated_and_deleted(
    playground: Playground, client: Any, general: str
) -> None:
    posted = await client.chat_postMessage(channel=general, text="one", blocks=[section("one")])
    assert posted["message"]["bot_id"] == playground.workspace.bot.bot_id
    assert posted["message"]["blocks"][0]["block_id"]
    updated = await client.chat_update(channel=general, ts=posted["ts"], text="two", blocks=[])
    assert updated["text"] == "two"
    (shown,) = playground.messages("general")
    assert (shown.text, shown.blocks) == ("two", None)
    assert shown.edited_ts is not None
    await client.chat_delete(channel=general, ts=posted["ts"])
    assert playground.messages("general") == []
    gone = await refusal_of(client.chat_update(channel=general, ts=posted["ts"], text="three"))
    assert gone["error"] == "message_not_found"


async def test_an_update_by_text_alone_takes_the_blocks_away(client: Any, general: str) -> None:
    posted = await client.chat_postMessage(channel=general, text="one", blocks=[section("kept")])
    metadata = {"event_type": "tried", "event_payload": {}}
    named = {"channel": general, "ts": posted["ts"]}
    kept = await client.api_call("chat.update", json=named | {"metadata": metadata})
    assert kept["message"]["blocks"] == posted["message"]["blocks"]
    assert kept["text"] == "one"
    gone = await client.chat_update(channel=general, ts=posted["ts"], text="two")
    assert "blocks" not in gone["message"]


async def test_only_an_update_without_blocks_is_marked_as_edited(client: Any, general: str) -> None:
    posted = await client.chat_postMessage(channel=general, text="one", blocks=[section("one")])
    redrawn = await client.chat_update(
        channel=general, ts=posted["ts"], text="two", blocks=[section("two")]
    )
    assert "edited" not in redrawn["message"]
    edited = await client.chat_update(channel=general, ts=posted["ts"], text="three")
    assert edited["message"]["edited"]["ts"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"text": "x"}, "channel_not_found"),
        ({"channel": "#leads", "text": "x"}, "channel_not_found"),
        ({"channel": "#general", "text": ""}, "no_text"),
        ({"channel": "#general", "text": " ", "blocks": []}, "no_text"),
        ({"channel": "#general", "text": "x", "thread_ts": "never"}, "invalid_thread_ts"),
        ({"channel": "#general", "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ({"channel": "#general", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": "#general", "text": "x", "blocks": {"a": 1}}, "invalid_blocks_format"),
        ({"channel": "#general", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ({"channel": "#general", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
    ],
)
async def test_posting_is_refused(client: Any, arguments: dict[str, Any], error: str) -> None:
    assert (await refusal_of(client.api_call("chat.postMessage", json=arguments)))["error"] == error


async def test_other_peoples_messages_cannot_be_changed(
    playground: Playground, client: Any, general: str
) -> None:
    said = await playground.person("ana").says("mine", channel="general")
    refused = await refusal_of(client.chat_update(channel=general, ts=said.ts, text="yours"))
    assert refused["error"] == "cant_update_message"
    refused = await refusal_of(client.chat_delete(channel=general, ts=said.ts))
    assert refused["error"] == "cant_delete_message"


async def test_long_texts_are_cut_on_posting_and_refused_on_updating(
    client: Any, general: str
) -> None:
    posted = await client.chat_postMessage(channel=general, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    await client.chat_update(channel=general, ts=posted["ts"], text="x" * 4_000)
    refused = await refusal_of(
        client.chat_update(channel=general, ts=posted["ts"], text="x" * 4_001)
    )
    assert refused["error"] == "msg_too_long"


async def test_a_direct_message_goes_by_the_persons_id(playground: Playground, client: Any) -> None:
    ana = playground.person("ana")
    posted = await client.chat_postMessage(channel=ana.id, text="psst")
    assert posted["channel"] == ana.im
    opened = await client.conversations_open(users=[ana.id])
    assert opened["channel"]["id"] == ana.im


async def test_an_ephemeral_message_is_for_one_person(
    playground: Playground, client: Any, general: str
) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")
    answer = await client.chat_postEphemeral(channel=general, user=ana.id, text="only you")
    assert answer["message_ts"]
    assert [m.text for m in ana.reads("general")] == ["only you"]
    metadata = {"event_type": "tried", "event_payload": {}}
    await client.chat_postEphemeral(channel=general, user=ana.id, text="more", metadata=metadata)
    assert ana.reads("general")[-1].metadata is None
    assert ben.reads("general") == []
    assert (await client.conversations_history(channel=general))["messages"] == []
    refused = await refusal_of(
        client.chat_update(channel=general, ts=answer["message_ts"], text="x")
    )
    assert refused["error"] == "message_not_found"
    mia = playground.person("mia")
    ops = playground.workspace.channel("ops").id
    refused = await refusal_of(client.chat_postEphemeral(channel=ops, user=mia.id, text="x"))
    assert refused["error"] == "user_not_in_channel"


async def test_arguments_may_come_as_a_form(playground: Playground, general: str) -> None:
    form = {"channel": general, "text": "x", "blocks": json.dumps([section("from a form")])}
    headers = {"Authorization": f"Bearer {playground.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{playground.api_url}chat.postMessage", data=form, headers=headers) as got,
    ):
        assert (await got.json())["ok"] is True
    assert "from a form" in playground.messages("general")[0].shown


async def test_history_comes_newest_first_in_pages_and_replies_in_order(
    playground: Playground, client: Any, general: str
) -> None:
    ana = playground.person("ana")
    said = [await ana.says(f"number {n}", channel="general") for n in range(5)]
    reply = await ana.says("a reply", channel="general", thread=said[0])
    texts: list[str] = []
    cursor = None
    pages = 0
    while pages == 0 or cursor:
        page = await client.conversations_history(channel=general, limit=2, cursor=cursor)
        texts += [m["text"] for m in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
        pages += 1
    assert texts == [f"number {n}" for n in (4, 3, 2, 1, 0)]
    assert pages == 3
    since = await client.conversations_history(channel=general, oldest=said[3].ts)
    assert [m["text"] for m in since["messages"]] == ["number 4"]
    thread = await client.conversations_replies(channel=general, ts=reply.ts)
    assert [m["text"] for m in thread["messages"]] == ["number 0", "a reply"]
    assert thread["messages"][0]["reply_count"] == 1
    refused = await refusal_of(client.conversations_replies(channel=general, ts="1.000001"))
    assert refused["error"] == "thread_not_found"
    refused = await refusal_of(client.conversations_history(channel=general, limit=0))
    assert refused["error"] == "invalid_limit"


async def test_people_and_channels_can_be_looked_up(
    playground: Playground, client: Any, general: str
) -> None:
    mia = playground.person("mia")
    assert (await client.users_info(user=mia.id))["user"]["is_restricted"] is True
    assert (await refusal_of(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    members = (await client.users_list())["members"]
    assert {m["name"] for m in members} == {"ana", "ben", "mia", "runbot"}
    assert sum(m["is_bot"] for m in members) == 1
    channels = (await client.conversations_list(types="public_channel,im"))["channels"]
    assert {c["name"] for c in channels if not c["is_im"]} == {"general", "incidents", "ops"}
    assert {c["user"] for c in channels if c["is_im"]} == set(playground.workspace.people)
    info = (await client.conversations_info(channel=general))["channel"]
    assert (info["name"], info["is_member"]) == ("general", True)
    everyone = (await client.conversations_members(channel=general))["members"]
    assert mia.id in everyone
    assert (await client.team_info())["team"]["name"] == "Playground"
    bot = (await client.bots_info(bot=playground.workspace.bot.bot_id))["bot"]
    assert bot["user_id"] == playground.workspace.bot.user_id


async def test_reactions_and_permalinks(playground: Playground, client: Any, general: str) -> None:
    said = await playground.person("ana").says("done", channel="general")
    await client.reactions_add(channel=general, timestamp=said.ts, name="white_check_mark")
    again = await refusal_of(
        client.reactions_add(channel=general, timestamp=said.ts, name="white_check_mark")
    )
    assert again["error"] == "already_reacted"
    current = playground.current(said)
    assert current is not None
    assert current.reactions == (("white_check_mark", (playground.workspace.bot.user_id,)),)
    link = (await client.chat_getPermalink(channel=general, message_ts=said.ts))["permalink"]
    assert link == f"{playground.url}/archives/{general}/p{said.ts.replace('.', '')}"


async def test_a_threads_status_ends_with_the_apps_post(
    playground: Playground, client: Any, general: str
) -> None:
    said = await playground.person("ana").says("think", channel="general")
    await client.assistant_threads_setStatus(
        channel_id=general, thread_ts=said.ts, status="is thinking…"
    )
    status = playground.platform.conversations.status
    assert status(general, said.ts) == "is thinking…"
    await client.chat_postMessage(channel=general, text="thought", thread_ts=said.ts)
    assert status(general, said.ts) == ""


async def test_joining_a_public_channel(playground: Playground, client: Any) -> None:
    lobby = playground.workspace.channel("ops")
    lobby.members.remove(playground.workspace.bot.user_id)
    assert (await refusal_of(client.conversations_history(channel=lobby.id)))[
        "error"
    ] == "not_in_channel"
    await client.conversations_join(channel=lobby.id)
    assert playground.workspace.bot.user_id in lobby.members
    again = await client.conversations_join(channel=lobby.id)
    assert again["warning"] == "already_in_channel"


async def test_a_manifest_holds_the_app_to_its_scopes() -> None:
    manifest = {"oauth_config": {"scopes": {"bot": ["chat:write"]}}}
    playground = Playground(manifest=manifest)
    await playground.start()
    try:
        client = client_of(playground)
        ops = playground.workspace.channel("ops")
        await client.chat_postMessage(channel=ops.id, text="fine")
        refused = await refusal_of(client.users_list())
        assert refused["error"] == "missing_scope"
        assert (refused["needed"], refused["provided"]) == ("users:read", "chat:write")
        ops.members.remove(playground.workspace.bot.user_id)
        refused = await refusal_of(client.chat_postMessage(channel=ops.id, text="x"))
        assert refused["error"] == "not_in_channel"
        refused = await refusal_of(
            client.views_publish(
                user_id=playground.person("ana").id,
                view={"type": "home", "blocks": [section("x")]},
            )
        )
        assert refused["error"] == "not_enabled"
        assert (await client.auth_test()).headers["X-OAuth-Scopes"] == "chat:write"
    finally:
        await playground.stop()


async def test_calls_are_kept_without_their_tokens(playground: Playground, client: Any) -> None:
    await client.chat_postMessage(channel="#general", text="x", token=playground.bot_token)
    (call,) = playground.calls_of("chat.postMessage")
    assert call.status == 200
    assert call.response["ok"] is True
    assert call.arguments["text"] == "x"
    assert playground.bot_token not in str(call)
