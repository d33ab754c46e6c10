"""Modals, stacked for each person, and each person's Home tab."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from runbot.playground.ids import fresh_id
from runbot.playground.limits import most
from runbot.playground.messages import texts_of
from runbot.playground.refusals import Refusal
from runbot.playground.state import state_values

ViewBody = dict[str, Any]


@dataclass(slots=True)
class View:
    """One modal or Home, as its owner has it on the screen."""

    id: str
    user: str
    body: ViewBody
    hash: str
    root_id: str
    previous_id: str | None
    entries: dict[str, dict[str, Any]]
    """What the person has put in, by block_id and action_id."""

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The view's blocks, each with its block_id."""
        blocks: list[dict[str, Any]] = self.body["blocks"]
        return blocks

    @property
    def shown(self) -> str:
        """All that its owner reads, as plain lines: for looking something up in it."""
        return "\n".join(texts_of(self.body))

    @property
    def callback_id(self) -> str:
        """The app's name for the view; empty when it gave none."""
        return str(self.body.get("callback_id", ""))

    def to_slack(self, *, team: str, app: str, bot: str) -> dict[str, Any]:
        """The view object that payloads, answers and the page carry."""
        body = self.body
        return {
            "id": self.id,
            "team_id": team,
            "type": body["type"],
            "blocks": body["blocks"],
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": state_values(self.blocks, self.entries)},
            "hash": self.hash,
            "title": body.get("title"),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": app,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": team,
            "bot_id": bot,
        }


def _new_hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"


class Views:
    """Opening, pushing, changing and closing; as in Slack, three modals deep."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}

    def get(self, view_id: str) -> View | None:
        """A view that is open, or a Home tab."""
        return self._views.get(view_id)

    def by_external_id(self, external_id: str) -> View | None:
        """A view by the app's own id for it."""
        return next(
            (v for v in self._views.values() if v.body.get("external_id") == external_id), None
        )

    def stack(self, user: str) -> list[View]:
        """A person's open modals, the visible one last."""
        return [self._views[view_id] for view_id in self._stacks.get(user, [])]

    def home(self, user: str) -> View | None:
        """A person's Home tab, once it was published."""
        view_id = self._homes.get(user)
        return self._views[view_id] if view_id else None

    def _new(self, user: str, body: ViewBody, below: View | None = None) -> View:
        external_id = body.get("external_id")
        if external_id and self.by_external_id(external_id):
            raise Refusal("duplicate_external_id")
        view_id = fresh_id("V")
        view = View(
            id=view_id,
            user=user,
            body=body,
            hash=_new_hash(),
            root_id=below.root_id if below else view_id,
            previous_id=below.id if below else None,
            entries={},
        )
        self._views[view_id] = view
        return view

    def open(self, user: str, body: ViewBody) -> View:
        """A new modal in the place of any that the person had open."""
        self.close_all(user)
        view = self._new(user, body)
        self._stacks[user] = [view.id]
        return view

    def push(self, user: str, body: ViewBody) -> View:
        """A modal on top of the others; `push_limit_reached` past three."""
        stack = self.stack(user)
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= most("view.stack"):
            raise Refusal("push_limit_reached")
        view = self._new(user, body, below=stack[-1])
        self._stacks[user].append(view.id)
        return view

    def update(self, view: View, body: ViewBody, view_hash: str | None = None) -> View:
        """A new body; what the person put in stays where block_id and action_id stay."""
        if view_hash is not None and view_hash != view.hash:
            raise Refusal("hash_conflict")
        external_id = body.get("external_id")
        twin = self.by_external_id(external_id) if external_id else None
        if twin is not None and twin is not view:
            raise Refusal("duplicate_external_id")
        view.body = body
        view.hash = _new_hash()
        there = state_values(view.blocks, {})
        view.entries = {
            block_id: kept
            for block_id, entries in view.entries.items()
            if (kept := {a: e for a, e in entries.items() if a in there.get(block_id, {})})
        }
        return view

    def publish(self, user: str, body: ViewBody, view_hash: str | None = None) -> View:
        """Make or change a person's Home tab."""
        home = self.home(user)
        if home is not None:
            return self.update(home, body, view_hash)
        view = self._new(user, body)
        self._homes[user] = view.id
        return view

    def close(self, view: View) -> None:
        """Take one modal off; those above it go with it."""
        stack = self._stacks.get(view.user, [])
        if view.id in stack:
            for view_id in stack[stack.index(view.id) :]:
                del self._views[view_id]
            del stack[stack.index(view.id) :]

    def close_all(self, user: str) -> None:
        """Take all of a person's modals off."""
        for view_id in self._stacks.pop(user, []):
            del self._views[view_id]

    def to_file(self) -> dict[str, ViewBody]:
        """The Home tabs; modals are gone with the page that showed them."""
        return {user: self._views[view_id].body for user, view_id in self._homes.items()}

    def from_file(self, homes: dict[str, ViewBody]) -> None:
        """Take up what to_file gave."""
        for user, body in homes.items():
            self.publish(user, body)
