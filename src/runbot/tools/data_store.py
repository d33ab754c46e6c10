"""`data_store`: keep logs, pages and notes with the run, and look at what was kept."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from runbot.domain.errors import InvalidInput, NotAllowed, NotFound, RunbotError, Unavailable
from runbot.domain.parameters import Parameter, ParameterType, read
from runbot.tools.contract import Repeat, Risk, Source, ToolContext, ToolResult
from runbot.tools.fetching import Fetcher, shown
from runbot.tools.words import decoded, failed, one_line, size

MAX_CONTENT: Final = 10 * 1024 * 1024
TEXT_PREFIX: Final = "text:"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_URL = Parameter(name="source", type=ParameterType.URL)
_WANTED: Final = (
    "source must be a web address (https://…), the path of a file (/var/log/…), "
    "or text: followed by a person's text."
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store knows of one artefact. `size` is in bytes."""

    id: str
    name: str
    size: int
    media_type: str
    source: str
    run_number: int


class Artefacts(Protocol):
    """Where artefacts are kept. Every call is about one workspace."""

    async def put(
        self,
        context: ToolContext,
        name: str,
        content: bytes,
        *,
        media_type: str,
        source: str,
    ) -> Kept:
        """Keep it with the run; the same name and content again is the same artefact."""
        ...

    async def get(self, context: ToolContext, name: str) -> tuple[Kept, bytes]:
        """This run's newest of that name, else the workspace's; `NotFound` otherwise."""
        ...

    async def list(self, context: ToolContext) -> tuple[Kept, ...]:
        """What this run has kept, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class _Content:
    body: bytes
    media_type: str
    source: str
    links: tuple[Source, ...] = ()


def _read_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            "name must be 1 to 120 letters, digits, dots, hyphens and underscores, such as db-logs."
        )
    return text


def _read_source(text: str) -> str:
    plain = text.strip()
    if plain.startswith(TEXT_PREFIX):
        return plain
    if plain.startswith("/"):
        return plain
    try:
        return read(_URL, plain)
    except ValueError:
        raise ValueError(_WANTED) from None


class DataStoreArguments(BaseModel):
    """What to keep or to look at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["put", "get", "list"] = Field(
        default="put", description="put keeps something, get reads it, list names all of this run"
    )
    name: Annotated[str, AfterValidator(_read_name)] | None = Field(
        default=None, description="What it is called, such as db-logs (put and get)"
    )
    source: Annotated[str, AfterValidator(_read_source)] | None = Field(
        default=None,
        description="Where it comes from (put): a web address, the path of a file that the "
        "operator allows, or text: and a person's text",
    )

    # Before the fields: what is missing is missing whatever the other values are.
    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        action = data.get("action", "put")
        if action in {"put", "get"} and data.get("name") is None:
            raise ValueError(f"name is needed to {action} something.")
        if action == "put" and data.get("source") is None:
            raise ValueError(f"source is needed: where does it come from? {_WANTED}")
        if action in {"get", "list"} and data.get("source") is not None:
            raise ValueError(f"source is only for put, not for {action}.")
        return data


class DataStore:
    """Succeeds when the whole content is kept; a part of it never is."""

    name: ClassVar[str] = "data_store"
    description: ClassVar[str] = "Keep something with the run, or read what was kept"
    arguments: ClassVar[type[BaseModel]] = DataStoreArguments
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.SAFE

    def __init__(
        self, artefacts: Artefacts, fetcher: Fetcher, *, files: Iterable[Path] = ()
    ) -> None:
        self._artefacts = artefacts
        self._fetcher = fetcher
        self._files = tuple(path.resolve() for path in files)

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        """Do it once; doing it again with the same content changes nothing."""
        asked = DataStoreArguments.model_validate(arguments)
        try:
            if asked.action == "list":
                return await self._list(context)
            if asked.action == "get":
                return await self._get(context, asked.name or "")
            return await self._put(context, asked.name or "", asked.source or "")
        except RunbotError as error:
            return failed(error.sentence)

    async def _put(self, context: ToolContext, name: str, source: str) -> ToolResult:
        content = await self._content(source)
        kept = await self._artefacts.put(
            context, name, content.body, media_type=content.media_type, source=content.source
        )
        return ToolResult(
            ok=True,
            summary=one_line(f'saved as "{kept.name}" ({size(kept.size)})'),
            output=f"{kept.name}: {size(kept.size)} from {content.source}",
            facts={"id": kept.id, "name": kept.name, "bytes": kept.size},
            sources=content.links,
        )

    async def _get(self, context: ToolContext, name: str) -> ToolResult:
        kept, body = await self._artefacts.get(context, name)
        return ToolResult(
            ok=True,
            summary=one_line(f'"{kept.name}" ({size(kept.size)}), kept by run {kept.run_number}'),
            output=await decoded(body, None),
            facts={"id": kept.id, "name": kept.name, "bytes": kept.size},
        )

    async def _list(self, context: ToolContext) -> ToolResult:
        kept = await self._artefacts.list(context)
        many = f"{len(kept)} artefacts: {', '.join(one.name for one in kept)}"
        return ToolResult(
            ok=True,
            summary=one_line(
                many if len(kept) > 1 else kept[0].name if kept else "nothing is kept"
            ),
            output="\n".join(f"{one.name} ({size(one.size)}) from {one.source}" for one in kept),
            facts={"count": len(kept), "names": [one.name for one in kept]},
        )

    async def _content(self, source: str) -> _Content:
        if source.startswith(TEXT_PREFIX):
            body = source.removeprefix(TEXT_PREFIX).strip().encode("utf-8", "replace")
            if not body:
                raise InvalidInput("There is no text after text:, so nothing was saved.")
            return _Content(body, "text/plain", "a person's text")
        if source.startswith("/"):
            # Not cancellable, but bounded: a plain file of at most 10 MiB.
            return await asyncio.to_thread(self._file, source)
        return await self._page(source)

    async def _page(self, url: str) -> _Content:
        page = await self._fetcher.fetch(url, limit=MAX_CONTENT)
        if not page.ok:
            raise Unavailable(f"{shown(page.url)} answered {page.answer}, so nothing was saved.")
        if page.cut:
            raise InvalidInput(f"{shown(page.url)} is {_too_large()}")
        return _Content(
            page.body,
            page.content_type or "application/octet-stream",
            shown(page.url),
            (Source(url=page.url, text=shown(page.url)),),
        )

    def _file(self, source: str) -> _Content:
        try:
            path = Path(source).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            path = None
        # The same sentence for a file that isn't there: what exists here is nobody's business.
        if path is None or not any(path.is_relative_to(allowed) for allowed in self._files):
            raise NotAllowed(
                f"The file {one_line(source, 100)} may not be read, or isn't there.",
                means="Nothing was saved.",
                do="The operator allows files and folders in RUNBOT_ALLOW_FILES.",
            )
        try:
            with open(path, "rb", opener=_opened) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise NotAllowed(
                        f"{one_line(source, 100)} is no plain file: nothing was saved."
                    )
                body = file.read(MAX_CONTENT + 1)
        except OSError as error:
            raise NotFound(
                f"The file {one_line(source, 100)} can't be read ({error.strerror}).",
                means="Nothing was saved.",
            ) from None
        if len(body) > MAX_CONTENT:
            raise InvalidInput(f"{one_line(source, 100)} is {_too_large()}")
        return _Content(body, "text/plain", source)


def _opened(path: str, flags: int) -> int:
    # Without blocking on a pipe, nor following a link put there since it was resolved.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)


def _too_large() -> str:
    return f"larger than {size(MAX_CONTENT)}, so nothing was saved."
