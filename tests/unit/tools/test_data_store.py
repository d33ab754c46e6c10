"""`data_store`: content comes from where the step says, whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import ValidationError

from runbot.domain.errors import NotFound
from runbot.tools.contract import ToolContext, ToolResult
from runbot.tools.data_store import MAX_CONTENT, DataStore, DataStoreArguments, Kept
from runbot.tools.fetching import Fetcher
from unit.tools.servers import Site


@dataclass
class Shelf:
    """Artefacts in memory; the same name and content in a run is one artefact."""

    kept: dict[tuple[str, str, bytes], Kept] = field(default_factory=dict)

    async def put(
        self, context: ToolContext, name: str, content: bytes, *, media_type: str, source: str
    ) -> Kept:
        made = Kept(
            id=f"art_{len(self.kept)}",
            name=name,
            size=len(content),
            media_type=media_type,
            source=source,
            run_number=context.run_number,
        )
        return self.kept.setdefault((context.run_id, name, content), made)

    async def get(self, context: ToolContext, name: str) -> tuple[Kept, bytes]:  # noqa: ARG002 - one run only
        for (_, called, content), kept in reversed(self.kept.items()):
            if called == name:
                return kept, content
        raise NotFound(f'The data store has nothing called "{name}".')

    async def list(self, context: ToolContext) -> tuple[Kept, ...]:
        return tuple(kept for (run, _, _), kept in self.kept.items() if run == context.run_id)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "db.log").write_text("ERROR deadlock\n")
    return folder


@pytest.fixture
def tool(shelf: Shelf, fetcher: Fetcher, logs: Path) -> DataStore:
    return DataStore(shelf, fetcher, files=[logs])


async def do(tool: DataStore, context: ToolContext, **arguments: str) -> ToolResult:
    return await tool.run(DataStoreArguments.model_validate(arguments), context)


async def test_a_page_is_saved_whole_and_named(
    tool: DataStore, shelf: Shelf, site: Site, context: ToolContext
) -> None:
    body = b"\x00\xff" * 21_000
    site.answers("/logs", body=body, headers={"Content-Type": "application/gzip"})
    result = await do(tool, context, name="db-logs-1042", source=f"{site.url}/logs?token=s3cret")
    assert result.ok
    assert result.summary == 'saved as "db-logs-1042" (41 KiB)'
    assert list(shelf.kept) == [("run-1", "db-logs-1042", body)]
    assert result.facts["bytes"] == 42_000
    kept = next(iter(shelf.kept.values()))
    assert kept.media_type == "application/gzip"
    assert kept.source == f"{site.url}/logs"


async def test_saving_the_same_again_changes_nothing(
    tool: DataStore, shelf: Shelf, site: Site, context: ToolContext
) -> None:
    site.answers("/logs", text="same")
    first = await do(tool, context, name="logs", source=f"{site.url}/logs")
    second = await do(tool, context, name="logs", source=f"{site.url}/logs")
    assert first.facts["id"] == second.facts["id"]
    assert len(shelf.kept) == 1


async def test_a_page_that_is_not_there_saves_nothing(
    tool: DataStore, shelf: Shelf, site: Site, context: ToolContext
) -> None:
    site.answers("/logs", status=404, text="not here")
    result = await do(tool, context, name="logs", source=f"{site.url}/logs")
    assert not result.ok
    assert result.summary == f"{site.url}/logs answered 404 Not Found, so nothing was saved."
    assert not shelf.kept


async def test_a_page_that_is_too_large_is_not_saved_in_part(
    tool: DataStore, shelf: Shelf, site: Site, context: ToolContext
) -> None:
    site.answers("/logs", body=b"x" * (MAX_CONTENT + 1))
    result = await do(tool, context, name="logs", source=f"{site.url}/logs")
    assert result.summary == f"{site.url}/logs is larger than 10 MiB, so nothing was saved."
    assert not shelf.kept


async def test_a_private_address_saves_nothing(
    tool: DataStore, shelf: Shelf, context: ToolContext
) -> None:
    result = await do(tool, context, name="logs", source="http://169.254.169.254/latest")
    assert "RUNBOT_ALLOW_HOSTS" in result.summary
    assert not shelf.kept


async def test_a_persons_text_is_saved_and_read_again(
    tool: DataStore, context: ToolContext
) -> None:
    await do(tool, context, name="note", source="text: disk was full ")
    result = await do(tool, context, action="get", name="note")
    assert result.ok
    assert result.output == "disk was full"
    assert result.summary == '"note" (13 bytes), kept by run 12'


async def test_text_with_nothing_in_it_saves_nothing(
    tool: DataStore, shelf: Shelf, context: ToolContext
) -> None:
    result = await do(tool, context, name="note", source="text:  ")
    assert not result.ok
    assert not shelf.kept


async def test_all_that_the_run_kept_is_listed(tool: DataStore, context: ToolContext) -> None:
    assert (await do(tool, context, action="list")).summary == "nothing is kept"
    await do(tool, context, name="a", source="text:one")
    await do(tool, context, name="b", source="text:two")
    result = await do(tool, context, action="list")
    assert result.summary == "2 artefacts: a, b"
    assert result.facts["names"] == ["a", "b"]


async def test_what_is_not_there_cant_be_read(tool: DataStore, context: ToolContext) -> None:
    result = await do(tool, context, action="get", name="nothing")
    assert not result.ok
    assert result.summary == 'The data store has nothing called "nothing".'


async def test_a_file_in_a_folder_that_the_operator_allows_is_saved(
    tool: DataStore, shelf: Shelf, logs: Path, context: ToolContext
) -> None:
    result = await do(tool, context, name="db", source=str(logs / "db.log"))
    assert result.ok
    assert next(iter(shelf.kept)) == ("run-1", "db", b"ERROR deadlock\n")


async def test_a_file_outside_is_refused_however_its_path_is_written(
    tool: DataStore, shelf: Shelf, logs: Path, context: ToolContext
) -> None:
    secret = logs.parent / "secret"
    secret.write_text("secret")
    (logs.parent / "logs-old").write_text("secret")
    (logs / "link").symlink_to(secret)
    (logs / "loop").symlink_to(logs / "loop")
    paths = ["../secret", "link", "loop", "missing", "../logs-old", "\x00", "x" * 300]
    for path in [str(logs / path) for path in paths] + ["/etc/passwd", "/"]:
        result = await do(tool, context, name="x", source=path)
        assert not result.ok
        assert "may not be read, or isn't there. Nothing was saved." in result.summary
    assert not shelf.kept


async def test_what_is_no_plain_file_is_refused_without_hanging(
    tool: DataStore, shelf: Shelf, logs: Path, context: ToolContext
) -> None:
    os.mkfifo(logs / "pipe")
    for path in (logs / "pipe", logs):
        result = await do(tool, context, name="x", source=str(path))
        assert not result.ok
        assert "nothing was saved" in result.summary.lower()
    assert not shelf.kept


async def test_a_file_that_is_too_large_is_not_saved_in_part(
    tool: DataStore, shelf: Shelf, logs: Path, context: ToolContext
) -> None:
    with (logs / "big").open("wb") as file:
        file.truncate(MAX_CONTENT + 1)
    result = await do(tool, context, name="big", source=str(logs / "big"))
    assert "is larger than 10 MiB, so nothing was saved." in result.summary
    assert not shelf.kept


async def test_without_an_allow_list_no_file_is_read(
    shelf: Shelf, fetcher: Fetcher, logs: Path, context: ToolContext
) -> None:
    result = await do(DataStore(shelf, fetcher), context, name="x", source=str(logs / "db.log"))
    assert "RUNBOT_ALLOW_FILES" in result.summary


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "x"}, "source is needed"),
        ({"source": "text:x"}, "name is needed to put"),
        ({"action": "get"}, "name is needed to get"),
        ({"action": "get", "name": "x", "source": "text:y"}, "only for put"),
        ({"name": "x", "source": "the database logs"}, "source must be a web address"),
        ({"name": "x", "source": "ftp://example.com"}, "source must be a web address"),
        ({"name": "../x", "source": "text:y"}, "name must be"),
        ({"name": "", "source": "text:y"}, "name must be"),
        ({"action": "delete", "name": "x"}, "action"),
    ],
)
def test_arguments_that_leave_something_open_are_refused(
    arguments: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        DataStoreArguments.model_validate(arguments)
