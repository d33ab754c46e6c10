"""What the environment can set, and what happens where it can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbot.bootstrap import assemble
from runbot.domain.errors import InvalidInput
from runbot.settings import Settings, load


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment and a working folder that set nothing."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert not settings.has_slack
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.host == "127.0.0.1"


def test_a_copied_env_example_sets_nothing_else_than_the_defaults(tmp_path: Path) -> None:
    defaults = load()
    example = Path(__file__).parents[2] / ".env.example"
    (tmp_path / ".env").write_text(example.read_text())
    assert load() == defaults


def test_a_line_left_blank_is_not_set(environment: pytest.MonkeyPatch) -> None:
    defaults = load()
    for field in Settings.model_fields.values():
        environment.setenv(str(field.validation_alias), "")
    environment.setenv("RUNBOT_SMTP_URL", "  ")
    assert load() == defaults


def test_an_app_token_means_socket_mode_and_a_signing_secret_http(
    environment: pytest.MonkeyPatch,
) -> None:
    assert load().slack_mode is None
    environment.setenv("SLACK_SIGNING_SECRET", "shh")
    assert load().has_slack
    assert load().slack_mode == "http"
    environment.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert load().slack_mode == "socket"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("SLACK_BOT_TOKEN",), "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set"),
        (("SLACK_APP_TOKEN",), "SLACK_BOT_TOKEN is not set"),
        (("SLACK_SIGNING_SECRET",), "SLACK_BOT_TOKEN is not set"),
        (
            ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
            "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set",
        ),
    ],
)
def test_half_a_way_to_slack_and_two_are_each_a_sentence(
    environment: pytest.MonkeyPatch, given: tuple[str, ...], said: str
) -> None:
    for name in given:
        environment.setenv(name, "hunter2")
    with pytest.raises(InvalidInput) as refused:
        assemble(load())
    assert said in refused.value.sentence
    assert "hunter2" not in refused.value.sentence


def test_either_token_is_enough_to_leave_the_playground(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert load().has_slack


def test_lists_are_separated_by_commas_or_spaces(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RUNBOT_ALLOW_HOSTS", "intranet.example.com:8080, 10.1.0.0/16 db")
    environment.setenv("RUNBOT_ALLOW_FILES", "/var/log/a.log,/var/log/b.log")
    settings = load()
    assert settings.allow_hosts == ("intranet.example.com:8080", "10.1.0.0/16", "db")
    assert settings.allow_files == (Path("/var/log/a.log"), Path("/var/log/b.log"))


def test_the_web_api_s_base_always_ends_in_a_slash(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLACK_API_URL", "http://127.0.0.1:3000/api")
    assert load().slack_api_url == "http://127.0.0.1:3000/api/"


def test_every_setting_that_can_t_be_used_gets_its_sentence_and_no_value_is_repeated(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("RUNBOT_PORT", "70000")
    environment.setenv("RUNBOT_DISPLAY_INTERVAL", "s3cret")
    with pytest.raises(InvalidInput) as refused:
        load()
    assert "RUNBOT_PORT" in refused.value.sentence
    assert "RUNBOT_DISPLAY_INTERVAL" in refused.value.sentence
    assert "s3cret" not in refused.value.sentence


def test_secrets_are_not_shown_with_the_settings(environment: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "RUNBOT_SMTP_URL"):
        environment.setenv(name, "hunter2")
    assert "hunter2" not in repr(load())


def test_a_log_level_is_one_that_the_log_knows_in_any_case(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RUNBOT_LOG_LEVEL", "debug")
    assert load().log_level == "DEBUG"
    environment.setenv("RUNBOT_LOG_LEVEL", "chatty")
    with pytest.raises(InvalidInput, match="can't start") as refused:
        load()
    assert "RUNBOT_LOG_LEVEL" in refused.value.sentence


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-hunter2\nX-Evil: 1", "was not copied right"),
        ("SLACK_APP_TOKEN", "xapp-hunter2\u00fc", "was not copied right"),
        ("SLACK_SIGNING_SECRET", "hunter2 hunter2", "was not copied right"),
        ("SLACK_API_URL", "https://me:hunter2@proxy/api/", "with no user in it"),
        ("SLACK_API_URL", "hunter2", "with no user in it"),
        ("SLACK_API_URL", "http://[hunter2/", "with no user in it"),
        ("DATABASE_URL", "postgresql://me@host:hunter2/runbot", "its port is no number"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_without_the_secret(
    environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(InvalidInput) as refused:
        load()
    (problem,) = refused.value.problems
    assert problem.sentence.startswith(f"{name}: ")
    assert said in problem.sentence
    assert "hunter2" not in refused.value.sentence + problem.sentence


def test_a_line_end_that_was_pasted_along_is_no_part_of_a_token(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("SLACK_BOT_TOKEN", " xoxb-1\n")
    token = load().slack_bot_token
    assert token is not None
    assert token.get_secret_value() == "xoxb-1"
