"""`web_fetch`: look at a web page or an endpoint, and see whether it is well."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from runbot.domain.errors import RunbotError
from runbot.domain.parameters import Parameter, ParameterType, read
from runbot.tools.contract import Repeat, Risk, Source, ToolContext, ToolResult
from runbot.tools.fetching import Fetcher, Method, shown
from runbot.tools.words import failed, one_line, seconds, size

_URL = Parameter(name="url", type=ParameterType.URL)


def _read_url(text: str) -> str:
    try:
        return read(_URL, text)
    except ValueError:  # without the text: an address can hold a token
        raise ValueError("url must be an address that starts with http:// or https://.") from None


class WebFetchArguments(BaseModel):
    """What to fetch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_read_url)] = Field(
        description="The address, in full, such as https://app.example.com/health"
    )
    method: Method = Field(default="GET", description="GET, or HEAD to see only whether it answers")


class WebFetch:
    """Succeeds on a status from 200 to 299. Reads at most 1 MiB and follows 5 redirects."""

    name: ClassVar[str] = "web_fetch"
    description: ClassVar[str] = "Fetch a web address and check that it answers with success"
    arguments: ClassVar[type[BaseModel]] = WebFetchArguments
    risk: ClassVar[Risk] = Risk.READ
    repeat: ClassVar[Repeat] = Repeat.SAFE

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:  # noqa: ARG002 - the contract gives it to every tool
        """Fetch it once; cancelling closes the connection."""
        asked = WebFetchArguments.model_validate(arguments)
        try:
            page = await self._fetcher.fetch(asked.url, asked.method)
        except RunbotError as error:
            return failed(error.sentence)
        took = f"in {seconds(page.seconds)}"
        if asked.method == "HEAD":
            summary = f"{page.answer} {took}"
        elif page.cut:
            summary = f"{page.answer}, more than {size(len(page.body))} {took}"
        else:
            summary = f"{page.answer}, {size(len(page.body))} {took}"
        return ToolResult(
            ok=page.ok,
            summary=one_line(summary),
            output=await page.text(),
            facts={
                "status": page.status,
                "bytes": len(page.body),
                "seconds": round(page.seconds, 3),
                "content_type": page.content_type,
                "cut": page.cut,
            },
            sources=(Source(url=page.url, text=shown(page.url)),),
        )
