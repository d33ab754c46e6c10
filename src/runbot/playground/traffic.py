"""What passes between Slack and the app: one ordered record, bounded by count and by bytes.

Everything is kept by reference: what was sent and answered isn't changed afterwards, so recording
copies nothing. What an entry says in words is made when somebody looks.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

_KEPT = 10_000
_KEPT_BYTES = 64 * 2**20
_WAITING = 1_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One Web API call."""

    method: str
    arguments: dict[str, Any]
    """Without the token."""
    status: int
    """HTTP's; 0 where nothing was answered."""
    response: dict[str, Any]
    at: float
    """time.monotonic() when it arrived."""
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    """Those of the answer that say something, such as Retry-After."""
    fault: str = ""
    """The trouble that it met, where it met one on purpose."""


@dataclass(frozen=True, slots=True)
class UrlAnswer:
    """One answer that the app posted to a response_url."""

    token: str
    """The URL's last part."""
    body: dict[str, Any]
    status: int
    seconds: float
    error: str = ""
    """Why it was refused; empty where it was taken."""
    fault: str = ""
    channel: str = ""
    """Where the interaction happened that brought the URL; empty for a URL that there isn't."""
    user: str = ""
    ts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SocketMoment:
    """A Socket Mode connection came, went, was refused, or was asked to be replaced."""

    what: str
    """`connected`, `disconnected`, `refused` or `asked to reconnect`."""
    connections: int
    """How many there are now."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileTransfer:
    """The bytes of one file, which the app sent to the address that it was given, or fetched."""

    fetched: bool
    file: str
    name: str
    size: int
    """Bytes."""
    status: int


@dataclass(frozen=True, slots=True)
class MailArrival:
    """A mail reached the workspace's mailbox. What it says is in the mailbox."""

    id: str
    sender: str
    to: list[str]
    subject: str


@dataclass(slots=True, eq=False)
class Exchange:
    """One entry: what passed, when it began, and how many bytes it took at most."""

    id: int
    at: float
    """Seconds since the epoch."""
    what: object
    size: int
    version: int = 0
    """Grows when more is known, as when an acknowledgement arrives."""


class Watcher:
    """Somebody who follows the record: which entries are new or know more since the last look.

    Who doesn't look for long is told of the latest alone: nothing is kept for them that has
    fallen out of the record.
    """

    def __init__(self) -> None:
        self._dirty: dict[int, Exchange] = {}
        self._woken = asyncio.Event()

    def put(self, exchange: Exchange) -> None:
        """Note a change."""
        self._dirty[exchange.id] = exchange
        if len(self._dirty) > _WAITING:
            del self._dirty[next(iter(self._dirty))]
        self._woken.set()

    async def changes(self, pause: float) -> list[Exchange]:
        """Wait for a change, and for what comes with it within `pause` seconds; oldest first."""
        await self._woken.wait()
        await asyncio.sleep(pause)
        self._woken.clear()
        changed, self._dirty = self._dirty, {}
        return sorted(changed.values(), key=lambda exchange: exchange.id)


class Traffic:
    """The record. The oldest entries fall out when there are too many, or too much in them."""

    def __init__(self, *, most: int = _KEPT, most_bytes: int = _KEPT_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[int, Exchange] = OrderedDict()
        self._by_what: dict[int, Exchange] = {}
        self._last = 0
        self._watchers: set[Watcher] = set()
        self.on_record: list[Callable[[Exchange], None]] = []
        self.bytes = 0
        """What is kept, as it was spelled on the wire. Parts that entries share count in each."""

    def record(self, what: object, *, size: int = 0, seconds: float = 0) -> Exchange:
        """Add an entry for what began `seconds` ago."""
        self._last += 1
        exchange = Exchange(self._last, time.time() - seconds, what, size)
        self._kept[exchange.id] = exchange
        self._by_what[id(what)] = exchange
        self.bytes += size
        self._trim()
        for watcher in self._watchers:
            watcher.put(exchange)
        for tell in self.on_record:
            tell(exchange)
        return exchange

    def _trim(self) -> None:
        while len(self._kept) > self._most or (
            self.bytes > self._most_bytes and len(self._kept) > 1
        ):
            _, oldest = self._kept.popitem(last=False)
            del self._by_what[id(oldest.what)]
            self.bytes -= oldest.size

    def changed(self, what: object, *, size: int = 0) -> None:
        """More is known of what was recorded, and `size` more bytes are in it."""
        exchange = self._by_what.get(id(what))
        if exchange is None:
            return  # It has fallen out meanwhile.
        exchange.version += 1
        exchange.size += size
        self.bytes += size
        self._trim()
        for watcher in self._watchers:
            watcher.put(exchange)

    def of(self, kind: type[_T]) -> list[_T]:
        """All of one kind, oldest first."""
        return [e.what for e in self._kept.values() if isinstance(e.what, kind)]

    def get(self, number: int) -> Exchange | None:
        """One entry; None when there is none, or none any more."""
        return self._kept.get(number)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._kept.values())

    def __reversed__(self) -> Iterator[Exchange]:
        return reversed(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def last(self) -> int:
        """The newest entry's number; 0 before the first. Numbers never come again."""
        return self._last

    def clear(self) -> None:
        """Forget everything but the count."""
        self._kept.clear()
        self._by_what.clear()
        self.bytes = 0

    def watch(self) -> Watcher:
        """Follow the record; end with unwatch."""
        watcher = Watcher()
        self._watchers.add(watcher)
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        """Follow no more."""
        self._watchers.discard(watcher)
