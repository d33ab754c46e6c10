"""Cards, forms and lists fit Slack for any runbook, and show nothing from outside as markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbot.domain.access import MAY, Actor, Role
from runbot.domain.errors import InvalidInput, Problem
from runbot.domain.law import RunStatus
from runbot.domain.lint import lint
from runbot.domain.parameters import Parameter, ParameterType
from runbot.domain.runbook import (
    AnswerKind,
    Content,
    ManualPlan,
    OpenQuestion,
    Runbook,
    RunbookStatus,
    Step,
    ToolPlan,
    Version,
)
from runbot.operations.answers import Card
from runbot.operations.preview import preview
from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.surfaces.slack import payloads
from runbot.surfaces.slack.views import budget, drafts, forms, home, launch, lists
from runbot.surfaces.slack.views.forms import Draft

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANA = Actor(id="U0ANA", workspace="T1", name="ana")
RISKS = {"send_email": "write", "web_fetch": "read"}
TEXT = st.text(max_size=60) | st.sampled_from(
    ["<script>alert(1)</script>", "<!channel> look", "x" * 2000, "\u202egnirts", "שלום", "🙂" * 300,
     "& &amp; <@U0BEN>", "a\nb\nc", "*bold* `code` ~gone~", "- ", "```", "\x1f", " "]
)  # fmt: skip
WORDS = TEXT.filter(str.strip)
RAW = re.compile(r"<(?![@#!]|https?://)|<!(?!date\^)|<@(?!U0ANA>|U0BEN>)")


@dataclass(frozen=True)
class Line:
    """A run in a list."""

    id: str
    number: int
    name: str
    status: RunStatus
    outcome: str = ""
    version: int = 1
    started_by: Actor = ANA
    agent: str = "built-in rules"
    created_at: datetime = NOW
    started_at: datetime | None = NOW
    ended_at: datetime | None = None
    channel: str = "C0OPS"
    pausing: bool = False
    step: int | None = 1


@dataclass(frozen=True)
class Listed:
    """A runbook in a list."""

    runbook: Runbook
    description: str
    steps: int
    last_run: Line | None


def card(content: Content, *, name: str = "restart-api", status: str = "draft") -> Card:
    published = 1 if status == "published" else None
    runbook = Runbook(
        id="rb_1", workspace="T1", name=name, status=RunbookStatus(status), latest=1,
        published=published, created_by=ANA, created_at=NOW,
    )  # fmt: skip
    version = Version(
        runbook_id="rb_1", number=1, content=content, created_by=ANA, created_at=NOW, agent="rules"
    )
    return Card(runbook, version, lint(content), preview(content.steps, RISKS))


@st.composite
def contents(draw: st.DrawFn) -> Content:
    count = draw(st.integers(1, 100))
    kinds = draw(st.lists(steps(), min_size=1, max_size=6))
    return Content(
        description=draw(TEXT)[:500],
        parameters=tuple(draw(st.lists(parameters(), max_size=25, unique_by=lambda p: p.name))),
        steps=tuple(kinds[n % len(kinds)] for n in range(count)),
    )


@st.composite
def steps(draw: st.DrawFn) -> Step:
    question = OpenQuestion(field="to", kind=AnswerKind.EMAIL, text=draw(WORDS)[:300])
    manual = st.sampled_from([ManualPlan(why="no tool is named", assignee="U0BEN"), ManualPlan()])
    to = st.dictionaries(st.just("to"), WORDS)
    plan = draw(manual | st.builds(ToolPlan, tool=st.just("send_email"), arguments=to))
    return Step(
        instruction=draw(WORDS)[:2000],
        plan=plan,
        questions=draw(st.sampled_from([(), (question,), (question, question)])),
    )


@st.composite
def parameters(draw: st.DrawFn) -> Parameter:
    type_ = draw(st.sampled_from(list(ParameterType)))
    choices = draw(st.lists(WORDS, min_size=1, max_size=5, unique=True))
    return Parameter(
        name=draw(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)),
        type=type_,
        description=draw(TEXT),
        required=draw(st.booleans()),
        choices=tuple(choices) if type_ is ParameterType.CHOICE else (),
        default=draw(st.none() | WORDS),
        pattern=draw(st.none() | st.just("[a-z]+")),
    )


def shown(blocks: list[dict[str, Any]]) -> list[str]:
    """Every mrkdwn text of the blocks."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                found.append(value["text"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(blocks)
    return found


def accepted(message: budget.Message) -> str:
    """The message's text, once Slack's own rules and ours have taken it."""
    accept_message_blocks(message.blocks)
    texts = shown(message.blocks)
    assert not [text for text in texts if RAW.search(text)]
    return "\n".join(texts)


SLOW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=15)


@SLOW
@given(contents(), st.sampled_from(["draft", "published", "archived"]))
def test_any_runbooks_card_fits_a_message(content: Content, status: str) -> None:
    made = card(content, status=status)
    text = accepted(drafts.draft_card(made))
    assert "*1*" in text
    assert f"*{len(content.steps)}*" in text


@SLOW
@given(contents())
def test_show_all_shows_every_step(content: Content) -> None:
    view = budget.modal(drafts.whole_card(card(content)))
    accept_view(view)
    text = "\n".join(shown(view["blocks"]))
    assert all(f"*{n}*  " in text for n in range(1, len(content.steps) + 1))


@SLOW
@given(contents(), st.sampled_from(["", "C1"]))
def test_the_run_form_has_an_input_for_each_parameter(content: Content, channel: str) -> None:
    made = card(content, status="published")
    view = budget.modal(launch.run_form(made, {}, channel=channel, channels={}))
    accept_view(view)
    inputs = [b["block_id"] for b in view["blocks"] if b["type"] == "input"]
    wanted = [f"value.{p.name}" for p in content.parameters]
    assert inputs == ([] if channel else ["channel"]) + wanted


@SLOW
@given(contents())
def test_the_edit_form_fits_or_says_that_it_cannot(content: Content) -> None:
    made = card(content)
    try:
        draft = forms.draft_of(made, channel="C1")
    except InvalidInput as refused:
        assert refused.do  # noqa: PT017 - most draws fit, some may not
        return
    view = budget.modal(forms.runbook_form(draft))
    accept_view(view)
    accept_view(budget.modal(forms.conflicted(draft, made)))


@SLOW
@given(st.lists(contents(), max_size=3), WORDS)
def test_lists_and_home_fit(some: list[Content], words: str) -> None:
    ended = NOW + timedelta(seconds=72)
    lines = [
        Line(f"run_{n}", n, "restart-api", status, words, ended_at=ended)
        for n, status in enumerate(list(RunStatus) * 8)
    ]
    listed = [
        Listed(card(c).runbook.model_copy(update={"id": f"rb_{n}"}), c.description, 3, lines[n])
        for n, c in enumerate(some * 15)
    ]
    accepted(lists.history_message(lines, name=words))
    accepted(lists.status_message(lines))
    accepted(lists.runbooks_message(listed, wanted=words))
    accept_view(budget.modal(home.home(lines, listed[: home.PAGE_SIZE], offset=40, more=True)))


def test_a_card_says_what_keeps_it_from_being_published() -> None:
    question = OpenQuestion(field="to", kind=AnswerKind.EMAIL, text="Step 1: which address?")
    step = Step(instruction="Page them", plan=ToolPlan(tool="send_email"), questions=(question,))
    text = accepted(drafts.draft_card(card(Content(steps=(step,)))))
    assert "Before it can be published" in text
    assert "Step 1: which address?" in text
    assert "`1: oncall@example.com`" in text


@pytest.mark.parametrize(
    ("status", "buttons"),
    [
        ("draft", ["Publish", "Edit", "Discard"]),
        ("published", ["Run", "Edit"]),
        ("archived", ["Publish", "Edit"]),
    ],
)
def test_a_cards_buttons_follow_its_state(status: str, buttons: list[str]) -> None:
    step = Step(instruction="Ask ben", plan=ManualPlan())
    blocks = drafts.draft_card(card(Content(steps=(step,)), status=status)).blocks
    assert [e["text"]["text"] for e in blocks[-1]["elements"]] == buttons


def test_a_card_of_a_hundred_steps_folds_its_middle() -> None:
    step = Step(instruction="Ask ben " + "x" * 200, plan=ManualPlan(why="no tool is named"))
    text = accepted(drafts.draft_card(card(Content(steps=(step,) * 100))))
    assert "see Show all" in text
    assert "*100*" in text


def test_problems_of_steps_stand_beside_the_input_that_holds_them() -> None:
    draft = Draft(name="x", steps=("1. a\n2. b", "3. c\n4. d"))
    problems = (Problem("steps.2", "Step 2 is wrong."), Problem("steps.4", "Step 4 is wrong."))
    found = forms.form_problems(InvalidInput("Nothing was saved.", problems=problems), draft)
    assert found == {"steps": "Step 2 is wrong.", "steps.2": "Step 4 is wrong."}


@SLOW
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), WORDS | st.just('"' * 900)))
def test_a_button_carries_the_values_that_fit(values: dict[str, str]) -> None:
    content = Content(steps=(Step(instruction="x", plan=ManualPlan()),))
    message = launch.fill_in_message(card(content), ["who"], values)
    accepted(message)
    kept = payloads.kept(payloads.kept(message.blocks[1]["elements"][0]["value"])["values"])
    assert kept.items() <= values.items()


def test_a_default_that_names_a_channel_is_picked_by_its_id() -> None:
    parameter = Parameter(name="where", type=ParameterType.CHANNEL, default="#ops")
    content = Content(parameters=(parameter,), steps=(Step(instruction="x", plan=ManualPlan()),))
    view = launch.run_form(card(content), {}, channel="C1", channels={"#ops": "C0OPS"})
    element = budget.modal(view)["blocks"][0]["element"]
    assert element["initial_conversation"] == "C0OPS"


@pytest.mark.parametrize(
    ("role", "draft", "published"),
    [
        (Role.VIEWER, [], []),
        (Role.APPROVER, [], []),
        (Role.RUNNER, [], ["Run"]),
        (Role.EDITOR, ["Publish", "Edit", "Discard"], ["Run", "Edit"]),
        (Role.ADMIN, ["Publish", "Edit", "Discard"], ["Run", "Edit"]),
    ],
)
def test_a_card_for_one_reader_has_the_buttons_that_are_of_use_to_them(
    role: Role, draft: list[str], published: list[str]
) -> None:
    step = Step(instruction="Look", plan=ManualPlan())
    for status, wanted in (("draft", draft), ("published", published)):
        made = drafts.draft_card(card(Content(steps=(step,)), status=status), verbs=MAY[role])
        accepted(made)
        shown = [e["text"]["text"] for b in made.blocks for e in b.get("elements", ())
                 if e["type"] == "button"]  # fmt: skip
        assert shown == wanted
