"""The container image can be built from what its Dockerfile copies, and is given nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copied() -> list[str]:
    """What the Dockerfile takes from the repository, by the names there."""
    lines = re.findall(
        r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    return [name for line in lines for name in line.split()[:-1]]


def test_what_is_copied_is_let_through_and_nothing_else_is() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in rules
    assert sorted(rule[1:] for rule in rules if rule.startswith("!")) == sorted(copied())


def test_the_package_is_built_from_what_is_copied(tmp_path: Path) -> None:
    for name in copied():
        if (ROOT / name).is_dir():
            left_out = shutil.ignore_patterns("node_modules", "__pycache__")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "wheels"]
    done = subprocess.run(build, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"runbot/manifests/socket-mode.json", "runbot/manifests/http.json"} <= names
    assert "runbot/playground/page/built/index.html" in names
