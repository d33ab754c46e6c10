"""`slack_post`: what is said, whom it may notify, and what is known when Slack fails."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError

from runbot.domain.errors import NotFound, Refused, RunbotError, Unavailable
from runbot.tools.contract import ToolContext, ToolResult
from runbot.tools.slack_post import NotPosted, Posted, SlackPost, SlackPostArguments, harmless


@dataclass
class Channel:
    """Takes posts as a workspace would, or fails with the error that a test sets."""

    posts: list[tuple[str, str, str, str]] = field(default_factory=list)
    error: RunbotError | None = None

    async def post(self, workspace: str, channel: str, text: str, *, key: str) -> Posted:
        if self.error:
            raise self.error
        self.posts.append((workspace, channel, text, key))
        return Posted("C9", "1.2", "https://slack.test/p12")


async def say(
    channel: Channel, context: ToolContext, link: str | None = None, **arguments: object
) -> ToolResult:
    async def find(_: ToolContext) -> str | None:
        return link

    tool = SlackPost(channel, link=find)
    said = SlackPostArguments.model_validate({"channel": "#incidents", **arguments})
    return await tool.run(said, context)


async def test_a_message_is_posted_as_it_was_written(context: ToolContext) -> None:
    channel = Channel()
    result = await say(channel, context, text="Restarting <https://a.test|the API> for <@U1>.")
    assert channel.posts == [
        ("T1", "#incidents", "Restarting <https://a.test|the API> for <@U1>.", context.key)
    ]
    assert result.ok
    assert result.summary == "posted to #incidents"
    assert result.facts == {"channel": "C9", "ts": "1.2"}
    assert result.sources[0].url == "https://slack.test/p12"


async def test_a_status_update_tells_the_runs_state_and_links_to_it(context: ToolContext) -> None:
    channel = Channel()
    await say(channel, context, "https://slack.test/run", text="We are on it.", status=True)
    assert channel.posts[0][2] == (
        "We are on it.\n"
        "Run 12 of incident-response-database: Running, step 2 of 4"
        " · <https://slack.test/run|Open the run>"
    )


async def test_a_status_update_needs_neither_words_nor_a_link(context: ToolContext) -> None:
    channel = Channel()
    result = await say(channel, context, status=True)
    assert channel.posts[0][2] == "Run 12 of incident-response-database: Running, step 2 of 4"
    assert result.output == channel.posts[0][2]


async def test_a_status_update_goes_out_even_where_no_link_can_be_had(
    context: ToolContext,
) -> None:
    async def no_answer(_context: ToolContext) -> str | None:
        raise Unavailable("Slack did not answer.")

    channel = Channel()
    said = SlackPostArguments(channel="#incidents", status=True)
    assert (await SlackPost(channel, link=no_answer).run(said, context)).ok
    assert channel.posts[0][2].endswith("step 2 of 4")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> help", "@channel help"),
        ("<!here|here>", "@here"),
        ("<!EVERYONE>", "@EVERYONE"),
        ("<!subteam^S123|@dba>", "@dba"),
        ("<!subteam^S123>", "@a group"),
        ("<!date^1700000000^{time}|noon>", "<!date^1700000000^{time}|noon>"),
        ("<@U1> in <#C1|ops>", "<@U1> in <#C1|ops>"),
        ("&lt;!channel&gt;", "&lt;!channel&gt;"),
    ],
)
def test_words_that_notify_many_are_made_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


async def test_a_plan_that_says_so_notifies_the_channel(context: ToolContext) -> None:
    channel = Channel()
    await say(channel, context, text="<!channel> look", mention=True)
    await say(channel, context, text="<!channel> look")
    assert [post[2] for post in channel.posts] == ["<!channel> look", "@channel look"]


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (NotFound("There is no such channel."), False),
        (Refused("The channel is archived."), False),
        (NotPosted("Slack takes no more messages."), False),
        (Unavailable("Slack did not answer."), True),
    ],
)
async def test_only_a_lost_answer_is_an_unknown_outcome(
    error: RunbotError,
    unknown: bool,  # noqa: FBT001 - a table's column
    context: ToolContext,
) -> None:
    result = await say(Channel(error=error), context, text="hello")
    assert not result.ok
    assert result.unknown is unknown
    assert result.summary.startswith(error.what)
    assert ("may have been posted" in result.summary) is unknown


@pytest.mark.parametrize(
    ("given", "read"), [("#ops", "#ops"), ("<#C123|ops>", "C123"), ("C123", "C123")]
)
def test_a_channel_is_taken_as_slack_and_as_people_write_it(given: str, read: str) -> None:
    assert SlackPostArguments(channel=given, text="x").channel == read


@pytest.mark.parametrize(
    "arguments",
    [
        {"channel": "#ops"},
        {"channel": "#ops", "text": "  "},
        {"channel": "the ops channel", "text": "x"},
        {"channel": "#ops", "text": "x" * 3001},
        {"text": "x"},
        {"channel": "#ops", "text": "x", "blocks": "[]"},
    ],
)
def test_arguments_that_say_nothing_or_too_much_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SlackPostArguments.model_validate(arguments)
