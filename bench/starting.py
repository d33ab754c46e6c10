"""How long a start takes, and what an idle Runbot holds in memory."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bench.figures import Figure
from bench.world import DEADLINE, ROOT, environment

IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process, and bytes once it has been idle."""

    printed: float
    ready: float
    memory: int


async def measure() -> list[Figure]:
    """A first start in a copy that was never run, and a second one on the same data."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        ignored = shutil.ignore_patterns(".*", "__pycache__", "data", "screenshots")
        await asyncio.to_thread(shutil.copytree, ROOT, checkout, ignore=ignored)
        first = await _start(checkout)
        second = await _start(checkout)
    return [
        Figure(
            "First start, to the printed address",
            f"{first.printed:.2f} s",
            "`app.py` in a copy that was never run, no data yet; installing apart",
        ),
        Figure("First start, to ready", f"{first.ready:.2f} s", "the bot is connected"),
        Figure("Second start, to the printed address", f"{second.printed:.2f} s", "on its data"),
        Figure("Second start, to ready", f"{second.ready:.2f} s", "the bot is connected"),
        Figure(
            "Idle memory",
            f"{second.memory / 2**20:.0f} MiB",
            f"resident, {IDLE_SECONDS:.0f} s after ready; the playground is in the same process",
        ),
    ]


async def _start(checkout: Path) -> Start:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "app.py",
        # Before the installed package, so that nothing of it was compiled before.
        env=environment(checkout, PYTHONPATH=str(checkout / "src"), RUNBOT_PORT="0"),
        cwd=checkout,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = await asyncio.wait_for(_address(process), DEADLINE)
        printed = time.monotonic() - began
        await asyncio.wait_for(_connected(url), DEADLINE)
        ready = time.monotonic() - began
        await asyncio.sleep(IDLE_SECONDS)
        memory = psutil.Process(process.pid).memory_info().rss
    finally:
        process.terminate()
        await process.wait()
    return Start(printed, ready, memory)


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if found := re.search(rb"http://[\d.]+:\d+", line):
            return found[0].decode()
    raise AssertionError("Runbot ended before it printed its address.")


async def _connected(url: str) -> None:
    async with aiohttp.ClientSession(headers={"X-Playground": "bench"}) as session:
        while True:
            async with session.get(f"{url}/people/api/boot") as response:
                if (await response.json())["bot"]["connected"]:
                    return
            await asyncio.sleep(0.01)
