"""Where the bytes of files are kept, when several come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from runbot.playground.file_store import FileStore

SEVERAL = 8


def test_files_that_come_at_once_share_one_folder() -> None:
    """Each is asked for in a thread of its own, before there is a folder."""
    for _ in range(20):
        store, start = FileStore(None), Barrier(SEVERAL)

        def folder_of(number: int, store: FileStore = store, start: Barrier = start) -> str:
            start.wait()
            return str(store.path(f"F{number}").parent)

        with ThreadPoolExecutor(SEVERAL) as threads:
            assert len(set(threads.map(folder_of, range(SEVERAL)))) == 1
        store.stop()
