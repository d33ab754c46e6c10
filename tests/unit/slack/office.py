"""Runbot in this process, in a local Slack: real listeners, verbs, rows and engine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from runbot.bootstrap import Application, running
from runbot.domain.access import Actor
from runbot.playground import Message, Playground, View
from runbot.playground.people import Person
from runbot.settings import Settings

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0


@dataclass(frozen=True)
class Office:
    """A workspace with Runbot in it, by the names that people use."""

    playground: Playground
    application: Application

    def person(self, name: str) -> Person:
        return self.playground.person(name)

    async def actor(self, name: str) -> Actor:
        """A person as Runbot's rights see them."""
        workspace = self.playground.workspace.team_id
        return await self.application.desk.directory.actor(workspace, self.person(name).id)

    async def shows(self, message: Message, *texts: str) -> Message:
        """Wait until this very message shows all these texts, and give it as it is then."""

        def found() -> Message | None:
            current = self.playground.current(message)
            return current if current and all(t in current.shown for t in texts) else None

        what = f"{texts} in {message.shown!r}"
        shown = await self.playground.until(found, timeout=PATIENCE, what=what)
        assert shown is not None
        return shown

    async def modal(self, person: Person, text: str) -> View:
        """Wait until the person's topmost modal shows a text."""

        def found() -> View | None:
            views = person.views
            return views[-1] if views and text in str(views[-1].blocks) else None

        view = await self.playground.until(
            found, timeout=PATIENCE, what=f"a modal of {person.user.name} with {text!r}"
        )
        assert view is not None
        return view

    async def drafts(self, person: Person, name: str, *steps: str, more: str = "") -> Message:
        """Have a person write a runbook in #ops, and give its card."""
        lines = "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))
        words = f"@runbot create a runbook called {name} {more} with these steps:\n{lines}"
        await person.says(words, channel="ops")
        return await person.sees(f"*{name}*  v1", channel="ops")

    async def publishes(self, person: Person, name: str, *steps: str, more: str = "") -> Message:
        """The same, and press Publish."""
        card = await self.drafts(person, name, *steps, more=more)
        await person.clicks(card, "Publish")
        return await self.shows(card, "Published")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Office]:
    """An office whose data lies in a folder, open until the block ends."""
    manifest = json.loads((ROOT / "manifests/socket-mode.json").read_text())
    playground = Playground(manifest=manifest)
    await playground.start()
    settings = Settings(
        _env_file=None,
        slack_bot_token=SecretStr(playground.bot_token),
        slack_app_token=SecretStr(playground.app_token),
        slack_api_url=playground.api_url,
        data_dir=folder,
        smtp_url=SecretStr(playground.smtp_url),
        mail_from="runbot@example.com",
        allow_hosts=("127.0.0.1",),
        display_interval=0.05,
        shutdown_grace=0.2,
    )
    try:
        async with running(settings) as application:
            await playground.until_connected()
            yield Office(playground, application)
    finally:
        await playground.stop()
