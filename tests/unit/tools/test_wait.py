"""`wait`: which moment is meant, and never more than 30 days."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from runbot.tools.contract import ToolContext
from runbot.tools.wait import Wait, WaitArguments, duration

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10 minutes", 600),
        ("1 minute", 60),
        ("1h30m", 5400),
        ("1 hour and 5 min", 3900),
        ("1 hour, 5 minutes, and 3 seconds", 3903),
        ("90s", 90),
        ("0.5 s", 0.5),
        ("1.5 hours", 5400),
        ("2 Days", 172800),
        ("1w", 604800),
        ("PT10M", 600),
        ("P1DT2H", 93600),
        ("pt0.5s", 0.5),
        ("30 days", 2592000),
        ("an hour", 3600),
        ("half an hour", 1800),
        ("A minute", 60),
        ("another day", 86400),
        ("an hour and a half", 5400),
        ("ten minutes", 600),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "10",
        "umpteen minutes",
        "a month",
        "half hour",
        "-5 minutes",
        "5 months",
        "1h30",
        "P",
        "PT",
        "10 m x",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration must be"):
        duration(text)


@pytest.mark.parametrize(
    "text", ["0 s", "31 days", "999999999w", "9" * 400 + "s", "1e9 s", "nan s", "P999999999D"]
)
def test_no_time_and_too_much_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration must be"):
        duration(text)


@given(st.text(max_size=40))
def test_any_text_is_a_duration_within_limits_or_refused(text: str) -> None:
    try:
        wait = duration(text)
    except ValueError:
        return
    assert timedelta(0) < wait <= timedelta(days=30)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-03-02T14:00:00Z", datetime(2026, 3, 2, 14, tzinfo=UTC)),
        ("2026-03-02 14:00 UTC", datetime(2026, 3, 2, 14, tzinfo=UTC)),
        ("2026-03-02T14:00+02:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T14:00", datetime(2026, 3, 2, 14, tzinfo=UTC)),
        ("14:00 UTC", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("9:30", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("14:00+05:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2025-01-01", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_its_zone_or_utc(until: str, expected: datetime) -> None:
    assert Wait().deadline(WaitArguments(until=until), NOW) == expected


def test_a_duration_counts_from_now() -> None:
    deadline = Wait().deadline(WaitArguments(duration="10 minutes"), NOW)
    assert deadline == NOW + timedelta(minutes=10)


def test_a_moment_more_than_30_days_away_is_refused() -> None:
    with pytest.raises(ValueError, match="30 days"):
        Wait().deadline(WaitArguments(until="2026-04-01"), NOW)


@pytest.mark.parametrize("until", ["", "tomorrow", "25:00", "2026-13-01", "14:00 CEST", "9:"])
def test_what_is_no_moment_is_refused(until: str) -> None:
    with pytest.raises(ValidationError, match="until must be"):
        WaitArguments(until=until)


@pytest.mark.parametrize("arguments", [{}, {"duration": "1 s", "until": "14:00"}, {"minutes": 5}])
def test_exactly_one_of_the_two_is_taken(arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WaitArguments.model_validate(arguments)


async def test_it_ends_when_the_time_has_come(context: ToolContext) -> None:
    began = asyncio.get_running_loop().time()
    result = await Wait().run(WaitArguments(duration="0.1 s"), context)
    assert result.ok
    assert asyncio.get_running_loop().time() - began >= 0.09
    assert result.summary.startswith("waited until ")


async def test_a_moment_that_has_passed_ends_at_once(context: ToolContext) -> None:
    assert (await Wait().run(WaitArguments(until="2020-01-01"), context)).ok


async def test_a_wait_can_be_cut_short(context: ToolContext) -> None:
    task = asyncio.create_task(Wait().run(WaitArguments(duration="30 days"), context))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
