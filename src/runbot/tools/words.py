"""How results are worded: sizes, times, and text from outside made fit for one line."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from runbot.tools.contract import ToolResult

SUMMARY: Final = 300
_KIB: Final = 1024
_AT_ONCE: Final = 64 * 1024
# Only these, since a stranger names them: Python also takes punycode, idna and others, whose
# decoding of one page can take hours (https://github.com/python/cpython/issues/98433).
_CHARSETS: Final = re.compile(
    r"utf[-_]?(?:8|16|32)(?:[-_]?(?:le|be|sig))?|(?:us[-_])?ascii|latin[-_]?1"
    r"|(?:cp|windows)[-_]?125\d|iso[-_]?8859[-_]\d{1,2}|gb(?:k|2312|18030)|big5(?:[-_]?hkscs)?"
    r"|shift[-_]?jis|sjis|euc[-_](?:jp|kr)|koi8[-_][ru]",
    re.ASCII | re.IGNORECASE,
)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def size(count: int) -> str:
    """A number of bytes as people say it: "812 bytes", "1.2 KiB", "41 KiB"."""
    if count < _KIB:
        return f"{count} byte{'' if count == 1 else 's'}"
    value, unit = count / _KIB, "KiB"
    if value >= _KIB:
        value, unit = value / _KIB, "MiB"
    return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"  # noqa: PLR2004 - two digits tell enough


def seconds(value: float) -> str:
    """A short time: "0.08 s", "2.1 s", "34 s"; "under 0.01 s" where nothing is left to show."""
    if value < 0.01:  # noqa: PLR2004 - what two decimals can show
        return "under 0.01 s"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004 - as above


def one_line(text: str, limit: int = SUMMARY) -> str:
    """The text on one line, without control and direction marks, cut at a limit."""
    line = storable(" ".join(_UNPRINTABLE.sub(" ", text).split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def storable(text: str) -> str:
    """The text without what a database refuses: NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


async def decoded(body: bytes, charset: str | None) -> str:
    """Bytes as text by the charset that came with them; what can't be read is replaced.

    A charset that isn't among the usual ones is taken for UTF-8. Much text is decoded in
    a thread, so that nothing else waits for it.
    """
    if len(body) <= _AT_ONCE:
        return _decoded(body, charset or "")
    return await asyncio.to_thread(_decoded, body, charset or "")


def _decoded(body: bytes, charset: str) -> str:
    usual = charset if _CHARSETS.fullmatch(charset) else "utf-8"
    try:
        text = body.decode(usual, "replace")
    except LookupError:  # spelt like the others, and there is none: iso-8859-99
        text = body.decode("utf-8", "replace")
    return storable(text)


def failed(sentence: str, *, unknown: bool = False, output: str = "") -> ToolResult:
    """A result that says why it isn't a success."""
    return ToolResult(ok=False, summary=one_line(sentence), output=output, unknown=unknown)
