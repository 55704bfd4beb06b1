"""Estimators in skops' format, which runs no program when it is read, unless it is given types to trust."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from kiseki.artifact_store.archive import check_zip
from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.base.optional import optional
from kiseki.base.settings import variable
from kiseki.models.pickles import unpickling_is_allowed


def dump_skops(model: Any, file: Path, trusted: Collection[str]) -> None:
    """Writes an estimator.

    Args:
        model: The estimator.
        file: Where to.
        trusted: Types that will be trusted when it is loaded, besides those that skops trusts.

    Raises:
        InvalidParameter: skops cannot write it, or would have to trust a type that is not named; the message names it.
        MissingDependency: skops is not installed.
    """
    skops = optional("skops.io", "Saving a model without pickle")
    try:
        skops.dump(model, file)
        untrusted = set(skops.get_untrusted_types(file=file)) - set(trusted)
    except Exception as error:
        raise InvalidParameter(
            f"skops cannot write {type(model).__name__}: {type(error).__name__}: {error}. Save it with "
            "serialization_format='cloudpickle', which is unpickled when it is loaded."
        ) from error
    if untrusted:
        raise InvalidParameter(
            f"The saved sklearn model references untrusted types: {sorted(untrusted)}. If you are sure that loading them "
            f"is safe, name them: skops_trusted_types={sorted({*trusted, *untrusted})}. Or save it with "
            "serialization_format='cloudpickle', which is unpickled when it is loaded."
        )


def load_skops(file: Path, trusted: Sequence[str], known: Collection[str] = ()) -> Any:
    """Reads an estimator.

    Args:
        file: The file.
        trusted: Types that the model itself says are to be trusted.
        known: Those of them that are the flavor's own library's, and trusted whoever made the model.

    Raises:
        PermissionDenied: The model asks to trust further types, and unpickling is not allowed.
        InvalidParameter: It has other types, or cannot be read here; the message says what is missing.
        MissingDependency: skops is not installed.
    """
    asked = sorted(set(trusted) - set(known))
    if asked and not unpickling_is_allowed():
        raise PermissionDenied(
            f"Reading {file.name!r} is not allowed: skops would make {asked}, which the model itself says are to be "
            f"trusted, and {variable('ALLOW_PICKLE_DESERIALIZATION')} is false. Where you trust who made the model, set it "
            "to true."
        )
    skops = optional("skops.io", "Loading a model that was saved with skops")
    check_zip(file)
    try:
        return skops.load(file, trusted=[*trusted])
    except ImportError as error:
        raise InvalidParameter(
            f"{file.name!r} needs {error.name or 'a module'!r}, which cannot be imported here: {error}. Install what the "
            "model's requirements.txt lists, or log the model with code_paths that hold the module."
        ) from error
    except (TypeError, ValueError, KeyError, RecursionError, zipfile.BadZipFile) as error:
        raise InvalidParameter(f"{file.name!r} cannot be loaded with skops here: {error}") from error


def modules_in_skops(file: Path) -> set[str]:
    """The modules of the types that a file of skops names."""
    with zipfile.ZipFile(file) as archive:
        schema = json.loads(archive.read("schema.json"))
    return set(_names(schema))


def _names(node: Any) -> Iterator[str]:
    todo = [node]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if isinstance(value.get("__module__"), str):
                yield value["__module__"]
            todo += value.values()
        elif isinstance(value, list):
            todo += value
