"""Statements that SQLAlchemy spells differently for the two databases."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Insert


def insert_or_update(s: Session, table: Table) -> Insert:
    """Insert a row, or bring the one with the same primary key to the same values."""
    return _insert_or_update(s.get_bind().dialect.name, table)


def insert_or_leave(s: Session, table: Table) -> Insert:
    """Insert a row, or leave the one with the same primary key as it is: then no row counts."""
    return _insert_or_leave(s.get_bind().dialect.name, table)


# Making the first of these takes longer than running it.
@cache
def _insert_or_update(kind: str, table: Table) -> Insert:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if column.name not in keys]
    if kind == "sqlite":
        lite = sqlite.insert(table)
        return lite.on_conflict_do_update(
            index_elements=keys, set_={name: lite.excluded[name] for name in others}
        )
    post = postgresql.insert(table)
    return post.on_conflict_do_update(
        index_elements=keys, set_={name: post.excluded[name] for name in others}
    )


@cache
def _insert_or_leave(kind: str, table: Table) -> Insert:
    keys = [column.name for column in table.primary_key]
    if kind == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=keys)
    return postgresql.insert(table).on_conflict_do_nothing(index_elements=keys)
