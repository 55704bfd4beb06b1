"""The schema, one for all databases.

Runs have a number beside their id, and so do keys of metrics, params and tags: rows of the large tables are a few
integers. A float64 that is sorted or compared is kept as a BIGINT that orders as the float does (`store.ordered`),
because REAL loses NaN on SQLite and infinities on MySQL.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives numbers to INTEGER PRIMARY KEY only.
_Number = BigInteger().with_variant(Integer, "sqlite")
_Blob = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
# Texts compare by code points everywhere. Elsewhere the default follows a language, and on MySQL it folds case, accents and
# spaces at the end.
_MARIADB: Final = "utf8mb4_nopad_bin"
_MYSQL: Final = "utf8mb4_0900_bin"
_LongText = (
    Text()
    .with_variant(mysql.LONGTEXT(collation=_MARIADB), "mariadb")
    .with_variant(mysql.LONGTEXT(collation=_MYSQL), "mysql")
    .with_variant(Text(collation="C"), "postgresql")
)


def _text(length: int) -> String:
    return (
        String(length)
        .with_variant(mysql.VARCHAR(length, collation=_MARIADB), "mariadb")
        .with_variant(mysql.VARCHAR(length, collation=_MYSQL), "mysql")
        .with_variant(String(length, collation="C"), "postgresql")
    )


def _run(primary_key: bool = True) -> Column[int]:
    return Column("run", BigInteger, ForeignKey("runs.number"), primary_key=primary_key, nullable=False)


def _model(primary_key: bool = True) -> Column[int]:
    return Column("model", BigInteger, ForeignKey("logged_models.number"), primary_key=primary_key, nullable=False)


ACTIVE: Final = 0
DELETED: Final = 1
PURGING: Final = 2
"""In the trash, and its permanent deletion has begun: it does not come back."""

settings = Table(
    "settings",
    metadata,
    Column("name", _text(64), primary_key=True),
    Column("value", _LongText, nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("name", _text(500), nullable=False, unique=True),
    Column("artifact_location", _LongText, nullable=False),
    Column("lifecycle", SmallInteger, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Index(None, "creation_time"),
    sqlite_autoincrement=True,
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment", BigInteger, ForeignKey("experiments.number"), primary_key=True),
    Column("name", _text(250), primary_key=True),
    Column("value", _LongText, nullable=False),
    sqlite_with_rowid=False,
)

runs = Table(
    "runs",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("run_id", _text(256), nullable=False, unique=True),
    Column("experiment", BigInteger, ForeignKey("experiments.number"), nullable=False),
    Column("name", _LongText, nullable=False),
    Column("user_id", _text(500), nullable=False),
    Column("status", _text(16), nullable=False),
    Column("start_time", BigInteger, nullable=False),
    Column("end_time", BigInteger, nullable=True),
    Column("deleted_time", BigInteger, nullable=True),
    Column("lifecycle", SmallInteger, nullable=False),
    Column("artifact_uri", _LongText, nullable=False),
    # The newest runs of an experiment are a walk along this index.
    Index("ix_runs_newest", "experiment", "lifecycle", Column("start_time").desc(), "run_id"),
    # How many runs an experiment has, how many of them run, and when it last saw one, without the rows.
    Index("ix_runs_activity", "experiment", "lifecycle", "status", "start_time", "end_time"),
    sqlite_autoincrement=True,
)

keys = Table(
    "keys",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("name", _text(8000), nullable=False),
    # A name may be longer than an index of MySQL takes, so it is found by its hash (`store.ordered.text_hash`).
    Column("hash", BigInteger, nullable=False, index=True),
)


def _texts(name: str, owner: Column[int]) -> Table:
    """Params or tags: a text per owner and key, found by the hash of the text."""
    return Table(
        name,
        metadata,
        owner,
        Column("key", BigInteger, primary_key=True),
        Column("experiment", BigInteger, nullable=False),
        Column("hash", BigInteger, nullable=False),
        Column("value", _LongText, nullable=False),
        Index(None, "experiment", "key", "hash", owner.name),
        sqlite_with_rowid=False,
    )


params = _texts("params", _run())
tags = _texts("tags", _run())

series = Table(
    "series",
    metadata,
    _run(),
    Column("key", BigInteger, primary_key=True),
    Column("experiment", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("nonfinite", BigInteger, nullable=False),
    # Points by (step, timestamp, value): the least and the greatest.
    Column("first", BigInteger, nullable=False),
    Column("first_step", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    # NaN when there is no number.
    Column("min", BigInteger, nullable=False),
    Column("min_step", BigInteger, nullable=False),
    Column("max", BigInteger, nullable=False),
    Column("max_step", BigInteger, nullable=False),
    # The greatest timestamp: a point that is later than it, or has a greater step than last_step, is new.
    Column("end_time", BigInteger, nullable=False),
    # "Runs of an experiment by the last value of a metric" is a walk along this. The least and greatest values are in it,
    # to be looked through without the table; indexes of their own would double what each logged point writes.
    Index("ix_series_last", "experiment", "key", "last", "run", "min", "max"),
    sqlite_with_rowid=False,
)

# Points as they came, one row per request whatever the number of metrics; moved to segments by `history.compact`.
arrivals = Table(
    "arrivals",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    _run(primary_key=False),
    Column("count", Integer, nullable=False),
    Column("points", _Blob, nullable=False),
    Index(None, "run"),
    sqlite_autoincrement=True,
)

segments = Table(
    "segments",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    _run(primary_key=False),
    Column("key", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("nonfinite", Integer, nullable=False),
    Column("min_step", BigInteger, nullable=False),
    Column("max_step", BigInteger, nullable=False),
    Column("min_time", BigInteger, nullable=False),
    Column("max_time", BigInteger, nullable=False),
    # Whether steps never fall from one point to the next.
    Column("steps_rise", SmallInteger, nullable=False),
    # `summary` before `columns`: SQLite reads a row from the front and stops at what it needs.
    Column("summary", _Blob, nullable=True),
    Column("columns", _Blob, nullable=False),
    Index(None, "run", "key", "min_time"),
)

# On which dataset a run's points were measured, for those that say so and are not of a logged model.
links = Table(
    "links",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    _run(primary_key=False),
    Column("key", BigInteger, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("dataset_name", _text(500), nullable=False),
    Column("dataset_digest", _text(64), nullable=False),
    Index(None, "run", "key"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("experiment", BigInteger, ForeignKey("experiments.number"), nullable=False),
    Column("name", _text(500), nullable=False),
    Column("digest", _text(36), nullable=False),
    Column("source_type", _text(100), nullable=False),
    Column("source", _LongText, nullable=False),
    Column("schema", _LongText, nullable=False),
    Column("profile", _LongText, nullable=False),
    UniqueConstraint("experiment", "name", "digest"),
)

dataset_inputs = Table(
    "dataset_inputs",
    metadata,
    _run(),
    Column("dataset", BigInteger, ForeignKey("datasets.number"), primary_key=True),
    Column("position", Integer, nullable=False),
    Index(None, "dataset"),
)

dataset_input_tags = Table(
    "dataset_input_tags",
    metadata,
    _run(),
    Column("dataset", BigInteger, ForeignKey("datasets.number"), primary_key=True),
    Column("name", _text(255), primary_key=True),
    Column("value", _LongText, nullable=False),
)

model_inputs = Table("model_inputs", metadata, _run(), Column("model_id", _text(256), primary_key=True))

model_outputs = Table(
    "model_outputs",
    metadata,
    _run(),
    Column("model_id", _text(256), primary_key=True),
    Column("step", BigInteger, primary_key=True),
)

logged_models = Table(
    "logged_models",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("model_id", _text(256), nullable=False, unique=True),
    Column("experiment", BigInteger, ForeignKey("experiments.number"), nullable=False),
    Column("name", _text(500), nullable=False),
    Column("model_type", _text(500), nullable=False),
    # Not a number: the run may be gone, or on another server.
    Column("source_run_id", _text(256), nullable=False),
    Column("status", _text(16), nullable=False),
    Column("status_message", _LongText, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("deleted_time", BigInteger, nullable=True),
    Column("lifecycle", SmallInteger, nullable=False),
    Column("artifact_uri", _LongText, nullable=False),
    Index("ix_logged_models_newest", "experiment", "lifecycle", Column("creation_time").desc(), "model_id"),
    Index("ix_logged_models_name", "experiment", "name"),
    Index(None, "source_run_id"),
    sqlite_autoincrement=True,
)

logged_model_params = _texts("logged_model_params", _model())
logged_model_tags = _texts("logged_model_tags", _model())

# What is known of a metric of a model on one dataset, or on none, without its points.
logged_model_series = Table(
    "logged_model_series",
    metadata,
    _model(),
    Column("key", BigInteger, primary_key=True),
    # The hash of the dataset's name and digest, 0 without one: MySQL takes no key that is as long as those.
    Column("dataset", BigInteger, primary_key=True),
    Column("experiment", BigInteger, nullable=False),
    Column("dataset_name", _text(500), nullable=False),
    Column("dataset_digest", _text(64), nullable=False),
    # How many points came, repeats included.
    Column("points", BigInteger, nullable=False),
    # The greatest point by (timestamp, step, value), and the run that logged it.
    Column("last", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("run_id", _text(256), nullable=False),
    Column("min", BigInteger, nullable=False),
    Column("max", BigInteger, nullable=False),
    Index("ix_logged_model_series_last", "experiment", "key", "last", "model", "dataset"),
    sqlite_with_rowid=False,
)

# Points of models as they came, one row per request, run and dataset.
logged_model_points = Table(
    "logged_model_points",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    _model(primary_key=False),
    # Not a number: the model keeps its points when the run is gone.
    Column("run_id", _text(256), nullable=False),
    Column("dataset_name", _text(500), nullable=False),
    Column("dataset_digest", _text(64), nullable=False),
    Column("count", Integer, nullable=False),
    Column("points", _Blob, nullable=False),
    Index(None, "model"),
)

# Answers to requests that their client may send again because it did not get the answer.
replies = Table(
    "replies",
    metadata,
    Column("hash", _text(64), primary_key=True),
    Column("answer", _Blob, nullable=False),
    Column("time", BigInteger, nullable=False, index=True),
)

# The digest of each artifact file that was stored through kiseki, found by the SHA-256 of its URI.
files = Table(
    "files",
    metadata,
    Column("uri_hash", _text(64), primary_key=True),
    Column("uri", _LongText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", _text(64), nullable=False),
    # The file's own time of change: another one means that somebody else wrote it.
    Column("modified_ns", BigInteger, nullable=False),
    # All files below a folder are found at once.
    Index("ix_files_uri", "uri", mysql_length=255, mariadb_length=255, postgresql_using="spgist"),
)

# What a page of the UI shows, under a name. A scope is the UI's own: which experiments, which page.
views = Table(
    "views",
    metadata,
    Column("scope", _text(500), primary_key=True),
    Column("name", _text(200), primary_key=True),
    Column("state", _LongText, nullable=False),
    Column("update_time", BigInteger, nullable=False),
)


def _registered_model(primary_key: bool = True) -> Column[int]:
    return Column("model", BigInteger, ForeignKey("registered_models.number"), primary_key=primary_key, nullable=False)


registered_models = Table(
    "registered_models",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("name", _text(256), nullable=False, unique=True),
    Column("description", _LongText, nullable=False),
    Column("user_id", _text(256), nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    # Numbers of versions are not given again when a version is deleted.
    Column("last_version", Integer, nullable=False),
    # Prompts are models with a tag, and left out of searches.
    Column("is_prompt", SmallInteger, nullable=False),
    # What the model asks for before an alias or a stage moves, as JSON.
    Column("rules", _LongText, nullable=False),
    # Replaced by whatever changes what is told of the model.
    Column("revision", BigInteger, server_default="0", nullable=False),
    Index("ix_registered_models_name", "is_prompt", "name"),
    Index("ix_registered_models_newest", "is_prompt", "last_update_time", "name"),
    sqlite_autoincrement=True,
)

registered_model_tags = Table(
    "registered_model_tags",
    metadata,
    _registered_model(),
    Column("name", _text(250), primary_key=True),
    Column("hash", BigInteger, nullable=False),
    Column("value", _LongText, nullable=False),
    Index("ix_registered_model_tags_value", "name", "hash", "model"),
    sqlite_with_rowid=False,
)

registered_model_aliases = Table(
    "registered_model_aliases",
    metadata,
    _registered_model(),
    Column("alias", _text(255), primary_key=True),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    _registered_model(primary_key=False),
    # The model's, so that a search needs no other table.
    Column("name", _text(256), nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", _LongText, nullable=False),
    Column("source_hash", BigInteger, nullable=False, index=True),
    Column("location", _LongText, nullable=False),
    # Not numbers: a run and a logged model may be gone, or on another server.
    Column("run_id", _text(256), nullable=False, index=True),
    Column("model_id", _text(256), nullable=False, index=True),
    Column("user_id", _text(256), nullable=False),
    Column("stage", _text(16), nullable=False),
    Column("status", _text(32), nullable=False),
    Column("status_message", _LongText, nullable=False),
    Column("description", _LongText, nullable=False),
    Column("run_link", _LongText, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    Column("is_prompt", SmallInteger, nullable=False),
    UniqueConstraint("model", "version"),
    Index("ix_model_versions_stage", "model", "stage", "version"),
    Index("ix_model_versions_name", "name", "version"),
    # In the orders that are asked for.
    Index("ix_model_versions_created", "is_prompt", "creation_time"),
    Index("ix_model_versions_ordered", "is_prompt", "name", Column("version").desc()),
    Index("ix_model_versions_number", "is_prompt", Column("version").desc(), "name"),
    Index(
        "ix_model_versions_newest",
        "is_prompt",
        Column("last_update_time").desc(),
        "name",
        Column("version").desc(),
    ),
    sqlite_autoincrement=True,
)

model_version_tags = Table(
    "model_version_tags",
    metadata,
    Column("version", BigInteger, ForeignKey("model_versions.number"), primary_key=True),
    Column("name", _text(250), primary_key=True),
    Column("hash", BigInteger, nullable=False),
    Column("value", _LongText, nullable=False),
    Index("ix_model_version_tags_value", "name", "hash", "version"),
    sqlite_with_rowid=False,
)

# The digests of a version's files when it was registered, as JSON.
model_version_files = Table(
    "model_version_files",
    metadata,
    Column("version", BigInteger, ForeignKey("model_versions.number"), primary_key=True, autoincrement=False),
    Column("files", _Blob, nullable=False),
)

# Moves of aliases and stages: those that were done, those that wait for approval, and those that were refused.
moves = Table(
    "moves",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    _registered_model(primary_key=False),
    Column("kind", _text(16), nullable=False),
    # The alias, or the number of the version whose stage it is.
    Column("target", _text(255), nullable=False),
    Column("before", _text(16), nullable=False),
    Column("after", _text(16), nullable=False),
    Column("archive", SmallInteger, nullable=False),
    Column("status", _text(16), nullable=False),
    Column("user_id", _text(256), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("decided_by", _text(256), nullable=False),
    Column("decision_time", BigInteger, nullable=True),
    Column("comment", _LongText, nullable=False),
    Column("verdicts", _LongText, nullable=False),
    Index("ix_moves_target", "model", "kind", "target", "number"),
    Index("ix_moves_status", "model", "status", "number"),
    sqlite_autoincrement=True,
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("webhook_id", _text(36), nullable=False, unique=True),
    Column("name", _text(63), nullable=False),
    Column("description", _LongText, nullable=False),
    Column("url", _LongText, nullable=False),
    # `entity.action`, separated by spaces.
    Column("events", _LongText, nullable=False),
    Column("status", _text(16), nullable=False),
    # Encrypted with a key that is not in the database.
    Column("secret", _LongText, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Messages to webhooks, written in the transaction of what they tell.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("webhook", _text(36), nullable=False),
    Column("delivery_id", _text(36), nullable=False),
    Column("event", _text(64), nullable=False),
    Column("payload", _LongText, nullable=False),
    Column("status", _text(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Not before this time it is sent; whoever takes it puts it off.
    Column("next_time", BigInteger, nullable=False),
    Column("creation_time", BigInteger, nullable=False),
    Column("end_time", BigInteger, nullable=True),
    Column("response_status", Integer, nullable=True),
    Column("error", _LongText, nullable=False),
    Index("ix_webhook_deliveries_due", "status", "next_time"),
    Index("ix_webhook_deliveries_webhook", "webhook", "number"),
    Index("ix_webhook_deliveries_end_time", "end_time"),
    sqlite_autoincrement=True,
)
