"""What people say to Runbot before they know its words: a greeting, thanks, "how do I …"."""

from __future__ import annotations

import re
from typing import Final

from runbot.surfaces.slack import commands
from runbot.surfaces.slack.commands import Request, Word
from runbot.surfaces.slack.views import lists, text

_ENDING: Final = r"(?:[\s,]+(?:there|all|everyone|runbot|please|now|again|today))*"


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern}){_ENDING}", re.IGNORECASE)


_HELLO: Final = _whole(r"hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)")
_THANKS: Final = _whole(
    r"(?:ok,? )?(?:many )?(?:thanks|thank you|thx|cheers)(?: (?:a lot|so much|very much|you))?"
)
_ABILITIES: Final = _whole(
    r"(?:what|who) (?:can|do|are) you(?: do)?(?: for (?:me|us))?|what (?:is|does) runbot(?: do)?"
    r"|how (?:do you|does (?:this|it|runbot)) work|how do i (?:start|begin|use (?:this|you|runbot))"
)
_GOING_ON: Final = _whole(
    r"(?:what(?:['’]s| is| runs are)?|which runs? (?:is|are)|is (?:any|some)thing|are any runs)"
    r" (?:currently )?(?:running|going on)(?: right)?"
)
_RUNBOOKS: Final = _whole(r"(?:what|which) runbooks (?:are there|exist|do (?:we|you) have)")
_HOW: Final = re.compile(
    r"how (?:do|can|should|would) (?:i|we|you|one) (?P<verb>\w+)\b\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


def meant(words: str, *, before: str) -> Request | str | None:
    """The request that these words amount to, or what to answer; None where neither.

    `before` stands before a word where the person is: "/runbook " after the command.
    """
    said = re.sub(r"\s+", " ", words).strip(" .,!?:)(")
    if _ABILITIES.fullmatch(said):
        return Request(Word.HELP)
    if _GOING_ON.fullmatch(said):
        return Request(Word.STATUS)
    if _RUNBOOKS.fullmatch(said):
        return Request(Word.LIST)
    if _HELLO.fullmatch(said):
        return (
            "Hello. I write, review and run runbooks with you: "
            f"say `{before}help` for what I understand."
        )
    if _THANKS.fullmatch(said):
        return f"You're welcome. `{before}status` shows the runs that are going on."
    return _how(said, before)


def _how(said: str, before: str) -> str | None:
    found = _HOW.fullmatch(said)
    word = commands.word(found["verb"]) if found else None
    if found is None or word is None:
        return None
    entry = commands.entry_of(word)
    name = commands.reference(found["rest"])
    explained = lists.word_said(entry, before=before)
    if not name or entry.word is Word.CREATE:
        return explained
    return f"Say `{before}{word.value} {text.line(name, 80)}`.\n{explained}"
