"""The page's built files come from its sources, and nothing in them makes words into markup."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import runbot.playground

ROOT = Path(__file__).parents[2]
PAGE = Path(runbot.playground.__file__).parent / "page"
BUILT = PAGE / "built"
ALSO = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
SCRIPTS = sorted([*PAGE.glob("src/**/*.ts"), *PAGE.glob("src/**/*.tsx")])
HTML = re.compile(r"(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function")


def hash_of_sources() -> str:
    """As build.mjs does: over each source's name and contents, in the order of the names."""
    sources = [path for path in (PAGE / "src").rglob("*") if path.is_file()]
    by_name = {path.relative_to(PAGE).as_posix(): path for path in sources}
    by_name |= {name: PAGE / name for name in ALSO}
    found = hashlib.sha256()
    for name in sorted(by_name):
        contents = by_name[name].read_bytes()
        found.update(f"{name}\0{len(contents)}\0".encode() + contents)
    return found.hexdigest()


def test_the_built_files_are_of_these_sources() -> None:
    """After a change to the page's sources, `make page` builds it anew."""
    told = json.loads((BUILT / "build.json").read_text(encoding="utf-8"))
    assert told == {"sources": hash_of_sources()}, "Run `make page` and commit what it builds."


def test_all_that_is_bundled_is_pinned_and_comes_with_its_licence() -> None:
    package = json.loads((PAGE / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((PAGE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = package["dependencies"] | package["devDependencies"]
    assert [v for v in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []
    assert [name for name, one in lock.items() if name and "integrity" not in one] == []
    assert [name for name, one in lock.items() if "resolved" in one] == []
    licences = (BUILT / "licences.txt").read_text(encoding="utf-8")
    for name in [*package["dependencies"], "emoji-datasource"]:
        assert f"{name} {wanted[name]} (" in licences


def test_the_index_loads_only_files_that_exist_and_nothing_inline() -> None:
    index = (BUILT / "index.html").read_text(encoding="utf-8")
    linked = re.findall(r'(?:src|href)="([^"]+)"', index)
    assert [path for path in linked if not path.startswith("/page/")] == []
    assert [path for path in linked if not (BUILT / path.removeprefix("/page/")).is_file()] == []
    assert re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", index) is None


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_source_sets_html(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    assert HTML.search(source) is None
    assert "dangerouslySet" not in source


def test_the_wheel_carries_the_built_page_and_not_its_sources(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    prefix = "runbot/playground/page/"
    with zipfile.ZipFile(wheel) as archive:
        carried = {n.removeprefix(prefix) for n in archive.namelist() if n.startswith(prefix)}
    assert carried == {f"built/{path.name}" for path in BUILT.iterdir()}
