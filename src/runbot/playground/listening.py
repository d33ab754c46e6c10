"""An end to listening that leaves no connection behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress

# Turns of the loop from accepting a connection to the first word of it to its protocol.
_ACCEPTING = 5


async def listen_no_more(server: asyncio.Server) -> None:
    """Close a server. Who was accepted before is known to the protocol when this returns.

    `Server.close` alone isn't enough: a connection that was just accepted finds the server
    closed under it, and is then closed by nobody, or is known to the protocol only later.
    """
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows' loop accepts in another way
        for listening in server.sockets:
            loop.remove_reader(listening.fileno())
    for _ in range(_ACCEPTING):
        await asyncio.sleep(0)
    server.close()
