"""The grammar of what people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain.access import Actor, Role, Verb
from runbot.domain.errors import InvalidInput
from runbot.domain.runbook import RunbookStatus
from runbot.operations.directory import Everywhere
from runbot.operations.rights import Always, Rights
from runbot.surfaces.slack import commands
from runbot.surfaces.slack.commands import GRAMMAR, Request, Unknown, Word


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", Request(Word.HELP)),
        ("  HELP  ", Request(Word.HELP)),
        ("help run", Request(Word.HELP, text="run")),
        ("list", Request(Word.LIST)),
        ("list drafts", Request(Word.LIST, status=RunbookStatus.DRAFT)),
        ("list published api", Request(Word.LIST, status=RunbookStatus.PUBLISHED, text="api")),
        ("runbooks", Request(Word.LIST)),
        ("show restart-api", Request(Word.SHOW, reference="restart-api")),
        ("show the runbook “restart api”", Request(Word.SHOW, reference="restart-api")),
        ("Edit *restart-api*.", Request(Word.EDIT, reference="restart-api")),
        ("publish", Request(Word.PUBLISH)),
        ("delete restart-api", Request(Word.ARCHIVE, reference="restart-api")),
        ("create", Request(Word.CREATE)),
        ("create\na runbook", Request(Word.CREATE, text="create\na runbook")),
        ("run restart-api", Request(Word.RUN, reference="restart-api")),
        ("run the restart-api runbook", Request(Word.RUN, reference="restart-api")),
        ("start restart api", Request(Word.RUN, reference="restart-api")),
        ("run restart-api please", Request(Word.RUN, reference="restart-api-please")),
        ("pause", Request(Word.PAUSE)),
        ("pause run 12", Request(Word.PAUSE, reference="12")),
        ("resume it", Request(Word.RESUME)),
        ("stop #12 please", Request(Word.ABORT, reference="#12")),
        ("Abort!", Request(Word.ABORT)),
        ("status 1042", Request(Word.STATUS, reference="1042")),
        ("status restart api", Request(Word.STATUS, reference="restart-api")),
        ("show 2024 rollover", Request(Word.SHOW, reference="2024-rollover")),
        ("runs restart-api", Request(Word.HISTORY, reference="restart-api")),
        ("tools", Request(Word.TOOLS)),
    ],
)
def test_words_are_read_as_people_mean_them(said: str, meant: Request) -> None:
    assert commands.parse(said) == meant


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("run x env=staging", {"env": "staging"}),
        ("run x env = staging", {"env": "staging"}),
        ('run x reason="two words" env=prod', {"reason": "two words", "env": "prod"}),
        ("run x reason='two words'", {"reason": "two words"}),
        ("run x reason=“two words”", {"reason": "two words"}),
        (r'run x reason="she said \"no\""', {"reason": 'she said "no"'}),
        ("run x url=https://x.io/?a=1&amp;b=2", {"url": "https://x.io/?a=1&b=2"}),
        ("run x url=<https://x.io/a|x.io/a>", {"url": "<https://x.io/a|x.io/a>"}),
        ("run x who=<@U123|ana> where=<#C123|ops>", {"who": "<@U123|ana>", "where": "<#C123|ops>"}),
        ("run x\nenv=a\nwho=b", {"env": "a", "who": "b"}),
        ("run x env=", {"env": ""}),
        ("run x text=&lt;b&gt;", {"text": "<b>"}),
    ],
)
def test_values_are_read_as_they_were_typed(said: str, values: dict[str, str]) -> None:
    asked = commands.parse(said)
    assert isinstance(asked, Request)
    assert asked.reference == "x"
    assert asked.values == values


@pytest.mark.parametrize(
    "said", ["run x env=a stray", "run x env=a env=b", "abort 12 13", "pause #12 and 13"]
)
def test_values_that_cannot_be_read_are_refused_with_what_to_do(said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        commands.parse(said)
    assert refused.value.do


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("lsit", Word.LIST),
        ("publsh restart-api", Word.PUBLISH),
        ("abrot", Word.ABORT),
        ("hello", None),
        ("???", None),
        ("🙂", None),
    ],
)
def test_an_unknown_word_gets_the_nearest_one(said: str, near: Word | None) -> None:
    assert commands.parse(said) == Unknown(said, near)


@pytest.mark.parametrize(
    ("said", "corrected", "slip"),
    [
        ("crate a runbook called x", "create a runbook called x", True),
        ("craete a runbook", "create a runbook", True),
        ("creat\na runbook", "create\na runbook", True),
        ("creates it", "create it", True),
        ("crebte x", "create x", True),
        ("crrrate x", "create x", False),
        ("abrot 12", "abort 12", True),
    ],
)
def test_a_slip_is_mended_in_the_whole_sentence(said: str, corrected: str, slip: bool) -> None:  # noqa: FBT001 - a row of the table
    asked = commands.parse(said)
    assert isinstance(asked, Unknown)
    assert (asked.corrected, asked.slip) == (corrected, slip)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("publish", Word.PUBLISH),
        ("Publish!", Word.PUBLISH),
        ("run env=staging", Word.RUN),
        ("show", Word.SHOW),
        ("delete", None),
        ("stop", None),
        ("runs fine here", None),
        ("looks good to me", None),
        ("1: ana@example.com", None),
    ],
)
def test_in_a_runbooks_thread_only_the_words_themselves_count(said: str, word: Word | None) -> None:
    asked = commands.alone(said)
    assert (asked.word if asked else None) == word


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_sentence(said: str) -> None:
    try:
        commands.parse(said)
    except InvalidInput as refused:
        assert refused.sentence  # noqa: PT017 - most draws are read, some may not be


def test_every_word_stands_in_the_grammar_once_and_its_example_is_one_of_it() -> None:
    assert sorted(e.word for e in GRAMMAR) == sorted(Word)
    said = [name for e in GRAMMAR for name in (e.word.value, *e.also)]
    assert len(said) == len(set(said))
    for entry in GRAMMAR:
        asked = commands.parse(entry.example)
        assert isinstance(asked, Request)
        assert asked.word is entry.word


async def test_help_shows_each_person_what_they_may_do() -> None:
    rights, member = Rights(Everywhere()), Actor(id="U1", workspace="T1")
    admin = member.model_copy(update={"admin": True})
    assert commands.allowed(await rights.verbs(admin)) == GRAMMAR
    usual = {entry.word for entry in commands.allowed(await rights.verbs(member))}
    assert usual == set(Word) - {Word.GRANT, Word.REVOKE}
    guest = member.model_copy(update={"guest": True})
    assert commands.allowed(await rights.verbs(guest)) == ()
    viewer = Rights(Everywhere(), Always({Role.VIEWER: ("everyone",)}))
    words = {entry.word for entry in commands.allowed(await viewer.verbs(member))}
    assert words == {entry.word for entry in GRAMMAR if entry.needs is Verb.READ}


@pytest.mark.parametrize(
    ("said", "role", "who"),
    [
        ("grant editor to <@U0BEN>", "editor", "U0BEN"),
        ("grant editor <@U0BEN|ben>", "editor", "U0BEN"),
        ("grant the role admin to <!subteam^S0SRE|@sre>.", "admin", "S0SRE"),
        ("grant runner role to <#C0OPS|ops>", "runner", "C0OPS"),
        ("grant viewers to @everyone", "viewers", "everyone"),
        ("grant approver to admins", "approver", "admins"),
        ("grant approver to @ben", "approver", "@ben"),
    ],
)
def test_a_role_and_whose_it_is(said: str, role: str, who: str) -> None:
    assert commands.parse(said) == Request(Word.GRANT, reference=role, text=who)
    taken = said.replace("grant", "revoke").replace(" to ", " from ")
    assert commands.parse(taken) == Request(Word.REVOKE, reference=role, text=who)


@pytest.mark.parametrize("said", ["grant", "grant editor", "revoke editor"])
def test_half_a_grant_is_asked_about(said: str) -> None:
    with pytest.raises(InvalidInput, match="Which role, and whose"):
        commands.parse(said)
