"""Menus whose options come from the app while a person types: asking for them, and holding to them.

https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
"""

from __future__ import annotations

from typing import Any

from runbot.playground import payloads
from runbot.playground.asking import ask
from runbot.playground.inputs import options_of
from runbot.playground.messages import Message
from runbot.playground.objects import MENU_OPTION, OPTION_GROUP
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal
from runbot.playground.schema import Findings, Shape, items
from runbot.playground.state import Block, Element
from runbot.playground.views import View

EXTERNAL = frozenset({"external_select", "multi_external_select"})
_LEAST_TYPED = 3
_KEPT_MENUS = 1_000
_KEPT_OPTIONS = 1_000

_ANSWER = Shape(
    {
        "options": items(MENU_OPTION, "select.options", least=0),
        "option_groups": items(OPTION_GROUP, "select.groups", least=0),
    },
    one_of=("options", "option_groups"),
)
_Menu = tuple[str, str, str, str]


class Suggestions:
    """What the app has offered to whom, in which menu: only that may be chosen there."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._offered: dict[_Menu, dict[str, dict[str, Any]]] = {}

    async def ask(
        self, user: str, place: Message | View, block: Block, element: Element, typed: str
    ) -> dict[str, Any]:
        """The app's options, or option groups, for what was typed so far.

        None, and no question to the app, before enough was typed. PersonRefusal where the app
        doesn't answer in time, or answers with what no menu can show.
        """
        if element["type"] not in EXTERNAL:
            raise PersonRefusal("invalid_request", "That menu has its options already.")
        if len(typed) < element.get("min_query_length", _LEAST_TYPED):
            return {"options": []}
        payload = payloads.block_suggestion(self._platform, user, place, block, element, typed)
        envelope = await ask(self._platform, "interactive", payload)
        answer = envelope.response or {}
        found = Findings()
        _ANSWER.check(answer, "", found)
        if found or {"options", "option_groups"} <= answer.keys():
            why = found.messages[0] if found else "options and option_groups exclude each other"
            raise PersonRefusal(
                "invalid_options",
                f"The app's answer can't be shown as a menu: {why}",
                status=502,
            )
        offered = self._offered.setdefault(_menu(place, user, block, element), {})
        for option in options_of(answer):
            offered.pop(option["value"], None)
            offered[option["value"]] = option
        _forget(offered, _KEPT_OPTIONS)
        _forget(self._offered, _KEPT_MENUS)
        return answer

    def filled(
        self, element: Element, *, user: str, place: Message | View, block: Block
    ) -> Element:
        """The element with what this person may choose in it; any other is given back as it is."""
        if element["type"] not in EXTERNAL:
            return element
        initial = [element["initial_option"]] if "initial_option" in element else []
        initial += element.get("initial_options", [])
        offered = self._offered.get(_menu(place, user, block, element), {})
        return {**element, "options": [*initial, *offered.values()]}


def _menu(place: Message | View, user: str, block: Block, element: Element) -> _Menu:
    where = place.id if isinstance(place, View) else f"{place.channel}:{place.ts}"
    return where, block["block_id"], element["action_id"], user


def _forget(kept: dict[Any, Any], most: int) -> None:
    """Let go of the oldest."""
    while len(kept) > most:
        del kept[next(iter(kept))]
