"""What others know of Block Kit has nothing against the gallery: Slack's SDK, and slackblocks.

Slack's types for TypeScript judge it too, with `make judge`.
"""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slackblocks._surfaces import validate_surface_blocks
from slackblocks.errors import TypeMismatchError

from runbot.surfaces.slack.views.gallery import Sample, Surface, samples

SAMPLES = list(samples())
SECTION: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "Words"}}


def parsed_block(given: dict[str, Any]) -> dict[str, Any]:
    """A block as the SDK's model of it gives it back; `ValueError` where there is no model."""
    made = Block.parse(given)
    if made is None or type(made) is Block:
        raise ValueError(f"The SDK has no model of {given['type']}.")
    made.validate_json()
    back: dict[str, Any] = made.to_dict()
    return back


def parsed_view(given: dict[str, Any]) -> dict[str, Any]:
    """A view as the SDK's model of it gives it back."""
    made = View(**given)
    made.validate_json()
    back: dict[str, Any] = made.to_dict()
    return back


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_sdk_s_models_take_it_and_give_it_back_unchanged(sample: Sample) -> None:
    assert [parsed_block(block) for block in sample.blocks] == sample.blocks
    if sample.surface != "message":
        assert parsed_view(sample.payload) == sample.payload


def test_the_sdk_s_models_bite() -> None:
    title = {"type": "plain_text", "text": "t" * 151}
    with pytest.raises(SlackObjectFormationError):
        parsed_block({"type": "header", "text": title})
    with pytest.raises(ValueError, match="no model"):
        parsed_block({"type": "paragraph"})
    with pytest.raises(SlackObjectFormationError):
        parsed_view({"type": "modal", "title": title, "blocks": [SECTION]})
    assert parsed_block({**SECTION, "colour": "red"}) == SECTION


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_slackblocks_has_each_of_its_blocks_on_that_surface(sample: Sample) -> None:
    validate_surface_blocks(list(sample.blocks), sample.surface)


def test_slackblocks_bites() -> None:
    validate_surface_blocks([SECTION, {"type": "markdown", "text": "Words"}], "message")
    elsewhere: dict[Surface, str] = {"message": "alert", "modal": "markdown", "home": "plan"}
    for surface, kind in elsewhere.items():
        with pytest.raises(TypeMismatchError):
            validate_surface_blocks([SECTION, {"type": kind}], surface)
