"""What the page may ask is written down at the top of the modules that answer it."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from runbot.playground import (
    Playground,
    fault_http,
    file_http,
    guide_http,
    live_feed,
    person_acts,
    person_http,
)
from runbot.playground.inspector import http as inspector_http
from runbot.playground.person_acts import ACTS

MODULES: list[ModuleType] = [
    fault_http,
    file_http,
    guide_http,
    inspector_http,
    live_feed,
    person_http,
]
TOLD = "\n".join(str(module.__doc__) for module in MODULES)


@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_written_down(act: str) -> None:
    assert re.search(rf"^{re.escape(act)} +\{{", str(person_acts.__doc__), re.MULTILINE)


def test_no_act_is_written_down_that_does_not_exist() -> None:
    told = re.findall(r"^([\w/]+) +\{", str(person_acts.__doc__), re.MULTILINE)
    assert sorted(told) == sorted(ACTS)


def test_every_address_is_written_down() -> None:
    addresses = {resource.canonical for resource in Playground()._app.router.resources()}
    people = {address for address in addresses if address.startswith("/people/")}
    acts = {f"/people/api/{{user}}/{act}" for act in ACTS}
    assert acts < people
    missing = [a for a in people - acts if not re.search(re.escape(a) + r"(?![\w/{])", TOLD)]
    assert missing == []
