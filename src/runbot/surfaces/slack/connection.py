"""The connection over Socket Mode: kept up until it is closed, with nothing left behind.

Not the SDK's own client: that one starts tasks which nobody can wait for, so a stop amid
a reconnect leaves some behind, and an outage fills its log with a traceback every few
seconds. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.tokens import Answer

log = logging.getLogger(__name__)

PING_SECONDS: Final = 10.0  # one that isn't answered within half of this ends the connection
_HELLO_SECONDS: Final = 10.0
_ACK_SECONDS: Final = 3.0  # a later one counts for nothing
_GOODBYE_SECONDS: Final = 1.0
_UNDER_WAY_SECONDS: Final = 2.0  # what payloads that were taken get to end, when it closes
_SHORT_LIVED: Final = 10.0  # a connection that ended sooner isn't followed by another at once
_LONGEST_PAUSE: Final = 10.0  # seconds between two tries; until then nobody hears people
_OK: Final = 200
_SWITCHED_OFF: Final = "link_disabled"
_SILENT: Final = (
    "Slack's Socket Mode does not answer. Check the network and a proxy: WebSockets have to pass."
)


class Socket:
    """Takes Slack's payloads to the app and its acknowledgements back. `open`, then `close`."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        app_token: SecretStr | None,
        client: AsyncWebClient,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._ping_seconds = ping_seconds
        self._session: aiohttp.ClientSession | None = None
        self._line: aiohttp.ClientWebSocketResponse | None = None
        self._connected = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect, however long Slack's trouble lasts; `InvalidInput` where the token is wrong."""
        self._session = aiohttp.ClientSession()
        await tokens.taken(self._connect)
        self._serving = asyncio.create_task(self._serve(), name="socket mode")

    async def close(self) -> None:
        """Take no further payloads, and end everything that `open` began; also one cut short."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_UNDER_WAY_SECONDS)
        left = list(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._hang_up()
        if self._session is not None:
            await self._session.close()

    async def _connect(self) -> Answer:
        """Try once; the answer says what was in the way."""
        answer = await tokens.app_token(self._app_token, api_url=self._client.base_url)
        if answer.problem:
            return answer
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                refusal = await self._dial(str(answer.data.get("url", "")))
        except (TimeoutError, aiohttp.ClientError, OSError):
            return Answer(problem=_SILENT)
        return Answer(problem=refusal)

    async def _dial(self, url: str) -> str:
        """Connect to an address and hear Slack's hello; empty, or why there was none."""
        if self._session is None:
            raise AssertionError("A socket is opened before it connects.")
        line = await _called(self._session, url, self._client, self._ping_seconds)
        self._line = line
        frame = _read(await line.receive())
        if frame.get("type") == "hello":
            self._connected.set()
            return ""
        await self._hang_up()
        return _turned_away(frame)

    async def _hang_up(self) -> None:
        self._connected.clear()
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _serve(self) -> None:
        pause = 0.0
        while self._line is not None:
            since = time.monotonic()
            over = asyncio.Event()
            line = self._line
            listening = asyncio.create_task(self._listen(line, over), name="socket mode's line")
            try:
                await over.wait()
                lived = time.monotonic() - since
                pause = 0.0 if lived >= _SHORT_LIVED else min(max(2 * pause, 0.25), _LONGEST_PAUSE)
                await asyncio.sleep(pause)
                # A token that is refused by now may be mended where it is kept, and runs go on.
                await tokens.taken(self._connect, persistent=True, longest=_LONGEST_PAUSE)
                log.info("Connected to Slack again")
            finally:
                # Only now: where Slack asked for another, this one has been taking payloads.
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await line.close()

    async def _listen(self, line: aiohttp.ClientWebSocketResponse, over: asyncio.Event) -> None:
        """Take payloads until the connection ends; it is `over` once Slack asks for another."""
        try:
            async for message in line:
                frame = _read(message)
                if frame.get("type") == "disconnect":
                    over.set()
                elif request := SocketModeRequest.from_dict(frame):
                    task = asyncio.create_task(self._answer(request), name="a payload")
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
        except Exception:  # the boundary: a frame that nobody foresaw mustn't leave us deaf
            log.exception("What Slack sent could not be taken; connecting anew")
        finally:
            if self._line is line:
                self._connected.clear()
            over.set()

    async def _answer(self, request: SocketModeRequest) -> None:
        try:
            response = await run_async_bolt_app(self._app, request)
            if response.status == _OK:
                await self._acknowledge(SocketModeResponse(request.envelope_id, _payload(response)))
        except Exception:  # the boundary: one payload's fault mustn't end the connection
            log.exception("A payload of type %s could not be answered", request.type)

    async def _acknowledge(self, response: SocketModeResponse) -> None:
        """Say it on whichever connection there is: Slack takes it on each."""
        words = json.dumps(response.to_dict())
        try:
            async with asyncio.timeout(_ACK_SECONDS):
                while True:
                    await self._connected.wait()
                    try:
                        if self._line is not None:
                            await self._line.send_str(words)
                            return
                    except ConnectionError:
                        self._connected.clear()  # the next one sets it
        except TimeoutError:
            log.info("Slack could not be told that a payload was taken; it sends events again")


async def greeted(url: str, client: AsyncWebClient, *, seconds: float) -> Answer:
    """Connect to an address once and hang up after Slack's hello, which is the answer's data.

    What Slack sends in between is lost: not for while Runbot is connected.
    """
    try:
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            line = await _called(session, url, client, PING_SECONDS)
            try:
                frame = _read(await line.receive())
            finally:
                await line.close()
    except (TimeoutError, aiohttp.ClientError, OSError):
        return Answer(problem=_SILENT)
    return Answer(frame) if frame.get("type") == "hello" else Answer(problem=_turned_away(frame))


async def _called(
    session: aiohttp.ClientSession, url: str, client: AsyncWebClient, ping_seconds: float
) -> aiohttp.ClientWebSocketResponse:
    return await session.ws_connect(
        url,
        heartbeat=ping_seconds,
        timeout=aiohttp.ClientWSTimeout(ws_close=_GOODBYE_SECONDS),
        proxy=client.proxy,
        ssl=client.ssl if client.ssl is not None else True,
    )


def _turned_away(frame: Mapping[str, Any]) -> str:
    reason = frame.get("reason") or "it hung up"
    # https://docs.slack.dev/apis/events-api/using-socket-mode#disconnect
    do = (
        f" Switch it on: {tokens.APPS} → your app → Socket Mode." if reason == _SWITCHED_OFF else ""
    )
    return f"Slack's Socket Mode took no connection: {reason}.{do}"


def _read(message: aiohttp.WSMessage) -> dict[str, Any]:
    """A frame's content; empty for frames that carry none of it."""
    if message.type is not aiohttp.WSMsgType.TEXT or not message.data.startswith("{"):
        return {}
    frame: dict[str, Any] = json.loads(message.data)
    return frame


def _payload(response: BoltResponse) -> dict[str, Any] | None:
    if not response.body:
        return None
    if response.headers.get("content-type", [""])[0].startswith("application/json"):
        payload: dict[str, Any] = json.loads(response.body)
        return payload
    return {"text": response.body}
