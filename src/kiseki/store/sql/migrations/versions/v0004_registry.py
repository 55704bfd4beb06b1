"""Registered models, their versions, aliases and tags, the moves of aliases and stages, and webhooks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004_registry"
down_revision = "0003_logged_models"


def upgrade() -> None:
    """Makes the change."""
    # MariaDB keeps each step at once, and a run that was killed is done again: each does nothing when it is done.
    _table(
        "registered_models",
        _number(),
        _column("name", _text(256)),
        _column("description", _long_text()),
        _column("user_id", _text(256)),
        _column("creation_time", sa.BigInteger()),
        _column("last_update_time", sa.BigInteger()),
        _column("last_version", sa.Integer()),
        _column("is_prompt", sa.SmallInteger()),
        _column("rules", _long_text()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registered_models")),
        sa.UniqueConstraint("name", name=op.f("uq_registered_models_name")),
        sqlite_autoincrement=True,
    )
    _index("ix_registered_models_name", "registered_models", "is_prompt", "name")
    _index("ix_registered_models_newest", "registered_models", "is_prompt", "last_update_time", "name")
    _tags("registered_model_tags", "model", "registered_models")
    _table(
        "registered_model_aliases",
        _column("model", sa.BigInteger()),
        _column("alias", _text(255)),
        _column("version", sa.Integer()),
        sa.PrimaryKeyConstraint("model", "alias", name=op.f("pk_registered_model_aliases")),
        _reference("registered_model_aliases", "model", "registered_models"),
        sqlite_with_rowid=False,
    )
    _table(
        "model_versions",
        _number(),
        _column("model", sa.BigInteger()),
        _column("name", _text(256)),
        _column("version", sa.Integer()),
        _column("source", _long_text()),
        _column("source_hash", sa.BigInteger()),
        _column("location", _long_text()),
        _column("run_id", _text(256)),
        _column("model_id", _text(256)),
        _column("user_id", _text(256)),
        _column("stage", _text(16)),
        _column("status", _text(32)),
        _column("status_message", _long_text()),
        _column("description", _long_text()),
        _column("run_link", _long_text()),
        _column("creation_time", sa.BigInteger()),
        _column("last_update_time", sa.BigInteger()),
        _column("is_prompt", sa.SmallInteger()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("model", "version", name=op.f("uq_model_versions_model_version")),
        _reference("model_versions", "model", "registered_models"),
        sqlite_autoincrement=True,
    )
    for column in ("source_hash", "run_id", "model_id"):
        _index(f"ix_model_versions_{column}", "model_versions", column)
    _index("ix_model_versions_stage", "model_versions", "model", "stage", "version")
    _index("ix_model_versions_name", "model_versions", "name", "version")
    _index("ix_model_versions_created", "model_versions", "is_prompt", "creation_time")
    _index("ix_model_versions_ordered", "model_versions", "is_prompt", "name", sa.text("version DESC"))
    _index("ix_model_versions_number", "model_versions", "is_prompt", sa.text("version DESC"), "name")
    _index(
        "ix_model_versions_newest",
        "model_versions",
        "is_prompt",
        sa.text("last_update_time DESC"),
        "name",
        sa.text("version DESC"),
    )
    _tags("model_version_tags", "version", "model_versions")
    _table(
        "model_version_files",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        _column("files", sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_model_version_files")),
        _reference("model_version_files", "version", "model_versions"),
    )
    _table(
        "moves",
        _number(),
        _column("model", sa.BigInteger()),
        _column("kind", _text(16)),
        _column("target", _text(255)),
        _column("before", _text(16)),
        _column("after", _text(16)),
        _column("archive", sa.SmallInteger()),
        _column("status", _text(16)),
        _column("user_id", _text(256)),
        _column("time", sa.BigInteger()),
        _column("decided_by", _text(256)),
        sa.Column("decision_time", sa.BigInteger(), nullable=True),
        _column("comment", _long_text()),
        _column("verdicts", _long_text()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_moves")),
        _reference("moves", "model", "registered_models"),
        sqlite_autoincrement=True,
    )
    _index("ix_moves_target", "moves", "model", "kind", "target", "number")
    _index("ix_moves_status", "moves", "model", "status", "number")
    _table(
        "webhooks",
        _number(),
        _column("webhook_id", _text(36)),
        _column("name", _text(63)),
        _column("description", _long_text()),
        _column("url", _long_text()),
        _column("events", _long_text()),
        _column("status", _text(16)),
        _column("secret", _long_text()),
        _column("creation_time", sa.BigInteger()),
        _column("last_update_time", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("webhook_id", name=op.f("uq_webhooks_webhook_id")),
        sqlite_autoincrement=True,
    )
    _table(
        "webhook_deliveries",
        _number(),
        _column("webhook", _text(36)),
        _column("delivery_id", _text(36)),
        _column("event", _text(64)),
        _column("payload", _long_text()),
        _column("status", _text(16)),
        _column("attempts", sa.Integer()),
        _column("next_time", sa.BigInteger()),
        _column("creation_time", sa.BigInteger()),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("response_status", sa.Integer(), nullable=True),
        _column("error", _long_text()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_deliveries")),
        sqlite_autoincrement=True,
    )
    _index("ix_webhook_deliveries_due", "webhook_deliveries", "status", "next_time")
    _index("ix_webhook_deliveries_webhook", "webhook_deliveries", "webhook", "number")
    _index("ix_webhook_deliveries_end_time", "webhook_deliveries", "end_time")


def downgrade() -> None:
    """Takes the change back."""
    for table in (
        "webhook_deliveries",
        "webhooks",
        "moves",
        "model_version_files",
        "model_version_tags",
        "model_versions",
        "registered_model_aliases",
        "registered_model_tags",
        "registered_models",
    ):
        op.drop_table(table)


def _table(name: str, *parts: Any, **options: Any) -> None:
    op.create_table(name, *parts, if_not_exists=True, **options)


def _tags(name: str, owner: str, of: str) -> None:
    _table(
        name,
        _column(owner, sa.BigInteger()),
        _column("name", _text(250)),
        _column("hash", sa.BigInteger()),
        _column("value", _long_text()),
        sa.PrimaryKeyConstraint(owner, "name", name=op.f(f"pk_{name}")),
        _reference(name, owner, of),
        sqlite_with_rowid=False,
    )
    _index(f"ix_{name}_value", name, "name", "hash", owner)


def _index(name: str, table: str, *columns: Any) -> None:
    op.create_index(name, table, list(columns), unique=False, if_not_exists=True)


def _number() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("number", number, autoincrement=True, nullable=False)


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _reference(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.number"], name=op.f(f"fk_{table}_{column}"))


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
