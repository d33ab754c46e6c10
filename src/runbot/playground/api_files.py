"""files.*: what the app uploads, and the files that it may see.

https://docs.slack.dev/messaging/working-with-files: an upload is announced, sent to the address
that the announcement gives, and completed. files.upload was retired in 2025 and isn't here.
"""

from __future__ import annotations

from typing import Any

from runbot.playground.api_chat import destination, thread_of
from runbot.playground.api_method import Call, Method
from runbot.playground.blocks import accept_message_blocks
from runbot.playground.files import File
from runbot.playground.limits import LIMITS, most
from runbot.playground.refusals import Refusal

_UPLOAD = ("files:write",)
_READ = ("files:read",)
_TYPES = {
    "images": lambda f: f.mimetype.startswith("image/"),
    "pdfs": lambda f: f.filetype == "pdf",
    "zips": lambda f: f.filetype == "zip",
}
_NONE_OF = {"spaces", "snippets", "gdocs"}  # kinds that nobody can make here


def get_upload_url(call: Call) -> dict[str, Any]:
    """files.getUploadURLExternal: where to send a file of exactly this length."""
    name, length = call.text("filename"), call.whole("length")
    if not length:
        raise Refusal("missing_argument")
    if length < 0:
        raise Refusal("invalid_arguments", messages=["[ERROR] length must be positive"])
    if length > most("file.bytes"):
        raise Refusal(LIMITS["file.bytes"].error)
    alt_text = call.optional("alt_txt") or ""
    if len(alt_text) > most("file.alt_text"):
        raise Refusal(LIMITS["file.alt_text"].error)
    if call.optional("snippet_type") and length > most("file.snippet_bytes"):
        raise Refusal(LIMITS["file.snippet_bytes"].error)
    file_id, ticket = call.platform.files.reserve(name, length, alt_text)
    return {"upload_url": f"{call.platform.url}/upload/v1/{ticket}", "file_id": file_id}


def _uploaded(call: Call) -> list[tuple[File, str]]:
    """The uploads that a call completes, each with its title."""
    given = call.arguments.get("files")
    if not isinstance(given, list) or not given:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: files"])
    found = []
    for row in given:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise Refusal("invalid_arguments", messages=["[ERROR] each file must have an id"])
        file = call.platform.files.find(row["id"])
        if file is None or file.complete or file.user != call.platform.workspace.bot.user_id:
            raise Refusal("file_not_found")
        found.append((file, str(row.get("title") or file.name)))
    return found


def complete_upload(call: Call) -> dict[str, Any]:
    """files.completeUploadExternal: share what was uploaded, or keep it for the app alone."""
    uploaded = _uploaded(call)
    listed = (call.optional("channels") or "").split(",")
    places = [place for place in (call.optional("channel_id"), *listed) if place]
    channels = [destination(call.with_channel(place)) for place in dict.fromkeys(places)]
    comment, given = call.optional("initial_comment"), call.arguments.get("blocks")
    if comment and given:
        raise Refusal("invalid_arguments", messages=["[ERROR] initial_comment or blocks, not both"])
    thread_ts = thread_of(call, channels[0]) if len(channels) == 1 else None
    blocks = accept_message_blocks(given) if given else None
    files, bot = call.platform.files, call.platform.workspace.bot
    ids = tuple(files.complete(file, title).id for file, title in uploaded)
    for channel in channels:
        call.platform.conversations.post(
            channel=channel.id,
            user=bot.user_id,
            bot_id=bot.bot_id,
            text=comment or "",
            blocks=blocks,
            thread_ts=thread_ts,
            files=ids,
        )
    return {"files": [files.listed(file) for file in files.those(ids)]}


def _file(call: Call) -> File:
    """A file that the app may see."""
    file = call.platform.files.find(call.text("file"))
    if file is None or not file.complete or not call.platform.files.seen_by_bot(file):
        raise Refusal("file_not_found")
    if file.deleted:
        raise Refusal("file_deleted")
    return file


def file_info(call: Call) -> dict[str, Any]:
    """files.info: there are no comments on files any more."""
    return {
        "file": call.platform.files.listed(_file(call)),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def delete_file(call: Call) -> dict[str, Any]:
    """files.delete: only the app's own."""
    file = _file(call)
    if file.user != call.platform.workspace.bot.user_id:
        raise Refusal("cant_delete_file")
    call.platform.conversations.delete_file(file)
    return {}


def list_files(call: Call) -> dict[str, Any]:
    """files.list: what the app may see, newest first, in numbered pages."""
    files = call.platform.files
    rows = [file for file in files.all() if files.seen_by_bot(file)]
    channel, user = call.optional("channel"), call.optional("user")
    if channel is not None:
        where = call.channel().id
        rows = [file for file in rows if any(place == where for place, _ in file.shares)]
    if user is not None:
        rows = [file for file in rows if file.user == user]
    kinds = {kind.strip() for kind in (call.optional("types") or "all").split(",")}
    if not kinds <= {"all", *_TYPES, *_NONE_OF}:
        raise Refusal("unknown_type")
    if "all" not in kinds:
        rows = [file for file in rows if any(_TYPES[k](file) for k in kinds - _NONE_OF)]
    after, until = call.whole("ts_from"), call.whole("ts_to")
    rows = [f for f in rows if f.created >= after and (not until or f.created <= until)]
    count, page = call.number("count", 100, 1_000), call.number("page", 1, 1_000)
    pages = max(1, -(-len(rows) // count))
    return {
        "files": [files.listed(file) for file in rows[(page - 1) * count : page * count]],
        "paging": {"count": count, "total": len(rows), "page": page, "pages": pages},
    }


FILE_METHODS: dict[str, Method] = {
    "files.getUploadURLExternal": Method(get_upload_url, _UPLOAD),
    "files.completeUploadExternal": Method(complete_upload, _UPLOAD),
    "files.info": Method(file_info, _READ),
    "files.delete": Method(delete_file, _UPLOAD),
    "files.list": Method(list_files, _READ),
}
