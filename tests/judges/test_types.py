"""Every view and both manifests against the types that Slack itself publishes, under `strict`."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from judges.typescript import Judged, of, verdicts
from runbot.surfaces.slack.views.gallery import samples

ROOT = Path(__file__).parents[2]
# What only this judge refuses, by a part of its words, and why it is right all the same.
ONLY_TYPES_REFUSE: dict[str, str] = {
    """'"assistant:write"' is not assignable to type 'BotScope'""": (
        "The types know the feature agent_view and not the scope that it needs; Slack's list of "
        "scopes has it: https://docs.slack.dev/reference/scopes/assistant.write"
    ),
}

MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": "Words"}},
        {
            "type": "input",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "name"},
        },
    ],
}


def manifests() -> list[Judged]:
    found = {name: ROOT / f"manifests/{name}.json" for name in ("socket-mode", "http")}
    return [Judged(name, "manifest", json.loads(path.read_text())) for name, path in found.items()]


def test_slack_s_types_take_every_view_of_the_gallery_and_both_manifests(tmp_path: Path) -> None:
    refused = verdicts(tmp_path, [*(of(sample) for sample in samples()), *manifests()])
    said = [f"{name}: {words}" for name, found in refused.items() for words in found]
    assert [one for one in said if not any(part in one for part in ONLY_TYPES_REFUSE)] == []
    needless = [part for part in ONLY_TYPES_REFUSE if not any(part in one for one in said)]
    assert needless == [], "These exceptions are needed no more"


def changed(path: str, value: object) -> dict[str, Any]:
    """The modal above with one value set; a place that is new is made."""
    payload = copy.deepcopy(MODAL)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
    place: Any = payload
    for part in way:
        place = place[part]
    place[last] = value
    return payload


WRONG = {
    "a field that no view has": ("colour", "red"),
    "a field that no section has": ("blocks/0/colour", "red"),
    "a field that no text has": ("blocks/0/text/colour", "red"),
    "a field that no input's element has": ("blocks/1/element/rows", 3),
    "a block that doesn't exist": ("blocks/0/type", "paragraph"),
    "markup where only plain text may be": ("title/type", "mrkdwn"),
    "a number for a text": ("blocks/0/text/text", 3),
    "a button for an input": ("blocks/1/element/type", "button"),
}


def test_the_judge_bites(tmp_path: Path) -> None:
    """Without this, a judge that takes everything would look the same."""
    wrong = [Judged(what, "modal", changed(*change)) for what, change in WRONG.items()]
    missing = {key: value for key, value in MODAL.items() if key != "title"}
    scopes = {"display_information": {"name": "A"}, "oauth_config": {"scopes": {"bot": ["nope"]}}}
    judged = [
        Judged("as it should be", "modal", MODAL),
        *wrong,
        Judged("no title", "modal", missing),
        Judged("a modal for a Home tab", "home", MODAL),
        Judged("an unknown scope", "manifest", scopes),
    ]
    assert set(verdicts(tmp_path, judged)) == {one.name for one in judged[1:]}


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
def test_the_judge_is_pinned_exactly(name: str) -> None:
    content = json.loads((Path(__file__).parent / name).read_text())
    wanted = (content.get("packages", {}).get("") or content)["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    assert all(
        "integrity" in package
        for path, package in content.get("packages", {}).items()
        if path.startswith("node_modules/")
    )
