"""When a step's words mean `web_fetch`, which address they mean, and what they expect of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from runbot.agent.rules.calls import Arguments, Doubt, Reading
from runbot.agent.rules.literals import PATH, Words, quoted, urls
from runbot.domain.parameters import ParameterType
from runbot.domain.runbook import AnswerKind, Expectation
from runbot.domain.wording import negation

_FETCH: Final = re.compile(
    r"^(?:run\s+an?\s+)?(?:fetch|GET|HEAD|curl|request)\b|\bHTTP\s+(?:GET|HEAD)\b"
    r"|\b(?:GET|HEAD)\s+(?=q{6}|/)|\bfetch\s+(?=q{6}|/)",
    re.IGNORECASE,
)
_OTHER_METHOD: Final = re.compile(r"\b(?:POST|PUT|PATCH|DELETE)\b(?=\s+(?:request|to\b|q{6}|/))")
_READ: Final = re.compile(
    r"^(?:please\s+)?(?:check|verify|probe|ping|open|hit|curl|test|load|visit|call|request)\s+"
    r"(?:(?:the\s+)?(?:page|site|url|endpoint|address|health)\s+)?(?:q{6,}(?:/\S*)?|/\S+)"
    r"(?:,?\s+(?:and\s+)?(?:expect(?:ing)?|for\s+(?:an?\s+)?(?:status\s+)?[1-5]\d\d)\b.*)?[.\s!]*$",
    re.IGNORECASE | re.DOTALL,
)
_CHECK: Final = re.compile(
    r"^(?:please\s+)?(?:check|verify|confirm|ensure|test|probe|make\s+sure)\s+(?:that\s+|if\s+|whether\s+)?"
    r"(?:the\s+(?:page|site|url|endpoint|address)\s+)?(?P<url>q{6,}(?:/\S*)?|/\S+)\s+"
    r"(?P<claim>(?:is|are|returns?|responds?|answers?|gives?|works?|loads?|contains?|shows?|says?|do(?:es)?|has|never)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_STATUS: Final = re.compile(
    r"\b(?:returns?|responds?|answers?|gives?|status(?:\s+code)?(?:\s+(?:is|of))?|code|expects?|with|for"
    r"|and\s+expect|HTTP|an?)\s*(?:an?\s+|with\s+|status\s+|code\s+|of\s+|HTTP\s+|is\s+|:\s*)*"
    r"([1-5]\d\d)\b",
    re.IGNORECASE,
)
_HOLDS: Final = re.compile(
    r"\b(?:contains?|containing|includes?|including|shows?|says?|saying|with)\s+"
    r"(?:the\s+(?:text|words?|string)\s+)?$",
    re.IGNORECASE,
)
_UP: Final = re.compile(
    r"^(?:is|are)\s+(?:up|reachable|healthy|available|online|alive|ok|responding|up\s+and\s+running)"
    r"[.\s]*$|^(?:responds?|answers?|works?|loads?)[.\s]*$"
    r"|^(?:returns?|responds?|answers?|gives?)\s+(?:with\s+)?(?:an?\s+)?(?:HTTP\s+)?(?:status\s+)?"
    r"(?:code\s+)?(?:ok|success|2\d\d)(?:\s+(?:ok|status(?:\s+code)?))?[.\s]*$",
    re.IGNORECASE,
)
_MEASURED: Final = re.compile(
    r"\b(?:within|under|less\s+than|faster\s+than|below|above|more\s+than|at\s+least)\b",
    re.IGNORECASE,
)


def web_fetch(words: Words) -> Reading:
    """One address, and what the text expects of its answer."""
    named = words.names("web_fetch")
    check = _CHECK.match(words.clean)
    addressed = urls(words.text) or PATH.search(words.clean) or words.mentioned(ParameterType.URL)
    fetch = addressed and (_FETCH.search(words.clean) or _READ.match(words.clean))
    if not (named or check or fetch):
        return None
    expect = _expected(words.text)
    claim = check["claim"] if check and not named and not expect else ""
    if doubt := next(_doubts(words, claim), None):
        return Doubt(doubt)
    arguments = Arguments(words)
    arguments.take(
        "url",
        _address(words),
        AnswerKind.URL,
        "which site? (for example https://app.example.com)"
        if PATH.search(words.clean)
        else "which address should web_fetch read? (for example https://app.example.com/health)",
    )
    if re.search(r"\bHEAD\b", words.clean):
        arguments.given["method"] = "HEAD"
    return arguments.call(expect)


def _doubts(words: Words, claim: str) -> Iterator[str]:
    """Whatever the text asks for that `web_fetch` doesn't do or can't check."""
    if found := _OTHER_METHOD.search(words.clean):
        yield f"web_fetch only reads, and this asks for {found[0]}"
    if more := negation(words.text) or _first(_MEASURED, words.clean):
        yield f'web_fetch can\'t check what "{more}" asks for'
    if claim and not _UP.match(claim):
        yield "what the answer must be is not a status or a quoted text"
    if len(urls(words.text)) > 1:
        yield "it names more than one address: make each of them a step"


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None


def _expected(text: str) -> Expectation | None:
    status = _STATUS.search(text)
    holds = next((said for start, said in quoted(text) if _HOLDS.search(text[:start])), None)
    if status is None and holds is None:
        return None
    return Expectation(status=int(status[1]) if status else None, contains=holds)


def _address(words: Words) -> str | None:
    """The full address: written out, or a path at the site that is known."""
    if found := urls(words.text):
        return found[0]
    path = PATH.search(words.clean)
    site = words.answers.get("url") or words.site()
    if path is None:
        return words.answers.get("url") or words.mentioned(ParameterType.URL)
    return joined(site, words.text[path.start() : path.end()].rstrip(".,;:!?")) if site else None


def joined(site: str, path: str) -> str:
    """A site and a path as one address; one that ends with the path already is the page.

    The step names the path, so an answer with another one is a site below which it lies.
    """
    where = site[site.index("}}") + 2 :] if site.startswith("{{") and "}}" in site else None
    end = where if where is not None else urlsplit(site).path
    if end.endswith(path) or "?" in site or "#" in site:
        return site
    return site.rstrip("/") + path
