"""Identifiers, as distinct types so that one cannot be passed for another."""

from __future__ import annotations

import re
import secrets
from typing import Final, NewType

ExperimentId = NewType("ExperimentId", str)
"""A decimal integer as a string; "0" is the experiment `Default`."""

RunId = NewType("RunId", str)
"""32 lower-case hexadecimal digits when kiseki makes it; up to 256 of `[A-Za-z0-9_-]` when a client brings it."""

ModelId = NewType("ModelId", str)
"""`m-` and 32 lower-case hexadecimal digits when kiseki makes it; of the form of a run id when it comes from elsewhere."""

DEFAULT_EXPERIMENT_ID: Final = ExperimentId("0")

_OWN_MODEL_ID = re.compile("m-[0-9a-f]{32}")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}", re.ASCII)


def new_run_id() -> RunId:
    """A fresh random run id: 128 random bits as 32 hexadecimal digits, in the form of a UUID 4 without dashes."""
    digits = secrets.token_hex(16)
    return RunId(f"{digits[:12]}4{digits[13:16]}{'89ab'[int(digits[16], 16) & 3]}{digits[17:]}")


def new_model_id() -> ModelId:
    """A fresh random id of a logged model."""
    return ModelId(f"m-{new_run_id()}")


def is_model_id(text: str) -> bool:
    """Whether `text` has the form of a logged model's id."""
    return _RUN_ID.fullmatch(text) is not None


def is_own_model_id(text: str) -> bool:
    """Whether `text` is an id that kiseki or MLflow made for a logged model."""
    return _OWN_MODEL_ID.fullmatch(text) is not None


def is_run_id(text: str) -> bool:
    """Whether `text` has the form of a run id."""
    return _RUN_ID.fullmatch(text) is not None
