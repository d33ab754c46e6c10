"""Statements that SQLAlchemy spells differently for the two databases."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Insert


def insert_or_update(s: Session, table: Table) -> Insert:
    """Insert a row, or bring the one with the same primary key to the same values."""
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if column.name not in keys]
    if s.get_bind().dialect.name == "sqlite":
        lite = sqlite.insert(table)
        return lite.on_conflict_do_update(
            index_elements=keys, set_={name: lite.excluded[name] for name in others}
        )
    post = postgresql.insert(table)
    return post.on_conflict_do_update(
        index_elements=keys, set_={name: post.excluded[name] for name in others}
    )


def insert_or_leave(s: Session, table: Table) -> Insert:
    """Insert a row, or leave the one with the same primary key as it is: then no row counts."""
    keys = [column.name for column in table.primary_key]
    if s.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=keys)
    return postgresql.insert(table).on_conflict_do_nothing(index_elements=keys)
