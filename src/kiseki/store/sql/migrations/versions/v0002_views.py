"""Saved views, and an index for the activity of experiments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002_views"
down_revision = "0001_first"


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "views",
        sa.Column(
            "scope",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=500), "mysql")
            .with_variant(sa.String(collation="C", length=500), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "name",
            sa.String(length=200)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=200), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=200), "mysql")
            .with_variant(sa.String(collation="C", length=200), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", name=op.f("pk_views")),
        # MariaDB keeps each step at once, and a run that was killed is done again.
        if_not_exists=True,
    )
    # Not as a batch, which would copy the table.
    op.create_index(
        "ix_runs_activity",
        "runs",
        ["experiment", "lifecycle", "status", "start_time", "end_time"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index("ix_runs_activity", "runs")
    op.drop_table("views")
