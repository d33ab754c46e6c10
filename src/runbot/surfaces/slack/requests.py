"""Slack's requests to Runbot, in HTTP mode: checked here, and then handed to Bolt.

https://docs.slack.dev/authentication/verifying-requests-from-slack
Bolt checks the signature too, but reads the body first, and answers what it can't read with
an error of its own. Here nothing is read that isn't Slack's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import SecretStr
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)

PATH: Final = "/slack/events"
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_DIGITS: Final = 12  # of a timestamp in seconds, for some thirty thousand years


class Requests:
    """Takes Slack's requests at one address. Until `open`, they are put off with a 503."""

    def __init__(self, signing_secret: SecretStr) -> None:
        self.router = APIRouter()
        self.router.add_api_route(PATH, self._take, methods=["POST"])
        self._verifier = SignatureVerifier(signing_secret.get_secret_value())
        self._handler: AsyncSlackRequestHandler | None = None
        self._told: set[str] = set()

    @property
    def ready(self) -> bool:
        """Whether requests are handed on."""
        return self._handler is not None

    def open(self, app: AsyncApp) -> None:
        """From now on, this app answers."""
        self._handler = AsyncSlackRequestHandler(app)

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        if wrong := self._unsigned(request.headers, body):
            return self._refused(401, wrong)
        self._told.clear()
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {_JSON, _FORM}:
            return self._refused(415, "it is neither JSON nor a form")
        if not _readable(kind, body.decode()):
            return self._refused(400, "its body can't be read")
        if self._handler is None:
            # Slack sends events again; to a person it says that the app isn't there.
            return PlainTextResponse("Runbot is starting.", status_code=503)
        answer: Response = await self._handler.handle(request)
        return answer

    def _unsigned(self, headers: Mapping[str, str], body: bytes) -> str:
        """Why this isn't a request of Slack's from the last five minutes; empty where it is."""
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not timestamp or not signature:
            return "it has no signature"
        usable = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS
        if not usable or not signature.isascii():
            return "its signature can't be read"
        try:
            signed = self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:
            return "its body is no text"
        if signed:
            return ""
        return (
            "its signature or its time is wrong (is SLACK_SIGNING_SECRET this app's, and does "
            "this machine's clock run right?)"
        )

    def _refused(self, status: int, why: str) -> Response:
        """Told once, however often it comes, until a good one does: strangers can ask a lot."""
        if why not in self._told:
            self._told.add(why)
            log.warning("A request to %s was refused: %s", PATH, why)
        return PlainTextResponse("This request was not taken.", status_code=status)


def _readable(kind: str, text: str) -> bool:
    """Whether Bolt can read it: JSON of an object, or a form with one or with fields."""
    if kind == _FORM:
        form = parse_qs(text, keep_blank_values=True)
        if "payload" not in form:
            return bool(form)
        text = form["payload"][0]
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
