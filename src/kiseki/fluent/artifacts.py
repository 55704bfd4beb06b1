"""Storing artifacts of the active run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiseki.client.artifacts import artifact_uri, uri_below
from kiseki.client.client import KisekiClient
from kiseki.fluent.experiments import active_experiment_id
from kiseki.fluent.runs import logging_to

if TYPE_CHECKING:
    import pandas as pd


def log_artifact(local_path: str | Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Stores a local file, or a folder, in the folder `artifact_path` of the run's artifacts."""
    client, run_id = logging_to(run_id)
    client.log_artifact(run_id, local_path, artifact_path)


def log_artifacts(local_dir: str | Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Stores what is in a local folder in the folder `artifact_path` of the run's artifacts."""
    client, run_id = logging_to(run_id)
    client.log_artifacts(run_id, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Stores text, in UTF-8, as an artifact."""
    client, run_id = logging_to(run_id)
    client.log_text(run_id, text, artifact_file)


def log_dict(dictionary: dict[str, Any], artifact_file: str, run_id: str | None = None) -> None:
    """Stores a dictionary as an artifact: YAML for `.yaml` and `.yml`, JSON for any other name."""
    client, run_id = logging_to(run_id)
    client.log_dict(run_id, dictionary, artifact_file)


def log_stream(stream: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Stores what can be read from a binary stream as an artifact."""
    client, run_id = logging_to(run_id)
    client.log_stream(run_id, stream, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None) -> None:
    """Stores a figure of Matplotlib or Plotly in the format that the file's suffix names."""
    client, run_id = logging_to(None)
    client.log_figure(run_id, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,
) -> None:
    """Stores an image: as the file `artifact_file`, or as one of the series `key` at a step.

    An image of a series is stored while the program goes on, unless `synchronous` is set; the end of the run waits.
    """
    client, run_id = logging_to(None)
    client.log_image(run_id, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Stores a table as `.json` or `.parquet`; rows are appended to a table of that name that the run has."""
    client, run_id = logging_to(run_id)
    client.log_table(run_id, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: list[str] | None = None, extra_columns: list[str] | None = None
) -> pd.DataFrame:
    """Returns the rows of a table of several runs of the active experiment, one below the other.

    Raises:
        NotFound: No run has that table.
    """
    client = KisekiClient()
    return client.load_table(active_experiment_id(client), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Returns the URI of the active run's artifacts, or of one of them."""
    client, run_id = logging_to(None)
    return uri_below(artifact_uri(client.backend, run_id), artifact_path)
