"""Logging parameters to the active run."""

from __future__ import annotations

from typing import Any

from kiseki.client.operations import RunOperations
from kiseki.client.values import pairs
from kiseki.entities import Param
from kiseki.fluent.runs import logging_to


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Records a parameter of the active run as text and returns the value as it was given.

    Raises:
        InvalidParameter: The run has that parameter with another value, which does not change any more.
    """
    client, run_id = logging_to(None)
    return client.log_param(run_id, key, value, synchronous)


def log_params(
    params: dict[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Records parameters of the active run, or of the run `run_id`: up to 100 at once, all of them or none.

    Raises:
        InvalidParameter: The run has one of them with another value.
    """
    checked = pairs("param", params)
    client, run_id = logging_to(run_id)
    return client.log_batch(run_id, params=[Param(key, value) for key, value in checked], synchronous=synchronous)
