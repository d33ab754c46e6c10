"""The record of a run as people get it: in its thread, from the terminal, and where it moved."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from runbot.cli import main
from runbot.playground.messages import Message

from .test_control import published, started
from .world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def uploaded(world: World, run: Message, *names: str) -> dict[str, str]:
    """The texts of the files in a run's thread, by their names, once these are there."""

    def found() -> dict[str, str] | None:
        thread = world.playground.messages(run.channel, run)
        files = world.playground.platform.files
        shared = files.those([one for message in thread for one in message.files])
        texts = {file.name: files.store.path(file.id).read_text() for file in shared}
        return texts if set(names) <= set(texts) else None

    texts = await world.playground.until(found, what=f"{names} in the thread")
    assert texts is not None
    return texts


@pytest.fixture
def terminal(
    own_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Awaitable[tuple[int, str]]]:
    """A command of the terminal, in this process, beside the server that is another one."""
    for name, value in own_world.runbot.env.items():
        monkeypatch.setenv(name, value)

    async def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = await asyncio.to_thread(main, words)
        said = capsys.readouterr()
        return code, said.out or said.err

    return command


async def test_a_run_s_record_is_put_into_its_thread_by_a_button_and_by_words(
    world: World,
) -> None:
    ana, ben = world.person("ana"), world.person("ben")
    await published(world, ana, "recorded", "Look at the dashboard", "Ask the customer")
    run = await started(world, ana, "recorded")
    await world.shows(run, "*Look at the dashboard* · waiting")
    await ben.clicks(run, "Done")
    await world.shows(run, "*Ask the customer* · waiting")
    await ana.clicks(run, "Done")
    await world.shows(run, "Completed")
    number = world.now(run).partition("Run ")[2].partition(" ")[0]
    await ben.clicks(run, "Export")
    texts = await uploaded(world, run, f"run-{number}-recorded.md")
    page = texts[f"run-{number}-recorded.md"]
    assert page.startswith(f"# Run {number} of recorded, version 1\n")
    assert r"ben \(button\)" in page
    await ana.runs_command("/runbook", f"export {number} json", channel="ops")
    await ana.says(f"@runbot export {number} as csv", channel="ops", thread=run)
    texts = await uploaded(world, run, f"run-{number}-recorded.json", f"run-{number}-recorded.csv")
    document: dict[str, Any] = json.loads(texts[f"run-{number}-recorded.json"])
    assert document["schema"] == "runbot.run/1"
    answered = [told for told in document["timeline"] if told["event"] == "question answered"]
    assert [(told["actor"]["name"], told["outcome"]) for told in answered] == [
        ("ben", "done"),
        ("ana", "done"),
    ]
    told = await world.told([ana], "ops", f"The record of run {number}")
    assert "in its thread" in told.shown


async def test_the_terminal_verifies_lists_and_exports_beside_the_server(
    own_world: World, terminal: Callable[..., Awaitable[tuple[int, str]]]
) -> None:
    world = own_world
    ana = world.person("ana")
    await published(world, ana, "verified", "Look at the dashboard")
    run = await started(world, ana, "verified")
    await world.shows(run, "waiting")
    await ana.runs_command("/runbook", "publish verified", channel="ops")
    await world.told([ana], "ops", "is published already")
    await ana.clicks(run, "Done")
    await world.shows(run, "Completed")
    code, said = await terminal("audit", "verify", "--json")
    found = json.loads(said)
    assert (code, found["ok"], found["runs"]) == (0, True, 1)
    head = found["heads"][0]
    code, said = await terminal("audit", "list", "--json")
    lines = json.loads(said)
    assert [(line["verb"], line["outcome"]) for line in lines] == [
        ("create", "done"),
        ("publish", "done"),
        ("start", "done"),
        ("publish", "refused"),
        ("answer", "done"),
        ("end", "done"),
    ]
    assert [line["actor"].get("surface") for line in lines] == [
        "chat",
        "button",
        "chat",
        "slash",
        "button",
        "",
    ]
    code, said = await terminal("audit", "list", "--run", "1")
    assert [line.split("  ")[3] for line in said.splitlines()] == ["start", "answer", "end"]
    code, said = await terminal("export", "1", "--format", "json")
    assert (code, json.loads(said)["number"]) == (0, 1)
    with sqlite3.connect(world.runbot.folder / "data" / "runbot.db") as rows:
        rows.execute("UPDATE event SET detail = 'nothing of note' WHERE seq = 2")
    rows.close()
    kept = f"{head['workspace']}:{head['line']}:{head['hash']}"
    code, said = await terminal("audit", "verify", "--kept", kept)
    assert code == 1
    assert "run 1 of" in said
    assert "line 2: it was changed" in said


async def test_a_run_whose_channel_is_archived_is_answered_in_its_starter_s_direct_message(
    own_world: World,
) -> None:
    world = own_world
    ana = world.person("ana")
    await published(world, ana, "uprooted", "Look at the dashboard", "Ask the customer")
    run = await started(world, ana, "uprooted")
    await world.shows(run, "*Look at the dashboard* · waiting")
    await world.person("ben").archives("ops")
    moved = await world.run_message(ana, "uprooted", channel="@runbot")
    await world.shows(moved, "is archived, so this run goes on here")
    await ana.clicks(moved, "Done")
    await world.shows(moved, "*Ask the customer* · waiting")
    await ana.clicks(moved, "Done")
    await world.shows(moved, "Completed")
    await ana.clicks(moved, "Export")
    await uploaded(world, moved, "run-1-uprooted.md")
    told = [m for m in ana.reads("@runbot") if "goes on here" in m.shown]
    assert len(told) == 1
    assert "WARNING" not in world.runbot.log, world.runbot.log


async def test_a_run_whose_message_is_deleted_in_mid_run_is_shown_again(own_world: World) -> None:
    world = own_world
    ana = world.person("ana")
    await published(world, ana, "erased", "Look at the dashboard")
    run = await started(world, ana, "erased")
    await world.shows(run, "*Look at the dashboard* · waiting")
    await world.playground.until(
        lambda: len(world.playground.messages("ops", run)) > 1, what="the question in its thread"
    )
    world.playground.platform.conversations.delete(run)
    anew = await world.run_message(ana, "erased", channel="ops")
    await world.shows(anew, "the message of this run was deleted")
    await ana.clicks(anew, "Done")
    await world.shows(anew, "Completed")
