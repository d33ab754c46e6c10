"""Who follows the record is told in order, and costs a bounded amount of memory."""

from __future__ import annotations

import asyncio

from runbot.playground.traffic import SocketMoment, Traffic


def moment(number: int) -> SocketMoment:
    return SocketMoment("connected", number)


async def test_who_does_not_look_for_long_is_told_of_the_latest_alone() -> None:
    traffic = Traffic(most=10)
    watcher = traffic.watch()
    for number in range(5_000):
        traffic.record(moment(number))
    async with asyncio.timeout(5):
        changed = await watcher.changes(0)
    assert [exchange.id for exchange in changed] == list(range(4_001, 5_001))


async def test_what_is_known_later_is_told_again_in_the_records_order() -> None:
    traffic = Traffic()
    first, second = moment(1), moment(2)
    traffic.record(first)
    watcher = traffic.watch()
    traffic.record(second)
    traffic.changed(first, size=7)
    async with asyncio.timeout(5):
        changed = await watcher.changes(0)
    assert [(exchange.what, exchange.version) for exchange in changed] == [(first, 1), (second, 0)]
    assert traffic.bytes == 7
