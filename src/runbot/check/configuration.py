"""The file with roles, where there is one."""

from __future__ import annotations

from runbot.check.finding import Finding, bad, good
from runbot.config import read
from runbot.domain.errors import InvalidInput
from runbot.settings import Settings


def configuration(settings: Settings) -> list[Finding]:
    """Whether the file can be used; nothing where none is named."""
    if settings.config is None:
        return []
    what = "Configuration"
    try:
        found = read(settings.config)
    except InvalidInput as wrong:
        return [bad(what, wrong.sentence)]
    if found.roles is None:
        return [good(what, f"{settings.config} can be used; it gives no roles.")]
    count = sum(len(given) for given in found.roles.assigned.values())
    return [good(what, f"{settings.config} gives {count} {'role' if count == 1 else 'roles'}.")]
