"""What a step's words say about the tool that does it: one reader per tool.

A reader gives a `Call` where the tool is named or unmistakable, a `Doubt` where it is
meant but the rules can't be sure of what it has to do, and None where it isn't meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from runbot.agent.rules.calls import Arguments, Call, Doubt, Reading
from runbot.agent.rules.fetching import web_fetch
from runbot.agent.rules.literals import (
    STATUS_UPDATE,
    Words,
    bare,
    emails,
    noun_slug,
    page_slug,
    quoted,
    urls,
)
from runbot.agent.rules.markup import CHANNEL
from runbot.domain.parameters import PLACEHOLDER, ParameterType
from runbot.domain.runbook import AnswerKind
from runbot.tools.data_store import TEXT_PREFIX
from runbot.tools.wait import SPOKEN, duration, moment

_MAIL: Final = re.compile(
    r"\b(?:send|write|forward|shoot|drop)\s+(?:(?:an?|the|another)\s+)?(?:[\w-]+\s+){0,3}?e-?mails?\b"
    r"|^e-?mail\s+|\b(?:by|via|per)\s+e-?mail\b|^mail\s+(?=\S+@|\{\{)",
    re.IGNORECASE,
)
_RECIPIENT: Final = re.compile(
    r"\b(?:to|e-?mail|page|notify|tell|inform|alert|at|mail)\s+(\{\{\s*[\w.]+\s*\}\})",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"\b(?:subject|titled|title|heading)\b(?:\s+line)?\s*(?:[:=]|of|is)?\s*$", re.IGNORECASE
)
_VIA: Final = re.compile(
    r"\s*[,(]?\s*\b(?:via|using|with|through|by)\s+(?:the\s+)?`?(?:send_email|e-?mail)`?"
    r"(?:\s+tool)?\)?",
    re.IGNORECASE,
)


_BARE: Final = re.compile(  # nothing to say: the tool's own text tells which run asks
    r"^(?:please\s+)?(?:send\s+(?:an?\s+)?e-?mails?\s+to|e-?mail|mail)\s+"
    r"(?:(?:[^\s@,]+@[^\s@,]+|\{\{[^{}]*\}\}|and\b|,)\s*+)++[.\s]*$",
    re.IGNORECASE,
)
_THING: Final = re.compile(
    r"^(?:please\s+)?(?:e-?mail|send|forward|mail)\s+(?P<thing>(?:the|an?|all|this|our)\s+.+?)\s+to\s+"
    r"(?=\S+@|q{4}|the\s)",
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"\be-?mails?\b|\bmessage\b", re.IGNORECASE)
_SAYS: Final = re.compile(
    r"^(?:send\s+an?\s+e-?mail\s+to|e-?mail|mail)\s+.+?\s+(?:that|saying(?:\s+that)?:?)\s+"
    r"(?P<text>.+)$",
    re.IGNORECASE | re.DOTALL,
)


# "reply by email" at the end of what is said belongs to it; the tool's own name doesn't.
_BY_TOOL: Final = re.compile(
    r"\s+(?:via|using|with|through|by)\s+(?:the\s+)?`?send_email`?(?:\s+tool)?\.?$", re.IGNORECASE
)
_ASKS: Final = "Run {{run.number}} asks: "
_LONGEST_SUBJECT: Final = 120  # more than any mail program shows of one


def send_email(words: Words) -> Reading:
    """Addresses of the text; the text's own quotes as subject and body."""
    if not (words.names("send_email") or _MAIL.search(words.clean)):
        return None
    if (sent := _THING.match(words.clean)) and not _LETTER.search(sent["thing"]):
        thing = words.text[sent.start("thing") : sent.end("thing")]
        return Doubt(f'send_email can write words, and "{thing}" has to be found first')
    arguments = Arguments(words)
    literal = ", ".join(dict.fromkeys(emails(words.addressed)))
    named = _RECIPIENT.search(words.text)
    to = literal or (named[1] if named else None) or words.mentioned(ParameterType.EMAIL)
    if not to and "to" not in words.answers:
        to = words.meant(ParameterType.EMAIL)
    arguments.take("to", to, AnswerKind.EMAIL, "which address should send_email write to?")
    body = f"{_ASKS}{_sentence(_VIA.sub('', words.text))}"
    if says := _SAYS.match(words.text):
        body = bare(_BY_TOOL.sub("", says["text"]))
    for start, said in quoted(words.addressed):
        if _SUBJECT.search(words.text[:start]):
            arguments.given["subject"] = said
        else:
            body = said
    body = words.message or body
    if not _BARE.match(words.text):
        arguments.given.setdefault("subject", _subject(words, body))
        arguments.given["body"] = body
    return arguments.call()


def _subject(words: Words, body: str) -> str:
    """One line that tells the mail's gist; a parameter may hold more than one line."""
    gist = _VIA.sub("", words.text) if body.startswith(_ASKS) else body
    if PLACEHOLDER.search(gist) or len(gist) > _LONGEST_SUBJECT or "\n" in gist.strip():
        return f"Run {{{{run.number}}}}, step {words.number}"
    return f"Run {{{{run.number}}}}: {gist.strip().rstrip('.')}"


def _sentence(text: str) -> str:
    """The text with a full stop, where nothing ends it yet."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


_POST: Final = re.compile(
    r"\b(?:post|send|write|share|announce|publish|say|drop|put)\b.*?"
    r"\b(?:to|in|into|on|at)\s+(?:the\s+)?(?:channel\s+)?(?:q{4,}|#[\w.-]+)"
    r"|\b(?:notify|tell|message|inform|alert|update|let)\s+(?:the\s+)?(?:channel\s+)?#[\w.-]+"
    r"|^(?:please\s+)?(?:post|announce)\b.*\b(?:on|in|to)\s+Slack\b",
    re.IGNORECASE | re.DOTALL,
)
_SAYING: Final = re.compile(
    r"(?:\b(?:tell|notify|inform|let)\s+(?:the\s+)?(?:channel\s+)?\S+\s+(?:know\s+)?that"
    r"|\bsaying(?:\s+that)?:?|\bto\s+say\s+that)\s+(?P<text>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_GREETING: Final = re.compile(
    r"^(?:post|say|send|write)\s+(?P<text>(?:hello|hi|hey|good\s+(?:morning|afternoon|evening)"
    r"|thanks|thank\s+you)(?:,?\s+[\w!]+){0,3}?)\s+(?:to|in|on)\s+(?=<#|#|\{\{)",
    re.IGNORECASE,
)
# As it is typed, and as Slack writes it. Whoever says it in a step wants people notified.
_EVERYBODY: Final = re.compile(
    r"(?:<!|(?<![\w@.<])@)(channel|here|everyone)(?:(?:\|[^<>\n]*)?>|\b(?![\w.@-]))", re.IGNORECASE
)


def slack_post(words: Words) -> Reading:
    """One channel, and the words to post: quoted ones, or a status update."""
    channels = [found[0] for found in CHANNEL.finditer(words.unquoted)]
    declared = words.mentioned(ParameterType.CHANNEL)
    spoken = _POST.search(words.markless)
    named = words.names("slack_post")
    if not (named or (spoken and (channels or declared or _ON_SLACK.search(words.clean)))):
        return None
    if len(set(channels)) > 1:
        return Doubt("it names more than one channel: make each of them a step")
    arguments = Arguments(words)
    arguments.take(
        "channel",
        channels[0] if channels else declared,
        AnswerKind.CHANNEL,
        "which channel should it be posted to? (for example #incidents)",
    )
    status = STATUS_UPDATE.search(words.clean)
    text = words.message or _posted(words.text)
    if status:
        arguments.given["text"] = text or words.answers.get("text") or "Status update"
        arguments.given["status"] = True
    else:
        arguments.take("text", text, AnswerKind.TEXT, "what should the message say?")
    said = str(arguments.given.get("text", ""))
    if _EVERYBODY.search(said):
        arguments.given["text"] = _EVERYBODY.sub(lambda found: f"<!{found[1].lower()}>", said)
        arguments.given["mention"] = True
    return arguments.call()


def _posted(text: str) -> str | None:
    """The words to post: quoted ones, what follows "saying" or "that", or a greeting."""
    saying = _SAYING.search(text)
    before = text[: saying.start("text")] if saying else text
    texts = [said for _, said in quoted(before)]
    if texts or saying:
        return "\n".join([*texts, *([bare(saying["text"])] if saying else [])])
    greeting = _GREETING.match(text)
    return greeting["text"] if greeting else None


_ON_SLACK: Final = re.compile(r"\b(?:on|in|to|via)\s+Slack\b", re.IGNORECASE)
_STORE: Final = re.compile(
    r"\b(?:snapshot|save|store|put|upload|copy|archive|record|keep|write|capture|dump|back\s+up|add"
    r"|place|collect)\b\s+(?P<noun>.+?)\s+(?:to|in|into|on|at|via|using)\s+(?:the\s+|our\s+)?"
    r"(?:`?data_store`?|data\s?-?store)\b",
    re.IGNORECASE | re.DOTALL,
)
_GET: Final = re.compile(
    r"\b(?P<verb>list|show|get|read|load|retrieve)\b(?P<noun>.*?)\b(?:from|in|of)\s+(?:the\s+)?"
    r"(?:`?data_store`?|data\s?-?store)\b",
    re.IGNORECASE | re.DOTALL,
)
_AS: Final = re.compile(r"\b(?:as|named|called|under(?:\s+the\s+name)?)\s+$", re.IGNORECASE)
_AS_BARE: Final = re.compile(
    r"\b(?:as|named|called|under(?:\s+the\s+name)?)\s+"
    r"(?!(?:an?|the|it|is|soon|well|usual|needed|possible|plain|text|json|csv|html|xml|yaml|pdf)\b)"
    r"(?P<name>(?:\w|\{\{)[\w.{}-]*)(?=\s*$|\s+(?:to|in|into|on|at|from|using|via)\b)",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"(?<![\w/:}.])/(?:[\w.-]+/)+[\w.-]*\w")


def data_store(words: Words) -> Reading:
    """Put what the noun says under the noun's name; where it comes from is never made up."""
    stored = _STORE.search(words.clean)
    taken = None if stored else _GET.search(words.clean)
    if not (stored or taken or words.names("data_store")):
        return None
    arguments = Arguments(words)
    names = [said for start, said in quoted(words.text) if _AS.search(words.text[:start])]
    names += [found["name"].rstrip(".") for found in _AS_BARE.finditer(words.unquoted)]
    if taken:
        if taken["verb"].lower() in {"list", "show"}:
            return Call({"action": "list"})
        names = names or [said for _, said in quoted(words.text)]
        arguments.given["action"] = "get"
        arguments.take("name", names[0] if names else None, AnswerKind.TEXT, _WHICH_NAME)
        return arguments.call()
    if len(urls(words.text)) > 1:
        return Doubt("it names more than one address: make each of them a step")
    noun = words.text[stored.start("noun") : stored.end("noun")] if stored else ""
    name = names[0] if names else (noun_slug(noun) or page_slug(urls(words.text)))
    arguments.given["action"] = "put"
    arguments.take("name", name, AnswerKind.TEXT, "under which name should it be saved?")
    file = _FILE.search(words.clean)
    found = urls(words.text) or ([file[0]] if file else [])
    source = found[0] if found else words.mentioned(ParameterType.URL) or _own_text(noun)
    what = noun.strip() if noun and len(noun) <= 60 and not found else "content"  # noqa: PLR2004 - a line's worth
    what = what if re.match(r"(?:the|all|our|every)\b", what, re.IGNORECASE) else f"the {what}"
    arguments.take(
        "source",
        source,
        AnswerKind.SOURCE,
        f"where {'do' if what.endswith('s') else 'does'} {what} come from? "
        "(an address, for example https://logs.example.com/db.log, or text: and the words)",
    )
    return arguments.call()


def _own_text(noun: str) -> str | None:
    """What a person wants kept word for word, in quotes; a quote within a noun names something."""
    kept = _KEPT.sub("", noun.strip())
    own = bare(kept)
    return f"{TEXT_PREFIX}{own}" if quoted(kept) and own != kept else None


_KEPT: Final = re.compile(
    r"^(?:(?:the|an?)\s+)?(?:text|words?|note|message|line|sentence)\s*:?\s+", re.IGNORECASE
)
_WHICH_NAME: Final = "under which name was it saved?"
_WAIT: Final = re.compile(
    r"^(?:please\s+)?(?:wait|pause|sleep|hold\s+on)\b\s*(?:for\s+)?(?:about\s+|another\s+(?=\d))?"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_LASTING: Final = re.compile(
    r"(?P<time>(?:\d+(?:\.\d+)?\s*[a-z]+(?:\s*,\s*|\s+and\s+|\s*)?)+?|PT?\d\w*|\{\{\s*\w+\s*\}\}"
    rf"|{SPOKEN})"
    r"(?P<unit>\s+(?:seconds?|minutes?|hours?|days?))?"
    r"(?:\s+(?:for|so\s+that|to\s+let|to\s+allow|before|between|after)\b.*)?[.\s]*$",
    re.IGNORECASE | re.DOTALL,
)
_SOME: Final = re.compile(
    r"(?:a\s+few|some|several|a\s+couple\s+of)\s+(?:seconds|minutes|hours|days)\b|a\s+(?:while|moment|bit)\b",
    re.IGNORECASE,
)


def wait(words: Words) -> Reading:
    """A duration or a time; "until the pods are ready" is for a person to see."""
    if not (found := _WAIT.match(words.text)):
        return None
    rest = found["rest"].strip()
    arguments = Arguments(words)
    if until := re.match(r"until\s+(?P<time>.+?)[.\s]*$", rest, re.IGNORECASE | re.DOTALL):
        return _until(until["time"], arguments)
    if lasting := _LASTING.match(rest):
        time = lasting["time"].strip() + (lasting["unit"] or "")
        if time.startswith("{{") or _readable(duration, time):
            arguments.given["duration"] = time
            return arguments.call()
    if _SOME.match(rest) or not rest.strip(" ."):
        arguments.take("duration", None, AnswerKind.DURATION, "how long? (for example 10 minutes)")
        return arguments.call()
    return Doubt("what it waits for is for a person to see")


def _until(time: str, arguments: Arguments) -> Reading:
    if re.fullmatch(r"\{\{\s*\w+\s*\}\}", time) or _readable(_moment, time):
        arguments.given["until"] = time
        return arguments.call()
    return Doubt("what it waits for is for a person to see")


def _moment(text: str) -> datetime:
    return moment(text, datetime(2000, 1, 1, tzinfo=UTC))  # only whether it can be read matters


def _readable(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


READERS: Final[Mapping[str, Callable[[Words], Reading]]] = MappingProxyType(
    {
        "send_email": send_email,
        "web_fetch": web_fetch,
        "slack_post": slack_post,
        "data_store": data_store,
        "wait": wait,
    }
)
