"""Runs to draw: the gallery's own, so that tests and `runbot check --live` show the same ones."""

from runbot.surfaces.slack.views.gallery.story import ANA, BEN, START, Story

__all__ = ["ANA", "BEN", "START", "Story"]
