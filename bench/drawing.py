"""How many calls of chat.update a run of ten steps costs."""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.world import World

STEPS = 10


async def measure(world: World) -> list[Figure]:
    """Once with steps that take no time, and once with steps of half a second."""
    figures = []
    for name, page in (("at-once", "fast"), ("half-a-second", "half")):
        steps = [f"Run web_fetch against {world.site.url}/{page}?{n}" for n in range(STEPS)]
        await world.publishes(name, *steps)
        before = time.monotonic()
        message = await world.runs(name)
        await world.shows(message, "Completed")
        seconds = time.monotonic() - before
        calls = [
            call
            for call in world.playground.calls_of("chat.update")
            if call.arguments.get("ts") == message.ts
        ]
        figures.append(
            Figure(
                f"`chat.update` calls, {STEPS} steps {name.replace('-', ' ')} each",
                str(len(calls)),
                f"the run took {seconds:.1f} s; one message, posted once and then updated",
            )
        )
    return figures
