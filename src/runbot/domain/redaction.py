"""What must not stand in a record: values that are called secrets, and what looks like one.

One rule for events, the audit log and exports. It errs on the side of leaving out: a record
that lacks a word is worth more than one that has to be kept from people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import JsonValue

from runbot.domain.run import Event, Run

HIDDEN: Final = "••••"
_SHORTEST: Final = 4  # a secret's value below this would blank out ordinary words
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SAYS_SO: Final = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "key",
        "apikey",
        "credential",
        "authorization",
    }
)
# The shapes that their issuers document, so that scanners find them in public.
# https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
_SHAPES: Final = re.compile(
    r"""
      \bxox[a-z](?:\.xox[a-z])?-[\w.-]{8,}                # Slack's tokens
    | \bxapp-[\w-]{8,}
    | (?<=hooks\.slack\.com/services/)[\w/]+              # its webhooks, which are secrets
    | \bsk-[A-Za-z0-9_-]{16,}                             # Anthropic, OpenAI
    | \b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}              # Stripe
    | \b(?:gh[opusr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}) # GitHub
    | \bglpat-[\w-]{16,}                                  # GitLab
    | \bnpm_[A-Za-z0-9]{20,}
    | \bpypi-[\w-]{20,}
    | \bhf_[A-Za-z0-9]{20,}
    | \bSG\.[\w-]{10,}\.[\w-]{10,}                        # SendGrid
    | \bAIza[\w-]{30,}                                    # Google
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                       # AWS
    | \bey[JI][\w-]{5,}\.ey[JI][\w-]{5,}\.[\w-]*          # JSON Web Tokens
    | (?<=-----)BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?=-----END|\Z)
    | (?i:(?<=bearer\ )[\w.~+/-]{8,}=*)
    | (?i:(?<=basic\ )[A-Za-z0-9+/]{8,}=*)
    | (?<=://)[^\s/?\#@]*:[^\s/?\#@]+(?=@)                # user and password in an address
    """,
    re.VERBOSE | re.DOTALL,
)
# A word that says so, and what it is given: "token=…", "password: …", "?api_key=…".
_GIVEN: Final = re.compile(
    r"""(?ix)
    \b((?:[a-z0-9]+[_-])* (?:password|passwd|passphrase|pwd|secret|token|api[_-]?key))
    (["']?\s*[=:]\s*["']?)
    (?!•)[^\s"'&,;]+
    """
)


def says_secret(name: str) -> bool:
    """Whether a parameter's or argument's name says that its value is a secret."""
    return any(word.lower().removesuffix("s") in _SAYS_SO for word in _WORDS.findall(name))


def secret_values(values: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a run's parameters whose names say that they are secrets, longest first."""
    found = {value for name, value in values.items() if value and says_secret(name)}
    return tuple(sorted(found, key=len, reverse=True))


def redacted_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without anything that looks like a credential."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return _GIVEN.sub(rf"\1\2{HIDDEN}", _SHAPES.sub(HIDDEN, text))


def redacted(
    arguments: Mapping[str, JsonValue], secrets: Iterable[str] = ()
) -> dict[str, JsonValue]:
    """The arguments by name, at any depth, with what is secret replaced by `HIDDEN`.

    Idempotent. `secrets` are texts that are left out wherever they occur.
    """
    left_out = tuple(secrets)
    return {
        redacted_text(name, left_out): HIDDEN
        if says_secret(name) and value not in (None, "", [], {})
        else _redacted(value, left_out)
        for name, value in arguments.items()
    }


def _redacted(value: JsonValue, secrets: tuple[str, ...]) -> JsonValue:
    match value:
        case str():
            return HIDDEN if value in secrets else redacted_text(value, secrets)
        case list():
            return [_redacted(inner, secrets) for inner in value]
        case dict():
            return redacted(value, secrets)
        case _:
            return value


def redacted_values(values: Mapping[str, str]) -> dict[str, str]:
    """A run's parameter values as they may be shown in a record."""
    secrets = secret_values(values)
    return {
        name: HIDDEN if value in secrets else redacted_text(value, secrets)
        for name, value in values.items()
    }


def recordable(run: Run, event: Event) -> Event:
    """The event as it goes into the record of this run."""
    secrets = secret_values(run.values)
    detail = redacted_text(event.detail, secrets)
    arguments = redacted(event.arguments, secrets)
    if detail == event.detail and arguments == event.arguments:
        return event
    return event.model_copy(update={"detail": detail, "arguments": arguments})
