"""`slack_post`: say something in a channel, with the run's state where it is a status update."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from runbot.domain.errors import RunbotError, Unavailable
from runbot.domain.parameters import Parameter, ParameterType, read
from runbot.tools.contract import Repeat, Risk, Source, ToolContext, ToolResult
from runbot.tools.words import failed, one_line, storable

MAX_TEXT: Final = 3000
_CHANNEL = Parameter(name="channel", type=ParameterType.CHANNEL)
# Everything that Slack writes as <!…> notifies many people, but for dates.
_BROADCAST: Final = re.compile(r"<!(?!date\^)([^>|]*)(?:\|([^>]*))?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Posted:
    """Where the message stands. `permalink` is None where Slack gave none."""

    channel: str
    ts: str
    permalink: str | None


class NotPosted(Unavailable):
    """Slack could not be reached or refused, and the message is surely not there."""


class Poster(Protocol):
    """Posts a message once for a key.

    Raises `NotPosted`, `NotFound`, `NotAllowed`, `InvalidInput` or `Refused` where the
    message surely isn't there, and a plain `Unavailable` where it may be.
    """

    async def post(self, workspace: str, channel: str, text: str, *, key: str) -> Posted:
        """Post mrkdwn text to a channel, given by its id or as #name."""
        ...


def _read_channel(text: str) -> str:
    return read(_CHANNEL, text)


def harmless(text: str) -> str:
    """The text with <!channel>, <!here>, <!everyone> and group mentions as mere words."""

    def word(found: re.Match[str]) -> str:
        name, label = found[1], found[2]
        shown = label or ("a group" if name.lower().startswith("subteam") else name)
        return f"@{shown.removeprefix('@')}"

    return _BROADCAST.sub(word, text)


class SlackPostArguments(BaseModel):
    """Where to post, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Annotated[str, AfterValidator(_read_channel)] = Field(
        description="The channel, as #name"
    )
    text: str = Field(
        default="",
        max_length=MAX_TEXT,
        description="What to say",
        json_schema_extra={"markup": "mrkdwn"},
    )
    status: bool = Field(
        default=False, description="Whether to add the run's state and a link to it"
    )
    mention: bool = Field(
        default=False,
        description="Whether <!channel>, <!here> and groups in the text notify people",
    )

    @model_validator(mode="after")
    def _says_something(self) -> SlackPostArguments:
        if not self.text.strip() and not self.status:
            raise ValueError("text is needed: there is nothing to say.")
        return self


class SlackPost:
    """Succeeds when Slack took the message."""

    name: ClassVar[str] = "slack_post"
    description: ClassVar[str] = "Post a message to a Slack channel"
    arguments: ClassVar[type[BaseModel]] = SlackPostArguments
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def __init__(
        self, poster: Poster, *, link: Callable[[ToolContext], Awaitable[str | None]]
    ) -> None:
        self._poster = poster
        self._link = link

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        """Post it once. Where Slack's answer got lost, the outcome is unknown."""
        post = SlackPostArguments.model_validate(arguments)
        text = storable(post.text.strip())
        text = text if post.mention else harmless(text)
        if post.status:
            text = "\n".join(filter(None, (text, await self._state(context))))
        try:
            posted = await self._poster.post(context.workspace, post.channel, text, key=context.key)
        except RunbotError as error:
            doubtful = isinstance(error, Unavailable) and not isinstance(error, NotPosted)
            return failed(
                f"{error.sentence} The message may have been posted."
                if doubtful
                else error.sentence,
                unknown=doubtful,
            )
        sources = (Source(url=posted.permalink, text="The message"),) if posted.permalink else ()
        return ToolResult(
            ok=True,
            summary=one_line(f"posted to {post.channel}" if post.channel[0] == "#" else "posted"),
            output=text,
            facts={"channel": posted.channel, "ts": posted.ts},
            sources=sources,
        )

    async def _state(self, context: ToolContext) -> str:
        try:
            link = await self._link(context)
        except RunbotError:  # news of an incident goes out without a link rather than not at all
            link = None
        # State and names come from people: none of it may become a mention or a link.
        said = f"Run {context.run_number} of {context.runbook}: {context.state}"
        said = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"{said} · <{link}|Open the run>" if link else said
