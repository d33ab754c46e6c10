"""The files that a person puts into a modal's file_input.

https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from runbot.playground.files import Files
from runbot.playground.limits import most
from runbot.playground.refusals import PersonRefusal
from runbot.playground.state import Element


def files_entered(files: Files, user: str, given: dict[str, Any]) -> dict[str, Any]:
    """The state that results from these files: the person's own, as the app will get them."""
    rows = given.get("files")
    ids = [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = files.those(file_id for file_id in ids if isinstance(file_id, str))
    if len(found) != len(rows or []) or any(f.user != user or f.deleted for f in found):
        raise PersonRefusal("file_not_found", "One of the files isn't there any more.", status=404)
    return {"type": "file_input", "files": [files.to_slack(file) for file in found]}


def wrong_files(element: Element, value: list[dict[str, Any]]) -> str | None:
    """What is wrong with the files, in a sentence."""
    number = element.get("max_files", most("file_input.max_files"))
    if len(value) > number:
        return f"Please add {number} or fewer files."
    kinds = [kind.lower().removeprefix(".") for kind in element.get("filetypes", ())]
    for file in value:
        ending = PurePosixPath(file["name"]).suffix.lower().removeprefix(".")
        if kinds and not {file["filetype"], ending} & set(kinds):
            return f"Please add only files of these kinds: {', '.join(kinds)}."
    return None
