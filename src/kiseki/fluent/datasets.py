"""Recording what the active run read and made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.data import dataset_of
from kiseki.data.dataset import as_entity
from kiseki.domain.runs import DATA_CONTEXT_TAG
from kiseki.entities import DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput
from kiseki.fluent.runs import logging_to


def log_input(
    dataset: Any = None,
    context: str | None = None,
    tags: dict[str, str] | None = None,
    model: LoggedModelInput | None = None,
) -> None:
    """Records a dataset that the active run read.

    Args:
        dataset: What `kiseki.data.from_pandas` and its kin make; or the path of a file or folder, a table, or an array.
        context: What for, such as "training".
        tags: More about its use.
        model: A logged model that the run read.
    """
    client, run_id = logging_to(None)
    inputs = [] if dataset is None else [_input(dataset, context, tags)]
    client.log_inputs(run_id, inputs, [] if model is None else [model])


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[dict[str, str] | None] | None = None,
    models: Sequence[LoggedModelInput | None] | None = None,
) -> None:
    """Records several datasets and logged models that the active run read.

    Args:
        datasets: As `log_input` takes them.
        contexts: One for each dataset, or None.
        tags_list: Tags for each dataset, or None.
        models: Logged models.

    Raises:
        InvalidParameter: The lists are of unequal lengths.
    """
    given = list(datasets or ())
    for name, values in (("contexts", contexts), ("tags_list", tags_list)):
        if values is not None and len(values) != len(given):
            raise InvalidParameter(
                f"`log_inputs` got {len(given)} datasets and {len(values)} {name}. Give one for each dataset, or none."
            )
    inputs = [
        _input(dataset, contexts[i] if contexts else None, tags_list[i] if tags_list else None)
        for i, dataset in enumerate(given)
        if dataset is not None
    ]
    client, run_id = logging_to(None)
    client.log_inputs(run_id, inputs, [model for model in models or () if model is not None])


def log_outputs(models: list[LoggedModelOutput] | None = None) -> None:
    """Records the logged models that the active run made."""
    client, run_id = logging_to(None)
    client.log_outputs(run_id, list(models or ()))


def _input(dataset: Any, context: str | None, tags: dict[str, str] | None) -> DatasetInput:
    found = [InputTag(str(key), str(value)) for key, value in (tags or {}).items()]
    if context is not None:
        found.append(InputTag(DATA_CONTEXT_TAG, str(context)))
    return DatasetInput(as_entity(dataset_of(dataset)), found)
