"""Registered models as they were read last, which a page of a search need not read again.

Each has a revision in its row, which every transaction replaces that changes anything that is told of the model: its tags, aliases and
versions are in tables of their own. So what was read with a revision is what is there as long as the row has it, whichever
server changes the model. Revisions are random, so that those of a database that was set back to an earlier state do not come again.
"""

from __future__ import annotations

import random
import threading
from typing import Final

from sqlalchemy import bindparam, update

from kiseki.domain.registered_models import RegisteredModel
from kiseki.store.sql.tables import registered_models

MOST: Final = 2_000
"""So many models are kept, twenty usual pages."""
MOST_CHARS: Final = 5_000
"""The texts of users in one that is kept."""

REPLACE: Final = (
    update(registered_models)
    .where(registered_models.c.number == bindparam("owner"))
    .values(revision=bindparam("another"))
)


def another() -> int:
    """A revision that no model had."""
    return random.getrandbits(63)


class KnownModels:
    """Models by the number of their row. Safe for use by many threads; what it gives is not to be changed."""

    def __init__(self) -> None:
        self._models: dict[int, tuple[int, RegisteredModel]] = {}
        self._lock = threading.Lock()

    def get(self, number: int, revision: int) -> RegisteredModel | None:
        """The model with this revision, if it is kept."""
        found = self._models.get(number)
        return found[1] if found is not None and found[0] == revision else None

    def keep(self, number: int, revision: int, model: RegisteredModel) -> None:
        """Keeps a model that was read after its revision, in a transaction that changed nothing."""
        if _chars(model) > MOST_CHARS:
            return
        with self._lock:
            self._models.pop(number, None)
            if len(self._models) >= MOST:
                del self._models[next(iter(self._models))]
            self._models[number] = (revision, model)


def _chars(model: RegisteredModel) -> int:
    """The length of the texts of a model of which users decide how long they are, and of how many there are."""
    versions = model.latest_versions
    tags = [model.tags, *(one.tags for one in versions)]
    return (
        len(model.description)
        + sum(len(key) + len(value) for some in tags for key, value in some.items())
        + sum(len(one.source) + len(one.location) + len(one.description) for one in versions)
        + sum(map(len, model.aliases))
    )
