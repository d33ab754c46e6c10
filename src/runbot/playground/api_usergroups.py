"""usergroups.*: groups of people, which the app may read."""

from __future__ import annotations

from typing import Any

from runbot.playground.api_method import Call, Method
from runbot.playground.refusals import Refusal

_READ = ("usergroups:read",)


def list_usergroups(call: Call) -> dict[str, Any]:
    """usergroups.list: https://docs.slack.dev/reference/methods/usergroups.list."""
    workspace = call.platform.workspace
    users, count = call.flag("include_users"), call.flag("include_count")
    return {
        "usergroups": [
            group.to_slack(team=workspace.team_id, users=users, count=count)
            for group in workspace.usergroups.values()
            if call.flag("include_disabled") or not group.is_disabled
        ]
    }


def list_usergroup_users(call: Call) -> dict[str, Any]:
    """usergroups.users.list: https://docs.slack.dev/reference/methods/usergroups.users.list."""
    group = call.platform.workspace.usergroups.get(call.text("usergroup"))
    if group is None or (group.is_disabled and not call.flag("include_disabled")):
        raise Refusal("no_such_subteam")
    return {"users": list(group.users)}


USERGROUP_METHODS: dict[str, Method] = {
    "usergroups.list": Method(list_usergroups, _READ),
    "usergroups.users.list": Method(list_usergroup_users, _READ),
}
