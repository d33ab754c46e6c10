"""What people type, turned into what Slack stores and sends to apps.

https://docs.slack.dev/messaging/formatting-message-text: three characters are escaped, people,
channels, links and addresses become references in angle brackets; code stays as it was typed.
"""

from __future__ import annotations

import re

from runbot.playground.workspace import Workspace

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_START = r"(?<![^\s(\[\"'“‘,;])"
_TOKEN = re.compile(
    rf"(?P<url>{_START}https?://[^\s<>|]+)"
    rf"|(?P<email>{_START}[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{{2,}})"
    # Slack links bare names under every public suffix; these are the ones that people type.
    rf"|(?P<site>{_START}(?:[\w-]+\.)+(?:com|org|net|io|dev|app|ai|edu|gov)(?:/[^\s<>|]*)?(?![\w-]))"
    rf"|(?P<mention>{_START}@[A-Za-z][\w.-]*\w)"
    rf"|(?P<channel>{_START}#[a-z0-9][a-z0-9_-]*)"
)
_TRAILING = ".,;:!?)\"'”’]"
_EVERYONE = {"channel", "here", "everyone"}


def escape(text: str) -> str:
    """The three characters that mean something in Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _reference(kind: str, word: str, workspace: Workspace, *, in_command: bool) -> str | None:
    """One word's reference, or None when it names nothing here."""
    if kind == "mention":
        return _mention(word[1:].lower(), workspace, in_command=in_command)
    if kind == "channel":
        try:
            channel = workspace.channel(word)
        except KeyError:
            return None
        return f"<#{channel.id}|{channel.name}>"
    return {
        "url": f"<{escape(word)}>",
        "email": f"<mailto:{escape(word)}|{escape(word)}>",
        "site": f"<http://{escape(word)}|{escape(word)}>",
    }[kind]


def _mention(name: str, workspace: Workspace, *, in_command: bool) -> str | None:
    """A group's reference carries the name; a person's in commands, and only there."""
    if name in _EVERYONE:
        return f"<!{name}>"
    group = next((g for g in workspace.usergroups.values() if g.handle == name), None)
    if group is not None and not group.is_disabled:
        return f"<!subteam^{group.id}|@{name}>"
    try:
        user = workspace.member_id(name)
    except KeyError:
        return None
    return f"<@{user}|{name}>" if in_command else f"<@{user}>"


def _with_references(text: str, workspace: Workspace, *, in_command: bool) -> str:
    sent = []
    position = 0
    for match in _TOKEN.finditer(text):
        word = match[0].rstrip(_TRAILING)
        kind = match.lastgroup or ""
        reference = _reference(kind, word, workspace, in_command=in_command)
        if reference is None:
            continue
        sent += [escape(text[position : match.start()]), reference]
        position = match.start() + len(word)
    return "".join([*sent, escape(text[position:])])


def as_sent(text: str, workspace: Workspace) -> str:
    """A message's text as the app gets it."""
    return "".join(
        escape(part) if index % 2 else _with_references(part, workspace, in_command=False)
        for index, part in enumerate(_CODE.split(text))
    )


def command_as_sent(text: str, workspace: Workspace, *, escaped: bool) -> str:
    """A slash command's text: references are made only where the manifest asks for them."""
    return _with_references(text, workspace, in_command=True) if escaped else escape(text)


_SENT = re.compile(
    r"<(?:@(?P<user>\w+)(?:\|[^>]*)?|#(?P<channel>\w+)(?:\|[^>]*)?|!(?P<everyone>\w+)"
    r"|!subteam\^(?P<group>\w+)(?:\|[^>]*)?"
    r"|(?P<link>[^>|]+)(?:\|(?P<label>[^>]*))?)>"
)


def as_typed(text: str, workspace: Workspace) -> str:
    """A stored text as its writer typed it, so that they can change it."""
    typed = []
    position = 0
    for match in _SENT.finditer(text):
        typed += [_unescape(text[position : match.start()]), _word(match, workspace)]
        position = match.end()
    return "".join([*typed, _unescape(text[position:])])


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _word(match: re.Match[str], workspace: Workspace) -> str:
    if match["user"]:
        known = match["user"] in {*workspace.people, workspace.bot.user_id}
        return f"@{workspace.username(match['user']) if known else match['user']}"
    if match["channel"]:
        channel = workspace.channels.get(match["channel"])
        return f"#{channel.name if channel else match['channel']}"
    if match["group"]:
        group = workspace.usergroups.get(match["group"])
        return f"@{group.handle if group else match['group']}"
    if match["everyone"]:
        return f"@{match['everyone']}"
    return _unescape(match["label"] or match["link"])
