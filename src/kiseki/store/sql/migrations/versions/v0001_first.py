"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001_first"
down_revision = None


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "experiments",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=500), "mysql")
            .with_variant(sa.String(collation="C", length=500), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "artifact_location",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("lifecycle", sa.SmallInteger(), nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_experiments")),
        sa.UniqueConstraint("name", name=op.f("uq_experiments_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_experiments_creation_time"), ["creation_time"], unique=False)

    op.create_table(
        "files",
        sa.Column(
            "uri_hash",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=64), "mysql")
            .with_variant(sa.String(collation="C", length=64), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "uri",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "sha256",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=64), "mysql")
            .with_variant(sa.String(collation="C", length=64), "postgresql"),
            nullable=False,
        ),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uri_hash", name=op.f("pk_files")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(
            "ix_files_uri", ["uri"], unique=False, mysql_length=255, mariadb_length=255, postgresql_using="spgist"
        )

    op.create_table(
        "keys",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "name",
            sa.String(length=8000)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=8000), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=8000), "mysql")
            .with_variant(sa.String(collation="C", length=8000), "postgresql"),
            nullable=False,
        ),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_keys")),
    )
    with op.batch_alter_table("keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_keys_hash"), ["hash"], unique=False)

    op.create_table(
        "replies",
        sa.Column(
            "hash",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=64), "mysql")
            .with_variant(sa.String(collation="C", length=64), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "answer",
            sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mariadb").with_variant(mysql.LONGBLOB(), "mysql"),
            nullable=False,
        ),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_replies")),
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replies_time"), ["time"], unique=False)

    op.create_table(
        "settings",
        sa.Column(
            "name",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=64), "mysql")
            .with_variant(sa.String(collation="C", length=64), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "datasets",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column(
            "name",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=500), "mysql")
            .with_variant(sa.String(collation="C", length=500), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "digest",
            sa.String(length=36)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=36), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=36), "mysql")
            .with_variant(sa.String(collation="C", length=36), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "source_type",
            sa.String(length=100)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=100), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=100), "mysql")
            .with_variant(sa.String(collation="C", length=100), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "schema",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "profile",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.number"], name=op.f("fk_datasets_experiment")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_datasets")),
        sa.UniqueConstraint("experiment", "name", "digest", name=op.f("uq_datasets_experiment_name_digest")),
    )
    op.create_table(
        "experiment_tags",
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column(
            "name",
            sa.String(length=250)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=250), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=250), "mysql")
            .with_variant(sa.String(collation="C", length=250), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.number"], name=op.f("fk_experiment_tags_experiment")),
        sa.PrimaryKeyConstraint("experiment", "name", name=op.f("pk_experiment_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "run_id",
            sa.String(length=256)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=256), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=256), "mysql")
            .with_variant(sa.String(collation="C", length=256), "postgresql"),
            nullable=False,
        ),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column(
            "name",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "user_id",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=500), "mysql")
            .with_variant(sa.String(collation="C", length=500), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.String(length=16)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=16), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=16), "mysql")
            .with_variant(sa.String(collation="C", length=16), "postgresql"),
            nullable=False,
        ),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("deleted_time", sa.BigInteger(), nullable=True),
        sa.Column("lifecycle", sa.SmallInteger(), nullable=False),
        sa.Column(
            "artifact_uri",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.number"], name=op.f("fk_runs_experiment")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_runs_newest", ["experiment", "lifecycle", sa.literal_column("start_time DESC"), "run_id"], unique=False
        )

    op.create_table(
        "arrivals",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column(
            "points",
            sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mariadb").with_variant(mysql.LONGBLOB(), "mysql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_arrivals_run")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_arrivals")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("arrivals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_arrivals_run"), ["run"], unique=False)

    op.create_table(
        "dataset_input_tags",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("dataset", sa.BigInteger(), nullable=False),
        sa.Column(
            "name",
            sa.String(length=255)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=255), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=255), "mysql")
            .with_variant(sa.String(collation="C", length=255), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "value",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.number"], name=op.f("fk_dataset_input_tags_dataset")),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_dataset_input_tags_run")),
        sa.PrimaryKeyConstraint("run", "dataset", "name", name=op.f("pk_dataset_input_tags")),
    )
    op.create_table(
        "dataset_inputs",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("dataset", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.number"], name=op.f("fk_dataset_inputs_dataset")),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_dataset_inputs_run")),
        sa.PrimaryKeyConstraint("run", "dataset", name=op.f("pk_dataset_inputs")),
    )
    with op.batch_alter_table("dataset_inputs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_inputs_dataset"), ["dataset"], unique=False)

    op.create_table(
        "links",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column(
            "model_id",
            sa.String(length=256)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=256), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=256), "mysql")
            .with_variant(sa.String(collation="C", length=256), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "dataset_name",
            sa.String(length=500)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=500), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=500), "mysql")
            .with_variant(sa.String(collation="C", length=500), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "dataset_digest",
            sa.String(length=64)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=64), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=64), "mysql")
            .with_variant(sa.String(collation="C", length=64), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_links_run")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_links")),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_model_id"), ["model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_links_run_key"), ["run", "key"], unique=False)

    op.create_table(
        "model_inputs",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column(
            "model_id",
            sa.String(length=256)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=256), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=256), "mysql")
            .with_variant(sa.String(collation="C", length=256), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_model_inputs_run")),
        sa.PrimaryKeyConstraint("run", "model_id", name=op.f("pk_model_inputs")),
    )
    op.create_table(
        "model_outputs",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column(
            "model_id",
            sa.String(length=256)
            .with_variant(mysql.VARCHAR(collation="utf8mb4_nopad_bin", length=256), "mariadb")
            .with_variant(mysql.VARCHAR(collation="utf8mb4_0900_bin", length=256), "mysql")
            .with_variant(sa.String(collation="C", length=256), "postgresql"),
            nullable=False,
        ),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_model_outputs_run")),
        sa.PrimaryKeyConstraint("run", "model_id", "step", name=op.f("pk_model_outputs")),
    )
    op.create_table(
        "params",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column(
            "value",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_params_run")),
        sa.PrimaryKeyConstraint("run", "key", name=op.f("pk_params")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("params", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_params_experiment_key_hash_run"), ["experiment", "key", "hash", "run"], unique=False
        )

    op.create_table(
        "segments",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("nonfinite", sa.Integer(), nullable=False),
        sa.Column("min_step", sa.BigInteger(), nullable=False),
        sa.Column("max_step", sa.BigInteger(), nullable=False),
        sa.Column("min_time", sa.BigInteger(), nullable=False),
        sa.Column("max_time", sa.BigInteger(), nullable=False),
        sa.Column("steps_rise", sa.SmallInteger(), nullable=False),
        sa.Column(
            "summary",
            sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mariadb").with_variant(mysql.LONGBLOB(), "mysql"),
            nullable=True,
        ),
        sa.Column(
            "columns",
            sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mariadb").with_variant(mysql.LONGBLOB(), "mysql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_segments_run")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_segments")),
    )
    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segments_run_key_min_time"), ["run", "key", "min_time"], unique=False)

    op.create_table(
        "series",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("nonfinite", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("min", sa.BigInteger(), nullable=False),
        sa.Column("min_step", sa.BigInteger(), nullable=False),
        sa.Column("max", sa.BigInteger(), nullable=False),
        sa.Column("max_step", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_series_run")),
        sa.PrimaryKeyConstraint("run", "key", name=op.f("pk_series")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index("ix_series_last", ["experiment", "key", "last", "run", "min", "max"], unique=False)

    op.create_table(
        "tags",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("experiment", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column(
            "value",
            sa.Text()
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_nopad_bin"), "mariadb")
            .with_variant(mysql.LONGTEXT(collation="utf8mb4_0900_bin"), "mysql")
            .with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name=op.f("fk_tags_run")),
        sa.PrimaryKeyConstraint("run", "key", name=op.f("pk_tags")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tags", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tags_experiment_key_hash_run"), ["experiment", "key", "hash", "run"], unique=False
        )


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("tags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tags_experiment_key_hash_run"))

    op.drop_table("tags")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index("ix_series_last")

    op.drop_table("series")
    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segments_run_key_min_time"))

    op.drop_table("segments")
    with op.batch_alter_table("params", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_params_experiment_key_hash_run"))

    op.drop_table("params")
    op.drop_table("model_outputs")
    op.drop_table("model_inputs")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_links_run_key"))
        batch_op.drop_index(batch_op.f("ix_links_model_id"))

    op.drop_table("links")
    with op.batch_alter_table("dataset_inputs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dataset_inputs_dataset"))

    op.drop_table("dataset_inputs")
    op.drop_table("dataset_input_tags")
    with op.batch_alter_table("arrivals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_arrivals_run"))

    op.drop_table("arrivals")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_newest")

    op.drop_table("runs")
    op.drop_table("experiment_tags")
    op.drop_table("datasets")
    op.drop_table("settings")
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replies_time"))

    op.drop_table("replies")
    with op.batch_alter_table("keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_keys_hash"))

    op.drop_table("keys")
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_index("ix_files_uri", mysql_length=255, mariadb_length=255)

    op.drop_table("files")
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_experiments_creation_time"))

    op.drop_table("experiments")
