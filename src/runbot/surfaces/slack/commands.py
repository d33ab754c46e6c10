"""The one grammar: the same words as `/runbook …`, in a mention, a direct message or a thread."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from runbot.domain.access import Verb
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.runbook import RunbookStatus


class Word(StrEnum):
    """What somebody wants done."""

    HELP = "help"
    CREATE = "create"
    LIST = "list"
    SHOW = "show"
    EDIT = "edit"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    RUN = "run"
    STATUS = "status"
    HISTORY = "history"
    PAUSE = "pause"
    RESUME = "resume"
    CONTINUE = "continue"
    AGAIN = "again"
    ABORT = "abort"
    EXPORT = "export"
    LOCKS = "locks"
    TOOLS = "tools"
    ROLES = "roles"
    GRANT = "grant"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of the grammar: how it is used, what it does, whose right it needs.

    A `rare` one is named in the help, without a line of its own: the help fits a screen.
    """

    word: Word
    usage: str
    says: str
    example: str
    needs: Verb
    also: tuple[str, ...] = ()
    rare: bool = False


GRAMMAR: Final = (
    Entry(
        Word.CREATE,
        "create [words]",
        "Write a runbook: in a form, or from your words.",
        "create a runbook called restart-api with these steps: 1. … 2. …",
        Verb.AUTHOR,
        ("new", "make", "write"),
    ),
    Entry(
        Word.LIST,
        "list [draft|published|archived] [words]",
        "Every runbook, with its last run.",
        "list published",
        Verb.READ,
        ("ls", "runbooks"),
    ),
    Entry(
        Word.SHOW,
        "show NAME",
        "A runbook's steps and how each will be done.",
        "show restart-api",
        Verb.READ,
        ("open", "view"),
    ),
    Entry(
        Word.EDIT,
        "edit NAME",
        "Change it; runs that are going on keep the version they started with.",
        "edit restart-api",
        Verb.AUTHOR,
        ("change",),
    ),
    Entry(
        Word.PUBLISH,
        "publish NAME",
        "Let the latest version be run.",
        "publish restart-api",
        Verb.AUTHOR,
    ),
    Entry(
        Word.ARCHIVE,
        "archive NAME",
        "Take it out of use and keep it.",
        "archive restart-api",
        Verb.AUTHOR,
        ("delete", "remove"),
    ),
    Entry(
        Word.RUN,
        "run NAME [key=value …] [--preview]",
        "Start it here; asks for the values that are missing.",
        'run restart-api env=staging reason="high load"',
        Verb.RUN,
        ("start", "execute"),
    ),
    Entry(
        Word.STATUS,
        "status [RUN|NAME]",
        "What waits for you and the runs going on, of one runbook too, or one run step by step.",
        "status 1042",
        Verb.READ,
        ("timeline",),
    ),
    Entry(
        Word.HISTORY,
        "history [NAME]",
        "Past runs: how each ended, how long it took, who and which agent.",
        "history restart-api",
        Verb.READ,
        ("runs",),
    ),
    Entry(
        Word.PAUSE,
        "pause [RUN]",
        "Hold a run before its next step.",
        "pause 1042",
        Verb.CONTROL,
        ("hold",),
    ),
    Entry(
        Word.RESUME,
        "resume [RUN]",
        "Let it go on.",
        "resume 1042",
        Verb.CONTROL,
        ("unpause",),
    ),
    Entry(
        Word.CONTINUE,
        "continue [RUN]",
        "Go on from the step where a run failed or was aborted; a paused one is resumed.",
        "continue 1042",
        Verb.RUN,
    ),
    Entry(
        Word.AGAIN,
        "again RUN [key=value …]",
        "Run the same again, with the same values but for those that are given.",
        "again 1042 env=staging",
        Verb.RUN,
        ("rerun", "repeat"),
        rare=True,
    ),
    Entry(
        Word.ABORT,
        "abort [RUN]",
        "End a run at once, whatever it is doing.",
        "abort 1042",
        Verb.CONTROL,
        ("stop", "cancel", "kill"),
    ),
    Entry(
        Word.LOCKS,
        "locks",
        "Which run holds what, since when, and which runs wait for it.",
        "locks",
        Verb.READ,
        ("queue",),
        rare=True,
    ),
    Entry(
        Word.EXPORT,
        "export RUN [markdown|json|csv]",
        "A run's whole record as a file, put into its thread.",
        "export 1042 markdown",
        Verb.READ,
        rare=True,
    ),
    Entry(
        Word.ROLES,
        "roles",
        "Who may do what, and what you may do.",
        "roles",
        Verb.READ,
        ("rights", "who"),
    ),
    Entry(
        Word.GRANT,
        "grant ROLE to WHO",
        "Give a role to a person, a user group, a channel's people, admins or everyone.",
        "grant editor to @somebody",
        Verb.MANAGE,
        rare=True,
    ),
    Entry(
        Word.REVOKE,
        "revoke ROLE from WHO",
        "Take a role back.",
        "revoke editor from @somebody",
        Verb.MANAGE,
        rare=True,
    ),
    Entry(Word.TOOLS, "tools", "What steps can be done with.", "tools", Verb.READ),
    Entry(Word.HELP, "help [word]", "This list, or more on one word.", "help run", Verb.READ),
)

_WORDS: Final[Mapping[str, Word]] = {
    said: entry.word for entry in GRAMMAR for said in (entry.word.value, *entry.also)
}
_FILLER: Final = frozenset({"the", "a", "an", "runbook", "run", "it", "this", "called", "named"})
_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_TOKEN: Final = re.compile(r'([A-Za-z][\w.\-]*\s*=\s*)?("(?:[^"\\]|\\.)*"|\'[^\']*\'|<[^>]*>|\S+)')
_KEY: Final = re.compile(r"([A-Za-z][\w.\-]*)\s*=\s*")
_BARE_KEY: Final = re.compile(r"([A-Za-z][\w.\-]*)=(.*)", re.DOTALL)
# Where people type, "--" may have become a dash.
_PREVIEW: Final = re.compile(r"(?:^|(?<=\s))(?:--|—|–)\s?preview(?=\s|[.!]?\s*$)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"#?[0-9]{1,9}")
_POLITE: Final = frozenset({"please", "now", "run", "runbook"})
_OF_RUNS: Final = frozenset(
    {Word.STATUS, Word.PAUSE, Word.RESUME, Word.CONTINUE, Word.ABORT, Word.EXPORT}
)
_ABOUT_RUNBOOKS: Final = frozenset(
    {Word.SHOW, Word.EDIT, Word.PUBLISH, Word.ARCHIVE, Word.RUN, Word.HISTORY, Word.HELP}
)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `reference` is a runbook's name or a run's number; `text` the rest."""

    word: Word
    reference: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    status: RunbookStatus | None = None
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words that aren't in the grammar. `near` is the word they may have meant."""

    said: str
    near: Word | None

    @property
    def corrected(self) -> str:
        """The same words with the one that they may have meant, ready to be sent."""
        first = re.match(r"\S+", self.said)
        return (self.near or "") + (self.said[first.end() :] if first else "")

    @property
    def slip(self) -> bool:
        """Whether the first word is one letter away from what it may have meant."""
        heard = re.match(r"\w*", self.said.lower())
        return bool(self.near and heard and _one_letter_off(heard[0], self.near.value))


def _one_letter_off(said: str, meant: str) -> bool:
    """Whether one letter is missing, too many, another, or changed places with its neighbour."""
    if abs(len(said) - len(meant)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(said, meant, strict=False)) if a != b), None)
    if at is None:
        return len(said) != len(meant)
    return (
        said[at + 1 :] == meant[at + 1 :]
        or said[at + 1 :] == meant[at:]
        or said[at:] == meant[at + 1 :]
        or (said[at : at + 2] == meant[at : at + 2][::-1] and said[at + 2 :] == meant[at + 2 :])
    )


def entry_of(word: Word) -> Entry:
    """The grammar's line for a word."""
    return next(entry for entry in GRAMMAR if entry.word is word)


def word(said: str) -> Word | None:
    """The word of the grammar that somebody means by a word of theirs, if any."""
    return _WORDS.get(said.lower())


def alone(said: str) -> Request | None:
    """What a reply in a runbook's thread asks for where it is one of the words itself.

    People talk there, too: only the words as the grammar has them count, none that merely
    mean the same, and only those that are about a runbook.
    """
    first = re.match(r"[a-z]+(?=[\s.!?]|$)", said.strip().lower())
    if first is None or first[0] not in _ABOUT_RUNBOOKS:
        return None
    try:
        asked = parse(said)
    except InvalidInput:
        return None
    return asked if isinstance(asked, Request) else None


def allowed(verbs: Collection[Verb]) -> tuple[Entry, ...]:
    """The lines of the grammar that somebody who may do this can use."""
    return tuple(entry for entry in GRAMMAR if entry.needs in verbs)


def parse(text: str) -> Request | Unknown:
    """Read a request. No words at all ask for help.

    Raises `InvalidInput` where the word is known and the rest can't be read.
    """
    said = text.strip()
    if not said:
        return Request(Word.HELP)
    first, _, rest = said.partition(" ") if " " in said.split("\n", 1)[0] else _first_line(said)
    heard = re.sub(r"[^\w]+", "", first.lower())
    rest = rest.strip()
    word = _WORDS.get(heard)
    if word is None:
        near = difflib.get_close_matches(heard, list(_WORDS), n=1, cutoff=0.7)
        return Unknown(said, _WORDS[near[0]] if near else None)
    if reader := _READERS.get(word):
        return reader(rest)
    if word is Word.CREATE:
        return Request(word, text=said if rest else "")
    return Request(word, reference=_of_run(word, rest) or reference(rest))


def _first_line(said: str) -> tuple[str, str, str]:
    first, _, rest = said.partition("\n")
    return first, "", rest


def _help(rest: str) -> Request:
    topic = _WORDS.get(rest.lower().lstrip("/"))
    return Request(Word.HELP, text=topic.value if topic else rest)


def _list(rest: str) -> Request:
    first, _, more = rest.partition(" ")
    status = first.lower().rstrip("s")
    if status in {s.value for s in RunbookStatus}:
        return Request(Word.LIST, status=RunbookStatus(status), text=more.strip())
    return Request(Word.LIST, text="" if rest.lower() in {"all", "runbooks"} else rest)


def _of_run(word: Word, rest: str) -> str:
    """A run's number, where one is given to a word about runs; nothing else may follow it."""
    tokens = _meaningful(rest)
    if word not in _OF_RUNS or not tokens:
        return ""
    number = tokens[0].strip(".,!?*_`\"'")
    if not _NUMBER.fullmatch(number):
        return ""
    if stray := [token for token in tokens[1:] if token.lower().strip(".,!?") not in _POLITE]:
        raise InvalidInput(
            f'Nothing was done: "{" ".join(stray)}" after {number} is not something I can read.',
            do=f"Name one run at a time, for example: {word.value} {number}.",
        )
    return number


def _meaningful(rest: str) -> list[str]:
    tokens = rest.translate(_QUOTES).split()
    while tokens and tokens[0].lower().strip(".,!?") in _FILLER:
        tokens.pop(0)
    return tokens


def reference(rest: str, *, drops: Collection[str] = _POLITE) -> str:
    """The name in these words, without what people say around it."""
    tokens = _meaningful(rest)
    if len(tokens) > 1 and tokens[-1].lower().strip(".,!?") in drops:
        tokens.pop()
    return _name(" ".join(tokens))


def _name(said: str) -> str:
    """A name as people type it: quoted, bold, or with spaces for its hyphens."""
    bare = said.strip().strip("*_`\"'.,!?")
    return re.sub(r"\s+", "-", bare)


def _again(rest: str) -> Request:
    """A run's number, and the values that are to differ."""
    asked = _run(rest)
    number = asked.reference.removeprefix("run-").removeprefix("#")
    if asked.reference and not _NUMBER.fullmatch(number) and not number.startswith("run_"):
        raise InvalidInput(
            "Which run should be done again?",
            do=f"Say its number, for example: {entry_of(Word.AGAIN).example}.",
        )
    return Request(Word.AGAIN, reference=number, values=asked.values)


def _run(rest: str) -> Request:
    said = _PREVIEW.sub(" ", rest)
    return replace(_start(said), preview=said != rest)


def _start(rest: str) -> Request:
    names: list[str] = []
    values: dict[str, str] = {}
    stray: list[str] = []
    for found in _TOKEN.finditer(rest.translate(_QUOTES)):
        key, value = _pair(found)
        if key is None:
            (stray if values else names).append(value)
        elif key in values:
            raise InvalidInput(
                f"The run was not started: {key} is given twice.",
                do="Give each value once.",
                problems=(Problem(key, f"{key} is given twice."),),
            )
        else:
            values[key] = value
    if stray:
        shown = " ".join(stray)
        raise InvalidInput(
            f'The run was not started: "{shown}" is not a value I can read.',
            do="Write values as key=value, and those with spaces in quotation marks, for example "
            f"{entry_of(Word.RUN).example}.",
        )
    # Of what starts something, nothing is left unread.
    wanted = reference(" ".join(names), drops={"runbook"})
    return Request(Word.RUN, reference=wanted, values=values)


def _pair(found: re.Match[str]) -> tuple[str | None, str]:
    head, token = found[1], found[2]
    if head is None:
        bare = _BARE_KEY.fullmatch(token)
        return (bare[1], decoded(bare[2])) if bare else (None, token)
    key = _KEY.fullmatch(head)
    return (key[1] if key else head), decoded(_unquoted(token))


def _unquoted(token: str) -> str:
    quoted = len(token) > 1 and token[0] == token[-1] and token[0] in "\"'"
    if not quoted:
        return token
    inner = token[1:-1]
    return re.sub(r'\\(["\\])', r"\1", inner) if token[0] == '"' else inner


_ROLE_OF: Final = re.compile(
    r"(?:the\s+)?(?:role\s+)?(?P<role>[a-z]+)(?:\s+(?:role|rights))?\s+(?:to|from|for|of)?\s*"
    r"(?P<who>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_PRINCIPAL: Final = re.compile(
    r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<#([CG][A-Z0-9]+)(?:\|[^>]*)?>|<!(everyone)(?:\|[^>]*)?>"
)


def _role(word: Word, rest: str) -> Request:
    """A role, and to or from whom: a principal, or what was typed in its place."""
    found = _ROLE_OF.fullmatch(rest.strip())
    if found is None:
        example = entry_of(word).example
        raise InvalidInput("Which role, and whose?", do=f"For example: {example}.")
    return Request(word, reference=found["role"].lower(), text=principal(found["who"]))


def principal(said: str) -> str:
    """How a person, group or channel that somebody mentioned is written; else their words."""
    bare = said.strip().rstrip(".!")
    mentioned = _PRINCIPAL.fullmatch(bare)
    if mentioned:
        return next(part for part in mentioned.groups() if part)
    return bare.removeprefix("@") if bare.lower().removeprefix("@") == "everyone" else bare


def _export(rest: str) -> Request:
    """The run, by its number or its runbook's name, and the format where one is given."""
    tokens = _meaningful(rest)
    named = _FORMATS.get(tokens[-1].lower().strip(".,!?")) if tokens else None
    if named and tokens:
        tokens = tokens[:-1]
        if tokens and tokens[-1].lower() in {"as", "to", "in"}:
            tokens.pop()
    said = " ".join(tokens)
    wanted = _of_run(Word.EXPORT, said) or reference(said)
    return Request(Word.EXPORT, reference=wanted, text=named or "")


_FORMATS: Final = {
    "markdown": "markdown",
    "md": "markdown",
    "json": "json",
    "csv": "csv",
}
_READERS: Final[Mapping[Word, Callable[[str], Request]]] = {
    Word.HELP: _help,
    Word.LIST: _list,
    Word.RUN: _run,
    Word.AGAIN: _again,
    Word.EXPORT: _export,
    Word.TOOLS: lambda _: Request(Word.TOOLS),
    Word.ROLES: lambda _: Request(Word.ROLES),
    Word.GRANT: lambda rest: _role(Word.GRANT, rest),
    Word.REVOKE: lambda rest: _role(Word.REVOKE, rest),
    Word.LOCKS: lambda _: Request(Word.LOCKS),
}


def decoded(text: str) -> str:
    """Text as the person typed it: Slack escapes three characters on the way in."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
