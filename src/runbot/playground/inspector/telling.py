"""Every kind of exchange, in words and whole."""

from __future__ import annotations

from typing import Any

from runbot.playground.delivery import Envelope
from runbot.playground.inspector.calls import call_line, url_answer_line
from runbot.playground.inspector.deliveries import (
    envelope_line,
    file_line,
    mail_line,
    socket_line,
)
from runbot.playground.inspector.lines import Line, Names
from runbot.playground.traffic import (
    ApiCall,
    Exchange,
    FileTransfer,
    MailArrival,
    SocketMoment,
    UrlAnswer,
)

_CACHED = 20_000

Section = tuple[str, Any]


def line_of(what: object, names: Names) -> Line:
    """What passed, in words."""
    match what:
        case ApiCall():
            return call_line(what, names)
        case Envelope():
            return envelope_line(what, names)
        case UrlAnswer():
            return url_answer_line(what, names)
        case SocketMoment():
            return socket_line(what, names)
        case FileTransfer():
            return file_line(what, names)
        case MailArrival():
            return mail_line(what, names)
        case _:
            raise TypeError(f"The record holds a {type(what).__name__}, which has no words.")


def sections_of(what: object) -> list[Section]:
    """What passed, whole: titles with JSON values, the request first."""
    match what:
        case ApiCall():
            answer = [("HTTP status", what.status)] if what.status else []
            return [
                ("Arguments", what.arguments),
                *answer,
                *([("Headers of the answer", what.headers)] if what.headers else []),
                ("Answer", what.response),
            ]
        case Envelope():
            return _delivery(what)
        case UrlAnswer():
            return [("Body", what.body), ("HTTP status", what.status)]
        case SocketMoment():
            return [("What happened", {"what": what.what, "connections": what.connections})]
        case FileTransfer():
            return [("File", {"id": what.file, "name": what.name, "bytes": what.size})]
        case MailArrival():
            mail = {"id": what.id, "from": what.sender, "to": what.to, "subject": what.subject}
            return [("Mail", mail)]
        case _:
            raise TypeError(f"The record holds a {type(what).__name__}, which has no parts.")


def _delivery(envelope: Envelope) -> list[Section]:
    came: dict[str, Any] = {"envelope_id": envelope.id, "retry_attempt": envelope.retry}
    if envelope.retry:
        came["retry_reason"] = envelope.retry_reason
    parts: list[Section] = [("Payload", envelope.payload), ("Delivery", came)]
    if envelope.url:
        parts.append(("Request", {"url": envelope.url, "headers": envelope.headers}))
    if envelope.status is not None:
        parts.append(("HTTP status", envelope.status))
    if envelope.response is not None:
        parts.append(("Acknowledgement's payload", envelope.response))
    return parts


class Telling:
    """Lines of exchanges. Each is made once for each thing that becomes known."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._made: dict[int, tuple[int, Line]] = {}

    def line(self, exchange: Exchange) -> Line:
        """The exchange in words, as far as it is known now."""
        version, line = self._made.get(exchange.id, (-1, None))
        if line is None or version != exchange.version:
            line = line_of(exchange.what, self._names)
            if len(self._made) >= _CACHED:
                self._made.clear()
            self._made[exchange.id] = (exchange.version, line)
        return line
