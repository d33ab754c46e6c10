"""A channel's role is for what is that channel's: nobody gets more by being invited to one."""

from __future__ import annotations

import pytest

from runbot.domain.access import Actor, Role
from runbot.domain.errors import NotAllowed
from runbot.engine.ledger import utc_now
from runbot.operations.directory import Everywhere
from runbot.operations.rights import Always, Rights
from runbot.operations.runbooks import Runbooks
from runbot.store.database import Database
from runbot.tools.toolbox import Toolbox

ANA = Actor(id="UANA", workspace="T1")
BEN = Actor(id="UBEN", workspace="T1")


def runbooks(database: Database) -> Runbooks:
    """Ben is in both channels; editors are Ana, and whoever is in #ops."""
    rights = Rights(Everywhere(), Always({Role.EDITOR: (ANA.id, "COPS")}))
    return Runbooks(
        database=database,
        risks={},
        check=Toolbox([]).check,
        directory=Everywhere(),
        clock=utc_now,
        rights=rights,
    )


async def test_a_channel_s_editors_change_what_was_written_there_alone(database: Database) -> None:
    books = runbooks(database)
    text = "create a runbook called {} with these steps: 1. Look at it"
    await books.create_from_text(BEN, text.format("of-ops"), channel="COPS")
    with pytest.raises(NotAllowed, match="takes the role editor"):
        await books.create_from_text(BEN, text.format("of-dev"), channel="CDEV")
    await books.create_from_text(ANA, text.format("of-dev"), channel="CDEV")

    await books.publish(BEN, "of-ops")
    await books.archive(BEN, "of-ops")
    theirs = await books.show(BEN, "of-dev")
    for attempt in (
        books.publish(BEN, "of-dev"),
        books.archive(BEN, "of-dev"),
        books.answer(BEN, theirs.runbook.id, "1: a@b.example"),
        books.settle(BEN, theirs.runbook.id, "step 1: timeout 5m"),
        books.edit(
            BEN,
            theirs.runbook.id,
            base=1,
            was="of-dev",
            name="of-dev",
            description="",
            parameters=(),
            instructions=("Look away",),
        ),
    ):
        with pytest.raises(NotAllowed, match="takes the role editor"):
            await attempt
    await books.publish(ANA, "of-dev")
