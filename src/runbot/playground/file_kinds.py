"""What a file is, from its name and its first bytes; and a name that can do no harm."""

from __future__ import annotations

import mimetypes
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

HEAD_BYTES = 16
_NAME_CHARACTERS = 255
_UNNAMED = "untitled"
# Marks that turn the direction of what follows: with them "exe.txt" may be a name's true end.
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTED = {"Cc", "Cs", "Zl", "Zp"}
_STARTS = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png", "PNG"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg", "JPEG"),
    b"GIF87a": ("image/gif", "gif", "GIF"),
    b"GIF89a": ("image/gif", "gif", "GIF"),
}
_WEBP = ("image/webp", "webp", "WebP")
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show; all of them pictures that run nothing (SVG does)."""

# https://docs.slack.dev/reference/objects/file-object#types
_BY_ENDING = {
    "txt": ("text/plain", "text", "Plain Text"),
    "log": ("text/plain", "text", "Plain Text"),
    "md": ("text/plain", "markdown", "Markdown (raw)"),
    "csv": ("text/csv", "csv", "CSV"),
    "json": ("text/plain", "javascript", "JavaScript/JSON"),
    "py": ("text/plain", "python", "Python"),
    "js": ("text/plain", "javascript", "JavaScript/JSON"),
    "sh": ("text/plain", "shell", "Shell"),
    "sql": ("text/plain", "sql", "SQL"),
    "yaml": ("text/plain", "yaml", "YAML"),
    "yml": ("text/plain", "yaml", "YAML"),
    "xml": ("text/plain", "xml", "XML"),
    "html": ("text/html", "html", "HTML"),
    "svg": ("image/svg+xml", "svg", "SVG"),
    "pdf": ("application/pdf", "pdf", "PDF"),
    "zip": ("application/zip", "zip", "Zip"),
    "gz": ("application/gzip", "gzip", "Gzip"),
}
_BINARY = ("application/octet-stream", "binary", "Binary")


@dataclass(frozen=True, slots=True)
class Kind:
    """A file's type as Slack names it."""

    mimetype: str
    filetype: str
    pretty_type: str


def kind_of(name: str, head: bytes) -> Kind:
    """The type of a file. A picture is one by its bytes, whatever its name says."""
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return Kind(*kind)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind(*_WEBP)
    ending = PurePosixPath(name).suffix.lower().removeprefix(".")
    if ending in _BY_ENDING:
        return Kind(*_BY_ENDING[ending])
    guessed = mimetypes.guess_type(f"x.{ending}")[0] if ending else None
    if guessed is None or guessed in INLINE_TYPES:
        return Kind(*_BINARY)
    return Kind(guessed, ending, ending.upper())


def safe_name(given: str) -> str:
    """A name without a path, line breaks, or marks that disguise it; at most 255 characters."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    printed = "".join(
        c for c in last if c not in _DIRECTION and unicodedata.category(c) not in _UNPRINTED
    ).strip()
    if not printed.strip("."):
        return _UNNAMED
    if len(printed) <= _NAME_CHARACTERS:
        return printed
    ending = PurePosixPath(printed).suffix
    if len(ending) > _NAME_CHARACTERS // 2:
        ending = ""
    return printed[: _NAME_CHARACTERS - len(ending)] + ending
