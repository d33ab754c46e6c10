"""`send_email` over real SMTP servers, well-behaved and not."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import ValidationError

from runbot.domain.errors import InvalidInput
from runbot.tools.contract import ToolContext, ToolResult
from runbot.tools.mail_server import MailServer
from runbot.tools.send_email import SendEmail, SendEmailArguments
from unit.tools.servers import DEADLINE, serving, tcp_server

PASSWORD = "p@ss:w/rd"


@dataclass
class Mailbox:
    """What a real mail server took; it refuses recipients whose address has "nobody"."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    answer: str = "250 taken"
    farewells: int = 0

    async def handle_RCPT(  # noqa: N802 - the name of aiosmtpd's hook
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if "nobody" in address:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name of aiosmtpd's hook
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    async def handle_QUIT(  # noqa: N802 - the name of aiosmtpd's hook
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        self.farewells += 1
        return "221 Bye"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append(data.password)
        # Unhandled: the server itself sends the refusal.
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    def newest(self) -> EmailMessage:
        content = self.envelopes[-1].content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@contextlib.asynccontextmanager
async def smtp_server(mailbox: Mailbox, **options: Any) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(mailbox, hostname="mail.test", loop=loop, **options))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    try:
        mailbox.port = server.sockets[0].getsockname()[1]
        yield mailbox.port
    finally:
        server.close()
        await server.wait_closed()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    async with smtp_server(box):
        yield box


def to_port(port: int, *, timeout: float = DEADLINE) -> MailServer:
    return MailServer(host="127.0.0.1", port=port, timeout=timeout)


async def send(
    server: MailServer | None, context: ToolContext, to: object = "oncall@example.com", **more: str
) -> ToolResult:
    arguments = SendEmailArguments.model_validate({"to": to, **more})
    return await SendEmail(server, sender="Runbot <runbot@example.com>").run(arguments, context)


async def test_mail_arrives_as_it_was_written(mailbox: Mailbox, context: ToolContext) -> None:
    result = await send(
        to_port(mailbox.port), context, subject="Disk full · please look", body="Grüße\n.\nend"
    )
    assert result.ok, result.summary
    assert result.summary == "mail accepted for oncall@example.com"
    assert mailbox.newest()["Subject"] == "Disk full · please look"
    assert mailbox.newest()["From"] == "Runbot <runbot@example.com>"
    assert mailbox.newest()["To"] == "oncall@example.com"
    assert mailbox.newest()["Date"]
    assert mailbox.newest().get_content().replace("\r\n", "\n") == "Grüße\n.\nend\n"
    assert mailbox.envelopes[0].mail_from == "runbot@example.com"
    assert mailbox.farewells == 1


async def test_without_words_of_its_own_mail_tells_which_run_asks(
    mailbox: Mailbox, context: ToolContext
) -> None:
    await send(to_port(mailbox.port), context)
    assert mailbox.newest()["Subject"] == "incident-response-database, run 12"
    body = mailbox.newest().get_content()
    assert "Run 12 of incident-response-database asks for you: it has come to step 2." in body
    assert "Running, step 2 of 4" in body


async def test_several_recipients_each_get_it_once(mailbox: Mailbox, context: ToolContext) -> None:
    result = await send(
        to_port(mailbox.port), context, "a@example.com, b@example.com; a@example.com"
    )
    assert result.facts["accepted"] == ["a@example.com", "b@example.com"]
    assert mailbox.envelopes[0].rcpt_tos == ["a@example.com", "b@example.com"]


async def test_a_second_copy_of_one_call_can_be_told_by_its_message_id(
    mailbox: Mailbox, context: ToolContext
) -> None:
    first = await send(to_port(mailbox.port), context)
    second = await send(to_port(mailbox.port), context)
    assert first.facts["message_id"] == second.facts["message_id"] == mailbox.newest()["Message-ID"]
    assert str(mailbox.newest()["Message-ID"]).endswith("@example.com>")


async def test_recipients_who_are_refused_are_named_and_the_others_get_it(
    mailbox: Mailbox, context: ToolContext
) -> None:
    result = await send(to_port(mailbox.port), context, "a@example.com nobody@example.com")
    assert not result.ok
    assert not result.unknown
    assert "nobody@example.com (550 no such user here)" in result.summary
    assert "The others got it: a@example.com" in result.summary
    assert mailbox.envelopes[0].rcpt_tos == ["a@example.com"]


async def test_a_subject_that_looks_encoded_adds_no_recipient(
    mailbox: Mailbox, context: ToolContext
) -> None:
    subject = "=?utf-8?q?a=0D=0ABcc:_evil@x.example=0D=0A=0D=0Abody?="
    tool = SendEmail(to_port(mailbox.port), sender="runbot@example.com")
    arguments = SendEmailArguments.model_validate({"to": "a@example.com", "subject": subject})
    assert (await tool.run(arguments, context)).ok
    assert mailbox.envelopes[0].rcpt_tos == ["a@example.com"]
    assert mailbox.newest()["Subject"] == subject
    assert mailbox.newest()["Bcc"] is None


async def test_where_everyone_is_refused_nothing_is_sent(
    mailbox: Mailbox, context: ToolContext
) -> None:
    result = await send(to_port(mailbox.port), context, "nobody@example.com")
    assert not result.ok
    assert not result.unknown
    assert "refused nobody@example.com (550 no such user here). Nothing was sent." in result.summary
    assert not mailbox.envelopes


async def test_a_refused_message_is_a_clean_failure(mailbox: Mailbox, context: ToolContext) -> None:
    mailbox.answer = "552 too large"
    result = await send(to_port(mailbox.port), context)
    assert not result.ok
    assert not result.unknown
    assert "refused the message: 552 too large. Nothing was sent." in result.summary


async def test_a_server_that_never_greets_is_given_up_in_time(context: ToolContext) -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        hung_up.set()

    async with tcp_server(silent) as port:
        result = await send(to_port(port, timeout=0.2), context)
        await asyncio.wait_for(hung_up.wait(), DEADLINE)
    assert not result.ok
    assert not result.unknown
    assert result.summary == (
        f"The mail server 127.0.0.1:{port} did not answer within 0.2 seconds. Nothing was sent."
    )


async def converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until: bytes
) -> None:
    """Speak SMTP well up to the line that starts with `until`."""
    writer.write(b"220 here\r\n")
    while line := await reader.readline():
        if line.upper().startswith(until):
            return
        if line.upper().startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            return
        writer.write(b"250 OK\r\n")
        await writer.drain()


@pytest.mark.parametrize("until", [b"EHLO", b"MAIL", b"RCPT"])
async def test_a_connection_lost_before_the_text_is_a_clean_failure(
    until: bytes, context: ToolContext
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, until)

    async with tcp_server(talk) as port:
        result = await send(to_port(port), context)
    assert not result.ok
    assert not result.unknown
    assert result.summary == f"The mail server 127.0.0.1:{port} hung up. Nothing was sent."


async def test_a_connection_lost_after_the_text_is_an_unknown_outcome(
    context: ToolContext,
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, b"QUIT")

    async with tcp_server(talk) as port:
        result = await send(to_port(port), context)
    assert not result.ok
    assert result.unknown
    assert result.summary == (
        f"The message was on its way to the mail server 127.0.0.1:{port} when it hung up. "
        "It may have been sent."
    )


async def test_silence_after_the_text_is_an_unknown_outcome(context: ToolContext) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, b"QUIT")
        await reader.read()

    async with tcp_server(talk) as port:
        result = await send(to_port(port, timeout=0.2), context)
    assert result.unknown
    assert "when it stopped answering. It may have been sent." in result.summary


async def test_silence_after_the_servers_last_word_changes_nothing(context: ToolContext) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, b"QUIT")
        writer.write(b"250 taken\r\n")
        assert await reader.readline() == b"QUIT\r\n"

    async with tcp_server(talk) as port:
        result = await send(to_port(port), context)
    assert result.ok
    assert result.output.endswith("The server said: taken")


async def test_no_server_at_all_is_a_clean_failure(context: ToolContext) -> None:
    async with tcp_server(lambda _r, _w: asyncio.sleep(0)) as port:
        pass  # closed again: nothing listens there now
    result = await send(to_port(port), context)
    assert not result.unknown
    assert result.summary.endswith("could not be connected to. Nothing was sent.")


async def test_something_that_is_no_mail_server_is_a_clean_failure(context: ToolContext) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with tcp_server(talk) as port:
        result = await send(to_port(port), context)
    assert not result.ok
    assert not result.unknown
    assert result.summary.endswith("Nothing was sent.")


async def test_no_server_set_up_says_which_setting_is_missing(context: ToolContext) -> None:
    result = await send(None, context)
    assert not result.ok
    assert "RUNBOT_SMTP_URL" in result.summary


async def test_cancelling_hangs_up_at_once(context: ToolContext) -> None:
    greeted, gone = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, b"MAIL")
        greeted.set()
        await reader.read()
        gone.set()

    async with tcp_server(talk) as port:
        task = asyncio.create_task(send(to_port(port), context))
        await asyncio.wait_for(greeted.wait(), DEADLINE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), DEADLINE)


async def test_mail_that_was_called_off_is_not_sent_on_from_the_buffer() -> None:
    started, gone = asyncio.Event(), asyncio.Event()
    received = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        await converse(reader, writer, b"DATA")
        writer.write(b"354 go on\r\n")
        await reader.readline()
        started.set()
        await called_off.wait()
        try:
            while chunk := await reader.read(65536):
                received += len(chunk)
        finally:
            gone.set()

    called_off = asyncio.Event()
    message = EmailMessage()
    message.set_content("x" * 70 + "\n", cte="8bit")
    message.set_payload((("x" * 70) + "\n") * 300_000)
    async with tcp_server(talk) as port:
        server = to_port(port)
        task = asyncio.create_task(server.hand_over(message.as_bytes(), "a@b.test", ["c@d.test"]))
        await asyncio.wait_for(started.wait(), DEADLINE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        called_off.set()
        await asyncio.wait_for(gone.wait(), DEADLINE)
    assert received < 20_000_000


async def login(mailbox: Mailbox, password: str, context: ToolContext) -> ToolResult:
    options = {"authenticator": mailbox.authenticate, "auth_require_tls": False}
    async with smtp_server(mailbox, **options) as port:
        server = MailServer(
            host="127.0.0.1", port=port, user="ana", password=password, timeout=DEADLINE
        )
        return await send(server, context)


async def test_the_user_and_password_are_given_to_the_server(context: ToolContext) -> None:
    mailbox = Mailbox()
    assert (await login(mailbox, PASSWORD, context)).ok
    assert mailbox.logins == [PASSWORD.encode()]


async def test_a_wrong_password_is_told_without_the_password(context: ToolContext) -> None:
    result = await login(Mailbox(), "w0ng-s3cret", context)
    assert not result.ok
    assert not result.unknown
    assert "refused the user name or password (535)" in result.summary
    assert "w0ng-s3cret" not in result.model_dump_json()


async def test_a_password_is_not_sent_unencrypted_to_another_machine(
    context: ToolContext,
) -> None:
    box = Mailbox()
    options = {"authenticator": box.authenticate, "auth_require_tls": False}
    async with smtp_server(box, **options) as port:
        # As if the loopback were somewhere else: nothing may be overheard anywhere.
        server = MailServer(
            host="127.0.0.1", port=port, user="ana", password=PASSWORD, unencrypted=()
        )
        result = await send(server, context)
    assert not result.ok
    assert not result.unknown
    assert "offers no encryption, so Runbot did not give it the password" in result.summary
    assert not box.logins
    assert not box.envelopes


async def test_a_password_that_no_login_takes_is_told(
    mailbox: Mailbox, context: ToolContext
) -> None:
    server = MailServer(host="127.0.0.1", port=mailbox.port, user="ana", password=PASSWORD)
    result = await send(server, context)
    assert "no way to log in" in result.summary
    assert not mailbox.envelopes


async def test_starttls_is_used_where_offered(certificate: Path, context: ToolContext) -> None:
    box = Mailbox()
    options = {"tls_context": serving(certificate), "require_starttls": True}
    async with smtp_server(box, authenticator=box.authenticate, **options) as port:
        trusting = ssl.create_default_context(cafile=certificate)
        server = MailServer(
            host="127.0.0.1", port=port, user="ana", password=PASSWORD, certificates=trusting
        )
        result = await send(server, context)
    assert result.ok, result.summary
    assert box.logins == [PASSWORD.encode()]


async def test_a_certificate_that_nobody_knows_gets_neither_password_nor_mail(
    certificate: Path, context: ToolContext
) -> None:
    box = Mailbox()
    options = {"tls_context": serving(certificate), "require_starttls": True}
    async with smtp_server(box, authenticator=box.authenticate, **options) as port:
        server = MailServer(host="127.0.0.1", port=port, user="ana", password=PASSWORD)
        result = await send(server, context)
    assert not result.ok
    assert not result.unknown
    assert "could not make a secure connection. Nothing was sent." in result.summary
    assert not box.logins


async def test_smtps_speaks_tls_from_the_start(certificate: Path, context: ToolContext) -> None:
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, hostname="mail.test", loop=loop),
        "127.0.0.1",
        0,
        ssl=serving(certificate),
    )
    async with server:
        trusting = ssl.create_default_context(cafile=certificate)
        port = server.sockets[0].getsockname()[1]
        mail = MailServer(host="127.0.0.1", port=port, tls=True, certificates=trusting)
        assert (await send(mail, context)).ok
    assert len(box.envelopes) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://localhost:1025", ("localhost", 1025, False, None, None)),
        ("smtp://relay", ("relay", 25, False, None, None)),
        ("smtp://ana:p%40ss@mail.test", ("mail.test", 587, False, "ana", "p@ss")),
        ("smtps://ana:x@mail.test", ("mail.test", 465, True, "ana", "x")),
        ("smtps://ana:x@mail.test:2465/", ("mail.test", 2465, True, "ana", "x")),
        ("smtp://[::1]:25", ("::1", 25, False, None, None)),
    ],
)
def test_the_mail_servers_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    server = MailServer.parse(url)
    assert (server.host, server.port, server.tls, server.user, server.password) == expected


@pytest.mark.parametrize(
    "url", ["", "mail.test", "http://mail.test", "smtp://", "smtp://u:s3cret@h:99999", "smtp://h/x"]
)
def test_a_wrong_address_of_the_mail_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInput, match="RUNBOT_SMTP_URL") as refused:
        MailServer.parse(url)
    assert "s3cret" not in refused.value.sentence


def test_the_password_is_not_in_the_servers_repr() -> None:
    assert "s3cret" not in repr(MailServer.parse("smtp://ana:s3cret@mail.test"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": "a@example.com", "subject": "hello\r\nBcc: evil@example.com"},
        {"to": "a@example.com\nBcc: evil"},
        {"to": ""},
        {"to": []},
        {"to": "not an address"},
        {"to": "käse@example.com"},
        {"to": "=?utf-8?q?x=0ABcc:_evil=40x.example?=@example.com"},
        {"to": "evil@x.example(@example.com"},
        {"to": [f"a{n}@example.com" for n in range(51)]},
        {"to": "a@example.com", "subject": "x" * 301},
        {"to": "a@example.com", "cc": "b@example.com"},
        {},
    ],
)
def test_arguments_that_could_do_something_else_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SendEmailArguments.model_validate(arguments)


@pytest.mark.parametrize("sender", ["", "nobody", "a b@c", "x@y z", "Evil\r\nBcc: a@b.c <a@b.c>"])
def test_a_sender_that_mail_cant_come_from_is_refused_at_start(sender: str) -> None:
    with pytest.raises(InvalidInput, match="RUNBOT_MAIL_FROM"):
        SendEmail(None, sender=sender)
