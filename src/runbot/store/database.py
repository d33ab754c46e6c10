"""The database: questions and changes, each one transaction in a worker thread.

A thread that has begun always ends its transaction, whatever becomes of the task that
waits for it: a cancelled step can leave neither a lock nor half a change behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from runbot.domain.errors import Unavailable
from runbot.store.audit import write_noted
from runbot.store.contents import CONTENTS, Contents
from runbot.store.engines import create_file, for_reading, for_writing, open_engine, read_url
from runbot.store.failures import explain
from runbot.store.upgrade import upgrade

T = TypeVar("T")
_READERS: Final = 4
# SQLite has one writer at a time: one thread lets them queue in order, which its busy
# handler, that sleeps and tries again, does not.
_WRITERS: Final = {"sqlite": 1, "postgresql": 8}
# Of those, this many may write for running steps; what is left is for people's clicks.
_STEP_WRITERS: Final = {"sqlite": 1, "postgresql": 4}
_log = logging.getLogger(__name__)


class Database:
    """One database, by its URL: `sqlite:///path` or `postgresql://…`. Connects when used."""

    def __init__(self, url: str) -> None:
        self._url = read_url(url)
        kind = self._url.get_backend_name()
        writers = _WRITERS[kind]
        self._engine = open_engine(self._url, connections=_READERS + writers)
        self._reading = for_reading(self._engine)
        self._writing = for_writing(self._engine)
        self._readers = ThreadPoolExecutor(_READERS, "store-read")
        self._writers = ThreadPoolExecutor(writers, "store-write")
        self._steps = asyncio.Semaphore(_STEP_WRITERS[kind])
        self._under_way: set[asyncio.Future[Any]] = set()
        self._contents = Contents()
        self._closed = False

    async def read(self, question: Callable[[Session], T]) -> T:
        """The answer to a question, from one state of the database. It must not write."""
        self._require_open()
        return await self._carried_out(self._begin(self._readers, self._reading, question))

    async def write(self, change: Callable[[Session], T], *, step: bool = False) -> T:
        """Make a change in one transaction: all of it, or nothing where it raises.

        It is carried out even if the waiting task is cancelled meanwhile.
        `step` marks a write of a running step: people's writes go before those.
        """
        self._require_open()
        if step:
            return await self._carried_out(asyncio.ensure_future(self._after_people(change)))
        return await self._carried_out(self._begin(self._writers, self._writing, change))

    async def upgrade(self) -> None:
        """Bring the tables to this code's state. Safe where several processes start at once."""

        def work() -> None:
            create_file(self._url)
            with self._writing.begin() as connection:
                upgrade(connection)

        self._require_open()
        await self._carried_out(self._in_thread(self._writers, work))

    async def ping(self) -> None:
        """Return when the database answers, or raise `Unavailable`."""
        await self.read(lambda s: s.execute(text("SELECT 1")).scalar_one())

    async def close(self) -> None:
        """Wait until the calls under way have ended, then let go of the database."""
        self._closed = True
        while self._under_way:
            await asyncio.wait(self._under_way)
        self._readers.shutdown()
        self._writers.shutdown()
        self._engine.dispose()

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("Runbot is shutting down.", do="Try again in a moment.")

    async def _after_people(self, change: Callable[[Session], T]) -> T:
        async with self._steps:
            return await self._begin(self._writers, self._writing, change)

    def _begin(
        self, threads: ThreadPoolExecutor, engine: Engine, function: Callable[[Session], T]
    ) -> asyncio.Future[T]:
        def work() -> T:
            with Session(engine, info={CONTENTS: self._contents}) as session, session.begin():
                answer = function(session)
                write_noted(session)
                return answer

        return self._in_thread(threads, work)

    def _in_thread(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(threads, _explained, work)

    async def _carried_out(self, call: asyncio.Future[T]) -> T:
        """The call's result; the call goes on where the task that waits here is cancelled."""
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            call.add_done_callback(_report)
            raise


def _explained(work: Callable[[], T]) -> T:
    try:
        return work()
    except (DBAPIError, PoolTimeoutError) as wrong:
        said = explain(wrong)
        if said is None:
            raise
        raise said from wrong


def _report(call: asyncio.Future[T]) -> None:
    """Nobody waits for this call any more, so its failure would go unseen."""
    if not call.cancelled() and (wrong := call.exception()):
        _log.warning("A call that nobody waited for failed: %s", wrong)
