"""What `runbot check` finds, against a real workspace, mail server and database on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult
from sqlalchemy import text

from runbot.bootstrap import database_url, manifest
from runbot.check import Finding, check
from runbot.cli import main
from runbot.engine.alone import alone
from runbot.playground import Playground
from runbot.settings import Settings
from runbot.store.database import Database
from unit.configured import in_playground

SECRET = "xoxb-very-secret"


def settings(folder: Path, **given: object) -> Settings:
    return Settings.model_validate({"data_dir": folder / "data", **given})


def named(findings: list[Finding], what: str) -> Finding:
    return next(finding for finding in findings if finding.what == what)


async def test_a_workspace_that_is_set_up_has_nothing_wrong(
    playground: Playground, tmp_path: Path
) -> None:
    findings = await check(in_playground(playground, tmp_path))
    assert [f.what for f in findings if not f.ok] == []
    assert "@runbot" in named(findings, "Slack bot token").sentence
    assert playground.mail == []
    assert {call.method for call in playground.calls} == {"auth.test", "apps.connections.open"}


async def test_in_http_mode_no_app_token_is_missed_and_the_address_is_said(
    playground: Playground, tmp_path: Path
) -> None:
    http = in_playground(
        playground, tmp_path, slack_app_token=None, slack_signing_secret="ab" * 16, port=0
    )
    findings = await check(http)
    assert [f.what for f in findings if not f.ok] == []
    said = named(findings, "Slack signing secret").sentence
    assert "127.0.0.1:0" in said
    assert named(findings, "Port").ok
    assert "/slack/events" in said
    assert "abab" not in said


@pytest.mark.parametrize("secret", ["shh", "xoxb-1", "AB" * 16, "ab" * 17])
async def test_what_is_no_signing_secret_is_told_and_not_shown(
    playground: Playground, tmp_path: Path, secret: str
) -> None:
    http = in_playground(
        playground, tmp_path, slack_app_token=None, slack_signing_secret=secret, port=0
    )
    found = named(await check(http), "Slack signing secret")
    assert not found.ok
    assert "Basic Information" in found.sentence
    assert secret not in found.sentence


async def test_in_http_mode_the_port_is_looked_at(playground: Playground, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        http = in_playground(
            playground,
            tmp_path,
            slack_app_token=None,
            slack_signing_secret="ab" * 16,
            port=taken.getsockname()[1],
        )
        found = named(await check(http), "Port")
    assert not found.ok
    assert "RUNBOT_PORT" in found.sentence


async def test_two_ways_to_slack_at_once_are_one_too_many(
    playground: Playground, tmp_path: Path
) -> None:
    both = in_playground(playground, tmp_path, slack_signing_secret="shh")
    wrong = [f for f in await check(both) if not f.ok]
    assert [f.what for f in wrong] == ["Slack connection"]
    assert "both set" in wrong[0].sentence


async def test_without_tokens_the_playground_is_said_to_be_fine(tmp_path: Path) -> None:
    findings = await check(settings(tmp_path))
    assert all(f.ok for f in findings)
    assert "playground" in named(findings, "Slack").sentence
    assert "playground's own mailbox" in named(findings, "Mail").sentence


async def test_one_token_without_the_other_says_where_to_get_it(
    playground: Playground, tmp_path: Path
) -> None:
    no_app = await check(in_playground(playground, tmp_path, slack_app_token=None))
    assert "connections:write" in named(no_app, "Slack app token").sentence
    assert named(no_app, "Slack bot token").ok
    no_bot = await check(in_playground(playground, tmp_path, slack_bot_token=None))
    assert "manifests/socket-mode.json" in named(no_bot, "Slack bot token").sentence
    assert not named(no_bot, "Slack bot token").ok


async def test_tokens_in_each_other_s_place_are_told_apart_without_asking_slack(
    playground: Playground, tmp_path: Path
) -> None:
    swapped = in_playground(
        playground,
        tmp_path,
        slack_bot_token=playground.app_token,
        slack_app_token=playground.bot_token,
    )
    findings = await check(swapped)
    assert "xoxb-" in named(findings, "Slack bot token").sentence
    assert "xapp-" in named(findings, "Slack app token").sentence
    assert not playground.calls


async def test_a_refused_token_is_not_repeated_in_the_sentence(
    playground: Playground, tmp_path: Path
) -> None:
    findings = await check(in_playground(playground, tmp_path, slack_bot_token=SECRET))
    found = named(findings, "Slack bot token")
    assert not found.ok
    assert "doesn't know it" in found.sentence
    assert SECRET not in json.dumps([f.as_dict() for f in findings])


async def test_a_slack_that_is_not_there_is_said_with_its_address(tmp_path: Path) -> None:
    gone = settings(
        tmp_path,
        slack_bot_token=SECRET,
        slack_app_token="xapp-1",
        slack_api_url="http://127.0.0.1:9/api",
    )
    findings = await check(gone)
    assert "http://127.0.0.1:9/api/" in named(findings, "Slack bot token").sentence
    assert not named(findings, "Slack app token").ok


async def test_a_slack_that_never_answers_is_given_up(
    playground: Playground, tmp_path: Path
) -> None:
    playground.faults.no_answer("auth.test")
    findings = await check(in_playground(playground, tmp_path), seconds=0.5)
    assert "does not answer" in named(findings, "Slack bot token").sentence


async def test_a_slack_in_trouble_is_not_blamed_on_the_token(
    playground: Playground, tmp_path: Path
) -> None:
    playground.faults.server_error("auth.test")
    playground.faults.ratelimited("apps.connections.open", retry_after=3)
    findings = await check(in_playground(playground, tmp_path))
    assert "later" in named(findings, "Slack bot token").sentence
    assert "minute" in named(findings, "Slack app token").sentence
    assert "Copy" not in named(findings, "Slack bot token").sentence


async def test_a_scope_that_was_not_granted_is_named(tmp_path: Path) -> None:
    poorer = json.loads(json.dumps(manifest()))
    poorer["oauth_config"]["scopes"]["bot"].remove("users:read")
    playground = Playground(manifest=poorer)
    await playground.start()
    findings = await check(in_playground(playground, tmp_path))
    await playground.stop()
    scopes = named(findings, "Slack scopes")
    assert not scopes.ok
    assert "lacks users:read. Add it" in scopes.sentence
    assert "reinstall" in scopes.sentence


async def test_the_connection_is_tried_up_to_slack_s_hello_and_hung_up(
    playground: Playground, tmp_path: Path
) -> None:
    found = named(await check(in_playground(playground, tmp_path)), "Slack connection")
    assert found.ok
    assert "said hello in" in found.sentence
    await playground.until(
        lambda: not playground.platform.transport.connected, what="no connection is left"
    )


async def test_a_socket_mode_that_takes_nobody_is_told(
    playground: Playground, tmp_path: Path
) -> None:
    playground.faults.switch("socket_refused")
    found = named(await check(in_playground(playground, tmp_path)), "Slack connection")
    assert not found.ok
    assert "WebSockets have to pass" in found.sentence


async def test_socket_mode_that_is_switched_off_says_where_to_switch_it_on(tmp_path: Path) -> None:
    off = json.loads(json.dumps(manifest()))
    off["settings"]["socket_mode_enabled"] = False
    playground = Playground(manifest=off)
    await playground.start()
    found = await check(in_playground(playground, tmp_path))
    await playground.stop()
    assert "Socket Mode" in named(found, "Slack connection").sentence


async def test_another_runbot_on_the_same_app_is_told(
    playground: Playground, tmp_path: Path
) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {playground.app_token}"}
        opened = await session.post(f"{playground.api_url}apps.connections.open", headers=headers)
        async with session.ws_connect((await opened.json())["url"]) as line:
            await line.receive()
            found = named(await check(in_playground(playground, tmp_path)), "Slack connection")
    assert not found.ok
    assert "1 more of this app's connections" in found.sentence


async def test_a_runbot_at_work_is_left_alone(playground: Playground, tmp_path: Path) -> None:
    """A second connection would be sent some of its clicks, and lose them."""
    given = in_playground(playground, tmp_path)
    async with alone(database_url(given), lost=lambda: None):
        found = named(await check(given), "Slack connection")
        assert not playground.platform.transport.connected
    assert found.ok
    assert "left alone" in found.sentence
    assert "said hello" in named(await check(given), "Slack connection").sentence


async def test_a_port_that_another_program_has_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = settings(tmp_path, port=taken.getsockname()[1])
        found = named(await check(given), "Port")
        assert not found.ok
        assert "RUNBOT_PORT" in found.sentence
        async with alone(database_url(given), lost=lambda: None):
            own = named(await check(given), "Port")
    assert own.ok
    assert "by Runbot itself" in own.sentence
    assert "is free" in named(await check(given), "Port").sentence


@contextlib.asynccontextmanager
async def slack_with_date(date: str) -> AsyncIterator[str]:
    """Slack's two methods with a clock of their own."""

    async def answer(_: web.Request) -> web.Response:
        body = {"ok": True, "user": "runbot", "team": "Elsewhere", "url": "wss://127.0.0.1/"}
        return web.json_response(body, headers={"Date": date})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/api/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("ahead", "word"), [(600, "slow"), (-600, "fast")], ids=["slack-ahead", "slack-behind"]
)
async def test_a_clock_that_disagrees_with_slack_s_is_told(
    tmp_path: Path, ahead: int, word: str
) -> None:
    async with slack_with_date(formatdate(time.time() + ahead, usegmt=True)) as url:
        findings = await check(
            settings(
                tmp_path, slack_bot_token="xoxb-1", slack_app_token="xapp-1", slack_api_url=url
            )
        )
    clock = named(findings, "Clock")
    assert not clock.ok
    assert word in clock.sentence
    assert "NTP" in clock.sentence


# --- Mail ---


class _Login:
    """An authenticator that knows one user."""

    def __call__(self, *given: object) -> AuthResult:
        data = given[-1]
        right = (getattr(data, "login", b""), getattr(data, "password", b"")) == (b"ana", b"p@ss")
        return AuthResult(success=right, handled=False)


@contextlib.asynccontextmanager
async def mail_server() -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            object(),
            hostname="mail.test",
            loop=loop,
            authenticator=_Login(),
            auth_require_tls=False,
            auth_required=True,
        ),
        "127.0.0.1",
        0,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


# aiosmtpd warns of a login without TLS, which is what is tried here, on loopback.
without_tls = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@without_tls
async def test_a_mail_server_that_takes_the_login_is_good(tmp_path: Path) -> None:
    async with mail_server() as port:
        findings = await check(settings(tmp_path, smtp_url=f"smtp://ana:p%40ss@127.0.0.1:{port}"))
    mail = named(findings, "Mail")
    assert mail.ok
    assert "takes the login" in mail.sentence


@without_tls
async def test_a_wrong_mail_password_is_told_and_not_shown(tmp_path: Path) -> None:
    async with mail_server() as port:
        findings = await check(settings(tmp_path, smtp_url=f"smtp://ana:wrong@127.0.0.1:{port}"))
    mail = named(findings, "Mail")
    assert not mail.ok
    assert "password" in mail.sentence
    assert "wrong" not in mail.sentence


async def test_a_mail_server_that_hangs_is_given_up_in_time(tmp_path: Path) -> None:
    let_go = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let_go.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    findings = await check(settings(tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"), seconds=0.3)
    let_go.set()
    server.close()
    await server.wait_closed()
    assert "did not answer within 0.3 seconds" in named(findings, "Mail").sentence


async def test_what_is_not_a_mail_server_s_address_is_told(tmp_path: Path) -> None:
    mail = named(await check(settings(tmp_path, smtp_url="mail.example.com")), "Mail")
    assert not mail.ok
    assert "smtp://user:password@host:port" in mail.sentence


async def test_a_workspace_without_mail_says_what_that_means(
    playground: Playground, tmp_path: Path
) -> None:
    mail = named(await check(in_playground(playground, tmp_path, smtp_url=None)), "Mail")
    assert mail.ok
    assert "send_email fail" in mail.sentence


# --- What Runbot keeps ---


async def upgraded(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    await database.upgrade()
    await database.close()


async def test_an_upgraded_database_is_up_to_date(tmp_path: Path) -> None:
    await upgraded(tmp_path / "own.db")
    found = named(
        await check(settings(tmp_path, database_url=f"sqlite:///{tmp_path}/own.db")), "Database"
    )
    assert found.ok
    assert "up to date" in found.sentence


async def test_checking_makes_neither_folder_nor_database(tmp_path: Path) -> None:
    findings = await check(settings(tmp_path))
    assert "will be made" in named(findings, "Database").sentence
    assert "will be made" in named(findings, "Data folder").sentence
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a list is what it's compared with


async def test_a_database_of_a_newer_release_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    await upgraded(path)
    database = Database(f"sqlite:///{path}")
    await database.write(lambda s: s.execute(text("UPDATE alembic_version SET version_num='9999'")))
    await database.close()
    found = named(await check(settings(tmp_path, database_url=f"sqlite:///{path}")), "Database")
    assert not found.ok
    assert "newer" in found.sentence


async def test_an_empty_database_is_made_ready_by_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "own.db").touch()
    found = named(
        await check(settings(tmp_path, database_url=f"sqlite:///{tmp_path}/own.db")), "Database"
    )
    assert found.ok
    assert "db upgrade" in found.sentence


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@localhost/runbot", "kind mysql"),
        ("postgresql://ana:p4ssw0rd@127.0.0.1:9/runbot", "doesn't answer"),
        ("not a url", "not the address"),
    ],
)
async def test_a_database_that_can_t_be_used_is_told_without_its_password(
    tmp_path: Path, url: str, said: str
) -> None:
    found = named(await check(settings(tmp_path, database_url=url)), "Database")
    assert not found.ok
    assert said in found.sentence
    assert "p4ssw0rd" not in found.sentence


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.db").write_text("Dear diary, this is surely not a database. " * 50)
    found = named(
        await check(settings(tmp_path, database_url=f"sqlite:///{tmp_path}/own.db")), "Database"
    )
    assert not found.ok
    assert "not a database" in found.sentence


async def test_a_data_folder_that_can_t_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands in the way")
    found = named(await check(settings(tmp_path)), "Data folder")
    assert not found.ok
    assert "RUNBOT_DATA_DIR" in found.sentence


# --- The command ---


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment and a working folder that set nothing."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_the_command_succeeds_where_nothing_is_wrong(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("RUNBOT_PORT", "0")
    assert main(["check", "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)
    assert [finding["what"] for finding in findings if not finding["ok"]] == []
    assert {"Slack", "Port", "Database", "Data folder", "Mail"} == {f["what"] for f in findings}


def test_the_command_fails_where_something_is_wrong_and_says_it(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("SLACK_APP_TOKEN", "nonsense")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "SLACK_BOT_TOKEN is not set" in out
    assert "nonsense" not in out


def test_nothing_that_is_quoted_can_pass_for_a_finding(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    environment.setenv("RUNBOT_PORT", "0")
    environment.setenv("RUNBOT_DATA_DIR", str(tmp_path / "x\nok     Forged: all is well\x1b[2J"))
    main(["check"])
    out = capsys.readouterr().out
    assert "Forged" in out
    assert "\x1b" not in out
    assert not [line for line in out.splitlines() if line.startswith("ok     Forged")]
