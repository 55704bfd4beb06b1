"""A number of each registered model that every change of what is told of it replaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_revisions"
down_revision = "0004_registry"


def upgrade() -> None:
    """Makes the change."""
    # MariaDB keeps each step at once, and a run that was killed is done again.
    if "revision" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("registered_models")}:
        op.add_column("registered_models", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("registered_models", "revision")
