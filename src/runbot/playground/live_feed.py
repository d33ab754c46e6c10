"""The live feed: one WebSocket for each open page, with what its person may see as it happens.

Frames about what people do, each with its `type` (others are named where they are announced):

    message, message_changed, ephemeral     {message}: as GET …/messages lists it
    message_deleted, ephemeral_deleted      {channel, ts}
    typing                                  {user, channel, thread_ts, seconds}
    conversation                            {conversation}: as GET …/conversations lists it
    ping                                    nothing happened for a while

Reactions, edits, deleted files and the mark of a deleted root all come as message_changed.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from runbot.playground.changes import Changes

_PING_SECONDS = 20
_PING = '{"type": "ping"}'


async def serve_live(request: web.Request, changes: Changes, user: str) -> web.StreamResponse:
    """One page's feed, until either side goes. A page that doesn't read loses its connection."""
    socket = web.WebSocketResponse(timeout=1.0, heartbeat=_PING_SECONDS)
    await socket.prepare(request)

    def cut() -> None:
        # A writer that waits for such a page would wait for ever: no goodbye gets through.
        if request.transport is not None:
            request.transport.abort()

    subscription = changes.subscribe(user, cut=cut)
    writer = asyncio.create_task(_write(socket, subscription.frames))
    try:
        async for _ in socket:
            pass
    finally:
        changes.unsubscribe(subscription)
        writer.cancel()
    return socket


async def _write(socket: web.WebSocketResponse, frames: asyncio.Queue[str | None]) -> None:
    while True:
        try:
            frame = await asyncio.wait_for(frames.get(), _PING_SECONDS)
        except TimeoutError:
            frame = _PING
        if frame is None:
            await socket.close()
            return
        try:
            await socket.send_str(frame)
        except (ConnectionError, RuntimeError):
            return  # The page is gone; the reader ends the connection.
