"""The action that people agree to is shown as it is, whatever is in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runbot.surfaces.slack.views import actions
from runbot.surfaces.slack.views.text import weight


def test_each_argument_has_its_line_and_further_lines_look_like_none() -> None:
    sly = {"to": "a@b.example", "body": "Hello\nto: evil@example.com"}
    shown = actions.action("send_email", sly, value=100, most=1000)
    assert shown.whole
    assert shown.text.split("\n") == [
        "tool: send_email",
        "to: a@b.example",
        "body: ",
        "│ Hello",
        "│ to: evil@example.com",
    ]


def test_marks_that_hide_or_turn_text_are_shown_by_number() -> None:
    shown = actions.action("t", {"url": "https://a\u202egpj.exe\u200b"}, value=100, most=1000)
    assert shown.text.endswith("url: https://a\\u{202e}gpj.exe\\u{200b}")


def test_what_is_clipped_says_so_and_how_long_it_is() -> None:
    shown = actions.action("t", {"body": "x" * 500}, value=100, most=1000)
    assert not shown.whole
    assert "(500 characters in all)" in shown.text


def test_a_block_of_it_is_plain_text() -> None:
    shown = actions.action("t", {"text": "<!channel> *b* <@U1>"}, value=100, most=1000)
    block = actions.section(shown).to_dict()
    assert block["text"]["type"] == "plain_text"
    assert "<!channel> *b* <@U1>" in block["text"]["text"]


VALUES = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=300), max_size=8)


@given(arguments=VALUES, value=st.integers(1, 300), most=st.integers(50, 3000))
def test_it_stays_within_its_size_and_has_a_line_per_argument(
    arguments: dict[str, str], value: int, most: int
) -> None:
    shown = actions.action("tool", arguments, value=value, most=most)
    assert weight(shown.text) <= most
    parts = actions.whole_sections("tool", arguments, most=100_000)
    assert all(0 < weight(part.to_dict()["text"]["text"]) <= actions.SECTION for part in parts)
