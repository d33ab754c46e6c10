"""The form for a failed step's arguments shows no secret, and loses none."""

from __future__ import annotations

import json
from typing import Final

import pytest
from pydantic import JsonValue

from runbot.domain.errors import InvalidInput
from runbot.domain.run import Run
from runbot.surfaces.slack.views.changing import PREFIX, change_modal, changed
from store_samples import content, run, runbook, version

HELD: Final[dict[str, JsonValue]] = {
    "token": "hunter22",
    "url": "https://a.example/?word=swordfish",
    "headers": {"Authorization": "Bearer abcdefghij", "Accept": "text/plain"},
    "to": "a@b.example",
}


def a_run() -> Run:
    return run(version(runbook(), content(1))).model_copy(
        update={"values": {"password": "swordfish"}}
    )


def filled_in() -> dict[str, str]:
    view = change_modal("q", a_run(), HELD, [])
    return {
        block["block_id"]: block["element"].get("initial_value", "")
        for block in view["blocks"]
        if block["type"] == "input"
    }


def test_no_secret_stands_in_the_form_and_what_is_left_alone_stays() -> None:
    shown = json.dumps(filled_in())
    assert not [secret for secret in ("hunter22", "swordfish", "abcdefghij") if secret in shown]
    values = {**filled_in(), f"{PREFIX}to": "c@d.example", f"{PREFIX}token": "another"}
    assert changed(a_run(), HELD, [], values) == {**HELD, "to": "c@d.example", "token": "another"}


def test_a_change_around_a_hidden_secret_is_refused_beside_its_input() -> None:
    values = filled_in()
    values[f"{PREFIX}url"] += "&more=1"
    with pytest.raises(InvalidInput) as refused:
        changed(a_run(), HELD, [], values)
    assert [problem.field for problem in refused.value.problems] == ["url"]
