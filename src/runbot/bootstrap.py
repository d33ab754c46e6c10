"""Puts Runbot together from its settings, starts it in the right order, and stops it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import make_url

from runbot.agent.rules.authoring import is_create_request
from runbot.config import read as read_config
from runbot.domain.approvals import demanded
from runbot.domain.errors import RunbotError
from runbot.engine.alone import alone
from runbot.engine.artefacts import StoredArtefacts
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.link import linked, required
from runbot.local import playground
from runbot.operations.exporting.exports import Exports
from runbot.operations.inbox import Inbox
from runbot.operations.recovery import Recovery
from runbot.operations.rights import Rights
from runbot.operations.roles import Roles, StoredGrants
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.settings import Settings
from runbot.store.database import Database
from runbot.surfaces.slack import owing
from runbot.surfaces.slack.desk import Desk
from runbot.surfaces.slack.directory import Directory
from runbot.surfaces.slack.display import Display, Pace
from runbot.surfaces.slack.posts import Posts
from runbot.surfaces.slack.records import StoredRecords
from runbot.surfaces.slack.sending import Sender, web_client
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

# Seconds. With the link's and the steps' own, a stop stays within the ten seconds that
# container engines wait before they kill.
LAST_REDRAWS = 2.0
# How long a person's answer outlasts Slack's trouble. Nobody waits for a listener that has
# acknowledged; later than this they have asked again.
ANSWERS_WAIT = 900.0


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
    required(settings)
    token = settings.slack_bot_token or SecretStr("")
    database = Database(database_url(settings))
    client = web_client(token.get_secret_value(), base_url=settings.slack_api_url)
    sender = Sender(lambda _: client)
    directory = Directory(lambda _: client)
    records = StoredRecords(database)
    ledger = Ledger(database)
    toolbox = _toolbox(settings, database, sender, directory, records)
    risks = {name: tool.risk.value for name, tool in toolbox.items()}
    config = read_config(settings.config)
    policy = config.approvals.policy
    engine = Engine(
        EngineSettings(engine_url(settings)),
        ledger=ledger,
        toolbox=toolbox,
        clock=utc_now,
        demand_of=lambda run, number: demanded(run.planned(number), policy, risks),
    )
    display = Display(
        records,
        sender,
        clock=utc_now,
        pace=Pace(interval=settings.display_interval, per_minute=settings.display_per_minute),
    )
    ledger.on_change(display.changed)
    stored = StoredGrants(database, config.roles.assigned if config.roles else None)
    rights = Rights(directory, stored)
    roles = Roles(database=database, rights=rights, stored=stored, clock=utc_now)
    runbooks = Runbooks(
        database=database,
        risks=risks,
        policy=policy,
        check=toolbox.check,
        directory=directory,
        clock=utc_now,
        rights=rights,
    )
    runs = Runs(
        database=database,
        ledger=ledger,
        engine=engine,
        runbooks=runbooks,
        directory=directory,
        clock=utc_now,
        rights=rights,
    )
    recovery = Recovery(
        runs=runs,
        database=database,
        ledger=ledger,
        engine=engine,
        toolbox=toolbox,
        rights=rights,
        clock=utc_now,
    )
    inbox = Inbox(database, utc_now)
    desk = Desk(
        runbooks=runbooks,
        runs=runs,
        exports=Exports(database=database, runs=runs, clock=utc_now),
        rights=rights,
        recovery=recovery,
        roles=roles,
        inbox=inbox,
        sender=Sender(lambda _: client, patience=ANSWERS_WAIT),
        directory=directory,
        gone=display.gone,
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
    """Runbot at work: rows first, then runs, then the display, and the link to Slack last.

    Where `stop` is set before Slack took the token, it is at work without.
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
        left = await application.inbox.owed()
        link = linked(
            settings,
            client=application.client,
            desk=application.desk,
            database=application.database,
            stop=stop,
        )
        await stack.enter_async_context(link)
        await stack.enter_async_context(_beside(owing.made_good(application.desk, left)))
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


async def serve(settings: Settings, *, http: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. Without Slack tokens, serve the playground too.

    `http` has the playground send requests, as Slack does where Socket Mode is off.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such loop handlers; there Ctrl-C cancels the whole run instead.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(alone(database_url(settings), lost=stop.set))
        if not settings.has_slack:
            which = "http" if http else "socket-mode"
            local = playground(settings, manifest(which), http=http)
            settings = await stack.enter_async_context(local)
        await stack.enter_async_context(running(settings, stop=stop))
        await stop.wait()
        log.info("Stopping: runs hold at their next step and go on at the next start")


def manifest(name: str = "socket-mode") -> dict[str, Any] | None:
    """The Slack app's manifest, as it lies in a checkout or in an installed package.

    There are `socket-mode` and `http`.
    """
    package = Path(__file__).parent
    for folder in (package / "manifests", package.parents[1] / "manifests"):
        if (path := folder / f"{name}.json").is_file():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return found
    return None


async def upgrade(settings: Settings) -> None:
    """Bring the database's tables up to date, and nothing else."""
    database = Database(database_url(settings))
    try:
        await database.upgrade()
    finally:
        await database.close()
