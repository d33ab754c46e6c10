"""The port that the playground, or Slack's requests, come in at."""

from __future__ import annotations

import errno
import os
import socket

from runbot.check.finding import Finding, bad, good
from runbot.settings import Settings


def port(settings: Settings, *, running: bool) -> list[Finding]:
    """Whether the port can be listened at; nothing where Runbot listens at none.

    `running` says that the Runbot of these settings is at work, and so has it already.
    """
    if settings.has_slack and settings.slack_mode != "http":
        return []  # Socket Mode: Runbot calls Slack
    return [_free(settings.host, settings.port, running=running)]


def _free(host: str, number: int, *, running: bool) -> Finding:
    what = "Port"
    place = f"{host}:{number}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":
                # As the server does it: a port whose last connections are still closing is free.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE and running:
            return good(what, f"{place} is taken, by Runbot itself.")
        why = wrong.strerror or "it can't be used"
        return bad(
            what,
            f"{place} can't be listened at: {why}. Stop what uses it, or choose another with "
            "RUNBOT_PORT and RUNBOT_HOST.",
        )
    return good(what, f"{place} is free.")
