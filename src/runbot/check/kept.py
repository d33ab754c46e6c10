"""What Runbot keeps: the database that answers, and the folder that can be written."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from runbot.bootstrap import database_url
from runbot.check.finding import Finding, bad, good
from runbot.domain.errors import RunbotError
from runbot.settings import Settings
from runbot.store.database import Database
from runbot.store.upgrade import HEAD, stamped

FREE_BYTES: Final = 200 * 2**20  # outputs and artefacts of some thousand runs


async def database(settings: Settings, seconds: float) -> Finding:
    """Whether the database answers, and how its tables stand. None is made or changed."""
    what = "Database"
    url = database_url(settings)
    own = None if settings.database_url else Path(url.removeprefix("sqlite:///"))
    if own and not own.exists():
        return good(what, f"{own} will be made at the first start.")
    try:
        opened = Database(url)
    except RunbotError as error:
        return bad(what, error.sentence)
    try:
        found = await asyncio.wait_for(opened.read(lambda s: stamped(s.connection())), 2 * seconds)
    except RunbotError as error:
        return bad(what, error.sentence)
    except TimeoutError:
        return bad(what, "The database does not answer. Check that it is running.")
    finally:
        await opened.close()
    return _tables(found)


def _tables(found: str | None) -> Finding:
    what = "Database"
    if found == HEAD:
        return good(what, "Answers, and its tables are up to date.")
    if found is not None and found > HEAD:
        return bad(
            what,
            "The database was last used by a newer Runbot, and this one won't touch it. Start the "
            "newer one, or restore a backup from before the upgrade.",
        )
    state = "It has no tables yet" if found is None else "Its tables are an older release's"
    return good(what, f"Answers. {state}: the next start, or `runbot db upgrade`, sees to that.")


def data_folder(folder: Path) -> Finding:
    """Whether the folder can be written, or made, and has room."""
    what = "Data folder"
    there = _nearest(folder)
    try:
        if there == folder:
            with tempfile.TemporaryFile(dir=folder):
                pass
        elif not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            return _unwritable(folder, f"{there} can't be written")
        free = shutil.disk_usage(there).free
    except OSError as error:
        return _unwritable(folder, error.strerror or "it can't be written")
    shown = f"{free / 2**30:,.1f} GiB are free"
    if free < FREE_BYTES:
        return bad(what, f"In {folder} only {free // 2**20} MiB are free. Make room.")
    begun = "can be written" if there == folder else "will be made at the first start"
    return good(what, f"{folder} {begun}; {shown}.")


def _unwritable(folder: Path, why: str) -> Finding:
    return bad(
        "Data folder",
        f"Runbot can't keep its data in {folder}: {why}. Give it a folder with RUNBOT_DATA_DIR.",
    )


def _nearest(folder: Path) -> Path:
    """The folder itself or, where it isn't there, the nearest that is."""
    return next(
        (place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/")
    )
