"""The manifests grant what the code uses, and nothing else."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from runbot.surfaces.slack import scopes

ROOT = Path(__file__).parents[3]
SLACK = ROOT / "src/runbot/surfaces/slack"
MANIFESTS = ("socket-mode", "http")
# What the SDK makes of one call: its upload is two methods of Slack's.
TOGETHER = {
    "files_upload_v2": {"files_getUploadURLExternal", "files_completeUploadExternal"},
}


def manifest(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / f"manifests/{name}.json").read_text())
    return content


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in SLACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func.attr, node


def test_the_table_names_every_method_that_the_code_calls_and_no_other() -> None:
    methods = {name for name in dir(AsyncWebClient) if "_" in name and not name.startswith("_")}
    used = {name for name, _ in calls() if name in methods - {"api_call"}}
    used |= {
        str(node.args[0].value).replace(".", "_")
        for name, node in calls()
        if name == "api_call" and isinstance(node.args[0], ast.Constant)
    }
    for call in used & TOGETHER.keys():
        used = used - {call} | TOGETHER[call]
    assert used == set(scopes.METHODS)


def test_the_table_names_every_event_that_the_code_listens_to_and_no_other() -> None:
    heard = {
        node.args[0].value
        for name, node in calls()
        if name == "event" and node.args and isinstance(node.args[0], ast.Constant)
    }
    assert heard == {event.partition(".")[0] for event in scopes.EVENTS}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_asks_for_the_scopes_that_are_used_and_no_other(name: str) -> None:
    assert manifest(name)["oauth_config"]["scopes"]["bot"] == list(scopes.needed())


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_subscribes_to_what_is_heard_and_no_other(name: str) -> None:
    events = manifest(name)["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(events) == sorted(scopes.EVENTS)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_switches_on_every_feature_that_is_used(name: str) -> None:
    features = manifest(name)["features"]
    assert set(scopes.FEATURES) <= set(features)
    assert features["app_home"]["home_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert manifest(name)["settings"]["interactivity"]["is_enabled"]


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_stays_inside_slacks_lengths(name: str) -> None:
    content = manifest(name)
    shown, features = content["display_information"], content["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert len(features["agent_view"]["suggested_prompts"]) <= 4


def test_the_two_manifests_differ_only_in_how_slack_reaches_runbot() -> None:
    socket, http = manifest("socket-mode"), manifest("http")
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    address = http["settings"]["interactivity"].pop("request_url")
    assert http["settings"]["event_subscriptions"].pop("request_url") == address
    assert http["features"]["slash_commands"][0].pop("url") == address
    assert http == socket


def test_the_command_in_the_manifest_is_the_one_that_the_code_answers() -> None:
    registered = {
        node.args[0].value
        for name, node in calls()
        if name == "command" and node.args and isinstance(node.args[0], ast.Constant)
    }
    offered = {row["command"] for row in manifest("http")["features"]["slash_commands"]}
    assert registered == offered


# --- Why each is asked for ---


def needing(scope: str) -> list[str]:
    """What needs a scope, as Slack's documentation names it."""
    methods = [name.replace("_", ".") for name, needs in scopes.METHODS.items() if scope in needs]
    others = {**scopes.EVENTS, **scopes.FEATURES}
    return [*methods, *(name for name, needs in others.items() if scope in needs)]


def permissions() -> str:
    """The two tables of docs/slack-permissions.md, as the code has them."""
    lines = ["| Scope | What for | What needs it |", "|---|---|---|"]
    lines += [
        f"| `{scope}` | {reason} | {', '.join(f'`{name}`' for name in needing(scope))} |"
        for scope, reason in scopes.SCOPE_REASONS.items()
    ]
    lines += ["", "| Event | What for |", "|---|---|"]
    lines += [f"| `{event}` | {reason} |" for event, reason in scopes.EVENT_REASONS.items()]
    return "\n".join(lines)


def test_each_scope_and_each_event_has_a_reason() -> None:
    assert list(scopes.SCOPE_REASONS) == list(scopes.needed())
    assert list(scopes.EVENT_REASONS) == sorted(scopes.EVENTS)
    assert all(needing(scope) for scope in scopes.SCOPE_REASONS)


def test_the_reasons_in_the_documents_are_the_code_s() -> None:
    said = (ROOT / "docs/slack-permissions.md").read_text()
    assert permissions() in said, f"It should have:\n{permissions()}"
