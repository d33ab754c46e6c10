"""Settings as somebody has them whose workspace is a local one."""

from __future__ import annotations

from pathlib import Path

from runbot.playground import Playground
from runbot.settings import Settings


def in_playground(playground: Playground, folder: Path | None = None, **given: object) -> Settings:
    """Socket Mode and mail in this playground, data in this folder; `given` goes before that."""
    usual: dict[str, object] = {
        "slack_bot_token": playground.bot_token,
        "slack_app_token": playground.app_token,
        "slack_api_url": playground.api_url,
        "smtp_url": playground.smtp_url,
    }
    if folder is not None:
        usual["data_dir"] = folder / "data"
    return Settings.model_validate({**usual, **given})
