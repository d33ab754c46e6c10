"""What the workspace says no with.

Refusal        an API method's answer to the app: {"ok": false, "error": code, …}
PersonRefusal  an answer to a person's click or words, with a sentence to show
"""

from __future__ import annotations

from typing import Any

from runbot.playground.error_codes import ERROR_CODES


class Refusal(Exception):  # noqa: N818 - a refusal is a regular answer of the API, not a fault
    """A Web API method refuses; `extra` is merged into the answer beside `ok` and `error`.

    KeyError for a code that error_codes.py has no row of.
    """

    def __init__(self, error: str, *, messages: list[str] | None = None, **extra: Any) -> None:
        self.why = ERROR_CODES[error].why
        super().__init__(error)
        self.error = error
        self.extra = extra
        if messages:
            self.extra["response_metadata"] = {"messages": messages}

    def answer(self) -> dict[str, Any]:
        """The JSON that the caller gets."""
        return {"ok": False, "error": self.error, **self.extra}


class PersonRefusal(Exception):  # noqa: N818 - see Refusal
    """What a person tried can't be done; `message` is a sentence to show to them."""

    def __init__(self, error: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.status = status
