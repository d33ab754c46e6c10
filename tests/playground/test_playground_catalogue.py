"""The catalogue of methods is that of the routes and of Slack's own SDK."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web import async_client

from playground.bolt_apps import refusal_of
from runbot.playground.catalogue import CATALOGUE, FAMILIES
from runbot.playground.limits import CALLS_PER_MINUTE
from runbot.playground.web_api import METHODS

PAGE = Path(__file__).parents[2] / "docs" / "playground.md"
HERE = {method for method, entry in CATALOGUE.items() if entry.state != "absent"}
ABSENT = CATALOGUE.keys() - HERE


def sdk_methods() -> set[str]:
    """The methods that the SDK's client calls, from its source."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(inspect.getsource(async_client)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "api_call"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_the_catalogue_has_the_sdks_methods_and_no_others() -> None:
    known = {method for method in sdk_methods() if method.split(".")[0] in FAMILIES}
    assert CATALOGUE.keys() == known


def test_the_catalogue_says_of_each_route_that_it_is_here() -> None:
    assert METHODS.keys() == HERE


def test_what_is_partial_or_absent_has_a_note() -> None:
    for method, entry in CATALOGUE.items():
        assert entry.note.endswith(".") is (entry.state != "supported"), method


def test_budgets_are_of_methods_that_are_here() -> None:
    assert CALLS_PER_MINUTE.keys() <= METHODS.keys()


@pytest.mark.parametrize("method", ["chat.scheduleMessage", "users.conversations"])
async def test_an_absent_method_says_that_it_is_the_playground_that_lacks_it(
    client: Any, method: str
) -> None:
    refused = await refusal_of(client.api_call(method))
    assert (refused["error"], refused["req_method"]) == ("unknown_method", method)
    (message,) = refused["response_metadata"]["messages"]
    assert message == CATALOGUE[method].sentence
    by_get = await refusal_of(client.api_call(method, http_verb="GET"))
    assert by_get["error"] == "unknown_method"


async def test_what_slack_doesnt_know_either_has_no_note(client: Any) -> None:
    refused = await refusal_of(client.api_call("chat.nonsense"))
    assert "response_metadata" not in refused


def test_the_page_tells_of_each_method() -> None:
    """docs/playground.md: what is here by name, what is partial with its note, and the rest."""
    page = PAGE.read_text("utf-8")
    for method, entry in CATALOGUE.items():
        assert f"`{method}`" in page, method
        assert entry.note in page, method
