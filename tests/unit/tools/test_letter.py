"""A mail holds the headers that were meant and no others, whatever its words are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from runbot.domain.errors import InvalidInput
from runbot.tools.letter import Letter, written
from runbot.tools.send_email import SendEmailArguments
from runbot.tools.words import one_line, storable

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]
PIECES = [
    *("=?", "?=", "utf-8?q?", "utf-8?b?", "YQ0KQmNjOg==", "=0D=0A", "Bcc:", " evil@x.example"),
    *("\r\n", "\n\n", "\n.\n", "From ", "ä", "日本", "🔥", " ", "x" * 90, '"', ",", "(", "<", "\\"),
]
WORDS = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
)
ADDRESSES = st.one_of(
    st.emails(), st.lists(st.sampled_from([*PIECES, "a", ".", "@", "b.example"])).map("".join)
)


def letter(
    subject: str = "hello",
    body: str = "text",
    *,
    name: str = "Runbot",
    to: Sequence[str] = ("ana@example.com",),
) -> Letter:
    return Letter(
        name=name,
        sender="runbot@example.com",
        recipients=tuple(to),
        subject=subject,
        body=body,
        message_id="<1@example.com>",
        at=datetime(2026, 1, 31, 9, tzinfo=UTC),
    )


@given(WORDS, WORDS, st.lists(ADDRESSES, min_size=1, max_size=3, unique=True))
def test_what_is_written_is_what_is_read(subject: str, body: str, to: list[str]) -> None:
    try:
        recipients = SendEmailArguments.model_validate({"to": to}).to
    except ValidationError:
        recipients = ["ana@example.com"]
    line, text = one_line(subject, 300), storable(body)
    made = written(letter(line, text, to=list(dict.fromkeys(recipients))))
    read = message_from_bytes(made, policy=SMTP)
    assert read.keys() == HEADERS
    assert read["Subject"] == line
    assert [one.addr_spec for one in read["To"].addresses] == list(dict.fromkeys(recipients))
    assert read.get_content().splitlines() == (text + "\n").splitlines()
    assert all(len(one) < 1000 for one in made.split(b"\r\n"))


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?a=0ABcc:_evil@x.example?=",
        "=?utf-8?q?a=0D=0ABcc:_evil@x.example=0D=0A=0D=0Abody?=",
        "=?utf-8?b?YQ0KQmNjOiBldmlsQHguZXhhbXBsZQ==?=",
        "x " * 140 + "=?utf-8?q?=0D=0ABcc:_e@x.y?=",
    ],
)
def test_a_subject_that_looks_encoded_is_read_as_it_was_typed(subject: str) -> None:
    made = written(letter(subject))
    read = message_from_bytes(made, policy=SMTP)
    assert read.keys() == HEADERS
    assert read["Subject"] == subject
    assert b"Bcc:" not in made


def test_fifty_long_addresses_are_written_on_lines_of_their_own() -> None:
    to = [f"{'a' * 60}{number}@{'b' * 60}.example" for number in range(50)]
    made = written(letter(to=to))
    assert max(len(line) for line in made.split(b"\r\n")) < 200


def test_a_line_of_the_body_that_starts_like_a_mailbox_entry_stays_as_it_is() -> None:
    assert b"\r\nFrom here on\r\n" in written(letter(body="a\nFrom here on"))


@pytest.mark.parametrize("name", ["Rünbot", "Runbot, the bot", 'Run "bot"', ""])
def test_a_senders_name_is_read_as_it_was_set(name: str) -> None:
    read = message_from_bytes(written(letter(name=name)), policy=SMTP)
    assert read["From"].addresses[0].display_name == name


@pytest.mark.parametrize(
    "changed",
    [
        letter(to=["=?utf-8?q?x=0ABcc:_e=40x.y?=@b.example"]),
        letter(to=["a@b.example, evil@x.example"]),
        letter(to=["a(comment)@b.example"]),
        letter("two\r\n lines"),
        letter("hello\r\n\r\nbody"),
        letter("hello\r\nBcc: evil@x.example"),
    ],
)
def test_what_would_be_read_as_something_else_is_not_written(changed: Letter) -> None:
    with pytest.raises(InvalidInput, match="can't be written"):
        written(changed)
