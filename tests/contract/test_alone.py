"""One process per database, on either kind: who holds it can be seen without getting in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbot.domain.errors import Conflict, InvalidInput, Unavailable
from runbot.engine.alone import alone, held


async def test_a_database_is_held_by_one_until_it_lets_go(database_url: str) -> None:
    assert not held(database_url)
    async with alone(database_url, lost=lambda: None):
        assert held(database_url)
        with pytest.raises(Conflict):
            async with alone(database_url, lost=lambda: None):
                pass
    assert not held(database_url)


async def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert not held(f"sqlite:///{tmp_path}/data/runbot.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_held_by_nobody() -> None:
    assert not held("mysql://root@localhost/runbot")
    with pytest.raises(InvalidInput):
        held("not a url")
    with pytest.raises(Unavailable):
        held("postgresql://ana@127.0.0.1:9/runbot")
