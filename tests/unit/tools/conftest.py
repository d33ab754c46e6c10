"""What the tools' tests share: a run's context, a web server, and a fetcher for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from runbot.tools.contract import ToolContext
from runbot.tools.fetching import Fetcher
from runbot.tools.network import NetworkPolicy
from unit.tools.servers import DEADLINE, Site


@pytest.fixture
def context() -> ToolContext:
    return ToolContext(
        key="run-1:2:1",
        workspace="T1",
        channel="C1",
        run_id="run-1",
        run_number=12,
        runbook="incident-response-database",
        step=2,
        state="Running, step 2 of 4",
        started_by="Ana",
    )


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    # The handler is told at once when the client closes the connection.
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    made.url = f"http://127.0.0.1:{made.port}"
    yield made
    await runner.cleanup()


@pytest.fixture
def fetcher(site: Site) -> Fetcher:
    """A fetcher that may reach the test's own web server."""
    return Fetcher(NetworkPolicy([f"127.0.0.1:{site.port}"]), timeout=DEADLINE)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, known to nobody, in one file with its key and its issuer."""
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    authority.cert_pem.write_to_path(path, append=True)
    return path
