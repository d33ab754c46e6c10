"""A mail as bytes: exactly the headers that are meant, whatever its words hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.contentmanager import raw_data_manager
from email.errors import MessageError
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import format_datetime, formataddr
from typing import Final

from runbot.domain.errors import InvalidInput

# The newer policies decode "=?utf-8?q?…?=" in what they are given, and a line break in it
# becomes one in the message (https://github.com/python/cpython/issues/121650). This one
# folds nothing either, up to the 998 characters that a line may have (RFC 5322, 2.1.1).
_AS_GIVEN: Final = compat32.clone(linesep="\r\n", max_line_length=998, mangle_from_=False)
_HEADERS: Final = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written, and from and to whom. `subject` is one line; `name` is the sender's."""

    name: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    message_id: str
    at: datetime


def written(letter: Letter) -> bytes:
    """The letter as a mail server takes it.

    Raises `InvalidInput` where mail programs would read something else in it than was meant.
    """
    message = EmailMessage(policy=_AS_GIVEN)
    message["From"] = formataddr((letter.name, letter.sender))
    message["To"] = ",\r\n ".join(letter.recipients)
    message["Subject"] = _encoded(letter.subject)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(letter.body + "\n", content_manager=raw_data_manager)
    wrong = InvalidInput(
        "The mail can't be written so that every mail program reads the same in it.",
        means="Nothing was sent.",
        do="Simplify its subject and addresses.",
    )
    try:
        made = message.as_bytes()
        same = _reads_as(made, letter)
    except (MessageError, ValueError):  # a header, or an address, with a line break in it
        raise wrong from None
    if not same:
        raise wrong
    return made


def _encoded(subject: str) -> str:
    # What looks encoded already is encoded once more, so that it is read as it was typed.
    if subject.isascii() and "=?" not in subject:
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _reads_as(made: bytes, letter: Letter) -> bool:
    """Whether a program that follows today's rules reads the letter in the bytes."""
    read = message_from_bytes(made, policy=SMTP)
    return (
        tuple(read.keys()) == _HEADERS
        and [one.addr_spec for one in read["From"].addresses] == [letter.sender]
        and tuple(one.addr_spec for one in read["To"].addresses) == letter.recipients
        and read["Subject"] == letter.subject
        and not read.defects
    )
