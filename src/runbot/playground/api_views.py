"""views.*: modals and the Home tab."""

from __future__ import annotations

from typing import Any

from runbot.playground.api_method import Call, Method
from runbot.playground.blocks import accept_view
from runbot.playground.refusals import Refusal
from runbot.playground.views import View


def _body(call: Call, kind: str) -> dict[str, Any]:
    if "view" not in call.arguments:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: view"])
    body = accept_view(call.arguments["view"])
    if body["type"] != kind:
        raise Refusal(
            "invalid_arguments",
            messages=[f"[ERROR] unsupported type: {body['type']} [json-pointer:/view/type]"],
        )
    return body


def _shown(call: Call, kind: str, view: View) -> dict[str, Any]:
    call.platform.show_view(kind, view)
    return {"view": call.platform.view_to_slack(view)}


def open_view(call: Call) -> dict[str, Any]:
    """views.open: a refused view leaves its trigger usable."""
    trigger_id = call.text("trigger_id")
    body = _body(call, "modal")
    trigger = call.platform.triggers.redeem(trigger_id)
    for below in call.platform.views.stack(trigger.user)[:1]:
        # A page that shows other modals must let go of them: the new one takes their place.
        frame = {"type": "view_closed", "view_id": below.id, "all": True}
        call.platform.changes.announce(frame, [trigger.user])
    return _shown(call, "view_opened", call.platform.views.open(trigger.user, body))


def push_view(call: Call) -> dict[str, Any]:
    """views.push: on top of the modals that the trigger's person has open."""
    trigger_id = call.text("trigger_id")
    body = _body(call, "modal")
    trigger = call.platform.triggers.redeem(trigger_id)
    return _shown(call, "view_pushed", call.platform.views.push(trigger.user, body))


def update_view(call: Call) -> dict[str, Any]:
    """views.update: by view_id or external_id; a stale `hash` is refused."""
    view_id, external_id = call.optional("view_id"), call.optional("external_id")
    if view_id and external_id:
        raise Refusal(
            "invalid_arguments",
            messages=["[ERROR] Cannot provide both `view_id` and `external_id`"],
        )
    views = call.platform.views
    view = views.by_external_id(external_id) if external_id else views.get(view_id or "")
    if view is None:
        raise Refusal("not_found")
    body = _body(call, view.body["type"])
    views.update(view, body, call.optional("hash"))
    return _shown(call, "home" if body["type"] == "home" else "view_updated", view)


def publish_view(call: Call) -> dict[str, Any]:
    """views.publish: one person's Home tab."""
    user = call.text("user_id")
    if user not in call.platform.workspace.people:
        raise Refusal("user_not_found")
    if not call.platform.manifest.home_tab:
        raise Refusal("not_enabled")
    view = call.platform.views.publish(user, _body(call, "home"), call.optional("hash"))
    return _shown(call, "home", view)


VIEW_METHODS: dict[str, Method] = {
    "views.open": Method(open_view),
    "views.push": Method(push_view),
    "views.update": Method(update_view),
    "views.publish": Method(publish_view),
}
