"""TypeScript as a judge: payloads as typed literals, refused by Slack's own types or not."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runbot.surfaces.slack.views.gallery import Sample

HERE: Final = Path(__file__).parent
BIN: Final = HERE.parents[1] / ".venv/bin"
# Literals, not imported JSON: only of a literal does TypeScript refuse a field that isn't known.
# https://www.typescriptlang.org/docs/handbook/2/objects.html#excess-property-checks
# A view's blocks are narrowed to the known ones, since `AnyBlock` takes whatever has a `type`.
PRELUDE: Final = """\
import type { HomeView, KnownBlock, ModalView } from "@slack/types";
import type { AppsManifestValidateArguments } from "@slack/web-api";
type Known<View> = Omit<View, "blocks"> & { blocks: KnownBlock[] };
type message = { text: string; blocks: KnownBlock[] };
type modal = Known<ModalView>;
type home = Known<HomeView>;
type manifest = AppsManifestValidateArguments["manifest"];
"""
OPTIONS: Final = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,  # the packages' own errors aren't what is judged
    "types": [],
    "module": "nodenext",
    "target": "esnext",
}
_ERROR: Final = re.compile(r"judged\.ts\((\d+),\d+\): error TS\d+: (.*)")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged: `kind` is message, modal, home or manifest."""

    name: str
    kind: str
    payload: Mapping[str, object]


def of(sample: Sample) -> Judged:
    """A sample of the gallery."""
    return Judged(sample.name, sample.surface, sample.payload)


def verdicts(folder: Path, judged: list[Judged]) -> dict[str, list[str]]:
    """What TypeScript has against each payload, by name; nothing for those that it takes.

    `folder` is an empty one to work in. Raises `AssertionError` where tsc itself failed.
    """
    # One line each, so that an error's line says whose it is.
    lines = [
        f"export const _{n}: {one.kind} = {json.dumps(one.payload)};"
        for n, one in enumerate(judged)
    ]
    first = PRELUDE.count("\n") + 1
    (folder / "judged.ts").write_text(PRELUDE + "\n".join(lines) + "\n", encoding="utf-8")
    config = {"compilerOptions": OPTIONS, "files": ["judged.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(config))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(HERE / "node_modules", target_is_directory=True)
    done = subprocess.run(
        [HERE / "node_modules/.bin/tsc", "--project", "tsconfig.json", "--pretty", "false"],
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if (error := _ERROR.match(line)) and int(error[1]) >= first:
            found.setdefault(judged[int(error[1]) - first].name, []).append(error[2])
    said = done.stdout + done.stderr
    assert bool(done.returncode) == bool(found), f"tsc did not judge: {said[:3000]}"
    return found
