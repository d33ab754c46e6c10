"""The workspace's mailbox: a real SMTP server on loopback that keeps what it is sent."""

from __future__ import annotations

import asyncio
import email.policy
import weakref
from collections import deque
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from runbot.playground.changes import Changes
from runbot.playground.ids import fresh_id
from runbot.playground.listening import listen_no_more
from runbot.playground.traffic import MailArrival, Traffic

_KEPT = 500


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, read."""

    id: str
    sender: str
    to: list[str]
    """The envelope's recipients, so blind copies are among them."""
    subject: str
    date: str
    text: str
    html: str | None
    headers: dict[str, str]

    def to_page(self) -> dict[str, Any]:
        """The mail as the page lists it."""
        page = asdict(self)
        page["from"] = page.pop("sender")
        return page


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return None if part is None else str(part.get_content())


def parse_mail(content: bytes, *, sender: str, to: list[str]) -> Mail:
    """A mail as it came over SMTP."""
    message: EmailMessage = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(
        content
    )
    return Mail(
        id=fresh_id("M"),
        sender=str(message["From"] or sender),
        to=to,
        subject=str(message["Subject"] or ""),
        date=str(message["Date"] or ""),
        text=_body(message, "plain") or "",
        html=_body(message, "html"),
        headers={name: str(value) for name, value in message.items()},
    )


class Mailbox:
    """Newest first; the oldest fall out when there are too many."""

    def __init__(self, changes: Changes, traffic: Traffic) -> None:
        self._changes = changes
        self._traffic = traffic
        self._server: asyncio.Server | None = None
        self._sessions: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self.mail: deque[Mail] = deque(maxlen=_KEPT)

    async def start(self, host: str, port: int) -> str:
        """Listen; the address as an smtp:// URL."""
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            one = SMTP(self, hostname="playground", enable_SMTPUTF8=True, loop=loop)
            self._sessions.add(one)
            return one

        self._server = await loop.create_server(session, host, port)
        address = self._server.sockets[0].getsockname()
        return f"smtp://{address[0]}:{address[1]}"

    async def stop(self) -> None:
        """Listen no more, and hang up on whoever is still there."""
        if self._server is not None:
            await listen_no_more(self._server)
            self._server = None
        for session in list(self._sessions):
            if session.transport is not None:
                session.transport.close()

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one mail; the answer is SMTP's."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        mail = parse_mail(raw, sender=envelope.mail_from or "", to=list(envelope.rcpt_tos))
        self.mail.appendleft(mail)
        arrival = MailArrival(mail.id, mail.sender, mail.to, mail.subject)
        self._traffic.record(arrival, size=len(raw))
        self._changes.announce({"type": "mail", "mail": mail.to_page()})
        return "250 Message accepted for delivery"

    def to_file(self) -> list[dict[str, Any]]:
        """All mail, as plain data."""
        return [asdict(mail) for mail in self.mail]

    def from_file(self, rows: list[dict[str, Any]]) -> None:
        """Take up what to_file gave."""
        self.mail.extend(Mail(**row) for row in rows)
