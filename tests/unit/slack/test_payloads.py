"""Slack's payloads, read once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain.errors import InvalidInput
from runbot.surfaces.slack import payloads
from runbot.surfaces.slack.payloads import Way


def said(**more: Any) -> dict[str, Any]:
    event = {"type": "message", "user": "U1", "channel": "C1", "ts": "5.0", "text": "<@UBOT> hi"}
    return {"event": {**event, "channel_type": "channel", **more}}


def test_a_message_is_read_without_the_mention_of_runbot() -> None:
    message = payloads.message(said(), "T1", "UBOT")
    assert message is not None
    assert (message.text, message.mentions, message.direct) == ("hi", True, False)
    assert (message.origin.thread, message.origin.threaded) == ("5.0", False)


def test_every_delivery_of_a_message_has_the_same_key() -> None:
    mention = payloads.message(said(type="app_mention"), "T1", "UBOT")
    plain = payloads.message(said(), "T1", "UBOT")
    assert mention is not None
    assert plain is not None
    assert mention.origin.key == plain.origin.key


def test_in_a_direct_message_an_answer_starts_no_thread() -> None:
    message = payloads.message(said(channel_type="im", channel="D1"), "T1", "UBOT")
    assert message is not None
    assert message.origin.thread is None
    reply = payloads.message(said(channel_type="im", thread_ts="1.0"), "T1", "UBOT")
    assert reply is not None
    assert reply.origin.thread == "1.0"


@pytest.mark.parametrize(
    ("more", "app"),
    [
        ({"subtype": "bot_message", "bot_id": "B1", "user": None}, "B1"),
        ({"bot_id": "B1"}, "B1"),
        ({"user": "USLACKBOT"}, "USLACKBOT"),
        ({"user": "UBOT", "bot_id": "BOWN"}, None),
        ({"bot_id": "B1", "text": "<@UBOTH> hi"}, None),
        ({"bot_id": "B1", "subtype": "message_changed"}, None),
        ({}, None),
    ],
)
def test_what_another_app_says_to_runbot_is_told_apart(
    more: dict[str, Any], app: str | None
) -> None:
    found = payloads.posted(said(**more), "T1", "UBOT")
    assert (found.app if found else None) == app


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"bot_id": "B1"},
        {"user": None},
        {"user": "USLACKBOT"},
    ],
)
def test_what_no_person_said_is_no_message(more: dict[str, Any]) -> None:
    assert payloads.message(said(**more), "T1", "UBOT") is None


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "plain_text_input", "value": "a"}, "a"),
        ({"type": "plain_text_input", "value": None}, ""),
        ({"type": "number_input", "value": "3"}, "3"),
        ({"type": "static_select", "selected_option": {"value": "b"}}, "b"),
        ({"type": "static_select", "selected_option": None}, ""),
        ({"type": "radio_buttons", "selected_option": {"value": "true"}}, "true"),
        ({"type": "datepicker", "selected_date": "2026-01-31"}, "2026-01-31"),
        ({"type": "users_select", "selected_user": "U1"}, "U1"),
        ({"type": "conversations_select", "selected_conversation": "C1"}, "C1"),
    ],
)
def test_each_kind_of_input_is_read_as_text(element: dict[str, Any], value: str) -> None:
    body = {
        "type": "view_submission",
        "user": {"id": "U1"},
        "view": {"id": "V1", "callback_id": "c", "state": {"values": {"block": {"any": element}}}},
    }
    sent = payloads.submission(body, "T1")
    assert sent.values == {"block": value}
    assert sent.origin.way is Way.FORM


def test_a_click_knows_its_message_and_thread() -> None:
    body = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "trigger_id": "t",
        "channel": {"id": "C1"},
        "message": {"ts": "2.0", "thread_ts": "1.0"},
        "container": {"message_ts": "2.0", "is_ephemeral": True},
        "actions": [{"action_id": "a", "value": "v"}],
    }
    click = payloads.click(body, "T1")
    assert (click.action, click.value, click.trigger) == ("a", "v", "t")
    assert (click.origin.message, click.origin.thread) == ("2.0", "1.0")
    assert click.origin.ephemeral


@given(st.dictionaries(st.text(), st.text()))
def test_what_a_form_keeps_comes_back(values: dict[str, str]) -> None:
    assert payloads.kept(payloads.private(values)) == values


def test_a_bare_id_is_kept_under_id() -> None:
    assert payloads.kept("q_1") == {"id": "q_1"}
    assert payloads.kept("") == {}


@pytest.mark.parametrize("text", ["{bad", '{"a":1} more', '{"a":' * 2000])
def test_what_another_version_kept_in_another_form_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match="another version of Runbot"):
        payloads.kept(text)
    body = {"type": "view_submission", "view": {"id": "V1", "private_metadata": text}}
    with pytest.raises(InvalidInput, match="another version of Runbot"):
        payloads.submission(body, "T1")
    assert payloads.origin(body, "T1").channel == ""


@pytest.mark.parametrize("text", ["", "q_1", "[1]", "{}", '{"values":"{}"}'])
def test_what_another_version_did_not_keep_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match="another version of Runbot"):
        payloads.kept(text)["runbook"]


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "٣", "1_0", "9" * 30])
def test_a_number_of_another_version_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match="another version of Runbot"):
        payloads.whole(text)


def test_a_word_of_another_version_is_refused_in_a_sentence() -> None:
    assert payloads.one_of(Way, "click") is Way.CLICK
    with pytest.raises(InvalidInput, match="another version of Runbot"):
        payloads.one_of(Way, "knock")


@pytest.mark.parametrize("body", [{}, {"type": "shortcut", "user": {"id": "U1"}}, {"event": {}}])
def test_any_payload_has_an_origin(body: dict[str, Any]) -> None:
    assert payloads.origin(body, "T1").workspace == "T1"
