"""assistant.threads.*: what an agent shows beside its messages.

https://docs.slack.dev/reference/methods/assistant.threads.setStatus
https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
https://docs.slack.dev/reference/methods/assistant.threads.setTitle
"""

from __future__ import annotations

from typing import Any

from runbot.playground.api_method import Call, Method
from runbot.playground.refusals import Refusal
from runbot.playground.schema import Findings, Shape, items, string
from runbot.playground.workspace import Channel

_PROMPT = Shape({"title": string(), "message": string()}, ("title", "message")).check


def _channel(call: Call) -> Channel:
    return call.platform.workspace.channel_for_bot(call.text("channel_id"))


def _thread(call: Call, channel: Channel) -> str:
    """The thread that the call names: any message can be the root of one."""
    thread_ts = call.text("thread_ts")
    if call.platform.messages.find(channel.id, thread_ts) is None:
        raise Refusal("invalid_thread_ts")
    return thread_ts


def _list(call: Call, name: str, each: Any, limit: str) -> list[Any]:
    """An argument that is a list of so many, or a refusal that says what is wrong with it."""
    given = call.arguments.get(name)
    if given is None:
        return []
    found = Findings()
    items(each, limit, least=0)(given, f"/{name}", found)
    if found:
        raise Refusal("invalid_arguments", messages=found.messages)
    return list(given)


def set_status(call: Call) -> dict[str, Any]:
    """assistant.threads.setStatus: an empty status ends it."""
    channel = _channel(call)
    thread_ts = _thread(call, channel)
    if "status" not in call.arguments:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: status"])
    messages = _list(call, "loading_messages", string(), "assistant.loading_messages")
    status = call.optional("status") or ""
    call.platform.conversations.set_status(channel.id, thread_ts, status, messages)
    return {}


def set_suggested_prompts(call: Call) -> dict[str, Any]:
    """assistant.threads.setSuggestedPrompts: in the app's direct messages with somebody.

    For an agent `thread_ts` has no meaning; a call with it does nothing, as in Slack.
    """
    channel = _channel(call)
    prompts = _list(call, "prompts", _PROMPT, "assistant.prompts")
    if not prompts:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: prompts"])
    if call.optional("thread_ts") is not None:
        _thread(call, channel)
        if call.platform.manifest.is_agent:
            return {}
    call.platform.agent.suggest(channel.id, call.optional("title") or "", prompts)
    return {}


def set_title(call: Call) -> dict[str, Any]:
    """assistant.threads.setTitle: what the thread is called in the agent's history."""
    channel = _channel(call)
    call.platform.agent.name(channel.id, _thread(call, channel), call.text("title"))
    return {}


ASSISTANT_METHODS: dict[str, Method] = {
    "assistant.threads.setStatus": Method(set_status, ("assistant:write", "chat:write")),
    "assistant.threads.setSuggestedPrompts": Method(set_suggested_prompts, ("assistant:write",)),
    "assistant.threads.setTitle": Method(set_title, ("assistant:write",)),
}
