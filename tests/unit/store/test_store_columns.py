from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from runbot.domain.access import Actor
from runbot.domain.errors import Conflict, Unavailable
from runbot.store.columns import Moment, dump_json, load_json, storable
from runbot.store.failures import explain
from runbot.store.outputs import MAX_OUTPUT, capped

ANY_TEXT = st.text(st.characters(exclude_categories=()))
FINE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def documents(texts: st.SearchStrategy[str]) -> st.SearchStrategy[JsonValue]:
    leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=10
    )


def texts_in(document: JsonValue) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, list):
        for inner in document:
            yield from texts_in(inner)
    elif isinstance(document, dict):
        for key, inner in document.items():
            yield key
            yield from texts_in(inner)


@given(documents(FINE_TEXT))
def test_a_document_comes_back_as_it_was_with_its_keys_in_order(document: JsonValue) -> None:
    back = load_json(dump_json(document))
    assert back == document
    assert json.dumps(back) == json.dumps(document)


@given(documents(ANY_TEXT))
@example({"\ud800": [{"\udc00": "\x00"}]})
def test_any_document_becomes_text_that_postgres_can_hold(document: JsonValue) -> None:
    text = dump_json(document)
    text.encode()
    assert not any("\x00" in one for one in texts_in(load_json(text)))


@given(ANY_TEXT)
def test_any_text_can_be_stored_and_fine_text_stays_as_it_is(text: str) -> None:
    kept = storable(text)
    kept.encode()
    assert "\x00" not in kept
    if "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert kept == text


def test_an_escaped_nul_is_told_from_a_backslash_before_u0000() -> None:
    assert load_json(dump_json("\\u0000")) == "\\u0000"
    assert load_json(dump_json("\\\x00")) == "\\\ufffd"
    assert load_json(dump_json("\x00\x00")) == "\ufffd\ufffd"


def test_a_model_in_a_document_is_written_as_its_fields() -> None:
    actor = Actor(id="U1", workspace="T1", name="ana")
    assert Actor.model_validate(load_json(dump_json(actor))) == actor
    halved = actor.model_copy(update={"name": "ana \ud800"})
    assert load_json(dump_json({"by": halved}))["by"]["name"].startswith("ana ")
    assert load_json(dump_json({"by": actor, "at": float("nan")}))["at"] is None


@pytest.mark.parametrize("over", [-1, 0, 1, 2, 3, 1000])
@pytest.mark.parametrize("letter", ["a", "ü", "€", "😀"])
def test_a_long_output_is_cut_within_the_limit_and_between_characters(
    over: int, letter: str
) -> None:
    whole = letter * (MAX_OUTPUT // len(letter.encode()) + over)
    kept = capped(whole)
    assert len(kept.encode()) <= MAX_OUTPUT
    if kept != whole:
        head, _, note = kept.rpartition("\n")
        assert set(head) == {letter}
        cut = int(note.split()[1].replace(",", ""))
        assert len(head.encode()) + cut == len(whole.encode())


def test_a_naive_time_names_no_moment() -> None:
    from sqlalchemy.dialects import sqlite

    with pytest.raises(ValueError, match="without a zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001 - the point
    assert Moment().process_bind_param(datetime(2026, 1, 1, tzinfo=UTC), sqlite.dialect())


def sqlite_error(name: str) -> OperationalError:
    cause = sqlite3.OperationalError("it failed")
    cause.sqlite_errorname = name
    return OperationalError("SELECT 1", {}, cause)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_BUSY_SNAPSHOT", "locked"),
        ("SQLITE_FULL", "disk that holds the database is full"),
        ("SQLITE_IOERR_WRITE", "disk that holds the database fails"),
        ("SQLITE_READONLY_DBMOVED", "can't be written"),
        ("SQLITE_CORRUPT", "damaged"),
    ],
)
def test_what_sqlite_reports_is_said_in_a_sentence(name: str, said: str) -> None:
    error = explain(sqlite_error(name))
    assert isinstance(error, Unavailable)
    assert said in error.sentence


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (psycopg.errors.UniqueViolation, Conflict),
        (psycopg.errors.DeadlockDetected, Unavailable),
        (psycopg.errors.DiskFull, Unavailable),
        (psycopg.errors.AdminShutdown, Unavailable),
        (psycopg.errors.TooManyConnections, Unavailable),
        (psycopg.errors.InvalidPassword, Unavailable),
        (psycopg.errors.UndefinedTable, Unavailable),
    ],
)
def test_what_postgres_reports_is_said_in_the_domains_terms(
    cause: type[psycopg.Error], kind: type[Exception]
) -> None:
    wrapped = IntegrityError if issubclass(cause, psycopg.IntegrityError) else OperationalError
    assert isinstance(explain(wrapped("SELECT 1", {}, cause("it failed"))), kind)


def test_a_fault_of_the_program_is_not_explained_away() -> None:
    wrong = ProgrammingError("SELEC", {}, psycopg.errors.SyntaxError("syntax"))
    assert explain(wrong) is None
    assert explain(sqlite_error("SQLITE_ERROR")) is None
    foreign = IntegrityError("INSERT", {}, psycopg.errors.ForeignKeyViolation("no parent"))
    assert explain(foreign) is None
