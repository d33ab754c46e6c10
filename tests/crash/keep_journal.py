"""Keeps the journals of this release's runs, for later releases to resume in a test.

Run it once before a release that changes the engine, from the folder tests:
python -m crash.keep_journal 0.2
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from pathlib import Path

from crash.test_crash import Victim

KEPT = Path(__file__).with_name("journals")
FILES = ("runbot.db", "engine.db")


async def keep(release: str) -> None:
    """One run that waits for an answer and one that is paused, both killed there."""
    for state in ("waiting", "paused"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            victim = Victim(f"sqlite:///{folder}/runbot.db", folder)
            victim.steps = "mark,manual,mark"
            await victim.lives()
            await victim.told("start")
            await victim.asks("manual")
            if state == "paused":
                await victim.told("pause")
                await victim.says(lambda said: bool(said.get("pausing")))
                await victim.told("answer done")
                await victim.reaches("paused")
            await victim.killed()
            into = KEPT / release / state
            into.mkdir(parents=True)
            for file in FILES:
                with sqlite3.connect(folder / file) as connection:
                    connection.execute("VACUUM INTO ?", (str(into / file),))


if __name__ == "__main__":
    asyncio.run(keep(sys.argv[1]))
