"""Each error code of the table is met, as the app meets it; and no other is ever answered."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import runbot.playground
from playground.bolt_apps import modal, section
from playground.scene import Answer, Scene
from runbot.playground import Playground
from runbot.playground.error_codes import ERROR_CODES
from runbot.playground.limits import LIMITS, most
from runbot.playground.refusals import Refusal

HOME = {"type": "home", "blocks": [section("x")]}
RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
}
# A workspace whose app has a manifest that grants little, and no Home tab.
NARROW = {"oauth_config": {"scopes": {"bot": ["chat:write"]}}}


def call(method: str, **arguments: Any) -> Callable[[Scene], Awaitable[Answer]]:
    return lambda scene: scene.calls(method, **arguments)


def say(**arguments: Any) -> Callable[[Scene], Awaitable[Answer]]:
    return lambda s: s.calls("chat.postMessage", channel=s.general, **arguments)


def upload(**arguments: Any) -> Callable[[Scene], Awaitable[Answer]]:
    return call("files.getUploadURLExternal", **{"filename": "a.txt", "length": 1} | arguments)


async def narrowly(method: str, **arguments: Any) -> Answer:
    """A call by the app whose manifest grants little."""
    playground = Playground(manifest=NARROW)
    await playground.start()
    try:
        async with aiohttp.ClientSession() as session:
            scene = Scene(playground, session)
            return await scene.calls(method, **arguments, user_id=scene.ana.id)
    finally:
        await playground.stop()


async def with_token(scene: Scene, token: str, method: str) -> Answer:
    scene.token = token
    return await scene.calls(method)


async def archived(scene: Scene, method: str, **arguments: Any) -> Answer:
    named = await scene.posts(channel=scene.playground.workspace.channel("ops").id)
    await scene.ana.archives("ops")
    return await scene.calls(method, **named, **arguments)


async def outside(scene: Scene) -> Answer:
    ops = scene.playground.workspace.channel("ops")
    ops.members.remove(scene.playground.workspace.bot.user_id)
    return await scene.calls("conversations.history", channel=ops.id)


async def too_often(scene: Scene) -> Answer:
    scene.playground.faults.switch("budgets")
    await scene.posts()
    return await scene.calls("chat.postMessage", channel=scene.general, text="x")


async def ended(scene: Scene) -> Answer:
    named = await scene.streams(markdown_text="x")
    await scene.calls("chat.stopStream", **named)
    return await scene.calls("chat.appendStream", **named, markdown_text="y")


async def stopped(scene: Scene) -> Answer:
    named = await scene.streams(markdown_text="x")
    root = scene.playground.messages("general")[-1]
    await scene.ana.presses_stop("general", root)
    return await scene.calls("chat.appendStream", **named, markdown_text="y")


async def appends(scene: Scene, **more: Any) -> Answer:
    return await scene.calls("chat.appendStream", **await scene.streams(markdown_text="x"), **more)


async def starts(scene: Scene, **changed: Any) -> Answer:
    to_ana = {
        "recipient_team_id": scene.playground.workspace.team_id,
        "recipient_user_id": scene.ana.id,
        "thread_ts": (await scene.says()).ts,
    }
    return await scene.calls("chat.startStream", channel=scene.general, **to_ana | changed)


async def while_streaming(scene: Scene) -> Answer:
    return await scene.calls("chat.update", **await scene.streams(markdown_text="x"), text="y")


async def with_somebody_gone(scene: Scene) -> Answer:
    scene.playground.workspace.people[scene.ana.id] = replace(scene.ana.user, deleted=True)
    return await scene.calls("conversations.open", users=scene.ana.id)


async def opens_much(scene: Scene) -> Answer:
    blocks = [section("x" * 3_000, block_id=str(n)) for n in range(84)]
    return await scene.calls("views.open", trigger_id=scene.trigger(), view=modal(*blocks))


async def theirs(scene: Scene, method: str, **more: Any) -> Answer:
    said = await scene.says()
    return await scene.calls(method, channel=scene.general, ts=said.ts, **more)


async def rich_by_plain(scene: Scene) -> Answer:
    named = await scene.posts(blocks=[RICH])
    return await scene.calls("chat.update", **named, blocks=[section("x")])


async def full_of_blocks(scene: Scene) -> Answer:
    dividers = [{"type": "blocks", "blocks": [{"type": "divider"}] * 50}]
    named = await scene.streams(chunks=dividers)
    return await scene.calls("chat.appendStream", **named, chunks=dividers)


async def twice_external(scene: Scene) -> Answer:
    await scene.opens(external_id="mine")
    published = {**HOME, "external_id": "mine"}
    return await scene.calls("views.publish", user_id=scene.ana.id, view=published)


async def used_trigger(scene: Scene, *, wait: bool) -> Answer:
    trigger = scene.trigger()
    view = modal(section("x"))
    if wait:
        scene.platform.triggers.lifetime = -1
    else:
        await scene.calls("views.open", trigger_id=trigger, view=view)
    return await scene.calls("views.open", trigger_id=trigger, view=view)


async def stale_hash(scene: Scene) -> Answer:
    view = (await scene.opens())["view"]
    return await scene.calls(
        "views.update", view_id=view["id"], hash="0.old", view=modal(section("y"))
    )


async def pushes_a_fourth(scene: Scene) -> Answer:
    answer = await scene.opens()
    for _ in range(most("view.stack")):
        answer = await scene.calls(
            "views.push", trigger_id=scene.trigger(), view=modal(section("x"))
        )
    return answer


async def worn_out(scene: Scene) -> Answer:
    token = scene.response_url()
    for _ in range(most("response_url.uses")):
        assert await scene.answers(token) == {}
    return await scene.answers(token)


async def too_old(scene: Scene) -> Answer:
    token = scene.response_url()
    scene.platform.response_urls.lifetime = -1
    return await scene.answers(token)


async def reacts(scene: Scene, *names: str, method: str = "add") -> Answer:
    said = await scene.says()
    answer: Answer = {}
    for name in names:
        answer = await scene.calls(
            f"reactions.{method}", channel=scene.general, timestamp=said.ts, name=name
        )
    return answer


async def a_crowd_reacts(scene: Scene) -> Answer:
    said = await scene.says()
    for number in range(most("message.emoji")):
        scene.platform.conversations.react(
            scene.playground.messages("general")[-1], f"e{number}", f"U{number}"
        )
    return await scene.calls(
        "reactions.add", channel=scene.general, timestamp=said.ts, name="one_more"
    )


async def of_anas_file(scene: Scene, method: str, *, delete: bool) -> Answer:
    file = await scene.ana.uploads("a.txt", b"x")
    await scene.ana.says("see", channel="general", files=[file])
    if delete:
        await scene.ana.deletes_file(file)
    return await scene.calls(method, file=file.id)


async def short_upload(scene: Scene) -> Answer:
    async def one_byte() -> AsyncIterator[bytes]:
        yield b"x"

    _, ticket = scene.platform.files.reserve("a.txt", 2, "")
    await scene.platform.files.receive_reserved(ticket, one_byte())
    return {}


MET: dict[str, Callable[[Scene], Awaitable[Answer]]] = {
    "invalid_arguments": call("users.info"),
    "invalid_auth": lambda s: with_token(s, "xoxb-wrong", "auth.test"),
    "invalid_cursor": call("users.list", cursor="nowhere"),
    "invalid_json": lambda s: s.sends(
        "auth.test", data="{", headers={"Content-Type": "application/json"}
    ),
    "invalid_limit": call("users.list", limit=0),
    "json_not_object": lambda s: s.sends("auth.test", json=[]),
    "missing_scope": lambda _: narrowly("users.list"),
    "not_allowed_token_type": call("apps.connections.open"),
    "not_authed": lambda s: with_token(s, "", "auth.test"),
    "ratelimited": too_often,
    "unknown_method": call("chat.nonsense"),
    "channel_not_found": call("chat.postMessage", channel="C0NOWHERE", text="x"),
    "is_archived": lambda s: archived(s, "chat.postMessage", text="x"),
    "is_inactive": lambda s: archived(s, "chat.update", text="x"),
    "not_in_channel": outside,
    "method_not_supported_for_channel_type": lambda s: s.calls(
        "conversations.join", channel=s.ana.im
    ),
    "bot_not_found": call("bots.info", bot="B0NONE"),
    "no_such_subteam": call("usergroups.users.list", usergroup="S0NONE"),
    "not_enough_users": lambda s: s.calls(
        "conversations.open", users=f"{s.ana.id},{s.playground.person('ben').id}"
    ),
    "team_not_found": lambda s: starts(s, recipient_team_id="T0OTHER"),
    "user_disabled": with_somebody_gone,
    "user_not_found": call("users.info", user="U0NOBODY"),
    "user_not_in_channel": lambda s: s.calls(
        "chat.postEphemeral",
        channel=s.playground.workspace.channel("ops").id,
        user=s.playground.person("mia").id,
        text="x",
    ),
    "users_list_not_supplied": call("conversations.open"),
    "block_mismatch": rich_by_plain,
    "cant_delete_message": lambda s: theirs(s, "chat.delete"),
    "cant_update_message": lambda s: theirs(s, "chat.update", text="y"),
    "invalid_attachments": say(text="x", attachments=[{"text": "old"}]),
    "invalid_blocks": say(blocks=[{"type": "sparkle"}]),
    "invalid_blocks_format": say(blocks={"a": 1}),
    "invalid_message": call("blocks.validate", message={}),
    "invalid_metadata_format": say(text="x", metadata={"a": 1}),
    "invalid_thread_ts": say(text="x", thread_ts="never"),
    "invalid_view": call("blocks.validate", view={}),
    "markdown_text_conflict": say(text="x", markdown_text="y"),
    "message_not_found": lambda s: s.calls("chat.update", channel=s.general, ts="1.1", text="x"),
    "msg_blocks_too_long": say(blocks=[section("x" * 3_000)] * 5),
    "msg_blocks_too_many": full_of_blocks,
    "msg_too_long": say(markdown_text="x" * 12_001),
    "no_text": say(),
    "thread_not_found": say(text="x", thread_ts="1.1"),
    "cannot_provide_both_markdown_text_and_chunks": lambda s: appends(
        s, markdown_text="x", chunks=[{"type": "markdown_text", "text": "x"}]
    ),
    "invalid_chunks": lambda s: appends(s, chunks=[{"type": "sparkle"}]),
    "markdown_text_or_chunks_required": appends,
    "message_not_in_streaming_state": ended,
    "message_not_owned_by_app": lambda s: theirs(s, "chat.appendStream", markdown_text="x"),
    "missing_recipient_team_id": lambda s: starts(s, recipient_team_id=None),
    "missing_recipient_user_id": lambda s: starts(s, recipient_user_id=None),
    "stopped_by_user": stopped,
    "streaming_mode_mismatch": lambda s: appends(
        s, chunks=[{"type": "markdown_text", "text": "x"}]
    ),
    "streaming_state_conflict": while_streaming,
    "duplicate_external_id": twice_external,
    "exchanged_trigger_id": lambda s: used_trigger(s, wait=False),
    "expired_trigger_id": lambda s: used_trigger(s, wait=True),
    "hash_conflict": stale_hash,
    "invalid_trigger_id": call("views.open", trigger_id="1.2.x", view=modal(section("x"))),
    "not_enabled": lambda _: narrowly("views.publish", view=HOME),
    "not_found": call("views.update", view_id="V0NONE", view=modal(section("x"))),
    "push_limit_reached": pushes_a_fourth,
    "view_too_large": opens_much,
    "expired_url": too_old,
    "invalid_url": lambda s: s.answers("nonsense"),
    "used_url": worn_out,
    "invalid_ts_oldest": lambda s: s.calls(
        "conversations.history", channel=s.general, oldest="soon"
    ),
    "invalid_types": call("conversations.list", types="sparkle"),
    "already_reacted": lambda s: reacts(s, "eyes", "eyes"),
    "invalid_name": lambda s: reacts(s, "not a name!"),
    "no_reaction": lambda s: reacts(s, "eyes", method="remove"),
    "too_many_emoji": a_crowd_reacts,
    "too_many_reactions": lambda s: reacts(
        s, *(f"e{number}" for number in range(most("person.reactions") + 1))
    ),
    "alt_txt_too_large": upload(alt_txt="x" * 1_001),
    "cant_delete_file": lambda s: of_anas_file(s, "files.delete", delete=False),
    "file_deleted": lambda s: of_anas_file(s, "files.info", delete=True),
    "file_not_found": call("files.info", file="F0NONE"),
    "file_upload_size_restricted": upload(length=2**30 + 1),
    "length_mismatch": short_upload,
    "missing_argument": upload(length=0),
    "snippet_too_large": upload(length=1_000_001, snippet_type="text"),
    "unknown_type": call("files.list", types="sparkle"),
}


@pytest.mark.parametrize("code", MET)
async def test_the_code_is_met(code: str, scene: Scene) -> None:
    try:
        answer = await MET[code](scene)
    except Refusal as refusal:
        answer = refusal.answer()
    assert (answer["ok"], answer["error"]) == (False, code)


def test_each_code_of_the_table_is_met() -> None:
    assert MET.keys() == ERROR_CODES.keys()


def test_each_code_names_its_page_and_says_why() -> None:
    for code in ERROR_CODES.values():
        assert code.doc.startswith("https://docs.slack.dev/")
        assert code.why.endswith(".")


def strings_of_the_playground() -> set[str]:
    """Every string constant in the playground's code, but for the table itself."""
    folder = Path(runbot.playground.__file__).parent
    files = [path for path in folder.glob("*.py") if path.name != "error_codes.py"]
    return {
        node.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_no_row_outlives_its_refusal() -> None:
    assert ERROR_CODES.keys() <= strings_of_the_playground()


def raised_codes() -> set[str]:
    folder = Path(runbot.playground.__file__).parent
    return {
        node.args[0].value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refusal"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_each_code_that_is_raised_has_a_row() -> None:
    assert raised_codes() <= ERROR_CODES.keys()
    with pytest.raises(KeyError):
        Refusal("made_up")


def test_the_codes_of_the_limits_are_of_the_table() -> None:
    """Those that an app is answered; the rest is said to people, or by an ack's absence."""
    elsewhere = {"", "truncated", "too_many_files", "operation_timeout", "too_many_websockets"}
    assert {limit.error for limit in LIMITS.values()} - elsewhere <= ERROR_CODES.keys()
