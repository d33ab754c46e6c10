"""Which blocks may stand where: the playground's table against one that isn't ours."""

from __future__ import annotations

import pytest
from slackblocks._surfaces import _BLOCK_TYPES_BY_SURFACE as THEIRS
from slackblocks._surfaces import BlockSurface

from runbot.playground.block_kit import BLOCKS

# What only the playground takes, and why.
ONLY_OURS: dict[tuple[str, str], str] = {
    ("message", "call"): (
        "For apps of the Calls API, which slackblocks leaves out; Slack's SDK has it: "
        "https://docs.slack.dev/apis/web-api/using-the-calls-api"
    ),
}
# What only slackblocks takes, and why.
ONLY_THEIRS: dict[tuple[str, str], str] = {
    (surface, "data_visualization"): (
        "New in June 2026, and in neither of Slack's SDKs yet; Runbot draws no charts: "
        "https://docs.slack.dev/changelog/2026/06/16/block-kit-data-visualization-block"
    )
    for surface in ("message", "home")
}


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_both_tables_have_the_same_blocks_on_a_surface(surface: BlockSurface) -> None:
    """An exception that is needed no more fails here too."""
    ours = {kind for kind, shape in BLOCKS.items() if surface in shape.surfaces}
    theirs = THEIRS[surface]
    assert ours - theirs == {kind for where, kind in ONLY_OURS if where == surface}
    assert theirs - ours == {kind for where, kind in ONLY_THEIRS if where == surface}
