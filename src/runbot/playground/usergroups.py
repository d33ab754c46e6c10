"""Groups of people: https://docs.slack.dev/reference/methods/usergroups.list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_CREATED = 1_700_000_000


@dataclass(frozen=True, slots=True)
class UserGroup:
    """People who are mentioned together, as <!subteam^ID>."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]
    description: str = ""
    is_disabled: bool = False

    def to_slack(self, *, team: str, users: bool, count: bool) -> dict[str, Any]:
        """https://docs.slack.dev/reference/methods/usergroups.list."""
        slack: dict[str, Any] = {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "name": self.name,
            "description": self.description,
            "handle": self.handle,
            "is_external": False,
            "date_create": _CREATED,
            "date_update": _CREATED,
            "date_delete": _CREATED if self.is_disabled else 0,
            "auto_type": None,
            "created_by": self.users[0] if self.users else "",
            "updated_by": self.users[0] if self.users else "",
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
        }
        if users:
            slack["users"] = list(self.users)
        if count:
            slack["user_count"] = len(self.users)
        return slack
