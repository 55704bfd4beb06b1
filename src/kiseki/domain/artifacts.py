"""Whose artifacts are meant: those of a run or of a logged model."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter

FOLDER: Final = "artifacts"
"""The folder of an owner's artifacts, in a folder that has the owner's id as its name."""
MODELS: Final = "models"
"""The folder of an experiment's logged models."""
_OWN_ID: Final = re.compile("(m-)?[0-9a-f]{32}")
"""Ids that a server gave to a run or a logged model; nobody else has reason to name a folder so."""


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A run or a logged model: one of the two is not ""."""

    run_id: str = ""
    model_id: str = ""

    @property
    def id(self) -> str:
        """The id of either."""
        return self.run_id or self.model_id

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return "logged model" if self.model_id else "run"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def owner_named(run_id: str, model_id: str) -> Owner:
    """The owner that a request names.

    Raises:
        InvalidParameter: It names both, or none.
    """
    if bool(run_id) == bool(model_id):
        raise InvalidParameter("Exactly one of run_id and model_id must be provided.")
    return Owner(run_id=run_id, model_id=model_id)


def owner_of(path: str) -> Owner | None:
    """In whose folder a path lies, as far as the path tells: `.../ID/artifacts/...`."""
    names = path.split("/")
    for before, name in pairwise(names[:-1]):
        if name == FOLDER and _OWN_ID.fullmatch(before):
            return Owner(model_id=before) if before.startswith("m-") else Owner(run_id=before)
    return None
