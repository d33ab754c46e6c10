"""Any record can be exported in each format, and none of them holds a secret."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import JsonValue

from runbot.domain.access import Actor
from runbot.domain.redaction import HIDDEN, redacted, redacted_text
from runbot.domain.run import Attempt, Event, EventKind, Run
from runbot.operations.exporting.document import SCHEMA, Document, document
from runbot.operations.exporting.formats import (
    CSV_COLUMNS,
    as_csv,
    as_json,
    as_markdown,
    cell,
)
from runbot.store.columns import storable
from runbot.store.timelines import Line
from store_samples import ANA, NOON, after, content, run, runbook, version

# What comes out of the store: no NUL and no half of a pair.
TEXT = st.text(max_size=60).map(storable) | st.sampled_from(
    [
        "=1+1",
        "@SUM(A1)",
        "| a | b |",
        "\n# heading\n",
        "`x` <b>&amp;</b>",
        "[a](b)",
        "\r\n",
        "-",
        "+",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(TEXT, VALUES, max_size=4)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A run of three steps whose texts are anything at all."""
    first = run(version(runbook(), content(3)))
    tried = Attempt(
        number=1, nonce="n", executor=draw(TEXT), arguments=draw(ARGUMENTS), started_at=NOON
    )
    steps = (
        first.steps[0].model_copy(update={"attempts": (tried,), "summary": draw(TEXT)}),
        *first.steps[1:],
    )
    told: Run = first.model_copy(
        update={"steps": steps, "outcome": draw(TEXT), "values": {"zone": draw(TEXT)}}
    )
    actors = st.builds(lambda name: ANA.model_copy(update={"name": name}), TEXT)
    lines = [
        Line(
            seq,
            Event(
                at=after(seq),
                actor=draw(actors),
                kind=draw(st.sampled_from(EventKind)),
                step=1,
                attempt=1,
                detail=draw(TEXT),
                arguments=draw(ARGUMENTS),
            ),
            "ab" * 32,
        )
        for seq in range(1, draw(st.integers(1, 4)) + 1)
    ]
    return document(told, lines, [], now=after(60))


@given(documents())
def test_any_timeline_is_exported_as_json_with_its_schema(made: Document) -> None:
    read = json.loads(as_json(made))
    assert next(iter(read)) == "schema"
    assert read["schema"] == SCHEMA
    assert [told["detail"] for told in read["timeline"]] == [t.detail for t in made.timeline]
    assert read["steps"][0]["summary"] == made.steps[0].summary


# The same signs at full width, which spreadsheets of East Asian languages take for them.
WIDE = ("\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", *WIDE])
def test_no_sign_begins_a_formula(sign: str) -> None:
    assert cell(f"{sign}1+1") == f"'{sign}1+1"


@given(documents())
def test_any_timeline_is_exported_as_csv_without_a_formula(made: Document) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(made), newline="")))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert len(rows) == len(made.timeline) + 1
    assert {len(row) for row in rows} == {len(CSV_COLUMNS)}
    assert not [
        one for row in rows[1:] for one in row if one.startswith(("=", "+", "-", "@", *WIDE))
    ]


@given(documents())
def test_any_timeline_is_exported_as_markdown_that_keeps_its_shape(made: Document) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(as_markdown(made))
    kinds = [token.type for token in tokens]
    assert kinds.count("heading_open") == 3
    assert kinds.count("table_open") == 2
    assert kinds.count("tr_open") == 2 + len(made.steps) + len(made.timeline)
    assert "html_block" not in kinds
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_inline", "link_open", "image", "em_open", "strong_open"} & set(inline)
    cells = [token.content for token in tokens if token.type == "inline"]
    assert any(cell.startswith("Outcome") for cell in cells)


@given(ARGUMENTS, TEXT)
@example({"url": "https://ana:hunter2@example.com/x"}, "xoxb-" + "1234567890-abcdef")
@example({"api_key": "k", "body": {"Authorization": "Bearer abcdefghijkl"}}, "token=abc123")
def test_what_is_left_out_once_stays_left_out(arguments: dict[str, JsonValue], text: str) -> None:
    once = redacted(arguments)
    assert redacted(once) == once
    said = redacted_text(text)
    assert redacted_text(said) == said


@given(st.sampled_from(["password", "db_password", "apiToken", "SECRET", "ssh-keys"]), TEXT)
def test_a_value_that_is_called_a_secret_is_left_out(name: str, value: str) -> None:
    assert redacted({name: value, "zone": "eu"}) == {name: HIDDEN if value else "", "zone": "eu"}


@given(st.text("abcdefgh0123456789", min_size=24, max_size=40))
def test_what_looks_like_a_credential_is_left_out_wherever_it_stands(body: str) -> None:
    for made in (f"xoxb-{body}", f"sk-ant-{body}", f"ghp_{body}", f"Bearer {body}"):
        assert body not in redacted_text(f"The server said: {made}, and ended.")
        assert body not in json.dumps(redacted({"text": [{"said": made}]}))


def test_a_secret_parameter_s_value_is_left_out_of_every_text() -> None:
    first = run(version(runbook(), content(1)))
    secret = "correct horse"
    told = first.model_copy(update={"values": {"db_password": secret}, "outcome": f"no {secret}"})
    event = Event(
        at=NOON,
        actor=Actor(id="U1", workspace="T1"),
        kind=EventKind.NOTED,
        detail=secret,
        arguments={"url": f"https://example.com/?q={secret}"},
    )
    made = document(told, [Line(1, event, "")], [], now=NOON)
    for text in (as_json(made), as_csv(made), as_markdown(made)):
        assert secret not in text
