"""Puts Runbot together from its settings, starts it in the right order, and stops it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import make_url

from runbot.agent.rules.authoring import is_create_request
from runbot.domain.errors import Conflict, InvalidInput, RunbotError
from runbot.engine.alone import alone
from runbot.engine.artefacts import StoredArtefacts
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.operations.inbox import Inbox
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.playground import Playground
from runbot.settings import Settings
from runbot.store.database import Database
from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.app import single_workspace, slack_app
from runbot.surfaces.slack.connection import Socket
from runbot.surfaces.slack.desk import Desk
from runbot.surfaces.slack.directory import Directory
from runbot.surfaces.slack.display import Display, Pace
from runbot.surfaces.slack.records import StoredRecords
from runbot.surfaces.slack.sending import Posts, Sender, web_client
from runbot.tools.contract import ToolContext
from runbot.tools.data_store import DataStore
from runbot.tools.fetching import Fetcher
from runbot.tools.mail_server import MailServer
from runbot.tools.network import NetworkPolicy
from runbot.tools.send_email import SendEmail
from runbot.tools.slack_post import SlackPost
from runbot.tools.toolbox import Toolbox
from runbot.tools.wait import Wait
from runbot.tools.web_fetch import WebFetch

log = logging.getLogger(__name__)

# Seconds. With the socket's and the steps' own, a stop stays within the ten seconds that
# container engines wait before they kill.
LAST_REDRAWS = 2.0
LAST_WORDS = 1.0

SUGGESTION = (
    "@runbot Create a runbook called incident-response-database with these steps: "
    "1. Page the on-call engineer via send_email. "
    "2. Snapshot the database logs to the data store. "
    "3. Run a diagnostic web_fetch against /health. "
    "4. Post a status update to #incidents on Slack."
)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that was put together, not yet started."""

    settings: Settings
    database: Database
    ledger: Ledger
    engine: Engine
    display: Display
    desk: Desk
    client: AsyncWebClient
    inbox: Inbox


def database_url(settings: Settings) -> str:
    """Where the rows live: Postgres where one is named, else a file in the data folder."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{settings.data_dir.absolute() / 'runbot.db'}"


def engine_url(settings: Settings) -> str:
    """Where the journal lives: beside the rows, on SQLite in a file of its own."""
    rows = make_url(database_url(settings))
    if rows.get_backend_name() != "sqlite":
        return rows.render_as_string(hide_password=False)
    file = Path(rows.database or "")
    return f"sqlite:///{file.with_name(f'{file.stem}-engine.db')}"


def assemble(settings: Settings) -> Application:
    """Build every part; nothing is connected or started yet."""
    if settings.slack_bot_token is None or settings.slack_app_token is None:
        missing = "SLACK_BOT_TOKEN" if settings.slack_bot_token is None else "SLACK_APP_TOKEN"
        raise InvalidInput(
            f"{missing} is not set, and Runbot needs both tokens to reach Slack.",
            do="docs/slack-setup.md says where to find it; with neither token, the playground "
            "starts instead.",
        )
    database = Database(database_url(settings))
    client = web_client(
        settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url
    )
    sender = Sender(lambda _: client)
    directory = Directory(lambda _: client)
    records = StoredRecords(database)
    ledger = Ledger(database)
    toolbox = _toolbox(settings, database, sender, directory, records)
    engine = Engine(
        EngineSettings(engine_url(settings)), ledger=ledger, toolbox=toolbox, clock=utc_now
    )
    display = Display(
        records,
        sender,
        clock=utc_now,
        pace=Pace(interval=settings.display_interval, per_minute=settings.display_per_minute),
    )
    ledger.on_change(display.changed)
    runbooks = Runbooks(
        database=database,
        risks={name: tool.risk.value for name, tool in toolbox.items()},
        check=toolbox.check,
        directory=directory,
        clock=utc_now,
    )
    runs = Runs(
        database=database,
        ledger=ledger,
        engine=engine,
        runbooks=runbooks,
        directory=directory,
        clock=utc_now,
    )
    inbox = Inbox(database, utc_now)
    desk = Desk(
        runbooks=runbooks,
        runs=runs,
        inbox=inbox,
        sender=sender,
        directory=directory,
        tools=toolbox.describe(),
        understands=is_create_request,
    )
    return Application(settings, database, ledger, engine, display, desk, client, inbox)


def _toolbox(
    settings: Settings,
    database: Database,
    sender: Sender,
    directory: Directory,
    records: StoredRecords,
) -> Toolbox:
    async def link(context: ToolContext) -> str | None:
        place = await records.place(context.run_id)
        try:
            return await sender.permalink(context.workspace, place) if place else None
        except RunbotError:
            return None  # the post is what the step asks for; its link only helps

    fetcher = Fetcher(NetworkPolicy(settings.allow_hosts))
    smtp = settings.smtp_url
    mail = MailServer.parse(smtp.get_secret_value()) if smtp else None
    return Toolbox.with_packages(
        [
            SendEmail(mail, sender=settings.mail_from),
            WebFetch(fetcher),
            SlackPost(Posts(sender, directory.channel_id), link=link),
            DataStore(StoredArtefacts(database, utc_now), fetcher, files=settings.allow_files),
            Wait(),
        ]
    )


@contextlib.asynccontextmanager
async def running(
    settings: Settings, *, stop: asyncio.Event | None = None
) -> AsyncIterator[Application]:
    """Runbot at work: rows first, then runs, then the display, and Slack's socket last.

    Where `stop` is set before Slack took the connection, it is at work without.
    Stopping goes the other way round; whatever was under way goes on at the next start.
    """
    application = assemble(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(application.database.close)
        await application.database.upgrade()
        await stack.enter_async_context(_beside(application.inbox.forget_daily()))
        stack.push_async_callback(application.display.close, grace=LAST_REDRAWS)
        await application.engine.launch()
        stack.push_async_callback(application.engine.close, grace=settings.shutdown_grace)
        await application.display.start()
        await stack.enter_async_context(_slack(application, stop))
        yield application


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """The work goes on in a task of its own until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Without Slack tokens, serve the playground too."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such loop handlers; there Ctrl-C cancels the whole run instead.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(alone(database_url(settings), lost=stop.set))
        if not settings.has_slack:
            settings = await stack.enter_async_context(_playground(settings))
        await stack.enter_async_context(running(settings, stop=stop))
        await stop.wait()
        log.info("Stopping: runs hold at their next step and go on at the next start")


@contextlib.asynccontextmanager
async def _slack(application: Application, stop: asyncio.Event | None) -> AsyncIterator[None]:
    """Connected to Slack, however long that takes; runs go on meanwhile. `stop` ends the trying."""
    async with contextlib.AsyncExitStack() as stack:
        connecting = asyncio.create_task(_connect(application, stack), name="connect to Slack")
        stopping = asyncio.create_task((stop or asyncio.Event()).wait(), name="stop")
        try:
            await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            connecting.cancel()
            await asyncio.wait({connecting, stopping})
        if not connecting.cancelled():
            connecting.result()
            log.info("Connected to Slack")
        yield


async def _connect(application: Application, stack: contextlib.AsyncExitStack) -> None:
    settings = application.settings
    ask = partial(tokens.bot_token, settings.slack_bot_token, api_url=settings.slack_api_url)
    auth_test = await tokens.taken(ask)
    if "x-oauth-scopes" in auth_test.headers and (
        missing := tokens.missing_scopes(auth_test.headers)
    ):
        log.warning(missing)
    app = slack_app(
        client=application.client,
        desk=application.desk,
        authorize=single_workspace(application.client, auth_test),
    )
    socket = Socket(app, app_token=settings.slack_app_token, client=application.client)
    stack.push_async_callback(application.desk.finish, grace=LAST_WORDS)
    stack.push_async_callback(socket.close)
    await socket.open()


@contextlib.asynccontextmanager
async def _playground(settings: Settings) -> AsyncIterator[Settings]:
    """A local workspace in the browser, and the settings that make Runbot serve it."""
    playground = Playground(
        manifest=manifest(), suggestion=SUGGESTION, data=settings.data_dir / "playground.json"
    )
    try:
        await playground.start(settings.host, settings.port)
    except OSError as wrong:
        raise Conflict(
            f"Port {settings.port} can't be used: {wrong.strerror or wrong}.",
            means="The playground did not start.",
            do="Stop what uses the port, or choose another with RUNBOT_PORT.",
        ) from None
    address = playground.url.removeprefix("http://")
    playground.workspace.channel("general").topic = (
        f"A site to try runbooks on: {playground.url} has /health, /ill, and logs at "
        f"{playground.url}/logs"
    )
    print(f"\nOpen {playground.url} in your browser. Ctrl-C stops it.\n", flush=True)
    try:
        yield settings.model_copy(
            update={
                "slack_bot_token": SecretStr(playground.bot_token),
                "slack_app_token": SecretStr(playground.app_token),
                "slack_api_url": playground.api_url,
                "smtp_url": settings.smtp_url or SecretStr(playground.smtp_url),
                "allow_hosts": (*settings.allow_hosts, address),
            }
        )
    finally:
        await playground.stop()


def manifest() -> dict[str, Any] | None:
    """The Slack app's manifest, as it lies in a checkout or in an installed package."""
    package = Path(__file__).parent
    for folder in (package / "manifests", package.parents[1] / "manifests"):
        if (path := folder / "socket-mode.json").is_file():
            found: dict[str, Any] = json.loads(path.read_text())
            return found
    return None


async def upgrade(settings: Settings) -> None:
    """Bring the database's tables up to date, and nothing else."""
    database = Database(database_url(settings))
    try:
        await database.upgrade()
    finally:
        await database.close()
