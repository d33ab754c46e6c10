"""Runs that an earlier release left behind go on under this one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .test_crash import Victim

KEPT = Path(__file__).with_name("journals")
RELEASES = sorted(path.name for path in KEPT.iterdir())


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("state", ["waiting", "paused"])
async def test_a_run_of_an_earlier_release_goes_on_where_it_stood(
    tmp_path: Path, release: str, state: str
) -> None:
    shutil.copytree(KEPT / release / state, tmp_path, dirs_exist_ok=True)
    (tmp_path / "installed").touch()
    victim = Victim(f"sqlite:///{tmp_path}/runbot.db", tmp_path)
    victim.steps = "mark,manual,mark"
    await victim.lives()
    if state == "waiting":
        await victim.asks("manual")
        await victim.told("answer done")
    else:
        await victim.reaches("paused")
        await victim.told("resume")
    await victim.reaches("completed")
    assert victim.effects == [3]
    await victim.quits()
