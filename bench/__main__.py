"""Prints Runbot's figures: `python -m bench`, or `--write` to put them into docs/figures.md too."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from datetime import UTC, datetime
from typing import Final

from bench import aborting, browsing, clicking, drawing, starting, stepping
from bench.figures import Figure, table
from bench.world import ROOT, world

PAGE: Final = ROOT / "docs/figures.md"
_INTRODUCTION: Final = (
    "# Figures\n\n"
    "`make bench` measures these in about three minutes; `.venv/bin/python -m bench --write` also "
    "writes this page. The other side is the playground, a real server on loopback: Slack and "
    "the network between come on top. Settings are the usual ones, and the database is SQLite."
    "\n\n"
)


async def measure() -> list[Figure]:
    """Every figure, one measurement after the other, so that none disturbs another."""
    figures = await starting.measure()
    figures += await stepping.measure()
    for measured in (clicking, aborting, drawing):
        # Each in a world of its own: what one spends of Slack's budget the next would lack.
        async with world() as one:
            figures += await measured.measure(one)
    return figures + await browsing.measure()


def machine() -> str:
    """What it was measured on, in a line."""
    kind = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{kind}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"


def main() -> None:
    """Measure, print, and write where that is asked for."""
    figures = asyncio.run(measure())
    shown = f"{table(figures)}\n\nMeasured on: {machine()}.\n"
    print(shown)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(_INTRODUCTION + shown, encoding="utf-8")
        print(f"Written to {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
