"""Where one step ends and the next begins, in lists as people type and paste them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import whitespace
from typing import Final

from runbot.domain.wording import begins

_BULLET: Final = re.compile(r"[-*•‣▪◦·–—→➜▸►☐☑✅]\s+(?:\[[ xX]\]\s+)?(?=\S)")
_LETTER: Final = "a)"
_FORMS: Final = {
    "(1)": re.compile(r"\*{0,2}\((\d{1,3})\)\*{0,2}[.:]?(?=\s|$)"),
    "1)": re.compile(r"(?<![\w.(])\*{0,2}(\d{1,3})\)\*{0,2}(?=\s|$)"),
    "1.": re.compile(r"(?<![\w.])\*{0,2}(\d{1,3})\.\*{0,2}(?=\s|$)"),
    "Step 1": re.compile(
        r"(?<![\w.])\*{0,2}step\s+(\d{1,3})\*{0,2}\s*(?:[:.)]|\s[-–—])\*{0,2}(?=\s|$)",
        re.IGNORECASE,
    ),
    _LETTER: re.compile(r"(?<![\w.(])\*{0,2}\(?([a-z])\)\*{0,2}(?=\s|$)", re.IGNORECASE),
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
_MENTION_BEFORE: Final = re.compile(r"<[@#!][^<>\n]*>\s*$")
_PHRASAL: Final = re.compile(r"\b(?:log|sign|opt|check)(?:s|ged|ed)?\s+in\s*$", re.IGNORECASE)
_SPOKEN: Final = re.compile(
    r"(?<!\w)\"(?=\S)[^\"\n]*(?<=\S)\"(?!\w)|“[^“”\n]*”|(?<!`)`[^`\n]+`(?!`)"
)
_KEYCAP: Final = re.compile(
    r"(?P<digits>(?:\d\ufe0f?\u20e3)+)|(?P<ten>🔟|:keycap_ten:)"
    r"|:(?P<word>one|two|three|four|five|six|seven|eight|nine):"
)
_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ARROW: Final = re.compile(r"\s*(?:-{1,2}>|=>|[→⇒➜➡⟶])\ufe0f?\s*")
_LOOKS_BACK: Final = 300  # characters before a number that can say what it counts
_MANY_ARROWS: Final = 3  # parts: "a -> b" may be what is copied where, "a -> b -> c" is an order
_FIRST: Final = re.compile(r"\s*(?:first|firstly|first of all)\b,?\s+", re.IGNORECASE)
_THEN: Final = re.compile(
    r"(?:\s*[,;.]\s*(?:and\s+)?|\s+and\s+|\s*\n\s*)"
    r"(?:then|next|after that|afterwards|finally|lastly|secondly|thirdly|second|third|fourth|fifth)"
    r"\b,?\s+(?=\S)",
    re.IGNORECASE,
)
_TRAILING: Final = re.compile(r"(?:\s*[,;]|\s*[,;.]?\s+and)\s*$", re.IGNORECASE)
_LONGEST_TRAILING: Final = 7  # " . and ": lines are tidied before, so each gap is one character
_INDENT_OF_A_CHILD: Final = 2


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    number: int
    form: str


def tidy(text: str) -> str:
    """One instruction without the list's own punctuation; inner lines keep their bullets."""
    first, *others = [" ".join(line.split()) for line in text.strip().split("\n")]
    body = "\n".join([line for line in (first, *map(_inner, others)) if line])
    body = _without_trailing(body)
    single = not re.search(r"[.!?]\s+[^a-z]", body) and not body.endswith(("..", "etc.", "e.g."))
    return body.removesuffix(".").rstrip() if single and body.endswith(".") else body


def _without_trailing(body: str) -> str:
    """Each look is at the end only: a text may be made of nothing else but what is taken off."""
    end = len(body)
    while found := _TRAILING.search(body, max(0, end - _LONGEST_TRAILING), end):
        end = found.start()
    return body[:end]


def _inner(line: str) -> str:
    """A further line of an instruction, with a bullet for whatever marked it."""
    mark = _line_mark(line)
    if mark is None or mark[0] == _LETTER:
        return line
    rest = line[mark[2] :].strip()
    return f"- {rest}" if rest else ""


def _count(mark: str) -> int:
    return int(mark) if mark.isdigit() else ord(mark.lower()) - ord("a") + 1


def _marks(text: str, form: str) -> list[_Mark]:
    """Markers of a form outside quotes, which are what a step works with."""
    bare = _SPOKEN.sub(lambda found: "q" * len(found[0]), text)
    return [_Mark(m.start(), m.end(), _count(m[1]), form) for m in _FORMS[form].finditer(bare)]


def _line_mark(line: str) -> tuple[str, int, int] | None:
    """The form, number and length of the marker that a line without indentation begins with."""
    for table in (_FORMS, _LINE_ONLY):
        for form, pattern in table.items():
            if found := pattern.match(line):
                return form, _count(found[1]), found.end()
    if found := _BULLET.match(line):
        return "-", 0, found.end()
    return None


def _begins_sentence(text: str, mark: _Mark) -> bool:
    end = _back_over(" \t*_\"'”’)`", text, mark.start)
    return not end or text[end - 1] in ".!?\n…"


def _back_over(characters: str, text: str, end: int) -> int:
    """Where the text ends that stands before these characters; copies none of it."""
    while end and text[end - 1] in characters:
        end -= 1
    return end


def _plausible(text: str, mark: _Mark, expected: int) -> bool:
    if mark.number != expected or _UNIT_NEXT.match(text, mark.end):
        return False
    end = _back_over(whitespace, text, mark.start)
    before = text[max(0, end - _LOOKS_BACK) : end]
    before = re.sub(r"(?<=[,;])\s+and$", "", before, flags=re.IGNORECASE)
    if not before or before[-1] in ",;:":
        return bool(before)
    if _MENTION_BEFORE.search(before) or _PHRASAL.search(before[-24:]):
        return True
    return not _COUNTS_NEXT.search(before[-24:])


def _chain(text: str, form: str) -> list[_Mark]:
    """The markers of an inline list: each begins a sentence, or continues the count."""
    taken: list[_Mark] = []
    marks = _marks(text, form)
    sure = {m.number: index for index, m in enumerate(marks) if _begins_sentence(text, m)}
    for index, mark in enumerate(marks):
        if not taken:
            if not text[: mark.start].strip() and mark.number <= 1:
                taken.append(mark)
                continue
            return []
        expected = taken[-1].number + 1
        if _begins_sentence(text, mark) or (
            _plausible(text, mark, expected) and sure.get(expected, -1) < index
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


def _kind(form: str) -> str:
    """Bullets, letters or numbers: a list within a list is told by its other kind."""
    return form if form in {"-", _LETTER} else "1"


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
            or (depth < indent + _INDENT_OF_A_CHILD and _kind(mark[0]) == _kind(item.form))
        )
        if mark is not None and top:
            if item is not None:
                yield item
            else:
                indent = depth
            item = _Item(mark[0], mark[1], [stripped[mark[2] :]])
        elif item is not None and stripped:
            item.lines.append(stripped)
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
    """Steps of "first …, then …, finally …" or "…, then …". Empty if the text isn't such."""
    text = text.strip()
    begun = _FIRST.match(text)
    parts = _THEN.split(text[begun.end() :] if begun else text)
    if not begun and (len(parts) == 1 or not all(begins(part) for part in parts)):
        return ()
    return _tidied([piece for part in parts for piece in _by_commas(part)])


def _by_commas(text: str) -> list[str]:
    """Two of "drain it, restart it", where each begins with a verb; one of "check CPU, disk"."""
    pieces = re.split(r",\s+(?:and\s+)?", text.strip(" ,"))
    return pieces if all(begins(piece) for piece in pieces) else [text]


def in_arrows(text: str) -> tuple[str, ...]:
    """Steps of "a -> b -> c". Empty where an arrow may be part of a step."""
    text = text.strip()
    if "\n" in text or len(parts := _ARROW.split(text)) == 1:
        return ()
    if len(parts) < _MANY_ARROWS and not all(begins(part) for part in parts):
        return ()
    return _tidied(parts)


def uncapped(text: str) -> str:
    """The text with keycap numbers, where they count from 1 on, as the numbers of a list."""
    caps = list(_KEYCAP.finditer(text))
    if len(caps) < 2 or [_cap(found) for found in caps] != list(range(1, len(caps) + 1)):  # noqa: PLR2004 - one alone counts nothing
        return text
    return _KEYCAP.sub(lambda found: f"{_cap(found)}. ", text)


def _cap(found: re.Match[str]) -> int:
    if found["word"]:
        return _WORDS.index(found["word"]) + 1
    digits = found["digits"]
    return int("".join(c for c in digits if c.isdigit())) if digits else 10


def listed(text: str) -> tuple[str, ...]:
    """The steps of any list that the text begins with; empty if it begins with none."""
    text = re.sub(r"\A(?:[ \t]*\n)+", "", text)
    first = text.split("\n", 1)[0]
    if _line_mark(first.strip()) is None:
        return in_arrows(text) or in_words(text)
    if len(list(_items(text))) > 1:
        return lines(text)
    return inline(text) or lines(text)
