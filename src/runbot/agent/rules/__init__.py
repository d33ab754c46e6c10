"""Authoring and planning without a model: rules that read what people write, never guessing.

All of it is pure: text in, values out.
"""

from __future__ import annotations

from typing import Final

RULES: Final = "built-in rules"
"""What planned a version that no model planned: `Version.agent`."""
