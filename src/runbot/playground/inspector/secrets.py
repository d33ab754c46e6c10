"""No secret is shown: what the record says goes through here on its way out."""

from __future__ import annotations

import json
import re
from typing import Any

from runbot.playground.workspace import Bot

# https://docs.slack.dev/authentication/tokens; and the one-use address of a Socket Mode connection.
_SHAPES = re.compile(r"\b(?:xox[a-z](?:\.[a-z]+)*-|xapp-|xwfp-)[\w%.-]+|(?<=[?&]ticket=)[\w-]+")
_INSTEAD = "[not shown]"


class Spelling:
    """JSON without this app's secrets, and without anything shaped like a token of Slack's."""

    def __init__(self, bot: Bot) -> None:
        self._secrets = (bot.bot_token, bot.app_token, bot.signing_secret)

    def __call__(self, data: Any) -> str:
        """Spell it out; what isn't JSON at all is shown by its name."""
        spelled = json.dumps(data, ensure_ascii=False, default=repr)
        for secret in self._secrets:
            spelled = spelled.replace(secret, _INSTEAD)
        return _SHAPES.sub(_INSTEAD, spelled)
