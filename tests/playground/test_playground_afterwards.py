"""What people do to what was said: reactions, editing, deleting; shortcuts; being seen typing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.bolt_apps import ConnectedApp, connected_app, modal, refusal_of, section
from playground.page_client import frame_of, page_of
from runbot.playground import PersonRefusal, Playground, Workspace
from runbot.playground.limits import most
from runbot.playground.typed_text import as_sent, as_typed

SHORTCUTS = [
    {"name": "New runbook", "type": "global", "callback_id": "new", "description": "Write one"},
    {"name": "Run from this", "type": "message", "callback_id": "from_message"},
]


def hearing(app: ConnectedApp, *kinds: str) -> list[dict[str, Any]]:
    """The events of some kinds, as they come."""
    heard: list[dict[str, Any]] = []

    async def hear(event: dict[str, Any]) -> None:
        heard.append(event)

    for kind in kinds:
        name, _, subtype = kind.partition("/")
        if subtype:
            app.bolt.event({"type": name, "subtype": subtype})(hear)
        else:
            app.bolt.event(name)(hear)
    return heard


# Reactions


async def test_a_person_reacts_and_takes_it_back(playground: Playground, app: ConnectedApp) -> None:
    heard = hearing(app, "reaction_added", "reaction_removed")
    ana, ben = playground.person("ana"), playground.person("ben")
    message = await ana.says("done", channel="general")
    body = {"channel": message.channel, "ts": message.ts, "name": ":tada:"}
    async with page_of(playground, "ben") as page, page.live() as feed:
        for on, shown in ((True, [{"name": "tada", "users": [ben.id]}]), (False, [])):
            await page.does("react", body | {"on": on})
            await page.does("react", body | {"on": on})  # what is so already stays so
            frame = await frame_of(feed, "message_changed")
            assert frame["message"]["reactions"] == shown
    await playground.until(lambda: len(heard) == 2, what="both events")
    added, removed = sorted(heard, key=lambda event: event["type"])
    assert added == {
        "type": "reaction_added",
        "user": ben.id,
        "reaction": "tada",
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": ana.id,
        "event_ts": added["event_ts"],
    }
    assert removed["type"] == "reaction_removed"


async def test_reactions_keep_the_order_in_which_they_came(playground: Playground) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")
    message = await ana.says("done", channel="general")
    for who, name in ((ana, "eyes"), (ben, "tada"), (ben, "eyes")):
        await who.reacts(message, name)
    await ana.reacts(message, "eyes", on=False)
    current = playground.current(message)
    assert current is not None
    assert current.reactions == (("eyes", (ben.id,)), ("tada", (ben.id,)))


async def test_the_app_adds_removes_gets_and_lists_reactions(
    playground: Playground, client: Any
) -> None:
    ana = playground.person("ana")
    message = await ana.says("done", channel="general")
    place = {"channel": message.channel, "timestamp": message.ts}
    await client.reactions_add(**place, name="eyes")
    again = await refusal_of(client.reactions_add(**place, name="eyes"))
    assert again["error"] == "already_reacted"
    await ana.reacts(message, "eyes")
    got = await client.reactions_get(**place)
    (reaction,) = got["message"]["reactions"]
    assert (reaction["name"], reaction["count"], got["type"]) == ("eyes", 2, "message")
    (item,) = (await client.reactions_list(user=ana.id))["items"]
    assert item["message"]["ts"] == message.ts
    await client.reactions_remove(**place, name="eyes")
    gone = await refusal_of(client.reactions_remove(**place, name="eyes"))
    assert gone["error"] == "no_reaction"
    assert (await client.reactions_list())["items"] == []
    assert (await refusal_of(client.reactions_list(user="U0NOBODY")))["error"] == "user_not_found"


@pytest.mark.parametrize("name", ["no such", "<b>", "x" * 101, "wave::skin-tone-7", ""])
async def test_what_is_no_emoji_is_refused_on_both_sides(
    playground: Playground, client: Any, name: str
) -> None:
    ana = playground.person("ana")
    message = await ana.says("done", channel="general")
    with pytest.raises(PersonRefusal):
        await ana.reacts(message, name)
    call = client.reactions_add(channel=message.channel, timestamp=message.ts, name=name)
    assert (await refusal_of(call))["error"] in {"invalid_name", "invalid_arguments"}


async def test_reactions_have_limits_for_a_person_and_for_a_message(
    playground: Playground, client: Any
) -> None:
    people = [playground.person(name) for name in ("ana", "ben", "mia")]
    message = await people[0].says("done", channel="general")
    own = most("person.reactions")
    for number in range(own):
        await people[0].reacts(message, f"a{number}")
        await people[1].reacts(message, f"b{number}")
    with pytest.raises(PersonRefusal) as caught:
        await people[0].reacts(message, "one_more")
    assert caught.value.error == "too_many_reactions"
    for number in range(most("message.emoji") - 2 * own):
        await people[2].reacts(message, f"c{number}")
    with pytest.raises(PersonRefusal) as caught:
        await people[2].reacts(message, "one_more")
    assert caught.value.error == "too_many_emoji"
    await people[2].reacts(message, "a0")
    place = {"channel": message.channel, "timestamp": message.ts}
    assert (await refusal_of(client.reactions_add(**place, name="z")))["error"] == "too_many_emoji"
    await client.reactions_add(**place, name="a0")


async def test_the_app_hears_of_reactions_only_with_the_right_to_read_them() -> None:
    async def told(scopes: list[str], channel: str) -> int:
        manifest = {
            "oauth_config": {"scopes": {"bot": scopes}},
            "settings": {"event_subscriptions": {"bot_events": ["reaction_added"]}},
        }
        playground = Playground(manifest=manifest)
        await playground.start()
        async with connected_app(playground):
            ana = playground.person("ana")
            message = await ana.says("x", channel=channel)
            await ana.reacts(message, "eyes")
            await ana.reacts(message, "tada")
            events = [e for e in playground.envelopes if e.type == "events_api"]
            if scopes and channel == "general":
                await playground.until(lambda: len(playground.envelopes) == 2, what="both")
                events = list(playground.envelopes)
        await playground.stop()
        return len(events)

    assert await told(["reactions:read"], "general") == 2
    assert await told([], "general") == 0
    assert await told(["reactions:read"], "leads") == 0


# Editing and deleting


async def test_a_person_edits_their_message(playground: Playground, app: ConnectedApp) -> None:
    heard = hearing(app, "message/message_changed")
    ana = playground.person("ana")
    message = await ana.says("run it @ben", channel="general")
    place = {"channel": message.channel, "ts": message.ts}
    async with page_of(playground, "ana") as page, page.live() as feed:
        query = f"channel={message.channel}&ts={message.ts}"
        assert (await page.get(f"{ana.id}/source?{query}"))["text"] == "run it @ben"
        await page.does("edit", place | {"text": "don't <run> it @ben"})
        frame = await frame_of(feed, "message_changed")
    ben = playground.person("ben")
    assert frame["message"]["text"] == f"don't &lt;run&gt; it <@{ben.id}>"
    assert frame["message"]["edited"] is True
    await playground.until(lambda: heard, what="the event")
    (event,) = heard
    assert event["message"]["edited"]["user"] == ana.id
    assert event["previous_message"]["text"] == f"run it <@{ben.id}>"
    edited = playground.current(message)
    assert await ana.edits(message, "don't <run> it @ben") is edited
    assert playground.current(message) is edited


async def test_only_ones_own_words_are_edited_and_deleted(
    playground: Playground, client: Any
) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")
    general = playground.workspace.channel("general").id
    await client.chat_postMessage(channel=general, text="from the app")
    await ana.says("from ana", channel="general")
    await ana.runs_command("/invite", "@mia", channel="ops")
    joined = playground.messages("ops")[-1]
    mia = playground.person("mia")
    for who, message in (
        (ben, playground.messages("general")[0]),
        (ben, playground.messages("general")[1]),
        (mia, joined),
    ):
        for act in (who.edits(message, "changed"), who.deletes(message)):
            with pytest.raises(PersonRefusal) as caught:
                await act
            assert caught.value.status == 403
    with pytest.raises(PersonRefusal, match="nothing left"):
        await ana.edits(playground.messages("general")[1], "  ")
    with pytest.raises(PersonRefusal, match="40,000"):
        await ana.edits(playground.messages("general")[1], "x" * 40_001)


async def test_a_person_deletes_their_message(playground: Playground, app: ConnectedApp) -> None:
    heard = hearing(app, "message/message_deleted")
    ana = playground.person("ana")
    message = await ana.says("wrong channel", channel="general")
    place = {"channel": message.channel, "ts": message.ts}
    async with page_of(playground, "ana") as page, page.live() as feed:
        await page.does("delete", place)
        frame = await frame_of(feed, "message_deleted")
        assert (frame["channel"], frame["ts"]) == (message.channel, message.ts)
        assert (await page.post("delete", place))[0] == 404
    await playground.until(lambda: heard, what="the event")
    assert heard[0]["deleted_ts"] == message.ts
    assert playground.messages("general") == []


async def test_a_deleted_root_leaves_a_mark_until_its_thread_is_gone(
    playground: Playground, client: Any
) -> None:
    ana, ben = playground.person("ana"), playground.person("ben")
    root = await ana.says("a secret", channel="general")
    await ana.reacts(root, "eyes")
    reply = await ben.says("a reply", channel="general", thread=root)
    await ana.deletes(root)
    mark, kept = playground.messages("general", root)
    assert kept == reply
    assert (mark.text, mark.subtype) == ("This message was deleted.", "tombstone")
    assert mark.reactions == ()
    history = (await client.conversations_history(channel=root.channel))["messages"]
    assert (history[0]["user"], history[0]["hidden"]) == ("USLACKBOT", True)
    assert "a secret" not in str(history)
    with pytest.raises(PersonRefusal):
        await ben.reacts(root, "eyes")
    with pytest.raises(PersonRefusal):
        await ana.deletes(root)
    await ben.deletes(reply)
    assert playground.messages("general") == []


@given(st.text(alphabet=st.sampled_from("ab@#<>&|!`. /:\nana*_-"), max_size=40))
@example("@ana, see #general & <https://example.com/a?b=1&c=2>.")
@example("mail oncall@example.com or open example.com/x, @here")
@example("ask @oncall, or @nobody")
@example("`@ana` ```#general``` @ben")
def test_an_edited_text_is_sent_as_it_was(text: str) -> None:
    workspace = Workspace.default()
    sent = as_sent(text, workspace)
    assert as_typed(sent, workspace) == text
    assert as_sent(as_typed(sent, workspace), workspace) == sent


# Shortcuts


def with_shortcuts(*scopes: str) -> Playground:
    return Playground(
        manifest={
            "features": {"shortcuts": SHORTCUTS},
            "oauth_config": {"scopes": {"bot": list(scopes)}},
            "settings": {"interactivity": {"is_enabled": True}},
        }
    )


async def test_shortcuts_are_offered_and_reach_the_app_as_slack_sends_them() -> None:
    playground = with_shortcuts("commands", "chat:write")
    await playground.start()
    got: list[dict[str, Any]] = []
    async with connected_app(playground) as app, page_of(playground, "ana") as page:

        @app.bolt.shortcut("new")
        async def _new(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            got.append(body)
            await client.views_open(trigger_id=body["trigger_id"], view=modal(section("write")))

        @app.bolt.shortcut({"type": "message_action", "callback_id": "from_message"})
        async def _from_message(ack: Any, body: dict[str, Any], respond: Any) -> None:
            await ack()
            got.append(body)
            await respond("taken")

        boot = await page.get("boot")
        assert [(row["name"], row["type"]) for row in boot["shortcuts"]] == [
            ("New runbook", "global"),
            ("Run from this", "message"),
        ]
        async with page.live() as feed:
            await page.does("shortcut", {"callback_id": "new"})
            shown = await frame_of(feed, "view_opened")
            assert shown["view"]["callback_id"] == "a_modal"
        message = await page.person.says("1. restart it", channel="general")
        place = {"channel": message.channel, "ts": message.ts}
        await page.does("shortcut", {"callback_id": "from_message"} | place)
        await page.person.sees("taken", channel="general")
    first, second = got
    assert (first["type"], first["callback_id"]) == ("shortcut", "new")
    assert not {"channel", "message", "response_url"} & first.keys()
    assert (second["type"], second["message_ts"]) == ("message_action", message.ts)
    assert second["message"]["text"] == "1. restart it"
    assert second["channel"] == {"id": message.channel, "name": "general"}
    await playground.stop()


async def test_shortcuts_that_are_not_offered_are_refused() -> None:
    playground = with_shortcuts("commands")
    await playground.start()
    ana = playground.person("ana")
    message = await ana.says("x", channel="general")
    for callback_id, on in (("other", None), ("from_message", None), ("new", message)):
        with pytest.raises(PersonRefusal) as caught:
            await ana.uses_shortcut(callback_id, on=on)
        assert caught.value.error == "unknown_shortcut"
    with pytest.raises(PersonRefusal, match="isn't connected"):
        await ana.uses_shortcut("new")
    await playground.stop()
    without_scope = with_shortcuts("chat:write")
    assert without_scope.platform.manifest.shortcuts == []


# Typing


async def test_others_in_the_conversation_see_who_is_typing(playground: Playground) -> None:
    ana = playground.person("ana")
    root = await ana.says("root", channel="ops")
    async with (
        page_of(playground, "ana") as own,
        page_of(playground, "ben") as ben,
        page_of(playground, "mia") as mia,
        own.live() as own_feed,
        ben.live() as ben_feed,
        mia.live() as mia_feed,
    ):
        changes: list[None] = []
        playground.platform.changes.on_change.append(lambda: changes.append(None))
        await own.does("typing", {"channel": root.channel})
        await own.does("typing", {"channel": root.channel, "thread_ts": root.ts})
        assert changes == []  # nothing to keep, and nobody to wake
        frames = [await frame_of(ben_feed, "typing") for _ in range(2)]
        assert [frame["thread_ts"] for frame in frames] == [None, root.ts]
        assert (frames[0]["user"], frames[0]["seconds"]) == (ana.id, 5)
        await own.person.says("here", channel="general")
        for feed in (own_feed, mia_feed):
            # The next thing that either hears of: nothing of the typing came before.
            assert (await feed.receive_json(timeout=5))["type"] == "message"
    heard = {envelope.payload["event"]["type"] for envelope in playground.envelopes}
    assert heard <= {"message"}


async def test_nobody_types_where_they_are_not(playground: Playground) -> None:
    mia = playground.person("mia")
    leads = playground.workspace.channel("leads").id
    for where in (leads, "ops"):
        with pytest.raises(PersonRefusal):
            await mia.types(channel=where)
