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
    ("run_step", "changed_by", sa.JSON(), "[]"),
    ("attempt", "child", sa.Text(), ""),
    ("question", "terms", sa.JSON(), "{}"),
    ("event", "arguments", sa.JSON(), "{}"),
    ("run", "head", sa.Text(), ""),
    ("event", "hash", sa.Text(), ""),
)


def upgrade() -> None:
    for table, column, kind, value in _ADDED:
        op.add_column(table, sa.Column(column, kind, nullable=False, server_default=value))
    op.add_column("run", sa.Column("parent_id", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("parent_step", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("root_id", sa.Text(), nullable=True))
    op.create_index(op.f("ix_run_parent_id"), "run", ["parent_id"])
    op.create_index(op.f("ix_run_root_id"), "run", ["root_id"])
    _chain()
    op.create_index(op.f("ix_run_continues"), "run", ["continues"])
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
    op.create_table(
        "grant",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "principal", "role", name=op.f("pk_grant")),
    )


def _chain() -> None:
    # The events that are there have no hash: a run's chain begins with its next one.
    op.add_column("run", sa.Column("unchained", sa.Integer(), nullable=True))
    op.execute("UPDATE run SET unchained = last_event")
    op.add_column("run", sa.Column("message_why", sa.Text(), nullable=True))
    op.create_table(
        "audit",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.JSON(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "seq", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_workspace_object"), "audit", ["workspace", "object"])
    op.create_table(
        "audit_end",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_audit_end")),
    )


def downgrade() -> None:
    op.drop_table("audit_end")
    op.drop_table("audit")
    op.drop_column("run", "message_why")
    op.drop_column("run", "unchained")
    op.drop_table("grant")
    op.drop_table("lock")
    op.drop_index(op.f("ix_run_root_id"), "run")
    op.drop_index(op.f("ix_run_continues"), "run")
    op.drop_index(op.f("ix_run_parent_id"), "run")
    for column in ("root_id", "parent_step", "parent_id"):
        op.drop_column("run", column)
    for table, column, _, _ in reversed(_ADDED):
        op.drop_column(table, column)
