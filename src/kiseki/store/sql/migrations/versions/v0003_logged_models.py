"""Logged models, their params, tags and metrics."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003_logged_models"
down_revision = "0002_views"


def upgrade() -> None:
    """Makes the change."""
    # MariaDB keeps each step at once, and a run that was killed is done again: each does nothing when it is done.
    op.create_table(
        "logged_models",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("model_id", _text(256), nullable=False),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column("name", _text(500), nullable=False),
        sa.Column("model_type", _text(500), nullable=False),
        sa.Column("source_run_id", _text(256), nullable=False),
        sa.Column("status", _text(16), nullable=False),
        sa.Column("status_message", _long_text(), nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.Column("deleted_time", sa.BigInteger(), nullable=True),
        sa.Column("lifecycle", sa.SmallInteger(), nullable=False),
        sa.Column("artifact_uri", _long_text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_logged_models")),
        sa.UniqueConstraint("model_id", name=op.f("uq_logged_models_model_id")),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.number"], name=op.f("fk_logged_models_experiment")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    _index(
        "ix_logged_models_newest", "logged_models", "experiment", "lifecycle", sa.text("creation_time DESC"), "model_id"
    )
    _index("ix_logged_models_name", "logged_models", "experiment", "name")
    _index("ix_logged_models_source_run_id", "logged_models", "source_run_id")
    for name in ("logged_model_params", "logged_model_tags"):
        op.create_table(
            name,
            sa.Column("model", sa.BigInteger(), nullable=False),
            sa.Column("key", sa.BigInteger(), nullable=False),
            sa.Column("experiment", sa.BigInteger(), nullable=False),
            sa.Column("hash", sa.BigInteger(), nullable=False),
            sa.Column("value", _long_text(), nullable=False),
            sa.PrimaryKeyConstraint("model", "key", name=op.f(f"pk_{name}")),
            sa.ForeignKeyConstraint(["model"], ["logged_models.number"], name=op.f(f"fk_{name}_model")),
            sqlite_with_rowid=False,
            if_not_exists=True,
        )
        _index(f"ix_{name}_experiment_key_hash_model", name, "experiment", "key", "hash", "model")
    op.create_table(
        "logged_model_series",
        sa.Column("model", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("dataset", sa.BigInteger(), nullable=False),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column("dataset_name", _text(500), nullable=False),
        sa.Column("dataset_digest", _text(64), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _text(256), nullable=False),
        sa.Column("min", sa.BigInteger(), nullable=False),
        sa.Column("max", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", "key", "dataset", name=op.f("pk_logged_model_series")),
        sa.ForeignKeyConstraint(["model"], ["logged_models.number"], name=op.f("fk_logged_model_series_model")),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    _index("ix_logged_model_series_last", "logged_model_series", "experiment", "key", "last", "model", "dataset")
    op.create_table(
        "logged_model_points",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("model", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _text(256), nullable=False),
        sa.Column("dataset_name", _text(500), nullable=False),
        sa.Column("dataset_digest", _text(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("points", sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_logged_model_points")),
        sa.ForeignKeyConstraint(["model"], ["logged_models.number"], name=op.f("fk_logged_model_points_model")),
        if_not_exists=True,
    )
    _index("ix_logged_model_points_model", "logged_model_points", "model")
    # Points of models had nowhere to go before, so the column was always empty.
    op.drop_index("ix_links_model_id", "links", if_exists=True)
    if any(column["name"] == "model_id" for column in sa.inspect(op.get_bind()).get_columns("links")):
        op.drop_column("links", "model_id")


def downgrade() -> None:
    """Takes the change back."""
    op.add_column("links", sa.Column("model_id", _text(256), nullable=False, server_default=""))
    op.create_index("ix_links_model_id", "links", ["model_id"])
    for table in (
        "logged_model_points",
        "logged_model_series",
        "logged_model_tags",
        "logged_model_params",
        "logged_models",
    ):
        op.drop_table(table)


def _index(name: str, table: str, *columns: Any) -> None:
    op.create_index(name, table, list(columns), unique=False, if_not_exists=True)


def _text(length: int) -> sa.String:
    return (
        sa.String(length=length)
        .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=length), "mariadb")
        .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=length), "mysql")
        .with_variant(sa.String(collation="C", length=length), "postgresql")
    )


def _long_text() -> sa.Text:
    return (
        sa.Text()
        .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
        .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
        .with_variant(sa.Text(collation="C"), "postgresql")
    )
