"""Whatever an app sends as blocks or a view, it's taken or refused: never a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.playground.inputs import problems
from runbot.playground.refusals import Refusal
from runbot.playground.state import interactive, state_values

_TYPES = st.sampled_from(
    [
        "section",
        "header",
        "divider",
        "context",
        "actions",
        "context_actions",
        "input",
        "image",
        "markdown",
        "rich_text",
        "alert",
        "table",
        "card",
        "carousel",
        "container",
        "data_table",
        "video",
        "plan",
        "task_card",
        "button",
        "overflow",
        "static_select",
        "multi_static_select",
        "external_select",
        "multi_external_select",
        "users_select",
        "datepicker",
        "checkboxes",
        "radio_buttons",
        "plain_text_input",
        "number_input",
        "plain_text",
        "mrkdwn",
        "rich_text_section",
        "rich_text_list",
        "text",
        "raw_text",
        "modal",
        "home",
    ]
)
_KEYS = st.sampled_from(
    [
        "text",
        "fields",
        "accessory",
        "elements",
        "element",
        "label",
        "blocks",
        "block_id",
        "action_id",
        "options",
        "option_groups",
        "initial_option",
        "initial_options",
        "value",
        "confirm",
        "title",
        "submit",
        "child_blocks",
        "tasks",
        "rows",
        "actions",
        "min_length",
        "max_length",
        "is_decimal_allowed",
        "alt_text",
        "image_url",
        "style",
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b"])


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda kind, rest: {"type": kind, **rest},
        _TYPES,
        st.dictionaries(_KEYS, inner, max_size=4),
    )


def was_taken(accept: Callable[[Any], object], sent: object) -> bool:
    """Whether it was accepted; anything but a refusal otherwise fails the test."""
    try:
        accept(sent)
    except Refusal as refusal:
        return bool(refusal.answer()["ok"])
    return True


_JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | _objects(inner))


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


_OPTIONS = st.lists(
    st.sampled_from("abcdef").map(lambda v: {"text": _plain(v), "value": v}), min_size=1, max_size=3
)
_ELEMENTS = st.one_of(
    st.builds(
        lambda a, v: {"type": "button", "text": _plain("b"), "action_id": a, "value": v},
        st.sampled_from("abc"),
        st.text(max_size=3),
    ),
    st.builds(lambda o: {"type": "static_select", "options": o}, _OPTIONS),
    st.builds(lambda o: {"type": "checkboxes", "options": o, "initial_options": o}, _OPTIONS),
    st.just({"type": "datepicker", "action_id": "d"}),
)
_BLOCKS = st.lists(
    st.one_of(
        st.builds(lambda e: {"type": "actions", "elements": e}, st.lists(_ELEMENTS, max_size=3)),
        st.builds(
            lambda i: {
                "type": "input",
                "block_id": i,
                "label": _plain("l"),
                "element": {"type": "plain_text_input"},
            },
            st.sampled_from("xyz"),
        ),
        st.just({"type": "divider"}),
    ),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_JSON, max_size=3))
def test_any_blocks_are_taken_or_refused(blocks: list[Any]) -> None:
    assert was_taken(accept_message_blocks, blocks) in {True, False}


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_any_view_is_taken_or_refused(view: Any) -> None:
    assert was_taken(accept_view, view) in {True, False}


@settings(max_examples=200, deadline=None)
@given(_BLOCKS)
def test_what_is_taken_can_be_used(blocks: list[dict[str, Any]]) -> None:
    """Every control of an accepted message has its ids, a state, and can be checked."""
    try:
        taken = accept_message_blocks(blocks)
    except Refusal:
        return
    places = [(block["block_id"], element["action_id"]) for block, element in interactive(taken)]
    assert len(places) == len(set(places))
    values = state_values(taken, {})
    assert problems(taken, {}).keys() == {b["block_id"] for b in taken if b["type"] == "input"}
    assert all(set(entries) for entries in values.values())
