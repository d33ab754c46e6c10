"""The toolbox: plans checked with their blanks, calls that always end in a result."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runbot.domain.errors import InvalidInput, RunbotError, Unavailable
from runbot.tools.contract import Repeat, Risk, Tool, ToolContext, ToolResult
from runbot.tools.data_store import DataStore
from runbot.tools.fetching import Fetcher
from runbot.tools.network import NetworkPolicy
from runbot.tools.send_email import SendEmail
from runbot.tools.slack_post import SlackPost
from runbot.tools.toolbox import Toolbox
from runbot.tools.wait import Wait
from runbot.tools.web_fetch import WebFetch
from unit.tools.test_data_store import Shelf
from unit.tools.test_slack_post import Channel


class ProbeArguments(BaseModel):
    """What the probe is to do."""

    model_config = ConfigDict(extra="forbid")

    secret: str = Field(default="", description="Something that must not be shown")
    count: int = Field(default=1, ge=1, description="How often")


class Probe:
    """A tool of a package: does what a test says."""

    name: ClassVar[str] = "probe"
    description: ClassVar[str] = "Do what the test says"
    arguments: ClassVar[type[BaseModel]] = ProbeArguments
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.NEVER

    error: Exception | None = None
    hang = False
    result: Any = ToolResult(ok=True, summary="done")

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:  # noqa: ARG002 - the contract
        if self.hang:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        result: ToolResult = self.result
        return result


class ReadingProbe(Probe):
    risk: ClassVar[Risk] = Risk.READ


class SafeProbe(Probe):
    repeat: ClassVar[Repeat] = Repeat.SAFE


class NamelessProbe(Probe):
    name: ClassVar[str] = "Not A Name"


class SyncProbe(Probe):
    def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:  # type: ignore[override]  # noqa: ARG002 - never called
        raise AssertionError


async def no_link(_context: ToolContext) -> str | None:
    return None


def broken() -> Tool:
    raise ValueError("no licence\nfound")


@pytest.fixture
def toolbox() -> Toolbox:
    """All built-in tools."""
    fetcher = Fetcher(NetworkPolicy())
    return Toolbox(
        [
            DataStore(Shelf(), fetcher),
            SendEmail(None, sender="runbot@example.com"),
            SlackPost(Channel(), link=no_link),
            Wait(),
            WebFetch(fetcher),
        ]
    )


def fields(toolbox: Toolbox, tool: str, arguments: dict[str, JsonValue]) -> list[str]:
    return [problem.field for problem in toolbox.check(tool, arguments)]


@pytest.mark.parametrize(
    ("tool", "arguments", "wrong"),
    [
        ("send_email", {"to": "{{oncall}}"}, []),
        ("send_email", {"to": "oncall@example.com"}, []),
        ("send_email", {"to": ["{{oncall}}", "b@example.com"]}, []),
        ("send_email", {"to": "oncall"}, ["to"]),
        ("send_email", {"subject": "hello"}, ["to"]),
        ("send_email", {"to": "{{oncall}}", "cc": "x"}, ["cc"]),
        ("web_fetch", {"url": "{{base_url}}/health", "method": "GET"}, []),
        ("web_fetch", {"url": "{{base_url}}/health", "method": "POST"}, ["method"]),
        ("web_fetch", {"url": "/health"}, ["url"]),
        ("web_fetch", {"url": "/{not a blank}/health"}, ["url"]),
        ("slack_post", {"channel": "{{channel}}", "text": "x"}, []),
        ("slack_post", {"channel": "#ops", "status": "{{loud}}"}, []),
        ("slack_post", {"channel": "#ops"}, ["arguments"]),
        ("data_store", {"name": "logs-{{run.number}}", "source": "{{site}}/logs"}, []),
        ("data_store", {"name": "logs"}, ["arguments"]),
        ("data_store", {"name": "logs-{{run.number}}"}, ["arguments"]),
        ("wait", {"duration": "{{minutes}} minutes"}, []),
        ("wait", {}, ["arguments"]),
        ("wait", {"duration": "{{minutes}} minutes", "until": "14:00"}, ["arguments"]),
    ],
)
def test_a_plan_is_checked_but_for_what_is_still_blank(
    tool: str, arguments: dict[str, JsonValue], wrong: list[str], toolbox: Toolbox
) -> None:
    assert fields(toolbox, tool, arguments) == wrong


def test_each_problem_is_a_sentence_that_says_what_to_write(toolbox: Toolbox) -> None:
    def sentence(tool: str, arguments: dict[str, JsonValue]) -> str:
        return toolbox.check(tool, arguments)[0].sentence

    assert sentence("send_email", {}) == (
        "send_email needs to (One or several email addresses, with commas between them)."
    )
    assert sentence("send_email", {"to": "a@b.test", "cc": "x"}) == (
        "send_email takes no cc; it takes to, subject, body."
    )
    assert sentence("web_fetch", {"url": "/health"}) == (
        "url must be an address that starts with http:// or https://."
    )
    assert sentence("web_fetch", {"url": "https://a.test", "method": "POST"}) == (
        "method: should be 'GET' or 'HEAD'."
    )
    assert sentence("page", {}) == (
        "There is no tool called page. "
        "There are: data_store, send_email, slack_post, wait, web_fetch."
    )


def test_every_tool_is_described_for_people(toolbox: Toolbox) -> None:
    described = {tool.name: tool for tool in toolbox.describe()}
    assert list(described) == sorted(toolbox)
    for tool in described.values():
        assert tool.description
        assert all(argument.description and argument.kind for argument in tool.arguments)
    fetch = {argument.name: argument for argument in described["web_fetch"].arguments}
    assert fetch["url"].required
    assert fetch["method"].kind == "GET or HEAD"
    assert described["web_fetch"].risk is Risk.READ


async def test_a_call_gives_the_tools_result(context: ToolContext) -> None:
    result = await Toolbox([Probe()]).call("probe", {"count": "2"}, context, 1)
    assert result == ToolResult(ok=True, summary="done")


async def test_wrong_arguments_fail_without_being_repeated(context: ToolContext) -> None:
    arguments: dict[str, JsonValue] = {"count": "s3cret", "colour": "s3cret"}
    result = await Toolbox([Probe()]).call("probe", arguments, context, 1)
    assert not result.ok
    assert not result.unknown
    assert "count: " in result.summary
    assert "probe takes no colour" in result.summary
    assert "s3cret" not in result.summary


async def test_an_unknown_tool_fails_in_a_sentence(context: ToolContext) -> None:
    result = await Toolbox([Probe()]).call("page", {}, context, 1)
    assert result.summary == "There is no tool called page. There are: probe."


@pytest.mark.parametrize(
    ("kind", "unknown"), [(Probe, True), (ReadingProbe, False), (SafeProbe, False)]
)
async def test_a_call_that_takes_too_long_is_cut_off(
    kind: type[Probe],
    unknown: bool,  # noqa: FBT001 - a table's column
    context: ToolContext,
) -> None:
    probe = kind()
    probe.hang = True
    result = await Toolbox([probe]).call("probe", {}, context, 0.05)
    assert not result.ok
    assert result.unknown is unknown
    assert "cut off after 0.05 s" in result.summary
    assert ("may have taken effect" in result.summary) is unknown


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (RuntimeError("password s3cret"), True),
        (TimeoutError("s3cret"), True),
        (Unavailable("It is down."), True),
        (InvalidInput("That can't be."), False),
    ],
)
async def test_a_tool_that_breaks_becomes_a_result_and_a_log_without_secrets(
    error: Exception,
    unknown: bool,  # noqa: FBT001 - a table's column
    context: ToolContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = Probe()
    probe.error = error
    with caplog.at_level(logging.DEBUG, "runbot"):
        result = await Toolbox([probe]).call("probe", {"secret": "s3cret"}, context, 1)
    assert not result.ok
    assert result.unknown is unknown
    assert "s3cret" not in result.summary + caplog.text
    if isinstance(error, RunbotError):
        assert result.summary == error.sentence
    else:
        assert "a fault in it; the log has the details. It may have" in result.summary
        assert type(error).__name__ in caplog.text
        assert "run-1" in caplog.text


async def test_a_tool_that_gives_something_else_is_at_fault(context: ToolContext) -> None:
    probe = Probe()
    probe.result = "done"
    result = await Toolbox([probe]).call("probe", {}, context, 1)
    assert not result.ok
    assert "a fault in it" in result.summary


async def test_a_result_is_brought_within_its_limits(context: ToolContext) -> None:
    probe = Probe()
    summary = "line one\nline\x00 two \u202eevil " + "x" * 400
    probe.result = ToolResult(ok=True, summary=summary, output="a\x00b\ud800")
    result = await Toolbox([probe]).call("probe", {}, context, 1)
    assert result.summary.startswith("line one line two evil xxx")
    assert len(result.summary) == 300
    assert result.summary.endswith("…")
    assert result.output == "a\ufffdb?"


async def test_cancelling_a_call_is_never_made_a_result(context: ToolContext) -> None:
    probe = Probe()
    probe.hang = True
    task = asyncio.create_task(Toolbox([probe]).call("probe", {}, context, 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_which_arguments_are_markup_is_said_by_the_tools_own_model(toolbox: Toolbox) -> None:
    assert toolbox.markup_of("slack_post") == {"text"}
    assert toolbox.markup_of("send_email") == frozenset()
    assert toolbox.markup_of("no_such_tool") == frozenset()


def test_only_waits_have_a_deadline(toolbox: Toolbox) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert toolbox.deadline("wait", {"duration": "1 h"}, now) == now + timedelta(hours=1)
    assert toolbox.deadline("web_fetch", {}, now) is None
    with pytest.raises(InvalidInput, match="can't wait") as refused:
        toolbox.deadline("wait", {"duration": "{{minutes}} minutes"}, now)
    assert "duration must be written as" in refused.value.sentence
    with pytest.raises(InvalidInput, match="30 days"):
        toolbox.deadline("wait", {"until": "2027-01-01"}, now)


def entry_point(value: str) -> EntryPoint:
    return EntryPoint(name="probe", value=value, group="runbot.tools")


def test_a_package_adds_its_tool() -> None:
    toolbox = Toolbox.with_packages([Wait()], [entry_point("unit.tools.test_toolbox:Probe")])
    assert list(toolbox) == ["wait", "probe"]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("unit.tools.test_toolbox:Missing", "can't be loaded (AttributeError"),
        ("no.such.module:Tool", "can't be loaded (ModuleNotFoundError"),
        ("unit.tools.test_toolbox:broken", "can't be loaded (ValueError: no licence found)"),
        ("unit.tools.test_toolbox:NamelessProbe", "its name must be lower-case letters"),
        ("unit.tools.test_toolbox:SyncProbe", "it has no async run(arguments, context)"),
        ("builtins:dict", "its name must be"),
    ],
)
def test_a_broken_package_is_named_with_what_is_wrong(value: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Toolbox.with_packages([], [entry_point(value)])
    assert sentence in refused.value.sentence
    assert value in refused.value.sentence
    assert "Remove the package" in refused.value.sentence


def test_a_name_is_taken_only_once() -> None:
    with pytest.raises(InvalidInput, match="a tool called probe, and there is one already"):
        Toolbox.with_packages([Probe()], [entry_point("unit.tools.test_toolbox:Probe")])


def test_every_built_in_tool_is_documented_with_its_arguments_and_risk(toolbox: Toolbox) -> None:
    text = (Path(__file__).parents[3] / "docs" / "tools.md").read_text(encoding="utf-8")
    sections = {part.split("\n")[0].strip(" `"): part for part in text.split("\n## ")[1:]}
    for tool in toolbox.describe():
        section = sections[tool.name]
        assert f"Risk: {tool.risk}" in section
        for argument in tool.arguments:
            assert f"| `{argument.name}` |" in section, f"{tool.name}.{argument.name}"
