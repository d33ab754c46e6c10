"""Web API calls and answers to response_urls, in words."""

from __future__ import annotations

from runbot.playground.inspector.lines import (
    Concerns,
    Line,
    Names,
    State,
    join,
    part,
    took,
    word,
)
from runbot.playground.messages import texts_of
from runbot.playground.traffic import ApiCall, UrlAnswer

_OK = 200
_UNANSWERED = 0
# The argument that says best what a method is about, where it isn't a message or a view.
_SUBJECTS = ("name", "status", "title", "filename", "query", "cursor")


def first_words(names: Names, content: object) -> str:
    """The beginning of what a reader sees of blocks, or of a text."""
    if isinstance(content, list):
        return names.quoted(next((t for t in texts_of(content) if t.strip()), ""))
    return names.quoted(content)


def _message(call: ApiCall, names: Names) -> str:
    given = call.arguments
    text = word(given, "text") or word(given, "markdown_text")
    return first_words(names, part(given, "blocks")) or names.quoted(text)


def _concerns(call: ApiCall) -> Concerns:
    given, answer = call.arguments, call.response
    channel = word(answer, "channel") or word(given, "channel") or word(given, "channel_id")
    times = (
        word(given, "ts"),
        word(given, "message_ts"),
        word(given, "timestamp"),
        word(answer, "ts"),
        word(answer, "message_ts"),
    )
    return Concerns(
        channel=channel,
        ts=tuple(dict.fromkeys(ts for ts in times if ts)),
        thread_ts=word(given, "thread_ts"),
        view=word(answer, "view", "id") or word(given, "view_id"),
        user=word(given, "user_id") or word(given, "user"),
    )


def _words(call: ApiCall, about: Concerns, names: Names) -> str:
    family, _, verb = call.method.partition(".")
    if family == "views":
        title = names.quoted(word(call.arguments, "view", "title", "text"))
        whose = f"for {names.user(about.user)}" if about.user else ""
        return join("the Home tab" if verb == "publish" else title or "a modal", whose)
    subject = _message(call, names)
    if not subject:
        found = (word(call.arguments, name) for name in _SUBJECTS)
        subject = names.quoted(next((text for text in found if text), ""))
    to = f"to {names.user(about.user)}" if verb == "postEphemeral" else ""
    of = f"of {names.user(about.user)}" if about.user and not to else ""
    return join(subject, to, of, names.within(about.channel, about.thread_ts))


def _outcome(call: ApiCall) -> tuple[str, State, str]:
    """In words, as a state, and Slack's error code."""
    if call.status == _UNANSWERED:
        return "never answered", "unanswered", ""
    error = word(call.response, "error")
    retry_after = call.headers.get("Retry-After")
    said = error or ("ok" if call.status == _OK else "no JSON")
    if call.status != _OK:
        said = f"{call.status} {said}"
    if retry_after:
        said += f", to be tried again after {retry_after} s"
    state: State = "ok" if call.status == _OK and not error else "refused"
    return f"{said}, {took(call.seconds)}", state, error


def call_line(call: ApiCall, names: Names) -> Line:
    """A Web API call in words."""
    about = _concerns(call)
    outcome, state, error = _outcome(call)
    return Line(
        kind="call",
        to_app=False,
        name=call.method,
        words=_words(call, about, names),
        outcome=outcome,
        state=state,
        concerns=about,
        error=error,
        fault=call.fault,
    )


def url_answer_line(answer: UrlAnswer, names: Names) -> Line:
    """An answer to a response_url in words."""
    body = answer.body
    if body.get("delete_original"):
        words = "takes the message away"
    else:
        content = first_words(names, body.get("blocks")) or names.quoted(body.get("text"))
        seen = "for everyone" if body.get("response_type") == "in_channel" else ""
        words = join(content, "in the message's place" if body.get("replace_original") else seen)
    about = Concerns(channel=answer.channel, user=answer.user, ts=answer.ts)
    said = "ok" if answer.status == _OK else f"{answer.status} {answer.error}"
    return Line(
        kind="response_url",
        to_app=False,
        name="response_url",
        words=join(words, names.within(about.channel)),
        outcome=f"{said}, {took(answer.seconds)}",
        state="ok" if answer.status == _OK else "refused",
        concerns=about,
        error=answer.error,
        fault=answer.fault,
    )
