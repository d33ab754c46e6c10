"""How soon a click is acknowledged, while each does real work."""

from __future__ import annotations

from bench.figures import Figure, spread
from bench.world import DEADLINE, World

CLICKS = 500


async def measure(world: World) -> list[Figure]:
    """Pause and Keep going in turn, each as soon as the one before was acknowledged."""
    await world.publishes("clicked", "Look at the dashboard.")
    running = await world.runs("clicked")
    running = await world.shows(running, "Pause")
    await world.ana.clicks(running, "run.pause")
    pausing = await world.shows(running, "Keep going")
    await world.ana.clicks(pausing, "run.resume")
    world.playground.traffic.clear()
    for number in range(CLICKS):
        message, action = (running, "run.pause") if number % 2 == 0 else (pausing, "run.resume")
        # As the message stood then: redrawing is slower than this person's finger.
        await world.ana.clicks(message, action, stale=True)
    acknowledged = [e.ack_seconds for e in world.playground.envelopes if e.type == "interactive"]
    seconds = [one for one in acknowledged if one is not None]
    assert len(seconds) == CLICKS, f"only {len(seconds)} of {CLICKS} clicks were acknowledged"
    await world.ana.runs_command("/runbook", "abort", channel="ops")
    await world.playground.until(
        lambda: "Aborted" in (world.playground.current(running) or running).shown,
        timeout=DEADLINE,
        what="the run's end",
    )
    return [
        Figure(
            f"Acknowledging a click, over {CLICKS}",
            spread(seconds),
            "Pause and Keep going in turn without a break, each a change in the database; "
            "from envelope to ack",
        )
    ]
