"""Signed HTTP: the app is told by requests to its addresses, where Socket Mode is off.

https://docs.slack.dev/apis/events-api/using-http-request-urls
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import aiohttp
from slack_sdk.signature import SignatureVerifier

from runbot.playground.bodies import parsed
from runbot.playground.delivery import Envelope
from runbot.playground.manifest import Manifest

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
_OK = 200
_MULTIPLE_CHOICES = 300
_REDIRECTS = {301, 302}
_FOLLOWED = 2  # https://docs.slack.dev/apis/events-api/#error-handling
_ANSWER_BYTES = 2**20
# Slack itself looks only when an address is entered; here, apps come and go.
_WATCH_SECONDS = 0.5
_REFUSED_SECONDS = 1.0


@dataclass(slots=True)
class _Answer:
    """What came back for one request; `trouble` where none did, as X-Slack-Retry-Reason has it."""

    trouble: str = ""
    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class SignedHttp:
    """Posts envelopes to the manifest's addresses, signed with the app's signing secret.

    Events flow once the app has answered the url_verification challenge. `app_url` takes the
    place of the addresses' scheme and host.
    """

    def __init__(
        self,
        manifest: Manifest,
        *,
        signing_secret: str,
        app_url: str,
        on_change: Callable[[bool], None],
        ack_deadline: float,
    ) -> None:
        self._manifest = manifest
        self._signer = SignatureVerifier(signing_secret)
        self._app_url = app_url
        self._on_change = on_change
        self._ack_deadline = ack_deadline
        self._session: aiohttp.ClientSession | None = None
        self._watching: asyncio.Task[None] | None = None
        self._verified = False
        self._answering = False

    @property
    def late(self) -> str:
        """A retry's reason, where the ack didn't come in time."""
        return "http_timeout"

    @property
    def connected(self) -> bool:
        """Whether the app has answered the challenge, and its port took connections since."""
        return self._answering

    async def start(self) -> None:
        """Look for the app from now on."""
        self._session = aiohttp.ClientSession(
            # Slack keeps no cookies, and its connections are its own affair.
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Let go of everything."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def carry(self, envelope: Envelope) -> None:
        """Post it to the address that is meant for it, and take the answer as the ack."""
        envelope.url = self._url(envelope)
        is_event = envelope.type == "events_api"
        if is_event and not self._verified:
            envelope.trouble = await self._verify()
            if envelope.trouble:
                return
        body, kind = _body(envelope)
        envelope.size = len(body)
        headers = self._signed(body, kind)
        if envelope.retry:
            headers |= {
                "X-Slack-Retry-Num": str(envelope.retry),
                "X-Slack-Retry-Reason": envelope.retry_reason,
            }
        envelope.headers = headers
        answer = await self._post(envelope.url, body, headers, redirects=is_event)
        envelope.status = answer.status
        envelope.no_retry = answer.headers.get("x-slack-no-retry") == "1"
        envelope.trouble = answer.trouble or _refused(answer.status, is_event=is_event)
        if not envelope.trouble:
            envelope.acked_at = time.monotonic()
            envelope.response = None if is_event else _response(envelope, answer)
        if answer.trouble == "connection_failed":
            self._seen(answering=False)

    def _url(self, envelope: Envelope) -> str:
        """The manifest's address for this kind of envelope."""
        manifest = self._manifest
        if envelope.type == "events_api":
            return self._own(manifest.event_url)
        if envelope.type == "slash_commands":
            command = manifest.command(str(envelope.payload.get("command")))
            return self._own(command.url if command else "")
        if envelope.payload.get("type") == "block_suggestion":
            return self._own(manifest.options_url)
        return self._own(manifest.interactivity_url)

    def _own(self, url: str) -> str:
        if not url or not self._app_url:
            return url
        return urljoin(self._app_url, urlsplit(url).path)

    def _signed(self, body: bytes, kind: str) -> dict[str, str]:
        timestamp = str(int(time.time()))
        return {
            "Content-Type": kind,
            "User-Agent": _AGENT,
            "Accept": "*/*",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": str(
                self._signer.generate_signature(timestamp=timestamp, body=body)
            ),
        }

    async def _post(
        self, url: str, body: bytes, headers: dict[str, str], *, redirects: bool
    ) -> _Answer:
        """One request, with the redirects that Slack follows for events."""
        try:
            async with asyncio.timeout(self._ack_deadline):
                answer = await self._asked(url, body, headers)
                followed = 0
                while redirects and answer.status in _REDIRECTS:
                    if followed == _FOLLOWED:
                        return _Answer("too_many_redirects", answer.status)
                    followed += 1
                    url = urljoin(url, answer.headers.get("location", ""))
                    answer = await self._asked(url, body, headers)
                return answer
        except TimeoutError:
            return _Answer(self.late)
        except aiohttp.ClientSSLError:
            return _Answer("ssl_error")
        except aiohttp.ClientConnectorError:
            return _Answer("connection_failed")
        except (aiohttp.ClientError, ValueError):
            return _Answer("unknown_error")

    async def _asked(self, url: str, body: bytes, headers: dict[str, str]) -> _Answer:
        if self._session is None:
            raise AssertionError("Deliveries begin with the start.")
        async with self._session.post(
            url, data=body, headers=headers, allow_redirects=False
        ) as response:
            taken = bytearray()
            async for chunk in response.content.iter_chunked(2**16):
                taken += chunk
                if len(taken) > _ANSWER_BYTES:
                    return _Answer("unknown_error", response.status)
            known = {name.lower(): value for name, value in response.headers.items()}
            return _Answer("", response.status, bytes(taken), known)

    # Whether the app is there

    async def _verify(self) -> str:
        """Ask the events' address for its challenge; empty once it is answered, else why not."""
        challenge = secrets.token_urlsafe(32)
        asked = {"token": "playground", "challenge": challenge, "type": "url_verification"}
        body = json.dumps(asked).encode()
        url = self._own(self._manifest.event_url)
        answer = await self._post(url, body, self._signed(body, _JSON), redirects=True)
        answered = answer.status == _OK and _challenge(answer) == challenge
        self._verified = self._verified or answered
        self._seen(answering=answered)
        return "" if answered else answer.trouble or "http_error"

    async def _watch(self) -> None:
        while True:
            pause = _WATCH_SECONDS
            if self._answering:
                self._seen(answering=await self._reachable())
            elif await self._verify() not in {"", "connection_failed"}:
                pause = _REFUSED_SECONDS
            await asyncio.sleep(pause)

    async def _reachable(self) -> bool:
        """Whether something takes connections at the events' address; nothing is sent."""
        address = urlsplit(self._own(self._manifest.event_url))
        default = 443 if address.scheme == "https" else 80
        try:
            async with asyncio.timeout(self._ack_deadline):
                _, writer = await asyncio.open_connection(address.hostname, address.port or default)
        except (TimeoutError, OSError):
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    def _seen(self, *, answering: bool) -> None:
        self._answering = answering
        self._on_change(self.connected)


def _body(envelope: Envelope) -> tuple[bytes, str]:
    """The request's body and its content type: JSON for events, forms for the rest."""
    if envelope.type == "events_api":
        return json.dumps(envelope.payload).encode(), _JSON
    if envelope.type == "interactive":
        return urlencode({"payload": json.dumps(envelope.payload)}).encode(), _FORM
    return urlencode(envelope.payload).encode(), _FORM


def _refused(status: int | None, *, is_event: bool) -> str:
    """Events are taken by any 2xx, people's acts by 200 alone."""
    if status is None:
        return "unknown_error"
    taken = range(_OK, _MULTIPLE_CHOICES) if is_event else (_OK,)
    return "" if status in taken else "http_error"


def _response(envelope: Envelope, answer: _Answer) -> dict[str, Any] | None:
    """What the ack carries: an object, or for a command also plain words."""
    text = answer.body.decode(errors="replace")
    try:
        content = parsed(text)
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content or None
    return {"text": text} if text.strip() and envelope.type == "slash_commands" else None


def _challenge(answer: _Answer) -> str:
    """The challenge as the app gave it back: as text, a form or JSON, as Slack allows."""
    text = answer.body.decode(errors="replace").strip()
    kind = answer.headers.get("content-type", "")
    if kind.startswith(_JSON):
        try:
            content = parsed(text)
        except ValueError:
            return ""
        return str(content.get("challenge", "")) if isinstance(content, dict) else ""
    if kind.startswith(_FORM):
        return parse_qs(text).get("challenge", [""])[0]
    return text
