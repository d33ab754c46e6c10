"""The page's files hang together, and nothing in them could let someone's words become markup."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

import runbot.playground

PAGE = Path(runbot.playground.__file__).parent / "page"
MODULES = sorted(PAGE.glob("*.js"))


def test_the_vendored_file_is_the_one_that_is_named() -> None:
    """VENDOR.md's hash is the file's, and both licences lie beside it."""
    file = PAGE / "vendor" / "preact-htm.js"
    named = (PAGE / "vendor" / "VENDOR.md").read_text(encoding="utf-8")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in named
    for licence in re.findall(r"LICENSE\.\w+\.txt", named):
        assert (PAGE / "vendor" / licence).is_file()


def test_the_index_loads_only_files_that_exist_and_nothing_inline() -> None:
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    linked = re.findall(r'(?:src|href)="([^"]+)"', index)
    assert [path for path in linked if not path.startswith("/page/")] == []
    assert [path for path in linked if not (PAGE / path.removeprefix("/page/")).is_file()] == []
    assert re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", index) is None
    sheets = {f"/page/css/{sheet.name}" for sheet in (PAGE / "css").glob("*.css")}
    assert sheets <= set(linked)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_imports_what_exists_and_sets_no_html(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    for imported in re.findall(r'^(?:import|\}) .*?from "(\./[^"]+)"', source, re.MULTILINE):
        assert (module.parent / imported).is_file(), imported
    wanted = re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source
    )
    assert wanted is None
