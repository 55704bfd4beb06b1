"""Setting and deleting tags of the active run."""

from __future__ import annotations

from typing import Any

from kiseki.client.operations import RunOperations
from kiseki.client.values import pairs
from kiseki.entities import RunTag
from kiseki.fluent.runs import logging_to


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Sets a tag of the active run; what is not text becomes text."""
    client, run_id = logging_to(None)
    return client.set_tag(run_id, key, value, synchronous)


def set_tags(tags: dict[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Sets tags of the active run: up to 100 at once, all of them or none."""
    checked = pairs("tag", tags)
    client, run_id = logging_to(None)
    return client.log_batch(run_id, tags=[RunTag(key, value) for key, value in checked], synchronous=synchronous)


def delete_tag(key: str) -> None:
    """Deletes a tag of the active run.

    Raises:
        NotFound: It has no such tag.
    """
    client, run_id = logging_to(None)
    client.delete_tag(run_id, key)
