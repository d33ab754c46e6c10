"""The documents say what the code does: what is registered is documented, and diagrams match."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import pytest

from runbot.agent.rules.answering import read_answers
from runbot.agent.rules.authoring import Request, read_request
from runbot.agent.rules.planning import plan_step
from runbot.agent.rules.replanning import replan
from runbot.cli import _parser
from runbot.domain.law import RUN_TRANSITIONS, STEP_TRANSITIONS
from runbot.domain.parameters import BUILT_IN, ParameterType
from runbot.domain.runbook import Content, ToolPlan
from runbot.first_minute import SUGGESTION
from runbot.settings import Settings
from runbot.surfaces.slack.commands import GRAMMAR, Entry
from runbot.surfaces.slack.lines import read_parameters
from runbot.surfaces.slack.scopes import needed

ROOT = Path(__file__).parents[2]
SETTINGS = [str(field.validation_alias) for field in Settings.model_fields.values()]
DECISION_LINES = 40
# The page's licences and the lock files come from elsewhere; their addresses aren't ours to change.
VENDORED = ("src/runbot/playground/page/built/licences.txt",)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def committed() -> list[Path]:
    """The repository's files, those about to be added too; every file where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        hidden = {".venv", ".git", "data", "node_modules"}
        found = (p for p in ROOT.rglob("*") if not hidden & set(p.relative_to(ROOT).parts))
    else:
        found = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return sorted(path for path in found if path.is_file())


DOCUMENTS = [path for path in committed() if path.suffix == ".md"]


def rows(document: str) -> dict[str, str]:
    """A document's table rows, by the first cell's code."""
    found = re.finditer(r"^\| `((?:[^`\\]|\\.)+)` \|(.*)$", read(document), re.MULTILINE)
    return {row[1].replace("\\|", "|"): row[2] for row in found}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    assert name in rows("docs/settings.md")
    assert re.search(rf"^{name}=", read(".env.example"), re.MULTILINE)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    assert set(rows("docs/settings.md")) == set(SETTINGS)
    named = set(re.findall(r"^([A-Z][A-Z_]+)=", read(".env.example"), re.MULTILINE))
    assert named == set(SETTINGS)


@pytest.mark.parametrize("entry", GRAMMAR, ids=lambda entry: entry.word.value)
def test_every_slash_command_is_documented_as_help_words_it(entry: Entry) -> None:
    told = rows("docs/commands.md")
    assert entry.usage in told
    assert entry.says.rstrip(".") in told[entry.usage].replace("\\|", "|")
    assert entry.example in told[entry.usage]
    assert all(f"`{word}`" in told[entry.usage] for word in entry.also)


def commands(parser: argparse.ArgumentParser, prefix: str) -> Iterator[str]:
    nested = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not nested:
        yield prefix
    for action in nested:
        for name, sub in action.choices.items():
            yield from commands(sub, f"{prefix} {name}")


def test_every_command_of_the_terminal_is_documented_and_no_other() -> None:
    told = {row for row in rows("docs/commands.md") if row.startswith("runbot ")}
    assert told == set(commands(_parser(), "runbot"))


def test_every_parameter_type_and_built_in_value_is_documented() -> None:
    text = read("docs/runbooks.md")
    assert [t for t in ParameterType if f"`{t}`" not in text] == []
    assert [name for name in BUILT_IN if f"`{{{{{name}}}}}`" not in text] == []


State = TypeVar("State", bound=StrEnum)
Move = TypeVar("Move", bound=StrEnum)


TOOLS = frozenset({"send_email", "web_fetch", "slack_post", "data_store", "wait"})


def typed(words: str) -> str:
    """What Slack makes of a sentence that a person types."""
    words = re.sub(r"@ana\b", "<@U0ANA>", words)
    return re.sub(r"#([a-z]+)\b", r"<#C0123|\1>", words)


def planned(document: str) -> Content:
    """The first sentence to the bot that a document quotes, as a draft."""
    quoted = re.search(r"^> @runbot (.*)$", read(document), re.MULTILINE)
    assert quoted is not None
    asked = read_request(typed(quoted[1]))
    assert isinstance(asked, Request)
    return replan(None, asked.description, asked.parameters, asked.instructions, tools=TOOLS)


def kinds(content: Content) -> list[str]:
    plans = (step.plan for step in content.steps)
    return [plan.tool if isinstance(plan, ToolPlan) else plan.kind for plan in plans]


def test_the_readme_s_sentence_is_the_one_that_the_playground_suggests() -> None:
    assert f"> {SUGGESTION}\n" in read("README.md")


def test_the_readme_s_sentence_becomes_four_tool_steps_with_three_questions() -> None:
    content = planned("README.md")
    assert kinds(content) == ["send_email", "data_store", "web_fetch", "slack_post"]
    assert [number for number, _ in content.open_questions] == [1, 2, 3]


def test_the_answers_that_the_guide_shows_leave_nothing_open() -> None:
    shown = re.search(r"^> (1: .*)$", read("docs/runbooks.md"), re.MULTILINE)
    assert shown is not None
    answers = read_answers(planned("README.md"), shown[1])
    assert answers.unclear is None
    assert {number for number, _, _ in answers.given} == {1, 2, 3}


def test_the_guide_s_sentence_is_planned_as_the_guide_says() -> None:
    content = planned("docs/runbooks.md")
    assert kinds(content) == ["manual", "web_fetch", "slack_post"]
    assert not content.open_questions


def test_the_guide_s_parameters_can_be_read() -> None:
    lines = re.search(r"```text\n(.*?)```", read("docs/runbooks.md"), re.DOTALL)
    assert lines is not None
    names = [parameter.name for parameter in read_parameters(lines[1])]
    assert names == ["env", "oncall", "retries", "ticket"]


@pytest.mark.parametrize(
    "said",
    [
        "Check that https://app.example.com/health returns 200",
        'Check that https://app.example.com/health contains "ok"',
        "wait 10 minutes",
    ],
)
def test_what_the_guide_calls_unmistakable_is_a_tool_s(said: str) -> None:
    step = plan_step(said, parameters=(), tools=TOOLS)
    assert isinstance(step.plan, ToolPlan)


def law_diagram(table: Mapping[tuple[State, Move], State], first: str) -> str:
    """A table of the law as Mermaid draws it."""
    moves: dict[tuple[str, str], list[str]] = {}
    for (before, move), after in table.items():
        moves.setdefault((before.value, after.value), []).append(move.value)
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [
        f"    {before} --> {after}: {', '.join(names)}" for (before, after), names in moves.items()
    ]
    begun = {before.value for before, _ in table}
    ends = dict.fromkeys(after.value for after in table.values() if after.value not in begun)
    lines += [f"    {end} --> [*]" for end in ends]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "diagram",
    [law_diagram(RUN_TRANSITIONS, "queued"), law_diagram(STEP_TRANSITIONS, "pending")],
    ids=["run", "step"],
)
def test_the_law_s_diagram_is_the_law(diagram: str) -> None:
    assert f"```mermaid\n{diagram}\n```" in read("ARCHITECTURE.md"), f"It should be:\n{diagram}"


LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for link, anchor in LINK.findall(document.read_text(encoding="utf-8")):
        target = (document.parent / link) if link else document
        assert target.exists(), f"{document.name} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{document.name} links to {link}#{anchor}"


@pytest.mark.parametrize(
    "record", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda p: p.name
)
def test_a_decision_is_short_and_numbered(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= DECISION_LINES
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", record.name)
    assert lines[0].startswith(f"# {int(record.name[:4])}. ")


def test_modules_that_the_architecture_names_exist() -> None:
    named = re.findall(
        r"`([a-z_]+(?:/[a-z_]+)*\.py|[a-z_]+(?:/[a-z_]+)*/)`", read("ARCHITECTURE.md")
    )
    slack = "src/runbot/surfaces/slack"
    places = ("", "src/runbot", slack, f"{slack}/listeners")
    missing = [name for name in named if not any((ROOT / p / name).exists() for p in places)]
    assert len(named) > 10
    assert missing == []


def test_the_setup_names_the_scopes_only_through_the_manifest() -> None:
    """So that a scope that comes or goes leaves no wrong document behind."""
    text = read("docs/slack-setup.md")
    assert [scope for scope in needed() if ":" in scope and scope in text] == []


REGISTRY = re.compile(
    r"(?:files\.pythonhosted|pypi\.org/simple|registry\.npmjs|index-url\s+http|find-links\s+http)"
)
HOME = re.compile(r"(?<![\w.-])/(?:home/(?!user\b)\w+|root|Users/\w+|work)/[\w.-]+")


@pytest.mark.parametrize(
    ("pattern", "what"), [(REGISTRY, "a registry's address"), (HOME, "a build machine's path")]
)
def test_no_file_names_where_it_was_built(pattern: re.Pattern[str], what: str) -> None:
    found = []
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        if path == Path(__file__) or name.startswith(VENDORED):
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        found += [f"{name}: {hit[0]}" for hit in pattern.finditer(content.decode())]
    assert found == [], f"These name {what}"


# The image can't be built where there is no container engine; what it is made of can be looked at.


def test_the_image_is_made_of_files_that_exist_and_that_are_let_in() -> None:
    dockerfile = read("Dockerfile")
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert sources == allowed
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_runs_a_command_that_exists_as_nobody_special() -> None:
    dockerfile = read("Dockerfile")
    command = re.search(r'^CMD \["runbot", "(\w+)"\]$', dockerfile, re.MULTILINE)
    assert command is not None
    assert f"runbot {command[1]}" in set(commands(_parser(), "runbot"))
    last = dockerfile.rsplit("\nFROM ", 1)[1]
    assert "\nUSER runbot\n" in last
    assert "RUNBOT_DATA_DIR=/data" in last
    assert not re.search(r"apt-get|gcc|build-essential", dockerfile)


def test_every_file_of_the_image_is_checked_against_its_hash() -> None:
    installs = re.findall(r"pip install ([^\\\n]*)", read("Dockerfile"))
    assert installs
    for options in installs:
        assert "--require-hashes" in options or "--no-index" in options


def test_continuous_integration_runs_what_the_readme_tells_people_to_run() -> None:
    script = read(".ci/run")
    assert re.search(r"^make --no-print-directory test \|\|", script, re.MULTILINE)
    assert "make test" in read("README.md")
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=False).returncode == 0
