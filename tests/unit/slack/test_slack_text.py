"""Text for Slack: shown as it was written, never obeyed, never cut into something else."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain.access import Actor, ActorKind
from runbot.surfaces.slack.views.text import (
    bold,
    clip,
    duration,
    escape,
    line,
    mention,
    plain,
    size,
    weight,
    when,
)


@given(st.text(max_size=400), st.integers(1, 200))
def test_a_line_is_one_line_inside_its_size_with_no_markup_and_no_half_entity(
    text: str, most: int
) -> None:
    shown = line(text, most)
    assert weight(shown) <= most
    assert "\n" not in shown
    assert not re.search(r"[<>]", shown)
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)


@given(st.text(alphabet="שa <@U12>&\u202e\u2066\n", max_size=80), st.integers(4, 60))
def test_what_reorders_text_is_removed_and_what_is_isolated_is_closed(text: str, most: int) -> None:
    shown = plain(text, most, people={"U12"})
    assert "\u202e" not in shown
    assert shown.count("\u2068") == shown.count("\u2069")
    assert not re.search(r"<(?!@U12>)", shown)
    assert weight(shown) <= most
    if any(unicodedata.bidirectional(c) == "R" for c in shown):
        assert "\u2068" in shown


@given(st.text(alphabet="<>&a😀", max_size=60), st.integers(1, 50))
def test_clipping_an_escaped_text_leaves_it_escaped(text: str, most: int) -> None:
    cut = clip(escape(text), most)
    assert weight(cut) <= most
    assert not re.search(r"&(?!amp;|lt;|gt;)", cut)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!channel> now", "&lt;!channel&gt; now"),
        ("<@U12|ana> and <@U13>", "<@U12> and @U13"),
        (
            "<!subteam^S12|@sre> and <!subteam^S13|@ops>, <!subteam^S14>",
            "<!subteam^S12> and @ops, @S14",
        ),
        ("see <https://a.example/x|the bank>", "see https://a.example/x"),
        ("to <mailto:a@b.example|a@b.example>", "to a@b.example"),
        ("in <#C99|incidents>", "in <#C99>"),
        ("restart <service>", "restart &lt;service&gt;"),
        ("&lt;@U12&gt;", "&amp;lt;@U12&amp;gt;"),
        ("@here now", "@\u2060here now"),
    ],
)
def test_slacks_own_markup_is_shown_and_only_vouched_people_are_mentioned(
    written: str, shown: str
) -> None:
    assert line(written, people={"U12", "S12"}) == shown


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "under 0.1 s"), (0.42, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.7, "1:00"),
        (72, "1:12"), (3599.6, "1 h 0 min"), (7500, "2 h 5 min"), (90000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_durations_read_like_a_clock(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 B"), (812, "812 B"), (1024, "1 KiB"), (41 * 1024, "41 KiB"), (1_500_000, "1.4 MiB")],
)
def test_sizes_are_told_in_binary_units(count: int, told: str) -> None:
    assert size(count) == told


def test_a_moment_is_told_in_the_readers_time_zone_with_a_fallback() -> None:
    moment = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
    assert when(moment) == "<!date^1772460120^{time}|2026-03-02 14:02 UTC>"


def test_only_a_person_with_a_real_id_is_mentioned() -> None:
    person = Actor(id="U12", workspace="T1")
    assert mention(person) == "<@U12>"
    assert mention(person.model_copy(update={"id": "U1><!here"})) == "U1&gt;&lt;!here"
    agent = Actor(kind=ActorKind.AGENT, id="a1", workspace="T1", name="<planner>")
    assert mention(agent) == "&lt;planner&gt;"


def test_a_text_with_asterisks_is_not_made_bold_by_halves() -> None:
    assert bold("plain") == "*plain*"
    assert bold("rm *.log") == "rm *.log"
