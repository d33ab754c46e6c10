"""How long Abort takes to cut off a fetch: the other side sees the connection end."""

from __future__ import annotations

import asyncio
import statistics
import time

from bench.figures import Figure, milliseconds
from bench.world import DEADLINE, World

TIMES = 20


async def measure(world: World) -> list[Figure]:
    """From the press of the button until the server sees the disconnect, and until it shows."""
    await world.publishes("aborted", f"Run web_fetch against {world.site.url}/never")
    cut: list[float] = []
    shown: list[float] = []
    for _ in range(TIMES):
        world.site.hanging.clear()
        world.site.cut_off.clear()
        message = await world.runs("aborted")
        await asyncio.wait_for(world.site.hanging.wait(), DEADLINE)
        message = await world.shows(message, "Abort")
        pressed = time.monotonic()
        await world.ana.clicks(message, "run.abort")
        await asyncio.wait_for(world.site.cut_off.wait(), DEADLINE)
        cut.append(world.site.cut_off_at - pressed)
        await world.shows(message, "Aborted")
        shown.append(time.monotonic() - pressed)
    return [
        Figure(
            f"Abort cuts off a fetch, over {TIMES}",
            f"{milliseconds(statistics.median(cut))} median, {milliseconds(max(cut))} worst",
            "from the press until the server sees the connection end",
        ),
        Figure(
            "Abort is seen in the message",
            f"{milliseconds(statistics.median(shown))} median, {milliseconds(max(shown))} worst",
            "from the press until the redrawn message is there",
        ),
    ]
