"""What the wording of one step gives away: several instructions in one, a condition, data flow.

Quoted text, code and addresses are what a step works with, not what it says: none of
these looks into them. A doubt counts as nothing found, so that findings stay few.
"""

from __future__ import annotations

import re
from typing import Final

from runbot.domain.verbs import CLEAR, GERUNDS, PARTICIPLES, THIRD_PERSONS, VERBS

_QUOTED: Final = re.compile(
    r"\"[^\"\n]*\"|“[^“”\n]*”|‘[^‘’\n]*’|(?<!\w)'[^'\n]+'(?!\w)|`[^`\n]*`|\{\{[^{}\n]*\}\}"
    r"|https?://\S+|<[#@!][^<>\n]*>"
)
_WORD: Final = re.compile(r"[A-Za-z][\w'’-]*")
_OBJECT_NEXT: Final = re.compile(
    r"\s+(?:an?|the|all|any|each|every|both|it|its|them|their|that|this|these|those|whether|if|for"
    r"|to|out|up|down|back|off|on|into|from|with|our|your|my|\d+|q{3,})(?![\w-])"
    r"|\s+[#@/]|\s+\S*[_/@]\S+",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"\s*,?\s+(?:and|&)\s+(?:then\s+|also\s+|finally\s+)?|\s*,\s+(?=\w)")
_SEQUENCE: Final = re.compile(
    r"[,;.]?\s+and\s+then\s+\w|[,;.]\s+then\s+\w|\bfirst\b.+?[,;.]?\s\bthen\b"
    r"|[,;.]\s+(?:after that|afterwards|finally|next),?\s+\w",
    re.IGNORECASE | re.DOTALL,
)
_THEN: Final = re.compile(r"\s(?:and\s+)?then\s+(?=\w)", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.;!])\s+|\n(?:-\s+)?")
_CONDITION: Final = re.compile(
    r"\b(if|unless|otherwise|else|in case|depending on|as long as|should it|either|when|whenever"
    r"|while|once)\b",
    re.IGNORECASE,
)
_LOOP: Final = re.compile(
    r"\b(until|for each|for every|for all|repeat(?:edly)?|repeat|each of|one by one|keep \w+ing"
    r"|as often as|again)\b",
    re.IGNORECASE,
)
_NEGATION: Final = re.compile(
    r"\b(not|never|no longer|cannot|without|nor)\b|n['’]t\b", re.IGNORECASE
)
_VALUE: Final = (
    r"(?:outputs?|results?|responses?|ids?|identifiers?|values?|numbers?|lists?|tokens?|urls?"
    r"|links?|names?|files?|data|keys?|addresses|address|hash|version|counts?|findings|answer)"
)
_EARLIER: Final = (
    r"(?:step\s+#?\d+|(?:the\s+)?(?:previous|prior|preceding|last|earlier|first)\s+step)"
)
_FLOW: Final = re.compile(
    rf"\b{_VALUE}\s+(?:\w+\s+)?(?:of|from|in|by|at|during)\s+{_EARLIER}"
    rf"|\b{_EARLIER}['’]s\b"
    rf"|\b(?:previous|earlier)\s+{_VALUE}\b"
    rf"|\b{_VALUE}\s+(?:from\s+)?(?:above|(?:you\s+)?(?:noted|found|obtained|returned|collected"
    r"|recorded|copied|saved)\s+(?:above|earlier|before|previously))\b"
    r"|\bfrom\s+above\b"
    r"|\b(?:use|using|with|take|copy|paste|email|send|post|save|store|share|attach|analy[sz]e)\s+"
    r"(?:the|that|this|its|those|these)\s+(?:results?|outputs?|response)\b"
    r"(?!\s+(?:of|from|in|folder|file|page|queue|channel))"
    rf"|\b(?:from|in|by|during|of)\s+{_EARLIER}\b"
    rf"|\b(?:as|was|were)\s+(?:\w+\s+)?(?:noted|found|returned|created|saved)\s+in\s+{_EARLIER}",
    re.IGNORECASE,
)
_JUMP: Final = re.compile(
    r"\b(?:go\s+(?:back\s+)?to|skip\s+to|jump\s+to|return\s+to|repeat|redo|continue\s+(?:with|at|from))"
    r"\s+(?:the\s+)?steps?\s+#?\d+",
    re.IGNORECASE,
)
_VAGUE: Final = re.compile(
    r"\b(?:handle|deal\s+with|take\s+care\s+of|sort\s+out|fix|resolve|address|solve|look\s+into"
    r"|do\s+something\s+about|work\s+on|manage|attend\s+to)\s+"
    r"(?:the|any|this|that|all|all\s+the|every|it)?\s*"
    r"(?:problems?|issues?|situations?|errors?|things?|matters?|everything|stuff|rest|mess)?"
    r"(?=\s*(?:$|[.!;]|as\s|accordingly|appropriately|properly|somehow))"
    r"|\bas\s+(?:needed|necessary|appropriate|required|usual|you\s+see\s+fit)\b"
    r"|\b(?:if|where|when)\s+(?:needed|necessary|appropriate|required|possible)\b"
    r"|\b(?:appropriately|accordingly|somehow|and\s+so\s+on|and\s+so\s+forth)\b|\betc\b"
    r"|\b(?:do|use)\s+(?:what(?:ever)?\s+(?:is|['’]s)|the)\s+(?:needed|necessary|needful|usual)\b"
    r"|\bdo\s+(?:something|things|stuff|the\s+(?:right|usual)\s+thing)\b"
    r"|\b(?:the\s+)?usual\s+(?:checks?|things?|steps?|way|stuff|procedure)\b"
    r"|\bappropriate\s+(?:actions?|steps?|measures?|people|person|team)\b"
    r"|\bmake\s+sure\s+(?:that\s+)?(?:everything|all|it|things)\s+(?:is|are|['’]s|works?|looks?)"
    r"(?:\s+(?:ok|okay|good|fine|well|working|right))?(?=\s*(?:$|[.!;]))",
    re.IGNORECASE,
)
_INFORMED: Final = r"(?:notified|informed|told|paged|contacted|alerted|updated|aware|warned|called)"
_UNOWNED: Final = re.compile(
    r"\b(?:someone|somebody|anyone|anybody|one\s+of\s+us|whoever)\b"
    rf"|\b(?:make\s+sure|ensure|see\s+to\s+it)\s+(?:that\s+)?[\w -]+?\b(?:is|are|gets?|has\s+been"
    rf"|have\s+been)\s+{_INFORMED}\b",
    re.IGNORECASE,
)
_PASSIVE: Final = re.compile(
    r"(?P<what>(?:the|an?|all|any|our|each|every|both|these|those|this|that)\s+[\w' /-]+?|[\w-]+)"
    r"\s+(?:should|must|needs?\s+to|ha(?:s|ve)\s+to|(?:is|are)\s+to|will|shall|ought\s+to)\s+be\s+"
    r"(?P<how>\w+)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TOLD: Final = re.compile(
    r"(?:you|we|one|please\s+note\s+that\s+you)\s+(?:should|must|need\s+to|have\s+to|will|shall|can"
    r"|could|might|may\s+want\s+to)\s+(?:then\s+|now\s+|also\s+)?(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECT: Final = re.compile(
    r"(?:the|an?|our)\s+(?:[\w-]+\s+){1,4}?(?P<verb>\w+s)\s+(?P<rest>(?:an?|the|all|any|each|every"
    r"|that|it|them)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUESTION: Final = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|can|could|should|will|would|what|which|who|how|why"
    r"|where)\b[^?]*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LEAD: Final = re.compile(
    r"(?:please|kindly|(?:could|can|would|will)\s+you|now|also|next|then|finally"
    r"|manually|immediately|quickly|carefully|<[@][^<>]*>[,:]?|\(optional\)|optional:)[,:]?\s+",
    re.IGNORECASE,
)
_WIDEST_GAP: Final = 4
_GAP: Final = re.compile(rf"\s{{{_WIDEST_GAP + 1},}}")
# What follows is said to somebody; quotes, markup and addresses are blotted out by then.
_MESSAGE: Final = re.compile(
    rf"(?:{_LEAD.pattern})*+(?:post|write|send|say|announce|share|publish|put|drop|message|tell|notify"
    r"|inform|update|alert|e-?mail|mail|let)\b[^:\n]{0,300}?"
    r"(?:#[\w.-]*\w|q{4}|[\w.+-]+@[\w.-]*\w|\b(?:slack|channel|slack_post|send_email|message|know))"
    r"\s*:\s+(?P<words>\S.*)\Z",
    re.IGNORECASE | re.DOTALL,
)


def calm(text: str) -> str:
    """The text without gaps that nobody writes, and that patterns take long to cross."""
    return _GAP.sub(lambda gap: gap[0][:_WIDEST_GAP], text)


def _blotted(text: str) -> str:
    return _QUOTED.sub(lambda found: "q" * len(found[0]), text)


def message(text: str) -> tuple[int, int] | None:
    """Where the words of "Post to #ops: …" begin and end, or None."""
    found = _MESSAGE.match(_blotted(text))
    return found.span("words") if found else None


def masked(text: str) -> str:
    """The text, as long as before, with what isn't its own words blotted out.

    That is quotes, code, addresses, names in markup, and the words of a message.
    """
    clean = _blotted(text)
    if (words := message(text)) is None:
        return clean
    start, end = words
    return clean[:start] + "q" * (end - start) + clean[end:]


def said(text: str) -> str:
    """The instruction without words such as "please" before its verb."""
    while (found := _LEAD.match(text)) is not None:
        text = text[found.end() :]
    return text


def _instructs(text: str) -> bool:
    """Whether a clause begins with a verb that tells somebody to do something."""
    found = _WORD.match(said(text))
    if not found:
        return False
    word, rest = found[0].lower(), said(text)[found.end() :]
    if word in CLEAR:
        return bool(rest.strip(" .,;!"))
    return word in VERBS and _OBJECT_NEXT.match(rest) is not None


def compound(text: str) -> bool:
    """Whether it holds more than one instruction: "first A, then B", "do A and do B"."""
    clean = masked(text)
    if _CONDITION.match(clean):
        return False
    if _SEQUENCE.search(_blotted(text)) and not _CONDITION.search(clean):
        return True
    if (words := message(text)) and any(map(_instructs, _SENTENCE.split(text[words[0] :])[1:])):
        return True  # whether the message goes on after a full stop can't be told
    if any(_instructs(clean[found.end() :]) for found in _THEN.finditer(clean)):
        return True
    sentences = [part for part in _SENTENCE.split(clean) if part.strip()]
    if sum(_instructs(part) or begins(part) for part in sentences) > 1:
        return True
    return any(_joined(sentence) for sentence in sentences)


def begins(text: str) -> bool:
    """Whether the text begins with a verb, which may be a noun too."""
    found = _WORD.match(said(text))
    return found is not None and found[0].lower() in VERBS


def _joined(sentence: str) -> bool:
    if not begins(sentence):
        return False
    for joint in _JOINT.finditer(sentence):
        before = _WORD.findall(sentence[: joint.start()])
        after = sentence[joint.end() :]
        if joint[0].strip() == ",":  # "do A, do B and do C": the "and" will tell
            continue
        # "start and enable", "to review and approve": one instruction with two verbs
        if len(before) > 1 and before[-1].lower() not in VERBS and _instructs(after):
            return not _subordinate(sentence[: joint.start()])
    return False


def _subordinate(before: str) -> bool:
    """Whether what is joined hangs on another verb: "ask Ben to stop writes and tell …"."""
    return (
        re.search(
            r"\b(?:how|whether|who|which|whose)\b|\b(?:ask|tell|remind)\s+\S+\s+to\b",
            before,
            re.IGNORECASE,
        )
        is not None
    )


def condition(text: str) -> str | None:
    """The word that makes it depend on something ("if"), or None."""
    found = _CONDITION.search(masked(text))
    return found[1].lower() if found else None


def loop(text: str) -> str | None:
    """The word that makes it go on or come again ("until"), or None."""
    found = _LOOP.search(masked(text))
    return found[1].lower() if found else None


def negation(text: str) -> str | None:
    """The word that makes it say what isn't or must not be, or None."""
    found = _NEGATION.search(masked(text))
    return found[0].lower() if found else None


def flow(text: str) -> str | None:
    """The words by which it needs another step's output, or None."""
    found = _FLOW.search(masked(text))
    return text[found.start() : found.end()] if found else None


def jump(text: str) -> str | None:
    """The words by which it leaves the order of the steps, or None."""
    found = _JUMP.search(masked(text))
    return text[found.start() : found.end()] if found else None


def vague(text: str) -> str | None:
    """The words that leave open what to do, or None."""
    found = _VAGUE.search(masked(text))
    return text[found.start() : found.end()].strip() if found else None


def unowned(text: str) -> str | None:
    """The words that leave open who does it, or None."""
    found = _UNOWNED.search(masked(text))
    return text[found.start() : found.end()].strip() if found else None


def imperative(text: str) -> str | None:
    """The instruction as it should read; "" where it isn't one and can't be turned, or None."""
    text = said(text.strip())
    if (told := _TOLD.match(text)) and begins(told["rest"]):
        return _capital(told["rest"])
    if _QUESTION.match(text):
        return ""
    if passive := _PASSIVE.match(text):
        return _active(passive)
    first = _WORD.match(text)
    if first and (verb := GERUNDS.get(first[0].lower())) and _OBJECT_NEXT.match(text, first.end()):
        return _capital(verb + text[first.end() :])
    if (subject := _SUBJECT.match(masked(text))) and subject["verb"].lower() in THIRD_PERSONS:
        rest = text[subject.start("rest") : subject.end("rest")]
        return _capital(f"{THIRD_PERSONS[subject['verb'].lower()]} {rest}")
    return None


def _active(passive: re.Match[str]) -> str | None:
    what, rest = passive["what"], passive["rest"]
    if re.search(r"\b(?:that|which|whether|if|when)\b", what) or begins(what):
        return None
    verb = PARTICIPLES.get(passive["how"].lower())
    if verb is None or re.match(r"\s*(?:and|or|,)\b", rest) or re.search(r"\bby\b", rest):
        return ""
    what = what if re.match(r"[A-Z][a-z]*[A-Z]|[A-Z]{2}", what) else what[:1].lower() + what[1:]
    return f"{verb.capitalize()} {what}{rest}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
