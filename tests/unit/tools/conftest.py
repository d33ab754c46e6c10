"""What the tools' tests share: a run's context, a web server, and a fetcher for it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which

import pytest
from aiohttp import web

from runbot.tools.contract import ToolContext
from runbot.tools.fetching import Fetcher
from runbot.tools.network import NetworkPolicy
from unit.tools.servers import Site


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
    return Fetcher(NetworkPolicy([f"127.0.0.1:{site.port}"]), timeout=5)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key, in one file, for 127.0.0.1 and known to nobody."""
    if not which("openssl"):
        pytest.skip("openssl, which makes this test's certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    path = folder / "both.pem"
    subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(path), "-out", str(folder / "certificate.pem"), "-days", "2"]
    command = ["openssl", "req", "-x509", *curve, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + (folder / "certificate.pem").read_text())
    return path
