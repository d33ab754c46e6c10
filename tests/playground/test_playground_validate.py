"""blocks.validate finds what posting would refuse, and says where and what was expected."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.bolt_apps import actions, button, modal, plain, refusal_of, section
from runbot.playground import Playground

BAD_SECTION = {"type": "section", "text": {"type": "invalid", "text": "Hello"}}


async def test_what_is_right_is_answered_ok_and_changes_nothing(
    playground: Playground, client: Any
) -> None:
    for given in (
        {"blocks": [section("x")]},
        {"message": {"blocks": [section("x")], "text": "x"}},
        {"view": modal(section("x"))},
        {"view": {"type": "home", "blocks": [section("x")]}},
    ):
        assert (await client.api_call("blocks.validate", json=given))["ok"] is True
    assert playground.messages("general") == []


async def test_the_sdks_own_call_is_understood(client: Any) -> None:
    assert (await client.blocks_validate(blocks=[section("x")]))["ok"] is True
    refused = await refusal_of(client.blocks_validate(blocks=[BAD_SECTION]))
    assert refused["error"] == "invalid_blocks"


async def test_it_needs_no_token(playground: Playground) -> None:
    stranger = AsyncWebClient(base_url=playground.api_url, retry_handlers=[])
    assert (await stranger.api_call("blocks.validate", json={"blocks": [section("x")]}))["ok"]


async def test_a_finding_has_slacks_form(client: Any) -> None:
    """The example of https://docs.slack.dev/reference/methods/blocks.validate, word for word."""
    refused = await refusal_of(client.api_call("blocks.validate", json={"blocks": [BAD_SECTION]}))
    assert refused == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [
            {
                "code": "failed_constraint",
                "message": "unsupported type: invalid",
                "pointer": "/0/text/type",
                "constraint": {"type": "enum", "expected": ["plain_text", "mrkdwn"]},
            }
        ],
    }


@pytest.mark.parametrize(
    ("given", "error", "pointer", "constraint"),
    [
        (
            {"message": {"blocks": [section("x" * 3_001)]}},
            "invalid_message",
            "/blocks/0/text/text",
            {"type": "max_length", "expected": 3_000},
        ),
        (
            {"message": {}},
            "invalid_message",
            "",
            {"type": "required", "expected": ["blocks"]},
        ),
        ({"message": "x"}, "invalid_arguments", None, None),
        (
            {"view": modal()},
            "invalid_view",
            "/blocks",
            {"type": "min_items", "expected": 1},
        ),
        (
            {"view": modal(section("x"), mood="good")},
            "invalid_view",
            "",
            {"type": "additional_properties", "got": "mood"},
        ),
        (
            {"view": {"type": "modal", "title": plain("x")}},
            "invalid_view",
            "",
            {"type": "required", "expected": ["blocks"]},
        ),
        (
            {"blocks": [actions(*(button("b", str(n)) for n in range(26)))]},
            "invalid_blocks",
            "/0/elements",
            {"type": "max_items", "expected": 25},
        ),
        (
            {"blocks": [{"type": "section", "text": plain("x"), "expand": "yes"}]},
            "invalid_blocks",
            "/0/expand",
            {"type": "type", "expected": "boolean"},
        ),
        (
            {"blocks": [{"type": "header", "text": plain("x"), "level": 5}]},
            "invalid_blocks",
            "/0/level",
            {"type": "maximum", "expected": 4},
        ),
    ],
)
async def test_each_finding_says_where_and_what_was_expected(
    client: Any, given: Any, error: str, pointer: str | None, constraint: Any
) -> None:
    refused = await refusal_of(client.api_call("blocks.validate", json=given))
    assert refused["error"] == error
    if pointer is not None:
        assert [(e["pointer"], e["constraint"]) for e in refused["errors"]] == [
            (pointer, constraint)
        ]


@pytest.mark.parametrize(
    "given", [{}, {"blocks": [section("x")], "view": modal(section("x"))}, {"text": "x"}]
)
async def test_exactly_one_of_three_is_taken(client: Any, given: Any) -> None:
    refused = await refusal_of(client.api_call("blocks.validate", json=given))
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == [
        "must provide exactly one of `blocks`, `view`, or `message`"
    ]


async def test_what_only_one_surface_takes_is_found_where_it_stands(client: Any) -> None:
    """Blocks alone may be of any surface; a view's and a message's are of theirs."""
    alert = {"type": "alert", "text": plain("x")}
    assert (await client.api_call("blocks.validate", json={"blocks": [alert]}))["ok"]
    assert (await client.api_call("blocks.validate", json={"view": modal(alert)}))["ok"]
    message = {"message": json.dumps({"blocks": [alert]})}
    refused = await refusal_of(client.api_call("blocks.validate", json=message))
    assert refused["errors"][0]["pointer"] == "/blocks/0/type"
