"""How many registered models are kept, and which."""

from __future__ import annotations

import msgspec

from kiseki.domain.model_versions import ModelVersion
from kiseki.domain.registered_models import RegisteredModel
from kiseki.store.sql.known_models import MOST, MOST_CHARS, KnownModels

MODEL = RegisteredModel(name="m", creation_time=1, last_update_time=1)


def test_a_model_is_known_with_its_revision_alone() -> None:
    known = KnownModels()
    known.keep(1, 5, MODEL)
    assert known.get(1, 5) is MODEL
    assert known.get(1, 4) is None
    assert known.get(1, 6) is None
    assert known.get(2, 5) is None
    other = msgspec.structs.replace(MODEL, description="new")
    known.keep(1, 6, other)
    assert known.get(1, 5) is None
    assert known.get(1, 6) is other


def test_those_that_were_read_last_are_kept() -> None:
    known = KnownModels()
    for number in range(MOST):
        known.keep(number, 0, MODEL)
    known.keep(0, 1, MODEL)
    for number in range(MOST, MOST + 10):
        known.keep(number, 0, MODEL)
    kept = [number for number in range(MOST + 10) if known.get(number, 0) or known.get(number, 1)]
    assert kept == [0, *range(11, MOST + 10)]


def test_long_texts_are_not_kept() -> None:
    version = ModelVersion(name="m", version=1, creation_time=1, last_update_time=1, source="", location="")
    long = "x" * MOST_CHARS
    for fields in (
        {"description": long + "x"},
        {"tags": {"k": long}},
        {"tags": {long + "x": ""}},
        {"aliases": {long + "x": 1}},
        {"latest_versions": [msgspec.structs.replace(version, source=long + "x")]},
        {"latest_versions": [msgspec.structs.replace(version, tags={"k": long})]},
        {"description": "y", "latest_versions": [msgspec.structs.replace(version, description=long)]},
    ):
        known = KnownModels()
        known.keep(1, 1, msgspec.structs.replace(MODEL, **fields))
        assert known.get(1, 1) is None, list(fields)
    known = KnownModels()
    known.keep(1, 1, msgspec.structs.replace(MODEL, description=long))
    assert known.get(1, 1) is not None
