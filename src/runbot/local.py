"""The playground beside Runbot: a local workspace in the browser, instead of Slack."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any, Final

from pydantic import SecretStr

from runbot.domain.errors import Conflict
from runbot.first_minute import STEPS
from runbot.playground import Playground
from runbot.settings import Settings

_LOOPBACK: Final = "127.0.0.1"


@contextlib.asynccontextmanager
async def playground(
    settings: Settings, manifest: dict[str, Any] | None, *, http: bool
) -> AsyncIterator[Settings]:
    """A local workspace, and the settings that make Runbot serve it.

    With `http`, which takes a manifest without Socket Mode, it sends its requests to another
    port of this machine, where these settings have Runbot listen.
    """
    port = _free_port() if http else 0
    playground = Playground(
        manifest=manifest,
        guide=STEPS,
        data=settings.data_dir / "playground.json",
        app_url=f"http://{_LOOPBACK}:{port}" if http else "",
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
    way = (
        {
            "slack_signing_secret": SecretStr(playground.signing_secret),
            "host": _LOOPBACK,
            "port": port,
        }
        if http
        else {"slack_app_token": SecretStr(playground.app_token)}
    )
    try:
        yield settings.model_copy(
            update={
                "slack_bot_token": SecretStr(playground.bot_token),
                "slack_api_url": playground.api_url,
                "smtp_url": settings.smtp_url or SecretStr(playground.smtp_url),
                "allow_hosts": (*settings.allow_hosts, address),
                **way,
            }
        )
    finally:
        await playground.stop()


def _free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.create_server((_LOOPBACK, 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
