"""Runs are found by their message, for what is said in its thread."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_run_message_channel_message_ts"), "run", ["message_channel", "message_ts"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_run_message_channel_message_ts"), table_name="run")
