"""Literals of a step's text: addresses, paths, quotes, and the parameters it may draw on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import Parameter, ParameterType, placeholders
from runbot.domain.runbook import slug
from runbot.domain.wording import masked, message

PATH: Final = re.compile(r"(?<![\w/:}.<])/[A-Za-z0-9][\w\-./?=&%#~+,]*")
STATUS_UPDATE: Final = re.compile(
    r"\b(?:status|progress)\s+(?:update|report|message)\b|\bupdate\s+(?:on|about)\s+(?:the\s+)?"
    r"(?:status|progress|run)\b|\b(?:the|our|current|run['’]s)\s+status\b",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[\w-]*\w")
_URL: Final = re.compile(
    r"(?:https?://|\{\{\s*\w+\s*\}\}(?=/))(?:\{\{[^{}\n]*\}\}|[^\s<>\"'`“”‘’|)\]{}])+"
    r"|https?://[^\s<>\"'`|)\]]+"
)
_QUOTES: Final = re.compile(
    r"\"([^\"\n]+)\"|“([^“”\n]+)”|‘([^‘’\n]+)’|(?<!\w)'([^'\n]+)'(?!\w)|`([^`\n]+)`"
)
_NOT_NOUNS: Final = re.compile(
    r"^(?:(?:an?|the|all|our|my|current|latest|every|of|fresh|new|copy|snapshot)\s+)+",
    re.IGNORECASE,
)
_TOOL_NAME: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")


def urls(text: str) -> list[str]:
    """Addresses written out, each once; parameters may be parts of them."""
    found = (m[0].rstrip(".,;:!?*_") for m in _URL.finditer(text))
    return list(dict.fromkeys(found))


def emails(text: str) -> list[str]:
    """Email addresses outside web addresses, in order."""
    return _EMAIL.findall(_URL.sub(" ", text))


def quoted(text: str) -> list[tuple[int, str]]:
    """What stands in quotes, each with where its quote begins; tools' names are no quotes."""
    found = (
        (m.start(), next(group for group in m.groups() if group is not None))
        for m in _QUOTES.finditer(text)
    )
    return [
        (start, said)
        for start, said in found
        if not (_TOOL_NAME.fullmatch(said) or said.startswith(("http://", "https://")))
    ]


def bare(said: str) -> str:
    """What is said, without quotes around all of it."""
    said = said.strip()
    found = _QUOTES.fullmatch(said)
    return next(group for group in found.groups() if group is not None) if found else said


def noun_slug(noun: str) -> str | None:
    """The name under which a thing is saved: its own words and the run's number."""
    noun = re.split(r"\s+(?:from|of|at|as|on|in)\s", _URL.sub(" ", noun), maxsplit=1)[0]
    noun = re.sub(r"[`\"'“”‘’]", "", noun)
    try:
        name = slug(_NOT_NOUNS.sub("", noun.strip()))
    except InvalidInput:
        return None
    return f"{name}-{{{{run.number}}}}"


def page_slug(addresses: list[str]) -> str | None:
    """The name under which a page is saved: the last part of its address."""
    return noun_slug(addresses[0].rstrip("/").rpartition("/")[2]) if addresses else None


@dataclass(frozen=True)
class Words:
    """One step's text with all that may fill its arguments."""

    text: str
    number: int
    parameters: tuple[Parameter, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> str:
        """The text, quotes and addresses blotted out."""
        return masked(self.text)

    @property
    def message(self) -> str | None:
        """What follows "Post to #ops:", without quotes around all of it."""
        span = message(self.text)
        return bare(self.text[slice(*span)]) if span else None

    @property
    def addressed(self) -> str:
        """The text without the words of a message: what it says about the message."""
        span = message(self.text)
        return self.text[: span[0]] if span else self.text

    @property
    def unquoted(self) -> str:
        """The text without what stands in quotes or in a message; channels and addresses stay."""
        return _QUOTES.sub(lambda m: " " * len(m[0]), self.addressed)

    @property
    def markless(self) -> str:
        """The text, quotes blotted out, channels as they are typed."""
        return re.sub(r"<#[^<>\n]*>|\{\{[^{}\n]*\}\}", "#channel", self.unquoted)

    def names(self, tool: str) -> bool:
        """Whether the text names the tool as such."""
        return re.search(rf"(?<!\w){re.escape(tool)}(?!\w)", self.text) is not None

    def of_type(self, kind: ParameterType) -> list[str]:
        """Names of the declared parameters of a type."""
        return [parameter.name for parameter in self.parameters if parameter.type is kind]

    def mentioned(self, kind: ParameterType) -> str | None:
        """The one parameter of a type that stands in the text, as a template."""
        found = [name for name in placeholders(self.text) if name in self.of_type(kind)]
        return f"{{{{{found[0]}}}}}" if len(found) == 1 else None

    def meant(self, kind: ParameterType) -> str | None:
        """The one parameter of a type whose name the text says in words ("on-call")."""
        said = re.sub(r"[\W_]+", "", self.text.lower())
        found = [
            name
            for name in self.of_type(kind)
            if (stem := re.sub(r"_?(?:e?mail|address)$|_", "", name)) and stem in said
        ]
        return f"{{{{{found[0]}}}}}" if len(found) == 1 else None

    def site(self) -> str | None:
        """The declared address that a path belongs to: the only one, or the one called so."""
        declared = self.of_type(ParameterType.URL)
        if len(declared) > 1:
            declared = [name for name in declared if name in {"base_url", "site_url", "site"}]
        return f"{{{{{declared[0]}}}}}" if len(declared) == 1 else None
