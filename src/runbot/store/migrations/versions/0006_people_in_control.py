"""Runs that belong together, what they hold, what questions ask for, and what events did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What is there already: outermost runs of the main steps that hold nothing.
_ADDED = (
    ("run", "part", sa.Text(), "main"),
    ("run", "continues", sa.Text(), ""),
    ("run", "pins", sa.JSON(), "{}"),
    ("run", "locks", sa.JSON(), "[]"),
    ("run_step", "overrides", sa.JSON(), "{}"),
    ("attempt", "child", sa.Text(), ""),
    ("question", "terms", sa.JSON(), "{}"),
    ("event", "arguments", sa.JSON(), "{}"),
)


def upgrade() -> None:
    for table, column, kind, value in _ADDED:
        op.add_column(table, sa.Column(column, kind, nullable=False, server_default=value))
    op.add_column("run", sa.Column("parent_id", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("parent_step", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("root_id", sa.Text(), nullable=True))
    op.create_index(op.f("ix_run_parent_id"), "run", ["parent_id"])
    op.create_table(
        "lock",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_lock_run")),
        sa.PrimaryKeyConstraint("workspace", "name", name=op.f("pk_lock")),
    )
    op.create_index(op.f("ix_lock_run_id"), "lock", ["run_id"])


def downgrade() -> None:
    op.drop_table("lock")
    op.drop_index(op.f("ix_run_parent_id"), "run")
    for column in ("root_id", "parent_step", "parent_id"):
        op.drop_column("run", column)
    for table, column, _, _ in reversed(_ADDED):
        op.drop_column(table, column)
