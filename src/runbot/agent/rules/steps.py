"""Where one step ends and the next begins, in lists as people type and paste them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_BULLET: Final = re.compile(r"[-*•‣▪◦·–—]\s+(?=\S)")
_FORMS: Final = {
    "(1)": re.compile(r"\*{0,2}\((\d{1,3})\)\*{0,2}[.:]?(?=\s|$)"),
    "1)": re.compile(r"(?<![\w.(])\*{0,2}(\d{1,3})\)\*{0,2}(?=\s|$)"),
    "1.": re.compile(r"(?<![\w.])\*{0,2}(\d{1,3})\.\*{0,2}(?=\s|$)"),
    "Step 1": re.compile(
        r"(?<![\w.])\*{0,2}step\s+(\d{1,3})\*{0,2}\s*(?:[:.)]|\s[-–—])\*{0,2}(?=\s|$)",
        re.IGNORECASE,
    ),
}
_LINE_ONLY: Final = {
    "1.": re.compile(r"\*{0,2}(\d{1,3})\.\*{0,2}(?=[^\W\d_])"),
    "1)": re.compile(r"\*{0,2}(\d{1,3})\)\*{0,2}(?=[^\W\d_])"),
    "1:": re.compile(r"\*{0,2}(\d{1,3})\s*(?::|\s[-–—](?=\s))\*{0,2}(?=\s)"),
}
# "wait 2. minutes", "version 3. Then": a number that belongs to the words around it.
_UNIT_NEXT: Final = re.compile(
    r"\s+(?:seconds?|minutes?|hours?|days?|weeks?|times?|percent|ms|[smh]|[kmgt]i?b)\b",
    re.IGNORECASE,
)
_COUNTS_NEXT: Final = re.compile(
    r"(?:\b(?:wait|steps?|versions?|ports?|phase|priority|level|number|no|than|least|most|about"
    r"|every|after|of|in|to|for|by|is|are|was|equals?|exactly|over|under|above|below|sev"
    r"|retry|attempts?|and|or|until)|[=<>#~≈])\s*$",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(r"\s*(?:first|firstly|first of all)\b,?\s+", re.IGNORECASE)
_THEN: Final = re.compile(
    r"(?:\s*[,;.]\s*(?:and\s+)?|\s+and\s+|\s*\n\s*)"
    r"(?:then|next|after that|afterwards|finally|lastly|secondly|thirdly|second|third|fourth|fifth)"
    r"\b,?\s+(?=\S)",
    re.IGNORECASE,
)
_TRAILING: Final = re.compile(r"(?:\s*[,;]|\s*[,;.]?\s+and)\s*$", re.IGNORECASE)
_INDENT_OF_A_CHILD: Final = 2


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    number: int
    form: str


def tidy(text: str) -> str:
    """One instruction without the list's own punctuation; inner lines keep their bullets."""
    lines = [" ".join(line.split()) for line in text.strip().split("\n")]
    body = "\n".join([line for line in lines if line])
    while (shorter := _TRAILING.sub("", body)) != body:
        body = shorter
    single = not re.search(r"[.!?]\s+[^a-z]", body) and not body.endswith(("..", "etc.", "e.g."))
    return body.removesuffix(".").rstrip() if single and body.endswith(".") else body


def _marks(text: str, form: str) -> list[_Mark]:
    return [_Mark(m.start(), m.end(), int(m[1]), form) for m in _FORMS[form].finditer(text)]


def _line_mark(line: str) -> tuple[str, int, int] | None:
    """The form, number and length of the marker that a line without indentation begins with."""
    for table in (_FORMS, _LINE_ONLY):
        for form, pattern in table.items():
            if found := pattern.match(line):
                return form, int(found[1]), found.end()
    if found := _BULLET.match(line):
        return "-", 0, found.end()
    return None


def _begins_sentence(text: str, mark: _Mark) -> bool:
    before = text[: mark.start].rstrip(" \t*_\"'”’)`")
    return not before or before[-1] in ".!?\n…" or "\n" in text[len(before) : mark.start]


def _plausible(text: str, mark: _Mark, expected: int) -> bool:
    if mark.number != expected or _UNIT_NEXT.match(text, mark.end):
        return False
    before = re.sub(r"(?<=[,;])\s+and$", "", text[: mark.start].rstrip(), flags=re.IGNORECASE)
    return bool(before) and (before[-1] in ",;:" or not _COUNTS_NEXT.search(before[-24:]))


def _chain(text: str, form: str) -> list[_Mark]:
    """The markers of an inline list: each begins a sentence, or continues the count."""
    taken: list[_Mark] = []
    marks = _marks(text, form)
    for index, mark in enumerate(marks):
        if not taken:
            if not text[: mark.start].strip() and mark.number <= 1:
                taken.append(mark)
                continue
            return []
        expected = taken[-1].number + 1
        if _begins_sentence(text, mark) or (
            _plausible(text, mark, expected)
            and not any(m.number == expected and _begins_sentence(text, m) for m in marks[index:])
        ):
            taken.append(mark)
    return taken


def _between(text: str, marks: list[_Mark]) -> list[str]:
    ends = [*(mark.start for mark in marks[1:]), len(text)]
    return [text[mark.end : end] for mark, end in zip(marks, ends, strict=True)]


def inline(text: str) -> tuple[str, ...]:
    """Steps of a list that runs on in a line: "1. … 2. …", "• … • …". Empty if it is none."""
    for form in _FORMS:
        if marks := _chain(text, form):
            return _tidied(_between(text, marks))
    stripped = text.strip()
    if found := re.match(r"[•‣▪◦·]", stripped):
        return _tidied(stripped.split(found[0]))
    if re.match(r"-\s", stripped) and "\n" not in stripped:
        return _tidied(re.split(r"(?:^|\s)-\s", stripped))
    return ()


def _tidied(parts: list[str]) -> tuple[str, ...]:
    return tuple(step for part in parts if (step := tidy(part)))


@dataclass(slots=True)
class _Item:
    form: str
    number: int
    lines: list[str]


def _items(text: str) -> Iterator[_Item]:
    """The list's top-level items; deeper or foreign markers stay inside their parent."""
    item: _Item | None = None
    indent = 0
    for line in text.split("\n"):
        stripped = line.lstrip(" \t")
        depth = len(line.expandtabs(4)) - len(stripped.expandtabs(4))
        mark = _line_mark(stripped)
        top = mark is not None and (
            item is None
            or (depth < indent + _INDENT_OF_A_CHILD and (mark[0] == "-") == (item.form == "-"))
        )
        if mark is not None and top:
            if item is not None:
                yield item
            else:
                indent = depth
            item = _Item(mark[0], mark[1], [stripped[mark[2] :]])
        elif item is not None and stripped:
            item.lines.append(f"- {stripped[mark[2] :]}" if mark else stripped)
    if item is not None:
        yield item


def _opened(item: _Item, following: _Item | None) -> list[str]:
    """An item's steps: more than one where its line runs on into the numbers that follow."""
    text = "\n".join(item.lines)
    if item.form not in _FORMS:
        return [text]
    marks = [m for m in _marks(text, item.form) if m.number > item.number]
    run: list[_Mark] = []
    for mark in marks:
        expected = item.number + 1 + len(run)
        sure = _begins_sentence(text, mark) and mark.number == expected
        if sure or (following is not None and _plausible(text, mark, expected)):
            run.append(mark)
    last = item.number + len(run)
    if not run or (following is not None and following.number != last + 1):
        return [text]
    return [text[: run[0].start], *_between(text, run)]


def lines(text: str) -> tuple[str, ...]:
    """Steps of a list on lines, whatever its numbers say. Empty if no line begins with a mark."""
    items = list(_items(text))
    followers: list[_Item | None] = [*items[1:], None]
    parts: list[str] = []
    for item, following in zip(items, followers, strict=True):
        parts.extend(_opened(item, following))
    return _tidied(parts)


def in_words(text: str) -> tuple[str, ...]:
    """Steps of "first …, then …, finally …". Empty if the text doesn't begin so."""
    if not (found := _FIRST.match(text)):
        return ()
    return _tidied(_THEN.split(text[found.end() :]))


def listed(text: str) -> tuple[str, ...]:
    """The steps of any list that the text begins with; empty if it begins with none."""
    text = re.sub(r"\A(?:[ \t]*\n)+", "", text)
    first = text.split("\n", 1)[0]
    if _line_mark(first.strip()) is None:
        return in_words(text)
    if len(list(_items(text))) > 1:
        return lines(text)
    return inline(text) or lines(text)
