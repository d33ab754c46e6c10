"""Every kind of view that Runbot shows, with plain example values: what its judges look at.

`runbot check --live` has Slack judge them, and the tests other judges. A view without a
sample here fails a test.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbot.surfaces.slack.views.gallery import books, nested, runs
from runbot.surfaces.slack.views.gallery.sample import Sample, Surface

__all__ = ["Sample", "Surface", "samples"]


def samples() -> Iterator[Sample]:
    """Each kind of view in each state that changes what it is made of; the names are unique."""
    yield from runs.samples()
    yield from nested.samples()
    yield from books.samples()
