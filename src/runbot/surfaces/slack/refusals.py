"""What Slack's refusals and silences mean: a sentence, and whether the call took effect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError

from runbot.domain.errors import Refused, RunbotError, Unavailable
from runbot.tools.slack_post import NotPosted

LONGEST_WAIT: Final = 300.0  # seconds; a longer Retry-After is asked again after this
# Slack's own faults; what the call asked for may have been done all the same.
PASSING: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
TOO_MANY: Final = frozenset({"ratelimited", "rate_limited"})
# Nobody can say anything in the conversation, Runbot at least can't.
NOWHERE: Final = frozenset(
    {
        "is_archived",
        "is_inactive",  # what chat.update says of an archived channel
        "channel_not_found",
        "not_in_channel",
        "restricted_action",
    }
)
_TOKEN: Final = (
    "Slack does not accept Runbot's token.",
    "An administrator has to install the app again and set its new token.",
)
_TOO_LONG: Final = ("The message is longer than Slack takes.", "Shorten it.")
_UNKNOWN: Final = (
    "Try it once more. If Slack refuses it again, tell whoever runs Runbot this reason: "
    "Slack's documentation says what it means."
)
_INVITE: Final = "Invite it there: /invite @Runbot."
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "channel_not_found": ("There is no such channel that Runbot can see.", _INVITE),
    "not_in_channel": ("Runbot is not in that channel.", _INVITE),
    "is_archived": ("The channel is archived.", "Use another one, or unarchive it."),
    "restricted_action": (
        "The workspace's settings keep Runbot from posting there.",
        "Use another channel, or ask an administrator of the workspace to allow it.",
    ),
    "user_not_in_channel": ("That person is not in the channel.", "Invite them there."),
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "account_inactive": _TOKEN,
    "msg_too_long": _TOO_LONG,
    "msg_blocks_too_long": _TOO_LONG,
    "missing_scope": (
        "Runbot was installed without a permission that this needs.",
        "An administrator has to install the app again from its manifest.",
    ),
    "message_not_found": ("The message was deleted.", ""),
    "cant_update_message": ("The message is not Runbot's to change.", ""),
}


class Declined(Refused):
    """Slack took note and said no: nothing happened. `error` is Slack's code."""

    def __init__(self, error: str) -> None:
        what, do = _SENTENCES.get(error, (f"Slack refused this: {error}.", _UNKNOWN))
        super().__init__(what, do=do)
        self.error = error


class Throttled(NotPosted):
    """Slack took nothing and asks to be left alone for `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            "Slack takes no more messages for the moment.",
            do=f"Try again in {round(retry_after)} seconds.",
        )
        self.retry_after = retry_after


class Failed(Unavailable):
    """Slack answered that it had a fault of its own: most likely nothing happened."""

    def __init__(self) -> None:
        super().__init__("Slack had a fault of its own.", means="It may have got the message.")


@asynccontextmanager
async def understood() -> AsyncIterator[None]:
    """Turn what the SDK and the network raise into what happened, in Runbot's own words."""
    try:
        yield
    except SlackApiError as error:
        raise _said_no(error) from error
    except SlackRequestError as error:
        # What the SDK says where a file's bytes weren't taken: nothing was shown to anybody.
        raise NotPosted("Slack did not take the file.", do="Try it once more.") from error
    except aiohttp.ClientConnectorError as error:
        raise NotPosted("Slack can't be reached.", do="Runbot tries again.") from error
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise Unavailable("Slack did not answer.", means="It may have got the message.") from error


def _said_no(error: SlackApiError) -> RunbotError:
    response: Any = error.response
    # Where a body isn't JSON, the SDK hands over the plain HTTP response.
    status = getattr(response, "status_code", None) or getattr(response, "status", 0) or 0
    data = getattr(response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    if status == 429 or code in TOO_MANY:  # noqa: PLR2004 - Too Many Requests
        return Throttled(retry_after(response.headers))
    if status >= 500 or not code or code in PASSING:  # noqa: PLR2004 - the server's own errors
        return Failed()
    return Declined(code)


def retry_after(headers: Mapping[str, str]) -> float:
    """How many seconds Slack asks to be left alone."""
    try:
        asked = float(headers.get("Retry-After", headers.get("retry-after", "1")))
    except ValueError:
        asked = 1.0
    return min(max(asked, 0.0), LONGEST_WAIT)
