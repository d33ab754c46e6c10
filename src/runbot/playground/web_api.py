"""The Web API over HTTP: tokens, arguments, scopes, budgets and faults; then the method itself."""

from __future__ import annotations

import json
import time
from typing import Any

from aiohttp import web

from runbot.playground.api_assistant import ASSISTANT_METHODS
from runbot.playground.api_blocks import BLOCKS_METHODS
from runbot.playground.api_chat import CHAT_METHODS
from runbot.playground.api_files import FILE_METHODS
from runbot.playground.api_lookups import LOOKUP_METHODS
from runbot.playground.api_method import Call, Method
from runbot.playground.api_reactions import REACTION_METHODS
from runbot.playground.api_streams import STREAM_METHODS
from runbot.playground.api_usergroups import USERGROUP_METHODS
from runbot.playground.api_views import VIEW_METHODS
from runbot.playground.bodies import body_of, parsed
from runbot.playground.catalogue import CATALOGUE
from runbot.playground.platform import Platform
from runbot.playground.refusals import Refusal
from runbot.playground.traffic import ApiCall
from runbot.playground.troubled import MET, Troubled

METHODS: dict[str, Method] = {
    **ASSISTANT_METHODS,
    **BLOCKS_METHODS,
    **CHAT_METHODS,
    **STREAM_METHODS,
    **USERGROUP_METHODS,
    **VIEW_METHODS,
    **LOOKUP_METHODS,
    **FILE_METHODS,
    **REACTION_METHODS,
}

# What Slack's own SDK asks by GET. Slack takes GET for everything; here a page of another
# site could then do something by an image's address.
_BY_GET = frozenset(
    {
        "bots.info",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.info",
        "files.list",
        "reactions.get",
        "reactions.list",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
        "users.list",
    }
)
_JSON_ARGUMENTS = {
    "attachments",
    "blocks",
    "chunks",
    "loading_messages",
    "message",
    "metadata",
    "prompts",
    "view",
    "files",
}


async def _arguments(request: web.Request) -> dict[str, Any]:
    """A call's arguments, wherever they stand: query, form or JSON body."""
    # As in Slack, a token in the query isn't taken: addresses end up in histories and logs.
    arguments: dict[str, Any] = {k: v for k, v in request.query.items() if k != "token"}
    if request.content_type == "application/json":
        try:
            body = await body_of(request)
        except ValueError as error:
            raise Refusal("invalid_json") from error
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        arguments |= body
    elif request.can_read_body:
        arguments |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    for name in _JSON_ARGUMENTS & arguments.keys():
        if isinstance(arguments[name], str):
            try:
                arguments[name] = parsed(arguments[name])
            except ValueError as error:
                wrong = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
                raise Refusal(wrong, messages=[f"[ERROR] invalid JSON in {name}"]) from error
    return arguments


class WebApi:
    """`/api/{method}`."""

    def __init__(self, platform: Platform, troubled: Troubled) -> None:
        self._platform = platform
        self._troubled = troubled

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One API call."""
        method = request.match_info["method"]
        asks = request.method == "GET" and (method in _BY_GET or method not in METHODS)
        if request.method != "POST" and not asks:
            return web.json_response({"ok": False, "error": "method_not_allowed"}, status=405)
        started = time.monotonic()

        async def record(status: int, answer: dict[str, Any], headers: dict[str, str]) -> None:
            try:
                arguments = await _arguments(request)
            except Refusal:
                arguments = {}
            self._record(request, arguments, status, answer, started, headers=headers)

        async def answer() -> web.StreamResponse:
            return await self._answer(method, request, started)

        return await self._troubled.answer(method, request, answer, record)

    async def _answer(
        self, method: str, request: web.Request, started: float
    ) -> web.StreamResponse:
        arguments: dict[str, Any] = {}
        headers: dict[str, str] = {}
        try:
            arguments = await _arguments(request)
            token = self._token(request, method, arguments)
            status, answer = 200, self._perform(method, arguments, token)
        except Refusal as refusal:
            status, answer = 200, refusal.answer()
            if refusal.error == "ratelimited":
                request[MET] = request[MET] or "budgets"
                status, headers = 429, {"Retry-After": str(refusal.extra.pop("retry_after"))}
                answer = refusal.answer()
        spelled = json.dumps(answer)
        self._record(
            request, arguments, status, answer, started, headers=dict(headers), size=len(spelled)
        )
        if self._platform.manifest.given:
            headers["X-OAuth-Scopes"] = ",".join(self._platform.manifest.scopes)
        return web.Response(
            text=spelled, status=status, headers=headers, content_type="application/json"
        )

    def _record(
        self,
        request: web.Request,
        arguments: dict[str, Any],
        status: int,
        answer: dict[str, Any],
        started: float,
        *,
        headers: dict[str, str],
        size: int = 0,
    ) -> None:
        seconds = time.monotonic() - started
        call = ApiCall(
            method=request.match_info["method"],
            arguments={key: value for key, value in arguments.items() if key != "token"},
            status=status,
            response=answer,
            at=started,
            seconds=seconds,
            headers=headers,
            fault=request[MET],
        )
        size += request.content_length or 0
        self._platform.traffic.record(call, size=size, seconds=seconds)
        self._platform.changes.touch()

    def _token(self, request: web.Request, method: str, arguments: dict[str, Any]) -> str:
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ") if header else str(arguments.get("token", ""))
        bot = self._platform.workspace.bot
        if not token and method in METHODS and METHODS[method].public:
            return bot.bot_token
        if not token:
            raise Refusal("not_authed")
        if token not in {bot.bot_token, bot.app_token}:
            raise Refusal("invalid_auth")
        return token

    def _perform(self, name: str, arguments: dict[str, Any], token: str) -> dict[str, Any]:
        method = METHODS.get(name)
        if method is None:
            known = CATALOGUE.get(name)
            messages = [known.sentence] if known else None
            raise Refusal("unknown_method", req_method=name, messages=messages)
        workspace, manifest = self._platform.workspace, self._platform.manifest
        is_app_token = token == workspace.bot.app_token
        if is_app_token != method.app_token and name != "auth.test":
            raise Refusal("not_allowed_token_type")
        if not manifest.grants(*method.scopes):
            raise Refusal(
                "missing_scope", needed=",".join(method.scopes), provided=",".join(manifest.scopes)
            )
        wait = self._platform.rate_limits.wait_for(name, arguments.get("channel"))
        if wait:
            raise Refusal("ratelimited", retry_after=wait)
        return {"ok": True, **method.perform(Call(self._platform, name, arguments))}
