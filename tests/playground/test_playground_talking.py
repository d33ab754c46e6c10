"""What people say reaches the app as Slack would send it."""

from __future__ import annotations

from typing import Any

import pytest

from playground.bolt_apps import ConnectedApp
from runbot.playground import PersonRefusal, Playground
from runbot.playground.typed_text import as_sent, command_as_sent


async def test_a_mention_reaches_the_app_and_its_answer_is_seen(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.event("app_mention")
    async def answer(event: dict[str, Any], say: Any) -> None:
        await say(text=f"Heard: {event['text']}", thread_ts=event["ts"])

    ana = playground.person("ana")
    said = await ana.says("@runbot hello", channel="general")
    heard = await ana.sees("hello", channel="general", thread=said)
    assert heard.text == f"Heard: <@{playground.workspace.bot.user_id}> hello"
    assert heard.thread_ts == said.ts


async def test_a_mention_is_two_events_with_ids_of_their_own(
    playground: Playground, app: ConnectedApp
) -> None:
    del app
    await playground.person("ana").says("@Runbot hi", channel="general")
    await playground.until(lambda: len(playground.envelopes) >= 2, what="both events")
    types = {e.payload["event"]["type"]: e.payload["event_id"] for e in playground.envelopes}
    assert types.keys() == {"message", "app_mention"}
    assert len(set(types.values())) == 2


async def test_direct_messages_are_message_im_and_never_app_mention(
    playground: Playground, app: ConnectedApp
) -> None:
    heard: list[dict[str, Any]] = []

    @app.bolt.event("message")
    async def listen(event: dict[str, Any]) -> None:
        heard.append(event)
        playground.platform.changes.touch()

    ana = playground.person("ana")
    await ana.says("@runbot list", channel="@runbot")
    await playground.until(lambda: heard, what="the direct message")
    assert heard[0]["channel_type"] == "im"
    assert heard[0]["channel"] == ana.im
    assert all(e.payload["event"]["type"] == "message" for e in playground.envelopes)


async def test_the_app_does_not_hear_itself(playground: Playground, app: ConnectedApp) -> None:
    heard: list[str] = []

    @app.bolt.event("message")
    async def listen(event: dict[str, Any]) -> None:
        heard.append(event["text"])
        playground.platform.changes.touch()

    general = playground.workspace.channel("general").id
    await app.client.chat_postMessage(channel=general, text="from the app")
    await playground.person("ben").says("from ben", channel="general")
    await playground.until(lambda: "from ben" in heard, what="Ben's message")
    assert heard == ["from ben"]


async def test_a_bot_that_is_not_in_the_channel_hears_nothing_until_invited(
    playground: Playground, app: ConnectedApp
) -> None:
    del app
    ana = playground.person("ana")
    await ana.says("@runbot are you there?", channel="leads")
    assert not playground.envelopes
    await ana.runs_command("/invite", "@runbot", channel="leads")
    await ana.says("@runbot and now?", channel="leads")
    event = await playground.until(
        lambda: next(
            (e for e in playground.envelopes if e.payload["event"]["type"] == "app_mention"), None
        ),
        what="the mention",
    )
    assert event.payload["event"]["text"].endswith("and now?")


async def test_people_meet_only_their_own_conversations(playground: Playground) -> None:
    mia = playground.person("mia")
    for hidden in ("ops", "leads", "nowhere"):
        with pytest.raises(PersonRefusal, match="no conversation"):
            await mia.says("hello", channel=hidden)
    with pytest.raises(PersonRefusal, match="nothing to send"):
        await mia.says("  ", channel="general")
    with pytest.raises(PersonRefusal, match="at most 40,000 characters"):
        await mia.says("x" * 40_001, channel="general")
    assert (await mia.says("x" * 40_000, channel="general")).text == "x" * 40_000


def test_typed_text_is_escaped_and_linked(playground_workspace: Any) -> None:
    workspace = playground_workspace
    ops = workspace.channel("ops").id
    bot = workspace.bot.user_id
    ana = workspace.person("ana").id
    cases = {
        "a < b & c > d": "a &lt; b &amp; c &gt; d",
        "<!channel> <script>": "&lt;!channel&gt; &lt;script&gt;",
        "@here now": "<!here> now",
        "@Runbot, ask @ana in #ops.": f"<@{bot}>, ask <@{ana}> in <#{ops}|ops>.",
        "@nobody in #nowhere": "@nobody in #nowhere",
        "see https://x.example.com/a?b=1&c=2.": "see <https://x.example.com/a?b=1&amp;c=2>.",
        "mail oncall@example.com": "mail <mailto:oncall@example.com|oncall@example.com>",
        "site example.com/health": "site <http://example.com/health|example.com/health>",
        "the file app.py and 1.2.3": "the file app.py and 1.2.3",
        "`@ana < #ops`": "`@ana &lt; #ops`",
        "```\nhttps://x.example.com\n```": "```\nhttps://x.example.com\n```",
    }
    assert {typed: as_sent(typed, workspace) for typed in cases} == cases


def test_a_commands_text_has_references_only_where_the_manifest_asks(
    playground_workspace: Any,
) -> None:
    workspace = playground_workspace
    typed = "run x to=@ben @ben in #ops at https://x.example.com a&b"
    ben, ops = workspace.person("ben").id, workspace.channel("ops").id
    assert command_as_sent(typed, workspace, escaped=False) == typed.replace("&", "&amp;")
    assert (
        command_as_sent(typed, workspace, escaped=True)
        == f"run x to=@ben <@{ben}|ben> in <#{ops}|ops> at <https://x.example.com> a&amp;b"
    )


async def test_replies_count_on_their_root_and_reach_the_app_with_its_ts(
    playground: Playground, app: ConnectedApp
) -> None:
    del app
    ana, ben = playground.person("ana"), playground.person("ben")
    root = await ana.says("root", channel="general")
    first = await ben.says("first", channel="general", thread=root)
    second = await ana.says("second", channel="general", thread=first)
    assert first.thread_ts == second.thread_ts == root.ts
    assert [m.text for m in playground.messages("general")] == ["root"]
    assert [m.text for m in playground.messages("general", root)] == ["root", "first", "second"]
    page = playground.platform.messages.to_page(root)
    assert page["reply_count"] == 2
    assert page["reply_users"] == [ben.id, ana.id]
    await playground.until(lambda: len(playground.envelopes) == 3, what="three events")
    assert playground.envelopes[2].payload["event"]["thread_ts"] == root.ts


async def test_an_event_without_ack_is_retried_with_the_same_id(
    playground: Playground, app: ConnectedApp
) -> None:
    """Bolt leaves an event without a listener unacknowledged."""
    del app
    await playground.person("ana").says("anyone?", channel="general")
    await playground.until(lambda: len(playground.envelopes) == 4, what="three retries")
    assert [e.retry for e in playground.envelopes] == [0, 1, 2, 3]
    assert len({e.payload["event_id"] for e in playground.envelopes}) == 1
    assert len({e.id for e in playground.envelopes}) == 4


async def test_events_can_come_twice(playground: Playground, app: ConnectedApp) -> None:
    heard: list[str] = []

    @app.bolt.event("message")
    async def listen(body: dict[str, Any]) -> None:
        heard.append(body["event_id"])
        playground.platform.changes.touch()

    playground.faults.double_events()
    await playground.person("ana").says("once", channel="general")
    await playground.until(lambda: len(heard) == 2, what="the event twice")
    assert heard[0] == heard[1]


async def test_manifests_decide_which_events_come() -> None:
    manifest = {"settings": {"event_subscriptions": {"bot_events": ["app_mention"]}}}
    playground = Playground(manifest=manifest)
    events = playground.platform.manifest
    assert events.subscribes("app_mention")
    assert not events.subscribes("message.channels")
