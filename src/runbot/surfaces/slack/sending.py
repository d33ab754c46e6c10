"""Sending to Slack: repeated where that is safe, looked up where it is doubtful, never doubled.

The SDK's own retry handlers stay off here (`web_client`): they repeat a post whose
answer was lost, which posts it twice, and sleep on a payload that is stale by then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from runbot.domain.errors import RunbotError, Unavailable
from runbot.surfaces.slack.refusals import Declined, Failed, Throttled, understood
from runbot.surfaces.slack.views.budget import Message
from runbot.tools.slack_post import NotPosted

METADATA: Final = "runbot_message"  # the event_type that marks Runbot's own messages
_CLOCK_SKEW: Final = 300  # seconds that this machine's clock may differ from Slack's
_PAGES: Final = 10
_PAGE: Final = 200
_LONGEST_PAUSE: Final = 10.0  # seconds between two tries, where Slack names none
# After how many backoffs something private is said again that may have been heard.
_DOUBTS: Final = (4, 40, 240)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of Runbot's own that was found again, with what was noted on it."""

    place: Place
    key: str
    note: str


def web_client(token: str, *, base_url: str, timeout: int = 10) -> AsyncWebClient:
    """A client that never repeats a call by itself."""
    return AsyncWebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=[])


class Sender:
    """Posts and changes messages.

    Raises `Declined` where Slack said no, `NotPosted` (`Throttled`) where it surely took
    nothing, and a plain `Unavailable` where nobody knows. `patience` is how many seconds
    a call may spend on being repeated, `timeout` how long one try waits for an answer.
    """

    def __init__(
        self,
        client_for: Callable[[str], AsyncWebClient],
        *,
        patience: float = 30,
        timeout: float = 10,
        backoff: float = 0.5,
    ) -> None:
        self._client_for = client_for
        self._patience = patience
        self._timeout = timeout
        self._backoff = backoff

    async def post(
        self,
        workspace: str,
        channel: str,
        message: Message,
        *,
        thread: str | None = None,
        key: str | None = None,
        note: str = "",
        once: bool = False,
    ) -> Place:
        """Post once. With a `key`, a post whose answer was lost is looked for before another.

        `note` is kept on the message, out of sight, and comes back from `kept`. `once`
        makes a single try, for callers that look for themselves.
        """
        client = self._client_for(workspace)
        started = time.time()
        metadata = key and {"event_type": METADATA, "event_payload": {"key": key, "note": note}}

        async def send() -> Place:
            answer = await client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks or None,
                thread_ts=thread,
                metadata=metadata or None,
                unfurl_links=False,
                unfurl_media=False,
            )
            return Place(str(answer["channel"]), str(answer["ts"]))

        async def found() -> Place | None:
            if key is None:
                return None
            try:
                kept = await self.kept(workspace, channel, since=started, thread=thread, key=key)
            except RunbotError as error:
                raise Unavailable(
                    "Slack's answer was lost, and whether the message is there can't be seen.",
                    means=error.what,
                ) from error
            return kept[key].place if key in kept else None

        return await (self._try(send) if once else self._persist(send, found if key else None))

    async def _persist(
        self,
        send: Callable[[], Awaitable[Place]],
        found: Callable[[], Awaitable[Place | None]] | None,
    ) -> Place:
        deadline = time.monotonic() + self._patience
        wait = self._backoff
        while True:
            try:
                return await self._try(send)
            except NotPosted as refused:
                pause = refused.retry_after if isinstance(refused, Throttled) else wait
                if time.monotonic() + pause > deadline:
                    raise
            except Unavailable:
                pause = wait
                if found is None or time.monotonic() + pause > deadline:
                    raise
                # A late arrival would be missed by looking at once.
                await asyncio.sleep(pause)
                pause = 0
                if place := await found():
                    return place
            await asyncio.sleep(pause)
            wait = min(wait * 2, _LONGEST_PAUSE)

    async def update(
        self, workspace: str, place: Place, message: Message, *, once: bool = False
    ) -> None:
        """Change a message. `once` makes a single try, for callers with something newer soon."""
        client = self._client_for(workspace)

        async def call() -> None:
            # Blocks go along each time: Slack keeps the old ones where none are sent.
            await client.chat_update(
                channel=place.channel, ts=place.ts, text=message.text, blocks=message.blocks
            )

        await (self._try(call) if once else self.repeat(call))

    async def delete(self, workspace: str, place: Place) -> None:
        """Take a message of Runbot's own away; one that is gone already is as good."""
        client = self._client_for(workspace)

        async def call() -> None:
            await client.chat_delete(channel=place.channel, ts=place.ts)

        try:
            await self.repeat(call)
        except Declined as refused:
            if refused.error != "message_not_found":
                raise

    async def ephemeral(
        self,
        workspace: str,
        channel: str,
        user: str,
        message: Message,
        *,
        thread: str | None = None,
        again: bool = False,
    ) -> None:
        """Say something that only one person sees, as long as patience lasts.

        It can't be looked up. Where nobody knows whether Slack took it, it is said again a
        few times, once Slack answers at all: twice is better than not at all. `again` tells
        that it may have been heard already.
        """
        client = self._client_for(workspace)

        async def call() -> None:
            await client.chat_postEphemeral(
                channel=channel,
                user=user,
                text=message.text,
                blocks=message.blocks or None,
                thread_ts=thread,
            )

        deadline = time.monotonic() + self._patience
        wait, doubts = self._backoff, list(_DOUBTS)
        while True:
            if again:
                await asyncio.sleep(doubts.pop(0) * self._backoff)
                await self.repeat(client.auth_test)
            again = False
            try:
                return await self._try(call)
            except (NotPosted, Failed) as trouble:
                pause = trouble.retry_after if isinstance(trouble, Throttled) else wait
                if time.monotonic() + pause > deadline:
                    raise
                await asyncio.sleep(pause)
                wait = min(wait * 2, _LONGEST_PAUSE)
            except Unavailable:
                if not doubts or time.monotonic() > deadline:
                    raise
                again = True

    async def upload(
        self, workspace: str, thread: Place, name: str, content: str, *, comment: str
    ) -> None:
        """Put a file into a message's thread. Tried once: of a lost answer nobody can tell.

        https://docs.slack.dev/messaging/working-with-files#uploading_files
        """
        client = self._client_for(workspace)

        async def call() -> None:
            await client.files_upload_v2(
                channel=thread.channel,
                thread_ts=thread.ts,
                filename=name,
                title=name,
                content=content,
                initial_comment=comment,
            )

        # Three calls, of which each may take as long as one usually does.
        async with understood(), asyncio.timeout(3 * self._timeout):
            await call()

    async def permalink(self, workspace: str, place: Place) -> str:
        """The message's address in a browser."""
        client = self._client_for(workspace)

        async def call() -> str:
            answer = await client.chat_getPermalink(channel=place.channel, message_ts=place.ts)
            return str(answer["permalink"])

        return await self.repeat(call)

    async def kept(
        self,
        workspace: str,
        channel: str,
        *,
        since: float,
        thread: str | None = None,
        key: str | None = None,
    ) -> dict[str, Kept]:
        """Runbot's own keyed messages in a channel or thread since a moment (Unix time), by key.

        Stops at `key` where one is given. Looks through the latest 2,000 messages.
        """
        client = self._client_for(workspace)
        found: dict[str, Kept] = {}
        cursor: str | None = None
        oldest = f"{max(since - _CLOCK_SKEW, 0):.6f}"
        for _ in range(_PAGES):

            async def page(cursor: str | None = cursor) -> AsyncSlackResponse:
                if thread:
                    return await client.conversations_replies(
                        channel=channel,
                        ts=thread,
                        oldest=oldest,
                        cursor=cursor,
                        limit=_PAGE,
                        include_all_metadata=True,
                    )
                return await client.conversations_history(
                    channel=channel,
                    oldest=oldest,
                    cursor=cursor,
                    limit=_PAGE,
                    include_all_metadata=True,
                )

            answer = await self.repeat(page)
            for kept in _own(channel, answer.get("messages") or []):
                found.setdefault(kept.key, kept)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor or (key and key in found):
                break
        return found

    async def repeat(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make a call that may be made twice, until it succeeds or patience ends."""
        deadline = time.monotonic() + self._patience
        wait = self._backoff
        while True:
            try:
                return await self._try(call)
            except Unavailable as trouble:
                pause = trouble.retry_after if isinstance(trouble, Throttled) else wait
                if time.monotonic() + pause > deadline:
                    raise
            await asyncio.sleep(pause)
            wait = min(wait * 2, _LONGEST_PAUSE)

    async def _try(self, call: Callable[[], Awaitable[_T]]) -> _T:
        async with understood(), asyncio.timeout(self._timeout):
            return await call()


def _own(channel: str, messages: list[dict[str, Any]]) -> list[Kept]:
    found = []
    for message in messages:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == METADATA and payload.get("key"):
            place = Place(channel, str(message["ts"]))
            found.append(Kept(place, str(payload["key"]), str(payload.get("note") or "")))
    return found
