"""The mail server that the operator names, and handing one message to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from runbot.domain.errors import InvalidInput, Unavailable
from runbot.tools.words import one_line

TIMEOUT: Final = 15.0
LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_FAREWELL: Final = 2.0
_SUBMISSION_PORT: Final = 587
_RELAY_PORT: Final = 25
_TLS_PORT: Final = 465


class NotSent(Unavailable):
    """The mail server surely has not taken the message."""


class PerhapsSent(Unavailable):
    """The connection failed after the message was on its way, before the server's last word."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which recipients the server took the message for, and what it said of the others."""

    recipients: tuple[str, ...]
    refused: dict[str, str]
    said: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. The password is in no text that this class makes.

    `unencrypted` are the networks in which a password may travel without TLS, and
    `timeout` is how many seconds each answer of the server may take.
    """

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT
    unencrypted: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    certificates: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, *, timeout: float = TIMEOUT) -> MailServer:
        """From `smtp://user:password@host:port` or `smtps://…`; `InvalidInput` otherwise.

        Without a port: 465 for smtps, 587 for smtp with a user, else 25.
        """
        wrong = InvalidInput(
            "RUNBOT_SMTP_URL is not the address of a mail server.",
            do="Write it as smtp://user:password@host:port, or smtps://… for TLS from the start; "
            "in user and password, characters such as @ : / are written as %40 %3A %2F.",
        )
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            raise wrong from None
        if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"}:
            raise wrong
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        usual = _TLS_PORT if tls else _SUBMISSION_PORT if user else _RELAY_PORT
        return cls(
            host=host,
            port=port or usual,
            tls=tls,
            user=user,
            password=unquote(parts.password) if parts.password else None,
            timeout=timeout,
        )

    @property
    def place(self) -> str:
        """Host and port, for sentences."""
        return f"{self.host}:{self.port}"

    async def hand_over(self, message: bytes, sender: str, recipients: Sequence[str]) -> Accepted:
        """Give the message to the server, for every recipient that it takes.

        Raises `NotSent` where it surely wasn't taken and `PerhapsSent` where that can't be
        known. Cancelling it closes the connection.
        """
        client = self._client()
        try:
            accepted, refused = await self._address(client, sender, recipients)
            said = await self._data(client, message)
            # The message is accepted; a farewell that goes wrong changes nothing of that.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_FAREWELL)
        finally:
            _hang_up(client)
        return Accepted(tuple(accepted), refused, said)

    async def greet(self) -> None:
        """Connect, greet and log in, and send nothing. Raises `NotSent` where that fails."""
        client = self._client()
        try:
            await self._connect(client)
            if client.last_ehlo_response is None:
                await client.ehlo()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(self._sentence(error)) from error
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            start_tls=False,  # done in _connect, where the password waits for it
            local_hostname=_own_name(),
            timeout=self.timeout,
            tls_context=self.certificates,
        )

    async def _address(
        self, client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str]
    ) -> tuple[list[str], dict[str, str]]:
        """Everything before the message itself: up to here nothing can have been sent."""
        accepted: list[str] = []
        refused: dict[str, str] = {}
        try:
            await self._connect(client)
            await client.mail(sender)
            for recipient in recipients:
                try:
                    await client.rcpt(recipient)
                except aiosmtplib.SMTPRecipientRefused as error:
                    refused[recipient] = _reply(error)
                else:
                    accepted.append(recipient)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(self._sentence(error), do="Nothing was sent.") from error
        if not accepted:
            whom = "; ".join(f"{one} ({reply})" for one, reply in refused.items())
            raise NotSent(f"The mail server refused {whom}.", do="Nothing was sent.")
        return accepted, refused

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if not self.tls:
            await client.ehlo()
            if client.supports_extension("starttls"):
                await client.starttls()
        if self.user is None:
            return
        encrypted = client.get_transport_info("sslcontext") is not None
        if not encrypted and not self._takes_plain_passwords(client):
            raise NotSent(
                f"The mail server {self.place} offers no encryption, so Runbot did not give it "
                "the password.",
                do="Nothing was sent. The operator can name it as smtps://… or turn on STARTTLS.",
            )
        await client.login(self.user, self.password or "")

    def _takes_plain_passwords(self, client: aiosmtplib.SMTP) -> bool:
        peer = ip_address(client.get_transport_info("peername")[0])
        return any(peer in network for network in self.unencrypted)

    async def _data(self, client: aiosmtplib.SMTP, message: bytes) -> str:
        try:
            response = await client.data(message)
        except aiosmtplib.SMTPResponseException as error:
            raise NotSent(
                f"The mail server {self.place} refused the message: {_reply(error)}.",
                do="Nothing was sent.",
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise PerhapsSent(
                f"The message was on its way to the mail server {self.place} when "
                f"{'it stopped answering' if isinstance(error, TimeoutError) else 'it hung up'}.",
                means="It may have been sent.",
            ) from error
        return one_line(response.message, 100)

    def _sentence(self, error: aiosmtplib.SMTPException | OSError) -> str:
        server = f"The mail server {self.place}"
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return f"{server} could not make a secure connection."
        code, reply = "", ""
        if isinstance(error, aiosmtplib.SMTPResponseException):
            code, reply = str(error.code), _reply(error)
        what = next(what for kind, what in _CAUSES if isinstance(error, kind))
        return what.format(server=server, seconds=f"{self.timeout:g}", code=code, reply=reply)


# What happened, by kind of error, the narrower kinds first. Never the reply to a login:
# a server may repeat what it was told.
_CAUSES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TimeoutError, "{server} did not answer within {seconds} seconds."),
    (aiosmtplib.SMTPAuthenticationError, "{server} refused the user name or password ({code})."),
    (aiosmtplib.SMTPSenderRefused, "{server} refused the sender: {reply}."),
    (aiosmtplib.SMTPResponseException, "{server} refused: {reply}."),
    (aiosmtplib.SMTPConnectError, "{server} could not be connected to."),
    (OSError, "{server} hung up."),
    (Exception, "{server} offers no way to log in that Runbot knows, or does not speak SMTP."),
)


def _reply(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {one_line(error.message, 120)}".rstrip(". ")


def _hang_up(client: aiosmtplib.SMTP) -> None:
    # Closing alone would first send what is still in the buffer: mail that was called off.
    if isinstance(client.transport, asyncio.WriteTransport):
        client.transport.abort()
    client.close()


def _own_name() -> str:
    """How to greet: the host's full name, or an address where it has none (RFC 5321, 4.1.4)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() and " " not in name else "[127.0.0.1]"
