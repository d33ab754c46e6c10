"""What a measurement gives back, and how it is shown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `how` says what was measured, in a few words."""

    what: str
    value: str
    how: str


def milliseconds(seconds: float) -> str:
    """A short time, as people read it."""
    shown = seconds * 1000
    return f"{shown:.1f} ms" if shown < 100 else f"{shown:.0f} ms"


def centile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values doesn't exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> str:
    """Median and 99th centile."""
    return (
        f"{milliseconds(statistics.median(values))} median, "
        f"{milliseconds(centile(values, 0.99))} 99th centile"
    )


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [f"| {figure.what} | {figure.value} | {figure.how} |" for figure in figures]
    return "\n".join(["| What | Figure | How |", "|---|---|---|", *rows])
