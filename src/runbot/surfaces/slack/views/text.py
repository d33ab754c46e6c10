"""Text for Slack: what comes from outside is data, and can neither format, ping nor hide.

Everything here is measured in the units that Slack counts (UTF-16), after escaping.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Final

from runbot.domain.access import Actor, ActorKind

SHORTEST: Final = 0.1  # seconds; what takes less is told without a number
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR

_USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{2,}")
_DIRECT_ID: Final = re.compile(r"D[A-Z0-9]{2,}")
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt);|.", re.DOTALL)
_SPACES: Final = re.compile(r"\s+")
# A link's label may say something else than where it leads, so only the address is kept.
_LINK: Final = re.compile(r"<(?:mailto:([^<>|\s]+)|(https?://[^<>|\s]+))(?:\|[^<>]*)?>")
_REFERENCE: Final = re.compile(
    r"<(?:(?:@|!subteam\^)((?<=@)[UW][A-Z0-9]{2,}|(?<=\^)S[A-Z0-9]{2,})|#([CG][A-Z0-9]{2,}))"
    r"(?:\|([^<>]*))?>"
)
# What `_REFERENCE` has let through, once it is escaped. A text can't write this by itself.
_ALLOWED: Final = re.compile(
    r"&lt;(@[UW][A-Z0-9]{2,}|!subteam\^S[A-Z0-9]{2,}|#[CG][A-Z0-9]{2,})&gt;"
)
_SHOUT: Final = re.compile(r"@(?=here\b|channel\b|everyone\b|group\b)", re.IGNORECASE)
# Marks that reorder or hide what follows: overrides, embeddings, isolates, invisible separators.
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_JOINER: Final = "\u2060"
_ISOLATE: Final = ("\u2068", "\u2069")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def weight(text: str) -> int:
    """How long Slack takes a text to be: characters beyond the basic plane count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape(text: str) -> str:
    """The text with `&`, `<` and `>` made literal: no mention, link or date can come of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(text: str) -> str:
    """The text without characters that reorder or hide others; line breaks stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text on one line, so that it can't pretend to be further lines of a message."""
    return _SPACES.sub(" ", clean(text)).strip().replace("```", "`")


def clip(text: str, most: int) -> str:
    """At most so many characters as Slack counts them, an ellipsis last where some are cut.

    An escaped text stays one: no entity is cut in two.
    """
    if weight(text) <= most:
        return text
    kept: list[str] = []
    room = most - 1
    for found in _ENTITY.finditer(text):
        room -= weight(found[0])
        if room < 0:
            break
        kept.append(found[0])
    return "".join(kept).rstrip() + "…" if most > 0 else ""


def plain(text: str, most: int = 3000, *, people: Collection[str] = ()) -> str:
    """Text from outside as mrkdwn that shows it: escaped, harmless, clipped, lines kept.

    Mentions in it are shown and ping nobody, save those of `people`, ids of users and groups
    that the caller vouches for. Channels stay links; a written link becomes its bare address.
    """
    shown = _REFERENCE.sub(lambda found: _reference(found, people), clean(text))
    shown = _LINK.sub(lambda found: found[1] or found[2], shown)
    shown = _ALLOWED.sub(r"<\1>", escape(_SHOUT.sub("@" + _JOINER, shown)))
    return _isolated(shown, most)


def line(text: str, most: int = 300, *, people: Collection[str] = ()) -> str:
    """`plain`, on one line."""
    return plain(one_line(text), most, people=people)


def literal(text: str, most: int) -> str:
    """Text for a plain_text object that shows every character of it, lines kept.

    What would reorder or hide others is shown by its number, so that nothing can be put in
    unseen. Whoever agrees to the text agrees to what they see.
    """
    shown = text.replace("\r\n", "\n")
    return clip(_CONTROLS.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", shown), most)


def label(text: str, most: int) -> str:
    """Text for a plain_text object, where nothing is formatted and nothing needs escaping."""
    return _isolated(one_line(text), most)


def written(text: str, most: int) -> str:
    """A person's own words on one line, with those whom they name shown by name.

    Slack shows a name only as a mention. It notifies nobody who isn't in the channel, and
    whom a person mentions in their own words they meant to mention.
    """
    # A group stays a name: to mention it would call all of its members.
    return line(text, most, people={who for who in people_in(text) if not who.startswith("S")})


def bold(shown: str) -> str:
    """A shown text in bold, or as it is where its own asterisks would break that."""
    return shown if "*" in shown or not shown.strip() else f"*{shown}*"


def _reference(found: re.Match[str], people: Collection[str]) -> str:
    who, room, name = found.groups()
    if room:
        return f"<#{room}>"
    if who not in people:
        return f"@{(name or who).removeprefix('@')}"
    return f"<!subteam^{who}>" if who.startswith("S") else f"<@{who}>"


def _clipped(text: str, most: int) -> str:
    """`clip`, without a reference that was cut in two and would show its raw bracket."""
    cut = clip(text, most)
    opened = cut.rfind("<")
    return cut if opened < 0 or ">" in cut[opened:] else cut[:opened].rstrip() + "…"


def _isolated(text: str, most: int) -> str:
    """Right-to-left text set apart, so that it can't swap places with what surrounds it."""
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return _clipped(text, most)
    parts = _clipped(text, max(most - 2 * (text.count("\n") + 1), 0)).split("\n")
    return "\n".join(part and part.join(_ISOLATE) for part in parts)


def mention(actor: Actor) -> str:
    """Who: a person by a mention, anything else by its name."""
    if actor.kind is ActorKind.PERSON and _USER_ID.fullmatch(actor.id):
        return f"<@{actor.id}>"
    return line(actor.name or actor.id, 80)


def people_in(text: str) -> frozenset[str]:
    """Users and groups whom a text names as Slack writes it, for callers that vouch for it."""
    return frozenset(found[1] for found in _REFERENCE.finditer(text) if found[1])


def settings(said: str, most: int = 600) -> str:
    """Settings as Runbot writes them, on one line: people, groups and channels by their names.

    Slack shows a group's name only as a mention, too.
    """
    return line(said, most, people=people_in(said))


def channel(reference: str) -> str:
    """A channel by its id as a link, by its name as text; a direct message in words.

    Slack draws no link to a direct message, and its bare id tells nobody anything.
    """
    if _CHANNEL_ID.fullmatch(reference):
        return f"<#{reference}>"
    if _DIRECT_ID.fullmatch(reference):
        return "direct message"
    return line(reference, 80)


def link(url: str, text: str) -> str:
    """A link with Runbot's own words; the address must be Runbot's or Slack's."""
    address = url.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return f"<{address}|{line(text, 150).replace('|', '/')}>"


def when(moment: datetime, form: str = "{time}") -> str:
    """A moment in the reader's time zone; `form` is Slack's: {time_secs}, {date_short_pretty}."""
    fallback = moment.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(moment.timestamp())}^{form}|{fallback}>"


def day_and_time(moment: datetime) -> str:
    """A moment with its day: "today at 14:02" in the reader's words."""
    return when(moment, "{date_short_pretty} {time}")


def duration(seconds: float) -> str:
    """How long: "under 0.1 s", "0.4 s", "12 s", "1:12", "2 h 5 min", "3 d 4 h"."""
    if seconds < SHORTEST:
        return "under 0.1 s"
    if seconds < 9.95:  # noqa: PLR2004 - below it, tenths are worth showing
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE}:{whole % MINUTE:02d}"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def between(start: datetime | None, end: datetime | None) -> str:
    """How long something took, or nothing where a bound is missing or it took no time."""
    seconds = (end - start).total_seconds() if start and end else 0
    return duration(seconds) if seconds >= SHORTEST else ""


def size(count: int) -> str:
    """Bytes for people: "812 B", "41 KiB", "1.4 MiB"."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1023.5:  # noqa: PLR2004 - what would round to 1024 of this unit
            return f"{value:.1f} {unit}" if unit == "MiB" else f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 step", "3 steps"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
