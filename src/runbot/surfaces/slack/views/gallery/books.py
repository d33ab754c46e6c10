"""Runbooks as they are written, shown, listed and started, and Runbot's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from runbot.domain.access import Role, Verb
from runbot.domain.conduct import MAX_PRINCIPALS
from runbot.domain.law import QuestionKind
from runbot.domain.lint import Finding, Severity
from runbot.domain.parameters import MAX_PARAMETERS, Parameter, ParameterType
from runbot.domain.runbook import MAX_INSTRUCTION, MAX_NAME, MAX_STEPS, AnswerKind, RunbookStatus
from runbot.surfaces.slack.commands import GRAMMAR, Word, entry_of
from runbot.surfaces.slack.views import (
    drafts,
    foresight,
    forms,
    home,
    launch,
    lists,
    notices,
    roles,
    waiting,
)
from runbot.surfaces.slack.views.gallery.sample import Sample, message, view
from runbot.surfaces.slack.views.gallery.story import BEN
from runbot.surfaces.slack.views.gallery.things import (
    DESCRIPTION,
    HELD,
    PARAMETERS,
    TOOLS,
    VALUES,
    Drawn,
    Entry,
    Waited,
    beforehand,
    card,
    content,
    lines,
    runbook,
    settled,
)

_STEPS: Final = (
    "Page the on-call engineer via send_email",
    "Ask <@UBEN> whether the release may go on",
    "Tell <#C0123ABCDE> & @here that a < b",
    "Wait 10 minutes",
)
_HARD: Final = 'Tell <!channel> & <@UBEN> that "a < b" 🚨 שלום @here ```code``` *bold* '
_LONG: Final = [(_HARD * 50)[:MAX_INSTRUCTION]] * MAX_STEPS
_PLAIN_LONG: Final = ["Page the on-call engineer " * 20] * MAX_STEPS
_POSTED: Final = "https://example.slack.com/archives/C0123ABCDE/p1772460120000100"
_WORDS: Final = "One moment & <a word> of Runbot's own. " * 90


def samples() -> Iterator[Sample]:
    """Everything that shows runbooks, and everything that merely says something."""
    yield from _cards()
    yield from _forms()
    yield from _launching()
    yield from _lists()
    yield from _homes()
    yield from _words()


def _finding(severity: Severity, step: int | None) -> Finding:
    return Finding(
        code="vague",
        step=step,
        severity=severity,
        sentence="It says <soon>, which is not a time.",
        fix="Say when.",
    )


def _open() -> Drawn:
    """A draft with a question of every kind, advice, and something wrong."""
    found = [_finding(s, step) for s in Severity for step in (None, 1, 1)]
    words = [f"Do part {n} of it" for n in range(1, 15)]
    return card(
        content(
            words,
            description=DESCRIPTION,
            parameters=PARAMETERS,
            asks=[*AnswerKind, *AnswerKind],
        ),
        findings=found,
    )


def _cards() -> Iterator[Sample]:
    published = RunbookStatus.PUBLISHED
    yield message("draft", drafts.draft_card(card(content(_STEPS))))
    yield message("draft with questions and findings", drafts.draft_card(_open()))
    live = runbook(status=published, latest=2, published=2)
    yield message("published", drafts.draft_card(card(content(_STEPS), live, number=2)))
    looked_at = drafts.draft_card(card(content(_STEPS), live, number=2), verbs=[Verb.READ])
    yield message("published, for viewers", looked_at)
    newer = runbook(status=published, latest=3, published=2)
    yield message(
        "draft of a published one", drafts.draft_card(card(content(_STEPS), newer, number=3))
    )
    archived = runbook(status=RunbookStatus.ARCHIVED)
    yield message("archived", drafts.draft_card(card(content(_STEPS), archived)))
    long = card(
        content(_LONG, description=DESCRIPTION, parameters=_many_parameters(), asks=[*AnswerKind]),
        runbook(name=("incident-response-" * 5)[:MAX_NAME]),
    )
    yield message("draft of 100 steps", drafts.draft_card(long))
    yield view("all steps, 100 of them", drafts.whole_card(long))
    yield view("all steps, short ones", drafts.whole_card(card(content(_STEPS))))
    full = settled(content(_STEPS, description=DESCRIPTION, parameters=PARAMETERS[:2]))
    yield message("draft, everything is set", drafts.draft_card(card(full)))
    most = card(settled(content(_LONG), who=MAX_PRINCIPALS - 1))
    yield message("draft of 100 steps, everything is set", drafts.draft_card(most))
    yield view("all steps, 100 of them, everything is set", drafts.whole_card(most))
    said = ["Step 1 sends to oncall@example.com."]
    yield message("answered, more is open", drafts.answered_message(said, "Which <one>?", _open()))
    yield message("answered, all of it", drafts.answered_message(said, None, card(content(_STEPS))))
    yield message("answered, nothing", drafts.answered_message([], None, _open()))
    told = ["Step 1: approval by <@UBEN> and <!subteam^S0123ABCDE>; timeout 5m"]
    yield message("set, in the thread", drafts.settled_message(told, card(full, newer, number=3)))
    yield message("published, in the thread", drafts.changed_message("<@UBEN> published v2."))


def _many_parameters() -> list[Parameter]:
    return [
        Parameter(
            name=f"p{number}_{'x' * 55}",
            type=ParameterType.CHOICE,
            description=DESCRIPTION,
            choices=tuple(f"{n} {'c' * 150}" for n in range(1, 30)),
        )
        for number in range(MAX_PARAMETERS)
    ]


def _forms() -> Iterator[Sample]:
    yield view("form, new runbook", forms.runbook_form(forms.Draft(channel="C0123ABCDE")))
    theirs = card(content(_STEPS, parameters=PARAMETERS[:3]), number=4, by=BEN)
    mine = forms.draft_of(theirs, channel="C0123ABCDE")
    yield view("form, edit", forms.runbook_form(mine))
    yield view("form, edit, with a notice", forms.runbook_form(mine, notice=_WORDS))
    full = card(settled(content(_STEPS, parameters=PARAMETERS[:3])), number=5)
    yield view("form, edit what is set", forms.runbook_form(forms.draft_of(full, channel="C1")))
    yield view("form, settings were saved first", forms.conflicted(mine, full))
    long = card(content(_PLAIN_LONG, description=DESCRIPTION))
    yield view("form, edit 100 steps", forms.runbook_form(forms.draft_of(long, channel="C1")))
    other = replace(mine, base=3, name="renamed", steps=("1. Something else\n2. And more",))
    yield view("form, somebody else saved first", forms.conflicted(other, theirs))


def _launching() -> Iterator[Sample]:
    every = card(content(_STEPS, description=DESCRIPTION, parameters=PARAMETERS), number=3)
    yield view("run form, every type, empty", launch.run_form(every, {}, channel="", channels={}))
    filled = launch.run_form(every, VALUES, channel="C0123ABCDE", channels={})
    yield view("run form, every type, filled in", filled)
    before = card(content(_STEPS[:2], parameters=PARAMETERS[:2]), number=2)
    again = launch.run_form(
        every, {}, channel="C1", channels={}, notice=launch.superseded(before, every)
    )
    yield view("run form, another version meanwhile", again)
    full = card(settled(content(_STEPS, parameters=PARAMETERS[:1])), number=4)
    yield view("run form, everything is set", launch.run_form(full, {}, channel="C1", channels={}))
    meanwhile = launch.superseded(every, full)
    yield view(
        "run form, settings meanwhile",
        launch.run_form(full, {}, channel="C1", channels={}, notice=meanwhile),
    )
    most = card(content(_LONG, parameters=_many_parameters()))
    yield view("run form, 25 parameters", launch.run_form(most, {}, channel="", channels={}))
    yield from _beforehand(every, full, most)
    missing = [parameter.name for parameter in PARAMETERS]
    yield message("fill in and run", launch.fill_in_message(every, missing, VALUES))


def _beforehand(every: Drawn, full: Drawn, most: Drawn) -> Iterator[Sample]:
    yield message("preview of a run", foresight.preview_message(beforehand(every)))
    wrong = beforehand(full, wrong=True)
    yield message("preview of a run that can't be", foresight.preview_message(wrong))
    set_ = card(settled(content(_LONG), who=MAX_PRINCIPALS - 1))
    yield message("preview of 100 steps", foresight.preview_message(beforehand(set_)))
    for name, shown in (("", full), (", 100 steps", most), (", 100 steps, all is set", set_)):
        made = launch.run_form(
            shown, VALUES, channel="C1", channels={}, preview=beforehand(shown, wrong=True)
        )
        yield view(f"run form with a preview{name}", made)


def _lists() -> Iterator[Sample]:
    ended, going = lines(ended=True), lines(ended=False)
    listed = [
        Entry(runbook(f"runbook-{n}", status, latest=2, published=1), DESCRIPTION, 4, run)
        for n in range(20)
        for status, run in zip(RunbookStatus, (None, ended[n % 3], going[n % 4]), strict=True)
    ]
    yield message("runbooks, none", lists.runbooks_message([]))
    yield message("runbooks, none that match", lists.runbooks_message([], wanted="<nothing>"))
    yield message("runbooks, one", lists.runbooks_message(listed[:1]))
    yield message("runbooks, 60", lists.runbooks_message(listed, wanted="draft"))
    yield message("history, none", lists.history_message([]))
    yield message("history, of one runbook", lists.history_message(ended, name="a-runbook"))
    yield message("history, 210 runs", lists.history_message([*ended, *going] * 30))
    yield view("history, none, form", lists.history_modal([]))
    yield view("history, 90 runs, form", lists.history_modal(ended * 30))
    yield message("status, none", lists.status_message([]))
    yield message("status, 120 runs", lists.status_message(going * 30))
    yield message("runs of one runbook, none", lists.runs_of_message(runbook(), []))
    yield message("runs of one runbook", lists.runs_of_message(runbook(), going))
    yield message("roles", roles.roles_message(HELD, list(Role)))
    yield message("roles, 500", roles.roles_message([*HELD] * 100, [Role.VIEWER]))
    for given in (True, False):
        said = roles.changed(Role.EDITOR, "SSRE", given=given)
        yield message(f"role {'given' if given else 'taken'}", lists.notice(said))
    yield message("tools", lists.tools_message(TOOLS))
    yield message("tools, 200", lists.tools_message([*TOOLS] * 100))


def _homes() -> Iterator[Sample]:
    going = lines(ended=False)
    runs = [replace(line, id=f"run_{n}", number=n) for n, line in enumerate(going * 10)]
    listed = [
        Entry(runbook(f"runbook-{n}", status, latest=2, published=1), DESCRIPTION, 4, going[0])
        for n in range(home.PAGE_SIZE // 3 + 1)
        for status in RunbookStatus
    ][: home.PAGE_SIZE]
    yield view("home, empty", home.home([], []))
    yield view("home, one of each", home.home(going[:1], listed[:1]))
    yield view("home, full, in the middle", home.home(runs, listed, offset=40, more=True))
    looking = home.home(going[:1], listed[:1], verbs=[Verb.READ])
    yield view("home, for viewers", looking)
    yield view("home, empty, for viewers", home.home([], [], verbs=[Verb.READ]))
    asked = [
        Waited(f"q{n}", kind, run=going[0])
        for n, kind in enumerate([*QuestionKind] * (waiting.SHOWN // 2))
    ]
    links = {one.id: _POSTED for one in asked}
    shown = waiting.waiting_lines(asked, links)
    yield view("home, things wait for one", home.home(going[:1], listed[:1], waiting=shown))
    yield message("status, things wait for one", waiting.status_message(asked, links, runs))
    yield message("status, only things wait", waiting.status_message(asked[:1], {}, []))
    yield view("home, not for guests", home.closed(_WORDS))


def _words() -> Iterator[Sample]:
    yield message("help", lists.help_message(GRAMMAR, before="/runbook "))
    yield message("help, for guests", lists.help_message([], before=""))
    one = entry_of(Word.RUN)
    yield message("help, one word", lists.notice(lists.word_said(one, before="/runbook ")))
    yield message("notice", lists.notice("Nothing was changed."))
    yield message("notice, a long one", lists.notice(_WORDS))
    yield view("loading", notices.loading("One moment"))
    yield view("said", notices.said("Not done", _WORDS))
