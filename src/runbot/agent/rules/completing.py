"""A request whose name or steps were asked for, completed by what was answered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from runbot.agent.rules.authoring import (
    Request,
    Unclear,
    Words,
    is_create_request,
    read_request,
    settled,
    steps_of,
)
from runbot.agent.rules.markup import plain, ungrouped
from runbot.agent.rules.sections import Sections, sections
from runbot.agent.rules.steps import uncapped
from runbot.domain.errors import InvalidInput

_LEAD: Final = re.compile(
    r"\s*(?:<@[UW][A-Z0-9]+(?:\|[^<>\n]*)?>[,:]?\s*|(?:please|ok|okay|sure|hm+|well)[,:.]?\s+)*"
    r"(?:(?:let'?s\s+)?(?:call|name|title)\s+it|(?:it'?s|it\s+is|it\s+should\s+be|it\s+will\s+be|the)"
    r"\s+(?:called|named|name\s*(?:is|:|=|should\s+be))|(?:its|the)\s+name\s+is|as|called|named"
    r"|name\s*(?::|=|is))?\s*[:=]?\s*(?=\S)",
    re.IGNORECASE,
)
_STEPS: Final = re.compile(
    r"\s*(?:<@[UW][A-Z0-9]+(?:\|[^<>\n]*)?>[,:]?\s*)*(?:(?:the|its|these|here\s+are\s+the)\s+)?"
    r"(?:steps?\b(?:\s+(?:is|are))?\s*:?)?\s*",
    re.IGNORECASE,
)
_AFTERWARDS: Final = re.compile(r"[\s,]+(?:please|thanks|thank\s+you|then)[.!\s]*$", re.IGNORECASE)
_NO_NAME: Final = re.compile(
    r"(?:cancel|never\s?mind|forget\s+(?:it|about\s+it)|no|nope|stop|nothing|none|help|thanks|thank\s+you"
    r"|yes|ok|okay|sure|hi|hello|wait|later|not\s+now|i\s+don['’]?t\s+know|any(?:thing)?)[.!\s]*",
    re.IGNORECASE,
)
_MAX_WORDS: Final = 8


def complete(request_text: str, *answers: str) -> Request | Unclear:
    """What `request_text` asks for, with what was answered to each question since, in order.

    An answer that says it all anew takes the place of what was there. One that fits
    nothing leaves the question open. Raises `InvalidInput` where the last answer breaks a
    limit; earlier ones that did were refused when they were given, and count for nothing.
    """
    read = read_request(request_text)
    for number, answer in enumerate(answers, 1):
        if isinstance(read, Request):
            return read
        try:
            read = _answered(read, answer)
        except InvalidInput:
            if number == len(answers):
                raise
    return read


def _answered(asked: Unclear, answer: str) -> Request | Unclear:
    if is_create_request(answer):
        return read_request(answer)
    draft = asked.draft
    read = read_request(answer)
    if asked.wants == "name" and isinstance(read, Unclear):
        return _with(draft, _name(answer), draft.instructions)
    if asked.wants == "steps":
        parts = sections(plain(answer, groups=True))
        said = uncapped(ungrouped(parts.rest))
        led = _STEPS.match(said)
        body = said[led.end() if led else 0 :]
        return _with(_also(draft, parts), draft.name, steps_of(body), body)
    found = read if isinstance(read, Request) else read.draft
    name = found.name or (None if found.instructions else _name(answer))
    more = replace(
        draft,
        description=found.description or draft.description,
        parameters=(*draft.parameters, *found.parameters),
        settings=found.settings or draft.settings,
        cleanup=found.cleanup or draft.cleanup,
    )
    return _with(more, name, found.instructions)


def _also(draft: Request, parts: Sections) -> Request:
    cleanup = steps_of(ungrouped(parts.cleanup), one=True)
    return replace(
        draft,
        settings=parts.settings or draft.settings,
        cleanup=cleanup or draft.cleanup,
    )


def _name(answer: str) -> str | None:
    said = plain(answer)
    led = _LEAD.match(said)
    bare = _AFTERWARDS.sub("", said[led.end() if led else 0 :].strip()).strip("*_`\"'“”‘’. \t")
    named = not _NO_NAME.fullmatch(bare) and len(bare.split()) <= _MAX_WORDS
    return bare if bare and named and not re.search(r"[\n?]", bare) else None


def _with(
    draft: Request, name: str | None, steps: tuple[str, ...], body: str = ""
) -> Request | Unclear:
    words = Words("", body, draft.settings, draft.cleanup)
    return settled(name, draft.description, draft.parameters, steps, words)
