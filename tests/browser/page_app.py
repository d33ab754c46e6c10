"""A small Bolt app for the page's tests: it echoes, asks, opens a modal and publishes a Home."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncApp

Body = dict[str, Any]


def _text(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def _button(text: str, action_id: str, **more: Any) -> Body:
    return {"type": "button", "text": _text(text), "action_id": action_id, **more}


def _section(text: str, **more: Any) -> Body:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def card(state: str) -> list[Body]:
    """A message with a state and the controls that change it."""
    confirm = {
        "title": _text("Abort it?"),
        "text": {"type": "mrkdwn", "text": "What runs will be *cut off*."},
        "confirm": _text("Abort"),
        "deny": _text("Keep running"),
        "style": "danger",
    }
    buttons = [
        _button("Pause", "pause", style="primary"),
        _button("Abort", "abort", style="danger", confirm=confirm),
        _button("Edit", "edit"),
        _button("Ignore me", "ignored"),
        {
            "type": "overflow",
            "action_id": "more",
            "options": [{"text": _text("Timeline"), "value": "timeline"}],
        },
    ]
    return [
        _section(f"*A card* · {state}", block_id="state"),
        {"type": "actions", "block_id": "controls", "elements": buttons},
    ]


def choices() -> list[Body]:
    """A message with an input of each kind that acts by being changed."""
    sides = _options("Left", "Right")
    return [
        {
            "type": "actions",
            "block_id": "choices",
            "elements": [
                {"type": "static_select", "action_id": "colour", "placeholder": _text("Colour"),
                 "options": _options("Red", "Green")},
                {"type": "users_select", "action_id": "person", "placeholder": _text("Person")},
                {"type": "datepicker", "action_id": "day", "placeholder": _text("Day")},
                {"type": "datetimepicker", "action_id": "moment"},
                {"type": "radio_buttons", "action_id": "side", "options": sides},
            ],
        }
    ]  # fmt: skip


def _options(*names: str) -> list[Body]:
    return [{"text": _text(name), "value": name.lower()} for name in names]


def _input(block_id: str, label: str, element: Body, **more: Any) -> Body:
    element = {"action_id": "value", **element}
    return {
        "type": "input",
        "block_id": block_id,
        "label": _text(label),
        "element": element,
        **more,
    }


def form(note: str = "All of it can be changed later.") -> Body:
    """A modal with an input of each common kind, and buttons that change it or open another."""
    kinds, ways = _options("Tool", "Manual"), _options("Mail", "Chat")
    return {
        "type": "modal",
        "callback_id": "form",
        "title": _text("New runbook"),
        "submit": _text("Save"),
        "close": _text("Cancel"),
        "blocks": [
            _input("name", "Name", {"type": "plain_text_input"}),
            _input("steps", "Steps", {"type": "plain_text_input", "multiline": True}),
            _input("kind", "Kind", {"type": "static_select", "options": kinds}),
            _input("due", "Due", {"type": "datepicker"}, optional=True),
            _input("notify", "Notify", {"type": "checkboxes", "options": ways}, optional=True),
            _section(note, block_id="note"),
            {
                "type": "actions",
                "block_id": "ways",
                "elements": [_button("Check", "check"), _button("Tools…", "tools")],
            },
        ],
    }


def _said(values: Body) -> str:
    """A submission's values in one line."""
    kind = values["kind"]["value"]["selected_option"]["value"]
    notify = ", ".join(o["value"] for o in values["notify"]["value"]["selected_options"])
    name, steps = values["name"]["value"]["value"], values["steps"]["value"]["value"]
    return f"Saved {name}: {steps!r}, {kind}, {values['due']['value']['selected_date']}, {notify}"


def add_listeners(app: AsyncApp, channel: str) -> None:
    """`channel` is where the modal's outcome is told."""
    _add_talk(app)
    _add_controls(app)
    _add_modals(app, channel)
    _add_home(app)


def _add_talk(app: AsyncApp) -> None:
    @app.event("app_mention")
    async def on_mention(event: Body, say: Any) -> None:
        if "card" in event["text"]:
            await say(text="A card", blocks=card("running"))
        elif "choices" in event["text"]:
            await say(text="Choices", blocks=choices())
        elif "secret" in event["text"]:
            await app.client.chat_postEphemeral(
                channel=event["channel"], user=event["user"], text="Between us: *it works*."
            )
        elif event.get("thread_ts"):
            await say(text="In the thread", thread_ts=event["thread_ts"])
        else:
            await say(text=f"<@{event['user']}> said: {event['text']}")

    @app.command("/runbook")
    async def on_command(ack: Any, command: Body) -> None:
        if command["text"] == "hang":
            return  # Never acknowledged, as by an app that is stuck.
        await ack(f"You ran `{command['text']}`.")


def _add_controls(app: AsyncApp) -> None:
    @app.action("pause")
    async def on_pause(ack: Any, body: Body) -> None:
        await ack()
        await app.client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="A card",
            blocks=card("paused"),
        )

    @app.action("abort")
    async def on_abort(ack: Any, body: Body, respond: Any) -> None:
        await ack()
        await respond(text=f"Aborted by <@{body['user']['id']}>", replace_original=True)

    @app.action("more")
    async def on_more(ack: Any, action: Body, say: Any) -> None:
        await ack()
        await say(text=f"Chose {action['selected_option']['value']}")

    @app.action(re.compile("colour|person|day|moment|side"))
    async def on_choice(ack: Any, action: Body, say: Any) -> None:
        await ack()
        value = next(v for k, v in action.items() if k.startswith("selected_"))
        await say(
            f"{action['action_id']} is {value['value'] if isinstance(value, dict) else value}"
        )

    @app.action("ignored")
    async def on_ignored() -> None:
        """Never acknowledged."""


def _add_modals(app: AsyncApp, channel: str) -> None:
    @app.action("edit")
    async def on_edit(ack: Any, body: Body) -> None:
        await ack()
        opening = {"type": "modal", "title": _text("New runbook"), "blocks": [_section("Opening…")]}
        opened = await app.client.views_open(trigger_id=body["trigger_id"], view=opening)
        await app.client.views_update(view_id=opened["view"]["id"], view=form())

    @app.action("check")
    async def on_check(ack: Any, body: Body) -> None:
        await ack()
        typed = body["view"]["state"]["values"]["name"]["value"]["value"]
        await app.client.views_update(view_id=body["view"]["id"], view=form(f"Checked {typed}."))

    @app.action("tools")
    async def on_tools(ack: Any, body: Body) -> None:
        await ack()
        view = {"type": "modal", "title": _text("Tools"), "blocks": [_section("send_email, wait")]}
        await app.client.views_push(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    async def on_form(ack: Any, view: Body) -> None:
        values = view["state"]["values"]
        if " " in values["name"]["value"]["value"]:
            await ack(response_action="errors", errors={"name": "A name has no spaces."})
            return
        await ack()
        await app.client.chat_postMessage(channel=channel, text=_said(values))


def _home(note: str) -> Body:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": _text("Runbooks")},
            _section(note),
            {"type": "actions", "elements": [_button("Refresh", "refresh")]},
        ],
    }


def _add_home(app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def on_home(event: Body) -> None:
        if event["tab"] == "home":
            await app.client.views_publish(user_id=event["user"], view=_home("Nothing runs."))

    @app.action("refresh")
    async def on_refresh(ack: Any, body: Body) -> None:
        await ack()
        await app.client.views_publish(user_id=body["user"]["id"], view=_home("One is running."))
