"""What a person may put into an input, checked as Slack's client does before it submits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from runbot.playground.file_inputs import wrong_files
from runbot.playground.state import MANY, STATE_KEYS, Block, Element, Entries, state_values

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_URL = re.compile(r"(https?|ftp|mailto|tel):[^\s]+\Z", re.IGNORECASE)
_SHAPED = {
    "email_text_input": (_EMAIL, "Please enter a valid email address."),
    "url_text_input": (_URL, "Please enter a valid URL."),
}
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)\Z")


def options_of(element: Element) -> Iterator[dict[str, Any]]:
    """The options that an element offers, from its groups too."""
    yield from element.get("options", [])
    for group in element.get("option_groups", []):
        yield from group["options"]


def option_named(element: Element, name: str) -> dict[str, Any] | None:
    """An option by its value or by its text."""
    for option in options_of(element):
        if name in {option["value"], option["text"]["text"]}:
            return option
    return None


def entry_for(element: Element, given: object) -> dict[str, Any]:
    """The state that results from giving a plain value: text, an option's name, a date, an id.

    ValueError where the element offers no such thing.
    """
    kind = element["type"]
    if kind not in STATE_KEYS:
        raise ValueError(f"a {kind} takes no value")
    key = STATE_KEYS[kind][0]
    if given is None:
        return {"type": kind, key: [] if key in MANY else None}
    if isinstance(given, dict) and given.get("type") == kind:
        value = _checked(element, key, given.get(key))
    elif key in MANY:
        values = [given] if isinstance(given, str) or not isinstance(given, Sequence) else given
        value = _checked(element, key, [_offered(element, one) for one in values])
    else:
        value = _checked(element, key, _offered(element, given))
    return {"type": kind, key: value}


def _offered(element: Element, given: object) -> object:
    """The option of that name where the element has options, else the value itself."""
    if not list(options_of(element)) or isinstance(given, dict):
        return given
    option = option_named(element, str(given))
    if option is None:
        names = ", ".join(option["text"]["text"] for option in options_of(element))
        raise ValueError(f"there is no option {given!r}; there are: {names}")
    return option


def _checked(element: Element, key: str, value: Any) -> Any:
    """The value, once it's certain that the person could have chosen it."""
    if key == "selected_date_time" and value is not None:
        return int(value)
    if key == "value" and value is not None:
        return str(value)
    if key not in {"selected_option", "selected_options"} or value is None:
        return value
    chosen = value if isinstance(value, list) else [value]
    offered = {option["value"]: option for option in options_of(element)}
    for option in chosen:
        if not isinstance(option, dict) or option.get("value") not in offered:
            raise ValueError("that option isn't offered")
    exact = [offered[option["value"]] for option in chosen]
    return exact if isinstance(value, list) else exact[0]


def problems(blocks: list[Block], entries: Entries) -> dict[str, str]:
    """By block_id, why the client wouldn't submit; empty when it would."""
    values = state_values(blocks, entries)
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        key = STATE_KEYS[element["type"]][0]
        value = values[block["block_id"]][element["action_id"]].get(key)
        if value in (None, "", []):
            if not block.get("optional", False):
                found[block["block_id"]] = "Please complete this required field."
            continue
        sentence = _wrong(element, value)
        if sentence:
            found[block["block_id"]] = sentence
    return found


def _wrong(element: Element, value: Any) -> str | None:
    """What is wrong with one value, in a sentence."""
    kind = element["type"]
    if kind == "plain_text_input":
        return _wrong_length(element, value)
    if kind in _SHAPED:
        pattern, sentence = _SHAPED[kind]
        return None if pattern.match(value) else sentence
    if kind == "number_input":
        return _wrong_number(element, value)
    if kind == "file_input":
        return wrong_files(element, value)
    most_items = element.get("max_selected_items")
    if most_items is not None and len(value) > most_items:
        return f"Please choose {most_items} or fewer."
    return None


def _wrong_length(element: Element, value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    longest = element.get("max_length", 3_000)
    if len(value) > longest:
        return f"Please enter no more than {longest} characters."
    return None


def _wrong_number(element: Element, value: str) -> str | None:
    if not _NUMBER.match(value):
        return "Please enter a number."
    if not element["is_decimal_allowed"] and "." in value:
        return "Please enter a whole number."
    if "min_value" in element and float(value) < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and float(value) > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return None
